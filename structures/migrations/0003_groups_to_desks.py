from django.conf import settings
from django.db import migrations

ROLES = {"Editors": "editor", "Publishers": "publisher"}  # whoever is in both is a publisher
# What the groups gave beside rights on releases, and the central desk gives.
GIVEN = {
    "pages": ["change_page", "view_page"],
    "structures": ["view_structure", "view_structurename", "view_succession"],
    "taxonomy": [
        *("view_fieldofwork", "view_meeting", "view_country", "view_chairpersonship"),
        *("view_fieldofworkname", "view_meetingname", "view_countryname"),
    ],
}


def to_desks(apps, schema_editor):
    """People of the two groups of old work at the central desk.

    The groups are gone, but for what somebody had added to them: that is no right on releases, and is
    kept by those who had it.
    """
    Group = apps.get_model("auth", "Group")
    DeskMember = apps.get_model("structures", "DeskMember")
    for name, role in ROLES.items():
        for group in Group.objects.filter(name=name):
            for person in group.user_set.all():
                DeskMember.objects.update_or_create(
                    person_id=person.pk, desk=None, defaults={"role": role}
                )
            given = group.permissions.filter(content_type__app_label="press")
            for app, codenames in GIVEN.items():
                given |= group.permissions.filter(
                    content_type__app_label=app, codename__in=codenames
                )
            group.permissions.remove(*given)
            if not group.permissions.exists():
                group.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("structures", "0002_desks"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(to_desks, migrations.RunPython.noop)]
