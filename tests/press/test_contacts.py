"""Whom readers may ask: kept once, named by many releases."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from press import corrections, redaction, translations
from press.admin.worklists import counted
from press.changes import changed_by
from press.checks import problems
from press.models import LINKS, Contact, PressRelease
from press.revisions import copied, differences, draft_from, record, snapshot
from press.workflow import TransitionNotAllowed
from structures.models import Role
from taxonomy.merging import merge
from tests.factories import (
    ContactFactory,
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    UserFactory,
    person_at,
)

from .test_admin import form_of

pytestmark = pytest.mark.django_db
RELEASES, CONTACTS = "/admin/press/pressrelease/", "/admin/press/contact/"
DAY = timedelta(days=1)


@pytest.fixture
def desk():
    return StructureFactory(name="Mission A", parent=StructureFactory())


@pytest.fixture
def editor(client, desk):
    client.force_login(person_at(Role.EDITOR, desk))
    return client


def naming(*contacts, make=DraftFactory, **fields):
    release = make(**fields)
    release.name_contacts(contacts)
    return release


def words(answer):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split()))


def sent(contact, **changes):
    names = ["name", "role", "structure_id", "email", "phone", "mobile", "desk_id", "note"]
    found = {name.removesuffix("_id"): getattr(contact, name) or "" for name in names}
    found |= {"ends_on": contact.ends_on or "", "opened_version": contact.version}
    return {**found, **changes}


# What a contact is


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"email": ""}, {"email": "x"}, {"phone": "514 36"}, {"mobile": "+"}]
)
def test_a_contact_has_a_name_and_can_be_reached(fields):
    with pytest.raises(ValidationError):
        Contact(**{"name": "Ana", "email": "a@osce.example", **fields}).full_clean()


def test_the_database_too_refuses_one_that_nobody_can_reach():
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(name="Ana")


def test_a_contact_is_current_up_to_its_last_day(now):
    ContactFactory(ends_on=now.date() - DAY)
    kept = [ContactFactory(ends_on=now.date()), ContactFactory(ends_on=None)]

    assert list(Contact.objects.current(now.date())) == kept


# What readers see


def test_readers_see_the_contacts_in_order_with_links(client, now):
    structure = StructureFactory(name="Mission to Nowhere")
    one = ContactFactory(name="Zoë <b>", role="Spokesperson", email="z&o@osce.example")
    two = ContactFactory(
        name="Office", email="", phone="+43 (0)1 514 36-0", structure=structure, note="Not at night"
    )
    release = naming(one, two, make=ReleaseFactory)

    page = client.get(release.get_absolute_url()).content.decode()

    block = page[page.index('<section class="contacts"') :]
    assert '<h2 class="label" id="contacts">Contacts</h2>' in block
    assert '<a href="mailto:z%26o@osce.example">z&amp;o@osce.example</a>' in block
    assert '<a href="tel:+431514360">+43 (0)1 514 36-0</a>' in block
    assert block.index("Zoë &lt;b&gt;</strong>, Spokesperson") < block.index("Office</strong>")
    assert "Mission to Nowhere" in block
    assert "Not at night" not in page


def test_a_release_without_contacts_says_nothing_of_them(client):
    assert "contacts" not in client.get(ReleaseFactory().get_absolute_url()).content.decode()


@pytest.mark.parametrize("count", [1, 10])
def test_a_release_page_asks_once_for_its_contacts(client, django_assert_max_num_queries, count):
    contacts = ContactFactory.create_batch(count, structure=StructureFactory())
    release = naming(*contacts, make=ReleaseFactory)

    with django_assert_max_num_queries(11):
        page = client.get(release.get_absolute_url()).content.decode()

    assert page.count("mailto:") == count


def test_a_change_is_seen_at_once_and_who_has_ended_stays_on_public_pages(client, now):
    contact = ContactFactory(email="old@osce.example")
    release = naming(contact, make=ReleaseFactory)
    contact.email, contact.ends_on = "new@osce.example", now.date() - DAY
    contact.save()

    page = client.get(release.get_absolute_url()).content.decode()

    assert "new@osce.example" in page
    assert "old@osce.example" not in page
    assert "ended" not in page


def test_a_preview_shows_them_too(editor, desk):
    release = naming(ContactFactory(name="Ana"), desk=desk)

    page = editor.get(f"{RELEASES}{release.pk}/preview/").content.decode()

    assert '<section class="contacts"' in page
    assert "Ana" in page


# In the form of a release


def test_the_form_keeps_the_order_in_which_they_were_chosen(editor, desk):
    release, (a, b, c) = DraftFactory(desk=desk), ContactFactory.create_batch(3)
    here = f"{RELEASES}{release.pk}/change/"

    for chosen in ([b, a], [a, b], [c, b], []):
        release.refresh_from_db()
        editor.post(here, form_of(release, contacts=[each.pk for each in chosen]))
        assert PressRelease.objects.get(pk=release.pk).contacts == chosen
    revisions = pairwise(release.revisions.order_by("pk"))
    changed = [differences(before.snapshot, after.snapshot) for before, after in revisions]
    assert [each["label"] for found in changed for each in found] == ["Contacts"] * 4
    page = editor.get(f"{RELEASES}{release.pk}/history/").content.decode()
    assert page.count("Changed: Contacts") == 4


def test_the_order_survives_a_form_that_comes_back(editor, desk):
    release, (a, b) = DraftFactory(desk=desk), ContactFactory.create_batch(2)
    bad = form_of(release, title="", contacts=[b.pk, a.pk])

    page = editor.post(f"{RELEASES}{release.pk}/change/", bad).content.decode()

    box = page[page.index('name="contacts"') :]
    assert box.index(f'value="{b.pk}" selected') < box.index(f'value="{a.pk}" selected')


def test_a_save_that_changes_no_contact_leaves_its_rows_alone(editor, desk):
    contact = ContactFactory()
    release = naming(contact, desk=desk)
    row = release.contact_rows.get()

    editor.post(f"{RELEASES}{release.pk}/change/", form_of(release, title="X", contacts=contact.pk))

    assert release.contact_rows.get().pk == row.pk
    assert PressRelease.objects.get(pk=release.pk).title == "X"


def test_who_has_ended_stays_where_named_and_is_chosen_nowhere_else(editor, desk, now):
    gone = ContactFactory(name="Gone", ends_on=now.date() - DAY)
    naming_it, other = naming(gone, desk=desk), DraftFactory(desk=desk)

    for release in (naming_it, other):
        here = f"{RELEASES}{release.pk}/change/"
        answer = editor.post(here, form_of(release, title="New", contacts=[gone.pk]))
        assert ("Gone is no contact any more" in words(answer)) is (release is other)
        release.refresh_from_db()
    assert (naming_it.title == "New", naming_it.contacts) == (True, [gone])
    assert (other.title == "New", other.contacts) == (False, [])


@pytest.mark.parametrize("value", ["x", "999999", "-1", "9" * 30, "\x00"])
def test_a_wrong_number_is_refused(editor, desk, value):
    release = naming(ContactFactory(), desk=desk)

    answer = editor.post(f"{RELEASES}{release.pk}/change/", form_of(release, contacts=[value]))

    assert answer.status_code in (200, 400)
    assert len(PressRelease.objects.get(pk=release.pk).contacts) == 1


def test_current_contacts_of_all_desks_are_offered(client, desk, now):
    client.force_login(person_at(Role.AUTHOR, desk))
    ContactFactory(name="Ana", role="Head", desk=StructureFactory())
    ContactFactory(name="Anatol", ends_on=now.date() - DAY)
    query = "app_label=press&model_name=releasecontact&field_name=contact"

    for term, found in (("ana", ["Ana, Head"]), ("", ["Ana, Head"]), ("zz", [])):
        answer = client.get(f"{reverse('admin:autocomplete')}?{query}&term={term}")
        assert [each["text"] for each in answer.json()["results"]] == found


def test_ten_contacts_cost_the_form_one_question(editor, desk, django_assert_max_num_queries):
    release = naming(*ContactFactory.create_batch(10), desk=desk, make=SubmittedFactory)

    with django_assert_max_num_queries(14):
        page = editor.get(f"{RELEASES}{release.pk}/change/").content.decode()

    assert page.count(" selected>Contact ") == 10


def test_who_may_only_look_reads_them(editor, desk):
    release = naming(ContactFactory(name="Ana"), desk=desk, make=ReleaseFactory)

    page = editor.get(f"{RELEASES}{release.pk}/change/").content.decode()

    assert "Ana" in page
    assert 'name="contacts"' not in page


def test_a_stale_form_shows_both_lists_and_saves_none(editor, desk):
    theirs, yours = ContactFactory(name="Theirs"), ContactFactory(name="Yours")
    release = naming(theirs, desk=desk)
    stale = form_of(release, contacts=[yours.pk], opened_version="0")

    page = editor.post(f"{RELEASES}{release.pk}/change/", stale).content.decode()

    assert release.contacts == [theirs]
    assert "<del>" in page
    assert all(name in page for name in ("Theirs", "Yours"))


def test_what_was_chosen_is_given_back_to_who_was_signed_out(client, desk):
    release, contact = DraftFactory(desk=desk), ContactFactory(name="Ana")

    answer = client.post(f"{RELEASES}{release.pk}/change/", form_of(release, contacts=[contact.pk]))

    assert answer.status_code == 403
    assert "Ana" in words(answer)


# Copies and history


def test_a_correction_takes_them_along_and_brings_its_own_back(client):
    a, b, c = ContactFactory.create_batch(3)
    release = naming(a, b, make=ReleaseFactory)
    copy = corrections.begin(release, by=None)
    assert copy.contacts == [a, b]
    copy.name_contacts([c, a])
    record(copy, by=None)
    assert PressRelease.objects.get(pk=release.pk).contacts == [a, b]
    copy.submit(by=UserFactory())

    corrections.publish(copy, by=UserFactory(), note="Another contact.")

    assert PressRelease.objects.get(pk=release.pk).contacts == [c, a]
    note = release.change_notes.get()
    (told,) = changed_by(note)
    assert (told["label"], told["removed"], told["added"]) == ("Contacts", [b.name], [c.name])
    assert b.name in client.get(note.get_absolute_url()).content.decode()


def test_a_translation_begins_with_those_of_its_original():
    contacts = ContactFactory.create_batch(2)
    original = naming(*contacts, make=ReleaseFactory)

    draft = translations.begin(original, by=person_at(Role.AUTHOR), language="ru")

    assert draft.contacts == contacts


def test_a_copy_has_them_too():
    contacts = ContactFactory.create_batch(2)

    draft, lacks = copied(naming(*contacts), by=UserFactory(), desk=None)

    assert (draft.contacts, lacks) == (contacts, [])


def test_an_old_version_finds_its_contacts_by_number_or_name_and_tells_who_is_gone():
    kept, again, gone = (ContactFactory(name=name) for name in ("Kept", "Again", "Gone"))
    release = naming(kept, again, gone)
    revision = record(release, by=None)
    release.name_contacts([])
    again.delete()
    gone.delete()
    again = ContactFactory(name="Again")
    Contact.objects.filter(pk=kept.pk).update(name="Renamed")

    draft, lacks = draft_from(revision, by=UserFactory())

    assert draft.contacts == [kept, again]
    assert lacks == ["Contacts: Gone"]


def test_versions_from_before_there_were_contacts_hold_none():
    release = DraftFactory()
    revision = record(release, by=None)
    del revision.snapshot["contacts"]
    revision.save()

    assert record(release, by=None) is None
    assert differences(revision.snapshot, snapshot(release)) == []
    assert draft_from(revision, by=UserFactory())[0].contacts == []


def test_a_name_that_is_removed_for_legal_reasons_goes_from_versions_but_not_past_a_contact():
    people = [UserFactory(), UserFactory()]
    contact = ContactFactory(name="Zxqwv Officer")
    release = naming(contact)
    record(release, by=None)
    asked = redaction.ask(release, by=people[0], passage="Zxqwv", reason="A court said so.")

    with pytest.raises(TransitionNotAllowed, match="in a contact"):
        redaction.carry_out(asked, by=people[1])
    assert release.revisions.get().snapshot["contacts"][0]["name"] == "Zxqwv Officer"

    release.name_contacts([])
    redaction.carry_out(asked, by=people[1])
    assert "Zxqwv" not in str(release.revisions.values_list("snapshot", flat=True))


# Before a release is published


@pytest.mark.parametrize(
    ("ends", "published", "warns"),
    [
        (-1, -3, True),
        (0, 0, False),
        (3, 4, True),
        (4, 4, False),
        (None, 4, False),
        (-1, None, True),
    ],
)
def test_a_contact_that_is_gone_by_then_is_a_warning(now, ends, published, warns):
    ends_on = None if ends is None else now.date() + ends * DAY
    release = naming(ContactFactory(name="Ana", ends_on=ends_on), make=SubmittedFactory)
    at = None if published is None else now + published * DAY

    found = [each for each in problems(release, at) if each.code == "contact-ended"]

    assert bool(found) is warns
    assert not any(each.is_blocking for each in found)
    assert all("Ana" in each.text for each in found)


def test_the_publish_page_says_so(client, desk, now):
    client.force_login(person_at(Role.PUBLISHER, desk))
    contact = ContactFactory(name="Ana", ends_on=now.date())
    release = naming(contact, make=SubmittedFactory, desk=desk, published_at=now + 3 * DAY)

    page = words(client.get(f"{RELEASES}{release.pk}/step/publish/"))

    assert "Perhaps: The contact Ana is given until 24 November 2026 only." in page


# Keeping them


@pytest.mark.parametrize("role", Role.values)
def test_editors_keep_the_contacts_of_their_desks_and_nobody_those_of_others(client, desk, role):
    client.force_login(person_at(role, desk.parent))
    mine, other, central = (ContactFactory(desk=each) for each in (desk, StructureFactory(), None))
    may = role != Role.AUTHOR

    for contact, is_mine in ((mine, True), (other, False), (central, False)):
        here = f"{CONTACTS}{contact.pk}/"
        assert client.get(f"{here}change/").status_code == 200
        client.post(f"{here}change/", sent(contact, name="Renamed"))
        contact.refresh_from_db()
        assert (contact.name == "Renamed") is (may and is_mine)
        client.post(f"{here}delete/", {"post": "yes"})
        assert Contact.objects.filter(pk=contact.pk).exists() is not (may and is_mine)


def test_nobody_gives_a_contact_to_a_desk_of_others_or_to_the_central_one(editor, desk):
    contact = ContactFactory(desk=desk)

    for other in (StructureFactory().pk, ""):
        editor.post(f"{CONTACTS}{contact.pk}/change/", sent(contact, desk=other))
        editor.post(f"{CONTACTS}add/", sent(contact, name="New", desk=other))

    contact.refresh_from_db()
    assert contact.desk == desk
    assert Contact.objects.count() == 1


def test_a_stale_form_of_a_contact_writes_nothing_and_shows_both(editor, desk):
    contact = ContactFactory(desk=desk, email="old@osce.example")
    here, opened = f"{CONTACTS}{contact.pk}/change/", sent(contact, name="Typed by me")
    editor.post(here, sent(contact, email="theirs@osce.example", note="Theirs"))

    answer = editor.post(here, opened)

    contact.refresh_from_db()
    assert (contact.name != "Typed by me", contact.email) == (True, "theirs@osce.example")
    assert "Somebody changed this contact" in words(answer)
    assert "E-mail is now: theirs@osce.example" in words(answer)
    assert "Note is now: Theirs" in words(answer)
    assert 'value="Typed by me"' in answer.content.decode()


def test_saving_a_contact_again_after_that_is_a_decision(editor, desk):
    contact = ContactFactory(desk=desk)
    here, opened = f"{CONTACTS}{contact.pk}/change/", sent(contact, name="Mine")
    editor.post(here, sent(contact, name="Theirs"))

    page = editor.post(here, opened).content.decode()
    (seen,) = re.findall(r'name="opened_version" value="([^"]*)"', page)
    editor.post(here, {**opened, "opened_version": seen})

    contact.refresh_from_db()
    assert contact.name == "Mine"


def test_a_merge_of_its_structure_makes_the_form_of_a_contact_stale(editor, desk):
    old, new = StructureFactory(), StructureFactory(name="Heir")
    contact = ContactFactory(desk=desk, structure=old)
    opened = sent(contact, structure="", name="Mine")
    merge(old, new)

    answer = editor.post(f"{CONTACTS}{contact.pk}/change/", opened)

    contact.refresh_from_db()
    assert contact.structure == new
    assert "Structure is now: Heir" in words(answer)


@pytest.mark.parametrize("version", ["", "x", None])
def test_a_form_of_a_contact_without_its_version_is_stale(editor, desk, version):
    contact = ContactFactory(desk=desk)
    data = sent(contact, name="Mine", opened_version=version)

    editor.post(f"{CONTACTS}{contact.pk}/change/", {k: v for k, v in data.items() if v is not None})

    contact.refresh_from_db()
    assert contact.name != "Mine"


def test_a_form_of_a_deleted_contact_is_offered_for_a_new_one(editor, desk):
    contact = ContactFactory(desk=desk)
    here, opened = f"{CONTACTS}{contact.pk}/change/", sent(contact, note="Long text")
    contact.delete()

    page = editor.post(here, opened).content.decode()

    assert not Contact.objects.exists()
    assert "This contact was deleted by somebody else" in page
    assert "Long text" in page
    assert f'action="{CONTACTS}add/"' in page
    (seen,) = re.findall(r'<input type="hidden" name="opened_version"([^>]*)>', page)
    assert "deleted" not in seen
    editor.post(f"{CONTACTS}add/", {**opened, "opened_version": ""})
    assert Contact.objects.get().note == "Long text"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_a_contact_in_the_same_moment_one_is_told(desk):
    contact = ContactFactory(desk=desk)
    clients = [Client(), Client()]
    for each in clients:
        each.force_login(person_at(Role.EDITOR, desk))
    start = Barrier(2)

    def save(number):
        try:
            start.wait(10)
            data = sent(contact, name=f"By {number}")
            answer = clients[number].post(f"{CONTACTS}{contact.pk}/change/", data)
            return answer.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(save, range(2)))

    assert codes == [200, 302]


def test_who_may_only_look_at_a_contact_sees_no_version(editor):
    page = editor.get(f"{CONTACTS}{ContactFactory(desk=StructureFactory()).pk}/change/")

    assert "version" not in words(page).lower()


def test_the_central_desk_keeps_all(client, desk):
    client.force_login(person_at(Role.EDITOR))
    contact = ContactFactory(desk=desk)

    client.post(f"{CONTACTS}{contact.pk}/change/", sent(contact, name="Renamed", desk=""))

    contact.refresh_from_db()
    assert (contact.name, contact.desk) == ("Renamed", None)


def test_deleting_several_stops_at_one_of_another_desk(editor, desk):
    contacts = [ContactFactory(desk=desk), ContactFactory(desk=StructureFactory())]
    data = {"action": "delete_selected", "_selected_action": [each.pk for each in contacts]}

    editor.post(CONTACTS, {**data, "post": "yes"})

    assert Contact.objects.count() == 2


def test_one_in_use_is_not_deleted_and_own_releases_that_name_it_are_listed(editor, desk):
    contact = ContactFactory(desk=desk)
    naming(contact, desk=desk, title="Ours")
    foreign = naming(contact, desk=StructureFactory(), title="Secret")

    page = editor.get(f"{CONTACTS}{contact.pk}/delete/").content.decode()
    editor.post(f"{CONTACTS}{contact.pk}/delete/", {"post": "yes"})
    form = editor.get(f"{CONTACTS}{contact.pk}/change/").content.decode()

    for shown in (page, form):
        assert "Ours" in shown
        assert "Secret" not in shown
        assert f"/{foreign.pk}/" not in shown
    assert "is named in other releases" in page
    assert "Also in others." in form
    assert Contact.objects.filter(pk=contact.pk).exists()
    with pytest.raises(ProtectedError):
        Contact.objects.filter(pk=contact.pk).delete()


def test_the_form_of_a_contact_is_not_that_of_a_release(editor, desk):
    page = editor.get(f"{CONTACTS}{ContactFactory(desk=desk).pk}/change/").content.decode()

    assert 'class="stage' not in page
    assert 'id="release-desk"' not in page
    assert "No release" in page


def test_changes_are_in_the_history_of_the_contact(editor, desk):
    contact = ContactFactory(desk=desk)
    editor.post(f"{CONTACTS}{contact.pk}/change/", sent(contact, email="new@osce.example"))

    page = editor.get(f"{CONTACTS}{contact.pk}/history/").content.decode()

    assert "Changed E-mail" in html.unescape(page)


@pytest.mark.parametrize("search", ["?q=ana", "?q=mission", "?worklist=expiring", "?worklist=x"])
def test_contacts_are_searched_and_filtered(editor, search):
    ContactFactory(name="Ana", structure=StructureFactory(name="Mission"))
    ContactFactory(name="Boris")

    page = words(editor.get(f"{CONTACTS}{search}", follow=True))

    assert "Boris" not in page or search == "?worklist=x"
    assert ("Ana" in page) is ("expiring" not in search)


# What waits


def test_contacts_that_end_soon_are_counted_and_listed(client, desk, now):
    person = person_at(Role.AUTHOR, desk)
    client.force_login(person)

    def ending(days):
        return ContactFactory(ends_on=now.date() + days * DAY)

    wanted = [ending(-400), ending(0), ending(30)]
    naming(*wanted, desk=desk)
    public, scheduled = ending(3), ending(3)
    naming(public, desk=desk, make=ReleaseFactory, published_at=now - 364 * DAY)
    naming(scheduled, desk=desk, make=ReleaseFactory, published_at=now + DAY)
    wanted += [public, scheduled]
    naming(ending(31), ContactFactory(), desk=desk)
    naming(ending(3), desk=desk, make=ReleaseFactory, published_at=now - 366 * DAY)
    naming(ending(3), desk=StructureFactory())
    ending(3)

    lists = {worklist.name: count for worklist, count, _ in counted(person, now)}
    assert lists["expiring"] == len(wanted)
    page = client.get(f"{CONTACTS}?worklist=expiring").content.decode()
    listed = {int(pk) for pk in re.findall(rf'href="{CONTACTS}([0-9]+)/change/', page)}
    assert listed == {each.pk for each in wanted}
    first = client.get("/admin/").content.decode()
    assert f'href="{CONTACTS}?worklist=expiring"><b>5</b> Contacts that end soon' in first


def test_the_terms_of_a_form_are_read_in_one_statement(taxonomy, django_assert_num_queries):
    release = DraftFactory(fields_of_work=[FieldFactory(), FieldFactory(is_closed=True)])
    expected = {link: list(map(str, getattr(release, link).all())) for link in LINKS}

    with django_assert_num_queries(1):
        release.fetch_terms()
        found = {link: list(map(str, getattr(release, link).all())) for link in LINKS}

    assert found == expected
