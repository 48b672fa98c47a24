"""The ways of editors through the desk, from beginning to end and with nothing but the browser."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from press import corrections
from press.models import PressRelease
from press.revisions import record
from structures.models import Role, Structure
from taxonomy.models import FieldOfWork
from tests.factories import DraftFactory

from .desk import (
    DESKTOP,
    RELEASES,
    ask,
    choose,
    confirm,
    go,
    mark,
    open_release,
    save,
    search_release,
    step,
)

pytestmark = pytest.mark.browser

TITLE = "Guards of two rivers share a boat"
BODY = "<p>Twelve guards crossed the river in one boat.</p><p>They will do so each week.</p>"


@pytest.fixture
def amina(people):
    """A second publisher."""
    return colleague(people, "amina", Role.PUBLISHER)


def colleague(people, name, role, desk=None):
    people[name] = "a quiet river"
    person = User.objects.create_user(name, f"{name}@example.org", people[name], is_staff=True)
    person.desk_memberships.create(role=role, desk=desk)
    return person


def draft_of(name, **fields):
    """A draft of this person, with all that is asked for when it is published."""
    texts = {"title": TITLE, "summary": "Twelve guards, one boat.", "body": BODY, **fields}
    policing = FieldOfWork.objects.filter(code="policing")
    draft = DraftFactory(fields_of_work=policing, **texts)
    record(draft, by=User.objects.get(username=name))
    return draft


def public(**fields):
    """A release that the editor wrote and the publisher published."""
    release = draft_of("editor", **fields)
    release.submit(by=User.objects.get(username="editor"))
    release.publish(by=User.objects.get(username="publisher"), at=timezone.now())
    return release


def picture():
    file = BytesIO()
    Image.new("RGB", (600, 400), "#7a9aa8").save(file, "JPEG")
    return {"name": "boat.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def give_public_time(page, at):
    at = timezone.localtime(at)
    page.get_by_label("Published at: date").fill(f"{at:%d/%m/%Y}")
    page.get_by_label("Published at: time").fill(f"{at:%H:%M:%S}")


def found_in_list(page, site, words):
    """The titles that a reader finds with these words."""
    page.goto(f"{site}/press-releases/")
    page.get_by_role("searchbox").first.fill(words)
    page.get_by_role("searchbox").first.press("Enter")
    page.wait_for_url("**/press-releases/?q=*")
    return page.locator("main").get_by_role("link", name=TITLE)


def test_a_release_from_the_first_word_to_its_readers(site, desk, open_page):
    author, publisher, reader = desk("editor"), desk("publisher"), open_page(f"{site}/", **DESKTOP)

    author.get_by_role("link", name="Write a release").click()
    author.get_by_role("textbox", name="Title").fill(TITLE)
    author.get_by_label("Summary:").fill("Ten guards, one boat.")
    author.get_by_label("Dateline:").fill("DUSHANBE")
    author.locator(".field-body [contenteditable=true]").fill(
        "Twelve guards crossed the river.\n\nThey will do so each week."
    )
    choose(author, "Sources", "dushanbe", "Programme Office in Dushanbe")
    choose(author, "Fields of work", "polic", "Policing")
    choose(author, "Countries", "tajik", "Tajikistan")
    author.get_by_role("button", name="Add another Image").click()
    image = author.locator("#images-0")
    image.get_by_label("File").set_input_files(picture())
    image.get_by_label("Alternative text").fill("A grey boat in the morning")
    save(author)
    step(author, "Submit for review", "is in review", Note="For tomorrow morning.")

    open_release(publisher, site, "In review", TITLE)
    expect(publisher.locator(".last-note")).to_contain_text("For tomorrow morning.")
    step(
        publisher, "Request changes", "is changes requested",
        What_should_the_authors_change="Twelve, not ten.",
    )  # fmt: skip

    open_release(author, site, "Waiting for you", TITLE)
    expect(author.locator(".last-note")).to_contain_text("publisher asked for changes")
    expect(author.locator(".last-note")).to_contain_text("Twelve, not ten.")
    author.get_by_label("Summary:").fill("Twelve guards, one boat.")
    save(author)
    step(author, "Submit for review", "is in review")

    open_release(publisher, site, "In review", TITLE)
    give_public_time(publisher, timezone.now() + timedelta(hours=1))
    save(publisher)
    ask(publisher, "Publish")
    address = publisher.get_by_role("row", name="Public address").get_by_role("cell").inner_text()
    confirm(publisher, "Publish", "is scheduled")

    assert reader.goto(address).status == 404
    publisher.get_by_role("link", name="Preview", exact=True).click()
    publisher.get_by_text("Under embargo until").wait_for()
    publisher.get_by_role("heading", name=TITLE, level=1).wait_for()
    publisher.get_by_role("link", name="Back to the desk").click()
    later = timezone.localtime() + timedelta(days=1)
    step(
        publisher,
        "Change the public time",
        "is scheduled",
        New_public_time=f"{later:%Y-%m-%dT12:00}",
    )
    open_release(publisher, site, "Scheduled", TITLE)
    step(publisher, "Take off the schedule", "is in review")
    assert reader.goto(address).status == 404
    ask(publisher, "Publish")
    publisher.get_by_label("Now", exact=True).check()
    confirm(publisher, "Publish", "is published")

    found_in_list(reader, site, "guards boat").click()
    reader.get_by_role("heading", name=TITLE, level=1).wait_for()
    assert reader.url == address
    expect(reader.get_by_text("They will do so each week.")).to_be_visible()
    expect(reader.get_by_role("link", name="Tajikistan")).to_be_visible()
    shown = reader.get_by_role("img", name="A grey boat in the morning")
    # Resolves when the image has come, and not before.
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 600


def test_a_correction_and_what_its_readers_are_told(site, desk, open_page):
    release = public()
    author, publisher = desk("editor"), desk("publisher")
    note = "The first version said twelve: it was thirteen."

    search_release(author, site, "guards boat", TITLE)
    step(author, "Correct", "is correction, draft")
    author.get_by_text("Readers see that one as it is").wait_for()
    body = author.locator(".field-body [contenteditable=true]")
    body.fill(body.inner_text().replace("Twelve", "Thirteen"))
    save(author)
    step(author, "Submit for review", "is correction, in review")

    open_release(publisher, site, "Open corrections", TITLE)
    ask(publisher, "Publish the correction")
    changes = publisher.get_by_role("region", name="What the correction changes")
    expect(changes.get_by_role("deletion").filter(has_text="Twelve")).to_be_visible()
    expect(changes.get_by_role("insertion").filter(has_text="Thirteen")).to_be_visible()
    publisher.get_by_role("button", name="Publish the correction").click()
    publisher.get_by_text("Say to readers what was corrected").wait_for()
    publisher.get_by_label("Note to readers").fill(note)
    confirm(publisher, "Publish the correction", "is published")

    reader = open_page(site + release.get_absolute_url(), **DESKTOP)
    expect(reader.get_by_text("Thirteen guards crossed")).to_be_visible()
    expect(reader.get_by_text("Corrected on")).to_be_visible()
    expect(reader.get_by_text(note)).to_be_visible()
    reader.get_by_role("link", name="What was changed").click()
    reader.get_by_role("heading", name="What was changed").wait_for()
    expect(reader.get_by_role("deletion").filter(has_text="Twelve")).to_be_visible()
    feed = reader.request.get(f"{site}/press-releases/feed/").text()
    assert note in feed
    assert "Thirteen guards" in feed


def test_a_release_is_withdrawn_restored_taken_away_and_written_anew(site, desk, open_page):
    address = site + public().get_absolute_url()
    publisher, reader = desk("publisher"), open_page(address, **DESKTOP)
    notice = "The boat belongs to somebody else."

    search_release(publisher, site, "guards boat", TITLE)
    step(publisher, "Withdraw", "is withdrawn", Notice_to_readers=notice)
    assert reader.goto(address).status == 200
    expect(reader.get_by_text(notice)).to_be_visible()
    expect(found_in_list(reader, site, "guards boat")).to_have_count(0)

    step(publisher, "Restore", "is published", Why_is_it_restored="It was ours after all.")
    reader.goto(address)
    expect(reader.get_by_text(notice)).to_have_count(0)
    expect(found_in_list(reader, site, "guards boat")).to_be_visible()

    step(publisher, "Unpublish", "is unpublished", Why_is_it_taken_away="It was a mistake.")
    assert reader.goto(address).status == 410
    expect(reader.get_by_text("It was a mistake.")).to_have_count(0)

    step(publisher, "Make it a draft again", "is draft")
    expect(publisher.get_by_role("textbox", name="Title")).to_be_editable()
    assert reader.goto(address).status in (404, 410)


def test_of_two_people_at_one_release_neither_loses_a_word(site, desk):
    draft = draft_of("editor")
    author, publisher = desk("editor"), desk("publisher")
    open_release(author, site, "Drafts", TITLE)
    open_release(publisher, site, "Drafts", TITLE)
    publisher.get_by_text("editor is editing this release").wait_for()

    author.get_by_label("Summary:").fill("Twelve guards, one grey boat.")
    save(author)
    publisher.get_by_label("Summary:").fill("Twelve guards, one old boat.")
    publisher.get_by_role("button", name="Save", exact=True).first.click()
    conflict = publisher.get_by_role("region", name="Nothing was saved")
    conflict.get_by_role("heading", name="Summary").wait_for()
    expect(conflict.get_by_role("deletion").filter(has_text="grey")).to_be_visible()
    expect(conflict.get_by_role("insertion").filter(has_text="old")).to_be_visible()
    draft.refresh_from_db()
    assert draft.summary == "Twelve guards, one grey boat."

    summary = publisher.get_by_label("Summary:")
    assert summary.input_value() == "Twelve guards, one old boat."
    summary.fill("Twelve guards, one old grey boat.")
    save(publisher)
    draft.refresh_from_db()
    assert draft.summary == "Twelve guards, one old grey boat."
    said = [revision.snapshot["summary"] for revision in draft.revisions.all()]
    assert "Twelve guards, one grey boat." in said


def test_a_text_that_was_saved_too_late_is_given_back_and_offered_again(site, people, desk):
    draft = draft_of("editor")
    author = desk("editor")
    open_release(author, site, "Drafts", TITLE)
    author.locator(".field-body [contenteditable=true]").fill("An hour of work.")
    Session.objects.all().delete()  # the night has passed
    author.get_by_role("button", name="Save", exact=True).first.click()
    author.get_by_role("heading", name="Not saved: here is what you typed").wait_for()
    assert author.get_by_label("Body").input_value() == "<p>An hour of work.</p>"

    with author.context.expect_page() as opened:
        author.get_by_role("link", name="Sign in, in another tab").click()
    again = opened.value
    again.get_by_label("Username").fill("editor")
    again.get_by_label("Password").fill(people["editor"])
    again.get_by_role("button", name="Log in").click()
    again.get_by_role("button", name="Put back what you typed at").click()
    save(again)
    draft.refresh_from_db()
    assert draft.text == "An hour of work."


def test_what_one_person_published_at_night_is_looked_at_by_another(site, desk, amina, open_page):
    draft = draft_of("editor")
    publisher = desk("publisher")
    open_release(publisher, site, "Drafts", TITLE)
    ask(publisher, "Publish without a second person")
    publisher.get_by_label("Why can nobody else look at it before?").fill("It is three o’clock.")
    confirm(publisher, "Publish without a second person", "is published")
    reader = open_page(site + draft.get_absolute_url(), **DESKTOP)
    reader.get_by_role("heading", name=TITLE).wait_for()

    ask(publisher, "Second look: it is well")
    publisher.get_by_role("button", name="Second look: it is well").click()
    publisher.get_by_text("somebody else looks again").wait_for()

    second = desk("amina")
    open_release(second, site, "Wait for a second look", TITLE)
    step(second, "Second look: it is well", "is published", Note="It is.")
    expect(second.get_by_role("link", name="Second look: it is well")).to_have_count(0)
    draft.refresh_from_db()
    assert not draft.needs_second_look


def test_a_mission_sees_its_own_releases_and_writes_its_own(site, people, desk):
    office = Structure.objects.get(name="Programme Office in Dushanbe")
    colleague(people, "amina", Role.AUTHOR, office)
    draft_of("editor", title="Ours: guards and a boat", desk=office)
    theirs = draft_of("editor", title="Theirs: guards and a boat")
    author = desk("amina")

    author.get_by_role("link", name="Drafts").click()
    author.get_by_role("link", name="Ours: guards").wait_for()
    expect(author.get_by_role("link", name="Theirs: guards")).to_have_count(0)
    author.get_by_label("Search", exact=True).fill("guards boat")
    author.get_by_role("button", name="Search").click()
    author.get_by_text("1 result").wait_for()
    author.goto(f"{site}{RELEASES}{theirs.pk}/change/")
    author.get_by_text("doesn’t exist").wait_for()

    author.get_by_role("link", name="Write a release").click()
    author.locator(".field-translation_of [role=combobox]").click()
    author.get_by_role("option", name="Ours: guards").wait_for()
    expect(author.get_by_role("option", name="Theirs: guards")).to_have_count(0)
    author.keyboard.press("Escape")
    author.get_by_role("textbox", name="Title").fill(TITLE)
    author.locator(".field-body [contenteditable=true]").fill("In the morning.")
    save(author)
    assert PressRelease.objects.get(title=TITLE).desk == office


def test_a_copy_is_announced_published_and_featured(site, desk, amina, open_page):
    public(title="Guards of two rivers share a boat: first year")
    author, publisher = desk("editor"), desk("publisher")

    search_release(author, site, "guards boat", "first year")
    ask(author, "Copy as new")
    confirm(author, "Copy as new", "This is a new draft like release")
    author.get_by_role("textbox", name="Title").fill(TITLE)
    save(author)
    author.get_by_role("link", name="People to be told").click()
    author.get_by_label("amina").check()
    confirm(author, "Name them", "Named: amina")
    author.get_by_role("link", name="Back to the release").click()
    step(author, "Submit for review", "is in review")

    open_release(publisher, site, "In review", TITLE)
    ask(publisher, "Publish")
    confirm(publisher, "Publish", "is published")
    public(title="Something newer")
    step(publisher, "Feature on the home page", "is published")
    reader = open_page(f"{site}/", **DESKTOP)
    expect(reader.locator("main").get_by_role("heading", level=2).first).to_have_text(TITLE)

    release = PressRelease.objects.get(title=TITLE)
    assert [reminder.person for reminder in release.reminders.all()] == [amina]


def test_a_name_is_removed_for_good_by_two_people(site, desk, amina, open_page):
    release = public(body="<p>Mira Example told her story.</p><p>Others did so too.</p>")
    publisher = desk("publisher")
    search_release(publisher, site, "guards boat", TITLE)
    publisher.get_by_role("link", name="History").click()
    ask(publisher, "Remove text for legal reasons")
    publisher.get_by_label("The text to remove").fill("mira example")
    publisher.get_by_label("Why does it have to be removed?").fill("A court said so.")
    confirm(publisher, "Ask for it", "Somebody else carries it out")
    publisher.get_by_text("You asked for it yourself").wait_for()
    expect(publisher.get_by_role("button", name="Remove it for good")).to_have_count(0)

    second = desk("amina")
    search_release(second, site, "guards boat", TITLE)
    second.get_by_role("link", name="History").click()
    ask(second, "Remove text for legal reasons")
    expect(second.get_by_text("Mira Example").first).to_be_visible()
    confirm(second, "Remove it for good", "The text is removed from")

    reader = open_page(site + release.get_absolute_url(), **DESKTOP)
    expect(reader.get_by_text("[removed] told her story.")).to_be_visible()
    assert "Mira Example" not in str([each.snapshot for each in release.revisions.all()])


def test_a_translation_beside_its_original_which_is_corrected_meanwhile(site, desk):
    release = public()
    author, publisher = desk("editor"), desk("publisher")

    search_release(author, site, "guards boat", TITLE)
    ask(author, "Translate")
    author.get_by_label("Into which language?").select_option("fr")
    confirm(author, "Translate", "is draft")
    original = author.get_by_role("region", name="The original")
    expect(original.get_by_text("Twelve guards crossed the river")).to_be_visible()
    body = author.locator(".field-body [contenteditable=true]")
    assert beside(original, body)
    author.mouse.wheel(0, 600)
    expect(original).to_be_in_viewport()
    author.get_by_role("textbox", name="Title").fill("Deux rives, un bateau")
    author.get_by_label("Summary:").fill("Douze gardes, un bateau.")
    body.fill("Douze gardes ont traversé la rivière.")
    save(author)
    step(author, "Submit for review", "is in review")

    copy = corrections.begin(PressRelease.objects.get(pk=release.pk), by=None)
    copy.body = copy.body.replace("Twelve", "Thirteen")
    copy.save()
    corrections.force_publish(copy, by=None, reason="At night.", note="It was thirteen.")

    open_release(publisher, site, "Translations whose original changed", "Deux rives")
    changes = publisher.get_by_role("region", name="The original changed since")
    expect(changes.get_by_role("deletion").filter(has_text="Twelve")).to_be_visible()
    expect(changes.get_by_role("insertion").filter(has_text="Thirteen")).to_be_visible()
    publisher.locator(".field-body [contenteditable=true]").fill("Treize gardes ont traversé.")
    save(publisher)
    step(publisher, "The translation is up to date", "is in review")
    expect(changes).to_have_count(0)
    publisher.goto(f"{site}/admin/")
    expect(publisher.get_by_role("link", name="Translations whose original")).to_have_count(0)


def beside(one, other):
    one, other = one.bounding_box(), other.bounding_box()
    return one["x"] + one["width"] <= other["x"]


def test_several_releases_are_filed_under_another_term_after_a_look(site, desk):
    titles = [f"Guards and a boat: day {n}" for n in (1, 2, 3)]
    releases = [public(title=title) for title in titles]
    dates = [release.published_at for release in releases]
    publisher = desk("publisher")

    publisher.goto(f"{site}{RELEASES}?q=guards+boat")
    mark(publisher, *titles[:2])
    go(publisher, "Change terms")
    choose(publisher, "Fields of work", "border", "Border management")
    publisher.get_by_role("button", name="Show what changes").click()
    shown = publisher.get_by_role("table", name="It will be done for 2")
    expect(shown.get_by_text("Added fields of work: Border management.")).to_have_count(2)
    assert not any(each.log.filter(action="retag").exists() for each in releases)
    confirm(publisher, "Change terms", "Done for 2 of 2.")

    publisher.goto(f"{site}{RELEASES}?q=guards+boat")
    mark(publisher, *titles)
    go(publisher, "Change terms")
    publisher.get_by_label("Remove these terms").check()
    choose(publisher, "Fields of work", "border", "Border management")
    publisher.get_by_role("button", name="Show what changes").click()
    publisher.get_by_role("table", name="It will be done for 2").wait_for()
    left_out = publisher.get_by_role("table", name="It will not be done for 1")
    expect(left_out.get_by_role("row", name=titles[2])).to_contain_text("Nothing changes")
    confirm(publisher, "Change terms", "Done for 2 of 2.")

    for release, date in zip(releases, dates, strict=True):
        release.refresh_from_db()
        assert [str(term) for term in release.fields_of_work.all()] == ["Policing"]
        assert release.published_at == date
    assert [each.log.filter(action="retag").count() for each in releases] == [2, 2, 0]
