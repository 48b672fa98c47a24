import random
from datetime import datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from press.facets import PAGE_SIZE, current, orm, query
from press.filters import DIMENSIONS, Selection
from press.models import PressRelease
from press.search import match
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting
from tests.factories import DraftFactory, ReleaseFactory, WithdrawnFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

VALUES = {
    "field": ["policing", "rule-of-law", "media-freedom-and-development", "media-laws", "none"],
    "country": ["albania", "participating-states", "japan", "none"],
    "structure": ["secretariat", "institutions", "odihr", "field-operations", "none"],
    "meeting": ["summit-meetings", "none"],
    "kind": ["press-release", "news-item", "none"],
    "language": ["en", "ru"],
    "year": ["2011", "2012"],
    "month": ["1", "12"],
}


def selection(query_string=""):
    return Selection.parse(QueryDict(query_string))


def ask(query_string="", at=None):
    chosen = selection(query_string)
    return query(chosen, match(chosen.query), chosen.page, at=at or timezone.now())


@pytest.fixture
def archive():
    """60 releases with random terms, kinds, languages and days around two New Years in Vienna."""
    chance = random.Random(7)

    def some(model, codes):
        terms = list(model.objects.filter(code__in=codes))
        return chance.sample(terms, chance.randint(0, min(2, len(terms))))

    new_year = timezone.make_aware(datetime(2012, 1, 1))
    for number in range(60):
        ReleaseFactory(
            title=f"Release {number} {'poppy' if number % 3 else 'wheat'}",
            kind=chance.choice(["press-release", "news-item", ""]),
            language=chance.choice(["en", "ru"]),
            published_at=new_year + timedelta(minutes=chance.randint(-90, 90) * 300),
            fields_of_work=some(FieldOfWork, VALUES["field"]),
            sources=some(Structure, [*VALUES["structure"], "mission-to-skopje"]),
            countries=some(Country, VALUES["country"]),
            meetings=some(Meeting, VALUES["meeting"]),
        )
    DraftFactory(title="poppy draft")
    WithdrawnFactory(title="poppy withdrawn", published_at=new_year)


def brute_force(chosen, at):
    """Rows and counts by looking at each release in Python; knows nothing of the queries."""
    releases = [each for each in PressRelease.objects.all() if each.state == "published"]
    releases = [each for each in releases if each.published_at <= at]
    releases = [
        each
        for each in releases
        if all(word in each.title.split() for word in chosen.query.split())
    ]
    has = {release.pk: values_of(release) for release in releases}

    def fits(release, ignoring):
        for name, choices in chosen.choices.items():
            if name == ignoring or (ignoring == "year" and name == "month"):
                continue
            if not {choice.key for choice in choices} & has[release.pk][name]:
                return False
        return True

    found = sorted(
        (each for each in releases if fits(each, None)),
        key=lambda each: (each.published_at, each.pk),
        reverse=True,
    )
    counts = {}
    for name in DIMENSIONS:
        counts[name] = {}
        for release in releases:
            if fits(release, name):
                for value in has[release.pk][name]:
                    counts[name][value] = counts[name].get(value, 0) + 1
    if "year" not in chosen.choices:
        counts["month"] = {}
    return [each.pk for each in found], counts


def values_of(release):
    def with_ancestors(terms):
        found = set()
        for term in terms:
            while term:
                found.add(term.pk)
                term = term.parent
        return found or {None}

    local = timezone.localtime(release.published_at)
    return {
        "field": with_ancestors(release.fields_of_work.all()),
        "country": with_ancestors(release.countries.all()),
        "structure": with_ancestors(release.sources.all()),
        "meeting": with_ancestors(release.meetings.all()),
        "kind": {release.kind},
        "language": {release.language},
        "year": {local.year},
        "month": {local.month},
    }


def test_rows_totals_and_counts_equal_brute_force(archive):
    chance, at, index = random.Random(11), timezone.now(), current()
    for _ in range(40):
        pairs = [
            (name, value)
            for name in chance.sample(list(VALUES), chance.randint(0, 3))
            for value in chance.sample(VALUES[name], chance.randint(1, 2))
        ]
        if any(name == "month" for name, _ in pairs):
            pairs.append(("year", "2011"))
        if chance.random() < 0.3:
            pairs.append(("q", "poppy"))
        params = QueryDict("&".join(f"{name}={value}" for name, value in pairs))
        chosen = Selection.parse(params, index.trees)
        ids, counts = brute_force(chosen, at)

        for ask in (index.query, orm.query):
            result = ask(chosen, match(chosen.query), 1, at=at)

            assert result.ids == ids[:PAGE_SIZE], chosen.query_string()
            assert result.total == len(ids), chosen.query_string()
            assert result.counts == counts, chosen.query_string()


def test_a_count_ignores_the_choice_in_its_own_dimension(archive):
    unfiltered, filtered = ask(), ask("kind=press-release")

    assert filtered.counts["kind"] == unfiltered.counts["kind"]
    assert filtered.total == unfiltered.counts["kind"]["press-release"] < unfiltered.total


def test_an_embargoed_release_counts_from_its_second_on():
    release = ReleaseFactory(published_at=timezone.now() + timedelta(hours=1))
    before, after = release.published_at - timedelta(seconds=1), release.published_at

    assert ask(at=before).total == 0
    assert ask(at=before).counts["kind"] == {}
    assert ask(at=after).total == 1
    assert ask(at=after).counts["kind"] == {"press-release": 1}


def test_dates_include_both_days():
    noon = timezone.make_aware(datetime(2011, 6, 16, 12))
    ReleaseFactory(published_at=noon)

    assert ask("from=2011-06-16&to=2011-06-16").total == 1
    assert ask("from=2011-06-17").total == 0
    assert ask("to=2011-06-15").total == 0


def test_the_second_page_goes_on_where_the_first_ended(archive):
    first, second = ask().ids, ask("page=2").ids

    assert len(first) == PAGE_SIZE
    assert not set(first) & set(second)
