"""Documents hang on a release under an address that stays, and are only ever downloaded."""

import io
import os
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from press import corrections, redaction
from press.attachments import KINDS, kind_of
from press.models import Attachment, PressRelease, PreviewLink, Redaction
from press.models.attachment import size_in_words
from press.revisions import copied, differences, record
from structures.models import Role
from tests.factories import DraftFactory, ReleaseFactory, person_at

from .test_admin import RELEASES, form_of
from .test_images import HOSTILE as HOSTILE_PICTURES
from .test_images import PICTURE, media, run

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj <</JS (app.alert(1))>> endobj\ntrailer\n%%EOF\n"
DAYS = timedelta(days=2).total_seconds()


def archive(*parts, compression=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as made:
        for name, content in parts:
            made.writestr(name, content)
    return data.getvalue()


def office(main, *parts, types=b""):
    listed = b'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.%s.main+xml"/>'
    return archive(
        ("[Content_Types].xml", listed % main + types), ("docProps/app.xml", "x"), *parts
    )


WORD = office(b"wordprocessingml.document", ("word/document.xml", "<w/>"))
EXCEL = office(b"spreadsheetml.sheet", ("xl/printerSettings/printerSettings1.bin", "x"))
ODT = archive(("mimetype", KINDS["odt"][1]), ("content.xml", "<x/>"), compression=0)
GOOD = {
    "pdf": PDF,
    "docx": WORD,
    "xlsx": EXCEL,
    "pptx": office(b"presentationml.presentation"),
    "odt": ODT,
    "ods": archive(("mimetype", KINDS["ods"][1]), ("content.xml", "<x/>"), compression=0),
    "txt": "Grüße, мир\n".encode(),
}


def bomb():
    """An Office file of some kilobytes that says that it unpacks to 2 GB."""
    data = bytearray(office(b"wordprocessingml.document", ("word/document.xml", "x" * 1000)))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (2_000_000_000).to_bytes(4, "little")
    return bytes(data)


BAD = {
    "empty": b"",
    "spaces": b" \n ",
    "half a PDF": PDF[:30],
    "half an Office file": WORD[: len(WORD) * 2 // 3],
    "PDF and archive": PDF + archive(("a.txt", "x")) + b"%%EOF",
    "archive": archive(("a.txt", "x")),
    "Java": archive(("META-INF/MANIFEST.MF", "x"), ("a.class", "x")),
    "slip": office(b"wordprocessingml.document", ("../../etc/cron.d/x", "x")),
    "bomb": bomb(),
    "many parts": office(b"wordprocessingml.document", *((f"{n}", "") for n in range(10_001))),
    "list of parts that unpacks for ever": archive(("[Content_Types].xml", b" " * 5_000_000)),
    "HTML": b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "XML": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
    "program": b"MZ\x90\x00" + b"\0" * 200,
    "picture": PICTURE,
    "old Word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "not UTF-8": "Grüße".encode("latin-1"),
    "cut in the middle of a letter": "Grüß".encode()[:-1],
}
MACROS = {
    "VBA": office(b"wordprocessingml.document", ("word/vbaProject.bin", "x")),
    "by its type": office(
        b"wordprocessingml.document",
        types=b"application/vnd.ms-word.document.macroEnabled.main+xml",
    ),
    "control": office(b"wordprocessingml.document", ("word/activeX/activeX1.xml", "x")),
    "Basic": archive(("mimetype", KINDS["odt"][1]), ("Basic/Standard/a.xml", "x")),
    "embedded": office(b"wordprocessingml.document", ("word/embeddings/oleObject1.bin", "x")),
}


def file(data=PDF, name="x.pdf"):
    return SimpleUploadedFile(name, data)


def attach(release, data=PDF, name="x.pdf", title="Annex", **values):
    return release.attachments.create(file=ContentFile(data, name), title=title, **values)


def row(release, number=0, **values):
    values = {"title": "Annex", "position": 0, "release": release.pk, "id": "", **values}
    return form_of(release) | {
        "attachments-TOTAL_FORMS": number + 1,
        **{f"attachments-{number}-{name}": value for name, value in values.items()},
    }


def save(editor, release, **values):
    return editor.post(f"{RELEASES}{release.pk}/change/", row(release, **values))


def replace(editor, attachment, data, **values):
    release = attachment.release
    release.refresh_from_db()
    sent = row(release, id=attachment.pk, title=attachment.title, file=file(data), **values)
    answer = editor.post(f"{RELEASES}{release.pk}/change/", sent | {"attachments-INITIAL_FORMS": 1})
    assert answer.status_code == 302


@pytest.fixture
def editor(client):
    client.force_login(person_at(Role.EDITOR))
    return client


# What may be attached


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("name", ["x.jpg", "x.pdf.exe", "x"])
def test_the_content_says_what_a_file_is(kind, name):
    assert kind_of(ContentFile(GOOD[kind]), name) == kind


def test_only_its_name_says_that_text_is_a_table():
    assert kind_of(ContentFile(b"a,b\n1,2\n"), "Budget.CSV") == "csv"
    assert kind_of(ContentFile(b"a,b\n1,2\n"), "Budget") == "txt"


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ["x.pdf", "x.txt"])
def test_all_else_is_refused_quickly(data, name):
    begun = time.monotonic()

    with pytest.raises(ValidationError, match="not a file that can be attached"):
        kind_of(ContentFile(data), name)

    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("data", MACROS.values(), ids=MACROS)
def test_files_with_programs_in_them_are_refused_with_a_way_out(data):
    with pytest.raises(ValidationError, match="Save it without them, or as PDF"):
        kind_of(ContentFile(data), "x.docx")


def test_broken_bytes_never_raise_anything_else():
    for original in GOOD.values():
        for place in range(0, len(original), max(1, len(original) // 150)):
            broken = bytearray(original)
            broken[place] ^= 0x55
            try:
                assert kind_of(ContentFile(bytes(broken)), "x") in KINDS
            except ValidationError:
                continue


@pytest.mark.parametrize("data", [*BAD.values(), *HOSTILE_PICTURES.values()])
def test_a_refused_file_leaves_nothing_and_loses_no_text(editor, data):
    release = DraftFactory()

    answer = save(editor, release, file=file(data), title="My words")

    assert answer.status_code == 200
    assert "My words" in answer.content.decode()
    assert (media(), release.attachments.count()) == ([], 0)


def test_nothing_is_stored_past_the_form_either():
    with pytest.raises(ValidationError):
        attach(DraftFactory(), MACROS["VBA"])
    assert media() == []


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "", "a/b; charset=x"])
def test_the_type_that_is_sent_along_does_not_count(editor, content_type):
    release = DraftFactory()

    sent = SimpleUploadedFile("x.html", PDF, content_type)
    assert save(editor, release, file=sent).status_code == 302

    assert release.attachments.get().content_type == "application/pdf"


@pytest.mark.parametrize("size", [1000, 3_000_000])
def test_a_file_is_stored_under_a_name_that_cannot_be_guessed(editor, size):
    release, data = DraftFactory(), PDF[:-6] + b" " * size + b"%%EOF\n"

    assert save(editor, release, file=file(data, "../../<b>.html")).status_code == 302

    found = release.attachments.get()
    assert (found.kind, found.size) == ("pdf", len(data))
    assert media() == [found.file.name]
    assert len(found.file.name) == len("attachments/") + 22 + 4
    assert os.stat(found.file.path).st_mode & 0o777 == 0o640


def test_a_file_that_is_too_large_is_refused_with_the_limit(editor, settings):
    settings.UPLOAD_MAX_MB, settings.UPLOAD_MAX_BYTES = 1, 1_000_000
    data = PDF[:-6] + b" " * 2_000_000 + b"%%EOF\n"

    answer = save(editor, DraftFactory(), file=file(data))

    assert "Larger than 1 MB." in answer.content.decode()
    assert media() == []


# What readers get


@pytest.fixture
def attachment():
    return attach(ReleaseFactory(language="en"), title="Annex 1: Budget")


def test_the_page_says_title_type_and_size_and_the_language_if_it_is_another(client, attachment):
    attach(attachment.release, WORD, title="Beilage", language="de", position=1)

    page = client.get(attachment.release.get_absolute_url()).content.decode()

    address = f"{attachment.get_absolute_url()}"
    assert f'<a href="{address}" type="application/pdf" hreflang="en" download>' in page
    assert "(PDF, 1 kB)" in page
    assert '<span lang="de">Beilage</span> <span class="details">(Deutsch, Word, 1 kB)' in page
    assert page.index("Budget") < page.index("Beilage")
    assert ">Attachments</h2>" in page


def test_a_page_without_attachments_does_not_speak_of_them(client):
    assert "ttachment" not in client.get(ReleaseFactory().get_absolute_url()).content.decode()


def test_sizes_are_said_shortly():
    assert [size_in_words(size) for size in (12, 20_400, 999_600, 1_234_567)] == [
        "1 kB",
        "20 kB",
        "1.0 MB",
        "1.2 MB",
    ]


@pytest.mark.parametrize("kind", [*GOOD, "csv"])
def test_it_is_downloaded_and_never_shown_among_our_pages(client, kind):
    data = GOOD.get(kind, b"a,b\n")
    attachment = attach(ReleaseFactory(), data, f"x.{kind}", title="Annex")

    answer = client.get(attachment.get_absolute_url())

    assert answer.getvalue() == data
    assert answer["Content-Type"] == KINDS[kind][1]
    assert answer["Content-Disposition"] == f'attachment; filename="annex.{kind}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Content-Length"] == str(len(data))


@pytest.mark.parametrize(
    "title",
    ['"; filename=x.exe', "../../etc/passwd", "<img src=x>", "a\nb: c", "😀", "Отчёт", "CON"],
)
def test_no_title_breaks_out_of_the_header(client, title):
    attachment = attach(ReleaseFactory(), title=title)

    answer = client.get(attachment.get_absolute_url())

    assert answer.status_code == 200
    said = answer["Content-Disposition"]
    assert said.startswith("attachment; filename")
    assert not set("\r\n/\\<>") & set(said)
    if title == "Отчёт":
        assert "filename*=utf-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf" in said


def test_another_title_leads_to_the_address_of_today(client, attachment):
    former = attachment.get_absolute_url()
    Attachment.objects.update(title="Annex 1: The budget")

    answer = client.get(former)

    assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
    attachment.refresh_from_db()
    assert answer["Location"] == attachment.get_absolute_url()


def test_an_attachment_of_a_draft_or_of_another_release_is_not_found(client, attachment):
    here = attachment.get_absolute_url()
    other = here.replace(f"/{attachment.release_id}/", f"/{ReleaseFactory().pk}/", 1)
    assert client.get(other).status_code == 404

    for hidden in ({"state": "draft"}, {"state": "unpublished"}):
        PressRelease.objects.filter(pk=attachment.release_id).update(**hidden)
        for address in (here, here + "x"):
            answer = client.get(address)
            assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


def test_a_file_that_is_missing_is_not_found(client, attachment):
    os.remove(attachment.file.path)

    assert client.get(attachment.get_absolute_url()).status_code == 404


def test_previews_have_it_at_addresses_of_their_own(editor):
    attachment = attach(DraftFactory())
    release = attachment.release
    _, token = PreviewLink.share(release, by=person_at(Role.AUTHOR))
    at_desk = reverse("admin:press_pressrelease_preview", args=[release.pk])

    for address in (at_desk, f"/preview/{token}/"):
        there = f"{address}attachments/{attachment.pk}/annex.pdf"
        assert f'href="{there}"' in editor.get(address).content.decode()
        answer = editor.get(there)
        assert answer["Content-Disposition"] == 'attachment; filename="annex.pdf"'
        assert answer["Cache-Control"].startswith("private, no-store")
        assert editor.get(there.replace(f"/{attachment.pk}/", "/999/")).status_code == 404
    assert editor.get(attachment.get_absolute_url()).status_code == 404


# Replacing, correcting, deleting


def test_the_address_stays_when_the_file_is_replaced(client, editor):
    attachment = attach(DraftFactory())
    PressRelease.objects.update(state="published", published_at=attachment.release.updated_at)
    address, former = attachment.get_absolute_url(), attachment.file.name
    assert client.get(address).getvalue() == PDF
    PressRelease.objects.update(state="draft")

    replace(editor, attachment, PDF.replace(b"alert", b"hello"))

    PressRelease.objects.update(state="published")
    assert b"hello" in client.get(address).getvalue()
    attachment.refresh_from_db()
    assert attachment.file.name != former


def test_a_row_is_saved_without_choosing_its_file_again(editor, django_assert_max_num_queries):
    attachment = attach(DraftFactory())
    sent = row(attachment.release, id=attachment.pk, title="Annex A")

    answer = editor.post(
        f"{RELEASES}{attachment.release_id}/change/", sent | {"attachments-INITIAL_FORMS": 1}
    )

    assert answer.status_code == 302
    file = attachment.file.name
    attachment.refresh_from_db()
    assert (attachment.title, attachment.file.name) == ("Annex A", file)


def test_a_correction_shows_its_file_to_nobody_before_it_is_published(client):
    attachment = attach(ReleaseFactory(title="Budget"))
    goes = attach(attachment.release, title="Goes", position=2)
    author, publisher = person_at(Role.AUTHOR), person_at(Role.PUBLISHER)
    copy = corrections.begin(attachment.release, by=author)
    changed = copy.attachments.get(copy_of=attachment)
    changed.file = ContentFile(WORD, "x.docx")
    changed.save()
    copy.attachments.get(copy_of=goes).delete()
    new = attach(copy, title="New", position=3)

    assert client.get(attachment.get_absolute_url()).getvalue() == PDF
    for hidden in (changed, new):
        assert client.get(hidden.get_absolute_url()).status_code == 404

    copy.submit(by=author)
    corrections.publish(copy, by=publisher, note="Another budget.")
    kept, added = attachment.release.attachments.all()
    assert kept.pk == attachment.pk
    assert client.get(attachment.get_absolute_url(), follow=True).getvalue() == WORD
    assert client.get(added.get_absolute_url()).getvalue() == PDF
    assert client.get(goes.get_absolute_url()).status_code == 404
    page = client.get(attachment.release.change_notes.get().get_absolute_url()).content.decode()
    assert "Replaced by another:" in page
    assert kept.file.name not in page


def test_versions_say_title_size_and_file(db):
    release = DraftFactory()
    before = record(release, by=None)
    del before.snapshot["attachments"]  # as recorded before there were any
    before.save()
    assert record(release, by=None) is None

    attachment = attach(release, title="Annex")
    after = record(release, by=None)

    assert after.snapshot["attachments"] == [
        {"title": "Annex", "language": "", "size": len(PDF), "file": attachment.file.name}
    ]
    (difference,) = differences(before.snapshot, after.snapshot)
    assert difference["label"] == "Attachments"
    assert difference["added"] == [f"Annex · 1 kB · {attachment.file.name}"]


def test_a_copy_as_new_has_no_files_and_says_so():
    release = attach(ReleaseFactory()).release

    draft, lacks = copied(release, by=None, desk=None)

    assert not draft.attachments.exists()
    assert lacks == ["attachments"]


def test_a_title_is_redacted_everywhere():
    attachment = attach(ReleaseFactory(), title="Letter of Zxqwv Jones")
    release = attachment.release
    record(release, by=None)
    asked = redaction.ask(
        release, by=person_at(Role.PUBLISHER), passage="Zxqwv Jones", reason="A court."
    )
    redaction.carry_out(asked, by=person_at(Role.PUBLISHER))

    attachment.refresh_from_db()
    assert attachment.title == "Letter of [removed]"
    assert "zxqwv" not in attachment.get_absolute_url()
    assert "Zxqwv" not in str([each.snapshot for each in release.revisions.all()])
    assert Redaction.objects.get().places


def test_the_file_of_a_deleted_attachment_is_removed_after_a_day(attachment):
    kept = attach(attachment.release)
    attachment.delete()
    run()
    assert len(media()) == 2

    for path in media():
        os.utime(Path(django_settings.MEDIA_ROOT) / path, (time.time() - DAYS,) * 2)
    run()
    assert media() == [kept.file.name]


def test_what_was_typed_of_an_attachment_comes_back_when_the_form_was_stale(editor):
    attachment = attach(DraftFactory())
    stale = row(attachment.release, id=attachment.pk, title="My annex")
    stale |= {"attachments-INITIAL_FORMS": 1}
    attachment.release.save()

    page = editor.post(f"{RELEASES}{attachment.release_id}/change/", stale).content.decode()

    assert "<h3>Attachments</h3>" in page
    assert 'value="My annex"' in page
    attachment.refresh_from_db()
    assert attachment.title == "Annex"
