from django import forms
from django.db import models
from django.db.models.fields.files import FieldFile
from django.urls import reverse

from osce_cms.languages import Language

from ..attachments import KINDS, kind_of, random_place
from .release import PressRelease, slug_for


class DocumentFile(FieldFile):
    """Whatever comes to be stored, from a form or past it, is of a kind that may be."""

    def save(self, name, content, save=True):
        document = self.instance
        document.kind, document.size = kind_of(content, name), content.size
        super().save(f"document.{document.kind}", content, save)

    save.alters_data = True


class DocumentInput(forms.FileField):
    def to_python(self, data):
        file = super().to_python(data)
        if file:
            kind_of(file, file.name)
        return file

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": ",".join(f".{kind}" for kind in KINDS)}


class DocumentField(models.FileField):
    attr_class = DocumentFile

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": DocumentInput, "max_length": None, **kwargs})

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs


class Attachment(models.Model):
    """A document of a release. Its address stays when another file takes the place of the first."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="attachments")
    file = DocumentField(upload_to=random_place)
    kind = models.CharField(max_length=10, editable=False)  # one of KINDS
    size = models.PositiveIntegerField(editable=False)  # bytes
    title = models.CharField(max_length=200)
    language = models.CharField(
        max_length=3, choices=Language, blank=True, help_text="Empty: that of the release."
    )
    position = models.PositiveSmallIntegerField(default=0)
    copy_of = models.ForeignKey(  # in a correction: the attachment that it will change
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    legacy_name = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("attachment", args=[self.release_id, self.pk, self.file_name])

    @property
    def address(self):
        """Where this page has it: a preview says so, as preview_address."""
        return getattr(self, "preview_address", None) or self.get_absolute_url()

    @property
    def file_name(self):
        return f"{slug_for(self.title)}.{self.kind}"

    @property
    def content_type(self):
        return KINDS[self.kind][1]

    @property
    def details(self):
        """What it is, as readers are told before they fetch it."""
        return f"{KINDS[self.kind][0]}, {size_in_words(self.size)}"


def size_in_words(size):
    """
    >>> size_in_words(1_234_567), size_in_words(20_400), size_in_words(12)
    ('1.2 MB', '20 kB', '1 kB')
    """
    if size >= 999_500:
        return f"{size / 1_000_000:.1f} MB"
    return f"{max(1, round(size / 1000))} kB"
