import pytest

from taxonomy.models import FieldOfWork, FormerFieldOfWork
from tests.factories import FieldFactory

pytestmark = pytest.mark.django_db


def rename(term, slug):
    term.slug = slug
    term.save()


def location(client, slug):
    answer = client.get(f"/fields-of-work/{slug}/")
    return answer.status_code, answer.headers.get("Location")


def test_a_former_address_leads_to_todays_in_one_step(client):
    term = FieldFactory(slug="one")
    rename(term, "two")
    rename(term, "three")

    for slug in ("one", "two"):
        assert location(client, slug) == (301, "/fields-of-work/three/")
    assert location(client, "three")[0] == 200


def test_going_back_to_a_former_address_leaves_no_loop(client):
    term = FieldFactory(slug="one")
    rename(term, "two")
    rename(term, "one")

    assert location(client, "one")[0] == 200
    assert location(client, "two") == (301, "/fields-of-work/one/")


def test_a_living_address_wins_over_a_former_one(client):
    rename(FieldFactory(slug="one"), "two")
    other = FieldFactory(slug="one", name="Other")

    assert location(client, "one")[0] == 200
    assert FieldOfWork.objects.at_addresses(["one"])["one"] == other


def test_saving_other_fields_leaves_the_addresses_alone():
    term = FieldFactory(slug="one")
    term.slug = "two"
    term.save(update_fields=["description"])

    assert not FormerFieldOfWork.objects.exists()
    assert FieldOfWork.objects.get(pk=term.pk).slug == "one"


def test_a_list_by_a_former_slug_is_one_redirect(client):
    rename(FieldFactory(slug="one"), "two")

    answer = client.get("/press-releases/?field=one&utm=x")

    assert (answer.status_code, answer["Location"]) == (301, "/press-releases/?field=two")
