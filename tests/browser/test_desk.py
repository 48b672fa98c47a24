import pytest

from press.models import PressRelease
from taxonomy.models import FieldOfWork
from tests.factories import DraftFactory

from .desk import DESKTOP, sign_in

pytestmark = pytest.mark.browser


def test_an_editor_writes_and_a_publisher_publishes(site, people, open_page):
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")

    page.goto(f"{site}/admin/press/pressrelease/add/")
    page.get_by_role("textbox", name="Title").fill("A quiet morning in Vienna")
    page.get_by_label("Summary").fill("Nothing to report.")
    page.locator(".field-body [contenteditable=true]").fill("Nothing happened.")
    page.locator(".field-fields_of_work .select2-search__field").press_sequentially("polic")
    page.get_by_role("option", name="Policing").click()
    page.get_by_role("button", name="Save", exact=True).first.click()
    release = PressRelease.objects.get(title="A quiet morning in Vienna")
    assert [str(term) for term in release.fields_of_work.all()] == ["Policing"]
    assert release.slug == "a-quiet-morning-in-vienna"

    page.goto(f"{site}/admin/press/pressrelease/{release.pk}/change/")
    page.get_by_role("link", name="Submit for review").click()
    page.get_by_role("button", name="Submit for review").click()
    page.get_by_text("is in review").wait_for()

    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "publisher")
    page.goto(f"{site}/admin/press/pressrelease/{release.pk}/change/")
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("is published").wait_for()

    page.goto(f"{site}/press-releases/?q=quiet")
    assert page.get_by_role("link", name=release.title).is_visible()


def test_an_editor_drags_a_term(site, people, open_page):
    page = open_page(f"{site}/admin/taxonomy/fieldofwork/", **DESKTOP)
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(people["editor"])
    page.get_by_role("button", name="Log in").click()
    first, third = (
        FieldOfWork.objects.filter(parent=None)[0],
        FieldOfWork.objects.filter(parent=None)[2],
    )

    def handle(term):
        return page.locator("tr", has=page.locator(f'.tree-node[data-pk="{term.pk}"]'))

    handle(third).locator(".drag-handle").hover()
    page.mouse.down()
    box = handle(first).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=8)
    page.mouse.move(box["x"] + 60, box["y"] + 2, steps=4)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.mouse.up()
    page.wait_for_load_state()

    assert FieldOfWork.objects.filter(parent=None)[0] == third


def test_the_pages_of_the_desk_obey_the_content_security_policy(site, people, open_page):
    draft = DraftFactory()
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")

    for path in (
        "press/pressrelease/",
        f"press/pressrelease/{draft.pk}/change/",
        "structures/structure/",
    ):
        assert page.goto(f"{site}/admin/{path}").status == 200
    # What the policy refuses fails the test when the page is closed.
