"""Removing a text from a release and its history: asked for by one person, carried out by another."""

import html
import json
import re
import threading
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from press import corrections, redaction
from press.models import ListedItem, Origin, PressRelease, Redaction, ReleaseLog, Revision
from press.passages import Passage
from press.redaction import LONGEST, ask, carry_out, drop
from press.revisions import record
from press.search import match
from press.workflow import State, TransitionNotAllowed
from structures.models import Role
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    UserFactory,
    WithdrawnFactory,
)

from .importers.test_import import Run, page
from .test_revisions import PIXEL

pytestmark = pytest.mark.django_db

MARKER = "Zxqwv Жук"  # what is in no text but ours


@pytest.fixture
def people(db):
    users = [UserFactory(is_staff=True) for _ in range(2)]
    for user in users:
        user.desk_memberships.create(role=Role.PUBLISHER)
    return users


@pytest.fixture
def publisher(client, people):
    """The browser of the second of two publishers of the central desk."""
    client.force_login(people[1])
    return client


def redacted(release, people, passage=MARKER, reason="A court said so."):
    return carry_out(ask(release, by=people[0], passage=passage, reason=reason), by=people[1])


def address(release, below="redact"):
    return f"/admin/press/pressrelease/{release.pk}/{below}/"


def visible(answer):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split()))


def logged(release, text=MARKER, action=CHANGE):
    """A row of Django’s log, as its admin writes one."""
    message = json.dumps([{"changed": {"name": "image", "object": text, "fields": ["Caption"]}}])
    return LogEntry.objects.create(
        user=UserFactory(),
        content_type=ContentType.objects.get_for_model(PressRelease),
        object_id=str(release.pk),
        object_repr=f"About {text}",
        action_flag=action,
        change_message=message,
    )


def everywhere(now=None):
    """A public release that holds the marker in whatever can hold it."""
    release = WithdrawnFactory(
        title=f"About {MARKER}",
        summary=f"{MARKER.upper()} in short",
        dateline=f"{MARKER}, Vienna",
        body="<p>Then <b>Zxqwv</b>&nbsp;<i>жук</i> said</p><p>Another paragraph</p>",
        withdrawal_notice=f"It was about {MARKER}.",
        legacy_key="4711:en",
        legacy_url="https://a.example/zxqwv-%D0%B6%D1%83%D0%BA/1",
        legacy_labels={"Where": ["Atlantis", f"home of {MARKER}"]},
        unmatched_labels={"Where": [f"home of {MARKER}"]},
        moved_to="https://b.example/?q=Zxqwv+Жук",
        fields_of_work=[FieldFactory(name="Fishing")],
    )
    release.images.create(
        file=SimpleUploadedFile("a.png", PIXEL),
        alt=f"{MARKER} waving",
        caption=f"Here is {MARKER}",
        credit=MARKER,
        legacy_name=f"{MARKER}.jpg",
    )
    release.legacy_urls.create(address="/zxqwv-жук", language="en")
    release.legacy_urls.create(address="/another", language="en")
    release.contact_suggestions.create(key="zxqwv", name=MARKER, text=f"Ask {MARKER}.")
    ListedItem.objects.create(key=release.legacy_key, language="en", title=f"About {MARKER}")
    Origin.objects.create(release=release, linked=[[0, "/1/", f"https://a.example/{MARKER}"]])
    pdf = SimpleUploadedFile("a.pdf", b"%PDF-1.7 %%EOF")
    release.attachments.create(file=pdf, title=f"Letter of {MARKER}")
    release.log.create(action="submit", note=f"See {MARKER}")
    before = record(release, by=None)
    copy = corrections.begin(release, by=UserFactory())
    copy.body = copy.body.replace("Another", f"One more of {MARKER} in another")
    copy.save()
    copy.images.update(alt=f"{MARKER} waving again")
    record(copy, by=UserFactory())
    copy.log.create(action="submit", note=MARKER)
    gone = DraftFactory(title=MARKER, corrects=ReleaseFactory())
    logged(gone, action=DELETION)
    gone.delete()
    release.change_notes.create(text=f"It was not {MARKER}", before=before, after=before)
    logged(release)
    logged(copy)
    return release


