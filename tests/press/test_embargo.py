"""Nothing of what is hidden is seen anywhere, and what is public is seen everywhere in its second.

Hidden releases hold words that stand nowhere else. The site is read as a visitor reads it, and every
answer is searched for these words, for addresses and for names of files.
"""

import io
import re
from datetime import datetime, timedelta
from itertools import product
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from pages.models import Page
from press import revisions
from press.facets import current, live
from press.legacy import rows_for
from press.models import LATEST, LegacyUrl, PressRelease, PreviewLink
from press.renditions import path_of
from press.search import suggestions
from press.workflow import State, TransitionNotAllowed
from structures.models import Role
from taxonomy.models import FieldOfWork
from tests.factories import (
    ContactFactory,
    CountryFactory,
    FieldFactory,
    MeetingFactory,
    ReleaseFactory,
    StructureFactory,
    UserFactory,
    WithdrawnFactory,
    person_at,
)

from .crawl import crawl, get, route_of, routes, seen
from .importers.test_import import Run, capture
from .test_admin import act, form_of

# Midnight of the new year in Vienna: the year 2027 holds nothing but what is hidden.
HOUR = timezone.make_aware(datetime(2027, 1, 1))
BEFORE, SECOND = HOUR - timedelta(seconds=1), timedelta(seconds=1)
PAST = HOUR - timedelta(hours=1)
WORD, OTHER = "xanthoquil", "clavisomber"

# One line for each way to be hidden, with the original, a public release. What is published for HOUR
# comes out then, all others never do.
HIDDEN = {
    "scheduled": lambda original: {"state": State.PUBLISHED, "published_at": HOUR},
    "translation": lambda original: {
        "state": State.PUBLISHED, "published_at": HOUR, "translation_of": original
    },
    "draft": lambda original: {"state": State.DRAFT, "published_at": None},
    "dated": lambda original: {"state": State.DRAFT, "published_at": PAST},
    "review": lambda original: {"state": State.IN_REVIEW, "published_at": PAST},
    "changes": lambda original: {"state": State.CHANGES_REQUESTED, "published_at": PAST},
    "unpublished": lambda original: {"state": State.UNPUBLISHED, "published_at": PAST},
    "correction": lambda original: {"state": State.DRAFT, "corrects": original},
    "never": lambda original: {
        "state": State.WITHDRAWN, "published_at": HOUR, "withdrawn_at": PAST,
        "withdrawal_notice": WORD,
    },
}  # fmt: skip
COME_OUT = ["scheduled", "translation"]
STATUS = {"unpublished": 410}  # of its page; all others are not found

# The numbers that they had on the old site.
NODES = {kind: str(number) for number, kind in enumerate(HIDDEN, start=55888)}

TERMS = {  # the link, its parameter, the path of its pages, what makes one
    "fields_of_work": ("field", "fields-of-work", FieldFactory),
    "countries": ("country", "countries", CountryFactory),
    "sources": ("structure", "structures", StructureFactory),
    "meetings": ("meeting", "meetings", MeetingFactory),
}
PDF = b"%PDF-1.7\n%%EOF\n"
LETTERS = map("".join, product("bcdfgh", repeat=9))
OLD = ["/node/", "/tk/node/", "/no-such-section/"]
LIST, FEED = "/press-releases/", "/press-releases/feed/"
ENTRIES = [
    "/", LIST, LIST[:-1], FEED, FEED[:-1], "/sitemap.xml", "/news-sitemap.xml", "/robots.txt",
    "/llms.txt", "/api/v1/", "/metrics", "/livez", "/readyz", "/.well-known/security.txt",
    "/opensearch.xml", "/.git/config", "/media/", "/media/releases/", "/press-releases/harbour",
]  # fmt: skip
QUERIES = [
    WORD, WORD[:6], WORD[:-1] + "k", OTHER, OTHER[:5], OTHER[:-1] + "x", f'"{WORD} {OTHER}"',
    f"{WORD} OR {OTHER}", f"{OTHER[:-2]}re harbour",
]  # fmt: skip
OFFER = "Filter by what your words name"
# Keys of their own open these; wrong ones are tried in a test of their own.
LOCKED = {
    "preview/<str:token>/",
    "preview/<str:token>/images/<int:image>/",
    "preview/<str:token>/images/<int:image>/<str:rendition>",
    "preview/<str:token>/attachments/<int:attachment>/<str:name>",
}
RENDITIONS = ["600.avif", "600.webp", "600.jpg", "crop-50-50.jpg"]

