"""The people named at a release are told of it, once for each public time, and nobody else is."""

import io
import os
import socket
import socketserver
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Event, Thread
from typing import NamedTuple

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from press.models import PressRelease, Reminder
from press.reminders import may_be_told, people_for, tell
from press.running import one_at_a_time
from structures.models import Role
from tests.factories import (
    DraftFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    UserFactory,
    person_at,
)
from tests.taxonomy.test_stress import database_url
from tests.test_site import manage

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
MARKER = "Zyxwolf"  # what logs and mails to others must not say


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def sums(self):
        return self.out.splitlines()[-1]


def publish_due(*arguments):
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("publish_due", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = ended.code
    except CommandError as refused:
        code = refused.returncode
        err.write(str(refused))
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def mail(settings):
    settings.SITE_URL = "https://press.example.org"
    settings.DEFAULT_FROM_EMAIL = "press@example.org"
    settings.REMINDER_LEAD = HOUR


@pytest.fixture
def desk(db):
    return StructureFactory(name="Mission A", parent=StructureFactory())


def somebody(desk=None, name="ann", **fields):
    return person_at(Role.AUTHOR, desk, username=name, email=f"{name}@example.org", **fields)


@pytest.fixture
def ann(desk):
    return somebody(desk)


def told_of(release, *people):
    for person in people:
        release.reminders.create(person=person)
    return release


@pytest.fixture
def scheduled(now, desk, ann):
    release = ReleaseFactory(
        title=f"{MARKER} arrives",
        summary="The secret summary.",
        body="<p>The secret body.</p>",
        desk=desk,
        published_at=now + 2 * HOUR,
    )
    return told_of(release, ann)


def test_people_are_told_from_the_lead_on_and_when_it_is_public_to_the_second(
    scheduled, time_machine, mailoutbox
):
    hour = scheduled.published_at
    for at, told in [
        (hour - HOUR - SECOND, 0),
        (hour - HOUR, 1),
        (hour - HOUR + SECOND, 1),
        (hour - SECOND, 1),
        (hour, 2),
        (hour + SECOND, 2),
    ]:
        time_machine.move_to(at, tick=False)
        assert publish_due().code == 0
        assert len(mailoutbox) == told, at
    assert [each.subject.partition(":")[0] for each in mailoutbox] == [
        "Under embargo",
        "Public now",
    ]


def test_the_mail_before_says_what_when_and_under_embargo_without_the_text(
    scheduled, time_machine, mailoutbox
):
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)

    done = publish_due()

    (sent,) = mailoutbox
    assert done.sums == "told 1, skipped 0, failed 0"
    assert sent.to == ["ann@example.org"]
    assert sent.from_email == "press@example.org"
    assert sent.subject == f"Under embargo: {scheduled.title}"
    assert sent.body.startswith("UNDER EMBARGO until Tuesday, 24 November 2026, 14:00:00 in Vienna")
    assert "Tuesday, 24 November 2026, 13:00:00 UTC" in sent.body
    address = f"https://press.example.org/admin/press/pressrelease/{scheduled.pk}/change/"
    assert address in sent.body
    assert scheduled.title in sent.body
    assert "secret" not in sent.message().as_string()
    assert sent.message()["Auto-Submitted"] == "auto-generated"


def test_the_mail_after_leads_to_the_public_page(scheduled, time_machine, mailoutbox, client):
    time_machine.move_to(scheduled.published_at, tick=False)

    publish_due()

    (sent,) = mailoutbox
    here = f"https://press.example.org{scheduled.get_absolute_url()}"
    assert here in sent.body
    assert "/admin/" not in sent.body
    assert client.get(scheduled.get_absolute_url()).status_code == 200


def test_a_release_is_public_on_time_though_the_command_never_runs(
    scheduled, time_machine, mailoutbox, client
):
    time_machine.move_to(scheduled.published_at - SECOND, tick=False)
    assert client.get(scheduled.get_absolute_url()).status_code == 404

    time_machine.move_to(scheduled.published_at, tick=False)

    assert client.get(scheduled.get_absolute_url()).status_code == 200
    assert not mailoutbox


