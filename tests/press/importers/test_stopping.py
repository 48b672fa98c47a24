"""Imports that are stopped, killed or started twice: real processes on a real database."""

import os
import random
import signal
import time

import pytest

from press.importers.prepare import VERSION
from press.importers.run import Options
from press.importers.sources import Sources
from press.models import Action, ImportItem, ImportRun, PressRelease, RunStatus
from tests.press.importers.archives import (
    children,
    content,
    ended,
    export,
    forget,
    row,
    start,
    stop,
    wait_for,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("taxonomy")]
KILLS = int(os.environ.get("IMPORT_KILLS", 4))
SEED = 20


@pytest.fixture
def begin():
    """begin(arguments) -> the process; what still runs at the end is killed."""
    started = []

    def begun(*arguments, **environment):
        process = start("import_releases", *arguments, **environment)
        started.append(process)
        return process

    yield begun
    for process in started:
        stop(process)


def rows_of_all_kinds(number):
    """What is created, in families too, what fails, and what is there twice."""
    for n in range(number):
        if n % 50 == 7:
            yield row(n, title=None)
        elif n % 50 == 9:
            yield row(n - 1)
        elif n % 10 == 3:
            german = "Die Mannschaft hielt das Licht für die Schiffe auf dem Weg in den Hafen wach."
            yield row(n - 1, language="de", title=f"Lampe {n}", body=german, field="Policing")
        else:
            yield row(n)


def ledger():
    """(sums of the last run, what its items are)"""
    run = ImportRun.objects.first()
    counts = {action: run.items.filter(action=action).count() for action in Action}
    counts[Action.UNCHANGED] = run.counts.get(Action.UNCHANGED, 0)
    return run.counts, {action: number for action, number in counts.items() if number}


def test_killed_at_any_moment_it_goes_on_to_what_it_would_have_been(begin, tmp_path):
    """Some processes leave after the import was finished already, which is a moment, too."""
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(500))
    begun = time.monotonic()
    end = ended(begin(source, "--batch-size", 50))
    seconds = time.monotonic() - begun
    assert end[0] == 3
    expected, sums = content(), ImportRun.objects.get().counts
    assert sum(sums.values()) == 500
    moments = random.Random(SEED)
    forget()

    for number in range(KILLS):
        if number % 3 == 0:
            forget()
        process = begin(source, "--batch-size", 50)
        time.sleep(moments.uniform(0.3, seconds))
        preparing = children(process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        wait_for(lambda these=preparing: not any(os.path.exists(f"/proc/{n}") for n in these))
    code, _, err = ended(begin(source, "--batch-size", 50))

    assert code == 3, err
    assert content() == expected
    assert (
        PressRelease.objects.count() == PressRelease.objects.values("legacy_key").distinct().count()
    )
    written, told = ledger()
    assert written == told
    if ImportRun.objects.count() == 1:
        assert written == sums
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("number", "reaches"),
    [(signal.SIGTERM, "process"), (signal.SIGTERM, "group"), (signal.SIGINT, "group")],
)
def test_a_signal_lets_the_batch_end_and_the_same_command_goes_on(begin, tmp_path, number, reaches):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(900))
    process = begin(source, "--batch-size", 20)
    wait_for(lambda: ImportRun.objects.filter(done__gte=100).exists())

    (os.killpg if reaches == "group" else os.kill)(process.pid, number)
    code, out, err = ended(process)

    run = ImportRun.objects.get()
    assert (code, run.status) == (130, RunStatus.PAUSED), err
    assert "the same command goes on" in out
    assert "Traceback" not in err
    assert run.done % 20 == 0
    assert run.done == sum(run.counts.values()) < 900

    code, out, err = ended(begin(source, "--batch-size", 20))

    run.refresh_from_db()
    assert (code, run.status, sum(run.counts.values())) == (3, RunStatus.FINISHED, 900)
    assert "which was paused" in out
    assert ImportRun.objects.count() == 1
    assert ledger()[0] == ledger()[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(begin, tmp_path, number):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(2000))
    process = begin(source, "--batch-size", 1000)
    wait_for(lambda: children(process))
    os.kill(process.pid, number)
    time.sleep(0.2)
    preparing = children(process)
    begun = time.monotonic()

    os.kill(process.pid, number)
    code, _, err = ended(process)

    assert time.monotonic() - begun < 5
    assert code in (130, -number)
    assert "Traceback" not in err
    wait_for(lambda: not any(os.path.exists(f"/proc/{n}") for n in preparing))


def test_without_one_of_its_processes_it_says_so_and_can_go_on(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(1000))
    process = begin(source, "--batch-size", 20)
    wait_for(lambda: ImportRun.objects.filter(done__gte=200).exists())
    os.kill(children(process)[0], signal.SIGKILL)

    code, _, err = ended(process)

    assert code == 1
    assert "the same command goes on" in err
    assert "Traceback" not in err
    code, _, err = ended(begin(source))
    assert (code, sum(ImportRun.objects.get().counts.values())) == (3, 1000), err