# Inside of a transaction the index is built for each question, outside of one it is kept.
KEPT_INDEX = pytest.mark.django_db(transaction=True)
EITHER_INDEX = pytest.mark.parametrize(
    "index",
    [pytest.param("kept", marks=KEPT_INDEX), pytest.param("built", marks=pytest.mark.django_db)],
)
FEW_TERMS = pytest.mark.usefixtures("few_terms")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered(time_machine):
    """One second before the hour; no index and no words of another test."""
    time_machine.move_to(BEFORE, tick=False)
    live.forget()
    suggestions._known.clear()
    yield
    live.forget()
    suggestions._known.clear()


def picture():
    data = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(data, "PNG")
    return ContentFile(data.getvalue(), f"{WORD}.png")


def terms():
    # None of their names stands in another one: they are asked for, and taken out of pages.
    names = (f"Lantern{letters}" for letters in LETTERS)
    return {
        link: make(name=name, slug=name.lower())
        for name, (link, (_, _, make)) in zip(names, TERMS.items(), strict=False)
    }


@pytest.fixture
def few_terms(db):
    """No terms but those of the test: some hundred pages less to read."""
    if FieldOfWork.objects.exists():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def site(db):
    """A site that is not empty, and terms for what will be hidden on it."""
    shared = terms()
    links = {link: [term] for link, term in shared.items()}
    for number in range(19):  # more than one page
        at = PAST - timedelta(days=number + 1)
        ReleaseFactory(title=f"Harbour lights {number}", published_at=at, **links)
    WithdrawnFactory(title="Harbour closed", published_at=PAST, withdrawn_at=PAST, **links)
    original = ReleaseFactory(title="Harbour opened", published_at=PAST, **links)
    original.images.create(file=picture(), alt="A harbour", legacy_name=WORD)
    original.attachments.create(file=ContentFile(PDF, "x.pdf"), title="The harbour")
    call_command("make_renditions", verbosity=0)
    told = revisions.record(original, by=None)
    original.change_notes.create(text="The harbour is open.", before=told, after=told, at=PAST)
    PressRelease.objects.filter(pk=original.pk).update(corrected_at=PAST)
    Page.objects.create(title="Harbours", slug="harbours", body="<p>Who we are.</p>")
    return SimpleNamespace(
        shared=shared,
        own={kind: terms() for kind in HIDDEN},
        nobodys=terms(),
        original=original,
        # Too old for the home page, which shows no translations.
        other=ReleaseFactory(
            title="Hafen offen", language="de", published_at=PAST - timedelta(days=15), **links
        ),
    )


def hide(site, kind):
    """A hidden release, filed where the public ones are and where nothing else is."""
    values = HIDDEN[kind](site.original)
    links = {link: [site.shared[link], site.own[kind][link]] for link in TERMS}
    release = ReleaseFactory(
        title=f"{WORD} {OTHER} {kind}",
        slug=f"{WORD}-{kind}",
        summary=f"Summary {WORD}.",
        dateline=f"{WORD}, Tuesday",
        body=f"<p>Harbour {OTHER} of {WORD}.</p>",
        kind="media-advisory",
        language="tk",
        legacy_key=f"{NODES[kind]}:tk",
        legacy_url=f"https://legacy.example.org/{WORD}",
        legacy_labels={"source": [WORD]},
        unmatched_labels={"source": [WORD]},
        **links,
        **values,
    )
    if kind not in STATUS:
        rows = rows_for(release, [f"/old/{WORD}"])
        LegacyUrl.objects.bulk_create(rows, ignore_conflicts=True)
    release.images.create(file=picture(), alt=f"Alt {WORD}", caption=WORD, credit=WORD)
    release.attachments.create(file=ContentFile(PDF, f"{WORD}.pdf"), title=f"Annex {WORD}")
    asked = {"name": f"Officer {WORD}", "role": WORD, "email": f"{WORD}@osce.example"}
    release.name_contacts([ContactFactory(**asked, note=WORD)])
    call_command("make_renditions", verbosity=0)
    leave_traces(release)
    return release


