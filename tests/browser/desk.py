"""What people do at the desk, again and again."""

import re

from playwright.sync_api import expect

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
RELEASES = "/admin/press/pressrelease/"


def sign_in(page, people, name):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(people[name])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def open_release(page, site, way, title):
    """From the first page of the desk, over one of its lists, to the release of that title."""
    page.goto(f"{site}/admin/")
    page.locator(".ways, .worklists").get_by_role("link", name=way).click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def search_release(page, site, words, title):
    page.goto(f"{site}{RELEASES}")
    page.get_by_label("Search", exact=True).fill(words)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def choose(page, label, typed, term):
    """Type a few letters into a field of terms and take one that is offered."""
    page.get_by_role("searchbox", name=label).press_sequentially(typed)
    page.get_by_role("option", name=re.compile(f"(^|› ){re.escape(term)}$")).click()
    expect(page.locator(".select2-selection__choice", has_text=term)).to_be_visible()


def mark(page, *titles):
    """Mark these releases in the list."""
    for title in titles:
        page.get_by_role("row", name=title).get_by_role("checkbox").check()


def go(page, label):
    """What to do with those that are marked: the page that shows what will become of them."""
    page.get_by_label("Action:").select_option(label=label)
    page.get_by_role("button", name="Go").click()
    page.get_by_role("heading", name=label, exact=True, level=1).wait_for()


def save(page):
    """Save, and stay at the form."""
    page.get_by_role("button", name="Save and continue editing").first.click()
    page.locator(".messagelist .success").wait_for()


def ask(page, label):
    """Press the button of a step: the page that asks once more."""
    page.get_by_role("link", name=label, exact=True).click()
    page.get_by_role("heading", name=label, exact=True, level=1).wait_for()


def confirm(page, label, told):
    """Go through with it, and be told what came of it."""
    page.get_by_role("button", name=label, exact=True).click()
    page.locator(".messagelist .success", has_text=told).wait_for()


def step(page, label, told, **fields):
    """A whole step; fields: what is written into the field whose label begins so."""
    ask(page, label)
    for name, text in fields.items():
        page.get_by_label(name.replace("_", " ")).fill(text)
    confirm(page, label, told)