def texts_of_the_database():
    """[(table, column, value)] of whatever can hold a text, read past all models."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            names = ", ".join(f'"{column.name}"' for column in columns)
            cursor.execute(f'SELECT {names} FROM "{table}"')
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    yield table, column.name, value


def holding(*words):
    """The columns of all tables in which one of words stands, whatever its case."""
    found = set()
    for table, column, value in texts_of_the_database():
        if isinstance(value, memoryview | bytes):
            value = bytes(value).decode("utf-8", "ignore")
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        if "\\u" in text:  # JSON, perhaps in JSON
            text = re.sub(r"\\+u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
        if any(word.casefold() in text.casefold() for word in words):
            found.add(f"{table}.{column}")
    return found


# What is removed.


def test_nothing_of_it_is_left_in_the_database(people):
    release = everywhere()
    assert len(holding("zxqwv", "жук")) >= 20  # the scan sees them

    places = redacted(release, people)

    # The full-text index of SQLite drops old words when it is merged; docs/operators.md says how.
    left = {
        each for each in holding("zxqwv", "жук") if not each.startswith("press_searchtext_fts_")
    }
    assert left == set()
    assert places > 30


def test_the_release_says_that_something_was_removed(people):
    release = everywhere()

    redacted(release, people)

    release.refresh_from_db()
    assert release.title == "About [removed]"
    assert release.summary == "[removed] in short"
    assert release.dateline == "[removed], Vienna"
    assert release.body == "<p>Then <b>[removed]</b> said</p><p>Another paragraph</p>"
    assert release.text == "Then [removed] said\nAnother paragraph"
    assert release.slug == "about-removed"
    assert release.withdrawal_notice == "It was about [removed]."
    assert (release.legacy_url, release.moved_to) == ("", "")
    assert [each.address for each in release.legacy_urls.all()] == ["/another"]
    assert release.legacy_labels == {"Where": ["Atlantis", "home of [removed]"]}
    assert release.unmatched_labels == {"Where": ["home of [removed]"]}
    image = release.images.get()
    assert (image.alt, image.caption) == ("[removed] waving", "Here is [removed]")
    assert (image.credit, image.legacy_name) == ("[removed]", "[removed].jpg")
    assert release.log.get(action="submit").note == "See [removed]"
    assert release.change_notes.get().text == "It was not [removed]"


def test_so_does_its_history(people):
    release = everywhere()

    redacted(release, people)

    held = release.revisions.last().snapshot
    assert held["title"] == "About [removed]"
    assert held["slug"] == "about-removed"
    assert held["body"] == "<p>Then <b>[removed]</b> said</p><p>Another paragraph</p>"
    assert held["images"][0]["caption"] == "Here is [removed]"
    assert held["fields_of_work"][0]["name"] == "Fishing"


def test_a_version_that_held_it_once_loses_it_and_the_others_stay(people):
    release = DraftFactory(title="Of today", body=f"<p>{MARKER}</p>")
    once = record(release, by=None)
    release.body = "<p>Nothing</p>"
    release.save()
    last = record(release, by=None)
    version = PressRelease.objects.get(pk=release.pk).version

    assert redacted(release, people) == 1

    for each in (once, last, release):
        each.refresh_from_db()
    assert once.snapshot["body"] == "<p>[removed]</p>"
    assert last.snapshot["body"] == release.body == "<p>Nothing</p>"
    assert release.version == version  # nothing of today changed


def test_djangos_log_loses_it_and_stays_readable(people):
    release = DraftFactory(title=MARKER)
    entry = logged(release)

    redacted(release, people)

    entry.refresh_from_db()
    assert entry.object_repr == "About [removed]"
    assert entry.get_change_message() == "Changed Caption for image “[removed]”."


def test_the_log_of_another_release_stays(people):
    release, other = DraftFactory(title=MARKER), DraftFactory(title=MARKER)
    entry = logged(other)
    other.log.create(action="submit", note=MARKER)
    record(other, by=None)

    redacted(release, people)

    for each in (entry, other):
        each.refresh_from_db()
    assert (entry.object_repr, other.title) == (f"About {MARKER}", MARKER)
    assert other.log.get().note == MARKER
    assert other.revisions.get().snapshot["title"] == MARKER


def test_the_search_does_not_find_it_any_more(people):
    release = ReleaseFactory(title=MARKER, body=f"<p>{MARKER} and bread</p>")
    assert list(match("zxqwv").narrow(PressRelease.objects.all())) == [release]

    redacted(release, people)

    assert not match("zxqwv").narrow(PressRelease.objects.all()).exists()
    assert match("bread").narrow(PressRelease.objects.all()).exists()


def test_dates_stay_and_the_version_moves(people):
    release = ReleaseFactory(
        title=MARKER, first_published_at=timezone.now(), precision="day", is_featured=True
    )
    release.refresh_from_db()
    before = vars(release).copy()

    redacted(release, people)

    release.refresh_from_db()
    assert release.version == before["version"] + 1
    kept = [
        "published_at",
        "first_published_at",
        "corrected_at",
        "precision",
        "state",
        "is_featured",
    ]
    assert {name: vars(release)[name] for name in kept} == {name: before[name] for name in kept}


def test_readers_see_neither_it_nor_the_change_in_its_place(people, client):
    release = ReleaseFactory(
        title="Title", summary="In short", body=f"<p>{MARKER} was</p>", sources=[StructureFactory()]
    )
    copy = corrections.begin(release, by=people[0])
    copy.body = f"<p>{MARKER} was not</p>"
    copy.save()
    record(copy, by=people[0])
    copy.submit(by=people[0])
    corrections.publish(copy, by=people[1], note=f"{MARKER} was not")
    change = release.change_notes.get()

    redacted(PressRelease.objects.get(pk=release.pk), people)

    change.refresh_from_db()
    assert change.before.snapshot["body"] == "<p>[removed] was</p>"
    assert change.after.snapshot["body"] == "<p>[removed] was not</p>"
    assert change.text == "[removed] was not"
    page = client.get(release.get_absolute_url()).content.decode()
    assert "[removed] was not" in page
    assert "zxqwv" not in page.lower()


def test_an_open_correction_can_still_be_published(people):
    release = ReleaseFactory(
        title="Title", summary="Short", body=f"<p>{MARKER}</p>", fields_of_work=[FieldFactory()]
    )
    copy = corrections.begin(release, by=people[0])
    copy.summary = "Shorter"
    copy.save()
    record(copy, by=people[0])

    redacted(release, people)
    copy.refresh_from_db()
    copy.submit(by=people[0])
    corrections.publish(copy, by=people[1], is_minor=True)

    release.refresh_from_db()
    assert (release.body, release.summary) == ("<p>[removed]</p>", "Shorter")
    assert holding("zxqwv") <= {"press_searchtext_fts_data.block"}


def test_what_is_asked_for_at_a_correction_is_removed_from_its_release(people):
    release = ReleaseFactory(body=f"<p>{MARKER}</p>")
    copy = corrections.begin(release, by=people[0])

    asked = ask(copy, by=people[0], passage=MARKER, reason="Law")

    assert asked.release == release


def test_a_later_import_of_the_same_page_does_not_bring_it_back(taxonomy, tmp_path, people):
    source = tmp_path / "page.html"
    source.write_text(page(title=f"About {MARKER}"))
    Run(source)
    release = PressRelease.objects.get()
    redacted(release, people)

    Run(source)
    source.write_text(page(title=f"More about {MARKER}"))
    Run(source)

    release.refresh_from_db()
    assert release.title == "About [removed]"
    assert PressRelease.objects.count() == 1


def test_a_form_that_was_open_meanwhile_does_not_bring_it_back(people, publisher):
    from .test_admin import form_of

    release = DraftFactory(title=MARKER)
    form = form_of(release)
    redacted(release, people)

    publisher.post(address(release, "change"), form)

    release.refresh_from_db()
    assert release.title == "[removed]"


def test_nor_does_one_with_the_texts_of_its_images(people, publisher):
    from .test_admin import form_of, png

    release = DraftFactory()
    image = release.images.create(
        file=SimpleUploadedFile("a.png", png()), alt="Bridge", caption=MARKER
    )
    form = form_of(release) | {
        "images-TOTAL_FORMS": 1,
        "images-INITIAL_FORMS": 1,
        "images-0-id": image.pk,
        "images-0-release": release.pk,
        "images-0-alt": "Bridge",
        "images-0-caption": MARKER,
        "images-0-position": 0,
    }
    redacted(release, people)

    publisher.post(address(release, "change"), form)

    image.refresh_from_db()
    assert image.caption == "[removed]"


def test_a_long_title_of_nothing_else_still_fits(people):
    release = DraftFactory(title="abc" * 166, slug="x")

    redacted(release, people, passage="abc")

    release.refresh_from_db()
    assert release.title == "[…]" * 166


def test_a_slug_that_was_cut_off_in_the_middle_of_it_is_rebuilt(people):
    sentence = (
        "The very long sentence that must not be known to anybody and is cut off in addresses"
    )
    release = DraftFactory(title=sentence)
    assert len(release.slug) < len(sentence)
    release.title = "Other"
    release.save()
    release.log.create(action="submit", note=sentence)

    redacted(release, people, passage=sentence)

    release.refresh_from_db()
    assert release.slug == "other"


@pytest.mark.parametrize("labels", [[], {"a": [1, None, {"b": MARKER}]}, [MARKER]])
def test_labels_of_any_shape(people, labels):
    release = DraftFactory(legacy_labels=labels, title=MARKER)

    redacted(release, people)

    release.refresh_from_db()
    assert MARKER not in json.dumps(release.legacy_labels, ensure_ascii=False)


# Two persons.


def test_who_asked_does_not_carry_it_out(people, settings):
    settings.TWO_PERSONS = False
    release = DraftFactory(title=MARKER)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")

    with pytest.raises(TransitionNotAllowed, match="You asked for it yourself"):
        carry_out(asked, by=people[0])

    release.refresh_from_db()
    asked.refresh_from_db()
    assert (release.title, asked.passage, asked.is_open) == (MARKER, MARKER, True)


def test_the_database_refuses_one_person_too(people):
    asked = ask(DraftFactory(title=MARKER), by=people[0], passage=MARKER, reason="Law")
    ending = {"passage": "", "carried_out_at": timezone.now(), "places": 1}

    with pytest.raises(IntegrityError), transaction.atomic():
        Redaction.objects.update(carried_out_by=people[0], **ending)
    with pytest.raises(IntegrityError), transaction.atomic():
        Redaction.objects.update(carried_out_by=people[1], **{**ending, "passage": MARKER})
    asked.refresh_from_db()
    assert asked.is_open


def test_the_log_says_who_and_why_and_never_what(people):
    release = DraftFactory(title=MARKER)

    places = redacted(release, people, reason="A court in Vienna said so.")

    done, asked = release.log.all()
    assert (asked.action, asked.by, asked.note) == (
        "ask_redaction",
        people[0],
        "A court in Vienna said so.",
    )
    assert (done.action, done.by) == ("redact", people[1])
    assert done.note == (
        f"Asked for by {people[0]}: A court in Vienna said so. Removed in {places} places."
    )
    kept = release.redactions.get()
    assert (kept.passage, kept.places) == ("", places)
    assert (kept.asked_by, kept.carried_out_by) == tuple(people)


def test_somebodys_name_may_be_the_passage(people):
    release = DraftFactory(title=f"By {people[0].username}")

    redacted(release, people, passage=people[0].username)

    assert people[0].username not in release.log.get(action="redact").note


def test_what_is_given_up_removes_nothing_and_keeps_no_passage(people):
    release = DraftFactory(title=MARKER)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")

    drop(asked, by=people[0])

    release.refresh_from_db()
    assert (release.title, asked.passage, asked.is_open) == (MARKER, "", False)
    assert asked.carried_out_at is None
    entry = release.log.first()
    assert (entry.action, entry.note) == ("drop_redaction", f"Asked for by {people[0]}: Law")


@pytest.mark.parametrize("ending", [carry_out, drop])
def test_what_has_ended_does_not_end_again(people, ending):
    release = DraftFactory(title=MARKER)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")
    seen_before = Redaction.objects.get()
    carry_out(asked, by=people[1])
    entries = release.log.count()

    with pytest.raises(TransitionNotAllowed, match="not open any more"):
        ending(seen_before, by=people[1])

    assert release.log.count() == entries


def test_one_is_asked_for_at_a_time(people):
    release = DraftFactory(title=MARKER)
    ask(release, by=people[0], passage=MARKER, reason="Law")

    with pytest.raises(TransitionNotAllowed, match="open already"):
        ask(release, by=people[1], passage="Zxqwv", reason="Law")


def test_another_one_may_follow(people):
    release = DraftFactory(title=f"{MARKER} and bread")
    redacted(release, people)

    redacted(release, people, passage="bread", reason="Law")

    release.refresh_from_db()
    assert release.title == "[removed] and [removed]"


def test_the_reason_of_an_earlier_one_is_redacted_too(people):
    release = DraftFactory(title=f"{MARKER} and bread")
    redacted(release, people, reason="It is about bread.")

    redacted(release, people, passage="bread", reason="Law")

    assert release.redactions.last().reason == "It is about [removed]."
    assert holding("bread") <= {"press_searchtext_fts_data.block"}


@pytest.mark.parametrize(
    "passage",
    ["", "  ", "ab", "\0\0\0abc"[:5], "\u200b\u200b\u200b", "a\u0301\u0301", "x" * (LONGEST + 1),
     "removed", "[removed]", "...", "not in it"],
)  # fmt: skip
def test_passages_that_make_no_sense_are_refused(people, passage):
    release = DraftFactory(title="Title about ab... removed [removed]")

    with pytest.raises(TransitionNotAllowed):
        ask(release, by=people[0], passage=passage, reason="Law")

    assert not Redaction.objects.exists()
    assert not release.log.exists()


@pytest.mark.parametrize("reason", ["", " ", f"Because of {MARKER.lower()}"])
def test_a_reason_is_needed_that_does_not_repeat_it(people, reason):
    with pytest.raises(TransitionNotAllowed):
        ask(DraftFactory(title=MARKER), by=people[0], passage=MARKER, reason=reason)

    assert not Redaction.objects.exists()


def test_a_passage_that_its_removal_would_make_anew_changes_nothing(people):
    release = DraftFactory(title="About d]xx and more")
    asked = ask(release, by=people[0], passage="d]x", reason="Law")

    with pytest.raises(TransitionNotAllowed, match="Something of it would be left"):
        carry_out(asked, by=people[1])

    release.refresh_from_db()
    asked.refresh_from_db()
    assert (release.title, asked.is_open) == ("About d]xx and more", True)


@pytest.mark.parametrize("row", [Revision, ReleaseLog, LogEntry])
def test_nothing_is_changed_when_it_fails_half_way(people, monkeypatch, row):
    release = everywhere()
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")
    before = sorted(map(repr, texts_of_the_database()))

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(row, "save", fail)
    with pytest.raises(RuntimeError):
        carry_out(asked, by=people[1])

    assert sorted(map(repr, texts_of_the_database())) == before


def test_what_a_search_of_all_texts_still_finds_is_not_called_done(people, monkeypatch):
    release = DraftFactory(title=MARKER)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")
    monkeypatch.setattr(redaction, "remove", lambda *args: 0)

    with pytest.raises(TransitionNotAllowed, match="would be left"):
        carry_out(asked, by=people[1])

    asked.refresh_from_db()
    assert asked.is_open


@pytest.mark.django_db(transaction=True)
def test_of_two_who_carry_it_out_at_once_one_does(people):
    release = ReleaseFactory(title=MARKER)
    third = UserFactory()
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")
    outcomes, begin = [], threading.Barrier(2)

    def run(user):
        mine = Redaction.objects.get(pk=asked.pk)
        begin.wait()
        try:
            outcomes.append(carry_out(mine, by=user))
        except TransitionNotAllowed as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[user]) for user in (people[1], third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([each for each in outcomes if each == 2]) == 1  # title and slug
    assert len([each for each in outcomes if "not open any more" in str(each)]) == 1
    assert release.log.filter(action="redact").count() == 1


# The page.


def test_it_is_asked_for_and_carried_out_on_its_page(client, people):
    release = ReleaseFactory(title=f"About {MARKER}")
    client.force_login(people[0])
    data = {"do": "ask", "passage": f"  {MARKER} ", "reason": "A court said so."}
    answer = client.post(address(release), data, follow=True)
    assert "Somebody else carries it out." in visible(answer)
    assert "Remove it for good" not in visible(answer)

    client.force_login(people[1])
    text = visible(client.get(address(release)))
    assert f"by {people[0]} on" in text
    assert "in 2 places" in text
    assert "The texts of today: 2" in text
    assert f"…About {MARKER} …" in text
    assert "The release is public: readers see" in text
    asked = release.redactions.get()
    data = {"do": "carry_out", "redaction": asked.pk}
    answer = client.post(address(release), data, follow=True)

    assert "The text is removed from 2 places." in visible(answer)
    assert "zxqwv" not in visible(answer).lower()
    release.refresh_from_db()
    assert release.title == "About [removed]"


def test_who_asked_is_refused_on_the_page_too(client, people):
    release = DraftFactory(title=MARKER)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")
    client.force_login(people[0])

    answer = client.post(address(release), {"do": "carry_out", "redaction": asked.pk})

    assert "You asked for it yourself" in visible(answer)
    release.refresh_from_db()
    assert release.title == MARKER


def test_it_is_given_up_on_its_page(publisher, people):
    release = DraftFactory(title=MARKER)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")

    answer = publisher.post(address(release), {"do": "drop", "redaction": asked.pk}, follow=True)

    assert "Nothing was removed." in visible(answer)
    assert not release.redactions.get().is_open


def test_looking_changes_nothing(publisher, people):
    release = everywhere()
    ask(release, by=people[0], passage=MARKER, reason="Law")
    publisher.get(address(release))  # the session is written
    before = sorted(map(repr, texts_of_the_database()))

    publisher.get(address(release))
    publisher.post(address(release), {"do": "look"})

    assert sorted(map(repr, texts_of_the_database())) == before


def test_other_releases_with_the_words_are_counted_as_far_as_one_may_see_them(publisher, people):
    release = ReleaseFactory(title=MARKER)
    ReleaseFactory(body=f"<p>About {MARKER}</p>")
    DraftFactory(summary=MARKER.lower())
    ReleaseFactory(body="<p>Жук Zxqwv</p>")
    corrections.begin(release, by=people[0])
    ask(release, by=people[0], passage=f"“{MARKER}”"[1:-1], reason="Law")

    assert "The search finds 2 other releases" in visible(publisher.get(address(release)))


@pytest.mark.parametrize("passage", ["!!! ???", '"""', "a\n\n  b", "-not OR", "*** x", "x " * 400])
def test_passages_that_no_search_understands(publisher, people, passage):
    release = DraftFactory(body=f"<p>{html.escape(passage)}</p>")
    ask(release, by=people[0], passage=passage, reason="Law")

    assert "no other release" in visible(publisher.get(address(release)))


