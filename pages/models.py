from django.core.exceptions import ValidationError
from django.db import models
from django.urls import resolve, reverse

from osce_cms.fields import MarkupField
from osce_cms.html import validate_markup
from osce_cms.versions import VersionOfValues


def validate_free(slug):
    """Refuses the addresses of other pages, which would hide this one."""
    if resolve(f"/{slug}/").url_name != "page":
        raise ValidationError(f"The address /{slug}/ is taken.")


class Page(VersionOfValues, models.Model):
    """One of the few plain pages, such as About us."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(unique=True, validators=[validate_free])
    body = MarkupField(
        validators=[validate_markup],
        help_text="HTML; whatever is not plain text structure is removed.",
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Its place in the navigation.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("page", args=[self.slug])
