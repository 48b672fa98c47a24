import io

import pytest
from django.core.management import call_command
from PIL import Image

from press.models import PressRelease
from tests.factories import DraftFactory
from tests.press.test_attachments import PDF

from .test_desk import DESKTOP, sign_in

pytestmark = pytest.mark.browser


def photograph(width=1600, height=800):
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(data, "JPEG")
    return {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def document(data, name):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


@pytest.fixture
def form(site, people, open_page):
    """The form of a new draft."""
    draft = DraftFactory(title="Lights in the harbour")
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")
    page.goto(f"{site}/admin/press/pressrelease/{draft.pk}/change/")
    return page


def save_and_stay(page):
    page.get_by_role("button", name="Save and continue editing").first.click()
    page.get_by_text("was changed successfully").wait_for()


def test_a_picture_gets_its_focus_by_a_click_or_by_numbers_and_readers_get_it(site, form):
    draft = PressRelease.objects.get(title="Lights in the harbour")
    form.get_by_text("Add another image").click()
    row = form.locator("#images-0")
    row.locator("input[type=file]").set_input_files(photograph())
    row.get_by_label("Alternative text").fill("Lights on water")
    picture = row.locator(".focal")
    row.locator(".focal canvas").wait_for()  # drawn before it is saved
    box = picture.bounding_box()
    form.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.4)
    assert row.locator("[name=images-0-focal_x]").input_value() in ("25", "24", "26")
    point = row.locator(".focal-point").bounding_box()
    assert abs(point["x"] + point["width"] / 2 - box["x"] - box["width"] * 0.25) < 4
    save_and_stay(form)

    row = form.locator("#images-0")
    assert row.locator(".focal img").get_attribute("alt") == "Lights on water"
    row.locator(".focal").scroll_into_view_if_needed()
    row.locator(".focal img").evaluate("image => image.decode()")
    shown = row.locator(".focal img").bounding_box()
    assert shown["width"] == pytest.approx(row.locator(".focal").bounding_box()["width"], abs=1)
    cut = row.locator(".focal-crop")
    before = cut.bounding_box()
    number = row.locator("[name=images-0-focal_x]")
    number.focus()
    number.fill("90")  # by keyboard
    after = cut.bounding_box()
    assert after["x"] > before["x"]
    whole = row.locator(".focal").bounding_box()
    assert after["x"] + after["width"] <= whole["x"] + whole["width"] + 1
    save_and_stay(form)
    image = draft.images.get()
    assert image.focal_x == 90

    call_command("make_renditions", verbosity=0)
    form.goto(f"{site}/admin/press/pressrelease/{draft.pk}/preview/")
    shown = form.get_by_role("img", name="Lights on water")
    assert shown.evaluate("image => image.complete && image.naturalWidth > 0")
    assert shown.evaluate("image => image.currentSrc").endswith(".avif")
    image.refresh_from_db()
    assert image.renditions[-1].startswith("crop-90-")


def test_a_document_is_attached_and_replaced_under_the_same_address(site, form):
    draft = PressRelease.objects.get(title="Lights in the harbour")
    form.get_by_text("Add another attachment").click()
    row = form.locator("#attachments-0")
    row.get_by_label("File").set_input_files(document(b"MZ\x90\0", "annex.pdf"))
    row.get_by_label("Title").fill("Annex: the lamps")
    form.get_by_role("button", name="Save and continue editing").first.click()
    form.get_by_text("This is not a file that can be attached").wait_for()

    form.locator("#attachments-0").get_by_label("File").set_input_files(document(PDF, "annex.pdf"))
    save_and_stay(form)
    attachment = draft.attachments.get()
    address = attachment.get_absolute_url()
    form.get_by_role("link", name="PDF, 1 kB").wait_for()
    form.locator("#attachments-0").get_by_label("File").set_input_files(
        document(PDF.replace(b"alert", b"other"), "annex-2.pdf")
    )
    save_and_stay(form)
    attachment.refresh_from_db()
    assert attachment.get_absolute_url() == address

    form.goto(f"{site}/admin/press/pressrelease/{draft.pk}/preview/")
    with form.expect_download() as download:
        form.get_by_role("link", name="Annex: the lamps (PDF, 1 kB)").click()
    assert download.value.suggested_filename == "annex-the-lamps.pdf"
    with open(download.value.path(), "rb") as file:
        assert b"other" in file.read()
