"""The terms that the form of a release offers."""

import pytest
from django.urls import reverse

from press.admin.terms import LATELY, MOST_RECENT
from press.models import LINKS, Revision
from press.revisions import record
from structures.models import Role
from taxonomy.merging import merge
from taxonomy.models import FieldOfWork
from tests.factories import DraftFactory, FieldFactory, StructureFactory, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return StructureFactory(name="Mission A")


@pytest.fixture
def author(client, desk):
    person = person_at(Role.AUTHOR, desk)
    client.force_login(person)
    return person


def offered(client, link="fields_of_work", **parameters):
    """(what stands under "Recently used", what stands below it, whether there is more)."""
    asked = {"app_label": "press", "model_name": "pressrelease", "field_name": link, **parameters}
    answer = client.get(reverse("admin:press_pressrelease_terms"), asked).json()
    recent, others = [], []
    for each in answer["results"]:
        if "children" in each:
            assert each["text"] == "Recently used"
            recent += [child["text"] for child in each["children"]]
        else:
            others.append(each["text"])
    return recent, others, answer["pagination"]["more"]


def saved(person, **links):
    release = DraftFactory(**links)
    return record(release, by=person)


def test_each_term_says_where_it_stands(client, author):
    root = FieldFactory(name="Human dimension")
    middle = FieldFactory(name="Elections", parent=root)
    FieldFactory(name="Xylophones", parent=middle, is_closed=True)
    root.is_closed = True
    root.save()

    assert offered(client, term="xylo")[1] == ["Human dimension › Elections › Xylophones (closed)"]
    assert offered(client, term="human dim")[1][0].startswith("Human dimension")


def test_former_names_find_the_term_of_today(client, author, taxonomy):
    _, (found,), _ = offered(client, "sources", term="almaty")

    assert found.endswith("› Programme Office in Astana")


@pytest.mark.parametrize("link", LINKS)
def test_what_this_person_saved_lately_comes_first_and_once(client, author, taxonomy, link):
    model = DraftFactory()._meta.get_field(link).related_model
    old, new, other = model.objects.order_by("-pk")[:3]
    saved(author, **{link: [old]})
    saved(author, **{link: [new]})
    saved(person_at(Role.AUTHOR), **{link: [other]})

    recent, others, _ = offered(client, link)

    ways = model.objects.ways_to([old, new])
    assert recent == [ways[new.pk], ways[old.pk]]
    assert others[0] == str(model.objects.first())
    assert not set(recent) & set(others)


def test_the_newest_few_are_enough(client, author):
    fields = FieldFactory.create_batch(MOST_RECENT + 2)
    for field in fields:
        saved(author, fields_of_work=[field])

    recent, _, _ = offered(client)

    assert recent == [field.name for field in reversed(fields)][:MOST_RECENT]


def test_typing_offers_what_matches_without_a_heading(client, author):
    field = FieldFactory(name="Xylophones")
    saved(author, fields_of_work=[field])

    assert offered(client, term="xylo") == ([], ["Xylophones"], False)
    assert offered(client, term=" ")[0] == ["Xylophones"]


def test_pages_follow_each_other_without_a_gap_or_a_repetition(client, author):
    fields = FieldFactory.create_batch(45)
    saved(author, fields_of_work=fields[-3:])

    recent, found, more, number = [], [], True, 0
    while more:
        number += 1
        here, others, more = offered(client, page=number)
        assert number == 1 or not here
        assert len(here) + len(others) <= 20
        recent += here
        found += others

    ways = FieldOfWork.objects.ways_to(list(FieldOfWork.objects.all()))
    assert sorted(recent + found) == sorted(ways.values())
    assert len(recent) == 3


def test_a_term_that_is_gone_is_not_offered(client, author):
    one, other, gone = FieldFactory.create_batch(3)
    revision = saved(author, fields_of_work=[one, gone])
    revision.release.fields_of_work.set([one])
    gone.delete()
    merge(one, other)

    assert offered(client)[0] == []


def test_versions_that_hold_no_terms_do_no_harm(client, author):
    release = DraftFactory()
    release.revisions.create(version=1, by=author, snapshot={"title": "x"})

    assert offered(client)[0] == []


def test_three_questions_whatever_there_is(client, author, django_assert_max_num_queries):
    root = FieldFactory()
    FieldOfWork.objects.bulk_create(
        FieldOfWork(code=f"x-{n}", slug=f"x-{n}", name=f"Field {n}", parent=root)
        for n in range(2000)
    )
    terms = [{"code": f"x-{n}", "name": "x"} for n in range(5, 9)]
    release = DraftFactory()
    Revision.objects.bulk_create(
        Revision(release=release, version=n, by=author, snapshot={"fields_of_work": terms[n % 4 :]})
        for n in range(500)
    )

    # With the five that say who asks, and what that person may.
    for parameters in ({}, {"page": 50}, {"term": "field"}, {"term": "field", "page": 2}):
        with django_assert_max_num_queries(3 + 5):
            recent, others, _ = offered(client, **parameters)
        assert len(recent) == (4 if not parameters else 0)
        assert others
    assert LATELY < 500


@pytest.mark.parametrize("page", ["0", "x", "-1", "9" * 30, "\x00", ""])
def test_a_wrong_page_is_none(client, author, page):
    asked = {"app_label": "press", "model_name": "pressrelease", "field_name": "sources"}

    answer = client.get(reverse("admin:press_pressrelease_terms"), {**asked, "page": page})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("model", "field"),
    [("pressrelease", "desk"), ("pressrelease", "translation_of"), ("pressrelease", "title"),
     ("revision", "by"), ("pressrelease", "x"), ("x", "sources")],
)  # fmt: skip
def test_nothing_else_is_offered_here(client, author, model, field):
    asked = {"app_label": "press", "model_name": model, "field_name": field}

    assert client.get(reverse("admin:press_pressrelease_terms"), asked).status_code == 403


def test_the_form_and_the_change_of_terms_ask_here(client, desk):
    client.force_login(person_at(Role.EDITOR, desk))
    release = DraftFactory(desk=desk)
    here = reverse("admin:press_pressrelease_terms")

    page = client.get(f"/admin/press/pressrelease/{release.pk}/change/").content.decode()

    assert page.count(f'data-ajax--url="{here}"') == len(LINKS)
