import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from press import corrections
from press.models import PressRelease, PreviewLink
from tests.factories import ContactFactory, DraftFactory, UserFactory

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 320, "height": 640}}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PATHS = [
    "/",
    "/press-releases/",
    "/press-releases/?field=policing&q=border",
    "/press-releases/?q=nothing-like-this",
    "/press-releases/?field=no-such",
    "{release}",
    "{russian}",
    "{corrected}",
    "{change}",
    "{withdrawn}",
    "{unpublished}",
    "{preview}",
    "/structures/",
    "/fields-of-work/",
    "/meetings/",
    "/countries/switzerland/",
    "/fields-of-work/policing/",
    "/about-us/",
    "/no-such-page/",
]


def addresses(site):
    release = PressRelease.objects.filter(images__isnull=False).first()
    russian = PressRelease.objects.filter(language="ru").first()
    known = {"release": release.get_absolute_url(), "russian": russian.get_absolute_url()}
    known |= happened()
    return [site + path.format(**known) for path in PATHS]


def happened():
    """Addresses of what was corrected twice, of the change, and of what was taken away."""
    person = UserFactory()
    # With all that is asked for when it is published, and words to change.
    ready = (
        PressRelease.objects.listed(timezone.now()).filter(translation_of=None).exclude(summary="")
    )
    ready = ready.filter(language="en", fields_of_work__isnull=False).distinct()
    corrected, withdrawn, unpublished, *others = ready
    for number in range(2):
        copy = corrections.begin(corrected, by=person)
        copy.title, copy.kind = f"Corrected {number}: {corrected.title}", "news-item"
        copy.body = f"<p>Another beginning.</p>{copy.body}"
        copy.save()
        mail = f"{'press' * 12}@an-institution-with-a-long-name.osce.example"
        copy.name_contacts([ContactFactory(role="Spokesperson", email=mail, phone="+43 1 514 36")])
        copy.submit(by=person)
        corrections.publish(copy, by=UserFactory(), note="A word was missing.")
        corrected.refresh_from_db()
    for each in [corrected, *others[:2]]:
        each.feature(by=person)
    withdrawn.withdraw(by=person, notice="It was about another place.")
    unpublished.unpublish(by=person, reason="x")
    _, token = PreviewLink.share(DraftFactory(title="Not yet public"), by=person)
    return {
        "preview": f"/preview/{token}/",
        "corrected": corrected.get_absolute_url(),
        "change": corrected.change_notes.first().get_absolute_url(),
        "withdrawn": withdrawn.get_absolute_url(),
        "unpublished": unpublished.get_absolute_url(),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(site, open_page, scheme):
    page = open_page(site, color_scheme=scheme, **DESKTOP)
    for address in addresses(site):
        page.goto(address)
        found = [
            f"{address}: {each['id']}: {each['nodes'][0]['html'][:120]}"
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        assert not found


def test_no_page_scrolls_sideways_on_a_small_phone(site, open_page):
    page = open_page(site, **PHONE)
    for address in addresses(site):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_a_reader_without_javascript_narrows_the_list_and_widens_it_again(site, open_page):
    page = open_page(f"{site}/press-releases/", java_script_enabled=False, **DESKTOP)
    total = page.locator("main").inner_text()

    page.get_by_role("searchbox").fill("Border")
    page.get_by_role("searchbox").press("Enter")
    assert page.url == f"{site}/press-releases/?q=Border"

    page.goto(f"{site}/press-releases/?field=policing&q=border")
    page.get_by_role("link", name=re.compile("Remove.*Policing")).click()
    assert page.url == f"{site}/press-releases/?q=border"
    page.get_by_role("link", name=re.compile("Remove.*border")).click()

    assert page.url == f"{site}/press-releases/"
    assert page.locator("main").inner_text() == total


def test_a_reader_comes_from_the_home_page_to_a_release_and_its_other_language(site, open_page):
    page = open_page(site, **PHONE)
    russian = PressRelease.objects.filter(language="ru", translation_of__isnull=False).first()

    page.goto(site + russian.translation_of.get_absolute_url())
    page.get_by_role("link", name="Русский").click()

    assert page.url == site + russian.get_absolute_url()
    assert page.locator("h1").get_attribute("lang") == "ru"


def test_images_of_releases_are_loaded(site, open_page):
    release = PressRelease.objects.filter(images__isnull=False).first()
    page = open_page(site + release.get_absolute_url(), **DESKTOP)

    assert page.locator("figure img").first.evaluate("image => image.naturalWidth") == 1200
