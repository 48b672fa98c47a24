from django.db import models
from django.db.models import Q
from django.urls import reverse

from ..images import random_name, validate_image
from .release import PressRelease


class ReleaseImage(models.Model):
    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="images")
    file = models.ImageField(
        upload_to=random_name,
        validators=[validate_image],
        width_field="width",
        height_field="height",
    )
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField("alternative text", max_length=300, blank=True)
    is_decorative = models.BooleanField("decorative", default=False)
    caption = models.CharField(max_length=500, blank=True)
    credit = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
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
