"""Each code of messages.py has a source that brings it about; a code without one fails."""

import io
import json
import zipfile

import pytest
from PIL import Image

from press.importers import messages
from press.importers.sources.found import LARGEST
from press.models import ImportMessage, PressRelease
from press.redaction import ask, carry_out
from structures.models import Role
from tests.factories import person_at
from tests.press.importers.archives import TEXT, Run, export, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]


def page(title="Lamp", text=TEXT, day="3 May 2013", more="", url="https://old.example/x/4711"):
    return (
        f'<html lang="en"><link rel="canonical" href="{url}"><article><p>Press release</p>'
        f"<h1>{title}</h1><dl><dt>Date:</dt><dd>{day}</dd>{more}</dl><p>{text}</p></article></html>"
    )


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def link():
    name = zipfile.ZipInfo("link.html")
    name.external_attr = 0o120777 << 16
    return name, "target.html"


def encrypted():
    data = bytearray(zipped(("a.html", "x" * 50)))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


CSV = "title,body,date\n"

# {code: {name of a file: what is in it}}; a further code needs a further line.
FILES = {
    "empty_archive": {"a.zip": zipped()},
    "broken_archive": {"a.zip": b"PK\3\4 no"},
    "unsafe_name": {"a.zip": zipped(("../a.html", page()))},
    "link_in_archive": {"a.zip": zipped(link())},
    "encrypted": {"a.zip": encrypted()},
    "bomb": {"a.zip": zipped(("a.html", b" " * 4_900_000))},
    "nested_archive": {"a.zip": zipped(("b.zip", zipped(("a.html", page()))))},
    "broken_record": {"a.warc": b"no"},
    "no_rows": {"a.jsonl": ""},
    "manifest": {"manifest.csv": "path,url\na.html,https://a.example/\n"},
    "no_profile": {"a.html": page()},
    "no_column": {"a.csv": "title,date\nx,y\n"},
    "column_twice": {"a.csv": "title,body,title\nx,y,z\n"},
    "broken_table": {"a.csv": CSV + '"x\n'},
    "row_length": {"a.csv": CSV + "x\n"},
    "not_json": {"a.jsonl": '{"title'},
    "not_a_row": {"a.jsonl": "[1]"},
    "wrong_type": {"a.jsonl": '{"title": true}'},
    "embargo_unreadable": {"a.jsonl": json.dumps(row(1, embargo="soon"))},
    "same_title": {
        "a.jsonl": "\n".join(json.dumps(row(n, title="X", date="2013-05-03")) for n in (1, 2))
    },
    "same_text": {
        "a.jsonl": "\n".join(
            json.dumps(row(n, date="2013-05-03", body=f"{TEXT * 6} {n}")) for n in (1, 2)
        )
    },
    "text_left_out": {
        "a.html": '<html lang="en"><article class="release"><p class="kicker">Press release</p>'
        f'<h1>Lamp</h1><dl class="labels"><dt>Date</dt><dd>3 May 2013</dd></dl><div class="body"><p>{TEXT}'
        "</p></div><div><p>Annex: the lamp and its oil.</p></div></article></html>"
    },
    "status_unknown": {"a.jsonl": json.dumps(row(1, status="perhaps"))},
    "too_large": {"a.html": b"x" * (LARGEST + 1)},
    "empty": {"a.html": " "},
    "not_text": {"a.html": page(text="\0")},
    "unknown_encoding": {"a.html": b'<meta charset="klingon">\xff'},
    "wrong_encoding": {"a.html": b"\xff"},
    "no_format": {"a.html": "<<<"},
    "list": {"a.html": "<article><h1>x</h1></article>" * 2},
    "mail": {"a.html": "From: a@b.example\nMIME-Version: 1.0\nSubject: x\n\nx"},
    "too_deep": {"a.html": "<div>" * 100_000},
    "nothing": {"a.html": "<frameset>"},
    "no_title": {"a.jsonl": json.dumps(row(1, title=None))},
    "no_title_before_labels": {
        "a.txt": "- Date:\n- Source:\n- ODIHR\n- Fields of work:\n- Youth\n"
    },
    "endless_title": {"a.jsonl": json.dumps(row(1, title="x" * 100_000))},
    "no_text": {"a.jsonl": json.dumps(row(1, body=None))},
    "no_labels": {"a.html": "<html><h1>Lamp</h1><p>Sorry.</p></html>"},
    "title_cut": {"a.html": page(title="Lamp " * 120)},
    "kind_unknown": {"a.jsonl": json.dumps(row(1, type="Ode"))},
    "language_unknown": {"a.jsonl": json.dumps(row(1, language="tlh", body="Zxcv bnm qwrt."))},
    "language_not_recognised": {"a.jsonl": json.dumps(row(1, language="", body="Zxcv bnm."))},
    "date_unreadable": {"a.html": page(day="once")},
    "dates_disagree": {"a.html": page(text=f"TALLINN, 4 May 2013 – {TEXT}")},
    "undated": {"a.jsonl": json.dumps(row(1, date=None))},
    "in_future": {"a.html": page(day="3 May 2090")},
    "references": {"a.jsonl": json.dumps(row(1, title="The Council&#039;s lamp"))},
    "misread_mended": {"a.jsonl": json.dumps(row(1, title="The caf\u00c3\u00a9 of today"))},
    "misread": {"a.jsonl": json.dumps(row(1, title="\u00e2\u20ac\ufffdLamp of Vie\u00c3\ufffdna"))},
    "label_unmatched": {"a.jsonl": json.dumps(row(1, source="The Moon"))},
    "fields_ignored": {"a.jsonl": json.dumps(row(1, moon="x"))},
    "file_remote": {"a.html": page(text=f"{TEXT}<img src='https://a.example/x.png'>")},
    "file_outside": {"a.html": page(text=f"{TEXT}<img src='../x.png'>")},
    "file_unreadable": {"a.html": page(text=f"{TEXT}<img src='a%00.png'>")},
    "picture_refused": {"a.html": page(text=f"{TEXT}<img src='x.png'>")},
    "picture_undescribed": {"a.html": page(text=f"{TEXT}<img src='lamp.png'>")},
    "collision": {"a.html": page(url=""), "b.html": page(url="", text=f"{TEXT} Other.")},
    "same_item": {"a.html": page(), "b.html": page(text=f"{TEXT} Other.")},
    "no_pages": {},
}


