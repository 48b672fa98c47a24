from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from press.corpus import making
from press.corpus.language import data
from press.corpus.releases import CHUNK, Plan
from press.models import LINKS, Kind, PressRelease
from press.search.models import SearchText
from press.workflow import State
from taxonomy.models import FieldOfWork, Meeting
from tests.factories import ReleaseFactory

pytestmark = pytest.mark.django_db

RELEASES = 300


def make(releases=RELEASES, seed=7, **options):
    out = StringIO()
    call_command(
        "make_corpus", releases=releases, seed=seed, until=date(2026, 11, 20), stdout=out, **options
    )
    return out.getvalue()


@pytest.fixture
def corpus(taxonomy, now):
    make()
    return PressRelease.objects.order_by("pk")


def linked(release):
    return {link: set(getattr(release, link).values_list("code", flat=True)) for link in LINKS}


def contents():
    """Everything that was made, without ids."""
    releases = PressRelease.objects.order_by("pk").prefetch_related(*LINKS)
    return [
        (
            *(getattr(each, name) for name in ("title", "slug", "summary", "dateline", "body")),
            *(getattr(each, name) for name in ("language", "kind", "state", "published_at")),
            each.translation_of and each.translation_of.title,
            {link: sorted(term.code for term in getattr(each, link).all()) for link in LINKS},
        )
        for each in releases
    ]


def empty():
    PressRelease.objects.exclude(translation_of=None).delete()
    PressRelease.objects.all().delete()


def test_as_many_as_asked_for_are_added_each_with_what_the_search_keeps(corpus):
    assert corpus.count() == SearchText.objects.count() == RELEASES


def test_all_are_marked_as_sample_content(corpus, client):
    assert not corpus.filter(is_sample=False).exists()

    assert b"Sample content" in client.get("/press-releases/").content


def test_there_is_some_of_everything(corpus, now):
    scheduled = corpus.filter(state=State.PUBLISHED, published_at__gt=now)
    assert scheduled.exists()
    assert corpus.filter(state=State.DRAFT, published_at=None).exists()
    assert corpus.filter(state=State.WITHDRAWN, withdrawn_at__gte=F("published_at")).exists()
    assert not corpus.filter(state=State.WITHDRAWN, withdrawal_notice="").exists()
    assert {each for (each,) in corpus.values_list("kind").distinct()} >= {"", *Kind.values[:4]}
    assert corpus.values("language").distinct().count() > 5
    for link in LINKS:
        assert 0 < corpus.untagged(link).count() < RELEASES


def test_a_few_are_older_than_those_before_them(corpus):
    times = [
        each
        for each in corpus.filter(translation_of=None).values_list("published_at", flat=True)
        if each
    ]

    back = sum(later < max(times[: n + 1]) for n, later in enumerate(times[1:]))

    assert 0 < back < len(times) / 4


def test_only_days_are_known_of_the_old_ones(corpus):
    assert set(corpus.filter(published_at__year__lt=2018).values_list("precision")) == {("day",)}
    assert set(corpus.filter(published_at__year__gt=2019).values_list("precision")) == {("minute",)}


def test_translations_share_links_and_time_with_the_original_and_are_in_another_language(corpus):
    translations = list(corpus.exclude(translation_of=None))

    assert len(translations) > 10
    for each in translations:
        original = each.translation_of
        assert original.translation_of is None
        assert original.language != each.language
        assert original.published_at == each.published_at
        assert linked(original) == linked(each)


def test_every_release_is_as_its_form_and_its_save_would_leave_it(corpus):
    stored = list(corpus.values())
    releases = list(corpus)
    for release in releases:
        release.settle()

    assert [{name: getattr(each, name) for name in stored[0]} for each in releases] == stored
    for release in releases[::10]:
        release.full_clean()


def test_years_have_as_many_releases_as_those_of_the_press_room():
    plan = Plan(releases=1000, seed=1, until=date(2026, 6, 30), terms={})
    days = [plan.day(n / 1000) for n in range(1000)]

    assert days == sorted(days)
    assert days[0].year == 1995 and date(2026, 6, 1) < days[-1] <= date(2026, 6, 30)
    years = Counter(day.year for day in days)
    assert years[2015] > 1.9 * years[2010] > 5 * years[1997]
    assert years[2026] < years[2025]


