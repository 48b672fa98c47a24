"""What a source holds is counted before anything of it is imported."""

import json
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from press.importers import inspecting
from press.models import PressRelease

from ..test_attachments import PDF
from .test_import import TEXT, capture, page
from .test_listing_run import LISTED

pytestmark = pytest.mark.usefixtures("taxonomy")


def inspect(*sources, **options):
    out = StringIO()
    call_command("import_inspect", *map(str, sources), stdout=out, **options)
    return json.loads(out.getvalue()) if options.get("json") else out.getvalue()


@pytest.fixture
def source(archive):
    """Two releases of one key, a text capture, a row, a list, and what cannot be read."""
    Image.new("RGB", (4, 6)).save(archive.folder / "lamp.png")
    archive("rules.pdf", PDF)
    files = (
        '<img src="lamp.png" alt="x"><img src="gone.png" alt="x"><a href="rules.pdf">Rules</a>'
        '<p class="Mso x" style="color: red; margin:0">Old.</p>'
    )
    archive("a.html", page(text=TEXT + files))
    archive("b.html", page(field="Ellections, Youth", day="3.5.2013").encode("utf-16"))
    archive("c.txt", capture(day="").replace("Press release", "Press Release Special"))
    archive("d.jsonl", json.dumps({"title": "Row", "body": TEXT, "date": "03/05/2013"}))
    archive("list.html", LISTED)
    labelled = page(4800).replace("<dl>", '<dl class="labels">')
    archive("old.html", labelled.replace("<p>The crew", '<div class="body"><p>The crew'))
    archive("e.html", "<p>nothing")
    archive("f.txt", b"\xff\xff\0")
    return archive.folder


def test_everything_is_counted(source):
    told = inspect(source, json=True)

    assert (told["read"], told["releases"]) == (8, 5)
    assert told["lists"] == {"pages": 1, "entries": 3}
    assert sum(told["refused"].values()) == 2
    assert told["formats"]["html"] == 5
    assert told["formats"]["row"] == 1
    assert told["layouts"] == {"no profile": 4, "definition-list": 1}
    assert told["encodings"]["utf-16"] == 1
    assert told["languages"] == {"en": 5}
    assert told["dates"] == {"printed": 3, "none": 2}
    assert told["shapes of dates"]["9 x 9"] == {"count": 2, "read": 2, "example": "3 May 2013"}
    assert told["shapes of dates"]["9/9/9"] == {"count": 1, "read": 0, "example": "03/05/2013"}
    assert told["terms"]["field"]["commonest unmatched"] == {"Ellections": 1}
    assert told["terms"]["field"]["matched"] == 4
    assert told["images"] == {"present": 1, "missing": 1}
    assert told["documents"] == {"present": 1}
    assert told["duplicates"]["count"] == 1
    assert told["duplicates"]["examples"][0].endswith("b.html")
    assert told["classes"]["Mso"] == 1
    assert told["inline styles"] == {"color": 1, "margin": 1}
    assert told["tags"]["h1"] >= 2
    assert told["lengths"]["title"]["longest"] == len("Lighthouse lamp burns on")


def test_people_read_the_same_numbers(source):
    text = inspect(source)

    assert "read: 8\nreleases: 5\n" in text
    assert "    commonest unmatched:\n      Ellections: 1\n" in text


def test_nothing_is_written_and_nothing_is_asked_for_each_item(archive):
    def asked(count):
        for n in range(count):
            archive(f"{n}.html", page(1000 + n))
        with CaptureQueriesContext(connection) as found:
            inspect(archive.folder, json=True)
        return len(found)

    assert asked(2) == asked(20)
    assert not PressRelease.objects.exists()


def test_a_manifest_is_heard_and_a_wrong_one_ends_with_1(archive):
    archive("a.html", page())
    manifest = archive("m.csv", "path,language\na.html,en\ngone.html,en\n")
    told = inspect(archive.folder, manifest=str(manifest), json=True)
    assert told["refused"] == {"not_in_sources": 1}

    with pytest.raises(CommandError) as refusal:
        inspect(archive.folder, manifest=str(archive("bad.csv", "x,y\n")))

    assert refusal.value.returncode == 1
    assert "no column path" in str(refusal.value)


def test_without_sources_the_exit_code_is_2():
    command = [sys.executable, "manage.py", "import_inspect"]
    ended = subprocess.run(command, cwd=django_settings.BASE_DIR, capture_output=True, check=False)
    assert ended.returncode == 2


def test_names_without_end_do_not_fill_the_memory(archive, monkeypatch):
    monkeypatch.setattr(inspecting, "MOST", 10)
    spans = "".join(f'<span class="c{n}">x</span>' for n in range(50))
    archive("a.html", page(text=f"{TEXT}{spans}"))

    told = inspect(archive.folder, json=True, top=20)

    assert len(told["classes"]) == 11
    assert told["classes"]["(others)"] == 40


def test_percentiles_are_kept_to_two_figures():
    lengths = inspecting.Lengths()
    for length in range(1, 1001):
        lengths.add(length)

    assert lengths.told() == {
        "0 %": 1, "10 %": 100, "50 %": 500, "90 %": 900, "99 %": 990, "longest": 1000
    }  # fmt: skip
    assert len(lengths.counts) < 200