@pytest.mark.parametrize(
    "passage",
    [
        "",
        "ab",
        "a\0bc",
        "x" * 1_000_000,
        "\u202eשלום\u202c",
        "<script>alert(1)</script>",
        "\ud800x",
    ],
)
def test_whatever_is_asked_for_is_no_error_of_ours(publisher, passage):
    release = DraftFactory(title="Title")
    data = urlencode({"do": "ask", "passage": passage, "reason": "Law"}, errors="replace")

    form = "application/x-www-form-urlencoded"
    answer = publisher.post(address(release), data, content_type=form)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()
    assert not Redaction.objects.exists()


@pytest.mark.parametrize("number", ["", "x", "0", "9" * 30, "1\0"])
def test_what_is_no_redaction_of_the_release_is_refused(publisher, people, number):
    release = DraftFactory(title=MARKER)
    ask(release, by=people[0], passage=MARKER, reason="Law")

    answer = publisher.post(address(release), {"do": "carry_out", "redaction": number})

    assert answer.status_code in (400, 404)
    assert release.redactions.get().is_open


def test_a_redaction_of_another_release_is_not_found(publisher, people):
    release, other = DraftFactory(title=MARKER), DraftFactory()
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")

    answer = publisher.post(address(other), {"do": "carry_out", "redaction": asked.pk})

    assert answer.status_code == 404
    assert release.redactions.get().is_open


