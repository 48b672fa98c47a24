import random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from press import schema
from press.facets import check, orm
from press.facets.index import Index
from press.models import PressRelease, ReleaseChange
from press.search.models import SearchText
from structures.models import Structure
from taxonomy.models import ContentVersion, FieldOfWork
from tests.factories import ReleaseFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("taxonomy")]


@pytest.fixture(autouse=True)
def releases():
    fields = list(FieldOfWork.objects.all()[:3])
    sources = list(Structure.objects.filter(code__in=["odihr", "secretariat"]))
    for number in range(6):
        ReleaseFactory(
            title=f"Border guards {number}",
            fields_of_work=fields[: number % 3],
            sources=sources[: number % 2],
        )


def test_index_and_tables_agree(capsys):
    call_command("facets_check", rounds=12, seed=5)

    assert capsys.readouterr().out == "12 questions, no difference; seed 5.\n"


def test_the_questions_are_of_all_kinds():
    chance, index = random.Random(1), Index.build()
    asked = [check.random_selection(chance, index) for _ in range(200)]

    names = {name for selection in asked for name in selection.choices}
    assert names == {
        *["field", "country", "structure", "meeting", "kind", "language", "year", "month"]
    }
    assert any(selection.query for selection in asked)
    assert any(selection.first for selection in asked)
    assert any(selection.page > 1 for selection in asked)


def test_a_difference_is_named_and_exit_code_1(capsys, monkeypatch):
    right = orm.query

    def wrong(*args, **kwargs):
        result = right(*args, **kwargs)
        result.counts["kind"]["press-release"] = 99
        return result

    monkeypatch.setattr(orm, "query", wrong)

    with pytest.raises(SystemExit) as end:
        call_command("facets_check", rounds=3, seed=5)

    assert end.value.code == 1
    printed = capsys.readouterr().err
    assert "kind=press-release: " in printed
    assert "instead of 99" in printed
    assert "3 differences; seed 5." in printed


def test_a_trigger_that_is_gone_is_named_and_exit_code_1(capsys):
    name = {"sqlite": "press_pressrelease_noted_update", "postgresql": "press_pressrelease_noted"}
    on = "" if connection.vendor == "sqlite" else " ON press_pressrelease"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name[connection.vendor]}{on}")

    with pytest.raises(SystemExit) as end:
        call_command("facets_check", rounds=1)
    schema.install(connection)

    assert end.value.code == 1
    assert f"TRIGGER {name[connection.vendor]}" in capsys.readouterr().err


def test_a_release_that_no_word_finds_is_told_and_exit_code_1(capsys):
    SearchText.objects.first().delete()

    with pytest.raises(SystemExit):
        call_command("facets_check", rounds=1)

    assert "1 releases are found by no word: run rebuild_search" in capsys.readouterr().err


def test_a_number_of_questions_that_is_none_is_refused():
    with pytest.raises(CommandError):
        call_command("facets_check", "--rounds", "-1")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has neither")
@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (
            "ALTER TABLE press_pressrelease DISABLE TRIGGER press_pressrelease_noted",
            "ENABLE TRIGGER press_pressrelease_noted",
        ),
        (
            "CREATE OR REPLACE FUNCTION note_change_by_id() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NULL; END $$",
            "FUNCTION note_change_by_id",
        ),
    ],
)
def test_a_trigger_that_does_nothing_is_named_and_mended_by_migrate(harm, named, capsys):
    with connection.cursor() as cursor:
        cursor.execute(harm)

    with pytest.raises(SystemExit):
        call_command("facets_check", rounds=1)
    assert named in capsys.readouterr().err

    call_command("migrate", verbosity=0)
    assert schema.missing(connection) == []


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="a matter of PostgreSQL's row versions"
)
def test_many_releases_in_one_transaction_are_counted_once():
    before = ContentVersion.current()

    PressRelease.objects.update(kind="news-item")

    assert ContentVersion.current() == before + 1
    assert set(ReleaseChange.objects.values_list("number", flat=True)) == {before + 1}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite counts at once")
def test_what_is_counted_in_a_savepoint_that_is_rolled_back_is_counted_again():
    first, second = PressRelease.objects.all()[:2]
    with transaction.atomic():
        with transaction.atomic(), connection.cursor() as cursor:
            PressRelease.objects.filter(pk=first.pk).update(kind="news-item")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
        before = ContentVersion.current()
        PressRelease.objects.filter(pk=second.pk).update(kind="news-item")

    assert ContentVersion.current() == before + 1
    assert ReleaseChange.objects.get(pk=second.pk).number == before + 1
