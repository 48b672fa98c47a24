import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from press.facets import current
from press.filters import Selection
from press.models import PressRelease
from press.search import match, rebuild
from press.search.models import SearchText
from tests.factories import ReleaseFactory

pytestmark = pytest.mark.django_db


def found(query):
    return list(match(query).narrow(PressRelease.objects.order_by("pk")))


def test_rebuild_search_writes_every_row_anew_and_says_how_many(capsys, monkeypatch):
    monkeypatch.setattr(rebuild, "CHUNK", 2)
    releases = [ReleaseFactory(title="Tulips") for _ in range(5)]
    SearchText.objects.update(title="", tokens="")

    call_command("rebuild_search")

    assert capsys.readouterr().out == "5 releases written, 0 without a release removed.\n"
    assert found("tulips") == releases


def test_rebuild_search_goes_on_with_what_an_editor_wrote_meanwhile(monkeypatch):
    monkeypatch.setattr(rebuild, "CHUNK", 1)
    first, second = ReleaseFactory(title="Tulips"), ReleaseFactory(title="Tulips")

    chunks = rebuild.rebuild()
    next(chunks)
    for release in (first, second):
        release.title = "Roses"
        release.save()
    assert list(chunks) == [1]

    assert found("tulips") == []
    assert found("roses") == [first, second]


def test_rebuild_search_says_when_the_database_fails(monkeypatch):
    def fail(*args):
        raise DatabaseError("no more room")

    monkeypatch.setattr("press.search.rebuild.store", fail)
    with pytest.raises(CommandError, match="no more room") as error:
        call_command("rebuild_search")

    assert error.value.returncode == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL checks keys at once")
@pytest.mark.django_db(transaction=True)
def test_rebuild_search_removes_rows_without_a_release(capsys, taxonomy):
    with connection.constraint_checks_disabled():
        SearchText.objects.create(release_id=4711, title="tulip", summary="", tokens="")

        call_command("rebuild_search")

    assert "1 without a release removed" in capsys.readouterr().out
    assert not SearchText.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_searches_that_are_remembered_are_asked_again_after_a_rebuild():
    release = ReleaseFactory(title="Cattle")
    SearchText.objects.filter(release=release).update(title="", tokens="")
    assert total_of("cattle") == 0

    call_command("rebuild_search")

    assert total_of("cattle") == 1


def total_of(words):
    at = timezone.now()
    return current().query(Selection(query=words), match(words), 1, at=at).total
