"""Documents that a page offers come along with its text, from where the page is."""

import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from press.admin.preview import attachment_address
from press.importers.writing.links import relink
from press.models import Attachment, ImportMessage, Origin, PressRelease

from ..test_attachments import PDF
from ..test_revisions import PIXEL
from .archives import row
from .test_import import TEXT, Run, page

pytestmark = pytest.mark.usefixtures("taxonomy")

LINK = '<p>Read the <a href="{}">Harbour rules</a>.</p>'


def offering(src="files/rules.pdf", **parts):
    return page(text=TEXT + LINK.format(src), **parts)


def stored_files():
    return [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]


def test_documents_beside_the_page_become_attachments(archive, client):
    archive("files/rules.pdf", PDF)
    path = archive("a.html", offering())

    assert Run(path).has(created=1)

    attachment = Attachment.objects.get()
    assert (attachment.title, attachment.kind) == ("Harbour rules", "pdf")
    assert not Origin.objects.get().lacks_files
    args = [attachment.release_id, attachment.pk, attachment.file_name]
    answer = client.get(reverse("attachment", args=args))
    assert b"".join(answer) == PDF
    assert Run(path).has(unchanged=1)
    assert Attachment.objects.count() == 1


def test_documents_come_out_of_a_zip(archive):
    path = archive.folder / "all.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.html", offering("https://old.example/files/rules.pdf"))
        made.writestr("files/rules.pdf", PDF)

    assert Run(path).has(created=1)
    assert Attachment.objects.get().title == "Harbour rules"


@pytest.mark.parametrize(
    ("src", "reason"),
    [
        ("gone.pdf", "no such file"),
        ("../../../secret.pdf", "outside the folder"),
        ("page.pdf", "not a file that can be attached"),
        ("all.zip", "not a file that can be attached"),
    ],
)
def test_a_document_that_cannot_come_along_is_named_and_the_text_imported(archive, src, reason):
    archive("page.pdf", "<html><script>alert(1)</script>")
    archive("all.zip", b"PK\x05\x06" + bytes(18))
    path = archive("a.html", offering(src))

    run = Run(path)

    assert run.has(created=1)
    assert reason in run.out
    assert ImportMessage.objects.get(code="download_refused").raw == src
    assert Origin.objects.get().lacks_files
    assert not Attachment.objects.exists()
    assert stored_files() == []


def test_a_document_that_comes_later_is_taken_then_and_goes_with_a_rollback(archive):
    path = archive("a.html", offering())
    Run(path)
    version = PressRelease.objects.get().version
    archive("files/rules.pdf", PDF)

    assert Run(path).has(updated=1)

    assert Attachment.objects.get().title == "Harbour rules"
    assert PressRelease.objects.get().version == version + 1  # its link leads there now
    assert Run(path).has(unchanged=1)
    call_command("import_rollback", str(Origin.objects.get().run_id), "--apply", verbosity=0)
    assert not Attachment.objects.exists()


def test_a_dry_run_writes_no_file_and_says_the_same(archive):
    archive("files/rules.pdf", PDF)
    path = archive("a.html", offering())

    run = Run(path, dry_run=True)

    assert run.has(created=1)
    assert "refused" not in run.out
    assert stored_files() == []


def test_files_that_were_not_wanted_are_taken_by_the_run_that_wants_them(archive):
    archive("files/rules.pdf", PDF)
    path = archive("a.html", offering())
    assert Run(path, no_files=True).has(created=1)
    assert not Attachment.objects.exists()

    assert Run(path).has(updated=1)

    assert Attachment.objects.get().title == "Harbour rules"


def test_a_document_on_another_site_stays_there_without_a_word(archive):
    body = '<p><a href="https://un.example/charter.pdf">The Charter</a> was read aloud by all.</p>'

    run = Run(archive("a.html", page(text=f"{TEXT}{body}")))

    assert "charter" not in run.out
    assert not Attachment.objects.exists()
    assert not PressRelease.objects.get().origin.lacks_files


