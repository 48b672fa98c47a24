import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from itertools import permutations
from pathlib import Path
from threading import Event, Thread

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from press.importers.run import Options, import_releases
from press.models import PressRelease, ReleaseImage
from press.running import one_at_a_time
from press.workflow import State
from structures.models import Structure
from taxonomy.models import Chairpersonship, Country, FieldOfWork, Meeting

pytestmark = pytest.mark.usefixtures("taxonomy")

TEXT = "The crew of the lighthouse kept the lamp burning for the ships that were on the way to the port."

GERMAN = (
    "Die Mannschaft des Leuchtturms hielt das Licht für die Schiffe auf dem Weg in den Hafen wach."
)


def capture(
    title="Lighthouse lamp burns on", source="ODIHR", field="Youth", day="3 May 2013", text=TEXT
):
    dateline = f"TALLINN, {day} – " if day else ""
    return (
        f"-\nOur house\n- Rooms\nPress release\n{title}\n- Date:\n- Source:\n- {source}\n"
        f"- Fields of work:\n- {field}\n{dateline}{text}\nThe lamp is old.\n"
    )


def page(
    node=4711,
    language="en",
    *,
    title="Lighthouse lamp burns on",
    day="3 May 2013",
    text=TEXT,
    source="ODIHR",
    field="Youth",
):
    return (
        f'<!DOCTYPE html><html lang="{language}"><link rel="canonical" href="https://old.example/x/{node}">'
        f"<article><p>Press release</p><h1>{title}</h1><dl><dt>Date:</dt><dd>{day}</dd><dt>Source:</dt>"
        f"<dd>{source}</dd><dt>Fields of work:</dt><dd>{field}</dd></dl><p>{text}</p></article>"
    )


class Run:
    """What a run printed, and how it ended."""

    def __init__(self, *sources, **options):
        out, err = StringIO(), StringIO()
        self.code = 0
        try:
            call_command(
                "import_releases",
                *map(str, sources),
                stdout=out,
                stderr=err,
                verbosity=2,
                **options,
            )
        except SystemExit as end:
            self.code = end.code
        self.out, self.err = out.getvalue(), err.getvalue()
        self.sums = next(line for line in self.out.splitlines() if " read = " in line)
        numbers = [int(word) for word in self.sums.split() if word.isdigit()]
        assert numbers[0] == sum(numbers[1:])

    def has(self, **counts):
        return all(f"{count} {outcome}" in self.sums for outcome, count in counts.items())


def test_a_capture_becomes_a_published_release(archive):
    run = Run(archive("a.txt", capture()))

    release = PressRelease.objects.get()
    assert run.code == 0
    assert run.has(created=1)
    assert (release.title, release.kind, release.language) == (
        "Lighthouse lamp burns on",
        "press-release",
        "en",
    )
    assert (release.state, release.dateline, release.summary) == (State.PUBLISHED, "TALLINN", TEXT)
    assert release.first_published_at is None
    assert [str(each) for each in release.fields_of_work.all()] == ["Youth"]
    assert release.sources.get().short == "ODIHR"
    assert release.text == f"TALLINN, 3 May 2013 – {TEXT}\nThe lamp is old."


def test_a_second_run_changes_nothing_and_says_so(archive):
    archive("a.txt", capture())
    archive("b.html", page())
    Run(archive.folder)
    before = list(PressRelease.objects.values())

    run = Run(archive.folder)

    assert run.has(unchanged=2, created=0, updated=0)
    assert "Nothing changed." in run.out
    assert list(PressRelease.objects.values()) == before


def test_a_second_run_asks_few_questions_per_item(archive):
    for n in range(20):
        archive(f"{n:02}.html", page(1000 + n))
    Run(archive.folder)
    with CaptureQueriesContext(
        connection,
    ) as few:
        Run(archive.folder / "00.html")
    with CaptureQueriesContext(connection) as many:
        Run(archive.folder)

    assert len(many) - len(few) <= 19 * 3


