"""People of the two groups of old work at the central desk after the migration."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from structures.models import DeskMember
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def group(name, *codenames):
    found = Group.objects.create(name=name)
    found.permissions.set(Permission.objects.filter(codename__in=codenames))
    return found


def test_the_groups_become_desks_and_keep_only_what_somebody_had_added_to_them():
    editors = group("Editors", "change_pressrelease", "view_page", "view_meeting", "add_meeting")
    publishers = group("Publishers", "publish_pressrelease")
    one, both = UserFactory(), UserFactory()
    one.groups.add(editors)
    both.groups.add(editors, publishers)

    import_module("structures.migrations.0003_groups_to_desks").to_desks(apps, None)

    roles = DeskMember.objects.values_list("person", "desk", "role")
    assert sorted(roles) == [(one.pk, None, "editor"), (both.pk, None, "publisher")]
    assert [each.codename for each in editors.permissions.all()] == ["add_meeting"]
    assert not Group.objects.filter(name="Publishers").exists()
    assert one.groups.get() == editors
