"""How many queries a page takes, whatever the number of releases."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pages.models import Page
from press.facets import PAGE_SIZE, current
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork
from tests.factories import ReleaseFactory

# Outside of a transaction: inside of one the index is built for each question.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("taxonomy")]

LIST = "/press-releases/"


@pytest.fixture
def queries(client):
    """path -> how many queries its page takes, once the index knows what there is."""

    def count(path):
        assert client.get(path).status_code == 200
        current().found.clear()  # the words are looked for again
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        return len(captured)

    return count


def publish(number):
    sources = list(Structure.objects.filter(code__in=["odihr", "hcnm"]))
    for _ in range(number):
        ReleaseFactory(
            title="Border policing",
            sources=sources,
            fields_of_work=[FieldOfWork.objects.get(code="policing")],
            countries=[Country.objects.get(code="albania")],
        )


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (LIST, 3),
        (f"{LIST}?field=policing&field=none&country=albania&structure=institutions&kind=none", 3),
        (f"{LIST}?field=policing&kind=press-release&kind=none&year=2026&page=2", 3),
        (f"{LIST}?q=border", 4),
        (f"{LIST}?q=border+OR+policing+-war&sort=relevance&country=albania&page=2", 5),
        (f"{LIST}feed/?field=policing&q=border", 4),
        (f"{LIST}?q=lonely&kind=spot-report", 4),  # one result only
        ("/", 7),
        ("/countries/", 3),
        ("/structures/", 3),
        ("/countries/albania/", 12),
        ("/structures/institutions/", 12),
    ],
)
def test_the_number_of_queries_is_small_and_does_not_grow(queries, path, most):
    ReleaseFactory(title="Lonely", kind="spot-report")
    Page.objects.create(title="About us", slug="about", body="<p>x</p>")
    publish(PAGE_SIZE + 1)
    few = queries(path)
    publish(PAGE_SIZE)

    assert queries(path) == few <= most
