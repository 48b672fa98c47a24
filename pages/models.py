from django.db import models
from django.urls import reverse

from osce_cms.html import sanitise


class Page(models.Model):
    """One of the few plain pages, such as About us."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    body = models.TextField(help_text="HTML; whatever is not plain text structure is removed.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Its place in the navigation.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "title"]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.body = sanitise(self.body)
        super().save(*args, **kwargs)

    save.alters_data = True

    def get_absolute_url(self):
        return reverse("page", args=[self.slug])
