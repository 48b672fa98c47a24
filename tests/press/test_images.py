"""Pictures are stored clean, whatever was uploaded, and shown in sizes that were made before."""

import contextlib
import io
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageCms, ImageDraw

from press import corrections, orphans
from press.decoding import LONGEST, MOST_PIXELS, Unreadable, is_clean, read, shortened
from press.images import cleaned, decoded
from press.models import PressRelease, PreviewLink, ReleaseImage
from press.renditions import crop_box, names_of
from press.running import one_at_a_time
from structures.models import Role
from tests.factories import DraftFactory, ReleaseFactory, SubmittedFactory, person_at
from tests.taxonomy.test_stress import database_url
from tests.test_site import manage

from .test_admin import RELEASES, form_of

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=2).total_seconds()
PHP = b"<?php system($_GET['c']); ?>"


def bytes_of(image, format="JPEG", **options):
    data = io.BytesIO()
    image.save(data, format, **options)
    return data.getvalue()


def plane(width=80, height=60, mode="RGB", colour="teal"):
    return Image.new(mode, (width, height), colour)


def stored(data):
    """What is stored of an upload, as Pillow opens it."""
    image = Image.open(cleaned(ContentFile(data, "x.jpg")))
    image.load()
    return image


def add(release, image=None, **values):
    file = ContentFile(bytes_of(image or plane()), "x.jpg")
    return release.images.create(file=file, **{"alt": "Teal", **values})


