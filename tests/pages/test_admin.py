"""The plain pages at the desk: two people at one of them."""

import pytest

from pages.models import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    return Page.objects.create(title="Harbours", slug="harbours", body="<p>Before.</p>")


def form_of(page, **changes):
    names = ["title", "slug", "body", "position"]
    found = {name: getattr(page, name) for name in names}
    return {**found, "opened_version": page.version, **changes}


def test_a_stale_form_of_a_page_writes_nothing_and_shows_both_texts(admin_client, page):
    here, opened = f"/admin/pages/page/{page.pk}/change/", form_of(page, body="<p>Mine.</p>")
    admin_client.post(here, form_of(page, body="<p>Theirs.</p>"))

    answer = admin_client.post(here, opened)

    page.refresh_from_db()
    assert page.body == "<p>Theirs.</p>"
    shown = answer.content.decode()
    assert "Somebody changed this page" in shown
    assert "Body is now: &lt;p&gt;Theirs.&lt;/p&gt;" in shown
    assert "&lt;p&gt;Mine.&lt;/p&gt;" in shown


def test_a_form_of_a_deleted_page_is_offered_for_a_new_one(admin_client, page):
    here, opened = f"/admin/pages/page/{page.pk}/change/", form_of(page, body="<p>Mine.</p>")
    page.delete()

    shown = admin_client.post(here, opened).content.decode()

    assert "This page was deleted by somebody else" in shown
    assert "&lt;p&gt;Mine.&lt;/p&gt;" in shown
    assert not Page.objects.filter(slug="harbours").exists()
