import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User

from osce_cms.backends import OneQuestionBackend

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["plain", "superuser", "inactive"])
def test_permissions_are_those_of_django_and_cost_one_question(kind, django_assert_num_queries):
    person = User.objects.create_user("p", is_superuser=kind == "superuser")
    person.groups.add(Group.objects.get(name="Taxonomists"))
    person.user_permissions.add(*Permission.objects.all()[:3])
    User.objects.filter(pk=person.pk).update(is_active=kind != "inactive")

    expected = ModelBackend().get_all_permissions(User.objects.get(pk=person.pk))
    person = User.objects.get(pk=person.pk)
    with django_assert_num_queries(0 if kind == "inactive" else 1):
        found = OneQuestionBackend().get_all_permissions(person)
        OneQuestionBackend().has_perm(person, "taxonomy.view_country")

    assert found == expected
    assert bool(found) == (kind != "inactive")