def leave_traces(release):
    """What only editors read: a note in the log, and a version that is not that of readers."""
    release.log.create(action="submit", note=f"Note {WORD}")
    revisions.record(release, by=None)
    held = {"title": WORD, "body": OTHER}
    release.revisions.create(version=release.version + 1, snapshot=held)


def signs(*releases):
    """What tells of hidden releases, as patterns."""
    texts = [WORD, OTHER]
    for release in releases:
        texts.append(rf"/press-releases/{release.pk}(?!\d)")
        files = [*release.images.all(), *release.attachments.all()]
        texts += [re.escape(name_of(each)) for each in files]
    return [re.compile(text, re.IGNORECASE) for text in texts]


def shows(answers, hidden):
    """{address: the signs in its answer} where there are any."""
    known = signs(*hidden)
    found = {address: seen(answer, known, address) for address, answer in answers.items()}
    return {address: each for address, each in found.items() if each}


def name_of(image):
    return image.file.name.rpartition("/")[2].partition(".")[0]


def entries(site):
    """Where a visitor can begin, with each page of a term and each word that was not given."""
    here = f"{LIST}{site.original.pk}"
    return [
        *ENTRIES,
        *(here, f"{here}/", f"{here}/wrong", f"{here}/wrong/"),
        *(each.get_absolute_url()[:-1] for each in site.original.change_notes.all()),
        *(f"{old}{node}" for kind, node in NODES.items() if kind not in STATUS for old in OLD),
        f"/old/{WORD}",
        *(f"{LIST}?q={query}" for query in QUERIES),
        *(f"{LIST}?q={query}&sort=relevance" for query in ["harbour", "-harbour", f"-{WORD}"]),
        *(f"{FEED}?q={query}" for query in [WORD, "harbour"]),
        *(f"{LIST}?{pair}" for pair in ["language=tk", "kind=media-advisory", "year=2027"]),
        *(f"{LIST}?year=2027&month=1", f"{LIST}?from=2027-01-01", f"{LIST}?page=3"),
        *(address for own in site.own.values() for address in term_addresses(own)),
    ]


def term_addresses(terms):
    for link, term in terms.items():
        parameter, path, _ = TERMS[link]
        yield f"/{path}/{term.slug}/"
        yield f"{LIST}?{parameter}={term.slug}"
        yield f"{FEED}?{parameter}={term.slug}"


def addresses_of(release):
    """The addresses at which a release could be looked for by who knows its number and its words."""
    (image,), (attachment,) = release.images.all(), release.attachments.all()
    here = f"{LIST}{release.pk}"
    tails = ["", "/", f"/{release.slug}/", f"/{release.slug}", "/wrong/", "/?format=json"]
    renditions = (image.get_absolute_url() + name for name in RENDITIONS)
    documents = (attachment.get_absolute_url() + end for end in ("", "x"))
    files = [image.get_absolute_url(), *renditions, *documents]
    return [*(here + tail for tail in tails), *files]


def channels(release):
    """Wherever a release with the terms of its own is shown as long as it is listed."""
    own = {link: getattr(release, link).last() for link in TERMS}
    of_columns = ["language=tk", "kind=media-advisory", "year=2027", "year=2027&month=1"]
    of_words = [WORD, WORD[:6], f"{OTHER}&sort=relevance"]
    return [
        *("/", LIST, FEED, f"{LIST}?from=2027-01-01"),
        *(f"{LIST}?{pair}" for pair in of_columns),
        *(f"{LIST}?q={words}" for words in of_words),
        f"{FEED}?q={OTHER}",
        *term_addresses(own),
    ]


def all_addresses(release):
    return [*channels(release), *addresses_of(release)]


