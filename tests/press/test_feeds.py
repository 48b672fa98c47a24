from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from press import corrections
from press.feeds import LENGTH, TOMBSTONES
from structures.models import Structure
from taxonomy.models import FieldOfWork
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    UserFactory,
    WithdrawnFactory,
)
from tests.press.test_pages import settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

FEED = "/press-releases/feed/"
ATOM = "{http://www.w3.org/2005/Atom}"
GONE = "{http://purl.org/atompub/tombstones/1.0}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def entries(client, address=FEED):
    answer = client.get(address)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")


def texts(entries, name):
    return [entry.findtext(f"{ATOM}{name}") for entry in entries]


@pytest.fixture
def release():
    return ReleaseFactory(
        title="Policing & “borders” <b>",
        summary="In short.",
        body="<p>All of <strong>it</strong>.</p>",
        language="ru",
        published_at=timezone.make_aware(datetime(2011, 6, 16, 10, 30)),
        fields_of_work=[FieldOfWork.objects.get(code="policing")],
        sources=[Structure.objects.get(code="secretariat")],
    )


def test_an_entry_says_all_that_a_reader_of_feeds_shows(client, release):
    (entry,) = entries(client)

    assert entry.findtext(f"{ATOM}title") == "Policing & “borders” <b>"
    assert entry.findtext(f"{ATOM}summary") == "In short."
    assert entry.findtext(f"{ATOM}content") == "<p>All of <strong>it</strong>.</p>"
    assert entry.findtext(f"{ATOM}published") == "2011-06-16T08:30:00+00:00"
    assert entry.find(f"{ATOM}link").get("href") == f"http://testserver{release.get_absolute_url()}"
    assert entry.find(f"{ATOM}category").get("term") == "Secretariat"
    assert entry.get(LANG) == "ru"


def test_the_identity_of_an_entry_outlives_its_title(client, release):
    (before,) = texts(entries(client), "id")
    release.title, release.slug = "Corrected", ""
    release.save()

    assert texts(entries(client), "id") == [before]


def test_a_feed_takes_the_parameters_of_the_list(client, release):
    ReleaseFactory(title="Other")

    assert len(entries(client)) == 2
    assert len(entries(client, f"{FEED}?field=policing&language=ru&year=2011")) == 1
    assert len(entries(client, f"{FEED}?q=borders")) == 1
    assert entries(client, f"{FEED}?field=elections") == []


def test_a_feed_begins_with_the_newest_and_ends(client):
    start = timezone.now() - timedelta(days=100)
    for number in range(LENGTH + 1):
        ReleaseFactory(title=f"Day {number}", published_at=start + timedelta(days=number))

    titles = texts(entries(client), "title")

    assert titles == [f"Day {number}" for number in range(LENGTH, 0, -1)]


def test_what_was_withdrawn_is_not_in_a_feed(client):
    WithdrawnFactory()

    assert entries(client) == []


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        (f"{FEED}?page=3", FEED),
        (f"{FEED}?q=border&sort=relevance", f"{FEED}?q=border"),
        (f"{FEED}?utm_source=x&field=policing", f"{FEED}?field=policing"),
        ("/press-releases/feed?field=policing", f"{FEED}?field=policing"),
    ],
)
def test_what_means_nothing_to_a_feed_is_one_redirect(client, asked, canonical):
    answer = client.get(asked)

    assert (answer.status_code, answer["Location"]) == (301, canonical)
    assert client.get(canonical).status_code == 200


def test_a_feed_of_something_that_does_not_exist_is_not_found(client):
    answer = client.get(f"{FEED}?field=nothing")

    assert answer.status_code == 404
    assert "There is no “nothing”." in answer.content.decode()


def test_an_unchanged_feed_is_not_sent_again(client, release):
    first = client.get(FEED)

    again = client.get(FEED, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    ReleaseFactory()
    assert client.get(FEED, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/press-releases/?field=policing&language=ru", f"{FEED}?field=policing&amp;language=ru"),
        ("/press-releases/?q=borders&sort=relevance", f"{FEED}?q=borders"),
        ("/fields-of-work/policing/", f"{FEED}?field=policing"),
    ],
)
def test_lists_and_term_pages_link_to_their_feeds(client, release, page, feed):
    # Once in the head, once for people.
    assert client.get(page).content.decode().count(f'href="{feed}"') == 2


def test_a_feed_is_well_formed_whatever_is_in_a_title_or_asked_for(client):
    ReleaseFactory(title="\x08]]> & <b> \ufffe😀", body="<p>]]> \x0b&amp;lt;</p>")

    assert texts(entries(client), "title") == ["]]> & <b> 😀"]
    for asked in ("%08", "%EF%BF%BE", "%5D%5D%3E"):
        address = client.get(f"{FEED}?q={asked}", follow=True).request
        assert entries(client, f"{FEED}?{address['QUERY_STRING']}") is not None


def test_a_feed_has_one_identity_in_whatever_order_it_is_asked(client, release):
    def identity(query_string):
        feed = ElementTree.fromstring(client.get(f"{FEED}?{query_string}").content)
        return feed.findtext(f"{ATOM}id")

    assert identity("language=ru&field=policing") == identity("field=policing&language=ru")


# Corrections


def correct(release, note, **columns):
    person = UserFactory()
    copy = corrections.begin(release, by=person)
    for name, value in columns.items():
        setattr(copy, name, value)
    copy.save()
    copy.submit(by=person)
    corrections.publish(copy, by=UserFactory(), note=note)
    release.refresh_from_db()


