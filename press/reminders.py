"""Mails to the people who were named at a release: before its public time, and when it has come.

A release is public by its time alone. These mails follow from it; nothing waits for them.
"""

import time
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from osce_cms.html import without_controls
from structures.models import DeskMember, Structure

from .models import Reminder

AT_MOST = 60  # seconds: after them a run that waits for the mail server begins no other mail
LONGEST = 120  # characters of a title in a subject


@dataclass(frozen=True)
class Notice:
    """due: the method of Reminder.objects; sent_for: the field that says for which time it was sent."""

    due: str
    sent_for: str
    subject: str
    template: str


NOTICES = [
    Notice("due_before", "before_sent_for", "Under embargo", "press/mail_before.txt"),
    Notice("due_after", "after_sent_for", "Public now", "press/mail_after.txt"),
]


class Outcome(NamedTuple):
    """What became of one mail: told, skipped or failed. Without names: logs are read by others."""

    reminder: int
    release: int
    result: str
    why: str = ""

    def __str__(self):
        return f"{self.result}: reminder {self.reminder} of release {self.release}: {self.why}"


def people_for(release):
    """Active staff who may see release: of its desk, of those above it, and of the central desk."""
    here = Q(desk=None)
    if release.desk_id:
        here |= Q(desk__in=Structure.objects.lineage(Structure(pk=release.desk_id)).values("pk"))
    members = DeskMember.objects.filter(here).values("person")
    people = get_user_model().objects.filter(is_active=True, is_staff=True)
    people = people.filter(Q(is_superuser=True) | Q(pk__in=members))
    return people.order_by("last_name", "first_name", "username")


def may_be_told(person, release):
    """Whether person may see release in the admin, as it is now."""
    may_enter = person.is_active and person.is_staff
    return may_enter and person.has_perm("press.view_pressrelease", release)


def tell(*, is_dry_run=False):
    """Send the mails that are due, one after the other; an Outcome for each.

    Raises django.db.Error when the database fails; a mail that fails is an outcome.
    """
    end, now = time.monotonic() + AT_MOST, timezone.now()
    for notice in NOTICES:
        for pk in due(notice, now).order_by("release__published_at", "pk").values_list("pk"):
            # As it is by now: others waited for the mail server before it.
            found = due(notice, timezone.now()).filter(pk=pk[0])
            reminder = found.select_related("release", "person").first()
            if reminder is None:
                continue
            is_late = time.monotonic() > end
            if done := attempt(notice, reminder, is_late=is_late, is_dry_run=is_dry_run):
                yield Outcome(reminder.pk, reminder.release_id, *done)


def due(notice, at):
    return getattr(Reminder.objects, notice.due)(at)


def attempt(notice, reminder, *, is_late, is_dry_run):
    """(result, why) of one mail, or None when somebody else is sending it."""
    if not may_be_told(reminder.person, reminder.release):
        return "skipped", "may not see the release any more"
    if not reminder.person.email:
        return "skipped", "no e-mail address"
    if is_dry_run:
        return "told", "not sent, this is a dry run"
    if is_late:
        return "failed", "no time was left, the mail server is slow"
    if not claim(notice, reminder):
        return None
    try:
        message(notice, reminder).send()
    except Exception as error:
        give_back(notice, reminder)
        # Its kind only: its text may quote the mail.
        return "failed", f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
    return "told", ""


def claim(notice, reminder):
    """Whether the mail is ours to send: of two at once, one gets it.

    Committed before it is sent: who is killed in between has told one person too few, not all twice.
    """
    # By columns of its own row only: PostgreSQL looks at those again after it waited for the other.
    before = {notice.sent_for: getattr(reminder, notice.sent_for)}
    with transaction.atomic(durable=True):
        mine = Reminder.objects.filter(pk=reminder.pk, **before)
        return mine.update(**{notice.sent_for: reminder.release.published_at}) > 0


def give_back(notice, reminder):
    mine = Reminder.objects.filter(
        pk=reminder.pk, **{notice.sent_for: reminder.release.published_at}
    )
    mine.update(**{notice.sent_for: getattr(reminder, notice.sent_for)})


def message(notice, reminder):
    release = reminder.release
    title = one_line(release.title)
    desk = reverse("admin:press_pressrelease_change", args=[release.pk])
    context = {
        "title": title,
        "at": release.published_at,
        "before": reminder.before_sent_for,
        "desk_address": settings.SITE_URL + desk,
        "public_address": settings.SITE_URL + release.get_absolute_url(),
    }
    return EmailMessage(
        # The title comes last: it may be written from right to left.
        f"{notice.subject}: {Truncator(title).chars(LONGEST)}",
        render_to_string(notice.template, context),
        to=[reminder.person.email],
        # No answers from those who are out of the office.
        headers={"Auto-Submitted": "auto-generated"},
    )


def one_line(text):
    return " ".join(without_controls(text).split())
