"""What corrupts a bare nested set without any bad luck: old instances, refused writes, bulk, dumps."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import DataError, IntegrityError, connection, connections, transaction
from django.db.models import ProtectedError
from django.urls import reverse
from mptt.exceptions import InvalidMove

from structures.models import Structure
from taxonomy import tree as kit
from taxonomy.integrity import tree_models, violations
from taxonomy.models import Country, FieldOfWork
from taxonomy.tree import TreeBusy, tree_write
from tests.factories import CountryFactory, FieldFactory, StructureFactory

pytestmark = pytest.mark.django_db
autocommit = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def whole_in_the_end(tree):
    yield
    assert [line for model in tree_models() for line in violations(model)] == []


def fresh(code):
    return FieldOfWork.objects.get(code=code)


def move(code, target, position="last-child"):
    """What somebody else does meanwhile."""
    FieldOfWork.objects.move_node(fresh(code), fresh(target) if target else None, position)


def parents():
    """As in "b below a": {"b": "a"}; roots are below None."""
    return dict(FieldOfWork.objects.filter(code__in="abcdxyz").values_list("code", "parent__code"))


BEFORE = {"a": None, "b": "a", "c": "b", "d": None}


# Instances that were loaded before somebody else wrote


@pytest.mark.parametrize(("code", "now_below"), [("c", "d"), ("c", None), ("d", "a")])
def test_a_node_that_i_rename_stays_where_somebody_moved_it(tree, code, now_below):
    mine = tree[code]
    move(code, now_below)

    mine.name = "Mine"
    mine.save()

    assert fresh(code).name == "Mine"
    assert parents() == {**BEFORE, code: now_below}


def test_a_name_that_somebody_gave_stays_when_i_save_only_another_field(tree):
    mine, theirs = tree["c"], fresh("c")
    theirs.name = "Theirs"
    theirs.save()

    mine.description = "Mine"
    mine.save(update_fields=["description"])

    assert (fresh("c").name, fresh("c").description) == ("Theirs", "Mine")


def test_a_parent_that_i_read_again_is_no_wish_to_move_there(tree):
    mine = tree["c"]
    move("c", "d")
    mine.refresh_from_db()
    move("c", "a")

    mine.save()

    assert parents() == {**BEFORE, "c": "a"}


def test_a_parent_that_was_loaded_late_is_no_wish_to_move_there():
    mine = FieldOfWork.objects.only("name").get(code="c")
    assert mine.parent.code == "b"
    move("c", "d")

    mine.save()

    assert parents() == {**BEFORE, "c": "d"}


@pytest.mark.parametrize("meanwhile", [("d", "a"), ("d", "a", "left"), ("a", "d"), ("b", "d")])
def test_a_node_goes_below_its_new_parent_wherever_that_is_now(tree, meanwhile):
    mine, parent = tree["c"], tree["d"]
    move(*meanwhile)
    FieldFactory(code="x", slug="x", parent=fresh("d"))

    mine.parent = parent
    mine.save()

    assert parents()["c"] == "d"


def test_of_two_moves_below_each_other_the_second_is_refused(tree):
    mine, theirs = tree["a"], tree["d"]
    theirs.parent = fresh("a")
    theirs.save()

    mine.parent = tree["d"]
    with pytest.raises(InvalidMove):
        mine.save()

    assert parents() == {**BEFORE, "d": "a"}


@pytest.mark.parametrize("position", ["left", "right", "first-child", "last-child"])
def test_a_node_goes_beside_a_node_where_that_is_now(tree, position):
    mine, beside = tree["d"], tree["c"]
    move("c", "a")

    mine.move_to(beside, position)

    assert parents()["d"] == ("c" if "child" in position else "a")


def test_a_new_node_goes_beside_a_node_where_that_is_now(tree):
    move("c", "d")

    new = FieldOfWork(code="x", slug="x", name="x")
    FieldOfWork.objects.insert_node(new, tree["c"], "left", save=True)

    assert [term.code for term in fresh("d").children.all()] == ["x", "c"]


def test_a_place_for_later_is_not_given(tree):
    new = FieldOfWork(code="x", slug="x", name="x")

    with pytest.raises(TypeError):
        FieldOfWork.objects.insert_node(new, tree["a"])
    with pytest.raises(TypeError):
        new.insert_at(tree["a"])


def test_of_two_who_delete_a_node_the_second_deletes_nothing(tree):
    mine, theirs = tree["c"], fresh("c")

    assert theirs.delete()[0] == 1
    assert mine.delete() == (0, {})


@autocommit
def test_deleting_one_by_one_works_from_below_and_is_refused_from_above(tree):
    with pytest.raises(ProtectedError):
        for node in [tree["b"], tree["c"]]:
            node.delete()
    assert parents() == BEFORE

    for node in [tree["c"], tree["b"], tree["a"]]:
        node.delete()
    assert parents() == {"d": None}


# Instances that are used twice


def test_a_copy_gets_a_place_of_its_own(tree):
    copy = tree["b"]
    copy.pk, copy.code, copy.slug = None, "x", "x"
    copy._state.adding = True

    copy.save()

    assert parents() == {**BEFORE, "x": "a"}


@autocommit
def test_a_new_node_that_was_refused_is_stored_when_it_is_mended(tree):
    new = FieldOfWork(code="c", slug="x", name="x", parent=tree["a"])
    with pytest.raises(IntegrityError):
        new.save()
    move("d", "a", "first-child")

    new.code = "x"
    new.save()

    assert parents() == {**BEFORE, "d": "a", "x": "a"}


@autocommit
def test_a_new_node_does_not_overwrite_one_with_its_key(tree):
    with pytest.raises(IntegrityError):
        FieldOfWork(pk=tree["b"].pk, code="x", slug="x", name="x").save()

    assert parents() == BEFORE


@autocommit
@pytest.mark.parametrize("moved_at_last", [True, False])
def test_a_move_that_was_rolled_back_can_be_repeated(tree, moved_at_last):
    mine = tree["c"]
    with transaction.atomic():
        mine.parent = tree["d"]
        mine.save()
        transaction.set_rollback(True)
    assert parents() == BEFORE

    if moved_at_last:
        mine.refresh_from_db()
        mine.parent = tree["d"]
    mine.save()

    assert parents() == {**BEFORE, "c": "d" if moved_at_last else "b"}


# Writes that are refused after the numbers were shifted


@autocommit
def test_a_protected_node_stays_and_so_do_its_numbers(tree):
    with pytest.raises(ProtectedError):
        tree["b"].delete()

    assert parents() == BEFORE


@autocommit
@pytest.mark.parametrize("values", [{"code": "d"}, {"slug": "d"}, {"name": None}])
def test_a_row_that_the_database_refuses_leaves_no_gap(tree, values):
    with pytest.raises(IntegrityError):
        FieldOfWork.objects.create(**{"code": "x", "slug": "x", "parent": tree["a"], **values})
    mine = tree["c"]
    mine.parent = tree["d"]
    for name, value in values.items():
        setattr(mine, name, value)
    with pytest.raises(IntegrityError):
        mine.save()

    assert parents() == BEFORE


@autocommit
def test_a_reference_to_nothing_leaves_no_gap():
    above = StructureFactory(code="above", slug="above")

    with pytest.raises(IntegrityError):
        StructureFactory(code="x", slug="x", parent=above, host_country_id=999_999)

    assert not Structure.objects.filter(code="x").exists()


@autocommit
@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL measures texts")
def test_a_name_that_is_too_long_leaves_no_gap(tree):
    with pytest.raises(DataError):
        FieldFactory(code="x", slug="x", name="x" * 201, parent=tree["a"])
    tree["c"].name, tree["c"].parent = "x" * 201, tree["d"]
    with pytest.raises(DataError):
        tree["c"].save()

    assert parents() == BEFORE


@autocommit
def test_an_error_among_delayed_writes_undoes_all_of_them(tree):
    with pytest.raises(ZeroDivisionError), FieldOfWork.objects.delay_mptt_updates():
        tree["c"].parent = tree["d"]
        tree["c"].save()
        FieldFactory(code="x", slug="x", parent=tree["a"])
        raise ZeroDivisionError

    assert parents() == BEFORE


@pytest.mark.parametrize("without", ["delay_mptt_updates", "disable_mptt_updates"])
def test_writes_without_numbers_keep_order_and_refuse_loops_all_the_same(tree, without):
    move("c", "d")

    with getattr(FieldOfWork.objects, without)():
        tree["c"].save()
        for code in "xyz":
            FieldFactory(code=code, slug=code, parent=tree["a"])
        tree["a"].parent = fresh("b")
        with pytest.raises(InvalidMove):
            tree["a"].save()

    assert parents()["c"] == "d"
    assert [term.code for term in fresh("a").children.all()] == ["b", "x", "y", "z"]


# Ways around save()


@pytest.mark.parametrize("name", ["parent", "parent_id"])
def test_saving_only_the_parent_moves(tree, name):
    tree["c"].parent = tree["d"]

    tree["c"].save(update_fields=[name])

    assert parents() == {**BEFORE, "c": "d"}


def test_fields_to_save_are_given_by_name(tree):
    tree["c"].parent = tree["d"]

    with pytest.raises(TypeError):
        tree["c"].save(False, False, None, ["name"])


def test_deleting_a_whole_tree_leaves_the_others():
    FieldFactory(code="x", slug="x")

    FieldOfWork.objects.filter(code="d").delete()

    assert parents() == {"a": None, "b": "a", "c": "b", "x": None}


def test_parents_are_not_written_in_bulk(tree):
    children = tree["b"].children

    with pytest.raises(TypeError):
        FieldOfWork.objects.filter(code="c").update(parent_id=tree["d"].pk)
    with pytest.raises(TypeError):
        FieldOfWork.objects.bulk_update([tree["c"]], ["name", "parent"])
    with pytest.raises(TypeError):
        children.add(tree["d"])
    with pytest.raises(TypeError):
        children.clear()

    assert parents() == BEFORE


def test_children_can_be_added_one_by_one(tree):
    tree["b"].children.add(fresh("d"), bulk=False)

    assert parents() == {**BEFORE, "d": "b"}


def test_nodes_made_in_bulk_come_after_their_elders(tree):
    nodes = [
        FieldOfWork(code=code, slug=code, name=code, parent=tree.get(parent))
        for code, parent in {"x": "a", "y": None, "z": "a"}.items()
    ]

    FieldOfWork.objects.bulk_create(nodes)

    assert parents() == {**BEFORE, "x": "a", "y": None, "z": "a"}
    assert [term.code for term in fresh("a").children.all()] == ["b", "x", "z"]
    assert FieldOfWork.objects.last().code == "y"


@autocommit
def test_a_ring_made_in_bulk_is_refused(tree):
    ring = [FieldOfWork(code="a", slug="a", name="a", parent=tree["c"])]
    upsert = {"update_conflicts": True, "update_fields": ["parent"], "unique_fields": ["code"]}

    with pytest.raises(InvalidMove):
        FieldOfWork.objects.bulk_create(ring, **upsert)

    assert parents() == BEFORE


# Dumps


@pytest.fixture
def load(tmp_path):
    def load(rows):
        path = tmp_path / "dump.json"
        path.write_text(json.dumps(rows))
        call_command("loaddata", str(path), verbosity=0)

    return load


def dump(*codes):
    return serializers.serialize("python", FieldOfWork.objects.filter(code__in=codes))


@pytest.fixture
def foreign(tree):
    """A row from another database; its key, and that of a parent in the dump, is a small number."""
    last = max(term.pk for term in tree.values())

    def foreign(number, code, parent, **numbers):
        parent = last + parent if isinstance(parent, int) else getattr(parent, "pk", None)
        fields = {"code": code, "slug": code, "name": code, "parent": parent, **numbers}
        return {"model": "taxonomy.fieldofwork", "pk": last + number, "fields": fields}

    return foreign


@autocommit
def test_an_old_dump_puts_its_nodes_back_where_they_were(load):
    old = dump("a", "b", "c", "d")
    move("c", "d")
    move("b", "d", "left")
    FieldFactory(code="x", slug="x", parent=fresh("a"))

    load(old)

    assert parents() == {**BEFORE, "x": "a"}


@autocommit
def test_an_old_dump_of_a_part_is_put_into_the_tree_of_today(load):
    old = dump("c")
    move("c", "d")
    move("b", None)

    load(old)

    assert parents() == {**BEFORE, "b": None}


@autocommit
def test_a_foreign_subtree_goes_below_the_parent_that_it_names(load, foreign, tree):
    numbers = {"tree_id": 1, "level": 1}
    load(
        [
            foreign(1, "x", tree["b"], lft=2, rght=5, **numbers),
            foreign(2, "y", 1, lft=3, rght=4, **numbers),
        ]
    )

    assert parents() == {**BEFORE, "x": "b", "y": "x"}


@autocommit
def test_parent_links_are_all_that_a_dump_needs(load, foreign):
    load([foreign(1, "x", 2), foreign(2, "y", None), foreign(3, "z", 1)])

    assert parents() == {**BEFORE, "x": "y", "y": None, "z": "x"}


@autocommit
def test_an_old_dump_that_closes_a_ring_changes_nothing_and_is_refused_with_advice(load):
    old = dump("b")
    move("b", None)
    move("a", "c")

    with pytest.raises(CommandError, match="mend its parents"):
        load(old)

    assert parents() == {**BEFORE, "a": "c", "b": None}


@autocommit
def test_rows_of_trees_are_loaded_in_a_transaction_or_not_at_all(foreign, tree):
    (row,) = serializers.deserialize("python", [foreign(1, "x", tree["b"])])

    with pytest.raises(transaction.TransactionManagementError):
        row.save()
    with transaction.atomic():
        row.save()

    assert parents() == {**BEFORE, "x": "b"}


# Transactions that need what the other one holds


def beside(*writers):
    """Run each in a thread with a connection of its own; the first error is raised here."""

    def run(writer):
        try:
            writer()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(writers)) as pool:
        for future in [pool.submit(run, writer) for writer in writers]:
            future.result(timeout=30)


@autocommit
def test_two_trees_written_in_opposite_order_do_not_block_each_other():
    pk = CountryFactory().pk
    started = Event()

    def fields_first():
        with transaction.atomic():
            fresh("d").save()
            started.set()
            Event().wait(0.2)
            Country.objects.get(pk=pk).save()

    def countries_first():
        started.wait(10)
        with transaction.atomic():
            Country.objects.get(pk=pk).save()
            fresh("d").save()

    beside(fields_first, countries_first)

    assert fresh("d").version == 3


@autocommit
@pytest.mark.parametrize("first", ["update", "select_for_update", "update_or_create"])
def test_a_row_taken_before_the_trees_does_not_block_a_writer_of_trees(first):
    taken = Event()

    def row_first():
        with transaction.atomic():
            match first:
                case "update":
                    FieldOfWork.objects.filter(code="c").update(description="Mine")
                case "select_for_update":
                    FieldOfWork.objects.select_for_update().get(code="c")
                case "update_or_create":
                    FieldOfWork.objects.update_or_create(code="c", defaults={"description": "x"})
            taken.set()
            Event().wait(0.3)
            fresh("d").save()

    def shifts_that_row():
        taken.wait(10)
        FieldOfWork.objects.insert_node(
            FieldOfWork(code="x", slug="x", name="x"), fresh("c"), "left", save=True
        )

    beside(row_first, shifts_that_row)

    assert parents() == {**BEFORE, "x": "b"}


@pytest.fixture
def impatient(monkeypatch):
    """Wait for the trees only shortly."""
    monkeypatch.setattr(kit, "LONGEST_WAIT", "200ms")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 200")


@pytest.fixture
def busy(tree, impatient):
    """Somebody writes the trees and does not come to an end."""
    begun, over = Event(), Event()

    def writer():
        try:
            with tree_write():
                begun.set()
                over.wait(30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(writer)
        begun.wait(10)
        yield
        over.set()
        future.result(timeout=30)


@autocommit
def test_who_waits_too_long_for_the_trees_is_told_so(tree, busy):
    with pytest.raises(TreeBusy):
        tree["c"].save()
    with pytest.raises(TreeBusy):
        FieldOfWork.objects.filter(code="c").delete()


@autocommit
@pytest.mark.parametrize("page", ["change", "delete", "merge", "many", "drag"])
def test_who_waits_too_long_at_the_desk_is_told_so(client, superuser, tree, request, page):
    client.force_login(superuser)
    terms = reverse("admin:taxonomy_fieldofwork_changelist")
    d = tree["d"].pk
    post = {
        "change": (f"{terms}{d}/change/", {"name": "Mine", "opened_version": 1}),
        "delete": (f"{terms}{d}/delete/", {"post": "yes"}),
        "merge": (f"{terms}{d}/merge/", {"into": tree["c"].pk, "confirmed": "yes"}),
        "many": (terms, {"action": "delete_selected", "_selected_action": [d], "post": "yes"}),
        "drag": (terms, {"cmd": "move_node", "position": "left", "cut_item": d, "pasted_on": d}),
    }
    request.getfixturevalue("busy")

    answer = client.post(*post[page], follow=True)

    assert answer.status_code == 200
    page = answer if page != "drag" else client.get(terms)
    assert "The trees are being changed by somebody else." in page.content.decode()


# What the database itself refuses


@autocommit
@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such constraints")
@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("left_once", "lft = 1 WHERE code = 'b'"),
        ("right_once", "rght = 6 WHERE code = 'b'"),
        (
            "one_root",
            "(tree_id, lft, rght) = (SELECT tree_id, 8, 9 FROM taxonomy_fieldofwork"
            " WHERE code = 'a') WHERE code = 'd'",
        ),
        ("left_before_right", "lft = 9 WHERE code = 'c'"),
    ],
)
def test_numbers_written_past_everything_are_refused_at_commit(constraint, change):
    with (
        pytest.raises(IntegrityError, match=f"taxonomy_fieldofwork_{constraint}"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE taxonomy_fieldofwork SET {change}")
