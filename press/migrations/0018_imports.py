import hashlib
import json
from datetime import UTC

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import migrations, models


TEXTS = ["kind", "language", "title", "summary", "dateline", "body", "published_at", "precision", "legacy_url"]


def digest(release, columns):
    values = [getattr(release, name) for name in columns]
    text = json.dumps(values, default=lambda at: at.astimezone(UTC).isoformat(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def know_origins(apps, schema_editor):
    """What was imported before there was a ledger: its digest covered the labels, too."""
    Release, Origin = apps.get_model("press", "PressRelease"), apps.get_model("press", "Origin")
    found = []
    for release in Release.objects.exclude(legacy_key=None).iterator(chunk_size=500):
        before = digest(release, [*TEXTS, "legacy_labels", "unmatched_labels"])
        node, colon, _ = release.legacy_key.partition(":")
        found.append(
            Origin(
                release_id=release.pk,
                node=node if colon else "",
                # Who edited it since has it.
                digest=digest(release, TEXTS) if before == release.import_digest else "",
            )
        )
    Origin.objects.bulk_create(found, batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('press', '0017_translations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveBigIntegerField()),
                ('action', models.CharField(choices=[('created', 'Created'), ('updated', 'Updated'), ('unchanged', 'Unchanged'), ('skipped', 'Skipped'), ('failed', 'Failed'), ('conflict', 'Conflict')], max_length=10)),
                ('path', models.CharField(max_length=500)),
                ('key', models.CharField(blank=True, db_index=True, max_length=100)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('captured_at', models.DateTimeField(null=True)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('title', models.CharField(blank=True, max_length=500)),
                ('version', models.PositiveIntegerField(help_text='Of the release, afterwards.', null=True)),
                ('undo', models.JSONField(encoder=DjangoJSONEncoder, help_text='What an update found.', null=True)),
                ('payload', models.CharField(blank=True, max_length=64)),
                ('is_row', models.BooleanField(default=False, help_text='Of a table, not a page.')),
                ('raw', models.BinaryField(help_text='What could not be taken, to mend it.', null=True)),
                ('release', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='import_items', to='press.pressrelease')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'default_permissions': [],
            },
        ),
        migrations.CreateModel(
            name='ImportMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(max_length=10)),
                ('code', models.CharField(db_index=True, max_length=40)),
                ('field', models.CharField(blank=True, max_length=40)),
                ('raw', models.CharField(blank=True, max_length=300)),
                ('text', models.TextField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='press.importitem')),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': [],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('sources', models.JSONField(default=list)),
                ('fingerprint', models.CharField(help_text='Of the files: the same ones go on.', max_length=64)),
                ('options', models.JSONField(default=dict)),
                ('version', models.CharField(help_text='Of the importer.', max_length=20)),
                ('mapping', models.CharField(help_text='Of the names by which terms were found.', max_length=64)),
                ('status', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('finished', 'Finished'), ('failed', 'Given up'), ('rolled_back', 'Rolled back')], default='running', max_length=20)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now, help_text='The last sign of life.')),
                ('finished_at', models.DateTimeField(null=True)),
                ('done', models.PositiveBigIntegerField(default=0, help_text='Records dealt with, in order.')),
                ('counts', models.JSONField(default=dict, help_text='By action.')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'default_permissions': ['view'],
            },
        ),
        migrations.AddField(
            model_name='importitem',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='press.importrun'),
        ),
        migrations.CreateModel(
            name='Origin',
            fields=[
                ('release', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='origin', serialize=False, to='press.pressrelease')),
                ('node', models.CharField(blank=True, help_text='Of the old site.', max_length=12)),
                ('path', models.CharField(blank=True, max_length=500)),
                ('payload', models.CharField(blank=True, help_text='Hash of what was read.', max_length=64)),
                ('digest', models.CharField(blank=True, help_text='Of the texts it wrote.', max_length=64)),
                ('captured_at', models.DateTimeField(null=True)),
                ('printed_date', models.CharField(blank=True, max_length=300)),
                ('printed_day', models.DateField(null=True)),
                ('dateline_day', models.DateField(null=True)),
                ('named', models.JSONField(default=dict, help_text='The terms that its labels named, by link.')),
                ('lacks_files', models.BooleanField(default=False)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='origins', to='press.importrun')),
            ],
            options={
                'default_permissions': [],
            },
        ),
        migrations.AddIndex(
            model_name='importitem',
            index=models.Index(fields=['run', 'action'], name='press_import_action'),
        ),
        migrations.AddIndex(
            model_name='importitem',
            index=models.Index(condition=models.Q(('action', 'skipped')), fields=['payload'], name='press_import_skipped'),
        ),
        migrations.AddIndex(
            model_name='origin',
            index=models.Index(condition=models.Q(('payload', ''), _negated=True), fields=['payload'], name='press_payload'),
        ),
        migrations.AddIndex(
            model_name='origin',
            index=models.Index(condition=models.Q(('node', ''), _negated=True), fields=['node'], name='press_node'),
        ),
        migrations.RunPython(know_origins, migrations.RunPython.noop),
    ]
