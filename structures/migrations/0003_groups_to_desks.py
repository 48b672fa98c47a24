from django.conf import settings
from django.db import migrations

ROLES = {"Editors": "editor", "Publishers": "publisher"}  # whoever is in both is a publisher


def to_desks(apps, schema_editor):
    """People of the two groups of old work at the central desk, and the groups are gone."""
    Group = apps.get_model("auth", "Group")
    DeskMember = apps.get_model("structures", "DeskMember")
    for name, role in ROLES.items():
        for group in Group.objects.filter(name=name):
            for person in group.user_set.all():
                DeskMember.objects.update_or_create(
                    person_id=person.pk, desk=None, defaults={"role": role}
                )
            group.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("structures", "0002_desks"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(to_desks, migrations.RunPython.noop)]
