"""What seems to be one release under two addresses is told with both, and nothing else happens."""

from datetime import datetime

import pytest

from press.importers.matching.doubles import MOST, doubles_of
from press.models import ImportMessage, PressRelease
from tests.factories import ReleaseFactory
from tests.press.importers.archives import TEXT, Run, export, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]
DAY = "2013-05-03"
OTHER = " ".join(f"word{number}" for number in range(100))


def told():
    """[(node of the release that is told, code, what of the other one)]"""
    found = ImportMessage.objects.filter(code__in=["same_title", "same_text"]).order_by("pk")
    return [(each.item.release.origin.node, each.code, each.raw) for each in found]


def address(number):
    return f"https://www.osce.org/node/{1000 + number}"


@pytest.mark.parametrize("batch_size", [1, 10])
def test_the_same_title_on_the_same_day_is_told_of_the_later_one(tmp_path, batch_size):
    rows = [
        row(1, title="A lamp: burns", date=DAY),
        row(2, title="a Lamp:  burns", date=DAY, body=OTHER),
        row(3, title="A lamp: burns", date="2013-05-04", body=OTHER),
        row(4, title="A lamp: burns", date=DAY, body=OTHER, language="de"),
    ]
    Run(export(tmp_path / "a.jsonl", rows), batch_size=batch_size)

    assert told() == [("1002", "same_title", address(1))]
    assert PressRelease.objects.count() == 4


@pytest.mark.parametrize("batch_size", [1, 10])
def test_nearly_the_same_text_on_the_same_day_is_told(tmp_path, batch_size):
    rows = [
        row(1, date=DAY, body=OTHER),
        row(2, date=DAY, body=f"{OTHER} end"),
        row(3, date=DAY, body=f"{TEXT} {OTHER}"),
        row(4, date=DAY, body=OTHER.replace("word", "term")),
    ]
    Run(export(tmp_path / "a.jsonl", rows), batch_size=batch_size)

    assert told() == [("1002", "same_text", address(1))]


@pytest.mark.parametrize("at", ["2013-05-02T22:00Z", "2013-05-03T08:00Z"])
def test_a_release_of_the_desk_is_a_double_too(tmp_path, at):
    ours = ReleaseFactory(title="Lamp", legacy_url="", published_at=datetime.fromisoformat(at))

    Run(export(tmp_path / "a.jsonl", [row(1, title="Lamp", date=DAY)]))

    assert told() == [("1001", "same_title", f"No. {ours.pk}")]


def test_what_comes_to_be_a_double_is_told_then(tmp_path):
    Run(export(tmp_path / "a.jsonl", [row(1, date=DAY), row(2, date=DAY, body=OTHER)]))
    assert told() == []

    Run(export(tmp_path / "a.jsonl", [row(1, date=DAY, title="Lamp 2 burns")]))

    assert told() == [("1001", "same_title", address(2))]


def test_what_was_settled_is_not_told_again(tmp_path, superuser):
    Run(export(tmp_path / "a.jsonl", [row(n, title="X", date=DAY) for n in (1, 2)]))
    release = PressRelease.objects.get(legacy_key="1002:en")
    release.unpublish(by=superuser, reason="Twice")
    Run(export(tmp_path / "a.jsonl", [row(1, title="X", date=DAY, body=OTHER)]))

    assert len(told()) == 1


def test_a_change_that_makes_no_double_tells_nothing(tmp_path):
    Run(export(tmp_path / "a.jsonl", [row(n, title="X", date=DAY) for n in (1, 2)]))
    Run(export(tmp_path / "a.jsonl", [row(n, title="X", date=DAY, field="Moon") for n in (1, 2)]))

    assert len(told()) == 1


def test_a_second_run_tells_nothing_again(tmp_path):
    source = export(tmp_path / "a.jsonl", [row(n, title="X", date=DAY) for n in (1, 2)])
    Run(source)
    Run(source, no_resume=True)

    assert len(told()) == 1


def test_a_day_on_which_everything_was_moved_compares_titles_only(tmp_path):
    rows = [row(n, date=DAY) for n in range(MOST + 1)] + [row(99, date=DAY, title="Lamp 0 burns")]
    Run(export(tmp_path / "a.jsonl", rows))

    assert [each[:2] for each in told()] == [("1099", "same_title")]


def test_many_releases_take_two_queries(tmp_path, django_assert_num_queries):
    Run(export(tmp_path / "a.jsonl", [row(n, date=DAY, body=f"{OTHER} {n}") for n in range(20)]))
    releases = list(PressRelease.objects.all())

    with django_assert_num_queries(2):
        found = doubles_of({each.pk for each in releases}, {releases[0].published_at})

    assert len(found) == 19