def media():
    root = Path(django_settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def run(*arguments):
    """(exit code, what it said, what it complained about) of make_renditions."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("make_renditions", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = ended.code
    except CommandError as refused:
        code = refused.returncode
        err.write(str(refused))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def editor(client):
    client.force_login(person_at(Role.EDITOR))
    return client


# What is stored


def exif_of_a_telephone():
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x9286] = PHP
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 30.0)
    return exif


def test_nothing_but_the_pixels_is_kept_and_they_stand_upright():
    picture = plane(80, 60)
    ImageDraw.Draw(picture).rectangle([0, 0, 80, 20], fill="red")
    data = bytes_of(
        picture, exif=exif_of_a_telephone(), comment=PHP, xmp=b"<x>Secret</x>", quality=95
    )

    clean = cleaned(ContentFile(data, "x.php.jpg"))

    raw, image = clean.read(), stored(data)
    assert image.size == (clean.width, clean.height) == (60, 80)
    assert image.getpixel((55, 40))[0] > 200  # what was above is at the right
    assert not dict(image.getexif())
    for word in (b"Secret", b"php", b"Exif", b"http://ns.adobe"):
        assert word not in raw


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_every_format_stays_what_it_is_and_loses_what_stood_beside(format):
    options = {"exif": exif_of_a_telephone().tobytes(), "icc_profile": profile()}
    image = stored(bytes_of(plane(), format, **options))

    assert image.format == format
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "duration",
                               "background", "timestamp", "progressive", "progression"}  # fmt: skip


def profile(name="sRGB"):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_profile_of_five_megabytes_is_applied_and_left_behind(format):
    data = bytes_of(plane(), format, icc_profile=profile() + b"\0" * 5_000_000)

    assert len(bytes_of(stored(data))) < 10_000


def test_colours_are_converted_to_those_of_screens():
    data = bytes_of(plane(colour=(50, 128, 128)), "PNG", icc_profile=profile("LAB"))
    assert stored(data).getpixel((0, 0)) == (50, 128, 128)  # a profile that does not fit

    cmyk = stored(bytes_of(plane(mode="CMYK", colour=(0, 255, 255, 0))))
    assert cmyk.mode == "RGB"
    assert cmyk.getpixel((0, 0))[0] > 200


def test_sixteen_bits_become_eight_without_being_cut_off():
    picture = Image.new("I;16", (2, 1))
    picture.putpixel((0, 0), 65535)
    picture.putpixel((1, 0), 32768)

    image = stored(bytes_of(picture, "PNG"))

    assert [image.getpixel((x, 0))[0] for x in (0, 1)] == [255, 128]


def test_a_palette_with_transparency_keeps_both():
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.putpixel((0, 0), 0)

    image = stored(bytes_of(picture, "PNG", transparency=0))

    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((1, 1)) == (255, 0, 0, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_mode_is_shown(mode):
    assert stored(bytes_of(plane().convert(mode), "PNG")).mode == "RGB"


@pytest.mark.parametrize(
    ("size", "expected"),
    [((6000, 3000), (LONGEST, LONGEST // 2)), ((1, 30_000), (1, LONGEST)), ((30, 20), (30, 20))],
)
def test_a_picture_is_not_longer_than_it_is_ever_shown(size, expected):
    assert stored(bytes_of(plane(*size, mode="L", colour=9), "PNG")).size == expected


def bomb():
    """A PNG file of some bytes that says that it has 2,500 million pixels."""
    data = bytearray(bytes_of(plane(1, 1), "PNG"))
    data[16:24] = (50_000).to_bytes(4, "big") * 2
    return bytes(data)


PICTURE = bytes_of(plane(400, 400))
HOSTILE = {
    "empty": b"",
    "half a JPEG": PICTURE[: len(PICTURE) // 2],
    "half a PNG": bytes_of(plane(400, 400), "PNG")[:200],
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "GIF and script": bytes_of(plane(), "GIF") + b"*/=alert(1)",
    "SVG that embeds a page": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>"
    b"<foreignObject><iframe src='javascript:alert(1)'/></foreignObject></svg>",
    "SVG that reads files": b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
    "SVG that grows for ever": b"<!DOCTYPE svg [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>",
    "JPEG and page": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "TIFF": bytes_of(plane(), "TIFF"),
    "bomb": bomb(),
    "too many pixels": bytes_of(plane(7100, 7100, mode="1", colour=1), "PNG"),
    "JPEG marker only": b"\xff\xd8\xff\xe0",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_picture_is_refused_quickly(data):
    begun = time.monotonic()

    with pytest.raises(ValidationError, match="JPEG, PNG or WebP"):
        cleaned(ContentFile(data, "x.jpg"))

    assert time.monotonic() - begun < 2


def test_what_hangs_on_a_picture_is_gone():
    for data in (PICTURE + PHP, bytes_of(plane(), "PNG") + b"PK\x03\x04" + PHP):
        assert PHP not in cleaned(ContentFile(data, "x.php")).read()


def test_broken_bytes_never_raise_anything_else():
    """What Pillow makes of them is either a picture or refused."""
    for original in (PICTURE, bytes_of(plane(), "PNG"), bytes_of(plane(), "WEBP")):
        for place in range(0, len(original), max(1, len(original) // 60)):
            broken = bytearray(original)
            broken[place] ^= 0x55
            with contextlib.suppress(Unreadable):
                shortened(io.BytesIO(broken))


def test_the_limit_of_pixels_is_asked_before_anything_is_decoded(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("was decoded"))
    assert MOST_PIXELS < 50_000 * 50_000

    with pytest.raises(Unreadable):
        read(io.BytesIO(bomb()))


# In a process of its own


def test_a_decoder_that_loops_is_ended_and_the_picture_refused(caplog):
    assert decoded(PICTURE, seconds=0) is None
    assert "its decoder broke: -9" in caplog.text


def test_a_decoder_that_has_no_end_without_computing_is_not_waited_for(monkeypatch, caplog):
    monkeypatch.setattr("press.images.PATIENCE", 0.001)

    with pytest.raises(ValidationError, match="JPEG, PNG or WebP"):
        cleaned(ContentFile(PICTURE))

    assert "no end" in caplog.text


def test_a_decoder_that_takes_all_memory_is_refused_it():
    large = bytes_of(plane(5000, 5000, mode="L"), "PNG")
    assert len(large) < 100_000
    assert decoded(large)
    assert decoded(large, memory=250 * 2**20) is None


def test_a_decoder_that_crashes_takes_nothing_with_it(monkeypatch, caplog):
    monkeypatch.setattr("press.decoding.__file__", "/nowhere/decoding.py")

    with pytest.raises(ValidationError, match="JPEG, PNG or WebP"):
        cleaned(ContentFile(PICTURE))

    assert "its decoder broke: 2" in caplog.text


def test_what_is_only_no_picture_is_not_logged(caplog):
    assert decoded(b"x") is None
    assert not caplog.text


CONFINED = """
import sys
sys.path.insert(0, sys.argv[1])
import decoding, os, resource, socket
decoding.confine(5, 2**30)
for act in (
    lambda: open("/etc/passwd"),
    lambda: socket.socket(),
    lambda: os.pipe(),
    lambda: resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40)) if os.getuid() else 1 / 0,
    lambda: bytearray(2**31),
):
    try:
        act()
    except (OSError, ValueError, ZeroDivisionError, MemoryError):
        continue
    sys.exit("was let through")
