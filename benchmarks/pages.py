"""Queries and milliseconds of each public page, on the database that the settings name.

    .venv/bin/python benchmarks/pages.py [RUNS]

Whole pages through Django's test client, templates included, without a network. Machines are noisy:
compare lines of one run, not runs. "ratio" is the median against that of the home page.
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
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from press.models import PressRelease  # noqa: E402

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


def main(runs):
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    client, home = Client(), None
    release = PressRelease.objects.filter(state="published").first()
    print(f"{PressRelease.objects.count()} releases, {connection.vendor}, {runs} runs a page")
    print(f"{'page':22}{'queries':>8}{'median ms':>11}{'p95 ms':>8}{'ratio':>7}{'bytes':>8}")
    for name, path in PAGES.items():
        path = path.format(release=release.get_absolute_url() if release else "/")
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


def timed(client, path):
    start = time.perf_counter()
    client.get(path)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
