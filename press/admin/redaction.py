"""The page on which a text is removed from a release and its history: asked for by one, done by another."""

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from .. import redaction
from ..models.redaction import OPEN
from ..passages import Passage
from ..search import match
from ..search.query import with_plain_quotes
from ..workflow import TransitionNotAllowed
from .preview import found

MOST_WORDS = 15  # of a passage, with which other releases are looked for


class RedactionForm(forms.Form):
    passage = forms.CharField(
        label="The text to remove",
        max_length=redaction.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "dir": "auto", "autocomplete": "off"}),
        help_text="As one reads it; capitals, accents and line ends do not matter. It is found inside of"
        " longer words too.",
    )
    reason = forms.CharField(
        label="Why does it have to be removed?",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text="This stays in the history: do not repeat the text.",
    )


def redaction_view(model_admin, request, object_id):
    """The open request of a release, or a form to ask. Sent: do = ask, carry_out or drop."""

    def is_allowed(request, release):
        return model_admin.may(request, "redact", release)

    release = found(model_admin, request, object_id, is_allowed)
    here = reverse("admin:press_pressrelease_redact", args=[release.corrects_id or release.pk])
    if release.corrects_id:
        return HttpResponseRedirect(here)
    act = {"ask": ask, "carry_out": carry_out, "drop": drop}.get(request.POST.get("do"))
    form = RedactionForm(request.POST if act is ask else None)
    if act and (said := attempt(model_admin, request, act, release, form)):
        model_admin.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(here)
    return page(model_admin, request, release, form)


def attempt(model_admin, request, act, release, form):
    """What was done, in words; what stands against it is said in a message."""
    try:
        return act(request, release, form)
    except TransitionNotAllowed as refusal:
        model_admin.message_user(request, str(refusal), messages.WARNING)
        return None


def ask(request, release, form):
    if not form.is_valid():
        return None
    redaction.ask(release, by=request.user, **form.cleaned_data)
    return "It is asked for. Somebody else carries it out."


def carry_out(request, release, form):
    places = redaction.carry_out(chosen(request, release), by=request.user)
    return f"The text is removed from {places} places."


def drop(request, release, form):
    redaction.drop(chosen(request, release), by=request.user)
    return "It is given up. Nothing was removed."


def chosen(request, release):
    # The one that was shown, not one that somebody asked for in the meantime.
    return get_object_or_404(release.redactions, pk=int(request.POST.get("redaction", "")))


def page(model_admin, request, release, form):
    asked = release.redactions.filter(OPEN).select_related("asked_by").first()
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": "Remove text for legal reasons",
        "release": release,
        "is_public": release.is_public(timezone.now()),
        "form": form,
        "asked": asked,
    }
    if asked:
        context["is_mine"] = asked.asked_by == request.user
        context["found"] = redaction.found(Passage(asked.passage), release)
        context["others"] = others(model_admin.get_queryset(request), release, asked.passage)
    return TemplateResponse(request, "admin/press/redaction.html", context)


def others(releases, release, passage):
    """How many other releases the search finds for the passage, or for its beginning."""
    words = with_plain_quotes(passage).replace('"', " ").split()[:MOST_WORDS]
    if not (asked := match(f'"{" ".join(words)}"')):
        return 0
    ours = [release.pk, *release.corrections.values_list("pk", flat=True)]
    return asked.narrow(releases).exclude(pk__in=ours).count()