"""


def test_a_decoder_opens_no_file_and_no_connection_and_gets_no_more_than_it_has():
    folder = django_settings.BASE_DIR / "press"
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED, folder], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_machine_that_allows_less_is_no_reason_to_refuse():
    low = f"ulimit -f 2000 -v 1000000; exec {sys.executable} -I press/decoding.py 20 {2**32}"
    done = subprocess.run(
        ["sh", "-c", low], input=PICTURE, capture_output=True, cwd=django_settings.BASE_DIR
    )
    assert done.stdout.startswith(b"JPEG 400 400\n")


def test_the_largest_pictures_are_made_within_the_limits():
    """Of those that take most memory: 50 million pixels with transparency, turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGBA", (7000, 7000), (9, 9, 9, 90))
    image = stored(bytes_of(picture, "WEBP", method=0, exif=exif))
    assert image.size == (LONGEST, LONGEST)


def test_the_child_knows_nothing_of_us():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import decoding; print(*sys.modules)"
    folder = django_settings.BASE_DIR / "press"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, folder], capture_output=True, text=True, check=True
    )
    assert not {"django", "press", "osce_cms"} & set(done.stdout.split())


# In the form


def form_with(release, number=0, **image):
    row = {"alt": "Teal", "position": 0, "release": release.pk, "id": "", **image}
    return form_of(release) | {
        "images-TOTAL_FORMS": number + 1,
        **{f"images-{number}-{name}": value for name, value in row.items()},
    }


def save(editor, release, **image):
    return editor.post(f"{RELEASES}{release.pk}/change/", form_with(release, **image))


@pytest.mark.parametrize(
    "name",
    ["../../x.jpg", "CON", "a\0.jpg", "x" * 300 + ".jpg", "😀.jpg", ".htaccess", "<img>.jpg",
     "a\nb.jpg", "x.php.jpg", "x.html"],
)  # fmt: skip
@pytest.mark.parametrize("content_type", ["image/jpeg", "text/html"])
def test_names_and_types_that_are_sent_along_do_not_count(editor, name, content_type):
    release = DraftFactory()
    file = SimpleUploadedFile("x", bytes_of(plane(), "PNG"), content_type)
    file._name = name

    assert save(editor, release, file=file).status_code == 302

    image = release.images.get()
    assert (image.width, image.height) == (80, 60)
    assert media() == [image.file.name]
    assert image.file.name.endswith(".png")
    assert len(image.file.name) == len("releases/") + 22 + 4
    assert os.stat(image.file.path).st_mode & 0o777 == 0o640


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_refused_picture_leaves_nothing_and_loses_no_text(editor, data):
    release = DraftFactory()

    answer = save(editor, release, file=SimpleUploadedFile("x.jpg", data), caption="My words")

    assert answer.status_code == 200
    assert "My words" in answer.content.decode()
    assert (media(), release.images.count()) == ([], 0)


