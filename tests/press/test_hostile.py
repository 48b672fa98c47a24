"""Whatever people, old pages or programs bring as text or markup: none of it ever acts."""

import json
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from django.core import mail, serializers
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from PIL import Image

from osce_cms.html import TAGS, sanitise
from pages.models import Page
from press import corrections, redaction, translations
from press.models import PressRelease, PreviewLink
from press.revisions import copied, draft_from, record
from structures.models import Role
from tests.conftest import NOW
from tests.factories import (
    CountryFactory,
    DraftFactory,
    FieldFactory,
    MeetingFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    WithdrawnFactory,
    person_at,
)
from tests.test_html import HOSTILE, MUTATING, UNWANTED_LINKS, Elements

from .importers.test_import import Run, capture, page
from .test_admin import RELEASES, form_of
from .test_images import bytes_of

pytestmark = pytest.mark.django_db

MARKUP = "<p>Kept</p>{}<p>Kept too</p>{}".format(
    "".join([*HOSTILE, *(f'<p><a href="{address}">x</a></p>' for address in UNWANTED_LINKS)]),
    "".join(MUTATING),
)
LINKS_MAY = ("https://", "http://", "mailto:", "tel:", "/", "#")


@pytest.fixture
def admin(superuser):
    client = Client()
    client.force_login(superuser)
    return client


# Markup: never stored, on no way


def as_fixture(tmp_path, thing):
    """Into the table as loaddata does it, past save()."""
    path = tmp_path / "fixture.json"
    path.write_text(serializers.serialize("json", [thing]), encoding="utf-8")
    call_command("loaddata", path, verbosity=0)


def by_form(admin, tmp_path):
    release = PressRelease(title="x", body=MARKUP, slug="x", language="en")
    assert admin.post(f"{RELEASES}add/", form_of(release)).status_code == 302


def by_form_again(admin, tmp_path):
    release = DraftFactory()
    sent = form_of(release, body=MARKUP)
    assert admin.post(f"{RELEASES}{release.pk}/change/", sent).status_code == 302


def by_page_import(admin, tmp_path):
    path = tmp_path / "a.html"
    path.write_text(page(text=f"Long enough to be a text.</p>{MARKUP}<p>x"), errors="ignore")
    assert Run(path).has(created=1)


