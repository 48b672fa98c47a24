"""What may be done with a release, each an act of somebody."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from osce_cms.html import without_controls

from ..addresses import path_here, release_in
from ..checks import problems
from ..workflow import TRANSITIONS, TransitionNotAllowed
from .choices import Precision


class Transitions:
    """Of a release. Each is one conditional update and its row in the log, in one transaction.

    Those that concern a correction are in corrections.py.
    """

    def submit(self, *, by, note=""):
        """Ask somebody else to look at it and publish it."""
        self._move("submit", by=by, note=note)

    def request_changes(self, *, by, note):
        """Give it back to its authors, with what they should change."""
        self._move(
            "request_changes", by=by, note=demanded(note, "Authors need to know what to change.")
        )

    def publish(self, *, by, at=None):
        """Make readers see the release from published_at on, or from at when it is given.

        Raises TransitionNotAllowed when there is no date: an empty one never means now. A date of
        today is refused for an undated item of the archive, which would be dated falsely. And whoever
        submitted it does not publish it, unless settings say that one person is enough.
        """
        self.refuse_publishing(by=by, at=at)
        self._make_public("publish", by=by, at=at)

    def force_publish(self, *, by, reason, at=None):
        """Publish without a second person, who looks at it afterwards."""
        reason = demanded(reason, "Say why nobody else can look at it before.")
        self._refuse_unready(at)
        self._make_public("force_publish", by=by, at=at, note=reason, needs_second_look=True)

    def refuse_publishing(self, *, by, at=None):
        """Raises TransitionNotAllowed with what stands against publish(), and moves nothing."""
        self.refuse_own_submission(by)
        self._refuse_unready(at)

    def refuse_own_submission(self, by):
        if settings.TWO_PERSONS and by and by.pk == self.submitted_by():
            raise TransitionNotAllowed(
                f"You submitted “{self}” yourself: somebody else looks at it before it is published."
            )

    def refuse_blocked(self, at):
        """Raises TransitionNotAllowed with all that has to be mended before it is public at at."""
        blocking = [each.text for each in problems(self, at) if each.is_blocking]
        if blocking:
            raise TransitionNotAllowed(f"“{self}” cannot be published yet. {' '.join(blocking)}")

    def _refuse_unready(self, at):
        self._refuse_correction()
        self.refuse_blocked(at or self.published_at)
        self._refuse_undated(at)

    def _refuse_undated(self, at):
        if at and self.legacy_key and not self.published_at:
            raise TransitionNotAllowed(f"“{self}” comes from the archive: give its own date first.")
        if not (at or self.published_at):
            raise TransitionNotAllowed(f"“{self}” has no publication date.")

    def _make_public(self, action, *, by, at, note="", **changes):
        changes["first_published_at"] = timezone.now()
        if at:
            changes |= {"published_at": at, "precision": Precision.MINUTE}
        self._move(action, by=by, note=note, **changes)

    def publish_as_dated(self, note):
        """For the importer, whose source gave the date of an item of the archive, or shows it now.

        Nothing blocks it: the archive is as it is.
        """
        self._refuse_undated(None)
        self._make_public("force_publish", by=None, at=None, note=note)

    def second_look(self, *, by, note=""):
        """Say that what was published by force is well."""
        forced = self.log.filter(action__startswith="force_publish", by=by)
        if looked := self.log.filter(action="second_look").first():
            forced = forced.filter(at__gt=looked.at)  # what is not looked at yet
        if not self.needs_second_look:
            raise TransitionNotAllowed(f"“{self}” does not wait for a second look.")
        if forced.exists():
            raise TransitionNotAllowed(
                f"You published “{self}” yourself: somebody else looks again."
            )
        self._move("second_look", by=by, note=note, needs_second_look=False)

    def reschedule(self, *, by, at):
        """Move the public time of what is not public yet."""
        self.refuse_when_public("it can be withdrawn, its date stays")
        note = f"From {in_vienna(self.published_at)} to {in_vienna(at)}."
        self._move("reschedule", by=by, note=note, published_at=at, precision=Precision.MINUTE)

    def unschedule(self, *, by):
        """Put a release that is not public yet back into review; its date stays, without effect."""
        self.refuse_when_public("it can only be withdrawn")
        # What readers knew once, and was taken away since, they still know.
        was_public = self.log.filter(action="reopen").exists()
        self._move(
            "unschedule",
            by=by,
            first_published_at=self.first_published_at if was_public else None,
            needs_second_look=False,
            is_featured=False,
        )

    def withdraw(self, *, by, notice):
        """Take the release out of all lists; at its address it stays readable under notice."""
        notice = demanded(notice, "Readers need a notice that says why it was withdrawn.")
        self.refuse_before_its_time()
        self._move(
            "withdraw",
            by=by,
            note=notice,
            withdrawn_at=timezone.now(),
            withdrawal_notice=notice,
            is_featured=False,
        )

    def restore(self, *, by, note):
        """Make what was withdrawn a release like all others again."""
        note = demanded(note, "Say why it is restored.")
        self._move("restore", by=by, note=note, withdrawn_at=None, withdrawal_notice="")

    @transaction.atomic
    def unpublish(self, *, by, reason, moved_to=""):
        """Take the release away from readers; its address says that it is gone, or leads to moved_to."""
        reason = demanded(reason, "Say why it is unpublished.")
        self.refuse_before_its_time()
        self.refuse_leading_nowhere(moved_to)
        self._move(
            "unpublish",
            by=by,
            note=reason,
            moved_to=moved_to,
            withdrawn_at=None,
            withdrawal_notice="",
            is_featured=False,
        )
        # They ended when it became public, and do not come to life again.
        self.preview_links.filter(revoked_at=None).update(revoked_at=timezone.now())

    def refuse_leading_nowhere(self, moved_to):
        """Raises TransitionNotAllowed when readers sent to moved_to would get nothing, or go in a ring."""
        target, at = None, timezone.now()
        if path := path_here(moved_to):
            target = release_in(path) or self.at_old_address(moved_to, at)
        if target == self.pk:
            raise TransitionNotAllowed("It cannot lead to itself.")
        public = type(self).objects.public(at)
        if target and not public.filter(pk=target).exists():
            raise TransitionNotAllowed("It would lead to a release that readers do not get.")

    def at_old_address(self, url, at):
        """The id of the release to which an old address leads here."""
        from .. import legacy  # which needs the models

        old = legacy.OldAddress.of(url)
        found = legacy.find(old, at) if old else None
        return found and found.pk

    def reopen(self, *, by, note=""):
        """Make what was unpublished a draft again; for readers its address is what it was until then."""
        self._move(
            "reopen",
            by=by,
            note=note,
            needs_second_look=False,
            corrected_at=None,
            # Of the archive, that is not known before: a draft that readers knew is not deleted.
            first_published_at=self.first_published_at or self.published_at,
        )

    def feature(self, *, by):
        """Put it among the first of the home page, as long as it is in the lists."""
        self._move("feature", by=by, is_featured=True)

    def unfeature(self, *, by):
        """Take it off the first places of the home page."""
        self._move("unfeature", by=by, is_featured=False)

    def hand_over(self, *, by, desk):
        """Give it, and its open correction, to the people of another desk; None: the central one."""
        self.refuse_same_desk(desk)
        names = [str(each or "the central desk") for each in (self.desk, desk)]
        note = f"From {names[0]} to {names[1]}."
        with transaction.atomic():
            self._move("hand_over", by=by, note=note, desk=desk)
            for correction in self.corrections.all():
                correction._move("hand_over", by=by, note=note, desk=desk)

    def submitted_by(self):
        """The id of whoever asked for the review that is going on, if anybody."""
        # Not by a filter: for many releases at once the log was read before.
        return next((entry.by_id for entry in self.log.all() if entry.action == "submit"), None)

    def refuse_before_its_time(self):
        """Raises TransitionNotAllowed for what is not public yet: nobody has to be told that it goes."""
        if self.published_at and self.published_at > timezone.now():
            raise TransitionNotAllowed(f"“{self}” is not public yet: take it off the schedule.")

    def refuse_same_desk(self, desk):
        if desk == self.desk:
            raise TransitionNotAllowed(f"“{self}” belongs to that desk already.")

    def _refuse_correction(self):
        if self.corrects_id:
            raise TransitionNotAllowed(f"“{self}” is a correction: publish it as one.")

    def refuse_when_public(self, instead):
        if self.published_at and self.published_at <= timezone.now():
            raise TransitionNotAllowed(f"“{self}” is public already: {instead}.")

    @transaction.atomic
    def _move(self, action, *, by, note="", **changes):
        sources, target = TRANSITIONS[action]
        # One conditional UPDATE: of two editors pressing the button, one wins; and what is published
        # is what was looked at, not what somebody made of it in the meantime.
        here = type(self).objects.filter(pk=self.pk, state__in=sources, version=self.version)
        changes |= {"version": self.version + 1, "updated_at": timezone.now()}
        if target:
            changes["state"] = target
        if not here.update(**changes):
            raise TransitionNotAllowed(
                f"Cannot {action.replace('_', ' ')} “{self}”: it is not in a state for that, or was"
                " changed meanwhile."
            )
        for name, value in changes.items():  # as they are stored: no column computes anything
            setattr(self, name, value)
        self.log.create(action=action, by=by, note=without_controls(note))

    for _transition in (
        submit, request_changes, publish, force_publish, second_look, reschedule, unschedule,
        withdraw, restore, unpublish, reopen, feature, unfeature, hand_over,
    ):  # fmt: skip
        _transition.alters_data = True
    del _transition


def in_vienna(at):
    return f"{timezone.localtime(at):%-d %B %Y, %H:%M}"


def demanded(text, refusal):
    """text as it is stored, no space around it; TransitionNotAllowed with refusal when nothing is left."""
    text = without_controls(text).strip()
    if not text:
        raise TransitionNotAllowed(refusal)
    return text
