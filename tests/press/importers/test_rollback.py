"""Undoing an import: what nobody touched is as before, what somebody touched stays."""

import os
import signal

import pytest
from django.core.management import call_command
from PIL import Image

from press.importers.ledger.rollback import undo_all
from press.models import (
    ImportRun,
    LegacyUrl,
    Origin,
    PressRelease,
    ReleaseImage,
    ReleaseLog,
    RunStatus,
)
from press.workflow import State
from structures.models import Role
from taxonomy.models import FieldOfWork
from tests.factories import UserFactory, person_at
from tests.press.importers.archives import TEXT, Run, content, export, row, stored
from tests.press.importers.test_terms import decide

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

# The ledger, and what tells other processes that something changed.
IN_PASSING = ["press_import", "press_releasechange", "taxonomy_contentversion"]
GERMAN = "Die Mannschaft hielt das Licht für die Schiffe auf dem Weg in den Hafen wach."
RUSSIAN = "Это маяк, и он на берегу, и не для всех, что по морю к нему из порта в ночи."


@pytest.fixture
def archive(tmp_path):
    def write(*rows, name="a.jsonl"):
        return export(tmp_path / name, rows)

    return write


def german(number, **more):
    return row(number, language="de", title=f"Lampe {number}", body=GERMAN, **more)


class Undo(Run):
    def __init__(self, run="last", **options):
        if isinstance(run, ImportRun):
            run = run.pk
        super().__init__(run, command="import_rollback", verbosity=2, **options)

    @property
    def sums(self):
        line = next(line for line in self.out.splitlines() if " written by " in line)
        total, told = line.split(" = ")
        counts = {
            words.split()[1]: int(words.split()[0])
            for words in told.split(" + ")
            if words[0] != "0"
        }
        assert int(total.split()[0]) == sum(counts.values())
        return counts


def address(number):
    return f"https://old.example/lamps/{1000 + number}"


def runs():
    return list(ImportRun.objects.order_by("pk"))


def test_what_a_run_created_goes_without_a_trace(archive):
    before = stored(without=IN_PASSING)
    Run(archive(*map(row, range(150)), german(3), row(400, title=None), row(7)))

    dry = Undo()
    assert (dry.sums, PressRelease.objects.count()) == ({"deleted": 151}, 151)
    assert ImportRun.objects.get().status == RunStatus.FINISHED

    assert Undo(apply=True).sums == {"deleted": 151}

    assert stored(without=IN_PASSING) == before
    assert ImportRun.objects.get().status == RunStatus.ROLLED_BACK
    again = Undo(apply=True)
    assert (again.sums, "is undone already" in again.out) == ({}, True)
    again = Run(archive(*map(row, range(150)), german(3), row(400, title=None), row(7)))
    assert again.sums == {"created": 151, "failed": 1, "skipped": 1}


def test_what_a_run_updated_is_as_before(archive):
    first = [row(n) for n in range(5)]
    Run(archive(*first))
    before = content()

    changed = [row(n, title=f"New {n}", field="Policing", url=address(n)) for n in range(5)]
    assert Run(archive(*changed)).updated == 5
    assert content() != before
    assert LegacyUrl.objects.filter(address__endswith="lamps/1003").exists()

    assert Undo().sums == Undo(apply=True).sums == {"restored": 5}
    assert content() == before
    assert Undo(apply=True).sums == {}
    assert content() == before
    assert Run(archive(*first)).sums == {"unchanged": 5}


def test_undone_one_after_the_other_the_last_first_nothing_remains(archive):
    Run(archive(row(1), row(2)))
    Run(archive(row(1, title="Second"), row(2)))
    Run(archive(row(1, title="Third"), row(2)))
    one, two, three = runs()

    assert Undo(one).sums == {"kept": 1, "deleted": 1}
    assert Undo(three, apply=True).sums == {"restored": 1}
    assert Undo(two, apply=True).sums == {"restored": 1}
    assert Undo(one, apply=True).sums == {"deleted": 2}
    assert not PressRelease.objects.exists()


def test_the_first_of_two_runs_cannot_be_undone_under_the_second(archive):
    Run(archive(row(1)))
    Run(archive(row(1, title="Second")))

    run = Undo(runs()[0], apply=True)

    assert run.sums == {"kept": 1}
    assert "a later import changed it" in run.out
    assert PressRelease.objects.get().title == "Second"