def shown(client, release):
    """Those channels of a release in which its address stands, but for that it is gone."""
    sign = re.compile(
        rf"(?<!deleted-entry ref=\"http://testserver)/press-releases/{release.pk}(?!\d)"
    )
    return [each for each in channels(release) if seen(get(client, each), [sign])]


# Before the hour


@KEPT_INDEX
@FEW_TERMS
def test_the_whole_site_is_the_same_to_the_byte_when_releases_are_hidden_on_it(client, site):
    known = entries(site)
    before = crawl(client, known)

    hidden = [hide(site, kind) for kind in HIDDEN]
    leave_traces(site.original)
    site.other.translation_of = hidden[0]
    site.other.save()
    suggestions._known.clear()  # words are read again every ten minutes
    after = crawl(client, known)

    assert [each for each in after if after[each] != before.get(each)] == []
    assert set(before) == set(after)
    assert mail.outbox == []
    assert shows(after, hidden) == {}
    read = {route_of(address) for address, answer in after.items() if answer.status < 400}
    public = {route for route in routes() if not route.startswith("admin/")}
    assert public - LOCKED - read == set(), "Give new addresses an entry: see ENTRIES."


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_is_hidden_is_answered_as_what_never_was(client, site, kind):
    release, status = hide(site, kind), STATUS.get(kind, 404)

    for address in addresses_of(release):
        answer = get(client, address)
        nobody = get(client, address.replace(str(release.pk), "999999", 1))
        assert seen(answer, signs(release)) == []
        assert client.head(address).status_code == answer.status
        if status == 404 or "/images/" in address or "/attachments/" in address:
            assert answer == nobody
            assert (answer.status, answer.header("Cache-Control")) == (404, "no-store")
        else:
            assert answer.status == status
            assert "max-age" not in answer.header("Cache-Control")


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_file_of_what_is_hidden_has_no_address_that_could_be_guessed(client, site, kind):
    release = hide(site, kind)
    (image,), (attachment,) = release.images.all(), release.attachments.all()

    for folder in ("media", "static", "static/media", "uploads", "staticfiles"):
        names = (image.file.name, path_of(image.file.name, "600.avif"), attachment.file.name)
        for name in names:
            answer = get(client, f"/{folder}/{name}")
            assert (answer.status, answer.header("Cache-Control")) == (404, "no-store")
    other = f"{LIST}{site.original.pk}/images/{image.pk}/"
    assert get(client, other).status == 404
    assert WORD not in image.file.name


@KEPT_INDEX
@FEW_TERMS
def test_words_of_what_is_hidden_find_nothing_and_are_not_offered(client, site):
    hidden = [hide(site, kind) for kind in HIDDEN]

    for query in QUERIES:
        address = f"{LIST}?q={query}"
        answer = get(client, address)
        assert "No press releases" in answer.text
        assert "Did you mean" not in answer.text
        assert seen(answer, signs(*hidden), address) == []
    assert "Did you mean" in get(client, f"{LIST}?q=harbuor").text
    for terms in site.own.values():
        for term in terms.values():
            assert OFFER not in get(client, f"{LIST}?q={term.name}").text
    assert OFFER in get(client, f"{LIST}?q={site.shared['countries'].name}").text


@KEPT_INDEX
@FEW_TERMS
def test_a_term_that_only_hidden_releases_have_looks_like_one_that_nobody_uses(client, site):
    unused = [in_words(get(client, each), site.nobodys) for each in term_addresses(site.nobodys)]

    for kind in HIDDEN:
        hide(site, kind)
        used = site.own[kind]
        assert [in_words(get(client, each), used) for each in term_addresses(used)] == unused


def in_words(answer, terms):
    """The body of an answer without the names of these terms."""
    body = answer.body.decode()
    for link, term in terms.items():
        body = body.replace(term.slug, link).replace(term.name, link)
    return body


