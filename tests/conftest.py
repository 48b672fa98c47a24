from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, transaction

from osce_cms.rows import insert
from structures.seed import load_taxonomy
from taxonomy.models import ContentVersion, FieldOfWork

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("Europe/Vienna"))


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    """Uploads of each test in a folder of its own; static files by name, none has to be collected."""
    settings.MEDIA_ROOT = tmp_path / "media"
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def now(time_machine):
    """Noon in Vienna on 24 November 2026, where the clock stands still."""
    time_machine.move_to(NOW, tick=False)
    return NOW


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The trees are loaded once; each test rolls back what it does to them."""
    with django_db_blocker.unblock():
        load_taxonomy()
        TREES.update(rows_of_trees())


@pytest.fixture
def taxonomy(db):
    """The four trees as the data files have them, also after a test that emptied all tables."""
    if not FieldOfWork.objects.exists():
        put_trees_back()


TREES = {}  # {table: (columns, rows)} as load_taxonomy() left them, which takes seconds


def rows_of_trees():
    configs = map(apps.get_app_config, ["taxonomy", "structures"])
    tables = [model._meta.db_table for each in configs for model in each.get_models()]
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            found[table] = [column[0] for column in cursor.description], cursor.fetchall()
    del found[ContentVersion._meta.db_table]  # the database counts by itself
    return found


def put_trees_back():
    with transaction.atomic():
        for table, (columns, rows) in TREES.items():
            insert(table, columns, rows)


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("admin", password="x")
