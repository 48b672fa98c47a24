"""Every old address of an item leads to it in one step; what is hidden is answered as what never was."""

from datetime import timedelta
from urllib.parse import quote, unquote_to_bytes

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from pages.models import Page
from press.facets import PAGE_SIZE, current
from press.legacy import TABLE, OldAddress, normalise, rows_for
from press.models import LegacyUrl
from press.workflow import State
from structures.models import Structure
from taxonomy.merging import merge
from taxonomy.models import FieldOfWork
from tests.conftest import NOW
from tests.factories import DraftFactory, ReleaseFactory, WithdrawnFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

LIST = "/press-releases/"
BOSNIA = "mission-to-bosnia-and-herzegovina"
NOISE = "filters=+im_taxonomy_vid_1:(11)+im_taxonomy_vid_3:(379)"
BOTH = f"{LIST}?field=good-governance&structure={BOSNIA}"


def ask(client, address, method="GET"):
    """As a server does it, which takes "//a/b" for a path."""
    path, _, query = address.partition("?")
    bare = unquote_to_bytes(path).decode("latin-1")
    return client.generic(method, "/", PATH_INFO=bare, QUERY_STRING=query)


def led_to(client, address):
    """Where an address leads in one permanent step, which is no step to the next one."""
    answer = ask(client, address)
    assert answer.status_code == 301, address
    assert client.get(answer["Location"]).status_code == 200, answer["Location"]
    return answer["Location"]


def many_times(address, times):
    for _ in range(times):
        address = quote(address, safe="/")
    return address


def item(language="en", **values):
    return ReleaseFactory(legacy_key=f"55888:{language}", language=language, **values)


def address_of(release, url, language="en"):
    return LegacyUrl.objects.create(address=normalise(url), release=release, language=language)


# Normalising


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://www.osce.org/cio/86290", "/cio/86290"),
        ("HTTP://WWW.OSCE.ORG:80/Cio/86290/", "/cio/86290"),
        ("www.osce.org/cio/86290", "/cio/86290"),
        ("bih.osce.org/hbs/node/602771", "/hbs/node/602771"),
        ("//cio///86290//", "/cio/86290"),
        ("activities/18805.html", "/activities/18805.html"),
        (" /cio/86290). ", "/cio/86290"),
        ("/cio/86290?fbclid=x&utm_source=y&UTM_medium=z#top", "/cio/86290"),
        ("/cio/86290&amp;amp;fbclid=x", "/cio/86290"),
        ("/cio/86290%3Ffbclid%3Dx", "/cio/86290"),
        ("/show?id=2&amp;b=1&b=1", "/show?b=1&id=2"),
        ("/show? b & a %26 ", "/show?a&b"),
        ("/caf%C3%A9", "/café"),
        ("/cafe%CC%81", "/café"),
        (many_times("/café/x", 5), "/café/x"),
        (many_times("/é", 20), ""),
        ("/a%00b", ""),
        ("/a%0D%0Ab", ""),
        ("/a%FFb", ""),
        ("/a\ud800b", ""),
        ("/" + "a" * 3000, ""),
        ("", ""),
        ("https://www.osce.org/", ""),
    ],
)
def test_all_spellings_of_an_address_have_one_form(url, address):
    assert normalise(url) == address


# Of these pieces addresses are made that mean something to the rules, and of any text those that do not.
PIECES = [
    *("/", "//", "%2f", "%25", "%", "25", "&", "&amp;", "amp;", "?", "#", "=", "utm_x", "fbclid=1"),
    *("https://", "http:/", "www.osce.org", "a.b", "İ", "ß", "e\u0301", "\u0345", "\0", " ", "+", "."),
]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
@example("https:%2f%2fhttps://a.b/c")
def test_normalising_twice_changes_nothing(url):
    once = normalise(url)

    assert normalise(once) == once
    assert once == "" or once.startswith("/")


# Items


