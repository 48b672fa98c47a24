"""Steps of several releases at once: each asks once more, on a page that says what will happen."""

import copy
from time import monotonic

from django.contrib import messages
from django.template.response import TemplateResponse
from django.utils import timezone

from ..checks import problems
from ..models import LINKS
from ..retagging import effect, in_words, refuse_without_effect
from ..workflow import TRANSITIONS, TransitionNotAllowed
from .transitions import STEPS, StepForm, arguments_of, is_for

MOST_AT_ONCE = 500  # releases in one action
SHOWN = 40  # of those that go, and of those that do not: the counts tell of the others
TOLD = 10  # refusals, each in a message of its own
SECONDS = 40  # then what is left is left: the server gives a request 60
BULK = ["submit", "publish", "unschedule", "withdraw", "retag", "hand_over"]
CHECKED = ["fields_of_work", "sources", "countries", "contact_rows__contact"]  # of checks.py
# What is asked of each release, read for all of them at once.
READ = {
    "submit": CHECKED,
    "publish": [*CHECKED, "log"],
    "retag": [*LINKS, "corrections", "translations"],
    "hand_over": ["corrections"],
}
# What else each step looks at before it moves anything.
CHECKS = {
    "publish": lambda release, by, at=None: release.refuse_publishing(by=by, at=at),
    "unschedule": lambda release, by: release.refuse_when_public("it can only be withdrawn"),
    "withdraw": lambda release, by: release.refuse_before_its_time(),
    "retag": lambda release, by, **change: refuse_without_effect(release, **change),
    "hand_over": lambda release, by, desk: release.refuse_same_desk(desk),
}


class BulkMixin:
    """The actions of the list, for whoever may do them at some desk."""

    def get_actions(self, request):
        steps = [STEPS[name] for name in BULK if self.may(request, name)]
        return super().get_actions(request) | {
            step.action: (action_of(step), step.action, step.label) for step in steps
        }

    def act(self, request, queryset, step):
        """Ask on a page of its own; when that is confirmed, act on what was shown there."""
        is_sent = "confirmed" in request.POST
        if is_sent:
            # Not by the filters of the list: what no longer is in it was shown all the same.
            queryset = self.get_queryset(request).filter(pk__in=sent(request, "seen", "left_out"))
        releases = list(queryset.prefetch_related(*READ.get(step.action, []))[: MOST_AT_ONCE + 1])
        if len(releases) > MOST_AT_ONCE:
            refusal = (
                f"Choose not more than {MOST_AT_ONCE} releases at once: narrow the list, perhaps."
            )
            self.message_user(request, refusal, messages.WARNING)
            return None
        form = StepForm(request.POST if is_sent else None, step=step)
        if not (is_sent and form.is_valid()):
            choices = None if step.is_choice_needed else {}
            return self.ask_for_all(request, releases, step, form, choices)
        arguments = arguments_of(step, form.cleaned_data)
        choices = {name: arguments[name] for name in CHOICES if name in arguments}
        if request.POST.get("shown", "") != chosen(choices):
            return self.ask_for_all(request, releases, step, form, choices)
        self.make_for_all(request, releases, step, arguments)
        return None

    def make_for_all(self, request, releases, step, arguments):
        """Each in a transaction of its own: one that is refused leaves the others as they are done."""
        seen, done, refusals, end = sent(request, "seen"), 0, [], monotonic() + SECONDS
        known = {release.pk: release for release in releases}
        gone = set(seen) - set(known)
        for number, pk in enumerate(pk for pk in seen if pk in known):
            if monotonic() > end:
                refusals.append(f"The time was up: {len(seen) - len(gone) - number} are left.")
                break
            release = known[pk]
            try:
                if seen[pk] != str(release.version):
                    raise TransitionNotAllowed(f"“{release}” was changed meanwhile: look again.")
                if against := self.stands_against(request, release, step):
                    raise TransitionNotAllowed(f"“{release}”: {against}")
                step.make(release, by=request.user, **arguments)
                done += 1
            except TransitionNotAllowed as refusal:
                refusals.append(str(refusal))
        if gone:
            refusals.append(f"{len(gone)} of those that you saw are gone, or at another desk.")
        self.tell(request, done, len(seen), refusals)

    def tell(self, request, done, asked, refusals):
        for refusal in refusals[:TOLD]:
            self.message_user(request, refusal, messages.WARNING)
        if len(refusals) > TOLD:
            more = f"And {len(refusals) - TOLD} more were refused."
            self.message_user(request, more, messages.WARNING)
        if done:
            self.message_user(request, f"Done for {done} of {asked}.", messages.SUCCESS)

    def ask_for_all(self, request, releases, step, form, choices):
        """The page that asks, and says of each what will become of it.

        choices: what was chosen in the form, by which that differs; None when it is still to be chosen.
        """
        going, left_out = [], []
        for release in releases:
            release.what = self.stands_against(request, release, step, choices)
            (left_out if release.what else going).append(release)
        for release in going[:SHOWN]:
            release.what = outcome(release, step, choices)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": step.label,
            "step": step,
            "form": form,
            "media": self.media + form.media,
            "parts": [
                (name, len(found), found[:SHOWN], " ".join(map(seen_as, found)))
                for name, found in [("seen", going), ("left_out", left_out)]
            ],
            "first": releases[0].pk if releases else "",
            "going": len(going),
            "now": timezone.now(),
            "is_known": choices is not None,
            "shown": chosen(choices or {}),
        }
        return TemplateResponse(request, "admin/press/confirm.html", context)

    def stands_against(self, request, release, step, choices=None):
        """Why the step will be refused, in words; empty when nothing is known against it."""
        if not self.may(request, step.action, release):
            return "It belongs to a desk where you may not."
        if not is_for(step.action, release):
            return "It is a correction: it goes with what it corrects."
        if release.state not in TRANSITIONS[step.action][0]:
            return f"It is {release.stage.lower()}."
        if choices is None or step.action not in CHECKS:
            return ""
        try:
            CHECKS[step.action](release, by=request.user, **choices)
        except TransitionNotAllowed as refusal:
            return str(refusal)
        return ""