def test_what_is_rescheduled_is_announced_again(scheduled, time_machine, mailoutbox):
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)
    publish_due()

    scheduled.reschedule(by=None, at=scheduled.published_at + 3 * HOUR)
    publish_due()
    assert len(mailoutbox) == 1
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)
    publish_due()
    publish_due()

    assert len(mailoutbox) == 2
    assert "17:00:00 in Vienna" in mailoutbox[1].body
    assert "you were told of 24 November 2026, 14:00:00 before" in mailoutbox[1].body


def test_what_was_published_at_once_by_hand_is_told_once(now, desk, ann, mailoutbox):
    release = told_of(SubmittedFactory(desk=desk), ann)
    assert publish_due().sums == "told 0, skipped 0, failed 0"

    release.publish(by=None, at=now)
    publish_due()
    publish_due()

    assert [each.subject.partition(":")[0] for each in mailoutbox] == ["Public now"]


@pytest.mark.parametrize("age, told", [(24 * HOUR - SECOND, 1), (24 * HOUR, 0)])
def test_after_a_day_nobody_is_told_any_more(now, desk, ann, mailoutbox, age, told):
    told_of(ReleaseFactory(desk=desk, published_at=now - age), ann)

    publish_due()

    assert len(mailoutbox) == told


def unschedule(release):
    release.unschedule(by=None)


def withdraw(release):
    release.withdraw(by=None, notice="It was wrong.")


def unpublish(release):
    release.unpublish(by=None, reason="It was wrong.")


@pytest.mark.parametrize(
    "step, at", [(unschedule, -HOUR), (withdraw, 0 * HOUR), (unpublish, 0 * HOUR)]
)
def test_nobody_is_told_of_what_was_taken_back(scheduled, time_machine, mailoutbox, step, at):
    hour = scheduled.published_at
    time_machine.move_to(hour + at, tick=False)

    step(scheduled)

    for at in (hour - HOUR, hour - SECOND, hour, hour + HOUR):
        time_machine.move_to(at, tick=False)
        assert publish_due().sums == "told 0, skipped 0, failed 0"
    assert not mailoutbox


def test_the_other_states_tell_nobody(now, desk, ann, mailoutbox):
    for factory in (DraftFactory, SubmittedFactory):
        for at in (now + SECOND, now - SECOND):
            told_of(factory(desk=desk, published_at=at), ann)

    assert publish_due().sums == "told 0, skipped 0, failed 0"


def deactivate(person):
    person.is_active = False


def send_home(person):
    person.is_staff = False


def leave(person):
    person.desk_memberships.all().delete()


def lose_address(person):
    person.email = ""


@pytest.mark.parametrize(
    "loss, why",
    [
        (deactivate, "may not see the release any more"),
        (send_home, "may not see the release any more"),
        (leave, "may not see the release any more"),
        (lose_address, "no e-mail address"),
    ],
)
@pytest.mark.parametrize("at", [-HOUR, 0 * HOUR])
def test_who_lost_the_right_or_has_no_address_is_passed_over_without_a_name(
    scheduled, ann, time_machine, mailoutbox, loss, why, at
):
    time_machine.move_to(scheduled.published_at + at, tick=False)
    loss(ann)
    ann.save()

    done = publish_due()

    assert not mailoutbox
    reminder = scheduled.reminders.get()
    assert done.code == 0
    assert done.out.splitlines() == [
        f"skipped: reminder {reminder.pk} of release {scheduled.pk}: {why}",
        "told 0, skipped 1, failed 0",
    ]
    assert MARKER not in done.out + done.err


def test_of_a_release_that_was_handed_over_its_old_desk_is_not_told(
    scheduled, time_machine, mailoutbox
):
    scheduled.hand_over(by=None, desk=StructureFactory())
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)

    assert publish_due().sums == "told 0, skipped 1, failed 0"
    assert not mailoutbox