FORMS = [
    *("/fom/55888", "/fom/55888/", "/FOM/55888", "/Fom//55888", "//fom/55888", "///fom/55888/"),
    *("/odihr/elections/55888", "/no-such-section/55888", "/node/55888", "/Node/55888/", "/55888"),
    *("/55888/", "/ru/fom/55888", "/hbs/node/55888", "/de/node/55888/", "/activities/55888.html"),
    *("/fom/55888?fbclid=x", "/fom/55888/?utm_source=a&utm_medium=b", "/fom/55888?page=3"),
    *("/fom/55888&amp;fbclid=x", "/fom/55888%26amp%3Bfbclid%3Dx", "/fom/55888%3Ffbclid%3Dx"),
    *("/fom/55888%23top", "/fom/55888%253Futm_source%253Dx", "/fom%2F55888", "/fom%252F55888"),
    *("/fom/55888).", "/%66om/55888", "/fom/%35%35888", "/https://www.osce.org/fom/55888"),
    many_times("/fom/55888?é=1", 4),
]  # fmt: skip


@pytest.mark.parametrize("address", FORMS)
def test_all_forms_of_the_address_of_an_item_lead_to_it_in_one_step(client, address):
    release = item(title="Media law – reviewed")

    assert led_to(client, address) == release.get_absolute_url()
    assert ask(client, address, "HEAD")["Location"] == release.get_absolute_url()


def test_the_host_is_not_looked_at(client, settings):
    settings.ALLOWED_HOSTS = ["bih.osce.org"]
    release = item("bs")

    answer = client.get("/hbs/node/55888", HTTP_HOST="bih.osce.org")

    assert (answer.status_code, answer["Location"]) == (301, release.get_absolute_url())


@pytest.mark.parametrize(
    ("address", "language"),
    [
        ("/node/55888", "en"),
        ("/en/node/55888", "en"),
        ("/ru/node/55888", "ru"),
        ("/ru/fom/55888", "ru"),
        ("/hbs/bih/55888", "hr"),
        ("/hr/bih/55888", "hr"),
        ("/bs/bih/55888", "en"),
        ("/de/fom/55888", "en"),
    ],
)
def test_the_prefix_chooses_the_translation_that_there_is(client, address, language):
    original = item()
    family = {"en": original} | {each: item(each, translation_of=original) for each in ("ru", "hr")}

    assert led_to(client, address) == family[language].get_absolute_url()


def test_without_an_english_text_the_original_is_meant(client):
    original = item("uk")
    item("ru", translation_of=original)

    assert led_to(client, "/node/55888") == original.get_absolute_url()


def test_what_another_translation_would_answer_later_is_kept_by_no_cache(client):
    item()

    assert "Cache-Control" not in client.get("/node/55888").headers
    assert client.get("/ru/node/55888")["Cache-Control"] == "no-store"


def test_the_number_of_another_item_is_not_found(client):
    item()

    for address in ["/node/5588", "/node/558881", "/node/055888", "/node/55888a", "/node/٥٥٨٨٨"]:
        assert client.get(address).status_code == 404


# What is not public


HIDDEN = {
    "draft": {"state": State.DRAFT, "published_at": None},
    "review": {"state": State.IN_REVIEW},
    "scheduled": {"published_at": NOW + timedelta(days=3650)},
    "never public": {
        "state": State.WITHDRAWN,
        "published_at": NOW + timedelta(days=3650),
        "withdrawn_at": NOW,
    },
}


