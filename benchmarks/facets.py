"""The filtered list: its data by the index and by the plain ORM, and whole pages, on the database that
the settings name. make_corpus fills one.

    .venv/bin/python -m benchmarks.facets [--runs 40] [--save FILE]
    .venv/bin/python -m benchmarks.facets --compare FILE FILE ...

Data are the rows of a page, the total and all counts; a page is the view with its templates, through
Django's test client. Each line takes turns with up to four sets of parameters, which are picked from the
database by their counts. A cold search asks the database for the words; a cached one has been asked
before, on another page or with other filters. What lasts long is run less often, or once. At the end a
release is published, moved to another year and deleted again. Machines are noisy: compare lines of one
run.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osce_cms.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from press.facets import PAGE_SIZE, current, orm  # noqa: E402
from press.facets.index import Index  # noqa: E402
from press.filters import Selection  # noqa: E402
from press.models import PressRelease  # noqa: E402
from press.search import match  # noqa: E402
from press.views import in_order_of  # noqa: E402

SECONDS = 4  # for one cell of the table
TOPICS = ["police", "election", "border", "media", "women", "court", "water", "youth", "rights"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=40, help="of each cell, less of slow ones")
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument(
        "--compare", type=Path, nargs="+", metavar="FILE", help="saved, small to large"
    )
    parser.add_argument("--no-oracle", action="store_true", help="without the plain ORM")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compare:
        compare([json.loads(path.read_text()) for path in options.compare])
        return
    if options.memory:
        print(json.dumps(memory()))
        return
    results = measure(options.runs, oracle=not options.no_oracle)
    if options.save:
        options.save.write_text(json.dumps(results, indent=1))


def measure(runs, *, oracle):
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    settings.DEBUG = False  # it keeps every query
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    current()
    results = {"releases": PressRelease.objects.count(), "vendor": connection.vendor}
    print(f"{results['releases']:,} releases, {connection.vendor}; median / p95 in ms, (queries)\n")
    print("| list | data | ORM | ratio | page |\n|---|---|---|---|---|")
    results["lists"] = {
        name: line(name, addresses, runs, oracle) for name, addresses in scenarios().items()
    }
    results["costs"] = costs(runs)
    print("\n| what else it costs | |\n|---|---|")
    for name, cost in results["costs"].items():
        print(f"| {name} | {cost} |")
    return results


def line(name, addresses, runs, oracle):
    """Measure and print one line of the table."""
    is_cold = name.endswith("cold")
    found = {
        "data": cell(data, addresses, runs, is_cold),
        "page": cell(partial(page, Client()), addresses, runs, is_cold),
    }
    if oracle and not name.endswith("cached"):  # to the ORM all searches are cold
        found["orm"] = cell(partial(data, query=orm.query), addresses, runs)
    ratio = f"{found['orm']['median'] / found['data']['median']:.0f}" if "orm" in found else ""
    cells = [name, shown(found["data"]), shown(found.get("orm")), ratio, shown(found["page"])]
    print(f"| {' | '.join(cells)} |", flush=True)
    return found


def shown(cell):
    return f"{cell['median']:.1f} / {cell['p95']:.1f} ({cell['queries']})" if cell else ""


def cell(act, addresses, runs, is_cold=False):
    """act on each of addresses in turn, until SECONDS are over; a slow first time counts as well."""

    def ask(address):
        if is_cold:
            current().found.clear()
        return milliseconds(act, address)

    with CaptureQueriesContext(connection) as captured:
        first = ask(addresses[0])
    queries = len(captured)  # now: the next request empties the log
    times = [first] if first > 1000 else []
    if not times:
        for address in addresses[1:]:  # what can be cached is cached now
            ask(address)
    end = time.perf_counter() + SECONDS - first / 1000
    for address in islice(cycle(addresses), runs):
        if times and time.perf_counter() > end:
            break
        times.append(ask(address))
    times.sort()
    return {
        "median": statistics.median(times),
        "p95": times[int(len(times) * 0.95)],
        "runs": len(times),
        "queries": queries,
    }


def milliseconds(act, *arguments):
    start = time.perf_counter()
    act(*arguments)
    return (time.perf_counter() - start) * 1000


# What is asked


def data(address, query=None):
    """The rows of a page, with the Result; query: that of the ORM, or None for that of the index."""
    at, index = timezone.now(), current()
    selection = Selection.parse(QueryDict(address), index.trees)
    words = match(selection.query)
    result = (query or index.query)(selection, words, selection.page, at=at)
    listed = PressRelease.objects.listed(at).for_lists(with_text=words is not None)
    return in_order_of(result.ids, listed), result


def page(client, address):
    answer = client.get(f"/press-releases/?{address}")
    assert answer.status_code == 200, (address, answer.status_code)


# Which parameters


def scenarios():
    """{name: addresses}"""
    counts = data("")[1].counts
    popular = pick(counts, most=True)
    rare = pick(counts, most=False)
    three = [f"{popular[n]}&{popular[n - 1]}&language=en" for n in range(len(popular))]
    words = found_words()
    searches = {"rare word": words[:4], "common word": words[-4:], "two words": pairs(words)}
    lists = {
        "no filter": [""],
        "one popular filter": popular,
        "one rare filter": rare,
        "three filters": three,
        "page 5,000": [deep("")],
        "page 5,000, popular": [deep(f"{each}&") for each in popular],
    }
    for name, queries in searches.items():
        for state in ("cold", "cached"):
            lists[f"{name}, {state}"] = [f"q={q}" for q in queries]
            lists[f"{name}, one filter, {state}"] = [f"{fitting(q)}&q={q}" for q in queries]
    return lists


def pick(counts, *, most):
    """One filter of each tree: the term with the most releases, or with the least."""
    filters = []
    for name, tree in current().trees.items():
        slugs = {node.pk: node.slug for node in tree.nodes}
        ranked = sorted((count, slugs[pk]) for pk, count in counts[name].items() if pk)
        if ranked:
            filters.append(f"{name}={ranked[-1 if most else 0][1]}")
    return filters


def fitting(query):
    """The most frequent of the filters that leave something of a search."""
    return (pick(data(f"q={query}")[1].counts, most=True) or ["language=en"])[0]


def deep(parameters):
    """The address of page 5,000 of a list, or of its last full page."""
    last = max(1, data(parameters)[1].total // PAGE_SIZE)
    number = min(5000, last)
    return f"{parameters}page={number}" if number > 1 else parameters.rstrip("&")


def found_words():
    """Words that are found, those of fewer releases first: names out of titles, and words of topics."""
    names = [
        row.title.split()[-1] for number in (1, 2) for row in data(f"page={number}&language=en")[0]
    ]
    totals = {word: data(f"q={word}")[1].total for word in [*names, *TOPICS]}
    return sorted((word for word, total in totals.items() if total), key=totals.get)


def pairs(words):
    """Two words each that stand in some releases together."""
    both = [f"{a}+{b}" for a in words[-4:] for b in words[-8:] if a < b]
    return sorted(both, key=lambda query: -data(f"q={query}")[1].total)[:4]


# What else it costs


def costs(runs):
    found = {"index build, s": min(milliseconds(Index.build) for _ in range(2)) / 1000}
    command = [sys.executable, "-m", "benchmarks.facets", "--memory"]
    found |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found |= changes(runs)
    return {name: round(cost, 3) for name, cost in found.items()}


def changes(runs):
    """Milliseconds until the index knows of a change, reading it included."""
    current()
    found = {"look for changes, ms": statistics.median(milliseconds(current) for _ in range(runs))}
    publish, backdate = [], []
    for number in range(min(runs, 10)):
        at = timezone.now() - timedelta(seconds=1)
        release = PressRelease(title="A benchmark", body="<p>It goes away.</p>", published_at=at)
        release.state, release.is_sample = "published", True
        release.save()
        try:
            publish.append(milliseconds(current))
            release.published_at = at - timedelta(days=365 * 25 + number)
            release.save()
            backdate.append(milliseconds(current))
        finally:
            release.delete()
        current()
    found["a release published, ms"] = statistics.median(publish)
    found["a release back-dated, ms"] = statistics.median(backdate)
    return found


def memory():
    """In a process of its own: what the index adds, and what a forked worker does not share."""
    PressRelease.objects.first()
    before = resident()
    index = current()
    added, highest = resident() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    connection.close()
    reading, writing = os.pipe()
    if not os.fork():
        for number in range(1, 51):
            data(f"page={number}")
        os.write(writing, json.dumps([private(), current() is index]).encode())
        os._exit(0)
    os.close(writing)
    own, is_shared = json.loads(os.read(reading, 1000))
    assert is_shared, "somebody wrote meanwhile"
    return {
        "resident memory of the index, MB": added,
        "resident at the height of the build, MB": highest,
        "private memory of a forked worker after 50 pages, MB": own,
    }


def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def private():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(each.split()[1]) for each in lines if each.startswith("Private_")) / 1024


# Several sizes


def compare(results):
    """Print the medians of several results side by side, and how much the last is of the first."""
    sizes = [f"{each['releases']:,}" for each in results]
    for kind, title in [("data", "list-page data"), ("page", "whole page"), ("orm", "plain ORM")]:
        head = [f"{title}, {results[0]['vendor']}, ms", *sizes, "growth"]
        print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
        for name in results[0]["lists"]:
            medians = [each["lists"].get(name, {}).get(kind, {}).get("median") for each in results]
            if all(medians):
                row(name, medians)
        print()
    print(f"| what else it costs | {' | '.join(sizes)} | growth |\n|{'---|' * (len(sizes) + 2)}")
    for name in results[0]["costs"]:
        row(name, [each["costs"][name] for each in results])


def row(name, values):
    growth = f"×{values[-1] / values[0]:.1f}" if values[0] else ""
    print(f"| {name} | {' | '.join(f'{each:.1f}' for each in values)} | {growth} |")


if __name__ == "__main__":
    main()
