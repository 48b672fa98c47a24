"""What editor and sanitiser have to agree on; the editor itself is tried in tests/browser/."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from osce_cms.html import ATTRIBUTES, SCHEMES, TAGS
from osce_cms.widgets import RichText
from tests.factories import DraftFactory, ReleaseFactory

SCHEMA = (settings.BASE_DIR / "static/admin-editor-schema.js").read_text(encoding="utf-8")
RELEASES = "/admin/press/pressrelease/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def in_schema(name):
    """{element: its attributes} of a list in the schema."""
    listed = re.search(rf"export const {name} = {{(.*?)\n}};", SCHEMA, re.DOTALL)[1]
    return {
        tag: set(re.findall(r'"(\w+)"', names))
        for tag, names in re.findall(r'"(\w+)": \[(.*?)\]', listed)
    }


def test_the_editor_knows_the_elements_and_attributes_that_the_sanitiser_keeps_and_no_others():
    elements = in_schema("INLINE") | in_schema("BLOCKS")
    assert set(elements) == TAGS
    of_any = set(re.findall(r'"(\w+)"', re.search(r"export const ANY = \[(.*?)\]", SCHEMA)[1]))
    assert {"*": of_any} | {tag: names for tag, names in elements.items() if names} == ATTRIBUTES


def test_the_editor_lets_links_lead_where_the_sanitiser_does():
    listed = re.search(r"export const SCHEMES = \[(.*?)\]", SCHEMA)[1]
    assert set(re.findall(r'"(\w+)"', listed)) == SCHEMES


def test_every_module_of_the_editor_is_served_by_ourselves():
    for path in [*RichText.MODULES.values(), "admin-editor.js", "admin-editor.css"]:
        assert Path(finders.find(path)).is_file()


@pytest.mark.django_db
def test_the_form_needs_no_inline_script_and_no_wider_policy(admin_client):
    for address in (
        f"{RELEASES}add/",
        f"{RELEASES}{DraftFactory().pk}/change/",
        "/admin/pages/page/add/",
    ):
        answer = admin_client.get(address)
        assert "data-editor=" in answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", answer.content.decode())
        assert sorted(answer.headers["Content-Security-Policy"].split("; ")) == sorted(
            POLICY.split("; ")
        )


@pytest.mark.django_db
def test_the_policy_of_public_pages_is_as_it_was(client):
    policy = client.get(ReleaseFactory().get_absolute_url()).headers["Content-Security-Policy"]
    assert sorted(policy.split("; ")) == sorted(POLICY.split("; "))


@pytest.mark.django_db
def test_what_is_read_only_is_shown_as_readers_see_it(admin_client):
    release = ReleaseFactory(body="<p>It <strong>happened</strong>.</p><script>alert(1)</script>")
    page = admin_client.get(f"{RELEASES}{release.pk}/change/").content.decode()
    assert '<div class="shown-text"><p>It <strong>happened</strong>.</p></div>' in page
    assert "alert(1)" not in page
    assert "data-editor" not in page


@pytest.mark.django_db
def test_what_comes_from_the_editor_is_sanitised_like_everything_else(admin_client):
    release = DraftFactory(body="<p>a</p>")
    sent = {
        "title": "T",
        "body": "<p onclick=x>b</p><img src=x onerror=alert(1)>",
        "language": "en",
        "precision": "minute",
        "slug": "t",
        "opened_version": release.version,
    }
    for prefix in ("images", "attachments"):
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    assert admin_client.post(f"{RELEASES}{release.pk}/change/", sent).status_code == 302
    release.refresh_from_db()
    assert release.body == "<p>b</p>"
