import pytest
from django.contrib.sessions.models import Session

from press.models import PressRelease
from tests.factories import DraftFactory

from .desk import DESKTOP, sign_in

pytestmark = pytest.mark.browser

DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('release-draft:')).length"


@pytest.fixture
def release(site):
    return DraftFactory(title="As stored", body="<p>As stored.</p>")


@pytest.fixture
def address(site, release):
    return f"{site}/admin/press/pressrelease/{release.pk}/change/"


def type_title(page, text):
    page.get_by_role("textbox", name="Title").fill(text)
    page.wait_for_timeout(800)  # the pause after which it is kept
    assert page.evaluate(DRAFTS) > 0


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()


def put_back(page):
    return page.get_by_role("button", name="Put back what you typed at")


def ping_now(page):
    with page.expect_response(lambda answer: "/presence/" in answer.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_what_was_typed_and_not_saved_is_offered_and_saved_when_wanted(desk, address, release):
    page = desk()
    page.goto(address)
    type_title(page, "What I typed")

    page.goto(address)
    assert page.get_by_role("textbox", name="Title").input_value() == "As stored"
    put_back(page).click()
    assert page.get_by_role("textbox", name="Title").input_value() == "What I typed"
    assert not put_back(page).is_visible()
    assert page.evaluate(DRAFTS) == 1
    save(page)

    page.get_by_text("was changed successfully").wait_for()
    assert page.evaluate(DRAFTS) == 0
    release.refresh_from_db()
    assert release.title == "What I typed"
    page.goto(address)
    assert put_back(page).count() == 0


def test_a_text_typed_just_before_leaving_is_kept(desk, site, address):
    page = desk()
    page.goto(address)
    page.locator(".field-body [contenteditable=true]").fill("In the last moment")
    page.goto(f"{site}/admin/")
    page.goto(address)
    assert put_back(page).is_visible()


def test_a_draft_is_thrown_away_when_asked(desk, address):
    page = desk()
    page.goto(address)
    type_title(page, "What I typed")
    page.goto(address)
    page.get_by_role("button", name="Throw it away").click()
    assert page.evaluate(DRAFTS) == 0
    page.goto(address)
    assert page.get_by_role("textbox", name="Title").input_value() == "As stored"
    assert put_back(page).count() == 0


def test_a_new_release_is_kept_through_an_error_and_until_it_is_saved(desk, site):
    page = desk()
    add = f"{site}/admin/press/pressrelease/add/"
    page.goto(add)
    type_title(page, "A new one")
    save(page)  # there is no body
    page.get_by_text("Please correct the error below.").wait_for()
    assert page.evaluate(DRAFTS) == 1
    assert put_back(page).count() == 0

    page.goto(add)
    put_back(page).click()
    page.locator(".field-body [contenteditable=true]").fill("With a body")
    save(page)
    page.get_by_text("was added successfully").wait_for()
    assert page.evaluate(DRAFTS) == 0
    assert PressRelease.objects.get(title="A new one").slug == "a-new-one"


def test_a_draft_on_an_older_version_ends_in_the_conflict_page(desk, address, release):
    page = desk()
    page.goto(address)
    type_title(page, "What I typed")
    page.goto("about:blank")
    release.title = "What somebody else saved"
    release.save()

    page.goto(address)
    page.get_by_text("The release was changed since").wait_for()
    put_back(page).click()
    save(page)

    page.get_by_text("Nothing was saved: compare").wait_for()
    release.refresh_from_db()
    assert release.title == "What somebody else saved"
    assert page.locator("#id_title").input_value() == "What I typed"
    assert page.evaluate(DRAFTS) == 1
    save(page)
    page.get_by_text("was changed successfully").wait_for()
    assert page.evaluate(DRAFTS) == 0


def test_signing_out_wipes_the_drafts_of_this_browser_also_in_other_tabs(desk, site, address):
    page = desk()
    page.goto(address)
    type_title(page, "What I typed")
    other = page.context.new_page()
    other.goto(f"{site}/admin/")
    other.get_by_role("button", name="Log out").click()
    other.get_by_text("Log in again").wait_for()
    assert other.evaluate(DRAFTS) == 0

    page.get_by_role("textbox", name="Title").fill("Still typing")
    page.wait_for_timeout(800)
    assert page.evaluate(DRAFTS) == 0


def test_the_next_person_at_this_browser_finds_no_draft_of_another(desk, site, people, address):
    page = desk()
    page.goto(address)
    type_title(page, "What I typed")
    page.goto("about:blank")
    page.context.clear_cookies()  # signed out by time, not by the button
    page.goto(f"{site}/admin/")
    assert page.evaluate(DRAFTS) == 1
    sign_in(page, people, "publisher")
    assert page.evaluate(DRAFTS) == 0
    page.goto(address)
    assert put_back(page).count() == 0


def test_two_people_see_each_other_and_that_one_saved(desk, address):
    editor, publisher = desk("editor"), desk("publisher")
    editor.goto(address)
    publisher.goto(address)
    seen = publisher.get_by_role("status").filter(has_text="editor is editing this release")
    assert seen.is_visible()

    ping_now(editor)
    editor.get_by_text("publisher is editing this release, last seen").wait_for()
    publisher.get_by_role("textbox", name="Title").fill("Saved first")
    save(publisher)
    publisher.get_by_text("was changed successfully").wait_for()
    ping_now(editor)
    editor.get_by_text("saving will show both texts").wait_for()


def test_whoever_is_signed_out_is_told_and_can_save_after_signing_in_again(
    desk, site, people, address, release
):
    page = desk()
    page.goto(address)
    type_title(page, "What I typed")
    Session.objects.all().delete()
    ping_now(page)
    page.get_by_text("You are signed out. Your text is kept here").wait_for()

    other = page.context.new_page()
    other.goto(f"{site}/admin/")
    sign_in(other, people, "editor")
    assert other.evaluate(DRAFTS) == 1
    ping_now(page)
    page.get_by_text("You are signed out").wait_for(state="detached")
    save(page)

    page.get_by_text("was changed successfully").wait_for()
    release.refresh_from_db()
    assert release.title == "What I typed"
    assert page.evaluate(DRAFTS) == 0


def test_without_storage_or_script_the_form_works(desk, site, people, open_page, address, release):
    page = desk()
    # Refused to our script only: the theme switch of the stock admin does not bear it.
    page.add_init_script("""
        const storage = window.localStorage;
        Object.defineProperty(window, "localStorage", {
            get() {
                if (new Error().stack.includes("admin-release")) throw new DOMException("refused");
                return storage;
            },
        });
    """)
    page.goto(address)
    page.get_by_role("textbox", name="Title").fill("Without storage")
    save(page)
    page.get_by_text("was changed successfully").wait_for()

    page = open_page(f"{site}/admin/", java_script_enabled=False, **DESKTOP)
    sign_in(page, people, "editor")
    page.goto(address)
    page.get_by_role("textbox", name="Title").fill("Without script")
    save(page)
    page.get_by_text("was changed successfully").wait_for()
    release.refresh_from_db()
    assert release.title == "Without script"
