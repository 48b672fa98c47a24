import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.db.models import ProtectedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mptt.exceptions import InvalidMove

from taxonomy.integrity import violations
from taxonomy.models import FieldOfWork
from tests.factories import FieldFactory, ReleaseFactory

pytestmark = pytest.mark.django_db


def test_a_branch_holds_the_node_and_all_below(tree):
    assert {term.code for term in FieldOfWork.objects.branch([tree["b"].pk])} == {"b", "c"}
    assert {term.code for term in FieldOfWork.objects.branch([tree["a"].pk, tree["d"].pk])} == set(
        "abcd"
    )


def test_a_lineage_leads_from_the_root_to_the_node(tree):
    assert [term.code for term in FieldOfWork.objects.lineage(tree["c"])] == ["a", "b", "c"]


def test_a_branch_is_one_query(tree, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(FieldOfWork.objects.branch([tree["a"].pk]))


def test_an_old_instance_does_not_move_a_node_back(tree):
    old = FieldOfWork.objects.get(code="c")
    FieldOfWork.objects.move_node(FieldOfWork.objects.get(code="c"), tree["d"], "last-child")

    old.description = "changed"
    old.save()

    old.refresh_from_db()
    assert old.parent.code == "d"
    assert old.description == "changed"
    assert not violations(FieldOfWork)


def test_an_old_instance_that_is_given_a_parent_moves_there(tree):
    old = FieldOfWork.objects.get(code="c")
    FieldOfWork.objects.move_node(FieldOfWork.objects.get(code="b"), tree["d"], "last-child")

    old.parent = tree["a"]
    old.save()

    assert [term.code for term in FieldOfWork.objects.lineage(old)] == ["a", "c"]
    assert not violations(FieldOfWork)


def test_a_deleted_node_is_not_written_back(tree):
    old = FieldOfWork.objects.get(code="d")
    FieldOfWork.objects.get(code="d").delete()

    with pytest.raises(FieldOfWork.DoesNotExist):
        old.save()

    assert not FieldOfWork.objects.filter(code="d").exists()
    assert not violations(FieldOfWork)


def test_a_node_cannot_go_below_a_deleted_one(tree):
    gone = FieldOfWork.objects.get(code="d")
    FieldOfWork.objects.get(code="d").delete()

    tree["c"].parent = gone
    with pytest.raises(InvalidMove):
        tree["c"].save()
    with pytest.raises(InvalidMove):
        FieldOfWork.objects.move_node(FieldOfWork.objects.get(code="c"), gone)

    assert not violations(FieldOfWork)


def test_a_node_cannot_go_below_itself(tree):
    tree["a"].parent = tree["c"]

    with pytest.raises(InvalidMove):
        tree["a"].save()

    assert FieldOfWork.objects.get(code="a").parent is None
    assert not violations(FieldOfWork)


def test_saving_other_fields_only_does_not_move(tree):
    tree["c"].parent = tree["d"]
    tree["c"].description = "changed"
    tree["c"].save(update_fields=["description"])

    assert FieldOfWork.objects.get(code="c").parent.code == "b"
    assert not violations(FieldOfWork)


def test_bulk_writes_cannot_move_nodes(tree):
    with pytest.raises(TypeError):
        FieldOfWork.objects.update(parent=None)
    with pytest.raises(TypeError):
        FieldOfWork.objects.bulk_update([tree["c"]], ["parent"])


def test_deleting_several_closes_the_gaps(tree):
    FieldOfWork.objects.filter(code="c").delete()

    assert FieldOfWork.objects.get(code="b").is_leaf_node()
    assert not violations(FieldOfWork)


def test_a_node_with_children_stays(tree):
    with pytest.raises(ProtectedError):
        tree["a"].delete()
    with pytest.raises(ProtectedError):
        FieldOfWork.objects.filter(code="a").delete()

    assert FieldOfWork.objects.filter(code__in="abcd").count() == 4
    assert not violations(FieldOfWork)


def test_a_term_in_use_stays_with_its_links(tree):
    release = ReleaseFactory(fields_of_work=[tree["d"]])

    with pytest.raises(ProtectedError):
        tree["d"].delete()
    with pytest.raises(ProtectedError):
        FieldOfWork.objects.filter(code="d").delete()

    assert release.fields_of_work.get().code == "d"


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6))
def test_any_order_of_writes_leaves_whole_trees(seed):
    chance = random.Random(seed)
    stale = []
    for step in range(12):
        write_something(chance, f"{seed}-{step}", stale)
    assert not violations(FieldOfWork)


def write_something(chance, name, stale):
    """One of what editors do, at times with an instance that was loaded long ago."""
    nodes = list(FieldOfWork.objects.all())
    stale += chance.sample(nodes, min(2, len(nodes)))
    node = chance.choice(stale) if stale else None
    target = chance.choice(nodes) if nodes else None
    try:
        match chance.choice(["create", "create", "move", "drag", "rename", "delete"]):
            case "create":
                FieldFactory(code=name, slug=name, parent=target)
            case "move" if node:
                node.parent = target
                node.save()
            case "drag" if node:
                position = chance.choice(["left", "right", "first-child", "last-child"])
                FieldOfWork.objects.move_node(node, target, position)
            case "rename" if node:
                node.name = name
                node.save()
            case "delete" if node:
                node.delete()
    except (InvalidMove, ProtectedError, FieldOfWork.DoesNotExist):
        stale[:] = [each for each in stale if each is not node]


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_leave_whole_trees():
    for number in range(6):
        FieldFactory(code=f"root-{number}", slug=f"root-{number}")

    def writer(worker):
        chance, stale = random.Random(worker), []
        try:
            for step in range(12):
                write_something(chance, f"{worker}-{step}", stale)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(writer, range(4)))

    assert FieldOfWork.objects.filter(code__contains="-").count() > 6
    assert not violations(FieldOfWork)
    connection.close()