@pytest.mark.parametrize("values", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("address", ["/quite/55888", "/fom/55888", "/ru/node/55888", "/old/title"])
def test_what_is_not_public_is_answered_as_what_never_was(client, now, values, address):
    nothing, cost = answer_and_cost(client, address)
    release = item(title="Xanthoquil", **values)
    address_of(release, "/old/title")
    answer, same_cost = answer_and_cost(client, address)

    assert answer.content == nothing.content
    assert answer.headers == nothing.headers
    assert (answer.status_code, same_cost) == (nothing.status_code, cost)
    assert answer["Cache-Control"] == "no-store"


def answer_and_cost(client, address):
    current()  # in a transaction it is built for each question, of all terms and releases
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    return answer, [each["sql"].split("WHERE")[0] for each in captured]


def test_what_is_scheduled_is_found_in_its_second(client, time_machine, now):
    release = item(published_at=now + timedelta(hours=1))
    assert client.get("/node/55888").status_code == 404

    time_machine.move_to(now + timedelta(hours=1), tick=False)

    assert led_to(client, "/node/55888") == release.get_absolute_url()


def test_a_hidden_translation_gives_way_to_the_original(client):
    original = item()
    item("ru", translation_of=original, **HIDDEN["scheduled"])

    assert led_to(client, "/ru/fom/55888") == original.get_absolute_url()


def test_the_address_of_a_hidden_original_does_not_lead_to_its_translation(client):
    original = DraftFactory()
    ReleaseFactory(language="ru", translation_of=original)
    address_of(original, "/old/title")

    assert client.get("/old/title").status_code == 404
    assert client.get("/ru/old/title").status_code == 404


def test_what_was_unpublished_is_gone(client):
    item(state=State.UNPUBLISHED)

    answer = client.get("/fom/55888")

    assert (answer.status_code, answer["Cache-Control"]) == (410, "no-store")


def test_what_was_moved_leads_there(client):
    item(state=State.UNPUBLISHED, moved_to="https://example.org/there")

    answer = client.get("/fom/55888")

    assert (answer.status_code, answer["Location"]) == (301, "https://example.org/there")


def test_what_was_withdrawn_leads_to_its_notice(client):
    release = WithdrawnFactory(legacy_key="55888:en")

    assert led_to(client, "/fom/55888") == release.get_absolute_url()


# Addresses without a number


def test_an_address_without_a_number_leads_to_its_release(client):
    release = ReleaseFactory()
    LegacyUrl.objects.bulk_create(rows_for(release, ["https://osce.org/Old/A%20title/"]))

    for address in [
        "/old/a%20title",
        "/OLD/A%2520title/?fbclid=1",
        "/ru/old/a title",
        "/old/a title?x",
    ]:
        assert led_to(client, address) == release.get_absolute_url()
    assert client.get("/old/a").status_code == 404


def test_parameters_tell_addresses_apart(client):
    one, two = ReleaseFactory(), ReleaseFactory()
    address_of(one, "/show.php?id=1")
    address_of(two, "/show.php?id=2")

    assert led_to(client, "/show.php?utm_source=x&id=2") == two.get_absolute_url()
    assert client.get("/show.php?id=3").status_code == 404


def test_a_further_address_leads_to_the_translation_in_its_language(client):
    original = ReleaseFactory()
    russian = ReleaseFactory(language="ru", translation_of=original)
    address_of(original, "/old/title")
    address_of(original, "/old/zagolovok", "ru")

    assert led_to(client, "/old/title") == original.get_absolute_url()
    assert led_to(client, "/ru/old/title") == russian.get_absolute_url()
    assert led_to(client, "/old/zagolovok") == russian.get_absolute_url()


def test_a_number_goes_before_a_further_address(client):
    release = item()
    address_of(ReleaseFactory(), "/fom/55888")

    assert led_to(client, "/fom/55888") == release.get_absolute_url()


def test_rows_are_made_once_for_each_address_and_kept_once(db):
    release, other = ReleaseFactory(language="hr"), ReleaseFactory()
    urls = ["/Old/1", "https://osce.org/old/1/", "/hbs/x", "/ru/x", "", "\0", f"/{'a' * 501}"]

    for each in (release, other, release):
        LegacyUrl.objects.bulk_create(rows_for(each, urls), ignore_conflicts=True)

    rows = LegacyUrl.objects.values_list("address", "release", "language")
    assert list(rows) == [
        ("/hbs/x", release.pk, "hr"),
        ("/old/1", release.pk, "hr"),
        ("/ru/x", release.pk, "ru"),
    ]


# Lists


@pytest.fixture
def archive(db):
    """Two pages and one release on a third one, all of them filed under what NOISE asks for."""
    links = {
        "sources": [Structure.objects.get(code=BOSNIA)],
        "fields_of_work": [FieldOfWork.objects.get(code="good-governance")],
    }
    for _ in range(2 * PAGE_SIZE + 1):
        ReleaseFactory(**links)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/press-Releases", LIST),
        ("/Press-Releases/", LIST),
        ("/press-releases?page=0", LIST),
        ("/press-releases?rows=10", LIST),
        ("/press-releases/?rows=10&page=4", f"{LIST}?page=3"),
        ("/press-releases?solrsort=ds_date+desc&page=3", f"{LIST}?page=2"),  # 7 to a page: 21
        ("/press-releases?page=2", LIST),
        ("/press-releases?page=2042", f"{LIST}?page=3"),
        ("/press-releases?page=99999999999999999999&rows=50", LIST),
        ("/press-releases?rows=10&page=-1", LIST),
        (f"/press-releases?{NOISE}", BOTH),
        (f"/press-releases/?{NOISE}&page=2&rows=10", f"{BOTH}&page=2"),
        (f"/press-releases?{NOISE}&amp;page=2&amp;rows=10", f"{BOTH}&page=2"),
        (f"/press-releases?page=2&amp;{NOISE}", LIST + BOTH.removeprefix(LIST)),
        (f"/press-releases?{quote(NOISE, safe='=')}", BOTH),
        (f"/press-releases?{quote(quote(NOISE, safe='='), safe='=')}", BOTH),
        (f"/press-releases%3F{quote(NOISE)}", BOTH),
        ("/press-releases?filters=+im_taxonomy_vid_1:(434)", LIST),
        ("/press-releases?filters=x&fields=3&field=111&activities=2&whoweare=1", LIST),
        (
            "/press-releases?filters=" + "+im_taxonomy_vid_3:(379)" * 60,
            f"{LIST}?field=good-governance",
        ),
        ("/ru/press-releases", f"{LIST}?language=ru"),
        ("/ru/press-releases/?page=5", f"{LIST}?language=ru"),
        ("/hbs/press-releases", f"{LIST}?language=bs&language=cnr&language=hr&language=sr"),
        ("/fom/statements", f"{LIST}?structure=rfom"),
        ("/fom/statements?page=188", f"{LIST}?structure=rfom"),
        ("/bih/press-releases?rows=50&page=0", f"{LIST}?structure={BOSNIA}"),
        ("/press-releases/federal", f"{LIST}?q=federal"),
        ("/press-releases/human%20trafficking?page=14", f"{LIST}?q=human+trafficking"),
        ("/press-releases/human+trafficking/", f"{LIST}?q=human+trafficking"),
        ("/uk/press-releases/federal", f"{LIST}?language=uk&q=federal"),
    ],
)
def test_an_old_list_leads_to_the_nearest_of_ours_in_one_step(client, archive, old, new):
    assert led_to(client, old) == new


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/press-releases?field=policing&page=2", f"{LIST}?field=policing&page=2"),
        ("/press-releases/?field=policing&source=x", f"{LIST}?field=policing"),
        ("/press-releases/?field=policing&rows=10&page=2", f"{LIST}?field=policing&page=2"),
    ],
)
def test_what_names_a_parameter_of_ours_is_a_list_of_ours(client, asked, canonical):
    answer = client.get(asked)

    assert (answer.status_code, answer["Location"]) == (301, canonical)


