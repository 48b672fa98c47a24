import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from press import corrections, redaction, translations
from press.importers.run import import_releases
from press.models import Action, ImportItem, PressRelease
from press.revisions import record
from press.workflow import State
from taxonomy.models import FieldOfWork
from tests.factories import ContactFactory, DraftFactory
from tests.press.importers.test_import import page as old_page

from .desk import DESKTOP, RELEASES, sign_in

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}}
# Preloading would copy the sheets into a style element, which our policy refuses.
AXE = {"preload": False, "rules": {"target-size": {"enabled": True}}}
# The names of Select2's fields are given by a script (admin-names.js) after Select2 itself; the editor
# comes when its modules are there.
UNFINISHED = ", ".join(
    [
        "select.admin-autocomplete:not(.select2-hidden-accessible, [name*=__prefix__])",
        ".select2-container [role=combobox]:not([aria-label])",
        "textarea[data-editor]:not(.editor-box textarea)",
    ]
)
IS_FOCUS_VISIBLE = """() => {
    const shown = document.activeElement.closest(".select2-selection") ?? document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""


def wait_until_finished(page):
    # Not wait_for_function: from its second look on it runs in the page, where our policy refuses it.
    expect(page.locator(UNFINISHED)).to_have_count(0)


@pytest.fixture
def conflict(site, tmp_path):
    """Of an import in which something failed, too."""
    (tmp_path / "failed.html").write_text("<p>Nothing")
    for title in ("The lamp burns", "The lamp burns on"):
        (tmp_path / "a.html").write_text(old_page(title=title, field=title))
        import_releases([tmp_path])
        release = PressRelease.objects.get(legacy_url__endswith="/4711")
        release.title = "Our own title"
        release.save()
    return ImportItem.objects.get(action=Action.CONFLICT)


@pytest.fixture
def releases(site, people, conflict):
    """A draft with a history, and others in all states: much stands against the one in review."""
    editor, publisher = (User.objects.get(username=name) for name in ("editor", "publisher"))
    draft = DraftFactory(
        title="Officers of two countries train together",
        summary="Forty officers took part.",
        fields_of_work=FieldOfWork.objects.all()[:2],
    )
    draft.name_contacts(
        [ContactFactory(ends_on="2026-01-01"), ContactFactory(phone="+43 1 514 36")]
    )
    record(draft, by=publisher)  # whose forms offer its terms first
    draft.title, draft.body = "Officers of three countries train together", "<p>It happened.</p>"
    draft.save()
    record(draft, by=editor)
    in_review = DraftFactory(title="A new law on the police")
    in_review.submit(by=editor, note="For this afternoon.")
    returned = DraftFactory(title="A boat for two rivers")
    returned.submit(by=editor)
    returned.request_changes(by=editor, note="Which rivers?")
    published = PressRelease.objects.filter(state=State.PUBLISHED, images__isnull=False).first()
    correction = corrections.begin(published, by=editor)
    correction.title = f"Corrected: {correction.title}"
    correction.save()
    correction.submit(by=editor)
    translation = translations.begin(
        PressRelease.objects.get(pk=returned.pk), by=editor, language="fr"
    )
    returned.refresh_from_db()
    returned.title = "Two boats for two rivers"
    returned.save()
    draft.reminders.create(person=editor)
    redaction.ask(draft, by=editor, passage="three countries", reason="A court said so.")
    return {
        "draft": draft,
        "in_review": in_review,
        "returned": returned,
        "published": published,
        "correction": correction,
        "translation": translation,
        "conflict": conflict,
    }


def every_page(page, site, people, releases):
    """The name of each page of the desk as soon as page shows it."""
    conflict = releases["conflict"]
    draft, in_review, returned, published, correction, translation = (
        f"{site}{RELEASES}{release.pk}" for release in list(releases.values())[:-1]
    )
    field = FieldOfWork.objects.filter(names__isnull=False).first()
    draft_contact = releases["draft"].contacts[0].pk
    page.goto(f"{site}/admin/login/")
    yield "sign in"
    sign_in(page, people, "publisher")
    yield "index"
    for name, address in {
        "list": f"{site}{RELEASES}",
        "list, filtered": f"{site}{RELEASES}?state__exact=published&q=border",
        "draft": f"{draft}/change/",
        "in review": f"{in_review}/change/",
        "changes requested": f"{returned}/change/",
        "published": f"{published}/change/",
        "correction": f"{correction}/change/",
        "translation": f"{translation}/change/",
        "publish": f"{in_review}/step/publish/",
        "publish without a second person": f"{in_review}/step/force_publish/",
        "publish a correction": f"{correction}/step/publish_correction/",
        "hand over": f"{draft}/step/hand_over/",
        "copy": f"{published}/copy/",
        "people to be told": f"{draft}/reminders/",
        "ask for a redaction": f"{published}/redact/",
        "redact": f"{draft}/redact/",
        "request changes": f"{in_review}/step/request_changes/",
        "withdraw": f"{published}/step/withdraw/",
        "unpublish": f"{published}/step/unpublish/",
        "history": f"{draft}/history/",
        "delete": f"{draft}/delete/",
        "contacts": f"{site}/admin/press/contact/",
        "contact": f"{site}/admin/press/contact/{draft_contact}/change/",
        "translate": f"{published}/step/translate/",
        "correct": f"{published}/step/correct/",
        "preview": f"{draft}/preview/",
        "password": f"{site}/admin/password_change/",
        "labels without a term": f"{site}/admin/press/termdecision/labels/",
        "decisions on labels": f"{site}/admin/press/termdecision/",
        "suggested countries": f"{site}/admin/press/countrysuggestion/?status=confirmed",
        "imports": f"{site}/admin/press/importrun/",
        "import": f"{site}/admin/press/importrun/{conflict.run_id}/change/",
        "conflict of an import": f"{site}/admin/press/importrun/conflict/{conflict.pk}/",
        "nothing to undo": f"{site}/admin/press/importrun/{conflict.run_id}/rollback/",
        "tree": f"{site}/admin/taxonomy/fieldofwork/",
        "term": f"{site}/admin/taxonomy/fieldofwork/{field.pk}/change/",
        "merge": f"{site}/admin/taxonomy/fieldofwork/{field.pk}/merge/",
    }.items():
        page.goto(address)
        wait_until_finished(page)
        yield name

    page.goto(f"{site}/admin/press/importrun/{conflict.run_id - 1}/rollback/")
    yield "import to undo"
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_role("heading", name="What would be kept").wait_for()
    yield "import to undo, with what would happen"
    page.goto(f"{draft}/history/")
    page.get_by_role("link", name="what changed").first.click()
    page.get_by_role("heading", name="Changes in").wait_for()
    yield "difference"
    page.goto(f"{draft}/preview/links/")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("heading", name="The new link").wait_for()
    yield "preview links"
    page.goto(f"{site}{RELEASES}?state__exact=published")
    for number in (0, 1):
        page.locator("input.action-select").nth(number).check()
    page.locator("select[name=action]").select_option("withdraw")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Notice to readers").wait_for()
    yield "confirm"
    page.goto(f"{published}/step/retag/")
    wait_until_finished(page)
    yield "change terms"
    page.goto(f"{site}{RELEASES}add/")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("Please correct the errors below").wait_for()
    wait_until_finished(page)
    yield "add, with errors"
    page.get_by_role("searchbox", name="Fields of work").click()
    page.get_by_role("group", name="Recently used").wait_for()
    page.get_by_role("option", name="Arms control").first.wait_for()
    yield "add, choosing a term"

    page.goto(f"{draft}/change/")
    page.get_by_role("textbox", name="Title").fill("Officers of four countries train together")
    page.locator("[name=opened_version]").evaluate("field => { field.value = '0' }")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("Nothing was saved: compare").wait_for()
    wait_until_finished(page)
    yield "conflict"
    page.goto(f"{draft}/change/")
    page.get_by_role("button", name="Put back what you typed").wait_for()
    wait_until_finished(page)
    yield "draft, with a text of this browser"
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("heading", name="Not saved: here is what you typed").wait_for()
    yield "given back"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(site, people, open_page, releases, scheme):
    """With nothing accepted: also the widgets of the stock admin have names and enough contrast."""
    page = open_page(site, color_scheme=scheme, **DESKTOP)
    found = [
        f"{name}: {each['id']}: {node['html'][:120]}"
        for name in every_page(page, site, people, releases)
        for each in Axe().run(page, options=AXE).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_a_phone(site, people, open_page, releases):
    page = open_page(site, **PHONE)
    wide = {
        name: width
        for name in every_page(page, site, people, releases)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 390
    }
    assert not wide


def tab_to(page, there):
    """Press Tab until there has the focus, which can be seen wherever it stops."""
    for _ in range(100):
        page.keyboard.press("Tab")
        assert page.evaluate(IS_FOCUS_VISIBLE), page.evaluate("document.activeElement.outerHTML")
        if there.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab does not come to {there}")


def test_an_editor_submits_a_draft_with_the_keyboard_alone(site, people, open_page, releases):
    page = open_page(f"{site}/admin/", **DESKTOP)
    page.keyboard.type("editor")
    page.keyboard.press("Tab")
    page.keyboard.type(people["editor"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Editors’ desk").wait_for()

    tab_to(page, page.get_by_role("link", name="Press releases", exact=True).last)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Select press release").wait_for()
    tab_to(page, page.get_by_label("Search", exact=True))
    page.keyboard.type("officers train")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=officers*")
    tab_to(page, page.get_by_role("link", name=releases["draft"].title))
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/*")
    tab_to(page, page.get_by_role("link", name="Submit for review"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/step/submit/")
    tab_to(page, page.get_by_role("button", name="Submit for review"))
    page.keyboard.press("Enter")
    page.get_by_text("is in review").wait_for()

    releases["draft"].refresh_from_db()
    assert releases["draft"].state == State.IN_REVIEW


def test_the_focus_can_be_seen_all_the_way_through_the_form(site, people, open_page, releases):
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")
    page.goto(f"{site}{RELEASES}{releases['draft'].pk}/change/")
    wait_until_finished(page)
    tab_to(page, page.get_by_role("button", name="Save and continue editing").last)


def test_a_field_with_one_term_says_its_label_and_the_term(site, people, open_page):
    child = FieldOfWork.objects.filter(parent__isnull=False).first()
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")
    page.goto(f"{site}/admin/taxonomy/fieldofwork/{child.pk}/change/")
    said = re.compile(f"^Parent.*{re.escape(str(child.parent))}")
    page.get_by_role("combobox", name=said).wait_for()


def test_the_skip_link_comes_first_and_leads_past_the_navigation(site, people, open_page):
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")
    page.goto(f"{site}{RELEASES}")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    assert skip.evaluate("link => link === document.activeElement")
    assert skip.bounding_box()["y"] >= 0

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_nothing_moves_for_whoever_wants_no_motion(site, open_page):
    page = open_page(f"{site}/admin/login/", reduced_motion="reduce", **DESKTOP)
    button = page.get_by_role("button", name="Log in")
    assert button.evaluate("button => getComputedStyle(button).transitionDuration") == "0s"