def test_a_dry_run_sends_and_changes_nothing(scheduled, time_machine, mailoutbox):
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)
    Session.objects.create(session_key="over", expire_date=timezone.now() - HOUR)

    done = publish_due("--dry-run")

    assert done.code == 0
    assert done.out.startswith("Dry run: nothing is sent.")
    assert done.sums == "told 1, skipped 0, failed 0"
    assert MARKER not in done.out
    assert not mailoutbox
    assert scheduled.reminders.get().before_sent_for is None
    assert Session.objects.exists()


def test_for_cron_it_says_nothing_but_what_failed(
    scheduled, desk, time_machine, mailoutbox, monkeypatch
):
    told_of(scheduled, person_at(Role.AUTHOR, desk))
    time_machine.move_to(scheduled.published_at, tick=False)
    monkeypatch.setattr("press.reminders.AT_MOST", -1)

    assert publish_due("--verbosity", "0").out == ""
    assert publish_due("--verbosity", "0").err.startswith("failed: ")
    monkeypatch.undo()
    assert publish_due("--verbosity", "0") == Done(0, "", "")
    assert len(mailoutbox) == 1


def test_sessions_that_are_over_are_removed(now, client, ann):
    client.force_login(ann)
    Session.objects.create(session_key="over", expire_date=timezone.now() - HOUR)

    publish_due()

    assert Session.objects.get().session_key == client.session.session_key


@pytest.mark.parametrize(
    "title",
    [
        "One\r\nBcc: eve@example.org",
        "One\nTwo\x0b\x85\u2028Three\x00",
        "Long " * 100,
        "المراقبون يصلون \u202e abc " * 3,
        "{{ settings.SECRET_KEY }} <b>&amp;</b>",
    ],
)
def test_a_title_of_any_kind_is_one_header_line(now, desk, ann, sink, title):
    release = told_of(ReleaseFactory(desk=desk, published_at=now), ann)
    if connection.vendor == "postgresql":
        title = title.replace("\x00", "")
    # Past save(), which would clean it.
    QuerySet(PressRelease).filter(pk=release.pk).update(title=title)

    assert publish_due().code == 0

    ((recipients, data),) = sink.mails
    sent = message_from_bytes(data, policy=policy.default)
    assert recipients == ["ann@example.org"]
    assert sent["Bcc"] is None
    assert sent["To"] == "ann@example.org"
    subject = sent["Subject"].strip()
    assert subject.startswith("Public now: ")
    assert len(subject.splitlines()) == 1
    assert len(subject) <= 140
    assert "&lt;" not in sent.get_content()
    assert "&amp;amp;" not in sent.get_content()


# Mail servers, real ones.


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is sent; it refuses the addresses in refused."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SinkHandler)
        self.mails, self.refused = [], set()


