from functools import cached_property

from django import forms
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.urls import reverse

from ..images import cleaned, random_name, validate_image
from .release import PressRelease

TYPES = {"avif": "image/avif", "webp": "image/webp"}  # that not every browser knows, the best first
FOR_ALL = ("jpg", "png")
UNSET = 800  # width of the one that is given to who understands no choice


class PictureFile(FieldFile):
    """Whatever comes to be stored, from a form or past it, is stored clean."""

    def save(self, name, content, save=True):
        content = cleaned(content)
        image = self.instance
        image.width, image.height, image.renditions = content.width, content.height, []
        super().save(content.name, content, save)

    save.alters_data = True


class PictureInput(forms.FileField):
    """Knows a picture by its content, and gives on what is stored of it."""

    widget = forms.ClearableFileInput

    def to_python(self, data):
        file = super().to_python(data)
        return file and cleaned(file)

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": "image/jpeg,image/png,image/webp"}


class PictureField(models.FileField):
    attr_class = PictureFile

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": PictureInput, "max_length": None, **kwargs})

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs


def percent(name):
    return models.PositiveSmallIntegerField(name, default=50, validators=[MaxValueValidator(100)])


class ReleaseImage(models.Model):
    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="images")
    file = PictureField(upload_to=random_name, validators=[validate_image])
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField("alternative text", max_length=300, blank=True)
    is_decorative = models.BooleanField("decorative", default=False)
    caption = models.CharField(max_length=500, blank=True)
    credit = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    # The point that stays in view when the picture is cut.
    focal_x = percent("focus, % from the left")
    focal_y = percent("focus, % from the top")
    renditions = models.JSONField(default=list, editable=False)  # names of those that were made
    copy_of = models.ForeignKey(  # in a correction: the image that it will change
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    legacy_name = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(alt="") | Q(is_decorative=True),
                name="press_image_has_alt_or_is_decorative",
                violation_error_message="Describe the image or mark it as decorative.",
            )
        ]

    def __str__(self):
        return self.alt or "decorative image"

    def get_absolute_url(self):
        return reverse("image", args=[self.release_id, self.pk])

    # How a page shows it. A preview says where it has the image, as preview_address.

    @property
    def address(self):
        return getattr(self, "preview_address", None) or self.get_absolute_url()

    @cached_property
    def by_format(self):
        """{suffix: {width: address}} of the renditions, the narrowest first."""
        found = {}
        for name in self.renditions:
            width, _, suffix = name.rpartition(".")
            if width.isdecimal():
                found.setdefault(suffix, {})[int(width)] = self.address + name
        return {suffix: dict(sorted(widths.items())) for suffix, widths in found.items()}

    @property
    def sources(self):
        """(type, srcset) of the formats of which a browser takes the first that it knows."""
        return [
            (TYPES[each], srcset(self.by_format[each])) for each in TYPES if each in self.by_format
        ]

    @property
    def for_all(self):
        """{width: address} of those that every browser knows."""
        return next((self.by_format[each] for each in FOR_ALL if each in self.by_format), {})

    @property
    def srcset(self):
        return srcset(self.for_all)

    @property
    def src(self):
        widths = [width for width in self.for_all if width <= UNSET]
        return self.for_all[widths[-1]] if widths else self.address

    @property
    def thumbnail(self):
        return next(iter(self.for_all.values()), self.address)

    @property
    def crop(self):
        """The address of what other sites show of it."""
        crops = [name for name in self.renditions if name.startswith("crop-")]
        return self.address + crops[0] if crops else self.address


def srcset(addresses):
    return ", ".join(f"{address} {width}w" for width, address in addresses.items())