def test_what_one_run_created_and_updated_is_deleted(archive, tmp_path):
    """Of two captures the newer came in a later batch."""
    folder = tmp_path / "captures"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.html").write_text(
            '<html lang="en"><link rel="canonical" href="https://old.example/x/4711"><article>'
            f"<p>Press release</p><h1>Lamp {n}</h1><dl><dt>Date:</dt><dd>3 May 2013</dd></dl>"
            f"<p>{TEXT}</p></article></html>"
        )
    days = "\n".join(f"{n}.html,201{n}-01-01" for n in range(3))
    (folder / "manifest.csv").write_text(f"path,captured_at\n{days}\n")
    run = Run(folder, manifest=str(folder / "manifest.csv"), batch_size=1)
    assert run.sums == {"created": 1, "updated": 2}

    dry, real = Undo(), Undo(apply=True)

    assert not PressRelease.objects.exists()
    assert sum(dry.sums.values()) == sum(real.sums.values())


def edit(release):
    release.title = "Ours"
    release.save()


@pytest.mark.parametrize(
    "touch",
    [
        edit,
        lambda it: it.feature(by=person_at(Role.PUBLISHER)),
        lambda it: it.withdraw(by=person_at(Role.PUBLISHER), notice="x"),
        lambda it: it.unpublish(by=person_at(Role.PUBLISHER), reason="x"),
    ],
    ids=["edited", "featured", "withdrawn", "unpublished"],
)
def test_what_somebody_touched_stays_with_the_reason(archive, touch):
    Run(archive(row(1), row(2)))
    touch(PressRelease.objects.first())

    run = Undo(apply=True)

    assert run.sums == {"deleted": 1, "kept": 1}
    assert "(somebody " in run.out
    assert PressRelease.objects.count() == 1


def test_an_edited_text_that_the_source_won_over_comes_back(archive):
    Run(archive(row(1)))
    release = PressRelease.objects.get()
    release.feature(by=person_at(Role.PUBLISHER))
    release.refresh_from_db()
    edit(release)
    Run(archive(row(1, title="Theirs")), overwrite_edited=True)

    assert Undo(apply=True).sums == {"restored": 1}

    assert PressRelease.objects.get().title == "Ours"
    assert Undo(runs()[0], apply=True).sums == {"kept": 1}


def test_what_an_update_published_is_a_draft_again(archive):
    Run(archive(row(1, date=None)))
    Run(archive(row(1)))
    assert PressRelease.objects.get().state == State.PUBLISHED

    assert Undo(apply=True).sums == {"restored": 1}

    release = PressRelease.objects.get()
    assert (release.state, release.published_at) == (State.DRAFT, None)


def test_an_english_text_that_came_late_gives_its_place_back(archive):
    Run(archive(german(1, field="Policing")))
    russian = row(1, language="ru", title="Лампа", body=RUSSIAN)
    Run(archive(german(1, field="Policing"), russian))
    before = content()
    Run(archive(german(1, field="Policing"), russian, row(1, field="Elections")))
    assert PressRelease.objects.get(language="en").translations.count() == 2

    assert Undo(apply=True).sums == {"deleted": 1}

    assert content() == before
    assert PressRelease.objects.get(language="ru").translation_of.language == "de"


def test_an_original_that_a_later_run_translated_is_undone_and_its_translation_stays(archive):
    Run(archive(row(1)))
    Run(archive(row(1), german(1)))
    Undo(runs()[0], apply=True)

    release = PressRelease.objects.get()
    assert (release.language, release.translation_of) == ("de", None)


def test_an_original_that_somebody_translated_here_stays(archive):
    from press import translations

    Run(archive(row(1)))
    translations.begin(PressRelease.objects.get(), by=person_at(Role.AUTHOR), language="fr")

    assert Undo(apply=True).sums == {"kept": 1}
    assert PressRelease.objects.count() == 2


