"""Whether trees stay whole under many writers, and what that costs: the tree kit beside bare django-mptt.

    .venv/bin/python -m benchmarks.trees [--processes 8] [--operations 20] [--rounds 6]

Runs on a scratch database beside the one that DATABASE_URL names (PostgreSQL), or on a scratch file
(SQLite), and removes it. Each round starts PROCESSES writers with OPERATIONS each on one tree and then
computes every number of it again. Exit code 1 when the kit shows a violation or loses a node.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parent.parent
WRITER = [sys.executable, "-m", "benchmarks.tree_writer"]
KIT = ["taxonomy.FieldOfWork", "taxonomy.Meeting", "taxonomy.Country", "structures.Structure"]
BARE = ["bare.Node"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--operations", type=int, default=20, help="of each process in a round")
    parser.add_argument("--rounds", type=int, default=6, help="for each tree")
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
        broken = [measure(label, options) for label in [*BARE, *KIT]]
    sys.exit(any(broken[len(BARE) :]))


def measure(label, options):
    """Print a line for the tree of label; whether anything was wrong with it."""
    from django.apps import apps

    from taxonomy.integrity import violations

    model = apps.get_model(label)
    totals = {"broken": 0, "violations": 0, "lost": 0, "failed": 0, "done": 0, "seconds": 0.0}
    for number in range(options.rounds):
        here = set(model.objects.values_list("code", flat=True))
        reports = write(label, options, number)
        for report in reports:
            here |= set(report["created"])
        here -= {code for report in reports for code in report["deleted"]}
        found = violations(model)
        totals["violations"] += len(found)
        totals["broken"] += bool(found)
        totals["lost"] += len(here ^ set(model.objects.values_list("code", flat=True)))
        totals["failed"] += sum(
            count
            for report in reports
            for what, count in report["failures"].items()
            if what.startswith("failed")
        )
        totals["done"] += sum(report["done"] for report in reports)
        totals["seconds"] += max(report["seconds"] for report in reports)
        if found:
            model._tree_manager.rebuild()
    print(
        f"{label:24}{totals['broken']:9} of {options.rounds:2}{totals['violations']:12}"
        f"{totals['lost']:6}{totals['failed']:8}{totals['done'] / totals['seconds']:8.0f}"
    )
    return totals["violations"] or totals["lost"]


def write(label, options, number):
    writers = [
        subprocess.Popen(
            [*WRITER, label, str(number * 1000 + process), str(options.operations)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for process in range(options.processes)
    ]
    return [json.loads(writer.communicate()[0].splitlines()[-1]) for writer in writers]


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
