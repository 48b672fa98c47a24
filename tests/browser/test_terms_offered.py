import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from press.models import PressRelease
from press.revisions import record
from taxonomy.models import FieldOfWork
from tests.factories import DraftFactory

from .desk import DESKTOP, RELEASES, save, sign_in

pytestmark = pytest.mark.browser


def test_a_term_used_lately_is_chosen_with_the_keyboard_alone(site, people, open_page):
    policing = FieldOfWork.objects.get(code="policing")
    record(DraftFactory(fields_of_work=[policing]), by=User.objects.get(username="editor"))
    draft = DraftFactory(title="A boat for two rivers")
    way = FieldOfWork.objects.ways_to([policing])[policing.pk]
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")
    page.goto(f"{site}{RELEASES}{draft.pk}/change/")

    page.get_by_role("searchbox", name="Fields of work").focus()
    page.keyboard.press("Enter")
    group = page.get_by_role("group", name="Recently used")
    expect(group.get_by_role("option", name=way, exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".select2-selection__choice", has_text=way)).to_be_visible()
    save(page)

    assert list(PressRelease.objects.get(pk=draft.pk).fields_of_work.all()) == [policing]
