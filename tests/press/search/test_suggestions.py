from datetime import timedelta

import pytest

from press.search import did_you_mean, suggestions
from tests.factories import DraftFactory, FieldFactory, ReleaseFactory, WithdrawnFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tulpis", "tulips"),
        ("Tulpis", "Tulips"),
        ("red tulpis", "red tulips"),
        ('"red tulpis"', '"red tulips"'),
        ("«red tulpis» –daffodls!", "«red tulips» –daffodils!"),
        ("-tulpis", "-tulips"),
        ("kyrgystan", "kyrgyzstan"),
        ("tulips", None),
        ("tuli", None),  # a beginning of what is there
        ("tulpis*", "tulips*"),
        ("xyzzyxyzzy", None),
        ("2O11", None),
        ("", None),
        ("-", None),
    ],
)
def test_misspelt_words_are_replaced_and_all_else_stays(now, query, expected):
    ReleaseFactory(title="Red tulips and daffodils in Kyrgyzstan")

    assert did_you_mean(query, now) == expected


def test_a_word_that_stands_in_a_text_only_is_not_misspelt(now):
    ReleaseFactory(title="Tulips", body="Tulipa")

    assert did_you_mean("tulipa", now) is None


def test_of_equally_near_words_the_more_frequent_is_offered(now):
    for title in ("Tulips", "Tulipa", "Tulipa"):
        ReleaseFactory(title=title)

    assert did_you_mean("tulipx", now) == "tulipa"


def test_names_of_terms_are_known(now):
    FieldFactory(name="Horticulture")

    assert did_you_mean("hortculture", now) == "horticulture"


@pytest.mark.parametrize(
    "secret",
    [
        lambda now: DraftFactory(title="Xylophones"),
        lambda now: ReleaseFactory(title="Xylophones", published_at=now + timedelta(seconds=1)),
        lambda now: WithdrawnFactory(title="Xylophones"),
    ],
)
def test_no_word_of_what_is_not_listed_is_offered(now, secret):
    secret(now)

    assert did_you_mean("xylophonse", now) is None


def test_a_word_that_was_withdrawn_since_the_words_were_read_is_not_offered(now):
    release = ReleaseFactory(title="Xylophones")
    assert did_you_mean("xylophonse", now) == "xylophones"

    release.withdraw(by=None, notice="Wrong instrument.")

    assert did_you_mean("xylophonse", now) is None


def test_nor_one_that_was_read_for_a_later_time(now):
    ReleaseFactory(title="Xylophones", published_at=now)
    assert did_you_mean("xylophonse", now) == "xylophones"

    assert did_you_mean("xylophonse", now - timedelta(seconds=1)) is None


def test_the_words_are_read_every_ten_minutes(now, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(suggestions.time, "monotonic", lambda: clock[0])
    ReleaseFactory(title="Tulips")
    assert did_you_mean("tulpis", now) == "tulips"
    ReleaseFactory(title="Xylophones")
    assert did_you_mean("xylophonse", now) is None

    clock[0] += suggestions.READ_EVERY

    assert did_you_mean("xylophonse", now) == "xylophones"
