"""Archives to import, the command that does it, and all that it can change."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from press.models import ImportRun, LegacyUrl, PressRelease
from press.search.models import SearchText
from tests.taxonomy.test_stress import database_url

TEXT = "The crew of the lighthouse kept the lamp burning for the ships that were on the way to the port."
LEDGER = ("press_import", "press_origin")
# What differs between two databases that hold the same: numbers, moments, what an import notes of itself.
PASSING = {
    *("id", "run_id", "item_id", "created_at", "updated_at", "at", "note", "seen_at", "snapshot"),
    *("payload", "version", "content_version", "duration"),
}
ACTIONS = ["created", "updated", "unchanged", "skipped", "failed", "conflict"]


def row(number, **more):
    """One line of an export."""
    fields = {
        "id": 1000 + number,
        "title": f"Lamp {number} burns",
        "body": f"<p>{TEXT} It is lamp {number}.</p>",
        "language": "en",
        "date": day_of(number),
        "field": "Youth",
        "source": "ODIHR",
    }
    return {name: value for name, value in (fields | more).items() if value is not None}


def export(path, rows):
    """Write rows, objects or lines as they are, as .jsonl."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def day_of(number):
    """Another day for each of 3,360 numbers: texts so much alike on one day would be told as doubles."""
    year = 2000 + number % 20 - 20 * (number // 1680 % 2)
    return f"{year}-{(4 + number // 140) % 12 + 1:02}-{number % 28 + 1:02}"


class Run:
    """The command in this process: what it printed, how it ended, its sums."""

    def __init__(self, *sources, command="import_releases", **options):
        out, err = StringIO(), StringIO()
        self.code = 0
        try:
            call_command(command, *map(str, sources), stdout=out, stderr=err, **options)
        except SystemExit as end:
            self.code = end.code
        except CommandError as error:
            self.code = error.returncode
            err.write(str(error))
        self.out, self.err = out.getvalue(), err.getvalue()

    def __getattr__(self, name):
        return sums_in(self.out)[name]

    @property
    def sums(self):
        """The sums that are not 0, which close."""
        sums = sums_in(self.out)
        assert sums.pop("read") == sum(sums.values())
        return {name: number for name, number in sums.items() if number}


def sums_in(out):
    line = next(line for line in out.splitlines() if " read = " in line)
    words = line.replace(" read = ", " read + ").split(" + ")
    return {words.split()[1]: int(words.split()[0]) for words in words}


def stored(*, without=()):
    """{table: its rows} of all that there is but what Django keeps for itself."""
    with connection.cursor() as cursor:
        tables = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("press_", "structures_", "taxonomy_", "auth_", "django_admin_log"))
            and not name.startswith(tuple(without))
            and "fts" not in name
        ]
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def content():
    """What a reader or an editor can see of all releases, however and in which order it came here."""
    numbers = dict(PressRelease.objects.values_list("pk", "legacy_key"))
    search = dict(SearchText.objects.values_list("release_id", "title"))
    found = {}
    for release in PressRelease.objects.prefetch_related("images").order_by("legacy_key"):
        values = {
            each.attname: str(getattr(release, each.attname))
            for each in release._meta.concrete_fields
            if each.attname not in PASSING
        }
        values["translation_of_id"] = numbers.get(release.translation_of_id)
        for name in ("sources", "fields_of_work", "countries", "meetings"):
            values[name] = sorted(getattr(release, name).values_list("pk", flat=True))
        values["images"] = [(each.alt, each.legacy_name) for each in release.images.all()]
        values["search"] = search.get(release.pk)
        values["named"] = release.origin.named if hasattr(release, "origin") else None
        found[release.legacy_key] = values
    addresses = LegacyUrl.objects.values_list("address", "release__legacy_key", "language")
    return found, sorted(addresses)


def forget():
    """All that imports wrote."""
    ImportRun.objects.all().delete()
    PressRelease.objects.exclude(translation_of=None).delete()
    PressRelease.objects.all().delete()


def start(*arguments, **environment):
    """manage.py with arguments as a process of its own on the database of the test."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process, *, within=60):
    """(exit code, stdout, stderr)"""
    try:
        out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        stop(process)
        raise
    return process.returncode, out, err


def stop(process):
    """End it with all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def children(process):
    """The numbers of the processes that prepare captures for it."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((each / "stat").read_text().rsplit(")", 1)[1].split()[1])
            words = (each / "cmdline").read_text()
        except (OSError, IndexError, ValueError):
            continue
        if parent == process.pid and "spawn_main" in words:
            found.append(int(each.name))
    return found


def wait_for(question, within=30):
    end = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return answer
