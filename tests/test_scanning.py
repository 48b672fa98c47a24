"""What the scanner of the site says of an upload decides, and so does its silence."""

import stat
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from osce_cms import scanning
from osce_cms.scanning import scan
from press.importers.sources.beside import Folder
from press.importers.writing.pictures import as_file
from structures.models import Role
from tests.factories import DraftFactory, person_at
from tests.press import test_attachments, test_images
from tests.press.test_images import PICTURE, media

from .test_site import manage

# What every scanner finds, and harms nothing; in two parts, so that none finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
INFECTED_PICTURE = PICTURE + EICAR
# Reads all of a file, as ClamAV does, and notes that it was asked.
SCANNER = """#!/bin/sh
echo asked >> {asked}
grep -q EICAR-STANDARD && exit 1
exit 0
"""


@pytest.fixture
def scanner(tmp_path, settings):
    """Lets the site have a scanner, of which it returns how often it was asked."""
    asked, program = tmp_path / "asked", tmp_path / "scanner"

    def install(source=SCANNER):
        program.write_text(source.format(asked=asked))
        program.chmod(stat.S_IRWXU)
        settings.UPLOAD_SCANNER = [str(program), "-"]
        return lambda: len(asked.read_text().splitlines()) if asked.exists() else 0

    return install


@pytest.fixture
def editor(client, db):
    client.force_login(person_at(Role.EDITOR))
    return client


def test_without_a_scanner_nothing_is_asked():
    scan(ContentFile(EICAR))


@pytest.mark.parametrize(
    ("save", "data"),
    [(test_images.save, INFECTED_PICTURE), (test_attachments.save, EICAR)],
    ids=["image", "attachment"],
)
def test_what_it_finds_is_refused_in_the_form_and_nothing_is_stored(editor, scanner, save, data):
    scanner()
    release = DraftFactory()

    answer = save(editor, release, file=SimpleUploadedFile("x", data))

    assert answer.status_code == 200
    assert scanning.REFUSED in answer.content.decode()
    assert media() == []


@pytest.mark.parametrize(
    ("save", "data"),
    [(test_images.save, PICTURE), (test_attachments.save, test_attachments.PDF)],
    ids=["image", "attachment"],
)
def test_a_file_without_a_finding_is_asked_about_once_and_stored(editor, scanner, save, data):
    asked = scanner()

    assert save(editor, DraftFactory(), file=SimpleUploadedFile("x", data)).status_code == 302

    assert (asked(), len(media())) == (1, 1)


@pytest.mark.django_db
def test_no_way_past_the_form_leads_past_the_scanner(scanner, tmp_path):
    scanner()
    release = DraftFactory()
    (tmp_path / "x.jpg").write_bytes(INFECTED_PICTURE)

    with pytest.raises(ValidationError, match=scanning.REFUSED):
        release.images.create(file=ContentFile(INFECTED_PICTURE, "x"), alt="x")
    with pytest.raises(ValidationError, match=scanning.REFUSED):
        release.attachments.create(file=ContentFile(EICAR, "x"), title="x")
    assert as_file("x.jpg", Folder(str(tmp_path))) == (None, scanning.REFUSED)
    assert media() == []


@pytest.mark.parametrize(
    "source", ["#!/bin/sh\nexit 2\n", "#!/bin/sh\nkill -9 $$\n", "#!/nowhere\n", "not a program\n"]
)
def test_whatever_else_it_does_the_file_is_refused_for_now(editor, scanner, source, caplog):
    scanner(source)

    answer = test_images.save(editor, DraftFactory(), file=SimpleUploadedFile("x", PICTURE))

    assert scanning.UNKNOWN in answer.content.decode()
    assert media() == []
    assert "The scanner of uploads did not pass a file" in caplog.text


def test_a_scanner_that_hangs_is_ended(scanner, monkeypatch):
    scanner("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(scanning, "PATIENCE", 0.2)
    begun = time.monotonic()

    with pytest.raises(ValidationError, match="could not be checked for viruses now"):
        scan(ContentFile(b"x"))

    assert time.monotonic() - begun < 5


def test_the_scanner_reads_the_file_from_its_beginning_and_knows_no_secret(scanner, tmp_path):
    scanner(f"#!/bin/sh\ncat > {tmp_path}/seen; env > {tmp_path}/env\n")
    file = ContentFile(b"all of it")
    file.read()

    scan(file)

    assert (tmp_path / "seen").read_bytes() == b"all of it"
    assert "SECRET_KEY" not in (tmp_path / "env").read_text()
    assert "DATABASE_URL" not in (tmp_path / "env").read_text()


def test_half_a_command_stops_the_start_by_name_and_a_whole_one_does_not():
    assert manage("check", "--deploy", UPLOAD_SCANNER="clamdscan --fdpass -").returncode == 0
    done = manage("check", UPLOAD_SCANNER="clamdscan 'x")
    assert done.returncode == 1
    assert "UPLOAD_SCANNER must be a command" in done.stderr
