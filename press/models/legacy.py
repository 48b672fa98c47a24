from django.db import models

from osce_cms.languages import Language

from .release import PressRelease


class LegacyUrl(models.Model):
    """An address of the old site that leads to a release and could not be told from its number alone.

    The release is the item, language the one in which that address served it.
    """

    LONGEST = 500

    address = models.CharField(max_length=LONGEST, unique=True)  # as legacy.normalise() gives it
    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="legacy_urls")
    language = models.CharField(max_length=3, choices=Language)

    class Meta:
        ordering = ["address"]
        default_permissions = []  # written by imports only

    def __str__(self):
        return self.address