@pytest.mark.parametrize("length", [0.5, 0.9, 0.999])
def test_an_upload_that_breaks_off_stores_nothing(editor, length):
    release = DraftFactory()
    file = SimpleUploadedFile("x.jpg", PICTURE)
    sent = encode_multipart(BOUNDARY, form_with(release, file=file))
    sent = sent[: int(len(sent) * length)]

    editor.generic("POST", f"{RELEASES}{release.pk}/change/", sent, MULTIPART_CONTENT)

    assert (media(), release.images.count()) == ([], 0)


def test_two_files_of_one_name_are_two_files(editor):
    release = DraftFactory()
    for number in (1, 2):
        file = SimpleUploadedFile("x.jpg", bytes_of(plane(10 * number, 10)))
        release.refresh_from_db()
        assert save(editor, release, file=file).status_code == 302

    assert sorted(release.images.values_list("width", flat=True)) == [10, 20]
    assert len(media()) == 2


@pytest.mark.parametrize("kind", ["in memory", "on disk"])
def test_a_file_that_is_too_large_is_refused_with_the_limit(editor, settings, kind):
    settings.UPLOAD_MAX_MB, settings.UPLOAD_MAX_BYTES = 1, 1_000_000
    if kind == "on disk":
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    release, data = DraftFactory(), PICTURE + b"\0" * 3_000_000

    answer = save(editor, release, file=SimpleUploadedFile("x.jpg", data), caption="My words")

    assert "Larger than 1 MB." in answer.content.decode()
    assert "My words" in answer.content.decode()
    assert media() == []


def test_no_more_of_a_file_is_written_than_may_be_stored(rf, settings):
    settings.UPLOAD_MAX_BYTES, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 200_000, 1000

    request = rf.post("/", {"file": SimpleUploadedFile("x", b"x" * 3_000_000)})

    assert 200_000 < request.FILES["file"].size < 400_000
    assert os.path.getsize(request.FILES["file"].temporary_file_path()) < 400_000


def test_two_hundred_files_at_once_are_refused(editor):
    files = {f"images-{n}-file": SimpleUploadedFile("x.jpg", PICTURE) for n in range(200)}
    release = DraftFactory()

    answer = editor.post(f"{RELEASES}{release.pk}/change/", form_of(release) | files)

    assert answer.status_code == 400
    assert media() == []


@pytest.mark.parametrize("alt", ["IMG_2041.jpg", "DSC00012", "harbour-final.PNG", "photo 3"])
def test_the_name_of_a_file_is_no_description(editor, alt):
    release = DraftFactory()

    answer = save(editor, release, file=SimpleUploadedFile("x.jpg", PICTURE), alt=alt)

    assert "say what the picture shows" in answer.content.decode()
    assert not release.images.exists()


def test_a_picture_needs_a_description_or_is_decorative(editor):
    release, file = DraftFactory(), SimpleUploadedFile("x.jpg", PICTURE)

    answer = save(editor, release, file=file, alt="")
    assert "Describe the image or mark it as decorative." in answer.content.decode()

    file.seek(0)
    assert save(editor, release, file=file, alt="", is_decorative="on").status_code == 302


def test_the_focus_is_in_per_cent_and_in_the_middle_when_it_is_left_empty(editor):
    release = DraftFactory()
    file = SimpleUploadedFile("x.jpg", PICTURE)

    assert save(editor, release, file=file, focal_x=101).status_code == 200
    file.seek(0)
    assert save(editor, release, file=file, focal_x=30, focal_y="").status_code == 302

    image = release.images.get()
    assert (image.focal_x, image.focal_y) == (30, 50)


