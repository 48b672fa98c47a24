from django.conf import settings
from django.db import models
from django.utils import timezone

from osce_cms.text import printable

from .address import address_of


class What(models.TextChoices):
    SIGNED_IN = "signed_in", "signed in"
    PASSWORD = "password", "right password, second factor asked for"
    FAILED = "failed", "wrong name or password"
    LOCKED = "locked", "locked out"
    FACTOR_FAILED = "factor_failed", "wrong second factor"
    FACTOR_ADDED = "factor_added", "second factor added"
    FACTOR_REMOVED = "factor_removed", "second factor removed"
    FACTORS_RESET = "factors_reset", "second factors removed by a superuser"
    SIGNED_OUT = "signed_out", "signed out"
    ELSEWHERE = "elsewhere", "signed out everywhere else"


class SignInQuerySet(models.QuerySet):
    def outdated(self, at):
        return self.filter(at__lt=at - settings.SIGN_INS_KEPT)


class SignIn(models.Model):
    """Something that happened while somebody signed in or out. No password and no code is in it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sign_ins",
    )
    username = models.CharField("user name as given", max_length=150, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    what = models.CharField(max_length=20, choices=What)
    detail = models.CharField(max_length=150, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=200, blank=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "sign-in"

    def __str__(self):
        return f"{self.username}: {self.get_what_display()}"

    @classmethod
    def record(cls, request, what, *, person=None, username="", detail=""):
        return cls.objects.create(
            person=person,
            username=cut(username or person.get_username(), 150),
            what=what,
            detail=cut(detail, 150),
            address=address_of(request),
            browser=cut(request.META.get("HTTP_USER_AGENT", ""), 200),
        )


def cut(text, length):
    """text as it can be stored and shown: no control characters, and not long."""
    return printable(text[:length])[:length]
