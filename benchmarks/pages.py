"""Queries and milliseconds of each public page and of the desk, on the database that the settings name.

    .venv/bin/python benchmarks/pages.py [RUNS]

Whole pages through Django's test client, templates included, without a network. Machines are noisy:
compare lines of one run, not runs. "ratio" is the median against that of the home page. The desk is asked
by a plain editor of one desk that owns three of five releases; what is written for that is rolled back.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osce_cms.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from press.models import PressRelease  # noqa: E402
from structures.models import Role, Structure  # noqa: E402
from taxonomy.models import FieldOfWork  # noqa: E402

PAGES = {
    "home": "/",
    "list": "/press-releases/",
    "list, one filter": "/press-releases/?structure=field-operations",
    "list, three filters": "/press-releases/?field=policing&country=participating-states&language=en",
    "list, words": "/press-releases/?q=border",
    "release": "{release}",
    "tree": "/structures/",
    "term": "/structures/field-operations/",
    "page": "/about-us/",
}


DESK = {
    "desk": "/admin/",
    "desk: list": "/admin/press/pressrelease/",
    "desk: third page": "/admin/press/pressrelease/?p=3",
    "desk: words": "/admin/press/pressrelease/?q=border",
    "desk: drafts": "/admin/press/pressrelease/?state__exact=draft",
    "desk: one field": "/admin/press/pressrelease/?fields_of_work__branch={field}",
    "desk: one month": "/admin/press/pressrelease/?when=2015-6",
    "desk: new": "/admin/press/pressrelease/add/",
    "desk: draft": "/admin/press/pressrelease/{draft}/change/",
    "desk: public": "/admin/press/pressrelease/{public}/change/",
    "desk: history": "/admin/press/pressrelease/{public}/history/",
    "desk: to publish": "/admin/press/pressrelease/{draft}/step/submit/",
}


def main(runs):
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    release = PressRelease.objects.listed(timezone.now()).newest_first().first()
    print(f"{PressRelease.objects.count()} releases, {connection.vendor}, {runs} runs a page")
    print(f"{'page':22}{'queries':>8}{'median ms':>11}{'p95 ms':>8}{'ratio':>7}{'bytes':>8}")
    pages = {
        name: path.format(release=release.get_absolute_url() if release else "/")
        for name, path in PAGES.items()
    }
    home = measured(Client(), pages, runs)
    with transaction.atomic():
        client, pages = desk()
        measured(client, pages, max(runs // 4, 1), home)
        transaction.set_rollback(True)


def desk():
    """(a client that is signed in as an editor of one desk, {name: address} of its pages)"""
    structure = Structure.objects.filter(parent=None).first()
    person = User.objects.create_user("editor-of-the-benchmark", is_staff=True)
    person.desk_memberships.create(role=Role.EDITOR, desk=structure)
    last = PressRelease.objects.order_by("pk").values_list("pk", flat=True)
    most = last[PressRelease.objects.count() * 3 // 5]
    PressRelease.objects.filter(pk__lte=most).update(desk=structure)
    draft = PressRelease.objects.create(title="A draft", body="Text", desk=structure)
    public = PressRelease.objects.listed(timezone.now()).filter(desk=structure).first()
    client = Client()
    client.force_login(person)
    known = {
        "field": FieldOfWork.objects.first().pk,
        "draft": draft.pk,
        "public": public.pk,
    }
    return client, {name: path.format(**known) for name, path in DESK.items()}


def measured(client, pages, runs, home=None):
    """Print a line for each page; the median of the first one when no other is given."""
    for name, path in pages.items():
        client.get(path)  # what is read once in a process is not counted
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        queries = len(captured)  # now: the next request empties the log
        times = sorted(timed(client, path) for _ in range(runs))
        median, p95 = statistics.median(times), times[int(len(times) * 0.95)]
        home = home or median
        print(
            f"{name:22}{queries:8}{median:11.1f}{p95:8.1f}{median / home:7.1f}"
            f"{len(answer.content):8}"
            + ("" if answer.status_code == 200 else f"  {answer.status_code}!")
        )
    return home


def timed(client, path):
    start = time.perf_counter()
    client.get(path)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