OLD_URL = "https://www.osce.org/files/rules.pdf"


def of_old_site(page):
    return page.replace("old.example/x", "www.osce.org/odihr")


@pytest.mark.parametrize("src", ["/files/rules.pdf", OLD_URL])
def test_a_link_in_the_text_leads_to_the_document_that_came_along(archive, client, src):
    archive("files/rules.pdf", PDF)
    path = archive("a.html", of_old_site(offering(src)))

    Run(path)

    attachment = Attachment.objects.get()
    release = PressRelease.objects.get()
    assert f'href="{attachment.get_absolute_url()}"' in release.body
    assert "osce.org" not in release.body
    assert client.get(attachment.get_absolute_url()).status_code == 200
    assert Run(path).has(unchanged=1)


def test_a_link_to_a_page_of_a_document_leads_there_and_in_previews_too(archive, client, superuser):
    archive("files/rules.pdf", PDF)
    links = LINK.format(f"{OLD_URL}#page=3") + LINK.format(OLD_URL)
    Run(archive("a.html", of_old_site(page(text=TEXT + links, day=""))))

    attachment, release = Attachment.objects.get(), PressRelease.objects.get()
    assert f'href="{attachment.get_absolute_url()}#page=3"' in release.body
    client.force_login(superuser)
    shown = client.get(reverse("admin:press_pressrelease_preview", args=[release.pk]))
    shown = shown.content.decode()
    assert attachment.get_absolute_url() not in shown
    private = attachment_address(attachment)
    assert shown.count(f'href="{private}') == 3  # twice in the text, once below it
    assert f'href="{private}#page=3"' in shown


def test_a_spelling_that_leads_nowhere_does_not_stop_one_that_does(archive):
    archive("files/rules.pdf", PDF)
    links = LINK.format("../files/rules.pdf") + LINK.format("/files/rules.pdf")
    run = Run(archive("a.html", of_old_site(page(text=TEXT + links))))

    assert Attachment.objects.count() == 1
    assert "outside" not in run.out


def test_a_new_spelling_brings_no_second_copy(archive):
    archive("files/rules.pdf", PDF)
    Run(archive("a.html", of_old_site(offering("/files/rules.pdf"))))
    Run(archive("a.html", of_old_site(offering(OLD_URL, title="New"))))

    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("is_zip", [False, True])
def test_files_that_a_row_names_come_from_beside_its_table(archive, is_zip):
    line = row(1, images=["pic.png"], attachments=["files/rules.pdf", "gone.pdf"])
    files = {"a.jsonl": json.dumps(line), "pic.png": PIXEL, "files/rules.pdf": PDF}
    for name, content in files.items():
        archive(name, content)
    path = archive.folder / "a.jsonl"
    if is_zip:
        path = archive.folder / "all.zip"
        with zipfile.ZipFile(path, "w") as made:
            for name, content in files.items():
                made.writestr(name, content)

    assert Run(path).has(created=1)

    release = PressRelease.objects.get()
    assert (release.images.count(), release.attachments.count()) == (1, 1)
    assert ImportMessage.objects.get(code="download_refused").raw == "gone.pdf"


def test_a_document_that_is_gone_leaves_the_old_link(archive):
    archive("files/rules.pdf", PDF)
    Run(archive("a.html", offering(OLD_URL)))
    Attachment.objects.all().delete()

    relink()

    assert f'href="{OLD_URL}"' in PressRelease.objects.get().body


def test_a_document_under_two_spellings_of_its_address_comes_once(archive):
    archive("files/rules.pdf", PDF)
    links = LINK.format("/files/rules.pdf") + LINK.format(OLD_URL)

    assert Run(archive("a.html", of_old_site(page(text=TEXT + links)))).has(created=1)

    assert Attachment.objects.count() == 1
    assert PressRelease.objects.get().body.count("osce.org") == 0
