"""The site as a whole: settings, headers, health, and that the models and migrations agree."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from tests.factories import DraftFactory

PRODUCTION = {
    "PATH": os.environ["PATH"],
    "SECRET_KEY": "a-long-random-text-for-this-test-only-with-enough-different-characters-0123456789",
    "DEBUG": "false",
    "ALLOWED_HOSTS": "press.example.org",
    "DATABASE_URL": "postgres://nobody@127.0.0.1/none",
}


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**PRODUCTION, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_production_settings_pass_the_deployment_check():
    done = manage("check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_a_wrong_database_address_stops_the_start_by_name():
    done = manage("check", DATABASE_URL="mysql://somewhere/else")

    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_secret_stops_the_start_by_name(tmp_path):
    # From a copy of the settings without the .env that a developer may have beside them.
    code = (
        "import pathlib, sys; source = pathlib.Path(sys.argv[1]).read_text();"
        "exec(compile(source, sys.argv[2], 'exec'), {'__file__': sys.argv[2]})"
    )
    settings_file = settings.BASE_DIR / "osce_cms/settings.py"
    done = subprocess.run(
        [sys.executable, "-c", code, settings_file, tmp_path / "osce_cms" / "settings.py"],
        env={"PATH": os.environ["PATH"], "DEBUG": "false"},
        capture_output=True,
        text=True,
    )

    assert done.returncode != 0
    assert "Set the SECRET_KEY environment variable" in done.stderr


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_process_is_alive_without_a_database(client):
    assert client.get("/livez", HTTP_HOST="10.0.0.7:8000").content == b"alive\n"


@pytest.mark.django_db
def test_the_site_is_ready_when_the_database_is_migrated(client):
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_site_is_not_ready_with_migrations_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'press'")
    try:
        answer = client.get("/readyz")
    finally:
        call_command("migrate", "press", fake=True, verbosity=0)

    assert (answer.status_code, answer.content) == (503, b"migrations are missing\n")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/press-releases/", "/no-such-page/", "/admin/login/"])
def test_every_page_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


@pytest.mark.django_db
def test_a_foreign_host_name_is_refused(client):
    assert client.get("/", HTTP_HOST="evil.example").status_code == 400


def test_the_address_of_a_draft_cannot_be_asked_for_through_the_admin_shortcut(admin_client):
    draft = DraftFactory()
    kind = ContentType.objects.get_for_model(draft)

    assert admin_client.get(f"/admin/r/{kind.pk}/{draft.pk}/").status_code == 404


def test_an_empty_secret_stops_the_start_by_name():
    done = manage("check", SECRET_KEY="")

    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_reads_the_first_lines_of_a_command_only_sees_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as nobody_reads:
        end = subprocess.run(
            [sys.executable, "manage.py", "diffsettings", "--all"],
            cwd=settings.BASE_DIR,
            stdout=nobody_reads,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert (end.returncode, end.stderr) == (141, "")