def test_the_form_shows_the_picture_and_no_address_of_its_file(editor):
    image = add(DraftFactory(), plane(1000, 800))
    run()

    page = editor.get(f"{RELEASES}{image.release_id}/change/").content.decode()

    small = f"{RELEASES}{image.release_id}/preview/images/{image.pk}/400.jpg"
    assert f'src="{small}"' in page
    assert image.file.name not in page
    assert editor.get(small)["Content-Type"] == "image/jpeg"


def test_a_form_of_a_picture_whose_file_is_missing_can_be_saved(editor):
    image = add(DraftFactory())
    os.remove(image.file.path)
    sent = form_with(image.release, id=image.pk, alt="Turquoise") | {"images-INITIAL_FORMS": 1}

    assert editor.post(f"{RELEASES}{image.release_id}/change/", sent).status_code == 302
    image.refresh_from_db()
    assert image.alt == "Turquoise"


# Renditions


def test_renditions_are_made_once_in_three_formats_and_never_larger(settings):
    image = add(ReleaseFactory(), plane(1000, 800))

    assert run() == (0, "Pictures: 1 made, 0 failed.\n", "")

    image.refresh_from_db()
    widths, suffixes = (400, 800, 1000), ("avif", "webp", "jpg")
    names = [f"{width}.{suffix}" for width in widths for suffix in suffixes]
    assert image.renditions == [*names, "crop-50-50.jpg"]
    stem = image.file.name.removesuffix(".jpg")
    assert media() == sorted([image.file.name, *(f"{stem}-{each}" for each in image.renditions)])
    for name in names:
        with Image.open(Path(settings.MEDIA_ROOT) / f"{stem}-{name}") as made:
            width = int(name.partition(".")[0])
            assert made.size == (width, width * 800 // 1000)
            assert os.stat(made.filename).st_mode & 0o777 == 0o640
    assert run() == (0, "", "")


def test_what_shines_through_stays_so_in_formats_for_all():
    data = bytes_of(Image.new("RGBA", (700, 400), (255, 0, 0, 90)), "PNG")
    image = ReleaseFactory().images.create(file=ContentFile(data, "x"), is_decorative=True)
    run()
    image.refresh_from_db()

    assert "400.png" in image.renditions
    assert "400.jpg" not in image.renditions
    assert run() == (0, "", "")


def test_a_small_or_very_narrow_picture_has_renditions_too():
    for size in ((8, 6), (1, 30_000), (30_000, 1)):
        add(ReleaseFactory(), plane(*size))

    assert run()[0] == 0
    assert not ReleaseImage.objects.filter(renditions=[]).exists()


def test_the_cut_is_around_the_focus_and_within_the_picture():
    wide = (3000, 1000)  # 1905 wide when it is cut
    assert crop_box(wide, (50, 50)) == pytest.approx((547.6, 0, 2452.4, 1000), abs=0.1)
    assert crop_box(wide, (0, 0)) == pytest.approx((0, 0, 1904.8, 1000), abs=0.1)
    assert crop_box(wide, (100, 7)) == pytest.approx((1095.2, 0, 3000, 1000), abs=0.1)
    assert crop_box((1000, 2000), (5, 30)) == pytest.approx((0, 337.5, 1000, 862.5))


def test_another_focus_makes_another_cut_and_nothing_else(settings):
    picture = plane(2000, 1000)
    ImageDraw.Draw(picture).rectangle([0, 0, 90, 1000], fill="red")
    image = add(ReleaseFactory(), picture)
    run()
    before = {path: os.stat(Path(settings.MEDIA_ROOT) / path).st_mtime_ns for path in media()}
    ReleaseImage.objects.update(focal_x=0)

    run()

    image.refresh_from_db()
    (name,) = [each for each in image.renditions if each.startswith("crop")]
    assert name == "crop-0-50.jpg"
    place = f"{settings.MEDIA_ROOT}/{image.file.name.removesuffix('.jpg')}-{name}"
    with Image.open(place) as cut:
        assert cut.size == (1200, 630)
        assert cut.getpixel((5, 300))[0] > 200
    assert all(
        os.stat(Path(settings.MEDIA_ROOT) / path).st_mtime_ns == at for path, at in before.items()
    )


def test_a_page_offers_the_renditions_and_the_original_until_there_are_any(client):
    release = ReleaseFactory()
    first = add(release, plane(1000, 800), position=1)
    add(release, plane(1000, 800), position=2)
    here = first.get_absolute_url()

    page = client.get(release.get_absolute_url()).content.decode()
    assert f'<img src="{here}" width="1000" height="800"' in page
    assert "<picture>" not in page
    assert f'og:image" content="http://testserver{here}"' in page

    run()
    page = client.get(release.get_absolute_url()).content.decode()
    assert f'<source type="image/avif" srcset="{here}400.avif 400w, {here}800.avif 800w' in page
    assert page.index("image/avif") < page.index("image/webp")
    assert f'<img src="{here}800.jpg" srcset="{here}400.jpg 400w' in page
    assert f'og:image" content="http://testserver{here}crop-50-50.jpg"' in page
    assert page.count('width="1000" height="800"') == 2
    assert page.count('loading="lazy"') == 1
    assert "style=" not in page


def test_renditions_cost_a_page_no_query(client, django_assert_num_queries):
    release = ReleaseFactory()
    add(release, plane(1000, 800))
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(release.get_absolute_url())
    run()

    with django_assert_num_queries(len(before)):
        client.get(release.get_absolute_url())


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("400.avif", "image/avif"), ("400.webp", "image/webp"), ("400.jpg", "image/jpeg"),
     ("crop-50-50.jpg", "image/jpeg"), ("", "image/jpeg")],
)  # fmt: skip
def test_a_rendition_is_sent_with_its_type_and_can_do_nothing(client, name, content_type):
    image = add(ReleaseFactory(), plane(1000, 800))
    run()

    answer = client.get(image.get_absolute_url() + name)

    assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("name", ["500.jpg", "../400.jpg", "%2e%2e", "400.svg", "x", "400.jpg/"])
