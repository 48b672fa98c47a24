import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from press.models import PressRelease
from structures.models import Role, Structure, Succession
from structures.seed import load_taxonomy
from taxonomy.integrity import violations
from taxonomy.labels import Labels
from taxonomy.merging import MergeRefused, merge, what_moves
from taxonomy.models import Chairpersonship, Country, FieldOfWork, FormerFieldOfWork
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]


@pytest.fixture
def pair():
    return FieldFactory(name="Old", code="old", slug="old"), FieldFactory(
        name="New", code="new", slug="new"
    )


def test_releases_move_along_and_those_under_both_stay_once(pair):
    old, new = pair
    only_old, both = ReleaseFactory(fields_of_work=[old]), ReleaseFactory(fields_of_work=[old, new])

    merge(old, new)

    assert not FieldOfWork.objects.filter(code="old").exists()
    for release in (only_old, both):
        assert list(release.fields_of_work.all()) == [new]
    assert not violations(FieldOfWork)


def test_what_will_move_is_known_before(pair):
    old, _ = pair
    FieldFactory(parent=old)
    ReleaseFactory(fields_of_work=[old])

    assert dict(what_moves(old)) == {"press release": 1, "field of work": 1}


def test_children_move_along(pair):
    old, new = pair
    child = FieldFactory(parent=FieldFactory(parent=old))

    merge(old, new)

    assert new.slug in [term.slug for term in FieldOfWork.objects.lineage(child)]
    assert not violations(FieldOfWork)


def test_names_are_recognised_afterwards_but_are_no_history_of_the_other(pair):
    old, new = pair
    old.names.create(name="Older", is_official=True)

    merge(old, new)

    labels = Labels(FieldOfWork)
    assert labels.match("Old, Older") == ([new.pk], [])
    assert not new.names.filter(is_official=True).exists()


def test_addresses_lead_to_the_other_in_one_step_also_after_a_second_merge(pair, client):
    old, new = pair
    newest = FieldFactory(slug="newest", code="newest")

    merge(old, new)
    merge(new, newest)

    for slug in ("old", "new"):
        answer = client.get(f"/fields-of-work/{slug}/")
        assert (answer.status_code, answer["Location"]) == (301, "/fields-of-work/newest/")
        answer = client.get(f"/press-releases/?field={slug}&q=x")
        assert (answer.status_code, answer["Location"]) == (
            301,
            "/press-releases/?field=newest&q=x",
        )


def test_a_merged_term_is_not_revived_by_the_data_files():
    policing, youth = (
        FieldOfWork.objects.get(code="policing"),
        FieldOfWork.objects.get(code="youth"),
    )
    merge(policing, youth)

    load_taxonomy()

    assert not FieldOfWork.objects.filter(code="policing").exists()
    assert FormerFieldOfWork.objects.get(code="policing").term == youth


def test_a_country_takes_its_chairpersonships_and_hosted_structures_along():
    serbia = Country.objects.get(code="serbia")
    montenegro = Country.objects.get(code="montenegro")
    hosted = Structure.objects.filter(host_country=serbia).count()

    merge(serbia, montenegro)

    assert Chairpersonship.objects.get(year=2015).country == montenegro
    assert Structure.objects.filter(host_country=montenegro).count() == hosted + 1


def test_a_structure_takes_its_successions_along_but_none_to_itself():
    first, second, third = StructureFactory(), StructureFactory(), StructureFactory()
    Succession.objects.create(structure=second, predecessor=first)
    Succession.objects.create(structure=third, predecessor=second)

    merge(second, third)

    assert [each.predecessor for each in third.came_after.all()] == [first]
    assert not first.came_after.exists()


def test_a_merge_into_itself_or_below_itself_is_refused_and_changes_nothing(pair):
    old, _ = pair
    child = FieldFactory(parent=old)

    for into in (old, child):
        with pytest.raises(MergeRefused):
            merge(old, into)

    assert FieldOfWork.objects.get(pk=child.pk).parent == old


def test_a_merge_that_would_make_a_ring_of_predecessors_is_refused_as_a_whole():
    first, middle, last = StructureFactory(), StructureFactory(), StructureFactory()
    Succession.objects.create(structure=middle, predecessor=first)
    Succession.objects.create(structure=last, predecessor=middle)
    release = ReleaseFactory(sources=[first])

    with pytest.raises(MergeRefused):
        merge(first, last)

    assert list(PressRelease.objects.get(pk=release.pk).sources.all()) == [first]


def test_a_term_that_was_deleted_meanwhile_is_not_merged(pair):
    old, new = pair
    FieldOfWork.objects.get(pk=new.pk).delete()

    with pytest.raises(MergeRefused):
        merge(old, new)

    assert FieldOfWork.objects.filter(pk=old.pk).exists()


def test_the_releases_of_a_desk_move_in_few_statements(django_assert_max_num_queries):
    term, into = StructureFactory(), StructureFactory()
    releases = [DraftFactory(desk=term) for _ in range(40)]

    with django_assert_max_num_queries(60):
        merge(term, into)

    for release in releases:
        before = release.version
        release.refresh_from_db()
        assert (release.desk, release.version) == (into, before + 1)


def test_a_role_that_is_lost_when_two_desks_are_merged_is_told_and_logged(admin_client):
    old, new = StructureFactory(name="Old"), StructureFactory(name="New")
    ana, boris, same = (UserFactory(username=name) for name in ("ana", "boris", "same"))
    for person, at_old, at_new in [
        (ana, Role.PUBLISHER, Role.AUTHOR),
        (boris, Role.EDITOR, None),
        (same, Role.AUTHOR, Role.AUTHOR),
    ]:
        old.desk_members.create(person=person, role=at_old)
        if at_new:
            new.desk_members.create(person=person, role=at_new)
    here = reverse("admin:structures_structure_merge", args=[old.pk])

    answer = admin_client.post(here, {"into": new.pk, "confirmed": "yes"}, follow=True)

    lost = "ana stays author at New, and was publisher at the desk that was merged."
    told = [str(message) for message in answer.context["messages"]]
    assert told == ["“Old” is a part of “New” now.", lost]
    assert LogEntry.objects.get().get_change_message() == f"Merged “Old” into it. {lost}"
    roles = dict(new.desk_members.values_list("person__username", "role"))
    assert roles == {"ana": "author", "boris": "editor", "same": "author"}
