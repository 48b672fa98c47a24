"""What an import must stand: repetition, bad records, editors, and every way to ask for less."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from press import corrections, redaction
from press.management.commands.import_releases import Command
from press.models import ImportItem, ImportMessage, ImportRun, PressRelease, RunStatus
from press.search.models import SearchText
from press.workflow import State
from structures.models import Role, Structure
from taxonomy.models import Country, FieldOfWork
from tests.factories import UserFactory, person_at
from tests.press.importers.archives import TEXT, Run, content, export, forget, row, stored
from tests.press.test_revisions import PIXEL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

GERMAN = "Die Mannschaft hielt das Licht für die Schiffe auf dem Weg in den Hafen wach."


@pytest.fixture
def archive(tmp_path):
    """archive(rows, ...) -> the path of an export with these rows."""

    def write(*rows, name="a.jsonl"):
        return export(tmp_path / name, rows)

    return write


@pytest.fixture
def captures(tmp_path):
    """captures((name, day or "", fields), ...) -> (the folder of the tables, the manifest)."""

    def write(*captured):
        folder = tmp_path / "captures"
        folder.mkdir(exist_ok=True)
        with (folder / "manifest.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["path", "captured_at"])
            for name, day, fields in captured:
                (folder / name).write_text(page(**fields), encoding="utf-8")
                table.writerow([name, day])
        return folder, folder / "manifest.csv"

    return write


def page(number=4711, title="Lamp burns", text=TEXT, url=True, day="3 May 2013"):
    link = f'<link rel="canonical" href="https://old.example/x/{number}">' if url else ""
    return (
        f'<!DOCTYPE html><html lang="en">{link}<article><p>Press release</p><h1>{title}</h1><dl>'
        f"<dt>Date:</dt><dd>{day}</dd><dt>Source:</dt><dd>ODIHR</dd></dl><p>{text}</p></article>"
    )


def titles():
    return sorted(PressRelease.objects.values_list("title", flat=True))


# Again.


def test_again_not_one_row_of_any_table_changes_but_that_it_ran(archive):
    path = archive(*(row(n) for n in range(30)), row(3), row(40, title=None), row(50, date=None))
    assert Run(path).sums == {"created": 31, "skipped": 1, "failed": 1}
    before = stored(without=["press_importrun", "press_importitem", "press_importmessage"])

    again = Run(path)

    assert again.sums == {"unchanged": 32, "failed": 1}
    assert stored(without=["press_importrun", "press_importitem", "press_importmessage"]) == before


def test_what_is_unchanged_costs_no_question_of_its_own(archive):
    few, many = archive(*map(row, range(20))), archive(*map(row, range(320)), name="b.jsonl")
    Run(many)
    counts = []
    for path in (few, many):
        with CaptureQueriesContext(connection) as asked:
            Run(path, batch_size=1000)
        counts.append(len(asked))

    assert counts[0] == counts[1]


# Bad records.


UNSTORABLE = {
    "NUL in a name": '{"id": 1, "title": "Lamp", "body": "x", "a\\u0000b": 1}',
    "half a character in a name": '{"id": 1, "title": "Lamp", "body": "x", "a\\ud800b": 1}',
    "NUL in a name that stands twice": '{"a\\u0000": 1, "a\\u0000": 2}',
    "half a character in a number": '{"id": "\\ud800", "title": "Lamp", "body": "x"}',
    "NUL in an address": '{"url": "https://a.example/\\u0000", "title": "Lamp", "body": "x"}',
    "a number beyond all": f'{{"id": {"9" * 4000}, "title": "Lamp", "body": "x"}}',
    "deep": "[" * 100_000,
    "a year before all": '{"id": 1, "title": "Lamp", "body": "x", "date": "0001-01-01"}',
    "a year after all": '{"id": 1, "title": "Lamp", "body": "x", "date": "9999-12-31"}',
    "an address without an end": json.dumps(row(1, url="https://a.example/" + "x" * 9000)),
    "a label without an end": json.dumps(row(1, field="x" * 100_000)),
    "a language of another kind": json.dumps(row(1, language="x" * 5000)),
    "many images": json.dumps(row(1, images=["x" * 400] * 200)),
    "an object as a title": '{"id": 1, "title": {"name": "x"}, "body": "x"}',
}


@pytest.mark.parametrize("line", UNSTORABLE.values(), ids=UNSTORABLE)
def test_whatever_one_record_holds_the_others_come(archive, tmp_path, line):
    path = archive(row(1001), line, row(1002))

    run = Run(path, report=str(tmp_path / "report"))

    assert run.code in (0, 3)
    assert sum(run.sums.values()) == 3
    assert {"Lamp 1001 burns", "Lamp 1002 burns"} <= set(titles())
    assert (tmp_path / "report" / "summary.json").exists()


REFUSING = {
    "sqlite": [
        "CREATE TRIGGER refuse BEFORE INSERT ON press_pressrelease WHEN NEW.title = 'Refused'"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END"
    ],
    # As for a text that is too large to be searched: it is the item's fault, not that of the server.
    "postgresql": [
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '54000'; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON press_pressrelease FOR EACH ROW"
        " WHEN (NEW.title = 'Refused') EXECUTE FUNCTION refuse()",
    ],
}


@pytest.fixture
def refused():
    """A row that the database does not take, whatever the importer thinks of it."""
    with connection.cursor() as cursor:
        for statement in REFUSING[connection.vendor]:
            cursor.execute(statement)
    return row(9000, title="Refused")


def test_a_record_that_the_database_refuses_takes_no_update_of_its_batch_along(archive, refused):
    """A batch that failed is done again, one by one, and remembers nothing of the first time."""
    Run(archive(row(1), row(2)))

    run = Run(archive(row(1, title="New"), refused, row(2, title="Newer")))

    assert run.sums == {"updated": 2, "failed": 1}
    assert titles() == ["New", "Newer"]


def test_one_bad_record_of_10000_loses_one(archive, refused):
    rows = [row(n, field=None, source=None) for n in range(10_000)]
    path = archive(*rows[:5000], refused | {"id": 1}, *rows[5001:])

    assert Run(path).sums == {"created": 9999, "failed": 1}
    assert PressRelease.objects.count() == SearchText.objects.count() == 9999
    item = ImportItem.objects.get(action="failed")
    assert (item.path, item.messages.get().code) == (f"{path}:5001", "unexpected")


def test_the_ledger_knows_how_long_it_took_to_read_a_record(archive):
    Run(archive(row(1), "no"))

    assert all(each.duration > 0 for each in ImportItem.objects.all())


def test_the_newest_capture_counts_also_when_its_batch_is_taken_one_by_one(tmp_path, refused):
    pages = {"a": page(title="Old"), "b": page(title="New"), "c": page(4712, title="Refused")}
    for name, markup in pages.items():
        (tmp_path / f"{name}.html").write_text(markup)
    (tmp_path / "known.csv").write_text("path,captured_at\na.html,2010-01-01\nb.html,2011-01-01\n")

    run = Run(tmp_path, manifest=str(tmp_path / "known.csv"))

    assert run.sums == {"created": 1, "skipped": 1, "failed": 1}
    assert [each.slug for each in PressRelease.objects.all()] == ["new"]


def test_what_title_and_day_alone_make_known_is_not_overwritten_from_another_file(tmp_path):
    """Nor when the page that was refused so is fed back from a report."""
    bare = row(1, id=None)
    first = export(tmp_path / "first.jsonl", [bare])
    other = export(
        tmp_path / "other.jsonl", [bare | {"body": "Another text, which is quite other."}]
    )
    Run(first)

    run = Run(other)

    assert run.sums == {"failed": 1}
    assert ImportMessage.objects.get(code="collision").raw == f"{first}:1"
    assert "Another text" not in PressRelease.objects.get().text
    changed = export(first, [row(2), bare | {"body": "The same item, mended in its export."}])
    assert Run(changed).sums == {"created": 1, "updated": 1}


def test_the_cells_of_a_row_that_does_not_fit_its_header_are_kept(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("title;body\nLamp;It burns.;a third\nLamp\n")

    Run(table, report=str(tmp_path / "report"))

    kept = [json.loads(line) for line in (tmp_path / "report" / "failed.jsonl").open()]
    assert kept == [{"title": "Lamp", "body": "It burns.", "cell 3": "a third"}, {"title": "Lamp"}]


def test_the_report_of_a_dry_run_says_what_it_is(archive, tmp_path):
    Run(archive(row(1)), dry_run=True, report=str(tmp_path / "report"))

    assert (tmp_path / "report/summary.md").read_text().startswith("# Dry run: nothing was written")
    told = json.loads((tmp_path / "report/summary.json").read_text())
    assert (told["dry_run"], told["run"], told["created"]) == (True, None, 1)


# Editors.


def edited(release, **values):
    for name, value in values.items():
        setattr(release, name, value)
    release.save()


OF_TEXT = {
    "title": lambda it: edited(it, title="Ours"),
    "body": lambda it: edited(it, body="<p>Ours.</p>"),
    "summary": lambda it: edited(it, summary="Ours."),
    "kind": lambda it: edited(it, kind="spot-report"),
    "date": lambda it: PressRelease.objects.filter(pk=it.pk).update(
        published_at=it.published_at - timedelta(days=1)
    ),
}
NOT_OF_TEXT = {
    "terms": lambda it: it.fields_of_work.set([FieldOfWork.objects.get(code="policing")]),
    "countries": lambda it: it.countries.set(Country.objects.filter(children=None)[:1]),
    "images": lambda it: it.images.create(file=ContentFile(PIXEL, "x.png"), alt="Ours"),
    "desk": lambda it: edited(it, desk=Structure.objects.first()),
    "featured": lambda it: it.feature(by=person_at(Role.PUBLISHER)),
}


@pytest.mark.parametrize("edit", OF_TEXT.values(), ids=OF_TEXT)
def test_an_edited_text_is_kept_and_listed(archive, tmp_path, edit):
    Run(archive(row(1)))
    edit(PressRelease.objects.get())
    before = PressRelease.objects.values().get()

    run = Run(archive(row(1, title="Theirs")), report=str(tmp_path / "report"))

    assert (run.code, run.sums) == (0, {"conflict": 1})
    assert PressRelease.objects.values().get() == before
    assert len((tmp_path / "report" / "conflicts.csv").read_text().splitlines()) == 2
    assert Run(archive(row(1, title="Theirs"))).sums == {"conflict": 1}


@pytest.mark.parametrize("edit", NOT_OF_TEXT.values(), ids=NOT_OF_TEXT)
def test_what_is_no_text_does_not_keep_the_source_away(archive, edit):
    Run(archive(row(1)))
    edit(PressRelease.objects.get())
    it = PressRelease.objects.get()
    before = (set(it.countries.all()), it.images.count(), it.desk, it.is_featured)

    assert Run(archive(row(1, title="Theirs"))).sums == {"updated": 1}

    it = PressRelease.objects.get()
    assert it.title == "Theirs"
    assert (set(it.countries.all()), it.images.count(), it.desk, it.is_featured) == before


def test_overwrite_edited_lets_the_source_win_and_keeps_what_was_in_the_history(archive):
    Run(archive(row(1)))
    edited(PressRelease.objects.get(), title="Ours")

    assert Run(archive(row(1, title="Theirs")), overwrite_edited=True).sums == {"updated": 1}

    release = PressRelease.objects.get()
    assert release.title == "Theirs"
    assert "Ours" in [each.snapshot["title"] for each in release.revisions.all()]


def test_overwrite_edited_needs_no_change_in_the_source(archive):
    path = archive(row(1), row(2))
    Run(path)
    edited(PressRelease.objects.get(legacy_key="1001:en"), title="Ours")

    assert Run(path, overwrite_edited=True).sums == {"updated": 1, "unchanged": 1}

    assert "Ours" not in titles()
    assert Run(path, overwrite_edited=True).sums == {"unchanged": 2}


def test_what_was_redacted_is_not_brought_back_even_when_the_source_should_win(archive):
    Run(archive(row(1, body=f"<p>{TEXT} Zxqwv.</p>")))
    release = PressRelease.objects.get()
    by = person_at(Role.PUBLISHER)
    asked = redaction.ask(release, by=by, passage="Zxqwv", reason="A court.")
    redaction.carry_out(asked or release.redactions.get(), by=person_at(Role.PUBLISHER))

    for overwrites in (False, True):
        run = Run(archive(row(1, body=f"<p>{TEXT} Zxqwv!</p>")), overwrite_edited=overwrites)
        assert run.sums == {"conflict": 1}
    same = archive(row(1, body=f"<p>{TEXT} Zxqwv.</p>"))
    assert Run(same).sums.get("updated") is None
    assert Run(same, overwrite_edited=True).sums == {"conflict": 1}
    assert "Zxqwv" not in str(stored(without=["press_redaction", "press_importitem"]))


def withdrawn(release):
    release.withdraw(by=person_at(Role.PUBLISHER), notice="x")


def unpublished(release):
    release.unpublish(by=person_at(Role.PUBLISHER), reason="x")


@pytest.mark.parametrize("move", [withdrawn, unpublished])
def test_what_was_taken_back_here_is_not_published_again(archive, move):
    Run(archive(row(1)))
    move(PressRelease.objects.get())
    state = PressRelease.objects.get().state

    Run(archive(row(1)))
    Run(archive(row(1, title="Theirs")))

    assert PressRelease.objects.get().state == state


def test_what_was_corrected_here_is_kept(archive):
    Run(archive(row(1)))
    release = PressRelease.objects.get()
    copy = corrections.begin(release, by=person_at(Role.AUTHOR))
    edited(copy, title="Right")
    assert Run(archive(row(1))).sums == {"unchanged": 1}
    corrections.force_publish(copy, by=person_at(Role.PUBLISHER), reason="x", note="It was wrong.")

    assert Run(archive(row(1, title="Theirs"))).sums == {"conflict": 1}
    assert titles() == ["Right"]


# A dry run.


def test_a_dry_run_leaves_everything_as_it_was_and_counts_as_the_real_one(
    archive, captures, settings
):
    folder, manifest = captures(
        ("a.html", "2012-01-01", {"text": TEXT + "<img src='x.png' alt='Lamp'>"}),
        ("b.html", "2013-01-01", {"title": "Newer"}),
        ("c.html", "2012-06-01", {"title": "Between"}),
        ("d.html", "2014-01-01", {"title": "Newest"}),
        ("e.html", "", {"title": "Without a day"}),
        ("f.html", "", {"url": False}),
        ("g.html", "", {"url": False, "text": TEXT + " Other."}),
        ("h.html", "2014-02-01", {"title": "Newest"}),
    )
    Image.new("RGB", (4, 4)).save(folder / "x.png")
    others = archive(*map(row, range(8)), row(1), row(3, title=None))
    given = {"manifest": str(manifest), "batch_size": 1}
    before = stored()

    dry = Run(folder, others, dry_run=True, **given)

    assert stored() == before
    assert not any(Path(settings.MEDIA_ROOT).rglob("*"))
    real = Run(folder, others, **given)
    assert (dry.sums, dry.code) == (real.sums, real.code)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_same_bytes_again_are_passed_over_however_far_away_they_are(archive, size):
    path = archive(*(row(n % 20) for n in range(60)))

    assert Run(path, dry_run=True, batch_size=size).sums == {"created": 20, "skipped": 40}
    assert Run(path, batch_size=size).sums == {"created": 20, "skipped": 40}
    assert Run(path, batch_size=size).sums == {"unchanged": 60}


# Less, more, otherwise.


def test_strict_writes_nothing_and_names_what_is_undecided(archive):
    path = archive(row(1), row(2, field="Moonlight"), row(3, source="Moon, Sun"))
    before = stored()

    run = Run(path, strict=True)

    assert run.code == 5
    assert "Moonlight" in run.err
    told = json.loads(Run(path, strict=True, json=True).out)
    assert told["status"] == "closed"
    assert {(each["raw"], each["count"]) for each in told["labels"]} >= {("Moonlight", 1)}
    assert stored() == before
    assert Run(archive(row(1)), strict=True).sums == {"created": 1}


def test_nothing_is_written_unless_enough_records_have_a_required_field(archive):
    path = archive(row(1), row(2, date=None), row(3), row(4))
    before = stored()

    run = Run(path, require=[("date", 0.8), ("source", 0.5)])

    assert run.code == 5
    assert "Only 75.0% of the records have a date; without:" in run.err
    assert "a.jsonl:2" in run.err
    assert "source" not in run.err
    assert stored() == before
    assert Run(path, require=[("date", 0.75)]).sums == {"created": 4}
    more = archive(row(1), row(2, date=None), row(3), row(4), row(5, date=None), row(6))
    assert Run(more, require=[("date", 0.75)]).sums == {"created": 2, "unchanged": 4}


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ({"max_errors": (3, None)}, 40),
        ({"max_errors": (None, 0.05)}, 200),
        ({"fail_fast": True}, 10),
    ],
)
def test_too_many_errors_end_it_with_a_report_of_what_was_done(archive, tmp_path, asked, read):
    path = archive(*(row(n, title=None if n % 10 == 5 else f"Lamp {n}") for n in range(300)))
    run = Run(path, batch_size=10, report=str(tmp_path / "report"), **asked)

    assert run.code == 3
    assert "Given up" in run.err
    told = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert told["read"] == sum(run.sums.values())
    assert told["status"] == ImportRun.objects.get().status == RunStatus.FAILED
    assert told["read"] == read


def test_a_part_is_taken_by_number_day_limit_or_draw(archive):
    path = archive(*(row(n) for n in range(40)))

    assert Run(path, limit=5).sums == {"created": 5}
    assert Run(path, limit=5, dry_run=True).sums == {"unchanged": 5}
    forget()
    draws = []
    for seed in (1, 1, 2):
        Run(path, sample=7, seed=seed, state="draft", no_resume=True)
        drawn = PressRelease.objects.filter(state=State.DRAFT)
        draws.append(sorted(drawn.values_list("legacy_key", flat=True)))
        forget()
    assert draws[0] == draws[1] != draws[2]
    assert Run(path, only=["1003", "1004:en"]).sums == {"created": 2}
    forget()
    Run(path, since=datetime(2015, 1, 1).date())
    assert {each.published_at.year >= 2015 for each in PressRelease.objects.all()} == {True}
    ends = PressRelease.objects.count()
    assert 0 < ends < 40


def test_the_language_is_what_the_operator_says_and_drafts_are_not_public(archive):
    Run(archive(row(1)), language="fr", state="draft")

    release = PressRelease.objects.get()
    assert (release.language, release.state) == ("fr", State.DRAFT)
    assert not PressRelease.objects.public(timezone.now()).exists()


def test_as_drafts_what_gets_its_date_later_stays_one(archive):
    Run(archive(row(1, date=None)), state="draft")

    assert Run(archive(row(1)), state="draft").sums == {"updated": 1}

    assert PressRelease.objects.get().state == State.DRAFT


def test_without_files_only_texts_come_and_the_files_with_the_next_run(captures):
    folder, _ = captures(("a.html", "", {"text": TEXT + "<img src='x.png' alt='Lamp'>"}))
    Image.new("RGB", (4, 4)).save(folder / "x.png")
    path = folder / "a.html"

    assert Run(path, no_files=True).sums == {"created": 1}
    assert not PressRelease.objects.get().images.exists()
    assert Run(path).sums == {"updated": 1}
    assert PressRelease.objects.get().images.count() == 1


def test_batches_of_any_size_make_the_same_database(archive):
    rows = [row(n) for n in range(40)]
    rows += [row(n, language="de", title=f"Lampe {n}", body=GERMAN) for n in range(0, 40, 3)]
    rows += [row(n, title="Again") for n in range(0, 40, 7)] + [row(100, title=None)]
    path, found = archive(*rows), []
    for size in (1, 7, 1000):
        run = Run(path, batch_size=size)
        found.append((run.sums, content()))
        forget()

    assert found[0] == found[1] == found[2]


def test_it_says_who_imported(archive):
    person = UserFactory()

    Run(archive(row(1)), by=person)

    assert ImportRun.objects.get().by == person


def test_json_is_all_that_is_printed(archive):
    path = archive(row(1), row(2, source="The Moon"), row(3, title=None), row(1))
    for given in ({"dry_run": True}, {}, {"fail_fast": True}):
        run = Run(path, json=True, verbosity=2, progress="plain", **given)
        told = json.loads(run.out)
        assert told["read"] == 4
        assert (told["run"] is None) == bool(given.get("dry_run"))


@pytest.mark.parametrize(
    "given",
    [
        *(["--limit", "0"], ["--limit", "x"], ["--max-errors", "x"], ["--max-errors", "-1"]),
        *(["--max-errors", "5%5"], ["--max-errors", "nan%"], ["--max-errors", "101%"]),
        *(["--since", "2011-13-01"], ["--language", "tlh"], ["--by", "nobody-at-all"]),
        *(["--state", "x"], ["--batch-size", "0"], ["--progress", "x"], ["--seed", "x"]),
        *(["--require", "date"], ["--require", "moon=5%"], ["--require", "date=nan%"]),
        *(["--require", "date=101%"], ["--require", "date=0.5"], ["--require", "date=1/0%"]),
    ],
    ids=" ".join,
)
def test_a_wrong_argument_ends_with_2(archive, given, capsys):
    path = archive(row(1))

    with pytest.raises(SystemExit) as end:
        Command().run_from_argv(["manage.py", "import_releases", str(path), *given])

    assert end.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not PressRelease.objects.exists()


def test_a_report_that_cannot_be_written_stops_it_before_anything_is(archive, tmp_path):
    (tmp_path / "file").write_text("x")

    run = Run(archive(row(1)), report=str(tmp_path / "file" / "report"))

    assert run.code == 1
    assert "cannot be written" in run.err
    assert not PressRelease.objects.exists()


# Several captures of one item.


CAPTURED = {
    "old, new": ["2012-01-01", "2013-01-01"],
    "new, old": ["2013-01-01", "2012-01-01"],
    "old, new, between": ["2012-01-01", "2014-01-01", "2013-01-01"],
    "unknown, new": ["", "2013-01-01"],
    "equal": ["2013-01-01", "2013-01-01"],
}


@pytest.mark.parametrize("days", CAPTURED.values(), ids=CAPTURED)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_of_several_captures_the_newest_counts(captures, days, size):
    folder, manifest = captures(
        *((f"{n}.html", day, {"title": f"Of {day} {n}"}) for n, day in enumerate(days))
    )

    run = Run(folder, manifest=str(manifest), batch_size=size)

    newest = max(days)
    assert titles() == [f"Of {newest} {days.index(newest)}"]
    assert run.sums["created"] == 1
    assert sum(run.sums.values()) == len(days)
    assert Run(folder, manifest=str(manifest), batch_size=size).sums.keys() <= {
        "unchanged",
        "skipped",
    }
    assert titles() == [f"Of {newest} {days.index(newest)}"]


def test_a_capture_that_was_mended_is_taken(captures):
    folder, manifest = captures(
        ("a.html", "2012-01-01", {}), ("b.html", "2013-01-01", {"title": "Wrong"})
    )
    Run(folder, manifest=str(manifest))
    captures(("a.html", "2012-01-01", {}), ("b.html", "2013-01-01", {"title": "Right"}))

    assert Run(folder, manifest=str(manifest)).sums["updated"] == 1
    assert titles() == ["Right"]


def test_two_texts_of_one_language_day_and_title_are_an_error(captures):
    folder, _ = captures(
        ("a.html", "", {"url": False}), ("b.html", "", {"url": False, "text": f"{TEXT} Other."})
    )
    for size in (1, 1000):
        run = Run(folder / "a.html", folder / "b.html", batch_size=size)
        assert (run.code, run.failed) == (3, 1)
        assert ImportMessage.objects.filter(code="collision").exists()


AHEAD = (datetime.now(UTC) + timedelta(days=30)).isoformat()


@pytest.mark.parametrize(
    "more", [{"status": "draft"}, {"embargo": AHEAD}, {"published": False}, {"status": 0}]
)
def test_what_is_not_public_in_the_source_is_not_public_here(archive, more):
    Run(archive(row(1, **more)))

    assert PressRelease.objects.get().state == State.DRAFT
    assert not PressRelease.objects.public(timezone.now() + timedelta(days=900)).exists()


# Nothing leaves the building.


def test_no_mail_goes_out_and_dates_stay_what_they_were(archive, settings):
    settings.SITE_URL = "https://press.example.org"
    ahead = timezone.localdate() + timedelta(days=1)
    Run(archive(row(1), row(2, date=timezone.localdate().isoformat()), row(3, date=str(ahead))))

    call_command("publish_due", verbosity=0)

    assert mail.outbox == []
    first = PressRelease.objects.get(legacy_key="1001:en")
    assert timezone.localdate(first.published_at).isoformat() == "2001-05-02"
    assert not PressRelease.objects.exclude(first_published_at=None).exists()


def test_a_file_that_now_says_what_another_one_said_is_taken(captures):
    folder, _ = captures(("a.html", "", {}), ("b.html", "", {"title": "Other"}))
    Run(folder / "a.html", folder / "b.html")
    (folder / "b.html").rename(folder / "a.html")

    assert Run(folder / "a.html").sums == {"updated": 1}


@pytest.mark.parametrize("size", [1, 2])
def test_of_captures_without_a_day_the_first_counts_however_they_are_batched(captures, size):
    """As it does where none of them was imported before."""
    folder, _ = captures(("b.html", "", {}))
    Run(folder / "b.html")
    captures(("a.html", "", {"title": "Other"}), ("b.html", "", {}))
    names = [folder / "a.html", folder / "b.html"]

    assert Run(*names, batch_size=size).sums == {"updated": 1, "unchanged": 1}
    assert Run(*names, batch_size=size).sums == {"unchanged": 1, "skipped": 1}

    assert PressRelease.objects.get().title == "Other"


def test_what_the_source_publishes_later_is_published(archive):
    Run(archive(row(1, status="draft")))
    run = Run(archive(row(1, status="published")))

    assert (run.sums, PressRelease.objects.get().state) == ({"updated": 1}, State.PUBLISHED)
    Run("last", command="import_rollback", apply=True)
    assert PressRelease.objects.get().state == State.DRAFT


def test_what_was_embargoed_is_published_once_the_embargo_is_over(archive, time_machine):
    source = archive(row(1, embargo="2030-01-01"))
    Run(source)
    assert Run(source).sums == {"unchanged": 1}
    assert PressRelease.objects.get().state == State.DRAFT

    time_machine.move_to(datetime(2030, 1, 2, tzinfo=UTC))
    assert Run(source).sums == {"updated": 1}

    assert PressRelease.objects.get().state == State.PUBLISHED


@pytest.mark.parametrize("status", ["draft", "unpublished"])
def test_what_its_source_still_keeps_from_readers_stays_a_draft(archive, status):
    Run(archive(row(1, status="draft")))
    Run(archive(row(1, status=status, title="Another title of it")))

    assert PressRelease.objects.get().state == State.DRAFT


def test_what_an_operator_imported_as_a_draft_stays_one(archive):
    path = archive(row(1))
    Run(path, state="draft")

    assert Run(path).sums == {"unchanged": 1}
    Run(archive(row(1, title="Another title of it")))

    assert PressRelease.objects.get().state == State.DRAFT


def test_a_draft_that_a_person_has_had_in_hand_is_not_published_by_an_import(archive):
    Run(archive(row(1, status="draft")))
    PressRelease.objects.get().log.create(action="submit", by=UserFactory())
    source = archive(row(1, status="published"))

    # Told once.
    assert [Run(source).sums, Run(source).sums] == [{"updated": 1}, {"unchanged": 1}]
    assert PressRelease.objects.get().state == State.DRAFT
    assert ImportMessage.objects.get(level="warning").code == "held_back"
