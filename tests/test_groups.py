"""Groups that were there before a permission was: an upgrade gives it once, and takes nothing."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection

give = import_module("press.migrations.0025_decisions").give
pytestmark = pytest.mark.django_db


class Editor:
    """All that the migration wants of a schema editor."""

    connection = connection


def of(name):
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


@pytest.mark.parametrize("is_there", [True, False])
def test_an_upgrade_gives_an_old_group_the_labels_and_takes_nothing(is_there):
    decide = Permission.objects.get(codename="decide_labels")
    group = Group.objects.get(name="Taxonomists")
    group.permissions.remove(decide)
    group.permissions.add(Permission.objects.get(codename="view_logentry"))
    before = of("Taxonomists")
    if not is_there:
        decide.delete()

    give(apps, Editor)

    assert of("Taxonomists") == before | {"decide_labels"}


def test_without_the_group_nothing_is_made():
    Group.objects.all().delete()

    give(apps, Editor)

    assert not Group.objects.exists()
