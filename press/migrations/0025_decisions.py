from django.conf import settings
from django.db import migrations, models


def give(apps, schema_editor):
    """What the group may do since 0022, to groups that were there before. A new one gets it by groups.py.

    Once: what people take from a group afterwards is not given again.
    """
    using = schema_editor.connection.alias
    group = apps.get_model("auth", "Group").objects.using(using).filter(name="Taxonomists").first()
    if not group:
        return
    # Both come after all migrations otherwise.
    of, _ = apps.get_model("contenttypes", "ContentType").objects.using(using).get_or_create(
        app_label="press", model="termdecision"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.using(using).get_or_create(
        content_type=of,
        codename="decide_labels",
        defaults={"name": "Can decide what labels of the archive mean"},
    )
    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("press", "0024_archive_extras"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(give, migrations.RunPython.noop),
        *(
            migrations.AlterField(
                model,
                "by",
                models.ForeignKey(
                    to=settings.AUTH_USER_MODEL,
                    on_delete=models.PROTECT,
                    null=True,
                    related_name="+",
                    help_text="Who decided; empty for a command.",
                ),
            )
            for model in ("contactsuggestion", "countrysuggestion", "termdecision")
        ),
    ]
