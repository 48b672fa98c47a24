"""What waits for somebody, on the first page of the admin and as lists."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from press import corrections, translations
from press.admin.worklists import MOST, WORKLISTS, counted
from press.models import PressRelease
from press.revisions import record
from press.workflow import State
from structures.models import Role
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    person_at,
)

from .test_admin import RELEASES as LIST

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(desk):
    return person_at(Role.PUBLISHER, desk)


def in_list(client, name):
    page = client.get(f"{LIST}?worklist={name}").content.decode()
    return {int(pk) for pk in re.findall(rf'href="{LIST}([0-9]+)/change/', page)}


def tagged(make=ReleaseFactory, **fields):
    return make(fields_of_work=[FieldFactory()], **fields)


@pytest.fixture
def expected(desk, publisher, now):
    """{worklist: the releases that are in it for the publisher}"""
    author = person_at(Role.AUTHOR, desk)
    tomorrow, noon = now + timedelta(days=1), now + timedelta(hours=1)
    submitted = tagged(SubmittedFactory, desk=desk, state=State.DRAFT)
    submitted.submit(by=author)
    own = tagged(SubmittedFactory, desk=desk, state=State.DRAFT)
    own.submit(by=publisher)
    given_back = tagged(SubmittedFactory, desk=desk, state=State.DRAFT)
    given_back.submit(by=publisher)
    given_back.request_changes(by=author, note="Shorter.")
    written = tagged(DraftFactory, desk=desk)
    record(written, by=publisher)
    due = tagged(desk=desk, published_at=noon)
    late = tagged(SubmittedFactory, desk=desk, published_at=now - timedelta(hours=1))
    forced = tagged(desk=desk, needs_second_look=True, published_at=now - timedelta(days=90))
    public = tagged(desk=desk)
    translated = tagged(desk=desk)
    ReleaseFactory(desk=desk, language="ru", translation_of=translated).fields_of_work.set(
        translated.fields_of_work.all()
    )
    copy = corrections.begin(tagged(desk=desk, published_at=now - timedelta(days=90)), by=author)
    untagged = ReleaseFactory(desk=desk, published_at=now - timedelta(days=90))
    unmatched = tagged(
        desk=desk, published_at=now - timedelta(days=90), unmatched_labels={"source": ["x"]}
    )
    undated = tagged(DraftFactory, desk=desk, legacy_key="4711:en")
    tagged(desk=desk, published_at=tomorrow)
    original = tagged(desk=desk, published_at=now - timedelta(days=90))
    outdated = translations.begin(original, by=author, language="ru")
    translations.begin(tagged(desk=desk), by=author, language="ru")
    original.title = "Another title"
    original.save()
    return {
        "waiting": [submitted, late, given_back],
        "mine": [written],
        "today": [due],
        "overdue": [late],
        "second-look": [forced],
        "corrections": [copy],
        "untranslated": [public],
        "stale": [outdated],
        "undated": [undated],
        "untagged": [untagged],
        "unmatched": [unmatched],
    }


def test_each_list_holds_what_it_says_and_is_counted_so(client, publisher, expected, now):
    client.force_login(publisher)

    found = {worklist.name: in_list(client, worklist.name) for worklist in WORKLISTS}

    assert found == {name: {each.pk for each in rows} for name, rows in expected.items()}
    counts = {worklist.name: count for worklist, count, _ in counted(publisher, now)}
    assert counts == {name: len(rows) for name, rows in expected.items()}


def test_an_author_waits_for_what_was_given_back_only(desk, expected, now):
    author = person_at(Role.AUTHOR, desk)
    draft = SubmittedFactory(desk=desk, state=State.DRAFT)
    draft.submit(by=author)
    draft.request_changes(by=None, note="Shorter.")

    lists = {worklist.name: count for worklist, count, _ in counted(author, now)}

    assert lists["waiting"] == 1


def test_one_person_may_be_enough(settings, publisher, expected, now):
    settings.TWO_PERSONS = False

    lists = {worklist.name: count for worklist, count, _ in counted(publisher, now)}

    assert lists["waiting"] == len(expected["waiting"]) + 1


def test_nothing_of_another_desk_is_listed_or_counted(client, expected, now):
    stranger = person_at(Role.PUBLISHER, StructureFactory())
    client.force_login(stranger)

    assert counted(stranger, now) == []
    assert all(in_list(client, worklist.name) == set() for worklist in WORKLISTS)
    assert "What waits" not in client.get("/admin/").content.decode()


def test_the_first_page_leads_to_the_lists_and_says_when_there_are_more(
    client, publisher, desk, now, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("press.admin.worklists.MOST", 2)
    ReleaseFactory.create_batch(4, desk=desk)
    client.force_login(User.objects.get(pk=publisher.pk))

    with django_assert_max_num_queries(14):
        page = client.get("/admin/").content.decode()

    assert f'href="{LIST}?worklist=untagged"><b>2+</b>' in page
    assert MOST == 1000


def test_whoever_keeps_terms_only_has_no_lists(client, django_user_model, now):
    person = django_user_model.objects.create_user("terms", is_staff=True)
    ReleaseFactory()

    assert counted(person, now) == []
    client.force_login(person)
    assert client.get("/admin/").status_code == 200


def test_an_unknown_list_is_told(client, publisher):
    client.force_login(publisher)

    assert client.get(f"{LIST}?worklist=nonsense").status_code == 302


@pytest.mark.parametrize(
    "term",
    [
        "{pk}",
        "/press-releases/{pk}/",
        "https://osce.example/press-releases/{pk}/{slug}/",
        "https://osce.example/press-releases/{pk}/an-old-slug",
        "{slug}",
        "https://old.example/pc/12345",
        "/pc/12345",
        "observers arrive",
    ],
)
def test_a_release_is_found_by_what_people_paste(client, publisher, desk, term):
    release = ReleaseFactory(
        title="Observers arrive", desk=desk, legacy_url="https://old.example/pc/12345"
    )
    ReleaseFactory(title="Another one", desk=desk)
    client.force_login(publisher)

    page = client.get(LIST, {"q": term.format(pk=release.pk, slug=release.slug)}).content.decode()

    assert "Observers arrive" in page
    assert "Another one" not in page
    assert PressRelease.objects.count() == 2