def test_markup_in_a_passage_is_shown_and_not_obeyed(publisher, people):
    release = DraftFactory(title="A <script>alert(1)</script> title")
    ask(release, by=people[0], passage="<script>alert(1)", reason="<b>Law</b>")

    text = publisher.get(address(release)).content.decode()

    assert "<script>alert" not in text
    assert "<b>Law" not in text


def test_the_page_is_stored_nowhere(publisher):
    assert "no-store" in publisher.get(address(DraftFactory()))["Cache-Control"]


def test_the_page_of_a_correction_is_that_of_its_release(publisher, people):
    release = ReleaseFactory()
    copy = corrections.begin(release, by=people[0])

    assert publisher.get(address(copy)).headers["Location"] == address(release)


def test_the_history_offers_it_to_who_may(publisher):
    release = DraftFactory()

    assert address(release) in publisher.get(address(release, "history")).content.decode()


@pytest.mark.parametrize(
    ("role", "is_central", "status"),
    [
        (Role.AUTHOR, True, 403),
        (Role.EDITOR, True, 403),
        (Role.PUBLISHER, True, 200),
        (Role.PUBLISHER, False, 403),
    ],
)
def test_only_publishers_of_the_central_desk_may(client, people, role, is_central, status):
    desk = StructureFactory()
    release = DraftFactory(title=MARKER, desk=desk)
    asked = ask(release, by=people[0], passage=MARKER, reason="Law")
    user = UserFactory(is_staff=True)
    user.desk_memberships.create(role=role, desk=None if is_central else desk)
    client.force_login(user)

    assert client.get(address(release)).status_code == status
    has_button = address(release) in client.get(address(release, "history")).content.decode()
    assert has_button == (status == 200)
    data = {"do": "carry_out", "redaction": asked.pk}
    assert client.post(address(release), data).status_code == {200: 302}.get(status, status)
    release.refresh_from_db()
    assert (release.title == MARKER) == (status == 403)