class SinkHandler(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 sink")
        recipients = []
        for line in self.rfile:
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == "RCPT":
                address = rest[len("TO:<") : rest.index(">")]
                if address in self.server.refused:
                    self.say("550 no such person")
                    continue
                recipients.append(address)
            if verb == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append((recipients, b"".join(lines)))
                recipients = []
            self.say("221 bye" if verb == "QUIT" else "250 sink")
            if verb == "QUIT":
                return

    def say(self, answer):
        self.wfile.write(f"{answer}\r\n".encode())


def speak_smtp(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.3


@pytest.fixture
def sink(settings):
    with Sink() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        speak_smtp(settings, server.server_address[1])
        yield server
        server.shutdown()


def test_one_address_that_fails_does_not_stop_the_others_and_is_tried_again(
    scheduled, desk, time_machine, sink
):
    told_of(scheduled, somebody(desk, "bob"), somebody(desk, "eve"))
    User.objects.filter(username="eve").update(email="eve@example.org\nBcc: all@example.org")
    sink.refused.add("ann@example.org")
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)

    done = publish_due()

    assert done.code == 3
    assert done.sums == "told 1, skipped 0, failed 2"
    assert "SMTPRecipientsRefused" in done.err
    assert MARKER not in done.out + done.err
    assert "@" not in done.out + done.err
    assert [recipients for recipients, _ in sink.mails] == [["bob@example.org"]]

    sink.refused.clear()
    User.objects.filter(username="eve").update(email="eve@example.org")
    assert publish_due().sums == "told 2, skipped 0, failed 0"
    assert publish_due().sums == "told 0, skipped 0, failed 0"
    assert len(sink.mails) == 3


def test_a_mail_that_failed_before_is_not_sent_once_the_release_is_public(
    scheduled, time_machine, sink
):
    sink.refused.add("ann@example.org")
    time_machine.move_to(scheduled.published_at - SECOND, tick=False)
    assert publish_due().code == 3

    sink.refused.clear()
    time_machine.move_to(scheduled.published_at, tick=False)
    publish_due()

    ((_, data),) = sink.mails
    assert b"Subject: Public now" in data


def test_a_mail_server_that_refuses_or_hangs_fails_the_mails_and_nothing_else(
    scheduled, time_machine, settings, client
):
    time_machine.move_to(scheduled.published_at, tick=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        speak_smtp(settings, port)
        hanging = publish_due()
    refusing = publish_due()

    for done in (hanging, refusing):
        assert (done.code, done.sums) == (3, "told 0, skipped 0, failed 1")
        assert MARKER not in done.out + done.err
    assert scheduled.reminders.get().after_sent_for is None
    assert client.get(scheduled.get_absolute_url()).status_code == 200


def test_a_run_that_waited_for_long_leaves_the_rest_to_the_next(
    scheduled, desk, time_machine, mailoutbox, monkeypatch
):
    time_machine.move_to(scheduled.published_at, tick=False)
    monkeypatch.setattr("press.reminders.AT_MOST", -1)

    done = publish_due()

    assert (done.code, done.sums) == (3, "told 0, skipped 0, failed 1")
    monkeypatch.undo()
    assert publish_due().sums == "told 1, skipped 0, failed 0"


# Several at once.


def test_a_second_run_says_that_another_one_is_running(now):
    held, done = Event(), Event()

    def hold():
        with one_at_a_time("mails"):
            held.set()
            done.wait(20)
        connection.close()

    other = Thread(target=hold)
    other.start()
    held.wait(20)
    try:
        refused = publish_due()
    finally:
        done.set()
        other.join()

    assert refused.code == 4
    assert publish_due().code == 0


def test_an_import_does_not_hold_up_the_mails(now):
    with one_at_a_time("import"):
        assert publish_due().code == 0


def test_a_mail_that_somebody_else_is_sending_is_left_to_them(scheduled, time_machine, mailoutbox):
    time_machine.move_to(scheduled.published_at, tick=False)
    outcomes = tell()
    told_of(scheduled, somebody(scheduled.desk, "bob"))

    first = next(outcomes)
    publish_due()

    assert first.result == "told"
    assert list(outcomes) == []
    assert sorted(each.to[0] for each in mailoutbox) == ["ann@example.org", "bob@example.org"]


PROGRAM = """
import sys, django
django.setup()
from press.reminders import tell
print("ready", flush=True)
sys.stdin.readline()
print(sum(outcome.result == "told" for outcome in tell()))
"""


@pytest.mark.django_db(transaction=True)
def test_three_processes_without_the_lock_send_each_mail_once(sink):
    release = ReleaseFactory(published_at=timezone.now() + timedelta(minutes=30))
    told_of(release, *(somebody(None, f"person-{number}") for number in range(30)))
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "osce_cms.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.server_address[1]}",
        "SITE_URL": "https://press.example.org",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=django_settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        told = [int(process.communicate(timeout=60)[0]) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()

    assert sum(told) == 30
    addresses = [recipients[0] for recipients, _ in sink.mails]
    assert sorted(addresses) == sorted({f"person-{number}@example.org" for number in range(30)})
    assert not Reminder.objects.exclude(before_sent_for=release.published_at).exists()


# What stops it.


def test_without_the_address_of_the_site_it_does_not_run(scheduled, settings, mailoutbox):
    settings.SITE_URL = ""

    done = publish_due()

    assert done.code == 1
    assert "SITE_URL" in done.err


@pytest.mark.parametrize(
    "database", ["postgres://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.sqlite3"]
)
def test_without_a_database_it_says_so(database):
    done = manage("publish_due", DATABASE_URL=database, SITE_URL="https://press.example.org")

    assert done.returncode == 1
    assert "Could not run" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_tables_it_says_so(tmp_path):
    address = f"sqlite:///{tmp_path}/empty.sqlite3"

    done = manage("publish_due", DATABASE_URL=address, SITE_URL="https://press.example.org")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_it_explains_itself_and_refuses_what_it_does_not_know():
    explained, refused = manage("publish_due", "--help"), manage("publish_due", "--now")

    assert explained.returncode == 0
    assert "--dry-run" in explained.stdout
    assert refused.returncode == 2


@pytest.mark.parametrize(
    "name, value",
    [
        ("REMINDER_LEAD", "0"),
        ("REMINDER_LEAD", "-5"),
        ("REMINDER_LEAD", "soon"),
        ("REMINDER_LEAD", ""),
        ("EMAIL_URL", "mail.example.org:25"),
        ("EMAIL_URL", "smtp://"),
        ("EMAIL_URL", "smtp://mail.example.org:x"),
        ("SITE_URL", "press.example.org"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(name, value):
    done = manage("publish_due", **{name: value})

    assert done.returncode == 1
    assert f"{name} must be" in done.stderr
    assert "Traceback" not in done.stderr


# The page where people are named.


def page_of(release):
    return f"/admin/press/pressrelease/{release.pk}/reminders/"


@pytest.fixture
def at_desk(client, desk):
    client.force_login(somebody(desk, "author"))
    return client


def test_people_are_named_and_taken_off_also_while_it_is_scheduled(at_desk, scheduled, desk):
    here, bob = page_of(scheduled), somebody(desk, "bob", first_name="Bob", last_name="Brown")

    answer = at_desk.post(here, {"people": [bob.pk]}, follow=True)

    page = answer.content.decode()
    assert "Named: Bob Brown." in page
    assert set(scheduled.reminders.values_list("person__username", flat=True)) == {"ann", "bob"}
    at_desk.post(here, {"remove": scheduled.reminders.get(person__username="ann").pk})
    assert scheduled.reminders.get().person == bob
    assert list(scheduled.log.values_list("action", "note")) == [
        ("people_to_be_told", "Taken off: ann."),
        ("people_to_be_told", "Named: Bob Brown."),
    ]


def test_the_way_to_the_page_stands_in_the_form_of_a_release(at_desk, scheduled, desk):
    for release in (DraftFactory(desk=desk), SubmittedFactory(desk=desk), scheduled):
        form = at_desk.get(f"/admin/press/pressrelease/{release.pk}/change/").content.decode()
        assert page_of(release) in form
        assert at_desk.get(page_of(release)).status_code == 200


def test_once_it_is_public_nobody_is_named_or_taken_off(at_desk, desk, ann, now):
    release = told_of(ReleaseFactory(desk=desk, published_at=now), ann)

    for sent in ({"people": [somebody(desk, "bob").pk]}, {"remove": release.reminders.get().pk}):
        assert "is public" in at_desk.post(page_of(release), sent).content.decode()

    assert release.reminders.get().person == ann
    assert (
        page_of(release)
        not in at_desk.get(f"/admin/press/pressrelease/{release.pk}/change/").content.decode()
    )


def test_a_correction_tells_nobody(at_desk, desk):
    copy = DraftFactory(corrects=ReleaseFactory(desk=desk), desk=desk)

    assert at_desk.get(page_of(copy)).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_people_of_another_desk_find_no_such_page(at_desk, ann, method):
    foreign = told_of(DraftFactory(desk=StructureFactory(), title=MARKER), ann)

    answer = getattr(at_desk, method)(page_of(foreign), {"remove": foreign.reminders.get().pk})

    assert answer.status_code == 404
    assert MARKER not in answer.content.decode()
    assert foreign.reminders.exists()


def test_a_reminder_is_taken_off_at_its_own_release_only(at_desk, desk, ann):
    foreign = told_of(DraftFactory(desk=StructureFactory()), ann)

    answer = at_desk.post(page_of(DraftFactory(desk=desk)), {"remove": foreign.reminders.get().pk})

    assert answer.status_code == 404
    assert foreign.reminders.exists()


def test_those_who_may_see_it_are_offered_and_nobody_else(desk):
    below, beside = StructureFactory(parent=desk), StructureFactory()
    for number, place in enumerate([None, desk.parent, desk, below, beside]):
        for role in Role.values:
            person_at(role, place, username=f"{role}{number}")
        deactivated = person_at(Role.AUTHOR, place, username=f"gone{number}", is_active=False)
        UserFactory(username=f"reader{number}").desk_memberships.create(desk=place)
        deactivated.desk_memberships.create(desk=beside if place != beside else below)
    User.objects.create_superuser("root")
    UserFactory(is_staff=True)
    person_at(Role.AUTHOR, desk.parent).desk_memberships.create(desk=desk)

    for place in (None, desk.parent, desk, below, beside):
        release = DraftFactory(desk=place)
        may = {person for person in User.objects.all() if may_be_told(person, release)}
        offered = list(people_for(release))
        assert set(offered) == may
        assert len(offered) == len(may) > 3


@pytest.mark.parametrize("who", ["of another desk", "that does not exist", "without a number"])
def test_one_refusal_for_whoever_may_not_see_it(at_desk, scheduled, who):
    chosen = {
        "of another desk": somebody(StructureFactory(), "stranger", last_name=MARKER).pk,
        "that does not exist": 987654,
        "without a number": "x",
    }[who]

    page = at_desk.post(page_of(scheduled), {"people": [chosen]}).content.decode()

    assert "Somebody whom you chose may not see this release." in page
    assert "stranger" not in page
    assert MARKER not in page.replace(scheduled.title, "")
    assert scheduled.reminders.count() == 1


def test_the_page_says_who_will_not_be_told(at_desk, scheduled, desk, ann):
    told_of(scheduled, person_at(Role.AUTHOR, desk, username="bob"))
    ann.desk_memberships.all().delete()

    page = at_desk.get(page_of(scheduled)).content.decode()

    assert "ann (may not see this release any more)" in page
    assert "bob (has no e-mail address)" in page


def test_the_page_says_what_was_sent(at_desk, scheduled, time_machine):
    assert "Nothing yet." in at_desk.get(page_of(scheduled)).content.decode()
    time_machine.move_to(scheduled.published_at - HOUR, tick=False)
    publish_due()

    page = at_desk.get(page_of(scheduled)).content.decode()

    assert "That it becomes public on 24 November 2026, 14:00." in page
    time_machine.move_to(scheduled.published_at, tick=False)
    publish_due()
    page = at_desk.get(page_of(scheduled)).content.decode()
    assert "That it is public since 24 November 2026, 14:00." in page


def test_naming_somebody_twice_names_them_once(at_desk, scheduled, desk):
    bob = somebody(desk, "bob")

    for _ in range(2):
        at_desk.post(page_of(scheduled), {"people": [bob.pk]})

    assert scheduled.reminders.filter(person=bob).count() == 1


@pytest.mark.parametrize("people", [1, 12])
def test_the_page_asks_as_much_for_many_people_as_for_one(
    at_desk, scheduled, desk, people, django_assert_num_queries
):
    for number in range(people):
        told_of(scheduled, somebody(desk, f"named{number}"))
        somebody(desk, f"other{number}")

    with django_assert_num_queries(11):
        at_desk.get(page_of(scheduled))