def test_what_was_not_made_is_not_found(client, name):
    image = add(ReleaseFactory(), plane(1000, 800))
    run()

    assert client.get(image.get_absolute_url() + name).status_code == 404


def test_previews_have_renditions_of_their_own_addresses(editor, client):
    release = DraftFactory()
    image = add(release, plane(1000, 800))
    run()
    _, token = PreviewLink.share(release, by=person_at(Role.AUTHOR))
    at_desk = reverse("admin:press_pressrelease_preview", args=[release.pk])

    for address in (at_desk, f"/preview/{token}/"):
        page = editor.get(address).content.decode()
        assert f'srcset="{address}images/{image.pk}/400.avif 400w' in page
        answer = editor.get(f"{address}images/{image.pk}/400.avif")
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/avif")
        assert answer["Cache-Control"].startswith("private, no-store")
        assert editor.get(f"{address}images/{image.pk}/9.avif").status_code == 404


def test_a_file_that_is_replaced_takes_its_renditions_with_it(client, editor, settings):
    release = DraftFactory()
    image = add(release, plane(1000, 800))
    run()
    image.refresh_from_db()
    former = media()
    file = SimpleUploadedFile("y.png", bytes_of(plane(500, 400), "PNG"))
    sent = form_with(release, id=image.pk, file=file) | {"images-INITIAL_FORMS": 1}
    assert editor.post(f"{RELEASES}{release.pk}/change/", sent).status_code == 302

    image.refresh_from_db()
    assert (image.renditions, image.width) == ([], 500)
    run()
    assert set(former) < set(media())  # for a day

    for path in media():
        os.utime(Path(settings.MEDIA_ROOT) / path, (time.time() - DAYS,) * 2)
    assert run() == (0, f"Files that belong to nothing: {len(former)}.\n", "")
    image.refresh_from_db()
    assert len(media()) == 1 + len(image.renditions)


