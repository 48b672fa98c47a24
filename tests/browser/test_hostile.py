"""What the sanitiser leaves of hostile markup does nothing in a browser, also without our policy."""

import pytest

from osce_cms.html import sanitise
from tests.test_html import HOSTILE, MUTATING, UNWANTED_LINKS

pytestmark = pytest.mark.browser

LINKS = [f'<p><a href="{address}">x</a></p>' for address in UNWANTED_LINKS]
OURS = "https://press.example/"


def test_the_browser_is_asked_to_act_by_the_markup_itself(open_page):
    """So that the next test can fail."""
    page, acted = watched(open_page)
    page.set_content("<img src='https://evil.example/' onerror='alert(1)'>")
    page.wait_for_timeout(300)
    assert {"alert", "https://evil.example/"} <= set(acted)


def test_nothing_acts_that_was_sanitised(open_page):
    page, acted = watched(open_page)
    for markup in [*HOSTILE, *MUTATING, *LINKS]:
        clean = sanitise(markup)
        page.goto(OURS)
        # Once as a page, once as an editor would put it into one.
        page.set_content(f"<div>{clean}</div><div id=other></div>")
        page.evaluate("markup => { document.querySelector('#other').innerHTML = markup }", clean)
        page.evaluate("document.querySelectorAll('a').forEach(link => link.click())")
        page.wait_for_timeout(30)
        assert page.url.startswith(OURS), markup
        assert not acted, markup


def watched(open_page):
    """(an empty page, the list of what it does: dialogs, and other hosts that it asks)."""
    page, acted = open_page("about:blank"), []

    def heard(dialog):
        acted.append(dialog.type)
        dialog.dismiss()

    def asked(route):
        if route.request.url.startswith(OURS):
            return route.fulfill(body="", content_type="text/html")
        acted.append(route.request.url)
        return route.abort()

    page.on("dialog", heard)
    page.route("**/*", asked)
    page.goto(OURS)
    return page, acted
