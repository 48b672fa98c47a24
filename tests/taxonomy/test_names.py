from datetime import date, datetime

import pytest
from django.utils import timezone

from structures.models import Structure, StructureName
from taxonomy.forms import overlaps
from tests.factories import ReleaseFactory, StructureFactory

pytestmark = pytest.mark.django_db


def name(text, since=None, until=None, language="en"):
    return StructureName(name=text, since=since, until=until, language=language, is_official=True)


@pytest.fixture
def office():
    """Centre in Almaty to the end of 1999, Centre in Astana to June 2015, Programme Office since."""
    office = StructureFactory(name="Programme Office in Astana", slug="astana")
    office.names.create(name="Centre in Almaty", is_official=True, until=date(1999, 12, 31))
    office.names.create(
        name="Centre in Astana", is_official=True, since=date(2000, 1, 1), until=date(2015, 6, 30)
    )
    office.names.create(name="Undated name", is_official=True)
    office.names.create(name="CIA", until=date(1999, 12, 31))
    return office


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(1999, 12, 31), "Centre in Almaty"),
        (date(2000, 1, 1), "Centre in Astana"),
        (date(2015, 6, 30), "Centre in Astana"),
        (date(2015, 7, 1), None),
    ],
)
def test_a_body_has_the_name_of_the_day_where_the_dates_are_known(office, day, then):
    assert office.name_on(day) == then


def test_of_names_of_which_only_the_end_is_known_the_one_that_ended_first_counts():
    office = StructureFactory()
    office.names.create(name="Second", is_official=True, until=date(2005, 1, 1))
    office.names.create(name="First", is_official=True, until=date(2000, 1, 1))

    assert office.name_on(date(1999, 1, 1)) == "First"
    assert office.name_on(date(2001, 1, 1)) == "Second"


def test_a_release_page_says_as_what_it_was_issued(client, office):
    release = ReleaseFactory(
        published_at=timezone.make_aware(datetime(1999, 3, 9)), precision="day", sources=[office]
    )

    page = client.get(release.get_absolute_url()).content.decode()

    assert "issued as Centre in Almaty (today <a" in page
    assert "Programme Office in Astana</a>)" in page


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ((None, date(1999, 12, 31)), (date(2000, 1, 1), date(2005, 1, 1)), False),
        ((None, date(2000, 1, 1)), (date(2000, 1, 1), date(2005, 1, 1)), True),
        ((date(1995, 1, 1), date(2005, 1, 1)), (date(1999, 1, 1), date(2000, 1, 1)), True),
        ((None, date(2000, 1, 1)), (None, date(2005, 1, 1)), False),
        ((None, date(2000, 1, 1)), (None, date(2000, 1, 1)), True),
        ((date(1995, 1, 1), date(2005, 1, 1)), (date(2000, 1, 1), None), True),
        ((None, None), (date(2000, 1, 1), date(2005, 1, 1)), False),
    ],
)
def test_two_official_names_clash_where_both_were_surely_in_use(one, other, clash):
    names = [name("One", *one), name("Other", *other)]

    assert bool(list(overlaps(names))) is clash
    assert bool(list(overlaps(names[::-1]))) is clash


def test_names_of_two_languages_do_not_clash():
    span = (date(2000, 1, 1), date(2005, 1, 1))

    assert not list(overlaps([name("One", *span), name("Eins", *span, language="de")]))


def test_a_filter_by_a_structure_finds_what_its_predecessors_issued(taxonomy, client):
    task_force = Structure.objects.get(code="transitional-task-force-for-kosovo")
    release = ReleaseFactory(title="Task force arrives", sources=[task_force])

    for slug in ("mission-in-kosovo", "field-operations", "transitional-task-force-for-kosovo"):
        page = client.get(f"/press-releases/?structure={slug}").content.decode()
        assert release.title in page
    page = client.get("/structures/mission-in-kosovo/").content.decode()
    assert "/structures/transitional-task-force-for-kosovo/" in page
    assert release.title in page
