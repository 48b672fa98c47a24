"""Whether trees stay whole under many writers, and what that costs: the tree kit beside bare django-mptt.

    .venv/bin/python -m benchmarks.trees [--processes 8] [--operations 20] [--rounds 6]

Runs on a scratch database beside the one that DATABASE_URL names (PostgreSQL), or on a scratch file
(SQLite), and removes it. Three parts: rounds in which PROCESSES writers do OPERATIONS each on one tree,
after which every number of it is computed again; writers that are killed (kill -9) at a random moment,
one at a time, without doing else what breaks a bare tree; a reader beside PROCESSES writers of the kit.
Exit code 1 when the kit fails in any.
"""

import argparse
import os
import random
import secrets
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parent.parent
KIT = ["taxonomy.FieldOfWork", "taxonomy.Meeting", "taxonomy.Country", "structures.Structure"]
BARE = "bare.Node"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--operations", type=int, default=20, help="of each process in a round")
    parser.add_argument("--rounds", type=int, default=6, help="for each tree")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=10, help="for the reader to read")
    options = parser.parse_args()
    environ.Env.read_env(ROOT / ".env")
    with scratch_database() as url:
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)
        print(
            f"{options.rounds} rounds a tree, {options.processes} processes x"
            f" {options.operations} operations, {url.split(':')[0]}"
        )
        print(
            f"{'tree':24}{'rounds broken':>14}{'violations':>12}{'lost':>6}{'failed':>8}{'ops/s':>8}"
        )
        broken = {label: write(label, options) for label in [BARE, *KIT]}
        print(f"\n{'tree':24}{'kills':>14}{'broken':>12}")
        for label in (BARE, KIT[0]):
            broken[label] += kill_writers(label, options)
        broken[KIT[0]] += read(KIT[0], options)
    sys.exit(any(broken[label] for label in KIT))


def write(label, options):
    """Print what became of the tree of label; how much was wrong with it."""
    from benchmarks.tree_writer import begin, codes, codes_after, finish, start

    total = {"broken": 0, "violations": 0, "lost": 0, "failed": 0, "done": 0, "seconds": 0.0}
    for number in range(options.rounds):
        before = codes([label])
        seeds = range(number * 1000, number * 1000 + options.processes)
        writers = start([label], seeds, options.operations)
        begin(*writers)
        reports = finish(writers)
        total["lost"] += len(codes_after(before, reports) ^ codes([label]))
        total["failed"] += sum(len(report["failed"]) for report in reports)
        total["done"] += sum(report["done"] for report in reports)
        total["seconds"] += max(report["seconds"] for report in reports)
        found = count_and_repair(label)
        total["violations"] += found
        total["broken"] += bool(found)
    print(
        f"{label:24}{total['broken']:9} of {options.rounds:2}{total['violations']:12}"
        f"{total['lost']:6}{total['failed']:8}{total['done'] / total['seconds']:8.0f}"
    )
    return total["violations"] + total["lost"] + total["failed"]


def kill_writers(label, options):
    from benchmarks.tree_writer import begin, kill, start

    chance, broken = random.Random(1), 0  # noqa: S311
    for number in range(options.kills):
        (writer,) = start([label], [90_000 + number], 0, "--careful")
        begin(writer)
        time.sleep(chance.uniform(0.05, 0.5))
        kill(writer)
        broken += bool(count_and_repair(label))
    print(f"{label:24}{options.kills:14}{broken:12}")
    return broken


def read(label, options):
    """Ask for a node and what is below it, in two ways, while others write; the wrong ones by branch()."""
    from django.apps import apps

    from benchmarks.tree_writer import begin, is_branch, kill, start

    model = apps.get_model(label)
    top = model.objects.create(code="top", slug="top", name="top")
    for code in ("left", "right"):
        model.objects.create(code=code, slug=code, name=code, parent=top)
    left = model.objects.get(code="left")
    seeds = range(80_000, 80_000 + options.processes // 2)
    groups = ("--group=left", "--group=right")
    writers = [each for group in groups for each in start([label], seeds, 0, group)]
    ways = {
        "get(), get_descendants()": lambda: model.objects.get(pk=left.pk).get_descendants(True),
        "branch()": lambda: model.objects.branch([left.pk]),
    }
    looks, wrong = 0, dict.fromkeys(ways, 0)
    begin(*writers)
    end = time.time() + options.seconds
    while time.time() < end:
        looks += 1
        for way, ask in ways.items():
            wrong[way] += not is_branch(list(ask()), left.pk)
    kill(*writers)
    print(f"\n{'reader':24}{'looks':>14}{'wrong':>12}")
    for way, number in wrong.items():
        print(f"{way:24}{looks:14}{number:12}")
    return wrong["branch()"]


def count_and_repair(label):
    from django.apps import apps

    from taxonomy.integrity import repair, violations

    found = violations(apps.get_model(label))
    if found:
        repair(apps.get_model(label))
    return len(found)


@contextmanager
def scratch_database():
    url = os.environ.get("DATABASE_URL") or "sqlite:///"
    if url.startswith("sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/trees.sqlite3"
        return
    import psycopg

    name = f"osce_cms_trees_{secrets.token_hex(4)}"
    server = url.rsplit("/", 1)[0].replace("postgres://", "postgresql://")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{url.rsplit('/', 1)[0]}/{name}"
        finally:
            from django.db import connections

            connections.close_all()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