def test_what_changed_in_the_source_is_updated(archive):
    path = archive("a.html", page(field="Youth"))
    Run(path)
    archive("a.html", page(field="Elections", text=f"{TEXT} Still."))

    run = Run(path)

    release = PressRelease.objects.get()
    assert run.has(updated=1)
    assert release.text.endswith("Still.")
    assert [str(each) for each in release.fields_of_work.all()] == ["Elections"]
    assert [entry.action for entry in release.log.all()] == ["import", "import"]


def test_what_was_edited_here_is_kept_and_named(archive):
    path = archive("a.html", page())
    Run(path)
    release = PressRelease.objects.get()
    release.title = "A better title"
    release.save()
    archive("a.html", page(text=f"{TEXT} Still."))

    run = Run(path)

    release.refresh_from_db()
    assert run.has(conflict=1)
    assert "was edited here since; kept: A better title" in run.out
    assert (release.title, "Still." in release.text) == ("A better title", False)


def test_other_labels_in_the_source_leave_a_text_that_was_edited_here(archive):
    archive("a.html", page())
    Run(archive.folder)
    release = PressRelease.objects.get()
    release.title = "Edited"
    release.save()

    archive("a.html", page(field="Policing"))
    run = Run(archive.folder)

    release.refresh_from_db()
    assert run.has(updated=1)
    assert release.title == "Edited"
    assert [str(each) for each in release.fields_of_work.all()] == ["Policing"]


def test_terms_that_an_editor_added_or_removed_stay_so(archive):
    path = archive("a.html", page(field="Youth, Elections"))
    Run(path)
    release = PressRelease.objects.get()
    release.fields_of_work.remove(FieldOfWork.objects.get(code="youth"))
    release.fields_of_work.add(FieldOfWork.objects.get(code="policing"))
    archive("a.html", page(field="Youth, Elections", text=f"{TEXT} Still."))

    assert Run(path).has(updated=1)

    assert {term.code for term in release.fields_of_work.all()} == {"elections", "policing"}


def test_texts_that_an_editor_changed_stay_so_when_only_a_label_changes(archive):
    path = archive("a.html", page(source="Mission to the Moon"))
    Run(path)
    release = PressRelease.objects.get()
    release.title = "A better title"
    release.save()
    secretariat = Structure.objects.get(code="secretariat")
    secretariat.names.create(name="Mission to the Moon")

    assert Run(path).has(updated=1)

    release.refresh_from_db()
    assert release.title == "A better title"
    assert list(release.sources.all()) == [secretariat]


def test_a_label_that_no_term_had_is_matched_once_a_term_has_it(archive):
    path = archive("a.txt", capture(source="Mission to the Moon"))
    run = Run(path)
    release = PressRelease.objects.get()
    assert run.code == 0
    assert "source “Mission to the Moon” names no term" in run.out
    assert release.unmatched_labels == {"source": ["Mission to the Moon"]}
    assert not release.sources.exists()
    secretariat = Structure.objects.get(code="secretariat")
    secretariat.names.create(name="Mission to the Moon")

    assert Run(path).has(updated=1)

    release.refresh_from_db()
    assert release.unmatched_labels == {}
    assert release.legacy_labels["source"] == ["Mission to the Moon"]
    assert list(release.sources.all()) == [secretariat]
    assert Run(path).has(unchanged=1)


def test_an_undated_item_is_a_draft_until_its_source_has_a_date(archive):
    path = archive("a.html", page(day=""))
    run = Run(path)
    assert "no date: it becomes a draft" in run.out
    assert PressRelease.objects.get().state == State.DRAFT
    archive("a.html", page(day="3 May 2013"))

    assert Run(path).has(updated=1)

    assert PressRelease.objects.get().state == State.PUBLISHED


