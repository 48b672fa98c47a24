from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from press.facets import current
from press.filters import Selection
from press.search import match
from press.suggestions import correction, offers
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork
from tests.factories import ReleaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]


@pytest.fixture
def release():
    return ReleaseFactory(
        title="Border guards and policing",
        fields_of_work=[FieldOfWork.objects.get(code="policing")],
        sources=[Structure.objects.get(code="odihr")],
        countries=[Country.objects.get(code="turkiye")],
    )


def offered(query_string):
    index = current()
    selection = Selection.parse(QueryDict(query_string), index.trees)
    return [offer.query_string for offer in offers(selection, index, timezone.now())]


@pytest.mark.parametrize(
    ("query", "offer"),
    [
        ("policing", "field=policing"),
        ("Policing reform", "field=policing&q=reform"),
        ("ODIHR", "structure=odihr"),
        ("Turkey", "country=turkiye"),
        ("“Турция”", "country=turkiye"),
        ("elections in Türkiye.", "country=turkiye&q=elections+in"),
    ],
)
def test_words_that_name_a_term_offer_it_as_a_filter(release, query, offer):
    assert offered(f"q={query}") == [offer]


@pytest.mark.parametrize(
    "query",
    ["reform -policing", "policing OR reform", "reform OR policing", "reform|policing",
     "reform | policing", '"border policing"', "“policing reform”", "‘border policing now’"],
)  # fmt: skip
def test_a_term_is_not_offered_where_its_words_cannot_be_taken_out(release, query):
    assert offered(f"q={query}") == []


def test_a_term_that_is_chosen_or_holds_nothing_is_not_offered(release):
    assert offered("q=policing&field=policing") == []
    assert offered("q=elections") == []


def test_a_term_under_which_only_an_embargoed_release_is_filed_is_not_offered():
    ReleaseFactory(
        published_at=timezone.now() + timedelta(hours=1),
        fields_of_work=[FieldOfWork.objects.get(code="policing")],
    )

    assert offered("q=policing") == []


def corrected(query):
    index, at = current(), timezone.now()
    selection = Selection(query=query, page=1)
    result = index.query(selection, match(query), 1, at=at)
    better = correction(selection, result, index, at)
    return better and better.query_string()


def test_a_misspelt_word_is_corrected_when_that_finds_more(release):
    assert corrected("bordre guards") == "q=border+guards"
    assert corrected("border guards") is None


def test_no_correction_tells_a_word_of_a_release_under_embargo():
    ReleaseFactory(title="Xylophone accord", published_at=timezone.now() + timedelta(hours=1))

    assert corrected("xylofone") is None


def test_the_page_shows_offers_and_corrections_and_marks_what_it_found(client, release):
    found = client.get("/press-releases/?q=policing").content.decode()
    assert "Filter by what your words name" in found
    assert "and <mark>policing</mark>" in found

    assert "Did you mean" in client.get("/press-releases/?q=policyng+bordre").content.decode()


@pytest.mark.parametrize(
    ("order", "first"), [("", "Farming</a>"), ("&sort=relevance", "Cattle</mark></a>")]
)
def test_relevance_puts_a_word_of_the_title_first(client, order, first):
    ReleaseFactory(title="Cattle", published_at=timezone.now() - timedelta(days=9))
    ReleaseFactory(title="Farming", body="<p>Cattle and sheep.</p>")

    page = client.get(f"/press-releases/?q=cattle{order}").content.decode()

    places = {page.index(title): title for title in ("Farming</a>", "Cattle</mark></a>")}
    assert places[min(places)] == first


def test_relevance_says_when_it_ranks_only_the_newest(client, monkeypatch):
    for module in ("press.facets.result", "press.views"):
        monkeypatch.setattr(f"{module}.MOST_RANKED", 20)
    ReleaseFactory(title="Cattle", published_at=timezone.now() - timedelta(days=9))
    ReleaseFactory.create_batch(20, body="<p>Cattle.</p>")

    page = client.get("/press-releases/?q=cattle&sort=relevance").content.decode()

    assert "Of 21 releases the newest 20 are ranked; the others follow, newest first." in page
    assert ">Cattle</mark></a>" not in page