def test_a_visitor_who_is_not_signed_in_sees_nothing_at_the_desk(client, site):
    release = hide(site, "scheduled")
    values = {"object_id": release.pk, "app_label": "press", "action": "publish"}

    for route in routes():
        if not route.startswith("admin/") or "^" in route or "(" in route:
            continue
        address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(values.get(m[1], 1)), route)
        answer = get(client, address)
        assert seen(answer, signs(release), address) == []
        assert answer.status in (301, 302, 404) or address == "/admin/login/", address


def test_a_wrong_or_ended_key_of_a_preview_opens_nothing(client, site, time_machine):
    release = hide(site, "scheduled")
    link, token = PreviewLink.share(release, by=person_at(Role.AUTHOR))
    (image,), (attachment,) = release.images.all(), release.attachments.all()
    ended = {"wrong": link.token_hash, "cut": token[:-1], "ended": token}
    living = get(client, f"/preview/{token}/")
    assert WORD in living.text
    assert living.header("Cache-Control") == "private, no-store"

    time_machine.move_to(HOUR, tick=False)
    for key in ended.values():
        document = f"attachments/{attachment.pk}/annex.pdf"
        for tail in ("", f"images/{image.pk}/", f"images/{image.pk}/600.avif", document):
            answer = get(client, f"/preview/{key}/{tail}")
            assert (answer.status, answer.header("Cache-Control")) == (404, "private, no-store")
            assert seen(answer, signs(release), f"/{key}/{tail}") == []


# At the hour


@EITHER_INDEX
@FEW_TERMS
@pytest.mark.parametrize("kind", COME_OUT)
def test_all_channels_show_it_in_its_second_and_none_before(
    client, site, kind, index, time_machine
):
    release = hide(site, kind)
    (image,) = release.images.all()
    page, count = release.get_absolute_url(), f"?field={site.own[kind]['fields_of_work'].slug}"
    wanted = channels(release)
    if kind == "translation":
        wanted.remove("/")  # which shows originals
    assert shown(client, release) == []
    assert count not in get(client, LIST).text
    assert page not in get(client, site.original.get_absolute_url()).text
    kept = current()

    for moment in (HOUR, HOUR + SECOND):
        time_machine.move_to(moment, tick=False)
        assert shown(client, release) == wanted
        assert count in get(client, LIST).text
        assert get(client, page).status == get(client, image.get_absolute_url()).status == 200
        assert WORD in get(client, page).text
        is_linked = page in get(client, site.original.get_absolute_url()).text
        assert is_linked is (kind == "translation")
    assert (current() is kept) is (index == "kept")  # nothing was read anew


@KEPT_INDEX
@FEW_TERMS
def test_what_was_not_published_for_the_hour_stays_hidden_after_it(client, site, time_machine):
    hidden = [hide(site, kind) for kind in HIDDEN if kind not in COME_OUT]
    addresses = {each for release in hidden for each in all_addresses(release)}

    time_machine.move_to(HOUR + timedelta(days=900), tick=False)

    assert shows({each: get(client, each) for each in addresses}, hidden) == {}


def test_a_feed_that_was_asked_for_before_is_sent_again_at_the_hour(client, site, time_machine):
    known = {"If-None-Match": client.get(FEED)["ETag"]}
    hide(site, "scheduled")
    assert client.get(FEED, headers=known).status_code == 304

    time_machine.move_to(HOUR, tick=False)
    assert client.get(FEED, headers=known).status_code == 200


@KEPT_INDEX
@FEW_TERMS
def test_an_embargo_that_is_moved_ends_at_its_new_hour_only(client, site, time_machine):
    release = hide(site, "scheduled")
    later = HOUR + timedelta(hours=6)
    release.reschedule(by=UserFactory(), at=later)

    for moment, is_shown in [(HOUR, False), (later - SECOND, False), (later, True)]:
        time_machine.move_to(moment, tick=False)
        assert shown(client, release) == (channels(release) if is_shown else [])
        assert get(client, release.get_absolute_url()).status == (200 if is_shown else 404)


def test_an_old_instance_does_not_bring_a_moved_embargo_forward(site):
    release = hide(site, "scheduled")
    old = PressRelease.objects.get(pk=release.pk)
    release.reschedule(by=UserFactory(), at=HOUR + timedelta(hours=6))

    old.summary = "Mended."
    old.save()

    assert not release.is_public(HOUR)