def test_a_date_that_is_gone_from_the_source_does_not_unpublish(archive):
    path = archive("a.html", page())
    Run(path)
    archive("a.html", page(day=""))

    run = Run(path)

    assert run.has(failed=1)
    assert "has no date any more" in run.err
    assert PressRelease.objects.get().state == State.PUBLISHED


def test_undated_items_of_the_same_title_are_both_kept(archive):
    archive(
        "a.txt",
        capture(day="", text="One day the sea was calm and blue all the way to the islands there."),
    )
    archive(
        "b.txt",
        capture(day="", text="The next day it was not, and no ship left the port of the capital."),
    )

    assert Run(archive.folder).has(created=2)
    assert PressRelease.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("bad.txt", b"", "empty file"),
        ("bad.txt", b" \n\t\n", "empty file"),
        ("bad.txt", "Vor Öffnung".encode("cp1252"), "not UTF-8: byte 0xD6 at position 4"),
        ("bad.txt", capture().encode() + b"\0", "NUL"),
        ("bad.txt", b"\x89PNG\r\n\x1a\n", "not UTF-8"),
        ("bad.txt", b"Nothing of interest.", "no labels"),
        ("bad.html", b"<html><body>404 Not Found</body></html>", "no heading"),
        ("bad.html", b"<html><h1>404 Not Found</h1><p>Sorry.</p></html>", "no labels"),
        ("bad.txt", b"x" * 5_000_001, "larger than 5 MB"),
        ("bad.html", b"<div>" * 100_000, "in each other"),
    ],
)
def test_a_bad_file_fails_alone_and_by_name(archive, name, content, reason):
    bad = archive(f"middle/{name}", content)
    archive("a.txt", capture())
    archive("z.html", page())

    run = Run(archive.folder)

    assert run.code == 3
    assert run.has(created=2, failed=1)
    assert f"failed: {bad}: " in run.err
    assert reason in run.err
    assert PressRelease.objects.count() == 2


@pytest.mark.parametrize(
    "source", ["missing.txt", "none-*.html", "x" * 300, "a/b/c", "loop.txt", ""]
)
def test_a_source_that_names_nothing_fails_by_name(archive, source, monkeypatch):
    monkeypatch.chdir(archive.folder)
    archive("a.txt", capture())
    os.symlink("loop.txt", archive.folder / "loop.txt")

    run = Run(source, "a.txt")

    assert run.code == 3
    assert run.has(created=1, failed=1)
    assert f"failed: {source or '.'}: " in run.err


def test_an_empty_folder_fails_by_name(archive):
    run = Run(archive.folder)

    assert run.code == 3
    assert "a folder without .html, .htm or .txt files" in run.err


def test_folders_patterns_and_files_name_each_file_once(archive):
    archive("a.txt", capture())
    archive("deep/er/b.HTM", page())
    archive("deep/picture.png", b"x")
    archive("deep/._b.htm", b"\0\0")
    os.mkfifo(archive.folder / "pipe.txt")
    (archive.folder / "folder.html").mkdir()

    run = Run(
        archive.folder, archive.folder / "*.txt", archive.folder / "a.txt", archive.folder / "deep"
    )

    assert run.has(created=2, failed=0)


def test_the_same_item_in_two_files_is_taken_once(archive):
    first = archive("a.html", page())
    archive("b.html", page(text=f"{TEXT} Other."))

    run = Run(archive.folder)

    assert run.has(created=1, skipped=1)
    assert f"the same item as {first}" in run.out


def test_a_dry_run_prints_the_same_and_writes_nothing(archive, settings):
    archive("a.txt", capture(source="Mission to the Moon"))
    archive("b.html", page(text=f"{TEXT}<img src='lamp.png'><img src='gone.png'>"))
    archive("c.txt", "Nothing.")
    Image.new("RGB", (4, 4)).save(archive.folder / "lamp.png")

    dry = Run(archive.folder, dry_run=True)

    assert not PressRelease.objects.exists()
    assert not ReleaseImage.objects.exists()
    assert not any(Path(settings.MEDIA_ROOT).rglob("*"))
    real = Run(archive.folder)
    assert dry.out == f"Dry run: nothing is written.\n{real.out}"
    assert (dry.err, dry.code) == (real.err, real.code)
    assert real.has(created=2, failed=1)
    assert len([each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]) == 1


