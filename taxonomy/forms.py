from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from mptt.forms import MPTTAdminForm

from osce_cms.versions import VersionedForm

from .labels import Labels, key
from .tree import TreeBusy

BUSY = "busy:"  # before the version of a form that had to wait too long for the trees


class TermForm(VersionedForm, MPTTAdminForm):
    noun = "term"

    def clean(self):
        opened = self.data.get(self.add_prefix("opened_version"), "")
        if opened.startswith(BUSY):
            self.renew_version(opened.removeprefix(BUSY))
            raise ValidationError(str(TreeBusy()))
        return super().clean()


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