def by_capture_import(admin, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(capture(text=MARKUP.replace("\n", " ")), errors="ignore")
    assert Run(path).has(created=1)


def by_bulk_update(admin, tmp_path):
    release = DraftFactory()
    release.body = MARKUP
    with pytest.raises(TypeError, match="save each release"), transaction.atomic():
        PressRelease.objects.bulk_update([release], ["body"])
    with pytest.raises(TypeError, match="save each release"):
        PressRelease.objects.update(body=MARKUP)


def by_correction(admin, tmp_path):
    author = person_at(Role.AUTHOR)
    copy = corrections.begin(ReleaseFactory(), by=author)
    copy.body = MARKUP
    copy.save()
    copy.submit(by=author)
    corrections.publish(copy, by=person_at(Role.PUBLISHER), note="x")


def by_an_old_version(admin, tmp_path):
    release = DraftFactory()
    version = record(release, by=None)
    version.snapshot["body"] = MARKUP
    version.save()
    draft_from(version, by=None)
    release.revisions.all().delete()


def by_translation_and_copy(admin, tmp_path):
    release = ReleaseFactory()
    past_everything(release, MARKUP)
    release.refresh_from_db()
    translations.begin(release, by=person_at(Role.AUTHOR), language="fr")
    copied(release, by=None, desk=None)
    past_everything(release, "<p>Kept</p>")
    release.revisions.all().delete()


WAYS = {
    "form": by_form,
    "form of a draft": by_form_again,
    "import of a page": by_page_import,
    "import of a capture": by_capture_import,
    "save": lambda *_: DraftFactory(body=MARKUP),
    "save of one field": lambda *_: (
        setattr(it := DraftFactory(), "body", MARKUP) or it.save(update_fields=["body"])
    ),
    "bulk_create": lambda *_: PressRelease.objects.bulk_create(
        [PressRelease(title="x", body=MARKUP)]
    ),
    "update_or_create": lambda *_: PressRelease.objects.update_or_create(
        pk=DraftFactory().pk, defaults={"body": MARKUP}
    ),
    "bulk_update": by_bulk_update,
    "fixture": lambda _, tmp_path: as_fixture(
        tmp_path, PressRelease(pk=9, title="x", slug="x", body=MARKUP, updated_at=NOW)
    ),
    "correction": by_correction,
    "version brought back": by_an_old_version,
    "translation, copy": by_translation_and_copy,
    "page form": lambda admin, _: admin.post(
        "/admin/pages/page/add/", {"title": "x", "slug": "x-y", "body": MARKUP, "position": 0}
    ),
    "page save": lambda *_: Page.objects.create(title="x", slug="x-y", body=MARKUP),
    "page bulk_create": lambda *_: Page.objects.bulk_create(
        [Page(title="x", slug="x-y", body=MARKUP)]
    ),
    "page update": lambda *_: (
        Page.objects.create(title="x", slug="x-y") and Page.objects.update(body=MARKUP)
    ),
    "page bulk_update": lambda *_: Page.objects.bulk_update(
        [Page(pk=Page.objects.create(title="x", slug="x-y").pk, body=MARKUP)], ["body"]
    ),
    "page fixture": lambda _, tmp_path: as_fixture(
        tmp_path, Page(title="x", slug="x-y", body=MARKUP, updated_at=NOW)
    ),
}


def past_everything(thing, markup):
    """As whoever has the password of the database stores it."""
    table, key = thing._meta.db_table, thing.pk
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET body = %s WHERE id = %s", [markup, key])


def bodies():
    """All markup that is stored, as the database has it."""
    with connection.cursor() as cursor:
        for table in ("press_pressrelease", "pages_page"):
            cursor.execute(f"SELECT body FROM {table}")
            yield from (body for (body,) in cursor.fetchall())
        cursor.execute("SELECT snapshot FROM press_revision")
        yield from (json.loads(held)["body"] for (held,) in cursor.fetchall())


def acting(markup):
    """What of some markup could act: elements, attributes and addresses that may not be there."""
    for tag, attributes in Elements(markup).found:
        href = attributes.get("href") or "/"
        is_foreign = not href.startswith(LINKS_MAY) or href.startswith(("//", "/\\"))
        if tag not in TAGS or is_foreign or [name for name in attributes if name[:2] == "on"]:
            yield tag, attributes


@pytest.mark.parametrize("way", WAYS)
def test_markup_that_acts_is_stored_on_no_way(way, admin, tmp_path, taxonomy):
    Page.objects.all().delete()

    WAYS[way](admin, tmp_path)

    stored = list(bodies())
    assert stored
    for body in stored:
        assert not list(acting(body))
        assert sanitise(body) == body
        assert body
    if way not in ("bulk_update", "import of a capture"):
        assert any("<p>Kept</p>" in body for body in stored)


class Acting(HTMLParser):
    """What of a whole page could act and is none of ours."""

    def __init__(self, content):
        super().__init__()
        self.found = []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        is_script = tag == "script" and "src" not in attributes and "type" not in attributes
        address = attributes.get("href") or attributes.get("src") or attributes.get("action") or ""
        if (
            is_script
            or tag in ("iframe", "object", "embed", "base", "math")
            or any(name.startswith("on") or name in ("style", "srcdoc") for name in attributes)
            or not address.lower().startswith(("http", "/", "#", "?", ".", "mailto:", ""))
            or "evil.example" in address
            or attributes.get("id") == "evil"
        ):
            self.found.append((tag, attributes))


def test_markup_that_came_past_everything_acts_in_no_page(admin, client):
    release, other = ReleaseFactory(), Page.objects.create(title="x", slug="x-y", body="<p>x</p>")
    author = person_at(Role.AUTHOR)
    copy = corrections.begin(release, by=author)
    for thing in (release, copy, other):
        past_everything(thing, MARKUP)
    release.refresh_from_db()
    record(release, by=None)
    draft = DraftFactory()
    past_everything(draft, MARKUP)
    _, token = PreviewLink.share(draft, by=author)

    for address in (
        release.get_absolute_url(), "/x-y/", f"/preview/{token}/",
        f"{RELEASES}{release.pk}/change/", f"{RELEASES}{release.pk}/history/",
        f"{RELEASES}{draft.pk}/preview/", f"{RELEASES}{copy.pk}/change/",
        f"{RELEASES}{draft.pk}/change/", f"{RELEASES}{draft.pk}/step/submit/",
        f"{RELEASES}{copy.pk}/step/submit/",
    ):  # fmt: skip
        answer = admin.get(address)
        assert answer.status_code == 200, address
        assert "Kept" in answer.content.decode() or "step" in address or "history" in address
        assert not Acting(answer.content.decode()).found, address
    feed = ElementTree.fromstring(client.get("/press-releases/feed/").content)
    (content,) = feed.iter("{http://www.w3.org/2005/Atom}content")
    assert "<p>Kept</p>" in content.text
    assert not list(acting(content.text))


# Text: literal everywhere

SAID = "<b id=evil onclick=evil()>{{ 7|add:7 }} {% now 'Y' %} %s %(a)d {0} {a!r}</b> &amp;"
OTHER = "<i id=evil onclick=evil()>A court said so</i>"


@pytest.fixture
def world(now, settings):
    """Things with SAID wherever somebody can write it, by name."""
    settings.SITE_URL = "https://press.example.org"
    terms = {
        "fields_of_work": [FieldFactory(name=SAID, description=SAID)],
        "countries": [CountryFactory(name=SAID, description=SAID)],
        "meetings": [MeetingFactory(name=SAID, description=SAID)],
        "sources": [StructureFactory(name=SAID, short=SAID[:20], description=SAID)],
    }
    texts = {"title": SAID, "summary": SAID, "dateline": SAID, "body": f"<p>{escape(SAID)}</p>"}
    texts["legacy_labels"] = {"field": [SAID]}
    author = person_at(Role.AUTHOR, username=SAID[:100], first_name=SAID[:100], email="a@b.example")
    publisher = person_at(Role.PUBLISHER, username="publisher")
    made = {
        "draft": SubmittedFactory(**{**texts, "state": "draft"}, **terms),
        "published": ReleaseFactory(**texts, **terms),
        "withdrawn": WithdrawnFactory(**texts, withdrawal_notice=SAID, **terms),
        "scheduled": ReleaseFactory(**texts, published_at=now + timedelta(minutes=5), **terms),
    }
    for release in made.values():
        picture = ContentFile(bytes_of(Image.new("RGB", (8, 6))), "x")
        release.images.create(file=picture, alt=SAID, caption=SAID, credit=SAID)
        release.attachments.create(file=ContentFile(b"%PDF-1.7\n%%EOF\n", "x"), title=SAID)
        record(release, by=author)
    made["lonely"] = DraftFactory(title=SAID)
    made["translation"] = translations.begin(made["published"], by=author, language="fr")
    copy = corrections.begin(made["published"], by=author)
    copy.title = f"New {SAID}"
    copy.save()
    copy.submit(by=author, note=SAID)
    corrections.publish(copy, by=publisher, note=SAID)
    made["published"].refresh_from_db()
    made["correction"] = corrections.begin(made["published"], by=author)
    record(made["correction"], by=author)
    made["draft"].submit(by=author, note=SAID)
    made["draft"].request_changes(by=publisher, note=SAID)
    made["draft"].reminders.create(person=author)
    made["scheduled"].reminders.create(person=author)
    redaction.ask(made["draft"], by=author, passage="7|add:7", reason=OTHER)
    return made | {
        "page": Page.objects.create(title=SAID, slug="x-y", body="<p>x</p>"),
        "author": author,
        **{link: each for link, (each,) in terms.items()},
    }


def public_addresses(world):
    published = world["published"]
    yield from ["/", "/press-releases/", "/press-releases/?q=evil", "/x-y/"]
    for name in ("published", "withdrawn"):
        yield world[name].get_absolute_url()
    yield published.change_notes.get().get_absolute_url()
    for link in ("fields_of_work", "countries", "meetings", "sources"):
        yield world[link].get_absolute_url()
        yield world[link].get_absolute_url().replace(f"{world[link].slug}/", "")
    yield f"/press-releases/?field={world['fields_of_work'].slug}"
    _, token = PreviewLink.share(world["draft"], by=world["author"])
    yield f"/preview/{token}/"


def admin_addresses(world):
    yield from ["/admin/", RELEASES, f"{RELEASES}?q=evil"]
    for name in ("draft", "published", "withdrawn", "scheduled", "translation", "correction"):
        release = world[name]
        for below in ("change", "history", "preview"):
            yield f"{RELEASES}{release.pk}/{below}/"
    draft, published, correction = (
        f"{RELEASES}{world[name].pk}" for name in ("draft", "published", "correction")
    )
    yield f"{RELEASES}{world['lonely'].pk}/delete/"
    for below in ("step/submit", "step/force_publish", "reminders", "redact",
                  "preview/links", "step/hand_over"):  # fmt: skip
        yield f"{draft}/{below}/"
    for below in ("copy", "step/withdraw", "step/unpublish", "step/translate"):
        yield f"{published}/{below}/"
    yield f"{correction}/step/force_publish_correction/"
    newest, oldest = (world["published"].revisions.values_list("pk", flat=True)[i] for i in (0, 1))
    yield reverse("admin:press_pressrelease_difference", args=[world["published"].pk]) + (
        f"?from={oldest}&to={newest}"
    )
    for link in ("fields_of_work", "countries", "meetings", "sources"):
        term = world[link]
        there = f"/admin/{term._meta.app_label}/{term._meta.model_name}/"
        yield from [there, f"{there}{term.pk}/change/", f"{there}{term.pk}/delete/"]
        yield f"{there}{term.pk}/merge/"
    there = f"/admin/pages/page/{world['page'].pk}"
    yield from ["/admin/pages/page/", f"{there}/change/", f"{there}/delete/", f"{there}/history/"]
    there = f"/admin/auth/user/{world['author'].pk}"
    yield from ["/admin/auth/user/", f"{there}/change/", f"{there}/delete/", f"{there}/history/"]


def literal(content):
    """Whether SAID stands in a page as it was written; fails where it acts or was taken for a template."""
    assert not Acting(content).found
    assert "<b id=" not in content
    assert "evil()>14" not in content
    assert "evil()&gt;14" not in content
    return escape(SAID) in content


def test_text_is_literal_on_every_public_page(world, client):
    pages = {
        address: client.get(address, follow=True).content.decode()
        for address in public_addresses(world)
    }
    shown = {address: literal(content) for address, content in pages.items()}
    # Excerpts of a search mark words in it.
    assert [address for address in shown if not shown[address]] == []


def test_text_is_literal_on_every_page_of_the_desk(world, admin):
    page = Page.objects.get(pk=world["page"].pk)
    sent = {"title": SAID, "slug": "x-y", "body": "x", "position": 0}
    sent["opened_version"] = page.version
    admin.post(f"/admin/pages/page/{page.pk}/change/", sent)  # a recent action
    shown = {}
    for address in admin_addresses(world):
        answer = admin.get(address, follow=True)
        assert answer.status_code == 200, address
        shown[address] = literal(answer.content.decode())
    assert [address for address in shown if not shown[address]] == []


def test_what_asks_for_it_in_an_address_is_told_it_literally(client, admin):
    for path in ("/press-releases/", RELEASES, "/admin/taxonomy/fieldofwork/"):
        for name in ("q", "field", "year", "sort", "page", "state__exact", "evil"):
            answer = admin.get(path, {name: SAID}, follow=True)
            content = answer.content.decode()
            assert answer.status_code in (200, 404), (path, name)
            assert not Acting(content).found, (path, name)
            assert "<b id=" not in content, (path, name)


def test_the_head_of_a_page_says_it_literally_to_machines(world, client):
    content = client.get(world["published"].get_absolute_url()).content.decode()

    assert f'<meta property="og:title" content="New {escape(SAID)}">' in content
    assert f'<meta property="og:description" content="{escape(SAID)}">' in content
    (script,) = [part for part in content.split("<script") if "ld+json" in part]
    script = script.split("</script>")[0].partition(">")[2]
    assert "<" not in script
    article = json.loads(script)
    assert (article["headline"], article["description"]) == (f"New {SAID}", SAID)
    assert article["correction"][0]["text"] == SAID


def test_the_feed_says_it_literally(world, client):
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(client.get("/press-releases/feed/").content)

    (entry,) = feed.iter(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == f"New {SAID}"
    assert entry.findtext(f"{atom}summary") == SAID
    assert SAID in [category.get("term") for category in entry.iter(f"{atom}category")]
    assert escape(SAID) in entry.findtext(f"{atom}content")
    assert not Acting(entry.findtext(f"{atom}content")).found
    comments = [each.text for each in feed.iter("{http://purl.org/atompub/tombstones/1.0}comment")]
    assert comments == [SAID]


def test_mails_say_it_literally(world):
    call_command("publish_due", verbosity=0)

    (told,) = mail.outbox
    assert SAID[:60] in told.subject
    assert SAID in told.body
    assert "\n" not in told.subject


def messages(answer):
    return [each.split("</li>")[0] for each in answer.content.decode().split("<li class=")[1:]]


def test_messages_say_it_literally(world, admin):
    draft, page = world["draft"], Page.objects.get(pk=world["page"].pk)
    field = world["fields_of_work"]
    spare = FieldFactory(name=f"{SAID} 2")
    steps = [
        (f"{RELEASES}{draft.pk}/change/", form_of(draft)),
        (f"{RELEASES}{draft.pk}/step/submit/", {}),
        (f"{RELEASES}{draft.pk}/reminders/", {"person": world["author"].pk}),
        (f"{RELEASES}{world['lonely'].pk}/delete/", {"post": "yes"}),
        (
            f"/admin/pages/page/{page.pk}/change/",
            {
                "title": SAID,
                "slug": "x-y",
                "body": "x",
                "position": 0,
                "opened_version": page.version,
            },
        ),
        (f"/admin/pages/page/{page.pk}/delete/", {"post": "yes"}),
        (f"/admin/taxonomy/fieldofwork/{spare.pk}/merge/", {"into": field.pk, "target": field.pk}),
        (RELEASES, {"action": "submit", "_selected_action": [draft.pk]}),
        (RELEASES, {"action": "change_terms", "_selected_action": [draft.pk]}),
    ]  # fmt: skip
    told = 0
    for address, sent in steps:
        if "/step/" in address:
            draft.refresh_from_db()
            sent = {"version": draft.version}
        answer = admin.post(address, sent, follow=True)
        assert answer.status_code == 200, address
        content = answer.content.decode()
        assert not Acting(content).found, address
        assert "<b id=" not in content, address
        told += escape(SAID) in content.partition('class="messagelist"')[2].partition("</ul>")[0]
    assert told >= 5


# Names, directions and characters that are not seen


@pytest.mark.parametrize("char", [*map(chr, range(0x20)), "\x7f", "\ufffe", "\ud800"])
def test_control_characters_are_dropped_or_become_space_and_feeds_stay_valid(client, char):
    release = ReleaseFactory(title=f"a{char}b", summary=f"a{char}b", body=f"<p>a{char}b</p>")

    release.refresh_from_db()
    assert release.title == {
        "\t": "a b",
        "\n": "a b",
        "\r": "a b",
        " ": "a b",
        "\x7f": "a\x7fb",
    }.get(char, "ab")
    assert release.summary == release.title
    assert client.get(release.get_absolute_url()).status_code == 200
    feed = ElementTree.fromstring(client.get("/press-releases/feed/").content)
    assert release.title in [
        title.text for title in feed.iter("{http://www.w3.org/2005/Atom}title")
    ]


@pytest.mark.parametrize("text", ["re\u00adlease", "\u202eesaeler", "\u200fمرحبا\u200e", "e\u0301"])
def test_what_directs_or_joins_letters_is_kept_as_it_was_written(client, text):
    release = ReleaseFactory(title=text, body=f"<p>{text}</p>")

    release.refresh_from_db()
    assert (release.title, release.body) == (text, f"<p>{text}</p>")
    assert text in client.get(release.get_absolute_url()).content.decode()