def test_texts_are_as_long_as_those_of_a_press_room(corpus):
    words = [len(text.split()) for text in corpus.values_list("text", flat=True)]
    titles = [len(title.split()) for title in corpus.values_list("title", flat=True)]

    assert 100 < min(words) <= max(words) < 700
    assert 6 <= min(titles) <= max(titles) <= 12


def test_the_same_seed_gives_the_same_releases(corpus):
    first = contents()
    empty()
    make()

    assert contents() == first


def test_another_seed_gives_others(corpus):
    first = {title for title, *_ in contents()}
    empty()
    make(seed=8)

    assert not first & {title for title, *_ in contents()}


def test_a_second_run_adds_to_what_is_there(corpus):
    before = contents()

    assert "300 releases added" in make()

    assert contents() == before * 2


def test_several_processes_make_what_one_would(taxonomy, now):
    make(CHUNK + 20)

    terms = making.terms()
    plan = Plan(releases=CHUNK + 20, seed=7, until=date(2026, 11, 20), terms=terms)
    alone = [each for chunk in plan.chunks() for (each,) in zip(making.releases_of(plan, chunk))]
    stored = PressRelease.objects.order_by("pk").values_list("title", "body")
    assert list(stored) == [(each.values["title"], each.values["body"]) for each in alone]


def test_an_id_that_was_given_is_not_given_again(taxonomy, now):
    last = ReleaseFactory(is_sample=True).pk
    PressRelease.objects.all().delete()
    make(20)

    assert PressRelease.objects.order_by("pk").first().pk > last
    assert ReleaseFactory().pk > PressRelease.objects.order_by("pk").last().pk - 1


def test_the_counts_beside_the_list_add_up(corpus, client):
    answer = client.get("/press-releases/")

    listed = corpus.listed(answer.context["releases"][0].published_at)
    total = answer.context["result"].total
    counts = answer.context["result"].counts
    assert (
        total == listed.count() == sum(counts["language"].values()) == sum(counts["kind"].values())
    )
    assert total == sum(counts["year"].values())


def test_the_words_of_a_field_find_its_releases(corpus, client):
    release = (
        corpus.listed(corpus.last().updated_at).filter(language="en").exclude(fields_of_work=None)
    )
    topics = data("topics")
    code = next(c for c in release[0].fields_of_work.values_list("code", flat=True) if c in topics)
    word = next(word for word in topics[code]["en"] if word in release[0].text)

    answer = client.get("/press-releases/", {"q": word, "field": code})

    assert answer.context["result"].total > 0


@pytest.mark.django_db(transaction=True)
def test_empty_trees_are_filled_first():
    call_command("flush", interactive=False)

    make(20)

    assert FieldOfWork.objects.exists() and PressRelease.objects.count() == 20


def test_one_empty_tree_is_refused(taxonomy):
    Meeting.objects.all().delete()

    with pytest.raises(
        CommandError, match=r"There are no kinds of meetings .* load_taxonomy"
    ) as refused:
        make()

    assert refused.value.returncode == 1


def test_real_releases_are_left_alone_unless_that_is_asked_for(taxonomy):
    ReleaseFactory()

    with pytest.raises(CommandError, match="--among-real-releases") as refused:
        make(20)
    assert refused.value.returncode == 1
    assert PressRelease.objects.count() == 1

    make(20, among_real_releases=True)
    assert PressRelease.objects.count() == 21


@pytest.mark.parametrize(
    "arguments",
    [
        ["--releases", "-1"],
        ["--releases", "0"],
        ["--releases", "many"],
        ["--releases", "1", "--until", "tomorrow"],
        ["--releases", "1", "--until", "1800-01-01"],
        [],
    ],
)
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(CommandError, match=r"--|argument"):
        call_command("make_corpus", *arguments)


@pytest.mark.django_db(transaction=True)
def test_a_stopped_run_leaves_nothing(taxonomy, monkeypatch):
    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "write", stop)

    with pytest.raises(CommandError, match="nothing was added") as stopped:
        make(20)

    assert stopped.value.returncode == 130
    assert not PressRelease.objects.exists()
