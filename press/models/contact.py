import re
from datetime import timedelta

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from osce_cms.html import without_controls
from osce_cms.versions import VersionOfValues
from structures.models import Structure

from .release import PressRelease

SOON = timedelta(days=30)
TEXTS = ["name", "role"]
PRINTED = [*TEXTS, "email", "phone", "mobile"]  # what readers see of one
INTERNATIONAL = RegexValidator(
    r"^\+[1-9][0-9 ()/.-]{4,}[0-9]$", "Write it with the country code: +43 1 514 36 6180."
)


class ContactQuerySet(models.QuerySet):
    def current(self, day):
        """Who may be named on day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day))

    def expiring(self, day):
        """Who has ended by day, or will soon."""
        return self.filter(ends_on__lte=day + SOON)


def current_today():
    return Q(ends_on=None) | Q(ends_on__gte=timezone.localdate())


def telephone(name):
    return models.CharField(name, max_length=40, blank=True, validators=[INTERNATIONAL])


class Contact(VersionOfValues, models.Model):
    """Somebody whom readers of releases may ask: one record, shown as it is today wherever it is named."""

    name = models.CharField(max_length=200, help_text="Of a person, or of an office.")
    role = models.CharField(max_length=200, blank=True, help_text="Such as Spokesperson.")
    structure = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        help_text="For which the contact speaks. Readers see its name.",
    )
    email = models.EmailField("e-mail", blank=True)
    phone = telephone("phone")
    mobile = telephone("mobile phone")
    ends_on = models.DateField(
        null=True,
        blank=True,
        help_text="The last day on which a release may name it. Empty: until further notice.",
    )
    desk = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="desk_contacts",
        help_text="Whose people keep it; all desks may use it. Empty: the central desk.",
    )
    note = models.TextField(blank=True, help_text="For editors. Readers never see it.")

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | ~Q(mobile=""),
                name="press_contact_can_be_reached",
                violation_error_message="Give an e-mail address or a phone number.",
            )
        ]

    def __str__(self):
        said = ", ".join(filter(None, [self.name, self.role]))
        return f"{said} (ended)" if self.has_ended(timezone.localdate()) else said

    def save(self, *args, **kwargs):
        for name in TEXTS:
            setattr(self, name, " ".join(without_controls(getattr(self, name)).split()))
        super().save(*args, **kwargs)

    save.alters_data = True

    def has_ended(self, day):
        return bool(self.ends_on and self.ends_on < day)

    @property
    def phones(self):
        """[(the number as it is written, as a telephone dials it)]"""
        return [(each, dialled(each)) for each in (self.phone, self.mobile) if each]


def dialled(number):
    """
    >>> dialled("+43 (0)1 514 36-6180")
    '+431514366180'
    """
    return re.sub(r"[^+0-9]", "", number.replace("(0)", ""))


class ReleaseContactManager(models.Manager):
    def get_queryset(self):
        # Nobody wants a row without its contact.
        return super().get_queryset().select_related("contact__structure")


class ReleaseContact(models.Model):
    """That a release names a contact, and at which place."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="contact_rows")
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="uses", limit_choices_to=current_today
    )
    position = models.PositiveSmallIntegerField()

    objects = ReleaseContactManager()

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["release", "contact"], name="press_contact_once_in_a_release"
            )
        ]

    def __str__(self):
        return f"{self.contact} in release {self.release_id}"
