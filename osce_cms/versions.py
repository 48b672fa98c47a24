"""A form that was opened on an older version of its record writes nothing and loses nothing."""

import hashlib

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.urls import reverse

DELETED = "deleted"  # the version of a form whose record is not there any more


class VersionOfValues:
    """For a model: its version follows from its values, whoever changes one, in whatever way."""

    @property
    def version(self):
        values = [getattr(self, field.attname) for field in self._meta.concrete_fields]
        return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


class VersionedForm(forms.ModelForm):
    """Knows on which version of its record it was opened; the admin validates it under a lock."""

    noun = ""  # what editors call such a record

    opened_version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["opened_version"] = self.instance.version if self.instance.pk else ""

    def clean(self):
        cleaned = super().clean()
        opened = self.data.get(self.add_prefix("opened_version"), "")
        if opened == DELETED:
            self.renew_version("")
            raise ValidationError(
                f"This {self.noun} was deleted by somebody else while you were writing. What you typed is"
                f" below: save it again to create a new {self.noun}."
            )
        if self.instance.pk and opened != str(self.instance.version):
            self.renew_version(self.instance.version)
            raise ValidationError([self.who_was_first(), *self.present_values()])
        return cleaned

    def renew_version(self, version):
        # The person has seen what happened; saving again is their decision.
        self.data = self.data.copy()
        self.data[self.add_prefix("opened_version")] = version

    def who_was_first(self):
        last = (
            LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(self.instance),
                object_id=self.instance.pk,
            )
            .select_related("user")
            .first()
        )
        # Not "by": a merge or an import may have changed it since, and they write no entry here.
        who = f" Its history ends with: {last.get_change_message()} ({last.user})." if last else ""
        return (
            f"Somebody changed this {self.noun} after you opened it.{who} Nothing was saved; what you"
            " typed is below. Compare, correct, and save again."
        )

    def present_values(self):
        """A line for each field that is different in the database now."""
        stored = type(self.instance)._base_manager.get(pk=self.instance.pk)
        for name, field in self.fields.items():
            if name == "opened_version" or name in self.errors:
                continue
            now = getattr(stored, name)
            if field.has_changed(field.prepare_value(getattr(now, "pk", now)), self[name].data):
                yield f"{field.label or name} is now: {'none' if now in (None, '') else now}"


class OffersAsNew:
    """For an admin: a form that was sent for a deleted record comes back as one for a new record."""

    def offer_as_new(self, request):
        request.POST = request.POST.copy()
        request.POST["opened_version"] = DELETED
        return super().changeform_view(request, None, reverse(self.address("add")), None)

    def address(self, page):
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"


class VersionedAdmin(OffersAsNew):
    """For an admin whose form is a VersionedForm. The record is held until the form is stored."""

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (label, {**options, "fields": [f for f in options["fields"] if f != "opened_version"]})
            for label, options in fieldsets
        ]

    def _changeform_view(self, request, object_id, form_url, extra_context):
        if request.method == "POST" and object_id and not self.held(request, object_id):
            return self.offer_as_new(request)
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def held(self, request, object_id):
        """The record, so that another save comes before this one or after it; None without one."""
        found = self.get_object(request, unquote(object_id))
        rows = self.model._base_manager.select_for_update()
        return found and rows.filter(pk=found.pk).first()