def test_when_one_of_its_processes_is_killed_as_it_begins_it_says_so_and_can_go_on(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(1000))
    process = begin(source, "--batch-size", 20)
    # The out-of-memory killer comes while they still load what they need.
    os.kill(wait_for(lambda: children(process))[0], signal.SIGKILL)

    code, _, err = ended(process, within=20)

    assert code == 1
    assert "the same command goes on" in err
    assert "Traceback" not in err
    code, _, err = ended(begin(source))
    assert (code, sum(ImportRun.objects.get().counts.values())) == (3, 1000), err


def test_what_its_processes_need_is_left_nowhere(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(300))
    (tmp_path / "passing").mkdir()

    code, _, err = ended(begin(source, "--batch-size", 20, TMPDIR=str(tmp_path / "passing")))

    assert code == 3, err
    assert list((tmp_path / "passing").iterdir()) == []


def test_a_second_start_is_refused_and_names_the_first(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(3000))
    first = begin(source, "--batch-size", 20)
    run = wait_for(ImportRun.objects.first)

    code, _, err = ended(begin(source))

    assert code == 4
    assert f"import {run.pk}" in err
    assert ImportRun.objects.count() == 1
    stop(first)


def test_two_starts_at_the_same_moment_import_once(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", rows_of_all_kinds(500))

    ends = [ended(each) for each in [begin(source, "--batch-size", 20) for _ in range(2)]]

    # The machine may be so slow that one was over when the other began.
    assert sorted(code for code, _, _ in ends) in ([3, 4], [3, 3]), ends
    assert PressRelease.objects.count() == ImportItem.objects.filter(action="created").count()


def test_a_killed_run_is_taken_over_and_its_last_sign_of_life_told(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", [row(n) for n in range(700)])
    process = begin(source, "--batch-size", 20)
    wait_for(lambda: ImportRun.objects.filter(done__gte=100).exists())
    stop(process)
    run = ImportRun.objects.get()
    assert run.status == RunStatus.RUNNING

    code, out, _ = ended(begin(source, "--batch-size", 20))

    assert code == 0
    assert (
        f"Went on with import {run.pk}, which was last seen alive at {run.seen_at:%Y-%m-%d}" in out
    )
    assert PressRelease.objects.count() == 700


def test_with_another_source_in_between_a_killed_run_is_given_up(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", [row(n) for n in range(700)])
    other = export(tmp_path / "b.jsonl", [row(n) for n in range(2000, 2010)])
    process = begin(source, "--batch-size", 20)
    wait_for(lambda: ImportRun.objects.filter(done__gte=100).exists())
    stop(process)
    done = ImportRun.objects.get().done

    code, out, _ = ended(begin(other))

    assert code == 0
    assert f"Gave up import {ImportRun.objects.last().pk}, which was last seen alive" in out
    assert ImportRun.objects.last().status == RunStatus.FAILED
    assert ended(begin(source))[0] == 0
    assert ImportRun.objects.first().counts == {"created": 700 - done, "unchanged": done}
    assert PressRelease.objects.count() == 710


def test_killed_after_what_was_unchanged_it_does_not_take_a_second_capture(begin, tmp_path):
    """Which of two captures was met first is known of the first half, too."""
    rows = [row(n) for n in range(300)]
    source = export(tmp_path / "a.jsonl", rows)
    assert ended(begin(source))[0] == 0
    source = export(tmp_path / "a.jsonl", [*rows, row(5, title="Other")])
    run = ImportRun.objects.get()
    ImportRun.objects.create(
        fingerprint=Sources([str(source)]).fingerprint(),
        options=Options().kept(),
        version=VERSION,
        mapping=run.mapping,
        done=200,
        counts={"unchanged": 200},
    )

    _, out, _ = ended(begin(source))

    assert "300 unchanged + 1 skipped" in out
    assert not PressRelease.objects.filter(title="Other").exists()


WAITING = 1.0  # seconds


def test_editors_save_while_an_import_runs(begin, tmp_path):
    source = export(tmp_path / "a.jsonl", [row(n) for n in range(3000)])
    release = PressRelease.objects.create(title="Ours", body="<p>x</p>", language="en")
    process = begin(source)
    wait_for(lambda: ImportRun.objects.filter(done__gt=0).exists())
    waited = []
    while process.poll() is None:
        begun = time.monotonic()
        PressRelease.objects.get(pk=release.pk).save()
        waited.append(time.monotonic() - begun)
        time.sleep(0.05)

    assert ended(process)[0] == 0
    assert len(waited) > 5
    assert sorted(waited)[int(len(waited) * 0.9)] < WAITING
