import random
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from press.models import PressRelease
from press.search import columns, insert_columns, match, schema, store
from press.search.models import SearchText
from press.search.schema import FTS, TABLE
from tests.factories import DraftFactory, ReleaseFactory

pytestmark = pytest.mark.django_db


def ids(query):
    return sorted(pk for _, part in match(query).ids().parts for pk in part)


def is_whole():
    """Whether FTS5 holds what its table holds; PostgreSQL sees to that itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Raises when there is a difference.
            cursor.execute(f"INSERT INTO {FTS} ({FTS}, rank) VALUES ('integrity-check', 1)")
    return True


def test_a_saved_release_is_found_by_its_title_summary_dateline_and_text():
    release = ReleaseFactory(
        title="Tulips", summary="Roses", dateline="SKOPJE", body="<p>Daffodils</p>"
    )

    for word in ("tulip", "roses", "skopje", "daffodil"):
        assert ids(word) == [release.pk]


def test_a_saved_change_takes_the_place_of_what_was_there():
    release = ReleaseFactory(title="Tulips")

    release.title = "Roses"
    release.save(update_fields=["title"])

    assert (ids("tulips"), ids("roses")) == ([], [release.pk])
    assert is_whole()


def test_another_language_gives_other_stems():
    release = ReleaseFactory(title="Выборы", language="en")
    assert ids('"выборов"') == []

    release.language = "ru"
    release.save(update_fields=["language"])

    assert ids('"выборов"') == [release.pk]


def test_saving_another_column_writes_no_search_data():
    release = ReleaseFactory()
    SearchText.objects.update(title="kept")

    release.is_sample = True
    release.save(update_fields=["is_sample"])

    assert SearchText.objects.get().title == "kept"


def test_what_is_created_in_bulk_is_found():
    created = PressRelease.objects.bulk_create(
        PressRelease(title=f"Tulip {number}", body="Text") for number in range(3)
    )

    assert ids("tulips") == sorted(release.pk for release in created)


def test_rows_that_may_be_passed_over_are_refused_in_bulk():
    with pytest.raises(TypeError):
        PressRelease.objects.bulk_create([PressRelease(title="T")], ignore_conflicts=True)


def test_search_data_comes_and_goes_with_the_transaction():
    with transaction.atomic():
        ReleaseFactory(title="Tulips")
        transaction.set_rollback(True)

    assert ids("tulips") == []
    assert not SearchText.objects.exists()
    assert is_whole()


@pytest.mark.parametrize("route", ["instance", "queryset", "raw"])
def test_a_deleted_release_is_not_found(route):
    release = DraftFactory(title="Tulips")
    match route:
        case "instance":
            release.delete()
        case "queryset":
            PressRelease.objects.filter(pk=release.pk).delete()
        case "raw":
            SearchText.objects.all()._raw_delete("default")

    assert ids("tulips") == []
    assert is_whole()


@pytest.mark.django_db(transaction=True)
def test_emptied_tables_leave_nothing_to_find(taxonomy):
    ReleaseFactory(title="Tulips")

    call_command("flush", interactive=False, verbosity=0)

    assert ids("tulips") == []
    assert schema.missing(connection) == []
    assert is_whole()


def test_stored_again_is_the_same():
    release = ReleaseFactory(title="Tulips", summary="Roses")
    before = SearchText.objects.values().get()

    assert store(PressRelease.objects.all()) == 1

    assert SearchText.objects.values().get() == before
    assert ids("tulips") == [release.pk]
    assert is_whole()


@pytest.mark.parametrize(
    "text",
    [
        "Two elections were held in co-operation with ОБСЕ, 16 June 2011",
        "выборы Türkiye Straße 𝕊 ½ “quoted” ¶",
        f"{'tulip rose ' * 400}daffodil",
        " ".join(f"word{number}" for number in range(20_000)),
    ],
)
def test_rows_in_bulk_are_those_of_a_save(text):
    release = ReleaseFactory(title=text[:200], summary="Roses", dateline="SKOPJE", body=text)
    before = SearchText.objects.values().get()
    SearchText.objects.all().delete()

    insert_columns([(release.pk, *columns(release, connection.vendor))])

    assert SearchText.objects.values().get() == before
    assert is_whole()


# What is too large


def test_five_megabytes_of_different_words_are_stored_and_found_by_the_first_of_them():
    words = [f"{number:05}{'ж' * 15}" for number in range(140_000)]
    text = " ".join(words)
    assert len(text.encode()) > 5_000_000
    release = ReleaseFactory(title="Tulips", body=text)

    assert ids("tulips") == ids(words[0]) == ids(words[20_000]) == [release.pk]
    assert ids(f'"{words[0]} {words[1]}"') == [release.pk]
    # No places so far down, on neither database.
    assert ids(f'"{words[17_000]} {words[17_001]}"') == []
    assert ids(words[-1]) == []
    assert is_whole()


def test_a_word_that_comes_a_thousand_times_has_places_for_256():
    text = " ".join(f"tulip w{number}" for number in range(1000))
    release = ReleaseFactory(body=text)

    assert ids('"w254 tulip"') == ids("w999") == [release.pk]
    assert ids('"w300 tulip"') == ids('"w300 w301"') == []


@given(st.text())
def test_any_text_can_be_stored(text):
    release = ReleaseFactory(title=f"Tulips {text}"[:500], summary=text, body=text or "-")

    assert ids("tulips") == [release.pk]
    release.delete()


def test_random_texts_give_the_same_as_counting_in_python():
    chance = random.Random(5)
    texts, vocabulary = {}, ["kilo", "lima", "mike", "nova", "oscar"]
    for _ in range(30):
        words = chance.choices(vocabulary, k=chance.randint(1, 6))
        texts[ReleaseFactory(title="-", body=" ".join(words)).pk] = words

    for first in vocabulary:
        for second in vocabulary:
            pairs = [pk for pk, words in texts.items() if (first, second) in pairwise(words)]
            assert ids(f'"{first} {second}"') == pairs
            without = [pk for pk, words in texts.items() if first in words and second not in words]
            assert ids(f'"{first}" -{second}') == without


# What the database keeps


def test_the_database_lacks_nothing():
    assert schema.missing(connection) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite remakes tables")
def test_triggers_that_a_remade_table_lost_are_reported_and_come_back_with_the_next_migrate():
    release = ReleaseFactory(title="Tulips")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE new AS SELECT * FROM {TABLE}")
        cursor.execute(f"DROP TABLE {TABLE}")
        cursor.execute(f"ALTER TABLE new RENAME TO {TABLE}")
        cursor.execute(f"CREATE UNIQUE INDEX remade ON {TABLE} (release_id)")
    assert len(schema.missing(connection)) == 3
    later = ReleaseFactory(title="Tulips")
    assert ids("tulips") == [release.pk]

    call_command("migrate", verbosity=0)

    assert schema.missing(connection) == []
    assert ids("tulips") == [release.pk, later.pk]
    assert is_whole()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such index")
def test_a_lost_index_is_reported_and_comes_back_with_the_next_migrate():
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {TABLE}_tokens")
    assert len(schema.missing(connection)) == 1

    call_command("migrate", verbosity=0)

    assert schema.missing(connection) == []


def test_releases_from_before_there_was_a_search_are_found_after_migrate():
    release = ReleaseFactory(title="Tulips")
    SearchText.objects.all().delete()
    assert ids("tulips") == []

    call_command("migrate", verbosity=0)

    assert ids("tulips") == [release.pk]