def test_renditions_made_of_a_file_that_was_replaced_meanwhile_are_not_named(monkeypatch):
    image = add(ReleaseFactory(), plane(1000, 800))

    def replaced(file):
        ReleaseImage.objects.update(file="releases/other.jpg")
        return read(file)

    monkeypatch.setattr("press.renditions.read", replaced)
    run()

    image.refresh_from_db()
    assert image.renditions == []


def test_pictures_of_a_correction_bring_their_renditions(editor):
    release = ReleaseFactory()
    image = add(release, plane(1000, 800))
    run()
    author, publisher = person_at(Role.AUTHOR), person_at(Role.PUBLISHER)
    copy = corrections.begin(release, by=author)
    made = copy.images.get()
    assert made.renditions == names_of(image, "jpg")
    made.focal_x = 20
    made.save()
    run()
    copy.submit(by=author)
    corrections.publish(copy, by=publisher, note="Another cut.")

    image.refresh_from_db()
    assert (image.focal_x, image.renditions[-1]) == (20, "crop-20-50.jpg")
    assert run() == (0, "", "")


def test_a_deleted_picture_is_gone_from_page_and_disk(client, settings):
    release = ReleaseFactory()
    image = add(release, plane(1000, 800))
    run()
    address = image.get_absolute_url()
    image.delete()

    assert "<img" not in client.get(release.get_absolute_url()).content.decode()
    assert client.get(address).status_code == client.get(f"{address}400.jpg").status_code == 404
    for path in media():
        os.utime(Path(settings.MEDIA_ROOT) / path, (time.time() - DAYS,) * 2)
    run()
    assert media() == []


# The command


def test_a_picture_that_cannot_be_read_is_named_and_the_others_made():
    broken, missing, good = (add(ReleaseFactory(), plane(500, 400)) for _ in range(3))
    Path(broken.file.path).write_bytes(b"x")
    os.remove(missing.file.path)

    code, out, err = run()

    assert (code, out) == (3, "Pictures: 1 made, 2 failed.\n")
    assert f"Image {broken.pk} of release {broken.release_id}" in err
    assert "The file is missing." in err
    good.refresh_from_db()
    assert good.renditions


def test_a_dry_run_writes_nothing():
    image = add(ReleaseFactory(), plane(500, 400))

    assert run("--dry-run") == (0, "Pictures: 1 due.\n", "")
    assert media() == [image.file.name]


def test_files_are_not_removed_when_most_of_them_belong_to_nothing(settings, monkeypatch):
    monkeypatch.setattr(orphans, "MANY", 1)
    kept = add(ReleaseFactory())
    for number in range(4):
        path = Path(settings.MEDIA_ROOT) / f"releases/{number}.jpg"
        path.write_bytes(b"x")
    for path in media():
        os.utime(Path(settings.MEDIA_ROOT) / path, (time.time() - DAYS,) * 2)
    run("--dry-run")

    code, _, err = run()
    assert code == 1
    assert "4 of 5 files are named by no row" in err
    assert len(media()) > 4

    assert run("--remove-many")[0] == 0
    assert kept.file.name in media()
    assert not [path for path in media() if path[9].isdigit() and len(path) < 16]


def test_fresh_files_are_left_alone(settings):
    add(ReleaseFactory())
    (Path(settings.MEDIA_ROOT) / "releases/upload.part").write_bytes(b"x")

    run()

    assert "releases/upload.part" in media()


# Originals from before uploads were made anew


def keep_as_it_is(image, data):
    """As it was stored once."""
    Path(image.file.path).write_bytes(data)
    ReleaseImage.objects.filter(file=image.file.name).update(width=80, height=60)


@pytest.fixture
def old(db):
    image = add(ReleaseFactory(), plane(600, 400))
    keep_as_it_is(image, bytes_of(plane(800, 600), exif=exif_of_a_telephone(), comment=PHP))
    return image


