import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from taxonomy.checks import check_tree_models
from taxonomy.integrity import violations
from taxonomy.models import ContentVersion, FieldOfWork
from taxonomy.schema import install, missing
from tests.factories import FieldFactory

pytestmark = pytest.mark.django_db


def overwrite(**values):
    """Write past the kit, as a slip in a database console does."""
    columns = ", ".join(f"{name} = %s" for name in values if name != "code")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE taxonomy_fieldofwork SET {columns} WHERE code = %s",
            [*(value for name, value in values.items() if name != "code"), values["code"]],
        )


def test_whole_trees_are_said_to_be_whole(taxonomy, capsys):
    call_command("check_trees")

    assert capsys.readouterr().out == "All trees are whole.\n"


@pytest.mark.parametrize("wrong", [{"rght": 4000}, {"level": 7}, {"lft": 1, "rght": 3000}])
def test_a_wrong_number_is_named_and_repaired(taxonomy, capsys, wrong):
    order = list(FieldOfWork.objects.values_list("code", flat=True))
    overwrite(code="water-management", **wrong)

    with pytest.raises(SystemExit) as ended:
        call_command("check_trees")
    assert ended.value.code == 1
    pk = FieldOfWork.objects.get(code="water-management").pk
    assert f"taxonomy.FieldOfWork {pk}: lft, rght, level, tree" in capsys.readouterr().err

    call_command("check_trees", repair=True)
    assert not violations(FieldOfWork)
    assert sorted(FieldOfWork.objects.values_list("code", flat=True)) == sorted(order)


def test_a_ring_of_parents_is_named_and_cut(taxonomy, capsys):
    first = FieldFactory(code="first", slug="first")
    second = FieldFactory(code="second", slug="second", parent=first)
    overwrite(code="first", parent_id=second.pk)

    with pytest.raises(SystemExit):
        call_command("check_trees")
    assert "form a ring" in capsys.readouterr().err

    call_command("check_trees", repair=True)
    assert FieldOfWork.objects.get(code="first").parent is None
    assert FieldOfWork.objects.get(code="second").parent.code == "first"


def test_what_the_database_should_watch_over_is_missed_and_put_back(capsys):
    triggers = {
        "sqlite": "DROP TRIGGER taxonomy_fieldofwork_counts_update",
        "postgresql": "DROP TRIGGER taxonomy_fieldofwork_counts ON taxonomy_fieldofwork",
    }
    with connection.cursor() as cursor:
        cursor.execute(triggers[connection.vendor])

    with pytest.raises(SystemExit):
        call_command("check_trees")
    assert "missing in the database: CREATE" in capsys.readouterr().err

    install(connection, apps.get_models())
    assert not missing(connection, apps.get_models())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", ["save", "move", "update", "name", "delete"])
def test_every_change_of_a_tree_raises_the_content_version(write):
    term, other = FieldFactory(), FieldFactory()
    before = ContentVersion.current()

    match write:
        case "save":
            term.save()
        case "move":
            FieldOfWork.objects.move_node(term, other)
        case "update":
            FieldOfWork.objects.filter(pk=term.pk).update(name="Past save")
        case "name":
            term.names.create(name="Alias")
        case "delete":
            term.delete()

    assert ContentVersion.current() > before


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_does_not_raise_the_content_version():
    from django.db import transaction

    term = FieldFactory()
    before = ContentVersion.current()

    with transaction.atomic():
        term.save()
        transaction.set_rollback(True)

    assert ContentVersion.current() == before


def test_all_our_trees_go_through_the_kit():
    assert check_tree_models(None) == []


@pytest.fixture
def fixture_file(tmp_path):
    """A fixture with a > (c, b), whose numbers belong to another database."""
    place = {"a": (None, 1, 6), "b": (9001, 4, 5), "c": (9001, 2, 3)}
    rows = [
        {
            "model": "taxonomy.fieldofwork",
            "pk": 9001 + number,
            "fields": {
                "code": code,
                "slug": code,
                "name": code,
                "parent": parent,
                "tree_id": 1,
                "lft": lft,
                "rght": rght,
                "level": 0 if parent is None else 1,
            },
        }
        for number, (code, (parent, lft, rght)) in enumerate(place.items())
    ]
    path = tmp_path / "terms.json"

    def written(**changes):
        for row in rows:
            row["fields"].update(changes.get(row["fields"]["code"], {}))
        path.write_text(json.dumps(rows))
        return str(path)

    return written


@pytest.mark.django_db(transaction=True)
def test_a_loaded_tree_ends_whole_beside_those_that_are_there(fixture_file):
    FieldFactory(code="here", slug="here")

    call_command("loaddata", fixture_file(), verbosity=0)

    assert not violations(FieldOfWork)
    children = FieldOfWork.objects.get(code="a").children.all()
    assert [term.code for term in children] == ["c", "b"]


@pytest.mark.django_db(transaction=True)
def test_what_is_loaded_but_is_no_tree_is_said_so_with_advice(fixture_file):
    with pytest.raises(CommandError, match="check_trees --repair"):
        call_command("loaddata", fixture_file(a={"parent": 9002}), verbosity=0)
