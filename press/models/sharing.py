"""Who looks at a release before it is public."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from ..querysets import PreviewLinkQuerySet
from ..workflow import TransitionNotAllowed
from .release import PressRelease


class PreviewLink(models.Model):
    """An address under which people without an account may read a release before it is public."""

    LIFETIME = timedelta(days=7)

    release = models.ForeignKey(
        PressRelease, on_delete=models.CASCADE, related_name="preview_links"
    )
    token_hash = models.CharField(max_length=64, unique=True)  # the token itself is nowhere
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = []  # who changes a release may share it

    def __str__(self):
        return f"link of {timezone.localtime(self.created_at):%-d %B %Y, %H:%M}"

    @staticmethod
    def hash_of(token):
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    @transaction.atomic
    def share(cls, release, *, by):
        """A new link of release and its token, which nobody can ask for later."""
        now = timezone.now()
        if release.is_public(now):
            raise TransitionNotAllowed(f"“{release}” is public: share its address.")
        token = secrets.token_urlsafe(32)
        link = cls.objects.create(
            release=release,
            token_hash=cls.hash_of(token),
            created_by=by,
            created_at=now,
            expires_at=now + cls.LIFETIME,
        )
        release.log.create(action="share_preview", by=by, note=f"The {link}.")
        return link, token

    @transaction.atomic
    def revoke(self, *, by):
        """End it now; whether it was living."""
        now = timezone.now()
        living = type(self).objects.living(now).filter(pk=self.pk)
        if not living.update(revoked_at=now):
            return False
        self.release.log.create(action="revoke_preview", by=by, note=f"The {self}.")
        return True

    share.__func__.alters_data = revoke.alters_data = True


class EditSession(models.Model):
    """Who has the form of a release open, and when that was last heard (admin/presence.py)."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_seen = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["release", "user"], name="press_one_session_each")
        ]

    def __str__(self):
        return f"open in the browser of {self.user}"