def action_of(step):
    def action(model_admin, request, queryset):
        return model_admin.act(request, queryset, step)

    return action


def outcome(release, step, choices):
    """What release will be after step, in words; empty as long as that is still to be chosen."""
    if choices is None:
        return ""
    if step.action == "retag":
        return in_words(effect(release, **choices), add=choices["add"])
    if step.action == "hand_over":
        names = [str(each or "the central desk") for each in (release.desk, choices["desk"])]
        return f"From {names[0]} to {names[1]}."
    after = copy.copy(release)
    after.state = TRANSITIONS[step.action][1]
    after.published_at = choices.get("at") or release.published_at
    words = f"{release.stage} → {after.stage}."
    if step.action == "submit" and not release.corrects_id:
        found = problems(release, release.published_at or timezone.now())
        lacks = " ".join(each.text for each in found if each.is_blocking)
        words += f" Before it is published: {lacks}" if lacks else ""
    return words


CHOICES = ["at", "desk", "add", "terms"]  # arguments on which it depends what a step does


def chosen(choices):
    """What was chosen, in a word: another choice makes another one, none an empty one."""
    if "terms" in choices:
        pairs = [(link, term.pk) for link, terms in choices["terms"].items() for term in terms]
        keys = sorted(f"{link}:{pk}" for link, pk in pairs)
        return " ".join(["add" if choices["add"] else "remove", *keys])
    if "desk" in choices:
        return f"desk:{choices['desk'].pk if choices['desk'] else ''}"
    return "now" if choices.get("at") else ""


def seen_as(release):
    """What the confirmation page shows, in a word: another save makes another word of it."""
    return f"{release.pk}:{release.version}"


def sent(request, *names):
    """{pk: version} of what the confirmation page sends back under names."""
    words = " ".join(value for name in names for value in request.POST.getlist(name)).split()
    return {int(pk): version for pk, _, version in (word.partition(":") for word in words)}