PICTURE = '<img src="{}" alt="A lamp">'


def test_pictures_beside_the_page_come_along(archive, settings):
    (archive.folder / "images").mkdir()
    Image.new("RGB", (4, 6)).save(archive.folder / "images" / "a lamp.png")
    path = archive(
        "a.html",
        page(
            text=f'{TEXT}<figure><img src="images/a%20lamp.png" alt="A lamp">'
            "<figcaption>Lit.</figcaption></figure>"
        ),
    )

    assert Run(path).code == 0

    image = ReleaseImage.objects.get()
    assert (image.alt, image.caption, image.width, image.height) == ("A lamp", "Lit.", 4, 6)
    assert Path(image.file.path).is_relative_to(settings.MEDIA_ROOT)
    assert "lamp" not in Path(image.file.name).name


@pytest.mark.parametrize(
    ("src", "reason"),
    [
        ("gone.png", "no such file"),
        ("../../../../../../etc/hostname", "outside the folder"),
        ("/etc/hostname", "outside the folder"),
        ("..%2Fsecret.png", "outside the folder"),
        ("link.png", "outside the folder"),
        ("https://evil.example/a.png", "not fetched"),
        ("//evil.example/a.png", "not fetched"),
        ("file:///etc/hostname", "not fetched"),
        ("data:image/png;base64,AAAA", "not fetched"),
        ("drawing.png", "not a JPEG"),
        ("half.png", "not a JPEG"),
        ("", "no such file"),
        ("a%00b.png", "not a file"),
        ("http://[", "not a file"),
        ("x" * 5000, "not a file"),
    ],
)
def test_a_picture_that_cannot_come_along_is_named_and_the_text_imported(
    archive, settings, src, reason
):
    Image.effect_noise((64, 64), 50).save(archive.folder.parent / "secret.png")
    data = (archive.folder.parent / "secret.png").read_bytes()
    archive("half.png", data[: len(data) // 2])
    archive(
        "drawing.png", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    )
    os.symlink("../secret.png", archive.folder / "link.png")
    path = archive("a.html", page(text=TEXT + PICTURE.format(src)))

    run = Run(path)

    assert run.code == 0
    assert run.has(created=1)
    assert reason in run.out
    assert not ReleaseImage.objects.exists()
    assert not any(each.is_file() for each in Path(settings.MEDIA_ROOT).rglob("*"))


LANGUAGES = {
    "en": page(777, "en", field="Youth"),
    "de": page(
        777,
        "de",
        field="Elections",
        text="Die Leute und das Licht sind für den Hafen und die Schiffe von der Insel nicht zu weit.",
    ),
    "ru": page(
        777,
        "ru",
        field="Policing",
        text="Это маяк, и он на берегу, и не для всех, что по морю к нему из порта в ночи.",
    ),
}


@pytest.mark.parametrize("order", list(permutations(LANGUAGES)))
@pytest.mark.parametrize("at_once", [True, False])
def test_translations_are_linked_and_share_terms_in_whatever_order_they_come(
    archive, order, at_once
):
    for n, language in enumerate(order):
        archive(f"{n}.html", LANGUAGES[language])
        if not at_once:
            Run(archive.folder)
    Run(archive.folder)

    original = PressRelease.objects.get(language="en")
    assert original.translation_of is None
    assert {each.language for each in original.translations.all()} == {"de", "ru"}
    for release in PressRelease.objects.all():
        assert {term.code for term in release.fields_of_work.all()} == {
            "youth",
            "elections",
            "policing",
        }
    assert Run(archive.folder).has(unchanged=3)


def test_a_term_that_only_a_translation_gains_is_not_lost(archive):
    archive("en.html", LANGUAGES["en"])
    path = archive("de.html", LANGUAGES["de"])
    Run(archive.folder)
    path.write_text(LANGUAGES["de"].replace("Elections", "Elections, Migration"))

    Run(archive.folder)

    for release in PressRelease.objects.all():
        assert release.fields_of_work.filter(code="migration").exists()


def test_a_translation_that_an_editor_linked_elsewhere_stays_there(archive):
    archive("de.html", LANGUAGES["de"])
    Run(archive.folder)
    archive("other.html", page(888))
    Run(archive.folder)
    other = PressRelease.objects.get(language="en")
    PressRelease.objects.filter(language="de").update(translation_of=other)
    archive("en.html", LANGUAGES["en"])

    assert Run(archive.folder).code == 0

    assert PressRelease.objects.get(language="de").translation_of == other


def test_nothing_that_acts_reaches_the_page(archive, client):
    hostile = "<script>alert(1)</script><a href='javascript:alert(2)' onclick='alert(3)'>x</a>"
    escaped = hostile.replace("<", "&lt;")
    archive("a.html", page(title=escaped, text=TEXT + hostile, source=hostile + escaped))
    archive("b.txt", capture(title=hostile, source=hostile, text=f"{TEXT}{hostile}"))

    assert Run(archive.folder).has(created=2)

    for release in PressRelease.objects.all():
        html = client.get(release.get_absolute_url()).content.decode()
        for acting in (
            "<script>alert",
            "<a href='javascript",
            '<a href="javascript',
            "<a href=&#x27;",
        ):
            assert acting not in html
        assert release.title.startswith("<script>")  # as text


def test_a_text_of_a_megabyte_is_imported(archive):
    path = archive("a.txt", capture(text=TEXT * 10_000))

    assert Run(path).has(created=1)
    assert len(PressRelease.objects.get().text) > 900_000


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_ten_thousand_paragraphs_are_imported_in_reasonable_time(archive, name):
    lines = [f"{n} {TEXT}" for n in range(10_000)]
    content = (
        capture(text="\n".join(lines)) if name == "a.txt" else page(text="</p><p>".join(lines))
    )
    begun = timezone.now()

    assert Run(archive(name, content)).has(created=1)

    assert timezone.now() - begun < timedelta(seconds=20)
    assert PressRelease.objects.get().body.count("<p>") >= 10_000


def test_a_title_of_600_characters_is_cut_and_kept(archive):
    title = ("Very long " * 60).strip()

    run = Run(archive("a.html", page(title=title)))

    release = PressRelease.objects.get()
    assert "title of 599 characters; cut to 500" in run.out
    assert len(release.title) <= 500
    assert release.legacy_labels["title"] == [title]


@pytest.mark.parametrize(
    "char", ["\x01", "\x1b", "\x7f", "\x85", "\ufffe", "\u2028", "&#1;", "&#xD800;", "&#0;"]
)
def test_control_characters_do_no_harm(archive, char):
    run = Run(
        archive("a.html", page(title=f"La{char}mp", text=f"{TEXT}{char}", source=f"Mo{char}on"))
    )

    assert run.has(created=1)
    assert "\x1b" not in run.out
    assert PressRelease.objects.get().title.startswith("La")


def test_what_is_printed_cannot_steer_a_terminal_or_forge_lines(archive):
    path = archive("a\nfailed: b\x1b[2J.txt", capture(source="Mo\x9b2Jon"))
    bad = os.fsencode(archive.folder) + b"/\xff.txt"
    Path(os.fsdecode(bad)).write_text("Nothing.")

    run = Run(archive.folder, path)

    assert run.has(created=1, failed=1)
    assert not {"\x1b", "\x9b", "\udcff"} & set(run.out + run.err)
    assert r"\udcff.txt" in run.err
    assert not any(line.startswith("failed: b") for line in (run.out + run.err).splitlines())


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_sources_the_exit_code_is_2():
    end = manage("import_releases")

    assert end.returncode == 2
    assert "SOURCE" in end.stderr
    assert "Traceback" not in end.stderr


def test_on_a_database_without_tables_the_exit_code_is_1(tmp_path, archive):
    path = archive("a.txt", capture())

    end = manage("import_releases", str(path), DATABASE_URL=f"sqlite:///{tmp_path / 'new.sqlite3'}")

    assert end.returncode == 1
    assert "Is the database there, and migrated" in end.stderr
    assert "Traceback" not in end.stderr


def test_an_interrupted_import_leaves_no_translation_unlinked(archive):
    pages = [archive("en.html", page()), archive("de.html", page(language="de", text=GERMAN))]

    def interrupt(number, total):
        if PressRelease.objects.count() == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_releases([str(each) for each in pages], Options(batch_size=1), step=interrupt)

    german = PressRelease.objects.get(language="de")
    assert german.translation_of == PressRelease.objects.get(language="en")


def test_a_term_that_all_pages_lose_goes_from_all_of_them(archive):
    for name, language, text in [("en.html", "en", TEXT), ("de.html", "de", GERMAN)]:
        archive(name, page(language=language, text=text, field="Youth, Policing"))
    Run(archive.folder)
    for name, language, text in [("en.html", "en", TEXT), ("de.html", "de", GERMAN)]:
        archive(name, page(language=language, text=text, field="Youth"))

    Run(archive.folder)

    for release in PressRelease.objects.all():
        assert [str(each) for each in release.fields_of_work.all()] == ["Youth"]


def test_a_translation_that_an_editor_unlinked_stays_so(archive):
    archive("en.html", page())
    archive("de.html", page(language="de", text=GERMAN))
    Run(archive.folder)
    PressRelease.objects.filter(language="de").update(translation_of=None)
    archive("en.html", page(text=TEXT + " It is bright."))

    assert Run(archive.folder).has(updated=1)

    assert PressRelease.objects.get(language="de").translation_of is None


def test_an_image_that_comes_later_is_taken_then(archive):
    archive("a.html", page().replace("</article>", '<img src="x.png" alt="Lamp"></article>'))
    assert "no such file" in Run(archive.folder).out
    assert "no such file" in Run(archive.folder).out
    Image.new("RGB", (4, 4)).save(archive.folder / "x.png")

    assert Run(archive.folder).has(updated=1)
    assert ReleaseImage.objects.get().alt == "Lamp"
    assert Run(archive.folder).has(unchanged=1)


def test_two_imports_do_not_run_at_once(archive):
    path = archive("a.txt", capture())
    held, done = Event(), Event()

    def hold():
        with one_at_a_time():
            held.set()
            done.wait(20)
        connection.close()

    other = Thread(target=hold)
    other.start()
    held.wait(20)
    try:
        with pytest.raises(CommandError) as refused:
            call_command("import_releases", str(path))
    finally:
        done.set()
        other.join()

    assert refused.value.returncode == 4
    assert not PressRelease.objects.exists()
    assert Run(path).code == 0


def test_without_any_terms_the_operator_is_told(archive):
    for model in (Structure, FieldOfWork, Meeting, Chairpersonship, Country):
        while leaves := model._base_manager.filter(pk__in=leaves_of(model)):
            leaves.delete()

    assert "run load_taxonomy" in Run(archive("a.txt", capture())).out


def leaves_of(model):
    if model is Chairpersonship:
        return list(model.objects.values_list("pk", flat=True))
    return list(model.objects.filter(children=None).values_list("pk", flat=True))


@pytest.mark.parametrize("language", ["pt", ""])
def test_a_language_that_is_not_recognised_is_taken_as_english_with_a_warning(archive, language):
    text = "Zxcv bnm asdf ghjkl qwertz uiop."

    run = Run(archive("a.html", page(language=language, text=text)))

    assert ("taken as English" in run.out) is (language == "pt")
    assert PressRelease.objects.get().language == "en"
