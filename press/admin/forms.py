import re

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from ..models import LINKS, Contact, ReleaseContact

CHANGED = "Nothing was saved: somebody changed this release after you opened it. Compare above."
UNKNOWN = (
    "Nothing was saved: your form does not say which version of the release it was opened on."
    " Compare above."
)
VERSION = "opened_version"


def is_stale(data, release):
    """Whether a form that sent data was opened on another version than that of release."""
    return bool(release and release.pk) and data.get(VERSION, "") != str(release.version)


class TermSelect(AutocompleteSelectMultiple):
    """As usual, but the terms that the release has are not asked for a second time.

    Others are offered by terms.py.
    """

    url_name = "%s:press_pressrelease_terms"
    known = ()  # of the release as it is stored

    def optgroups(self, name, value, attr=None):
        titles = {str(term.pk): str(term) for term in self.known}
        if not set(value) <= set(titles):  # something else was sent
            return super().optgroups(name, value, attr)
        options = [
            self.create_option(name, pk, titles[pk], True, index) for index, pk in enumerate(value)
        ]
        return [(None, options, 0)]


class ContactSelect(TermSelect):
    """In the order in which contacts were chosen, also when the form comes back."""

    url_name = AutocompleteSelectMultiple.url_name

    def __init__(self, admin_site):
        super().__init__(ReleaseContact._meta.get_field("contact"), admin_site)

    def optgroups(self, name, value, attr=None):
        numbers = [pk for pk in value if re.fullmatch("[0-9]{1,18}", pk)]
        if not set(numbers) <= {str(contact.pk) for contact in self.known}:
            self.known = Contact.objects.filter(pk__in=numbers)
        return super().optgroups(name, value, attr)


class ContactsField(forms.ModelMultipleChoiceField):
    """Contacts in their order."""

    def clean(self, value):
        found = {contact.pk: contact for contact in super().clean(value)}
        return [found[pk] for pk in dict.fromkeys(map(int, value or [])) if pk in found]

    def has_changed(self, initial, data):
        return [str(pk) for pk in self.prepare_value(initial or [])] != list(data or [])


class ReleaseForm(forms.ModelForm):
    """Knows on which version of the release it was opened; its row is locked when it is checked."""

    opened_version = forms.CharField(widget=forms.HiddenInput, required=False)
    contacts = ContactsField(
        Contact.objects.all(),
        required=False,
        widget=ContactSelect(admin.site),
        help_text="Whom readers may ask, in this order. They are kept under Contacts.",
    )

    is_stale = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["contacts"] = self.instance.contacts if self.instance.pk else []
        self.fields["contacts"].widget.known = self.initial["contacts"]
        # A text, as it comes back: else every save would say that it changed.
        for link in set(LINKS) & set(self.fields):
            self.fields[link].widget.widget.known = self.initial.get(link, [])
        self.initial[VERSION] = str(self.instance.version) if self.instance.pk else ""

    def clean_contacts(self):
        """Those that have ended stay where they are named already."""
        contacts, today = self.cleaned_data["contacts"], timezone.localdate()
        for contact in contacts:
            if contact.has_ended(today) and contact not in self.initial["contacts"]:
                raise forms.ValidationError(
                    f"{contact.name} is no contact any more: choose another."
                )
        return contacts

    def _save_m2m(self):
        super()._save_m2m()
        if "contacts" in self.changed_data:
            self.instance.name_contacts(self.cleaned_data["contacts"])

    def clean(self):
        cleaned = super().clean()
        if is_stale(self.data, self.instance):
            self.is_stale = True
            self.add_error(None, CHANGED if self.says_an_older_version() else UNKNOWN)
            # The person sees now what happened; saving again is their decision.
            self.data = self.data.copy()
            self.data[VERSION] = self.instance.version
        return cleaned

    def says_an_older_version(self):
        opened = self.data.get(VERSION, "")
        return bool(re.fullmatch("[0-9]{1,9}", opened)) and int(opened) < self.instance.version


def sent_rows(data, prefix):
    """The rows of an inline form, each {name of the field: its values}, by their numbers."""
    rows = {}
    for key in data:
        if found := re.fullmatch(rf"{prefix}-([0-9]{{1,4}})-(\w+)", key):
            rows.setdefault(int(found[1]), {})[found[2]] = data.getlist(key)
    return rows


def rebased(data, prefix, stored):
    """What an inline form sent, on the rows that are there now: new ones come in, deleted ones go.

    stored is {id: values of the row as a form would send them}. Files are not among it; the browser
    does not send them a second time.
    """
    rows = sent_rows(data, prefix)
    known = {row["id"][0]: row for row in rows.values() if row.get("id", [""])[0]}
    present = [known.get(str(pk)) or {**row, "id": [pk]} for pk, row in stored.items()]
    new = [rows[number] for number in sorted(rows) if not rows[number].get("id", [""])[0]]
    together = QueryDict(mutable=True)
    together.update({f"{prefix}-INITIAL_FORMS": len(present)})
    together.update({f"{prefix}-TOTAL_FORMS": len(present) + len(new)})
    for number, row in enumerate([*present, *new]):
        for name, values in row.items():
            together.setlist(f"{prefix}-{number}-{name}", [str(value) for value in values])
    return {"data": together, "files": MultiValueDict()}