def test_no_cache_keeps_that_there_is_no_such_page_of_a_list(client, site):
    answer = get(client, f"{LIST}?page=3")

    assert (answer.status, answer.header("Cache-Control")) == (404, "no-store")


# After it


@KEPT_INDEX
@FEW_TERMS
def test_what_is_withdrawn_or_unpublished_is_gone_at_once_and_comes_back_at_once(
    client, site, time_machine
):
    release, person = hide(site, "scheduled"), UserFactory()
    page, image = release.get_absolute_url(), release.images.get().get_absolute_url()
    time_machine.move_to(HOUR, tick=False)
    everywhere = channels(release)
    assert shown(client, release) == everywhere

    release.withdraw(by=person, notice="Wrong place.")
    answer = get(client, page)
    assert shown(client, release) == []
    assert "Wrong place." in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text

    release.restore(by=person, note="Right after all.")
    assert shown(client, release) == everywhere
    assert "noindex" not in get(client, page).text

    release.unpublish(by=person, reason=f"Because {WORD}.")
    assert shown(client, release) == []
    assert [get(client, each).status for each in (page, image)] == [410, 404]
    assert seen(get(client, page), signs(release)) == []

    release.reopen(by=person)
    assert shown(client, release) == []
    assert [get(client, each).status for each in (page, image)] == [410, 404]


@pytest.mark.parametrize(("moved_to", "status"), [("", 410), ("https://osce.example/there/", 301)])
def test_readers_do_not_hear_that_what_was_taken_away_is_worked_on_again(
    client, site, time_machine, moved_to, status
):
    release, person = hide(site, "scheduled"), UserFactory()
    old = f"/node/{NODES['scheduled']}"
    time_machine.move_to(HOUR, tick=False)
    release.unpublish(by=person, reason="Wrong.", moved_to=moved_to)
    addresses = [release.get_absolute_url(), f"{LIST}{release.pk}/", old, "/", LIST, FEED]
    before = [get(client, each) for each in addresses]
    assert [each.status for each in before[:3]] == [status] * 3
    later = HOUR + timedelta(days=1)

    release.reopen(by=person)
    assert [get(client, each) for each in addresses] == before
    release.published_at = later
    release.save()
    assert [get(client, each) for each in addresses] == before
    release.force_publish(by=person, reason="Nobody else is here.")
    assert [get(client, each) for each in addresses] == before
    release.unschedule(by=person)
    assert [get(client, each) for each in addresses] == before
    release.refresh_from_db()
    release.force_publish(by=person, reason="Nobody else is here.")

    time_machine.move_to(later, tick=False)
    assert get(client, addresses[0]).status == 200


def test_what_is_unpublished_leads_to_what_takes_its_place_and_says_nothing_else(client, site):
    release = hide(site, "unpublished")
    there = site.original.get_absolute_url()
    PressRelease.objects.filter(pk=release.pk).update(moved_to=f"https://osce.example{there}")

    answer = get(client, release.get_absolute_url())

    assert (answer.status, answer.header("Location")) == (301, f"https://osce.example{there}")
    assert seen(answer, signs(release)) == []


# Editors


@pytest.fixture
def desk(superuser):
    """The browser of somebody who may see everything."""
    browser = Client()
    browser.force_login(superuser)
    return browser


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_preview_is_for_the_editor_alone(client, desk, site, kind):
    release = hide(site, kind)
    (image,) = release.images.all()
    here = f"/admin/press/pressrelease/{release.pk}/preview/"

    for address in (here, f"{here}images/{image.pk}/"):
        mine, others = get(desk, address), get(client, address)
        assert mine.status == 200
        assert {"private", "no-store"} <= set(mine.header("Cache-Control").split(", "))
        assert others.status == 302
        assert seen(others, signs(release), address) == []
    assert WORD in get(desk, here).text


@KEPT_INDEX
@FEW_TERMS
def test_who_is_signed_in_sees_the_public_site_as_all_others_do(client, desk, site):
    hidden = [hide(site, kind) for kind in HIDDEN]
    addresses = {each for release in hidden for each in all_addresses(release)}

    assert [each for each in addresses if get(desk, each) != get(client, each)] == []


