"""The pages on which an editor or a publisher moves one release on."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from press import corrections
from press.admin.transitions import STEPS
from press.checks import problems
from press.models import PressRelease
from press.workflow import BEFORE, State
from structures.models import Structure
from tests.factories import (
    CountryFactory,
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    WithdrawnFactory,
)

from .test_attachments import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings):
    settings.DEBUG = True
    call_command("create_demo_people")


@pytest.fixture
def editor(client, people):
    client.force_login(User.objects.get(username="editor"))
    return client


@pytest.fixture
def publisher(client, people):
    client.force_login(User.objects.get(username="publisher"))
    return client


def address(release, action=None):
    step = f"step/{action}" if action else "change"
    return f"/admin/press/pressrelease/{release.pk}/{step}/"


def step(client, release, action, **data):
    version = PressRelease.objects.get(pk=release.pk).version
    answer = client.post(address(release, action), {"version": version, **data}, follow=True)
    release.refresh_from_db()
    return answer.content.decode()


def steps_offered(client, release):
    page = client.get(address(release)).content.decode()
    return [action for action in STEPS if address(release, action) in page]


def test_an_editor_is_offered_what_an_editor_may_do(editor):
    assert steps_offered(editor, DraftFactory()) == ["submit", "translate"]
    assert steps_offered(editor, SubmittedFactory()) == ["request_changes", "translate"]
    assert steps_offered(editor, ReleaseFactory()) == ["correct", "translate", "retag"]


def test_a_publisher_is_offered_what_fits_the_state(publisher):
    tomorrow = timezone.now() + timedelta(days=1)
    for release, offered in [
        (DraftFactory(), ["submit", "force_publish", "translate"]),
        (SubmittedFactory(), ["publish", "request_changes", "force_publish", "translate"]),
        (ReleaseFactory(published_at=tomorrow), ["translate", "reschedule", "unschedule"]),
        (ReleaseFactory(), ["correct", "translate", "feature", "withdraw", "unpublish"]),
        (
            ReleaseFactory(needs_second_look=True, is_featured=True),
            ["second_look", "correct", "translate", "unfeature", "withdraw", "unpublish"],
        ),
        (WithdrawnFactory(), ["correct", "translate", "restore", "unpublish"]),
        (ReleaseFactory(state=State.UNPUBLISHED), ["reopen"]),
        (correction_of(ReleaseFactory()), ["submit", "force_publish_correction"]),
    ]:
        assert steps_offered(publisher, release) == [*offered, *always(release)], release.state


def correction_of(release):
    return corrections.begin(release, by=None)


def always(release):
    if release.corrects_id:
        return []
    return ["hand_over"] if release.state in BEFORE else ["retag", "hand_over"]


def test_from_draft_to_public_by_two_people(client, people, now):
    release = SubmittedFactory(state=State.DRAFT, published_at=now + timedelta(hours=3))
    client.force_login(User.objects.get(username="editor"))
    assert "is in review" in step(client, release, "submit", note="Please look.")

    client.force_login(User.objects.get(username="publisher"))
    assert "is changes requested" in step(client, release, "request_changes", note="Shorter.")

    client.force_login(User.objects.get(username="editor"))
    step(client, release, "submit")

    client.force_login(User.objects.get(username="publisher"))
    assert "is scheduled" in step(client, release, "publish", when="given")
    assert [each.action for each in release.log.all()] == [
        "publish", "submit", "request_changes", "submit"
    ]  # fmt: skip


def test_the_publish_page_says_what_will_happen(publisher, now):
    release = SubmittedFactory(published_at=now + timedelta(hours=3))

    page = publisher.get(address(release, "publish")).content.decode()

    assert "24 November 2026, 15:00 in Vienna, which is 24 November 2026, 14:00 UTC" in page
    assert "in 3\xa0hours" in page
    assert f"http://testserver{release.get_absolute_url()}" in page
    assert "It is filed under no country." in page


def test_what_must_be_mended_is_named_and_nothing_is_published(publisher):
    release = DraftFactory(state=State.IN_REVIEW)

    page = publisher.get(address(release, "publish")).content.decode()
    assert "Must be mended:</strong> There is no summary." in page
    page = step(publisher, release, "publish", when="now")

    assert release.state == State.IN_REVIEW
    assert "cannot be published yet. There is no summary." in page


def test_what_was_changed_since_the_page_was_shown_is_not_published(publisher):
    release = SubmittedFactory()
    shown = release.version
    release.save()

    page = step(publisher, release, "publish", when="now", version=shown)

    assert release.state == State.IN_REVIEW
    assert "was changed meanwhile: look again." in page


@pytest.mark.parametrize("action", ["publish", "withdraw", "force_publish", "unpublish", "reopen"])
def test_who_lacks_the_permission_is_refused(editor, action):
    for release in (DraftFactory(), SubmittedFactory(), ReleaseFactory()):
        state = release.state
        answer = editor.post(address(release, action), {"note": "x", "version": release.version})

        release.refresh_from_db()
        assert (answer.status_code, release.state) == (403, state)


def test_who_is_signed_out_is_asked_to_sign_in(client):
    answer = client.get(address(DraftFactory(), "submit"))

    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


def test_a_step_that_does_not_fit_is_refused_with_a_message(publisher):
    release = ReleaseFactory()

    page = step(publisher, release, "publish", when="now")

    assert "this cannot be done with it now" in page


@pytest.mark.parametrize("path", ["999999/step/publish/", "x/step/publish/", "1/step/explode/"])
def test_what_does_not_exist_is_not_found(publisher, path):
    assert publisher.get(f"/admin/press/pressrelease/{path}").status_code == 404


def test_withdrawing_restoring_and_unpublishing_ask_for_a_word(publisher):
    release = ReleaseFactory()
    for action, state in [
        ("withdraw", State.WITHDRAWN),
        ("restore", State.PUBLISHED),
        ("unpublish", State.UNPUBLISHED),
    ]:
        before = release.state
        assert "This field is required." in step(publisher, release, action)
        assert release.state == before
        step(publisher, release, action, note="Because.")
        assert release.state == state


def test_an_address_that_is_none_is_refused(publisher):
    release = ReleaseFactory()

    step(publisher, release, "unpublish", note="Moved.", moved_to="javascript:alert(1)")

    assert release.state == State.PUBLISHED


def test_the_public_time_of_a_scheduled_release_is_moved(publisher, now):
    release = ReleaseFactory(published_at=now + timedelta(days=1))

    step(publisher, release, "reschedule", at="2026-12-24T18:00")

    assert timezone.localtime(release.published_at).isoformat() == "2026-12-24T18:00:00+01:00"


# What is looked at


def codes(release, at):
    return [each.code for each in problems(release, at, among=PressRelease.objects.all())]


def test_a_complete_release_has_no_problems(now):
    release = SubmittedFactory(
        fields_of_work=[FieldFactory()],
        countries=[CountryFactory()],
        sources=[StructureFactory()],
        body="<p>VIENNA, 24 November 2026 – Something happened.</p>",
    )

    assert codes(release, now) == []


def test_what_is_missing_blocks_and_what_is_odd_warns(now):
    release = DraftFactory(kind="", body="<p><br></p>", title="x" * 130)

    found = problems(release, None)

    assert [each.code for each in found if each.is_blocking] == [
        "no-summary", "no-date", "no-text", "no-field"
    ]  # fmt: skip
    assert [each.code for each in found if not each.is_blocking] == [
        "no-source", "no-country", "no-kind", "long-title"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dateline", "disagrees"),
    [
        ("VIENNA, 24 November 2026", False),
        ("VIENNA, 23 November 2026", True),
        ("VIENNA, 24 November 2025", True),
        ("VIENNA", False),
        ("ASTANA, 24. Jänner 2026", False),
    ],
)
def test_a_dateline_of_another_day_is_told(now, dateline, disagrees):
    assert ("other-date" in codes(SubmittedFactory(dateline=dateline), now)) is disagrees


@pytest.mark.parametrize(
    ("href", "told"),
    [
        ("/admin/press/pressrelease/1/change/?next=a&amp;b", "private-link"),
        ("https://testserver/preview/to-ken/", "private-link"),
        (" /admin", "private-link"),
        ("/press-releases/../admin/", "private-link"),
        ("../../../admin/", "private-link"),
        ("/press-releases/{draft.pk}/{draft.slug}/", "lost-link"),
        ("https://testserver/press-releases/{draft.pk}", "lost-link"),
        ("/press-releases/987654321/images/3/", "lost-link"),
        ("/press-releases/{public.pk}/", None),
        ("/press-releases/?field=policing", None),
        ("/press-releases/{itself.pk}/", None),
        ("https://a.example/admin/", None),
        ("mailto:desk@a.example", None),
        ("https://[half", None),
    ],
)
def test_links_that_readers_could_not_follow_are_told(
    now, href, told, django_assert_max_num_queries
):
    release = SubmittedFactory()
    address = href.format(draft=DraftFactory(), public=ReleaseFactory(), itself=release)
    without = codes(release, now)
    release.body = f'<p>See <a href="{address}">there</a>.</p>'

    with django_assert_max_num_queries(8):
        found = problems(release, now)

    assert [each.code for each in found if each.code not in without] == [told] * bool(told)
    assert [each.code for each in found if "link" in each.code and each.is_blocking] == (
        ["private-link"] if told == "private-link" else []
    )


def test_a_link_to_a_document_that_is_not_offered_any_more_is_told(now):
    release = ReleaseFactory()
    document = release.attachments.create(file=ContentFile(PDF, "x.pdf"), title="Rules")
    release.body = f'<p><a href="{document.get_absolute_url()}">Rules</a></p>'
    release.save()
    copy = corrections.begin(release, by=None)
    assert "lost-document" not in codes(release, now) + codes(copy, now)

    copy.attachments.all().delete()

    assert "lost-document" in codes(copy, now)


def test_a_link_does_not_tell_when_the_release_of_another_desk_comes(now):
    scheduled = ReleaseFactory(published_at=now + timedelta(days=3))
    release = SubmittedFactory(body=f'<p><a href="/press-releases/{scheduled.pk}/">x</a></p>')
    later, nobody = now + timedelta(days=4), PressRelease.objects.none()

    assert "lost-link" in {each.code for each in problems(release, later, nobody)}
    assert "lost-link" not in {
        each.code for each in problems(release, later, PressRelease.objects.all())
    }


def test_the_same_title_on_the_same_day_is_told(now):
    other = ReleaseFactory(title="Spot report", published_at=now - timedelta(hours=1))
    release = SubmittedFactory(title="Spot Report")

    assert "double" in codes(release, now)
    assert "double" not in codes(release, now + timedelta(days=1))
    assert "double" not in codes(other, now)


def test_two_thousand_structures_do_not_make_the_page_of_a_hand_over_heavy(publisher):
    Structure.objects.bulk_create(
        StructureFactory.build(lft=1, rght=2, tree_id=n, level=0) for n in range(1000, 3000)
    )

    page = publisher.get(address(ReleaseFactory(), "hand_over"))

    assert len(page.content) < 60 * 1024
