"""Steps of several releases at once: each asks once more, on a page that says what will happen."""

from django.contrib import messages
from django.template.response import TemplateResponse
from django.utils import timezone

from ..retagging import effect, in_words
from ..workflow import TransitionNotAllowed
from .transitions import STEPS, StepForm, arguments_of

MOST_AT_ONCE = 100  # releases in one action: as many as a person can look through
BULK = ["submit", "publish", "unschedule", "withdraw", "retag", "hand_over"]


class BulkMixin:
    """The actions of the list, for whoever may do them at some desk."""

    def get_actions(self, request):
        steps = [STEPS[name] for name in BULK if self.may(request, name)]
        return super().get_actions(request) | {
            step.action: (action_of(step), step.action, step.label) for step in steps
        }

    def act(self, request, queryset, step):
        """Ask on a page of its own; when that is confirmed, act on what was shown there."""
        if queryset.count() > MOST_AT_ONCE:
            refusal = f"Choose not more than {MOST_AT_ONCE} releases at once."
            self.message_user(request, refusal, messages.WARNING)
            return None
        is_sent = "confirmed" in request.POST
        form = StepForm(request.POST if is_sent else None, step=step)
        if not (is_sent and form.is_valid()):
            return self.ask_for_all(request, queryset, step, form)
        arguments = arguments_of(step, form.cleaned_data)
        if step.action == "retag" and request.POST.get("shown") != chosen(arguments):
            return self.ask_for_all(request, queryset, step, form, arguments)
        self.make_for_all(request, queryset, step, arguments)
        return None

    def make_for_all(self, request, queryset, step, arguments):
        seen, done = set(request.POST.getlist("seen")), 0
        for release in queryset:
            try:
                if not self.may(request, step.action, release):
                    raise TransitionNotAllowed(f"“{release}” belongs to a desk where you may not.")
                if seen_as(release) not in seen:
                    raise TransitionNotAllowed(f"“{release}” was changed meanwhile: look again.")
                step.make(release, by=request.user, **arguments)
                done += 1
            except TransitionNotAllowed as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
        if done:
            self.message_user(request, f"Done for {done} of {len(queryset)}.", messages.SUCCESS)

    def ask_for_all(self, request, queryset, step, form, arguments=None):
        """The page that asks; with arguments, of a change of terms, it shows what each of them does."""
        releases = list(queryset)
        for release in releases:
            release.seen = seen_as(release)
            if arguments:
                release.change = in_words(effect(release, **arguments), add=arguments["add"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": step.label,
            "step": step,
            "form": form,
            "media": self.media + form.media,
            "releases": releases,
            "now": timezone.now(),
            "shown": chosen(arguments) if arguments else "",
        }
        return TemplateResponse(request, "admin/press/confirm.html", context)


def action_of(step):
    def action(model_admin, request, queryset):
        return model_admin.act(request, queryset, step)

    return action


def chosen(arguments):
    """What was chosen in the form of a change of terms, in a word: another choice makes another one."""
    keys = sorted(
        f"{link}:{term.pk}" for link, terms in arguments["terms"].items() for term in terms
    )
    return " ".join(["add" if arguments["add"] else "remove", *keys])


def seen_as(release):
    """What the confirmation page shows, in a word: another save makes another word of it."""
    return f"{release.pk}:{release.version}"
