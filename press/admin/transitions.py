"""Each transition of one release on a page of its own, which says what will happen and asks once more."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from ..checks import problems
from ..models import EARLIEST, LATEST
from ..workflow import TRANSITIONS, TransitionNotAllowed

PUBLISHES = {"publish", "force_publish"}


@dataclass(frozen=True)
class Step:
    """action: as in workflow.py; note: what its text is asked for with, and the method's name for it."""

    action: str
    label: str
    note: str = ""
    argument: str = "note"
    is_note_needed: bool = False


STEPS = {
    step.action: step
    for step in [
        Step("submit", "Submit for review", "Note for who looks at it"),
        Step("publish", "Publish"),
        Step("request_changes", "Request changes", "What should the authors change?", "note", True),
        Step(
            "force_publish",
            "Publish without a second person",
            "Why can nobody else look at it before?",
            "reason",
            True,
        ),
        Step("second_look", "Second look: it is well", "Note"),
        Step("reschedule", "Change the public time"),
        Step("unschedule", "Take off the schedule"),
        Step("withdraw", "Withdraw", "Notice to readers: why is it withdrawn?", "notice", True),
        Step("restore", "Restore", "Why is it restored?", "note", True),
        Step("unpublish", "Unpublish", "Why is it taken away?", "reason", True),
        Step("reopen", "Make it a draft again", "Note"),
    ]
}


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
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, step, release, **kwargs):
        super().__init__(*args, **kwargs)
        wanted = {
            "when": step.action in PUBLISHES,
            "at": step.action == "reschedule",
            "moved_to": step.action == "unpublish",
            "note": bool(step.note),
        }
        for name, is_wanted in wanted.items():
            if not is_wanted:
                del self.fields[name]
        if "note" in self.fields:
            self.fields["note"].label = step.note
            self.fields["note"].required = step.is_note_needed
        if "at" in self.fields:
            self.fields["at"].initial = release.published_at
        if "when" in self.fields and not release.published_at:
            self.fields["when"].initial = "now"

    def clean_at(self):
        at = self.cleaned_data["at"]
        if not EARLIEST <= at <= LATEST:
            raise forms.ValidationError("Choose a time from 1970 to 2100.")
        return at


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
        }
        return [
            step
            for action, step in STEPS.items()
            if release.state in TRANSITIONS[action][0]
            and fits.get(action, True)
            and self.may(request, action)
        ]

    def may(self, request, action):
        return request.user.has_perm(f"press.{action}_pressrelease")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = dict(extra_context or {})
        if request.method == "GET" and (release := self.get_object(request, unquote(object_id))):
            context["steps"] = self.steps(request, release)
            context["has_preview"] = not release.is_public(timezone.now())
        return super().change_view(request, object_id, form_url, context)

    def step_view(self, request, object_id, action):
        # Past our own get_object, which locks what a form is about to save.
        release = admin.ModelAdmin.get_object(self, request, unquote(object_id))
        if action not in STEPS or release is None:
            raise Http404
        if not (self.may(request, action) and self.has_view_permission(request, release)):
            raise PermissionDenied
        step, here = STEPS[action], reverse("admin:press_pressrelease_change", args=[release.pk])
        if step not in self.steps(request, release):
            refusal = f"“{release}” is {release.stage.lower()}: this cannot be done with it now."
            self.message_user(request, refusal, messages.WARNING)
            return redirect(here)
        form = StepForm(request.POST or None, step=step, release=release)
        if request.method == "POST" and form.is_valid():
            if self.do(request, release, step, form.cleaned_data):
                return redirect(here)
            release.refresh_from_db()
        return self.ask(request, release, step, form)

    def do(self, request, release, step, given):
        """Make the transition; whether it was made. What stands against it is said in a message."""
        try:
            if request.POST.get("version") != str(release.version):
                raise TransitionNotAllowed(f"“{release}” was changed meanwhile: look again.")
            arguments = {}
            if step.note:
                arguments[step.argument] = given["note"]
            if step.action in PUBLISHES:
                arguments["at"] = timezone.now() if given["when"] == "now" else None
                refuse_blocked(release, arguments["at"] or release.published_at)
            for name in ("at", "moved_to"):
                if name in given:
                    arguments[name] = given[name]
            getattr(release, step.action)(by=request.user, **arguments)
        except TransitionNotAllowed as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return False
        self.message_user(request, f"“{release}” is {release.stage.lower()}.", messages.SUCCESS)
        return True

    def ask(self, request, release, step, form):
        at = release.published_at
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": step.label,
            "step": step,
            "release": release,
            "form": form,
            "address": request.build_absolute_uri(release.get_absolute_url()),
            "at": at,
            "is_ahead": bool(at and at > timezone.now()),
            "now": timezone.now(),
            "problems": problems(release, at or timezone.now()) if step.action in PUBLISHES else [],
        }
        return TemplateResponse(request, "admin/press/step.html", context)


def refuse_blocked(release, at):
    blocking = [each.text for each in problems(release, at) if each.is_blocking]
    if blocking:
        raise TransitionNotAllowed(f"“{release}” cannot be published yet. {' '.join(blocking)}")
