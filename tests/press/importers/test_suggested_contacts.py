"""Whom releases of the archive name is suggested once, and becomes a contact when somebody says so."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from press.importers.matching import suggested_contacts
from press.importers.readers.item import ContactBlock
from press.models import Contact, ContactMention, ContactSuggestion, PressRelease
from structures.models import Role, Structure
from tests.factories import ContactFactory, ReleaseFactory, UserFactory, person_at

from .test_import import TEXT, Run, page

pytestmark = pytest.mark.usefixtures("taxonomy")

ADDRESS = "/admin/press/contactsuggestion/"
ASKED = (
    "<p>For further information please contact Ann Bee, Spokesperson, ODIHR, at +48 22 520 0600 "
    "or {}.</p>"
)


def naming(mail="ann.bee@odihr.example", node=4711, **parts):
    return page(node, text=TEXT + ASKED.format(mail), **parts)


def suggestion(**values):
    values = {"key": str(values), "name": "Ann Bee", "phone": "+48 22 520 0600", **values}
    made = ContactSuggestion.objects.create(**values)
    made.mentions.create(release=ReleaseFactory())
    return made


def accept():
    return suggested_contacts.accept(ContactSuggestion.objects.all(), by=UserFactory())


def test_the_same_person_in_many_releases_is_one_suggestion(archive):
    for n in range(3):
        archive(f"{n}.html", naming(node=1000 + n))
    archive("x.html", naming("Ann.Bee@ODIHR.example", node=2000))

    Run(archive.folder)
    Run(archive.folder, no_resume=True)

    found = ContactSuggestion.objects.get()
    assert (found.name, found.role, found.organisation) == ("Ann Bee", "Spokesperson", "ODIHR")
    assert (found.email, found.phone) == ("ann.bee@odihr.example", "+48 22 520 0600")
    assert found.mentions.count() == 4
    assert "Ann Bee" in PressRelease.objects.first().text
    assert not Contact.objects.exists()


def test_without_mail_name_and_number_tell_people_apart():
    keys = {
        suggested_contacts.key_of(ContactBlock(name=name, phone=phone))
        for name, phone in [
            ("Ann Bee", "+48 22 520 0600"),
            ("ANN BEE", "+48 22 520-06-00"),
            ("Ann Bee", "+48 22 520 0601"),
            ("Bob Bee", "+48 22 520 0600"),
        ]
    }
    assert len(keys) == 3


def test_a_batch_takes_three_statements(archive):
    def queries(count):
        for n in range(count):
            archive(f"{n}.html", naming(f"p{n}@odihr.example", node=1000 + n))
        with CaptureQueriesContext(
            connection,
        ) as found:
            Run(archive.folder, dry_run=True)
        return [q["sql"] for q in found if "press_contact" in q["sql"]]

    assert len(queries(2)) == len(queries(20)) == 3


def test_what_was_rejected_is_not_suggested_again(archive):
    Run(archive("a.html", naming()))
    suggested_contacts.reject(ContactSuggestion.objects.all(), by=UserFactory())

    Run(archive("b.html", naming(node=4712)))

    found = ContactSuggestion.objects.get()
    assert found.status == "rejected"
    assert found.mentions.count() == 2


def test_an_accepted_one_becomes_a_contact_and_old_pages_stay_as_they_are(archive):
    Run(archive("a.html", naming()))

    assert accept() == (1, [])

    contact = Contact.objects.get()
    assert (contact.name, contact.role, contact.desk) == ("Ann Bee", "Spokesperson", None)
    assert (contact.email, contact.phone) == ("ann.bee@odihr.example", "+48 22 520 0600")
    assert contact.structure == Structure.objects.get(code="odihr")
    assert ContactSuggestion.objects.get().contact == contact
    assert PressRelease.objects.get().contacts == []


def test_a_contact_with_the_same_mail_is_linked_and_kept_as_it_is():
    present = ContactFactory(name="Ann Bee-Smith", email="Ann@odihr.example")
    made = suggestion(email="ann@ODIHR.example")

    assert accept() == (1, [])

    made.refresh_from_db()
    assert (made.contact, Contact.objects.get().name) == (present, "Ann Bee-Smith")


def test_several_numbers_find_their_places_and_local_ones_the_note():
    suggestion(phone="052 11 22 33; +373 22 88 78 95; +373 69 11 22 33", text="Ann\n052 11 22 33")

    accept()

    contact = Contact.objects.get()
    assert (contact.phone, contact.mobile) == ("+373 22 88 78 95", "+373 69 11 22 33")
    assert "052 11 22 33" in contact.note


@pytest.mark.parametrize("values", [{"phone": "052 11 22 33"}, {"phone": "", "email": "a@b"}])
def test_who_cannot_be_reached_waits(values):
    made = suggestion(**values)

    count, [(refused, reason)] = accept()

    made.refresh_from_db()
    assert (count, refused, made.status) == (0, made, "pending")
    assert "address" in reason
    assert not Contact.objects.exists()


# At the desk.


@pytest.fixture
def central(client):
    person = person_at(Role.EDITOR)
    client.force_login(person)
    return person


def do(client, action, *chosen):
    sent = {"action": action, "_selected_action": [each.pk for each in chosen]}
    return client.post(ADDRESS, sent, follow=True).content.decode()


def test_the_list_shows_who_waits_and_how_often_they_are_named(client, central):
    made = suggestion(role="Spokesperson")
    made.mentions.create(release=ReleaseFactory())
    suggestion(name="Done Already", status="rejected")
    ContactSuggestion.objects.create(key="gone", name="Named Nowhere")

    page = client.get(ADDRESS).content.decode()

    assert "Ann Bee" in page
    assert f'/{made.mentions.last().release_id}/change/">2<' in page
    assert "Done Already" not in page
    assert "Named Nowhere" not in page
    assert "Done Already" in client.get(f"{ADDRESS}?status=rejected").content.decode()


def test_the_desk_accepts_and_rejects_in_bulk(client, central):
    first, second = suggestion(), suggestion(name="Bob Bee", phone="+48 22 1 23 45 67")
    bad, third = suggestion(name="Lost", phone=""), suggestion(name="Cy Bee")

    page = do(client, "accept", first, second, bad)
    assert "Accepted: 2." in page
    assert "“Lost” waits" in page
    assert "Rejected: 1." in do(client, "reject", third)

    first.refresh_from_db()
    third.refresh_from_db()
    assert (first.status, first.by, third.status) == ("accepted", central, "rejected")
    assert first.at.date() >= date(2026, 1, 1)
    assert {each.name for each in Contact.objects.all()} == {"Ann Bee", "Bob Bee"}


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.PUBLISHER])
def test_people_of_one_desk_do_not_decide_for_all(client, role):
    client.force_login(person_at(role, Structure.objects.get(code="odihr")))
    made = suggestion()

    assert client.get(ADDRESS).status_code == 403
    do(client, "accept", made)

    assert not Contact.objects.exists()


def test_a_long_list_takes_as_many_queries_as_a_short_one(client, central):
    suggestion()
    with CaptureQueriesContext(connection) as few:
        client.get(ADDRESS)
    for n in range(30):
        suggestion(name=f"Person {n}", contact=ContactFactory())
    with CaptureQueriesContext(connection) as many:
        client.get(ADDRESS)

    assert len(many) <= len(few)
    assert ContactMention.objects.count() == 31