def test_a_release_of_another_desk_is_not_found(client):
    release = DraftFactory(title=MARKER, desk=StructureFactory())
    user = UserFactory(is_staff=True)
    user.desk_memberships.create(role=Role.PUBLISHER, desk=StructureFactory())
    client.force_login(user)

    assert client.get(address(release)).status_code == 404


@pytest.mark.parametrize("pk", ["x", "9" * 30, "1%00", "0"])
def test_what_is_no_release_is_no_error_of_ours(publisher, pk):
    answer = publisher.get(f"/admin/press/pressrelease/{pk}/redact/")

    assert answer.status_code in (400, 404)


def test_a_release_of_any_state_is_redacted(people):
    for state in State:
        release = ReleaseFactory(
            title=MARKER,
            state=state,
            withdrawn_at=timezone.now() if state == State.WITHDRAWN else None,
        )
        redacted(release, people)
        release.refresh_from_db()
        assert (release.title, release.state) == ("[removed]", state)


def test_found_counts_and_shows_each_excerpt_once(people):
    release = DraftFactory(title=f"An {MARKER}announcement")
    for _ in range(3):
        release.summary += "x"
        release.save()
        record(release, by=None)

    found = redaction.found(Passage(MARKER), release)

    assert found.places == {"The texts of today": 2, "Earlier versions": 6}
    assert found.excerpts == [("An ", MARKER, "announcement")]