def edited(folder):
    Run(export(folder / "a.jsonl", [row(1)]))
    release = PressRelease.objects.get()
    release.title = "Ours"
    release.save()
    return Run(export(folder / "a.jsonl", [row(1, title="Theirs")]))


def redacted(folder):
    Run(export(folder / "a.jsonl", [row(1, title="Zxqwv")]))
    release = PressRelease.objects.get()
    ask(release, by=person_at(Role.PUBLISHER), passage="Zxqwv", reason="A court.")
    carry_out(release.redactions.get(), by=person_at(Role.PUBLISHER))
    return Run(export(folder / "a.jsonl", [row(1, title="Zxqwv!")]), overwrite_edited=True)


def held_back(folder):
    Run(export(folder / "a.jsonl", [row(1, status="draft")]))
    PressRelease.objects.get().log.create(action="submit", by=person_at(Role.PUBLISHER))
    return Run(export(folder / "a.jsonl", [row(1, status="published")]))


def deleted(folder):
    Run(export(folder / "a.jsonl", [row(1)]))
    PressRelease.objects.all().delete()
    return Run(folder / "a.jsonl")


def without_a_date(folder):
    Run(export(folder / "a.jsonl", [row(1)]))
    return Run(export(folder / "a.jsonl", [row(1, date=None)]))


def with_manifest(folder, *rows):
    (folder / "a.html").write_text(page())
    (folder / "b.html").write_text(page(text=f"{TEXT} Other."))
    (folder / "manifest.csv").write_text("\n".join(["path,captured_at", *rows]))
    return Run(folder, manifest=str(folder / "manifest.csv"))


# {code: what has to be done in a folder to bring it about}
ACTS = {
    "edited": edited,
    "redacted": redacted,
    "held_back": held_back,
    "deleted_here": deleted,
    "date_is_gone": without_a_date,
    "older_capture": lambda folder: with_manifest(folder, "a.html,2012-01-01", "b.html,2013-01-01"),
    "not_in_sources": lambda folder: with_manifest(folder, "c.html,2012-01-01"),
    "no_such_file": lambda folder: Run(folder / "gone.html"),
}
# Tested beside what brings them about.
ELSEWHERE = {
    *("named_already", "one_piece", "unreadable", "unexpected"),  # test_sources
    *("event", "label_unknown"),  # test_layouts
    *("body_twice", "address_damaged"),  # test_clean
    *("no_list", "list_disagrees", "not_imported_yet"),  # test_listing, test_listing_run
    "download_refused",  # test_attaching
}


def codes(code, folder):
    if code in ACTS:
        ACTS[code](folder)
    else:
        Image.new("RGB", (4, 4)).save(folder / "lamp.png")
        for name, content in FILES[code].items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        Run(folder)
    return set(ImportMessage.objects.values_list("code", flat=True))


@pytest.mark.parametrize("code", [*FILES, *ACTS])
def test_a_source_brings_it_about(tmp_path, code):
    folder = tmp_path / "folder"
    folder.mkdir()

    found = codes(code, folder)

    if code.startswith("file_"):  # the reason inside of another sentence
        texts = " ".join(ImportMessage.objects.values_list("text", flat=True))
        assert messages.TEXTS[code] in texts
    else:
        assert code in found
    assert found <= messages.TEXTS.keys()


def test_every_code_has_its_source():
    assert {*FILES, *ACTS} | ELSEWHERE == messages.TEXTS.keys()


def test_a_web_archive_without_a_page_fails_by_name(tmp_path):
    (tmp_path / "a.warc").write_bytes(b"WARC/1.0\r\nno\r\n\r\n")

    assert Run(tmp_path / "a.warc").code == 3
