"""Writers and readers of one database, each a process: python -m tests.press.facets.stress ROLE ...

writer SEED SECONDS   changes releases at random, one in ten times without committing
reader                brings its index up to date again and again; prints where it differs at the end
                      from one that is built anew, as JSON; it begins the end when it reads a line
forks                 builds the index and forks twice; after a line has come it prints how many
                      releases each child counts, as JSON
"""

import contextlib
import json
import os
import random
import sys
import threading
import time

import django


def write(seed, seconds):
    from django.db import DatabaseError, transaction

    from press.models import PressRelease
    from taxonomy.models import FieldOfWork

    chance, fields = random.Random(seed), list(FieldOfWork.objects.all())
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        # Deadlocks and releases that are gone by the time they are filed are rollbacks too.
        with contextlib.suppress(DatabaseError), transaction.atomic():
            for _ in range(chance.randint(1, 3)):
                change(chance, fields, PressRelease)
            # Transactions end in another order than that in which they wrote.
            time.sleep(chance.uniform(0, 0.004))
            if chance.random() < 0.1:
                transaction.set_rollback(True)
            done += 1
    print(done)


def change(chance, fields, PressRelease):
    from datetime import UTC, datetime, timedelta

    moment = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 3000))
    pks = list(PressRelease.objects.order_by("pk").values_list("pk", flat=True)[:200])
    deed = chance.random()
    if deed < 0.3 or len(pks) < 20:
        release = PressRelease(
            title="x", body="x", state="published", published_at=moment, kind="news-item"
        )
        release.save()
        release.fields_of_work.set(chance.sample(fields, 2))
        return
    some = PressRelease.objects.filter(pk=chance.choice(pks))
    if deed < 0.5:
        some.update(kind=chance.choice(["press-release", "spot-report", ""]))
    elif deed < 0.7:
        some.update(published_at=moment)
    elif deed < 0.9:
        for release in some:
            release.fields_of_work.add(chance.choice(fields))
    else:
        some.delete()


def read():
    from press.facets import current

    from .differences import from_rebuild

    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
    current()
    print("ready", flush=True)
    looks = 0
    while not ended.is_set():
        current()
        looks += 1
    print(json.dumps({"looks": looks, "differences": from_rebuild(current())}), flush=True)


def fork():
    from press.facets import warm

    warm()
    children = []
    for _ in range(2):
        (go, start), (answer, write) = os.pipe(), os.pipe()
        if not os.fork():
            os.read(go, 1)
            os.write(write, str(total()).encode())
            os._exit(0)
        children.append((start, answer))
    print("ready", flush=True)
    sys.stdin.readline()
    for start, _ in children:
        os.write(start, b"x")
    print(json.dumps([int(os.read(answer, 100)) for _, answer in children]), flush=True)


def total():
    from django.utils import timezone

    from press.facets import current
    from press.filters import Selection

    return current().query(Selection(), None, 1, at=timezone.now()).total


if __name__ == "__main__":
    django.setup()
    role, *arguments = sys.argv[1:]
    if role == "writer":
        write(int(arguments[0]), float(arguments[1]))
    elif role == "forks":
        fork()
    else:
        read()
