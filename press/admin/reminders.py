"""The people who are told of a release, on a page of its own: also while nobody may change its form."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from ..models import Reminder
from ..reminders import people_for
from .preview import found

REFUSAL = "Somebody whom you chose may not see this release."


class PeopleField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple
    default_error_messages = {
        "required": "Choose somebody.",
        # One answer for people of other desks and for numbers that nobody has.
        "invalid_choice": REFUSAL,
        "invalid_pk_value": REFUSAL,
    }

    def label_from_instance(self, person):
        return name_of(person)


class PeopleForm(forms.Form):
    people = PeopleField(None, label="Who else is told?")

    def __init__(self, *args, release, **kwargs):
        super().__init__(*args, **kwargs)
        named = release.reminders.values("person")
        self.fields["people"].queryset = people_for(release).exclude(pk__in=named)


def people_view(model_admin, request, object_id):
    """Who is told of a release; until it is public, people can be named and taken off again."""
    release = found(model_admin, request, object_id, model_admin.may_share)
    if release.corrects_id:
        raise Http404
    is_public = release.is_public(timezone.now())
    form = PeopleForm(request.POST or None, release=release)
    if request.method == "POST" and not is_public:
        said = change(request, release, form)
        if said:
            model_admin.message_user(request, said, messages.SUCCESS)
            return redirect("admin:press_pressrelease_reminders", release.pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": "People to be told",
        "release": release,
        "is_public": is_public,
        "form": form,
        "minutes": int(settings.REMINDER_LEAD.total_seconds() // 60),
        "named": named(release),
    }
    return TemplateResponse(request, "admin/press/reminders.html", context)


@transaction.atomic
def change(request, release, form):
    """Name those who were chosen, or take off the one whose button was pressed; in words, what was done."""
    if "remove" in request.POST:
        reminders = release.reminders.select_related("person")
        reminder = get_object_or_404(reminders, pk=int(request.POST["remove"]))
        reminder.delete()
        done = f"Taken off: {name_of(reminder.person)}."
    elif form.is_valid():
        people = form.cleaned_data["people"]
        rows = [Reminder(release=release, person=person) for person in people]
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)
        done = f"Named: {', '.join(map(name_of, people))}."
    else:
        return ""
    release.log.create(action="people_to_be_told", by=request.user, note=done)
    return done


def named(release):
    """The reminders of release; each knows whether its person may still see it."""
    reminders = list(release.reminders.select_related("person").order_by("pk"))
    people = [reminder.person_id for reminder in reminders]
    may_see = set(people_for(release).filter(pk__in=people).values_list("pk", flat=True))
    for reminder in reminders:
        reminder.name = name_of(reminder.person)
        reminder.may_see = reminder.person_id in may_see
    return reminders


def name_of(person):
    return person.get_full_name() or person.get_username()
