from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from mptt.forms import MPTTAdminForm

from .labels import Labels, key
from .tree import TreeBusy

DELETED = "deleted"  # the version of a form whose term is not there any more
BUSY = "busy:"  # before the version of a form that had to wait too long for the trees


class TermForm(MPTTAdminForm):
    """Knows on which version of the term it was opened; the admin validates it under the tree lock."""

    opened_version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["opened_version"] = self.instance.version if self.instance.pk else ""

    def clean(self):
        cleaned = super().clean()
        opened = self.data.get(self.add_prefix("opened_version"), "")
        if opened.startswith(BUSY):
            self.renew_version(opened.removeprefix(BUSY))
            raise ValidationError(str(TreeBusy()))
        if opened == DELETED:
            self.renew_version("")
            raise ValidationError(
                "This term was deleted by somebody else while you were writing. What you typed is"
                " below: save it again to create a new term."
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
        who = f" by {last.user} ({last.get_change_message()})" if last else ""
        return (
            f"Somebody changed this term{who} after you opened it. Nothing was saved; what you typed"
            " is below. Compare, correct, and save again."
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


class NameFormSet(BaseInlineFormSet):
    """Names that contradict each other or another term are refused together."""

    def clean(self):
        super().clean()
        names = [
            form.instance
            for form in self.forms
            if form.is_valid() and not form.cleaned_data.get("DELETE") and form.instance.name
        ]
        problems = [*overlaps(names), *self.taken(names)]
        if problems:
            raise ValidationError(problems)

    def taken(self, names):
        """Names by which another term is known already: a label must not mean two terms."""
        known = Labels(type(self.instance))
        for name in names:
            other = known.terms.get(key(name.name))
            if other and other != self.instance.pk:
                yield f"“{name}” is a name of “{known.names[other]}” already."


def overlaps(names):
    official = [name for name in names if name.is_official]
    for number, one in enumerate(official):
        for other in official[number + 1 :]:
            if one.language == other.language and one.overlaps(other):
                yield f"“{one}” and “{other}” cannot be the official name at the same time."