# Dates


def clear_in_form(release, desk):
    changes = {"published_at_0": "", "published_at_1": ""}
    here = f"/admin/press/pressrelease/{release.pk}/change/"
    desk.post(here, form_of(release, slug=release.slug, **changes))


def clear_in_review(release, desk):
    act(desk, "unschedule", [release], confirmed="yes")
    release.refresh_from_db()
    clear_in_form(release, desk)
    release.refresh_from_db()
    act(desk, "publish", [release], confirmed="yes", when="given")


def clear_in_review_and_publish_in_the_shell(release, desk):
    release.unschedule(by=None)
    release.published_at = None
    release.save()
    release.publish(by=None)


def clear_by_save(release, desk):
    release.published_at = None
    release.save()


def clear_by_bulk_update(release, desk):
    release.published_at = None
    PressRelease.objects.bulk_update([release], ["published_at"])


@pytest.mark.parametrize(
    "clear",
    [
        clear_in_form,
        clear_in_review,
        clear_in_review_and_publish_in_the_shell,
        clear_by_save,
        clear_by_bulk_update,
        lambda release, desk: release.reschedule(by=None, at=None),
        lambda release, desk: PressRelease.objects.filter(pk=release.pk).update(published_at=None),
        lambda release, desk: act(desk, "publish", [release], confirmed="yes", when="given"),
    ],
)
def test_an_empty_date_makes_nothing_public_by_any_route(client, desk, site, clear):
    release = hide(site, "scheduled")

    try:
        with transaction.atomic():
            clear(release, desk)
    except (IntegrityError, TransitionNotAllowed):
        pass  # refused: the release is as it was

    release = PressRelease.objects.get(pk=release.pk)
    assert not release.is_public(BEFORE)
    assert not release.is_public(LATEST) or release.published_at == HOUR
    assert get(client, release.get_absolute_url()).status == 404
    assert seen(get(client, LIST), signs(release)) == []


def edit_a_little(releases, desk):
    for release in releases:
        sent = form_of(release, title="Mended", published_at_0="2001-01-01", precision="day")
        answer = desk.post(f"/admin/press/pressrelease/{release.pk}/change/", sent)
        assert answer.status_code == 403  # nothing that is published is edited


def withdraw_and_restore(releases, desk):
    for release in releases:
        if release.state == State.PUBLISHED and release.is_public(timezone.now()):
            release.withdraw(by=None, notice="Wrong.")
            release.restore(by=None, note="Right.")


@pytest.mark.parametrize(
    "do",
    [
        edit_a_little,
        withdraw_and_restore,
        lambda releases, desk: act(desk, "publish", releases, confirmed="yes", when="given"),
        lambda releases, desk: act(desk, "publish", releases, confirmed="yes", when="now"),
        lambda releases, desk: act(desk, "unschedule", releases[:2], confirmed="yes"),
        lambda releases, desk: call_command("rebuild_search"),
        lambda releases, desk: call_command("facets_check", stdout=io.StringIO()),
        lambda releases, desk: call_command("load_taxonomy", verbosity=0, stdout=io.StringIO()),
    ],
)
def test_public_dates_do_not_move(desk, site, do):
    withdrawn = PressRelease.objects.get(state=State.WITHDRAWN)
    releases = [site.original, withdrawn, hide(site, "scheduled")]
    before = dates()

    do(releases, desk)

    assert dates() == before


def dates():
    names = ["published_at", "first_published_at", "precision"]
    return list(PressRelease.objects.order_by("pk").values_list("pk", *names))


def test_public_dates_do_not_move_when_an_import_is_run_again(desk, taxonomy, tmp_path):
    source = tmp_path / "a.txt"
    source.write_text(capture())
    Run(source)
    before = dates()
    edit_a_little(PressRelease.objects.all(), desk)

    Run(source)
    source.write_text(capture(text="The crew of the lighthouse mended the lamp of the port."))
    Run(source)

    assert dates() == before