def test_a_filter_follows_its_term_when_that_is_renamed_or_merged(client):
    code = Structure.objects.get(code=BOSNIA)
    code.slug = "mission-in-sarajevo"
    code.save()
    field = FieldOfWork.objects.get(code="policing")
    merge(FieldOfWork.objects.get(code="good-governance"), field)

    address = f"{LIST}?field=policing&structure=mission-in-sarajevo"
    assert led_to(client, f"/press-releases?{NOISE}") == address
    assert led_to(client, "/bih") == "/structures/mission-in-sarajevo/"


def test_every_code_of_the_table_is_one_of_a_term():
    for name, model in [
        *((each, Structure) for each in ("sections", "nodes", "structures")),
        ("fields", FieldOfWork),
    ]:
        codes = set(TABLE[name].values())
        assert codes - set(model.objects.values_list("code", flat=True)) == set()


# Structures


@pytest.mark.parametrize(
    ("section", "slug"),
    [
        ("/fom", "rfom"),
        ("/fom/", "rfom"),
        ("/cio?fbclid=x", "chairpersonship"),
        ("/ru/chairmanship", "chairpersonship"),
        ("/ag-chechnya-closed", "assistance-group-to-chechnya"),
        ("/georgia-closed/99999", "mission-to-georgia"),
        ("/programme-office-in-bishkek/106154", "programme-office-in-bishkek"),
        ("/node/106154", "programme-office-in-bishkek"),
        ("/zagreb/45079", "mission-to-croatia"),
        ("/it/closed-field-operations", "closed-field-activities"),
        ("/odihr/elections", "odihr"),
        ("/odihr/elections/999999", "odihr"),
        ("/odihr/no-such-part/999999", "odihr"),
        ("/special-monitoring-mission-to-ukraine", "special-monitoring-mission-to-ukraine"),
        ("/SMM/", "special-monitoring-mission-to-ukraine"),
        ("/secretary-general", "secretary-general"),
    ],
)
def test_a_section_leads_to_its_structure(client, section, slug):
    assert led_to(client, section) == f"/structures/{slug}/"