@pytest.fixture
def corrected(release, now):
    correct(release, "Not <b>here</b>\x08 & there.", title="Corrected title")
    return release


def test_a_corrected_entry_says_when_and_what(client, corrected):
    (entry,) = entries(client)

    assert entry.findtext(f"{ATOM}updated") == "2026-11-24T11:00:00+00:00"
    assert entry.findtext(f"{ATOM}published") == "2011-06-16T08:30:00+00:00"
    assert entry.findtext(f"{ATOM}content") == (
        '<p><strong lang="en">Corrected on 24 November 2026:</strong>'
        " Not &lt;b&gt;here&lt;/b&gt; &amp; there.</p><p>All of <strong>it</strong>.</p>"
    )


def test_a_corrected_entry_begins_with_its_newest_note_only(client, corrected, now, time_machine):
    time_machine.move_to(now + timedelta(days=1), tick=False)
    correct(corrected, "Newest.", title="Again")

    (content,) = texts(entries(client), "content")

    assert content.count("Corrected on") == 1
    assert "Corrected on 25 November 2026:</strong> Newest.</p>" in content


def test_a_feed_moves_with_a_correction(client, release, now):
    first = client.get(FEED)
    ReleaseFactory(published_at=now - timedelta(days=1))
    correct(release, "A name.", title="Corrected")

    answer = client.get(FEED, headers={"If-None-Match": first["ETag"]})

    feed = ElementTree.fromstring(answer.content)
    assert feed.findtext(f"{ATOM}updated") == "2026-11-24T11:00:00+00:00"


# Tombstones


def tombstones(client, address=FEED):
    feed = ElementTree.fromstring(client.get(address).content)
    return [
        (each.get("ref"), each.get("when"), each.findtext(f"{GONE}comment"))
        for each in feed.findall(f"{GONE}deleted-entry")
    ]


def test_what_was_withdrawn_leaves_a_tombstone_with_its_notice(client, release, now):
    (identity,) = texts(entries(client), "id")
    release.withdraw(by=UserFactory(), notice="About <another>\x0b place.")

    feed = ElementTree.fromstring(client.get(FEED).content)

    assert feed.findall(f"{ATOM}entry") == []
    assert feed.findtext(f"{ATOM}updated") == "2026-11-24T11:00:00+00:00"
    gone = (identity, "2026-11-24T11:00:00+00:00", "About <another> place.")
    assert tombstones(client) == tombstones(client, f"{FEED}?field=elections") == [gone]


def test_of_what_was_unpublished_nothing_is_said_but_that_it_is_gone(client, release, now):
    (identity,) = texts(entries(client), "id")
    release.withdraw(by=UserFactory(), notice="A notice.")
    release.unpublish(by=UserFactory(), reason="A secret.", moved_to="https://secret.example.org/")

    answer = client.get(FEED)

    assert tombstones(client) == [(identity, "2026-11-24T11:00:00+00:00", None)]
    for word in ("olicing", "secret", "notice", "In short", release.slug):
        assert word not in answer.content.decode()


def test_what_came_back_has_no_tombstone(client, release, now):
    release.withdraw(by=UserFactory(), notice="A notice.")
    release.restore(by=UserFactory(), note="It was right.")
    reopened = ReleaseFactory(title="Reopened", summary="x", fields_of_work=[FieldFactory()])
    reopened.unpublish(by=UserFactory(), reason="x")
    reopened.reopen(by=UserFactory())
    reopened.force_publish(by=UserFactory(), at=now, reason="x")

    assert tombstones(client) == []
    assert len(entries(client)) == 2


def test_what_never_was_public_has_no_tombstone(client, now):
    person = UserFactory()
    WithdrawnFactory(published_at=now + timedelta(days=1))
    WithdrawnFactory(published_at=now - timedelta(hours=1), withdrawn_at=now - timedelta(hours=2))
    DraftFactory()
    moved = ReleaseFactory(published_at=now + timedelta(hours=1))
    moved.reschedule(by=person, at=now + timedelta(hours=2))
    ReleaseFactory(published_at=now + timedelta(hours=1)).unschedule(by=person)
    corrections.begin(ReleaseFactory(), by=person)

    assert tombstones(client) == []


def test_tombstones_stand_for_thirty_days(client, release, now, time_machine):
    release.unpublish(by=UserFactory(), reason="x")

    time_machine.move_to(now + timedelta(days=30, seconds=-1), tick=False)
    first = client.get(FEED)
    assert len(tombstones(client)) == 1
    assert client.get(FEED, headers={"If-None-Match": first["ETag"]}).status_code == 304

    time_machine.move_to(now + timedelta(days=30), tick=False)
    assert tombstones(client) == []


def test_a_feed_ends_with_the_newest_tombstones(client, now):
    taken = [
        WithdrawnFactory(
            published_at=now - timedelta(days=9), withdrawn_at=now - timedelta(minutes=number)
        )
        for number in range(TOMBSTONES + 1)
    ]

    refs = [ref for ref, _, _ in tombstones(client)]

    assert refs == [f"http://testserver/press-releases/{each.pk}/" for each in taken[:-1]]


def test_corrections_and_tombstones_cost_a_feed_one_query(
    client, corrected, monkeypatch, django_assert_num_queries
):
    for _ in range(3):
        correct(
            ReleaseFactory(summary="x", fields_of_work=[FieldFactory()]), "x", title="Corrected"
        )
        WithdrawnFactory()
    ReleaseFactory().unpublish(by=UserFactory(), reason="x")
    settle(monkeypatch)

    with django_assert_num_queries(2):  # the releases, and what was taken away
        assert len(entries(client)) == 4
