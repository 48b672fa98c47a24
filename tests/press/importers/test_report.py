"""The report of an import: its sums close, its tables can be mended and fed back."""

import csv
import json

import pytest

from press.models import ImportRun, PressRelease, RunStatus
from tests.press.importers.archives import ACTIONS, TEXT, Run, export, row
from tests.press.importers.test_terms import another_import

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

TABLES = ["failed.csv", "conflicts.csv", "terms.csv", "redirects.csv", "items.jsonl"]


@pytest.fixture
def archive(tmp_path):
    """A folder of all that can happen to a record, twice if asked."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "good.html").write_text(page(title="=Lamp"))
    (folder / "bad.html").write_text("<html><h1>404</h1><p>Sorry.</p></html>")
    (folder / "worse.txt").write_text("Nothing.")
    (folder / "empty.html").write_text("")
    lines = [
        row(1),
        row(2, source="The Moon", field="@Sun"),
        row(1, title="Twice"),
        row(3, title=None),
        row(4, body=""),
        '{"title": ',
        row(5),
    ]
    export(folder / "a.jsonl", lines)
    (folder / "a.jsonl").open("ab").write(b'{"title": "\xff"}\n')
    return folder


def page(title="Lamp", text=TEXT):
    return (
        '<html lang="en"><link rel="canonical" href="https://old.example/x/4711"><article>'
        f"<p>Press release</p><h1>{title}</h1><dl><dt>Date:</dt><dd>3 May 2013</dd></dl>"
        f"<p>{text}</p></article></html>"
    )


def summary(folder):
    told = json.loads((folder / "summary.json").read_text())
    assert told["read"] == sum(told[action] for action in ACTIONS)
    return told


def table(folder, name):
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("given", [{}, {"dry_run": True}, {"fail_fast": True, "batch_size": 2}])
def test_the_sums_close_and_every_item_stands_in_it(archive, tmp_path, given):
    report = tmp_path / "report"
    for _ in range(2):
        run = Run(archive, report=str(report), **given)
        told = summary(report)

        assert {action: told[action] for action in ACTIONS if told[action]} == run.sums
        items = [json.loads(line) for line in (report / "items.jsonl").open()]
        # What was passed over before is counted only, as what is unchanged.
        for action in set(ACTIONS) - {"unchanged", "skipped"}:
            assert sum(item["action"] == action for item in items) == told[action]
        assert len(table(report, "failed.csv")) == told["failed"]
        lines = (report / "summary.md").read_text().splitlines()
        assert any(line.startswith(f"{told['read']} read = ") for line in lines)


def test_what_failed_is_mended_and_fed_back(archive, tmp_path):
    report = tmp_path / "report"
    first = Run(archive, report=str(report))
    failed = table(report, "failed.csv")
    assert first.failed == len(failed) == 7
    assert len({each["path"] for each in failed}) == 7
    pages = [each["path"] for each in failed if not each["path"].startswith("failed.jsonl")]
    for n, name in enumerate(pages):
        (report / name).write_text(page(title=f"Mended {n}").replace("4711", f"900{n}"))
    rows = [each for each in failed if each["path"].startswith("failed.jsonl")]
    export(report / "failed.jsonl", [row(500 + n) for n in range(len(rows))])

    again = Run(report / "failed", report / "failed.jsonl", manifest=str(report / "failed.csv"))

    assert (again.code, again.sums) == (0, {"created": 7})


def test_what_failed_can_be_fed_back_as_it_is(archive, tmp_path):
    report = tmp_path / "report"
    first = Run(archive, report=str(report))

    again = Run(report / "failed", report / "failed.jsonl", manifest=str(report / "failed.csv"))

    assert (again.code, again.sums) == (3, {"failed": first.failed})


def test_no_cell_is_a_formula(tmp_path):
    acting = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"]
    (tmp_path / "=1.txt").write_text("Nothing.")
    export(tmp_path / "a.jsonl", [row(n, field=each, title=each) for n, each in enumerate(acting)])
    Run(tmp_path / "a.jsonl")
    for release in PressRelease.objects.all():
        release.body = "<p>Ours.</p>"
        release.save()
    export(tmp_path / "a.jsonl", [row(n, title=f"{each}x") for n, each in enumerate(acting)])

    Run(tmp_path / "a.jsonl", tmp_path / "=1.txt", report=str(tmp_path / "report"))

    for name in TABLES[:4]:
        for cells in table(tmp_path / "report", name):
            assert not any(
                str(cell).startswith(("=", "+", "-", "@", "\t")) for cell in cells.values()
            )
    assert len(table(tmp_path / "report", "conflicts.csv")) == 5


def test_the_ledger_tells_the_same_as_the_run_did(archive, tmp_path):
    for folder in ("first", "second"):
        told, again = tmp_path / folder, tmp_path / f"{folder}-again"
        Run(archive, report=str(told))

        Run("last", command="import_report", report=str(again))

        for name in [*TABLES, "summary.md"]:
            assert (again / name).read_text() == (told / name).read_text(), name
        assert summary(again) == summary(told)
        kept = {each.name: each.read_bytes() for each in (told / "failed").iterdir()}
        assert kept == {each.name: each.read_bytes() for each in (again / "failed").iterdir()}
        (archive / "good.html").write_text(page(title="Other"))


def test_what_went_on_is_reported_as_a_whole(tmp_path):
    path = export(tmp_path / "a.jsonl", [row(n, title=None if n % 2 else "x") for n in range(10)])
    Run(path, report=str(tmp_path / "whole"))
    run = ImportRun.objects.get()
    run.items.filter(position__gte=6).delete()
    PressRelease.objects.filter(import_items=None).delete()
    run.status, run.done, run.counts = RunStatus.RUNNING, 6, {"created": 3, "failed": 3}
    run.save()

    Run(path, report=str(tmp_path / "parts"))

    assert len(table(tmp_path / "parts", "failed.csv")) == 5
    told, whole = summary(tmp_path / "parts"), summary(tmp_path / "whole")
    assert [told[action] for action in ACTIONS] == [whole[action] for action in ACTIONS]


# A folder that has a report already.


def files(folder):
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_what_was_mended_in_an_earlier_report_is_kept_as_it_is(archive, tmp_path):
    report = tmp_path / "report"
    Run(archive, report=str(report))
    (report / "failed.csv").write_text("mended")
    (report / "failed" / "note.txt").write_text("Ours.")
    (report / "unknown.txt").write_text("Ours, too.")
    before = files(report)
    unknown = before.pop("unknown.txt")

    for number in (1, 2):
        run = Run(archive, report=str(report))

        assert f"is in {report / f'earlier-{number}'} now" in run.out
        assert summary(report)["failed"] == run.failed == len(table(report, "failed.csv"))
    assert files(report / "earlier-1") == before
    assert (report / "unknown.txt").read_bytes() == unknown
    assert not (report / "failed" / "note.txt").exists()


def test_writing_a_report_again_keeps_the_earlier_one(archive, tmp_path):
    report = tmp_path / "report"
    Run(archive, report=str(report))
    before = files(report)

    again = Run("last", command="import_report", report=str(report))

    assert f"is in {report / 'earlier-1'} now" in again.out
    assert files(report / "earlier-1") == before


def test_a_resumed_import_keeps_the_report_of_its_first_part_and_writes_one_of_all(
    archive, tmp_path
):
    report = tmp_path / "report"
    first = Run(archive, report=str(report))
    (report / "failed" / "note.txt").write_text("Ours.")
    before = files(report)
    ImportRun.objects.update(status=RunStatus.PAUSED, finished_at=None, done=3)
    row = ImportRun.objects.get()
    counts = dict.fromkeys(ACTIONS, 0)
    for item in row.items.filter(position__lt=3):
        counts[item.action] += 1
    row.items.filter(position__gte=3).delete()
    ImportRun.objects.update(counts={name: n for name, n in counts.items() if n})

    again = Run(archive, report=str(report))

    assert "Went on with" in again.out
    assert files(report / "earlier-1") == before
    assert not (report / "earlier-2").exists()
    assert summary(report)["failed"] == len(table(report, "failed.csv")) == first.failed
    assert len((report / "items.jsonl").read_text().splitlines()) == row.items.count()


@pytest.mark.parametrize("ended", ["source", "locked"])
def test_an_import_that_never_began_leaves_the_earlier_report_alone(archive, tmp_path, ended):
    report = tmp_path / "report"
    Run(archive, report=str(report))
    before = files(report)

    if ended == "locked":
        with another_import():
            assert Run(archive, report=str(report)).code == 4
    else:
        assert Run(archive, report=str(report), manifest=str(tmp_path / "none.csv")).code == 1

    assert files(report) == before


def test_what_failed_is_not_fed_back_into_the_report_that_it_is_in(archive, tmp_path):
    report = tmp_path / "report"
    Run(archive, report=str(report))
    before, number = files(report), ImportRun.objects.count()

    for sources in ([report / "failed"], [report / "failed.jsonl"], [report], [archive]):
        run = Run(*sources, manifest=str(report / "failed.csv"), report=str(report))

        assert run.code == 1
        assert "name another folder with --report" in run.err
    assert files(report) == before
    assert ImportRun.objects.count() == number
    assert Run(report / "failed", report=str(tmp_path / "next")).code == 3
