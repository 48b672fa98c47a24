"""Each transition of one release on a page of its own, which says what will happen and asks once more."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from osce_cms.languages import Language
from structures.models import Structure

from .. import corrections, translations
from ..checks import problems
from ..models import EARLIEST, LATEST, LINKS, PressRelease
from ..retagging import retag
from ..revisions import LABELS, differences, record, snapshot
from ..workflow import BEFORE, TRANSITIONS, TransitionNotAllowed
from .forms import TermSelect

PUBLISHES = {"publish", "force_publish"}
PUBLISHES_CORRECTION = {"publish_correction", "force_publish_correction"}
OF_CORRECTION = {"submit", "request_changes", *PUBLISHES_CORRECTION}
LAST = 3  # of the log, on the form
FORCED = ("Why can nobody else look at it before?", "reason", True)


@dataclass(frozen=True)
class Step:
    """action: as in workflow.py; note: what its text is asked for with, and the method's name for it.

    asks: other fields of StepForm. act: the function to call, where it is no method of the release.
    """

    action: str
    label: str
    note: str = ""
    argument: str = "note"
    is_note_needed: bool = False
    asks: tuple = ()
    act: Callable | None = None

    @property
    def is_choice_needed(self):
        """Whether what it does depends on what has to be chosen first."""
        return bool({"add", "desk"} & set(self.asks))

    def make(self, release, *, by, **arguments):
        """Do it, and keep what the release holds then; the release to go on with.

        Raises TransitionNotAllowed, and then nothing has changed.
        """
        act = self.act or getattr(type(release), self.action)
        try:
            with transaction.atomic():
                done = act(release, by=by, **arguments) or release
                if not self.act:  # those keep it themselves
                    record(done, by=by)  # its public time may be another one
        except IntegrityError as clash:
            raise TransitionNotAllowed(
                "Something that it refers to, a term perhaps, went in this moment. Try again."
            ) from clash
        return done


STEPS = {
    step.action: step
    for step in [
        Step("submit", "Submit for review", "Note for who looks at it"),
        Step("publish", "Publish", asks=("when",)),
        Step(
            "publish_correction",
            "Publish the correction",
            asks=("change_note", "is_minor"),
            act=corrections.publish,
        ),
        Step("request_changes", "Request changes", "What should the authors change?", "note", True),
        Step("force_publish", "Publish without a second person", *FORCED, asks=("when",)),
        Step(
            "force_publish_correction",
            "Publish the correction without a second person",
            *FORCED,
            asks=("change_note", "is_minor"),
            act=corrections.force_publish,
        ),
        Step("second_look", "Second look: it is well", "Note"),
        Step("correct", "Correct", act=corrections.begin),
        Step("translate", "Translate", asks=("language",), act=translations.begin),
        Step(
            "confirm_translation",
            "The translation is up to date",
            act=translations.confirm,
        ),
        Step("feature", "Feature on the home page"),
        Step("unfeature", "Do not feature any more"),
        Step("reschedule", "Change the public time", asks=("at",)),
        Step("unschedule", "Take off the schedule"),
        Step("withdraw", "Withdraw", "Notice to readers: why is it withdrawn?", "notice", True),
        Step("restore", "Restore", "Why is it restored?", "note", True),
        Step("unpublish", "Unpublish", "Why is it taken away?", "reason", True, ("moved_to",)),
        Step("reopen", "Make it a draft again", "Note"),
        Step("retag", "Change terms", asks=("add", *LINKS), act=retag),
        Step("hand_over", "Hand over to another desk", asks=("desk",)),
    ]
}


def terms_field(link):
    field = PressRelease._meta.get_field(link)
    return forms.ModelMultipleChoiceField(
        field.related_model.objects.all(),
        label=LABELS[link],
        required=False,
        widget=TermSelect(field, admin.site),
    )


class StepForm(forms.Form):
    """What a transition wants to know; fields that it does not want are taken out."""

    when = forms.ChoiceField(
        choices=[("given", "At the public time given"), ("now", "Now")],
        widget=forms.RadioSelect,
        initial="given",
        label="When",
    )
    at = forms.DateTimeField(
        label="New public time, in Vienna",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    moved_to = forms.URLField(
        label="Address that takes its place, if there is one", required=False, assume_scheme="https"
    )
    language = forms.ChoiceField(label="Into which language?", choices=Language)
    desk = forms.ModelChoiceField(
        Structure.objects.filter(is_closed=False),
        label="To which desk?",
        required=False,
        widget=AutocompleteSelect(PressRelease._meta.get_field("desk"), admin.site),
        help_text="Empty: the central desk. Its people see and edit the release then, and those of this"
        " desk do not.",
    )
    change_note = forms.CharField(
        label="Note to readers: what was wrong, what is right? (In the language of the release.)",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_minor = forms.BooleanField(
        label="A minor change, such as a slip of the pen: readers are not told", required=False
    )
    add = forms.TypedChoiceField(
        label="What to do",
        choices=[("yes", "Add these terms"), ("no", "Remove these terms")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    sources, fields_of_work, countries, meetings = map(terms_field, LINKS)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, step, release=None, **kwargs):
        super().__init__(*args, **kwargs)
        wanted = {*step.asks, *(["note"] if step.note else [])}
        for name in set(self.fields) - wanted:
            del self.fields[name]
        if "note" in self.fields:
            self.fields["note"].label = step.note
            self.fields["note"].required = step.is_note_needed
        if release and "at" in self.fields:
            self.fields["at"].initial = release.published_at
        if release and "when" in self.fields and not release.published_at:
            self.fields["when"].initial = "now"

    def clean_at(self):
        at = self.cleaned_data["at"]
        if not EARLIEST <= at <= LATEST:
            raise forms.ValidationError("Choose a time from 1970 to 2100.")
        return at

    def clean(self):
        given = super().clean()
        is_asked = "change_note" in self.fields and not given.get("is_minor")
        if is_asked and not given.get("change_note", "").strip():
            refusal = "Say to readers what was corrected, or that it is a minor change."
            self.add_error("change_note", refusal)
        if "add" in self.fields and not any(given.get(link) for link in LINKS):
            self.add_error(None, "Choose a term.")
        return given


class StepsMixin:
    """Buttons of a release for what may be done with it now, and the pages behind them."""

    def get_urls(self):
        pattern = path(
            "<path:object_id>/step/<slug:action>/",
            self.admin_site.admin_view(self.step_view),
            name="press_pressrelease_step",
        )
        return [pattern, *super().get_urls()]

    def steps(self, request, release):
        """The transitions that this person may make from where the release stands."""
        now = timezone.now()
        is_public = bool(release.published_at and release.published_at <= now)
        fits = {
            "second_look": release.needs_second_look,
            "reschedule": not is_public,
            "unschedule": not is_public,
            "withdraw": is_public,
            "unpublish": is_public,
            "correct": is_public and not release.open_correction,
            "feature": is_public and not release.is_featured,
            "unfeature": release.is_featured,
            "translate": not release.translation_of_id,
            "confirm_translation": bool(translations.changed(release)),
            "retag": release.state not in BEFORE and not release.translation_of_id,
        }
        return [
            step
            for action, step in STEPS.items()
            if release.state in TRANSITIONS[action][0]
            and fits.get(action, True)
            and is_for(action, release)
            and self.may(request, action, release)
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = dict(extra_context or {})
        if request.method == "GET" and (release := self.get_object(request, unquote(object_id))):
            release.fetch_terms()
            context["steps"] = self.steps(request, release)
            context["last_steps"] = release.log.select_related("by")[:LAST]
            context["has_preview"] = not release.is_public_now
            context["may_share"] = context["has_preview"] and self.may_share(request, release)
        return super().change_view(request, object_id, form_url, context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        """Also when the form comes back with errors: the original stays beside the fields."""
        if obj and obj.translation_of and self.may(request, "view", obj.translation_of):
            context["source"] = obj.translation_of
            context["original_changes"] = translations.changes(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def step_view(self, request, object_id, action):
        release = self.find(request, unquote(object_id))
        if action not in STEPS or release is None:
            raise Http404
        if not self.may(request, action, release):
            raise PermissionDenied
        step, here = STEPS[action], reverse("admin:press_pressrelease_change", args=[release.pk])
        if step not in self.steps(request, release):
            refusal = f"“{release}” is {release.stage.lower()}: this cannot be done with it now."
            self.message_user(request, refusal, messages.WARNING)
            return redirect(here)
        form = StepForm(request.POST or None, step=step, release=release)
        if request.method == "POST" and form.is_valid():
            if target := self.do(request, release, step, form.cleaned_data):
                return redirect("admin:press_pressrelease_change", target.pk)
            # It may be gone: a correction that somebody else published meanwhile.
            release = self.find(request, unquote(object_id))
            if release is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.ask(request, release, step, form)

    def do(self, request, release, step, given):
        """Make the transition; the release to go on with. What stands against it is said in a message."""
        try:
            if request.POST.get("version") != str(release.version):
                raise TransitionNotAllowed(f"“{release}” was changed meanwhile: look again.")
            done = step.make(release, by=request.user, **arguments_of(step, given))
        except TransitionNotAllowed as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return None
        self.message_user(request, f"“{done}” is {done.stage.lower()}.", messages.SUCCESS)
        return done

    def ask(self, request, release, step, form):
        at = (release.corrects or release).published_at
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": step.label,
            "step": step,
            "release": release,
            "form": form,
            "address": request.build_absolute_uri((release.corrects or release).get_absolute_url()),
            "at": at,
            "is_ahead": bool(at and at > timezone.now()),
            "now": timezone.now(),
            "media": self.media + form.media,
        }
        if step.action in PUBLISHES | PUBLISHES_CORRECTION:
            mine = self.get_queryset(request)
            context["problems"] = problems(release, at or timezone.now(), among=mine)
        if step.action in PUBLISHES_CORRECTION:
            before, after = snapshot(release.corrects), snapshot(release)
            context["differences"] = differences(before, after)
        return TemplateResponse(request, "admin/press/step.html", context)


def is_for(action, release):
    if release.corrects_id:
        return action in OF_CORRECTION
    return action not in PUBLISHES_CORRECTION


def arguments_of(step, given):
    """What the method of a step wants, from what the form was given."""
    plain = ["at", "moved_to", "desk", "is_minor", "language"]
    found = {name: given[name] for name in plain if name in given}
    if step.note:
        found[step.argument] = given["note"]
    if "when" in given:
        found["at"] = timezone.now() if given["when"] == "now" else None
    if "change_note" in given:
        found["note"] = given["change_note"]
    if "add" in given:
        found |= {"add": given["add"], "terms": {link: given[link] for link in LINKS}}
    return found
