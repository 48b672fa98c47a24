import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from press.models import PressRelease
from press.search import did_you_mean, match
from press.search.query import MOST_TERMS
from tests.factories import DraftFactory, ReleaseFactory

pytestmark = pytest.mark.django_db

SIGNS = st.text(st.sampled_from("ab \"'-*|()&!:<>\\¶%;“”«»–OR\x00\ud800_^~{}+.,/"), max_size=40)


@pytest.mark.parametrize(
    "query", ["", " ", "-", '""', "*", "|", "OR", "()", "\x00", "\ud800", "¶", '-"\'"']
)
def test_a_query_without_words_matches_nothing_in_particular(query):
    assert match(query) is None


@given(SIGNS | st.text(max_size=200))
@example("'; DROP TABLE press_pressrelease; --")
@example("a' | 'b':* & !c")
@example('title: a NEAR(b, 2) ^c {tokens}: "x" + y*')
@example("%s %(a)s %%")
@example("a OR OR b || c | | -")
@example("(((((" * 40)
@example("a " * 100)
@example('" ' * 100)
@example("\U000e0100 ﷺ" * 50)
@example("_'s")
@example("d'_")
@example("d'\uff9e")
def test_whatever_is_typed_is_harmless(query):
    if (matching := match(query)) is None:
        return
    found = matching.ids()
    assert len(found.parts) == len(matching.key)
    assert list(matching.narrow(PressRelease.objects.all())) == []
    assert matching.rank([]) == []
    did_you_mean(query, timezone.now())


def test_all_languages_are_asked_in_one_statement(django_assert_num_queries):
    matching = match("elections in the police station")

    with django_assert_num_queries(1):
        matching.ids()


def test_the_same_question_has_one_key():
    assert match("police human rights").key == match(" human–POLICE,police rights").key
    assert match("human rights").key != match('"human rights"').key
    assert hash(match("human rights").key)


def test_only_the_first_words_count():
    words = [f"w{number}" for number in range(MOST_TERMS + 5)]
    release = ReleaseFactory(title="-", body=" ".join(words[:MOST_TERMS]))

    assert list(match(" ".join([*words, "-"])).narrow(PressRelease.objects.all())) == [release]


def test_drafts_are_among_the_ids_and_narrow_keeps_to_its_queryset(now):
    draft, listed = DraftFactory(title="Tulips"), ReleaseFactory(title="Tulips")

    matching = match("tulips")

    assert sorted(pk for _, part in matching.ids().parts for pk in part) == [draft.pk, listed.pk]
    assert list(matching.narrow(PressRelease.objects.listed(now))) == [listed]


def test_exclusion_holds_in_the_language_of_the_release():
    english = ReleaseFactory(title="Selection", body="politico")
    ReleaseFactory(title="Selection", body="politico", language="es")

    # In Spanish both forms have one stem, in English they have not.
    found = match("selection -politicas").narrow(PressRelease.objects.all())

    assert list(found) == [english]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a setting of PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_the_settings_of_the_caller_stay_as_they_were(taxonomy):
    def settings():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('enable_seqscan'), current_setting('statement_timeout')"
            )
            return cursor.fetchone()

    before = settings()
    match("tulips").ids()
    assert settings() == before
    with transaction.atomic():
        match("tulips").ids()
        assert settings() == before


# Rank


def test_titles_come_before_summaries_before_texts_and_equals_keep_their_order():
    text = ReleaseFactory(title="A", body="Tulips")
    summary = ReleaseFactory(title="B", summary="Tulips")
    title = ReleaseFactory(title="Tulips")
    again = ReleaseFactory(title="C", body="Tulips tulips tulips")
    french = ReleaseFactory(title="Les tulipes", language="fr")

    ids = [text.pk, summary.pk, title.pk, again.pk, french.pk]

    assert match("tulips").rank(ids) == [title.pk, french.pk, summary.pk, text.pk, again.pk]


def test_points_of_all_terms_are_summed_and_of_alternatives_the_best_counts():
    both = ReleaseFactory(title="Red tulips")
    one = ReleaseFactory(title="Tulips", body="red")
    phrase = ReleaseFactory(title="Tulips red", body="red tulips")

    assert match("red tulips").rank([one.pk, both.pk]) == [both.pk, one.pk]
    assert match('"red tulips"').rank([phrase.pk, both.pk]) == [both.pk, phrase.pk]
    assert match("tulips OR red").rank([one.pk, both.pk]) == [one.pk, both.pk]


def test_a_beginning_counts_where_it_stands():
    text = ReleaseFactory(title="A", body="Elections")
    title = ReleaseFactory(title="Elections")

    assert match("electio").rank([text.pk, title.pk]) == [title.pk, text.pk]


def test_two_thousand_are_ranked_in_one_statement():
    pks = [
        release.pk
        for release in PressRelease.objects.bulk_create(
            PressRelease(title=f"Tulips {number}", body="Text") for number in range(2000)
        )
    ]
    with CaptureQueriesContext(connection) as captured:
        assert match("tulips 1999").rank(pks)[0] == pks[-1]
    assert len(captured) == 1


def test_with_only_exclusions_all_are_equal():
    assert match("-tulips").rank([3, 1, 2]) == [3, 1, 2]