def test_an_item_that_may_come_yet_is_hidden_by_no_cache(client):
    assert client.get("/fom/99999")["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/fom").headers


@pytest.mark.parametrize(
    "address",
    [
        *("/node/43973", "/no-such-section", "/no/such/section", "/ru", "/odihr/no-such-part"),
        *("/x/statements", "/press-releases/feed/x", "/press-releases/12/slug/more"),
    ],
)
def test_a_section_that_nobody_knows_is_not_found(client, address):
    answer = client.get(address)

    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


# Beside our own addresses


def test_an_address_of_ours_goes_first(client):
    Page.objects.create(title="Who monitors", slug="fom", body="<p>x</p>")
    release = ReleaseFactory()
    for address in ["/fom", "/press-releases", "/countries/albania", release.get_absolute_url()]:
        address_of(ReleaseFactory(), address)

    assert client.get("/fom/").status_code == 200
    assert led_to(client, "/fom?a=b") == "/fom/?a=b"
    assert led_to(client, "/press-releases") == LIST
    assert led_to(client, "/countries/albania") == "/countries/albania/"
    assert client.get(release.get_absolute_url()).status_code == 200
    assert client.get("/admin")["Location"] == "/admin/"


def test_what_is_not_asked_for_by_get_or_head_is_not_found(client):
    item()
    strict = type(client)(enforce_csrf_checks=True)

    for method in ("post", "put", "delete", "options"):
        assert getattr(strict, method)("/fom/55888").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/%00", "/fom/55888%00", "/fom/%ff", "/%ff/55888", "/%0d%0aLocation:%20x/55888"),
        *("/..%2f..%2fetc/passwd", "/" + "9" * 5000, "/node/" + "9" * 19, "/a" * 4000),
        *("/%ED%A0%80/x", "/" + "%25" * 500 + "41", "/[", "/http://[", "/a?" + "&x=1" * 900),
        *("/press-releases/%00", "/press-releases/%ff"),
    ],
)
def test_hostile_paths_are_not_found(client, path):
    assert ask(client, path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["//evil.example/fom/55888", "//evil.example/fom", "/https://evil.example/fom/",
     "/%5Cevil.example/55888", "//evil.example/press-releases", "//evil.example/"],
)  # fmt: skip
def test_no_redirect_leaves_the_site(client, path):
    item()

    answer = ask(client, path)

    assert answer.status_code == 404 or answer["Location"].startswith(("/press-", "/structures/"))


# Cost


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/fom/55888", 1),
        ("/ru/node/55888", 1),
        ("/old/title", 1),
        ("/fom/99999", 2),
        ("/ru/press-releases", 2),
        (f"/press-releases?{NOISE}&page=3", 1),
        ("/press-releases/federal", 2),
        ("/odihr/elections", 2),
        ("/fom", 3),  # the first one looks for a page of ours
    ],
)
def test_an_old_address_costs_few_queries_and_they_do_not_grow(client, address, most):
    address_of(item(), "/old/title")
    client.get(address)

    for first in (1000, 2000):
        for number in range(first, first + 25):
            address_of(ReleaseFactory(legacy_key=f"{number}:en"), f"/old/{number}")
        client.get(address)  # the index knows what there is from now on
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 301
        assert len(captured) <= most


# The desk


@pytest.mark.parametrize(
    "pasted",
    ["https://www.osce.org/fom/55888", "/ru/node/55888?fbclid=x", "osce.org/FOM/55888/", "/old/title",
     "https://osce.org/Old/Title/"],
)  # fmt: skip
def test_the_desk_finds_a_release_by_any_form_of_an_old_address(admin_client, pasted):
    address_of(DraftFactory(title="This one", legacy_key="55888:en"), "/old/title")
    ReleaseFactory(legacy_key="55889:en")

    answer = admin_client.get("/admin/press/pressrelease/", {"q": pasted})

    assert [each.title for each in answer.context["cl"].result_list] == ["This one"]


def test_an_address_of_the_old_site_knows_its_parts():
    old = OldAddress.of("https://bih.osce.org/hbs/odihr/elections/52930?a=1")

    assert old.node == "52930"
    assert old.section == ("odihr", "elections")
    assert old.languages == ("bs", "hr", "sr", "cnr")
    assert old.addresses[-1] == "/odihr/elections/52930"