def test_originals_with_metadata_are_stored_anew_once_and_others_stay(old, settings):
    clean = [add(ReleaseFactory(), plane(70, 50)) for _ in range(2)]
    png = bytes_of(plane(70, 50, "RGBA", (1, 2, 3, 90)), "PNG")
    clean.append(ReleaseFactory().images.create(file=ContentFile(png, "x"), is_decorative=True))
    run()
    copy = corrections.begin(old.release, by=person_at(Role.AUTHOR))
    former, path = old.file.name, old.file.path
    os.utime(path, (time.time() - DAYS,) * 2)

    code, out, err = run("--clean-originals")

    assert (code, err) == (0, "")
    assert f"{former}: stored anew.\nOriginals: 1 of 4 held more than a picture." in out
    old.refresh_from_db()
    raw = Path(old.file.path).read_bytes()
    assert old.file.name != former
    assert (old.width, old.height) == (600, 800)
    assert old.renditions[0] == "400.avif"  # made in the same run
    assert b"Secret" not in raw and b"php" not in raw
    assert os.stat(old.file.path).st_mode & 0o777 == 0o640
    assert copy.images.get().file.name == old.file.name
    assert Path(path).exists()  # for a day, for who restores a database
    for image in clean:
        name = image.file.name
        image.refresh_from_db()
        assert image.file.name == name

    assert "Originals: 0 of 4" in run("--clean-originals")[1]


def test_a_cleaned_original_is_a_version_of_its_own_by_nobody(old):
    run("--clean-originals")

    newest = old.release.revisions.first()
    old.refresh_from_db()
    assert newest.by is None
    assert newest.snapshot["images"][0]["file"] == old.file.name


def test_a_dry_run_says_which_originals_would_be_cleaned(old):
    before = media()

    assert f"{old.file.name}: would be stored anew." in run("--clean-originals", "--dry-run")[1]

    assert media() == before


def test_an_original_that_cannot_be_read_is_named_and_the_others_cleaned(old):
    broken, missing = add(ReleaseFactory()), add(ReleaseFactory())
    Path(broken.file.path).write_bytes(b"x")
    os.remove(missing.file.path)

    code, out, err = run("--clean-originals")

    assert code == 3
    assert f"{old.file.name}: stored anew." in out
    assert f"{broken.file.name}: This is not a JPEG" in err
    assert f"{missing.file.name}: The file is missing." in err


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_we_store_is_clean_and_what_was_uploaded_was_not(format):
    uploads = [
        bytes_of(plane(), format, exif=exif_of_a_telephone()),
        bytes_of(plane(), format, icc_profile=profile()),
        bytes_of(plane(mode="1", colour=1), "PNG", dpi=(300, 300)),
        bytes_of(plane(5000, 10), format),
    ]
    for upload in uploads:
        assert not is_clean(io.BytesIO(upload))
        assert is_clean(cleaned(ContentFile(upload)))


@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time():
    with one_at_a_time("renditions"):
        end = manage_here("make_renditions")
    assert end.returncode == 4
    assert "Another one is running." in end.stderr


def manage_here(*arguments):
    return manage(*arguments, DATABASE_URL=database_url())


def test_the_command_explains_itself():
    end = manage("make_renditions", "--help")

    assert end.returncode == 0
    assert "Exit codes" in end.stdout
    assert manage("make_renditions", "--nonsense").returncode == 2


def test_a_scheduled_release_has_its_renditions_ready_and_shows_none(client, now):
    release = SubmittedFactory()
    image = add(release, plane(1000, 800))
    run()
    PressRelease.objects.filter(pk=release.pk).update(
        state="published", published_at=now + timedelta(seconds=1)
    )

    for name in ("", "400.avif", "400.jpg", "crop-50-50.jpg"):
        answer = client.get(image.get_absolute_url() + name)
        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