def test_images_that_a_later_run_brought_go_and_can_come_again(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(
        '<html lang="en"><link rel="canonical" href="https://old.example/x/4711"><article>'
        "<p>Press release</p><h1>Lamp</h1><dl><dt>Date:</dt><dd>3 May 2013</dd></dl>"
        f"<p>{TEXT}</p><img src='x.png' alt='Lamp'></article></html>"
    )
    Run(path)
    Image.new("RGB", (4, 4)).save(tmp_path / "x.png")
    assert Run(path).sums == {"updated": 1}

    assert Undo(apply=True).sums == {"restored": 1}

    assert not ReleaseImage.objects.exists()
    assert Run(path).sums == {"updated": 1}
    assert ReleaseImage.objects.count() == 1


def test_a_paused_run_is_undone_and_the_same_command_begins_anew(archive):
    path = archive(*map(row, range(10)))
    Run(path)
    ImportRun.objects.update(status=RunStatus.PAUSED, done=5)

    assert Undo(apply=True).sums == {"deleted": 10}

    assert Run(path).sums == {"created": 10}
    assert ImportRun.objects.count() == 2


def test_what_an_undone_run_passed_over_is_looked_at_again(archive, tmp_path):
    """A capture older than the one that was taken back may be newer than what is left."""
    folder = tmp_path / "captures"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.html").write_text(
            '<html lang="en"><link rel="canonical" href="https://old.example/x/4711"><article>'
            f"<p>Press release</p><h1>Lamp {n}</h1><dl><dt>Date:</dt><dd>3 May 2013</dd></dl>"
            f"<p>{TEXT}</p></article></html>"
        )
    days = {n: f"{n}.html,201{n}-01-01" for n in range(3)}

    def run(*numbers):
        named = "\n".join(days[n] for n in numbers)
        (folder / "manifest.csv").write_text(f"path,captured_at\n{named}\n")
        files = [folder / f"{n}.html" for n in numbers]
        return Run(*files, manifest=str(folder / "manifest.csv"))

    run(0)
    assert run(2, 1).sums == {"updated": 1, "skipped": 1}
    Undo(apply=True)

    assert run(1).sums == {"updated": 1}
    assert PressRelease.objects.get().title == "Lamp 1"


def test_old_addresses_of_what_is_gone_lead_nowhere(archive):
    Run(archive(row(1)))
    assert LegacyUrl.objects.exists()

    Undo(apply=True)

    assert not LegacyUrl.objects.exists()


def test_an_address_that_came_with_the_same_text_goes_and_comes_again(archive):
    Run(archive(row(1), row(2)))
    before = content()
    again = archive(row(1, url=address(1)), row(2))

    assert Run(again).sums == {"updated": 1, "unchanged": 1}
    assert Run(again).sums == {"unchanged": 2}
    assert content() != before
    assert Undo(runs()[1], apply=True).sums == {"restored": 1}
    assert content() == before
    assert Run(again).sums == {"updated": 1, "unchanged": 1}


def test_an_address_that_was_there_before_an_update_stays(archive):
    Run(archive(row(1, url=address(1))))
    before = content()
    Run(archive(row(1, url=address(1), title="Second")))

    Undo(apply=True)

    assert content() == before


def test_addresses_of_what_somebody_edited_since_stay(archive):
    Run(archive(row(1)))
    Run(archive(row(1, url=address(1), title="Second")))
    edit(PressRelease.objects.get())
    before = content()

    assert Undo(apply=True).sums == {"kept": 1}

    assert content() == before


def test_nobody_undoes_what_is_not_there():
    with pytest.raises(Exception, match="there is no import"):
        call_command("import_rollback", "4711")


def test_a_decision_about_a_label_keeps_no_release_from_being_undone(archive):
    Run(archive(row(1, field="Moonlight"), row(2)))
    decide("field", "Moonlight", FieldOfWork.objects.first().code, UserFactory())
    assert ReleaseLog.objects.filter(action="decide_label").count() == 1

    assert Undo(apply=True).sums == {"deleted": 2}


def test_what_was_only_read_again_is_still_that_of_the_run_that_wrote_it(archive):
    source = archive(row(1))
    Run(source)
    Origin.objects.update(payload="of another version")
    assert Run(source).sums == {"unchanged": 1}

    assert Undo(ImportRun.objects.last(), apply=True).sums == {"deleted": 1}


def test_undoing_that_was_interrupted_says_so_and_goes_on(archive, monkeypatch):
    monkeypatch.setattr("press.importers.ledger.rollback.BATCH", 2)
    Run(archive(*map(row, range(6))))

    def interrupted(*args):
        os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C during the first batch
        return undo_all(*args)

    with monkeypatch.context() as once:
        once.setattr("press.importers.ledger.rollback.undo_all", interrupted)
        first = Undo(apply=True)

    assert (first.code, first.sums) == (130, {"deleted": 2})
    assert "the same command goes on" in first.out
    assert ImportRun.objects.get().status == RunStatus.ROLLING_BACK
    assert Undo(apply=True).sums == {"deleted": 4}
    assert ImportRun.objects.get().status == RunStatus.ROLLED_BACK
