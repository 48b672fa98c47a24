"""The desk of those who keep the trees: old forms, merging, names, rights."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from structures.models import Role, Structure, Succession
from taxonomy.models import FieldOfWork
from tests.factories import FieldFactory, ReleaseFactory, StructureFactory, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """A client signed in as a taxonomist and nothing else."""
    person = User.objects.create_user("tess", password="x", is_staff=True)
    person.groups.add(Group.objects.get(name="Taxonomists"))
    client.force_login(person)
    return client


def change(term):
    return reverse("admin:taxonomy_fieldofwork_change", args=[term.pk])


def form_of(term, **changes):
    return {
        "name": term.name,
        "slug": term.slug,
        "parent": term.parent_id or "",
        "description": term.description,
        "opened_version": term.version,
        "names-TOTAL_FORMS": 0,
        "names-INITIAL_FORMS": 0,
        **changes,
    }


def with_names(term, *names):
    """The form of term with new names: (name, is_official, since, until)."""
    form = form_of(term, **{"names-TOTAL_FORMS": len(names)})
    for number, (name, is_official, since, until) in enumerate(names):
        form |= {
            f"names-{number}-name": name,
            f"names-{number}-language": "en",
            f"names-{number}-since": since,
            f"names-{number}-until": until,
            f"names-{number}-term": term.pk,
            f"names-{number}-id": "",
        }
        if is_official:
            form[f"names-{number}-is_official"] = "on"
    return form


def test_an_old_form_does_not_move_a_term_back_and_keeps_what_was_typed(desk):
    parent, term = FieldFactory(name="Parent"), FieldFactory(name="Before")
    opened = form_of(term, name="Typed by me")
    FieldOfWork.objects.move_node(FieldOfWork.objects.get(pk=term.pk), parent)

    answer = desk.post(change(term), opened)
    page = answer.content.decode()

    term.refresh_from_db()
    assert (term.parent, term.name) == (parent, "Before")
    assert "Somebody changed this term" in page
    assert "Parent is now: Parent" in page
    assert 'value="Typed by me"' in page


def test_after_that_message_saving_again_is_a_decision(desk):
    term = FieldFactory(name="Before")
    opened = form_of(term, name="Mine")
    FieldOfWork.objects.get(pk=term.pk).save()

    answer = desk.post(change(term), opened)
    version = answer.context["adminform"].form["opened_version"].value()
    desk.post(change(term), {**opened, "opened_version": version})

    term.refresh_from_db()
    assert term.name == "Mine"


def test_a_form_of_a_deleted_term_is_offered_for_a_new_one(desk):
    term = FieldFactory(name="Doomed", code="doomed", slug="doomed")
    address, opened = change(term), form_of(term, description="Long text")
    FieldOfWork.objects.get(pk=term.pk).delete()

    answer = desk.post(address, opened)
    page = answer.content.decode()

    assert not FieldOfWork.objects.filter(slug="doomed").exists()
    assert "was deleted by somebody else" in page
    assert "Long text" in page
    again = form_of(term, description="Long text", opened_version="", code="doomed")
    desk.post(reverse("admin:taxonomy_fieldofwork_add"), again)
    assert FieldOfWork.objects.get(slug="doomed").description == "Long text"


def test_a_term_cannot_be_put_below_itself(desk):
    term = FieldFactory()
    child = FieldFactory(parent=term)

    answer = desk.post(change(term), form_of(term, parent=child.pk))

    assert answer.status_code == 200
    assert FieldOfWork.objects.get(pk=term.pk).parent is None


def test_names_that_overlap_are_refused(desk):
    term = FieldFactory()
    names = [("One", True, "2000-01-01", "2005-01-01"), ("Two", True, "2004-01-01", "2009-01-01")]

    answer = desk.post(change(term), with_names(term, *names))

    assert "cannot be the official name at the same time" in answer.content.decode()
    assert not term.names.exists()


def test_a_name_that_ends_before_it_begins_is_refused(desk):
    term = FieldFactory()

    answer = desk.post(change(term), with_names(term, ("One", True, "2005-01-01", "2000-01-01")))

    assert "cannot end before it begins" in answer.content.decode()


def test_a_name_of_another_term_is_refused(desk, taxonomy):
    term = FieldFactory()

    answer = desk.post(change(term), with_names(term, ("POLICING", False, "", "")))

    assert "“POLICING” is a name of “Policing” already." in answer.content.decode()


def test_consecutive_names_and_an_alias_are_saved(desk):
    term = FieldFactory()
    names = [
        ("One", True, "2000-01-01", "2004-12-31"),
        ("Two", True, "2005-01-01", ""),
        ("Alias", False, "", ""),
    ]

    desk.post(change(term), with_names(term, *names))

    assert {each.name for each in term.names.all()} == {"One", "Two", "Alias"}


def test_merging_shows_what_moves_before_it_moves(desk):
    old, new = FieldFactory(name="Old"), FieldFactory(name="New")
    release = ReleaseFactory(fields_of_work=[old])
    address = reverse("admin:taxonomy_fieldofwork_merge", args=[old.pk])

    assert "1 press release" in desk.get(address).content.decode()
    asked = desk.post(address, {"into": new.pk}).content.decode()
    assert "make “Old” a part of “New”" in asked
    assert FieldOfWork.objects.filter(pk=old.pk).exists()

    desk.post(address, {"into": new.pk, "confirmed": "yes"})
    assert list(release.fields_of_work.all()) == [new]


@pytest.mark.parametrize("into", ["", "abc", "999999", "-1", "\x00"])
def test_merging_into_what_is_not_there_is_refused_in_the_form(desk, into):
    old = FieldFactory()
    address = reverse("admin:taxonomy_fieldofwork_merge", args=[old.pk])

    answer = desk.post(address, {"into": into, "confirmed": "yes"})

    assert answer.status_code == 200
    assert FieldOfWork.objects.filter(pk=old.pk).exists()


def test_a_taxonomist_sees_the_trees_and_nothing_else(desk):
    release = ReleaseFactory()

    for path in ("press/pressrelease/", f"press/pressrelease/{release.pk}/change/", "auth/user/"):
        assert desk.get(f"/admin/{path}").status_code == 403
    assert desk.get(reverse("admin:structures_structure_changelist")).status_code == 200


def test_an_editor_sees_terms_but_moves_merges_and_deletes_none(client, taxonomy):
    client.force_login(person_at(Role.PUBLISHER))
    first, second = FieldOfWork.objects.filter(parent=None)[:2]
    drag = {"cmd": "move_node", "position": "left", "cut_item": second.pk, "pasted_on": first.pk}

    answer = client.post(reverse("admin:taxonomy_fieldofwork_changelist"), drag)
    merge = client.post(
        reverse("admin:taxonomy_fieldofwork_merge", args=[first.pk]),
        {"into": second.pk, "confirmed": "yes"},
    )

    assert answer.content == b"FAIL, no permission."
    assert merge.status_code == 403
    assert list(FieldOfWork.objects.filter(parent=None)[:2]) == [first, second]


def test_a_ring_of_predecessors_is_refused_in_the_form(desk):
    first, second = StructureFactory(), StructureFactory()
    Succession.objects.create(structure=second, predecessor=first)
    form = form_of(first, kind=first.kind) | {
        "came_after-TOTAL_FORMS": 1,
        "came_after-INITIAL_FORMS": 0,
        "came_after-0-structure": first.pk,
        "came_after-0-predecessor": second.pk,
    }

    answer = desk.post(reverse("admin:structures_structure_change", args=[first.pk]), form)

    assert "cannot come before" in answer.content.decode()
    assert Structure.objects.get(pk=first.pk).predecessors.count() == 0
