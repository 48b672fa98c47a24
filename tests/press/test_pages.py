import io
import re
from datetime import datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from press.facets import current
from press.models import PressRelease, ReleaseImage
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting
from tests.factories import DraftFactory, ReleaseFactory, UserFactory, WithdrawnFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]

LIST = "/press-releases/"


@pytest.fixture
def release():
    """16 June 2011, of which only the day is known, filed under one term of each tree."""
    return ReleaseFactory(
        title="Cross-border policing",
        body="<p>VIENNA, 16 June 2011 – A conference on poppy cultivation began.</p>",
        dateline="VIENNA",
        published_at=timezone.make_aware(datetime(2011, 6, 16)),
        precision="day",
        legacy_url="https://legacy.example.org/cio/1",
        sources=[Structure.objects.get(code="secretariat")],
        fields_of_work=[FieldOfWork.objects.get(code="policing")],
        countries=[Country.objects.get(code="lithuania")],
        meetings=[Meeting.objects.get(code="human-rights-meetings")],
    )


def text_of(answer):
    return answer.content.decode()


# The list


@pytest.mark.parametrize(
    ("query_string", "found"),
    [
        ("", True),
        ("field=policing", True),
        ("structure=secretariat&field=policing", True),
        ("country=participating-states", True),
        ("q=POPPY", True),
        ("year=2011&month=6", True),
        ("from=2011-06-16&to=2011-06-16", True),
        ("kind=press-release&language=en", True),
        ("field=elections", False),
        ("field=none", False),
        ("q=poppies", True),
        ("q=tulips", False),
        ("year=2012", False),
    ],
)
def test_a_release_is_found_by_what_it_is_filed_under(client, release, query_string, found):
    answer = client.get(f"{LIST}?{query_string}")

    assert answer.status_code == 200
    assert (release.title in text_of(answer)) is found
    assert ("Nothing" in text_of(answer) or "No press releases" in text_of(answer)) is not found


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/press-releases", "/press-releases/"),
        ("/press-releases?utm_source=x", "/press-releases/"),
        ("/press-releases/?fbclid=1&field=policing", "/press-releases/?field=policing"),
        ("/press-releases/?q=&field=&page=1", "/press-releases/"),
        ("/press-releases/?field=policing&field=policing", "/press-releases/?field=policing"),
        ("/press-releases/?q=%20poppy%00%20", "/press-releases/?q=poppy"),
    ],
)
def test_noise_in_an_address_is_one_permanent_redirect(client, asked, canonical):
    answer = client.get(asked)

    assert (answer.status_code, answer["Location"]) == (301, canonical)
    assert client.get(canonical).status_code == 200


def test_the_order_of_parameters_is_free(client):
    assert client.get(f"{LIST}?structure=chairpersonship&field=rule-of-law").status_code == 200


def test_a_value_that_does_not_exist_is_a_404_that_offers_the_list_without_it(client):
    answer = client.get(f"{LIST}?field=polcing&kind=news-item")

    assert answer.status_code == 404
    assert "There is no “polcing”." in text_of(answer)
    assert 'href="/press-releases/?kind=news-item"' in text_of(answer)


def test_a_page_beyond_the_last_is_a_404_that_offers_the_last(client, release):
    answer = client.get(f"{LIST}?page=2&field=policing")

    assert answer.status_code == 404
    assert 'href="/press-releases/?field=policing"' in text_of(answer)


def test_what_was_chosen_can_be_taken_off(client, release):
    page = text_of(client.get(f"{LIST}?field=policing&q=poppy"))

    assert 'href="/press-releases/?q=poppy"' in page
    assert 'href="/press-releases/?field=policing"' in page


def test_values_without_results_are_no_links(client, release):
    page = text_of(client.get(LIST))

    assert "?field=policing" in page
    assert "?field=elections" not in page


@pytest.mark.parametrize(
    ("query_string", "noindex"),
    [
        ("", False),
        ("field=policing", False),
        ("q=poppy", True),
        ("field=policing&year=2011&kind=news-item", True),
    ],
)
def test_deep_combinations_and_words_are_not_for_search_engines(
    client, release, query_string, noindex
):
    page = text_of(client.get(f"{LIST}?{query_string}"))

    assert ('<meta name="robots" content="noindex">' in page) is noindex


# Embargo: one marker word, and every page that could show it


@pytest.fixture
def secret(now):
    """A release that is public in one second, filed so that every list would show it."""
    return ReleaseFactory(
        title="Xylophone accord",
        published_at=now + timedelta(seconds=1),
        fields_of_work=[FieldOfWork.objects.get(code="policing")],
        sources=[Structure.objects.get(code="secretariat")],
    )


PAGES = ["/", LIST, f"{LIST}?q=xylophone", f"{LIST}?field=policing", "/fields-of-work/policing/",
         "/structures/secretariat/", f"{LIST}?year=2026", f"{LIST}feed/",
         f"{LIST}feed/?field=policing"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_nothing_leaks_before_the_second_and_nothing_is_late_after_it(
    client, secret, now, time_machine, page
):
    assert "accord" not in text_of(client.get(page))

    time_machine.move_to(now + timedelta(seconds=1), tick=False)
    assert "accord" in text_of(client.get(page))


def test_an_embargoed_release_and_a_draft_are_not_found_at_their_addresses(client, secret):
    draft = DraftFactory()
    for hidden in (secret, draft):
        answer = client.get(hidden.get_absolute_url())
        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
        assert client.get(f"/press-releases/{hidden.pk}/").status_code == 404


def test_a_translation_under_embargo_is_not_offered(client, secret, now, time_machine):
    original = ReleaseFactory(title="Original")
    secret.translation_of, secret.language = original, "ru"
    secret.save()

    assert secret.get_absolute_url() not in text_of(client.get(original.get_absolute_url()))
    time_machine.move_to(now + timedelta(seconds=1), tick=False)
    assert secret.get_absolute_url() in text_of(client.get(original.get_absolute_url()))


# A release


def test_a_release_page_shows_what_it_is_filed_under_as_links(client, release):
    page = text_of(client.get(release.get_absolute_url()))

    for term in ("secretariat", "policing", "lithuania", "human-rights-meetings"):
        assert f'/{term}/"' in page
    assert "16 June 2011" in page
    assert "00:00" not in page
    assert "https://legacy.example.org/cio/1" in page


def test_the_dateline_is_printed_once(client, release):
    page = text_of(client.get(release.get_absolute_url()))

    assert page.count("VIENNA") == page.count("VIENNA, 16 June 2011 –") == 1


def test_a_dateline_that_the_body_lacks_is_printed_before_it(client):
    release = ReleaseFactory(
        dateline="VIENNA",
        body="<p>A conference began.</p>",
        published_at=timezone.make_aware(datetime(2026, 3, 1, 9)),
    )

    page = text_of(client.get(release.get_absolute_url()))

    assert "<b>VIENNA</b>, 1 March 2026 –" in page


@pytest.mark.parametrize("path", ["{pk}/", "{pk}", "{pk}/wrong/", "{pk}/wrong", "{pk}/{slug}"])
def test_any_other_address_of_a_release_is_one_permanent_redirect(client, release, path):
    answer = client.get(LIST + path.format(pk=release.pk, slug=release.slug))

    assert (answer.status_code, answer["Location"]) == (301, release.get_absolute_url())


def test_a_withdrawn_release_is_read_under_its_notice_and_listed_nowhere(client):
    release = WithdrawnFactory(title="Withdrawn thing", withdrawal_notice="Wrong place.")

    page = text_of(client.get(release.get_absolute_url()))

    assert "Wrong place." in page
    assert release.title not in text_of(client.get(LIST))


def test_languages_are_linked_both_ways(client, release):
    russian = ReleaseFactory(title="Сотрудничество", language="ru", translation_of=release)

    for one, other in [(release, russian), (russian, release)]:
        page = text_of(client.get(one.get_absolute_url()))
        assert f'hreflang="{other.language}"' in page
        assert other.get_absolute_url() in page


def test_text_of_a_title_is_never_markup(client):
    release = ReleaseFactory(title="<b>{{ 7|add:1 }}</b> & %s")

    for page in ("/", LIST, release.get_absolute_url()):
        assert "<b>{{" not in text_of(client.get(page))
        assert "&lt;b&gt;{{ 7|add:1 }}&lt;/b&gt; &amp; %s" in text_of(client.get(page))


def test_sample_content_says_so_and_other_content_does_not(client):
    sample, real = ReleaseFactory(is_sample=True), ReleaseFactory()

    for path in (sample.get_absolute_url(), LIST, "/"):
        assert "Sample content." in text_of(client.get(path))
    for path in (real.get_absolute_url(), "/countries/", f"{LIST}?q=nothing", "/no-such-page/"):
        assert "This site holds sample content" in text_of(client.get(path))

    sample.delete()
    for path in (real.get_absolute_url(), LIST, "/countries/"):
        assert "ample content" not in text_of(client.get(path))


def test_a_withdrawn_release_says_when_it_was_withdrawn(client, release, now):
    release.withdraw(by=UserFactory(), notice="Wrong <place>.")

    page = text_of(client.get(release.get_absolute_url()))

    assert "Withdrawn on <time" in page
    assert ">24 November 2026</time>.</strong>" in page
    assert "Wrong &lt;place&gt;." in page


def test_the_address_of_what_was_unpublished_says_when_and_nothing_internal(client, release, now):
    release.unpublish(by=UserFactory(), reason="A secret reason.")

    answer = client.get(release.get_absolute_url())

    assert answer.status_code == 410
    assert "was taken away on" in text_of(answer)
    assert "24 November 2026" in text_of(answer)
    assert "secret" not in text_of(answer)
    assert release.title not in text_of(answer)


# The home page


def titles_on(client):
    page = text_of(client.get("/"))
    return re.findall(r'<h[23] lang="en"><a href="[^"]*">([^<]*)</a>', page)


@pytest.fixture
def twelve(now):
    return [
        ReleaseFactory(title=f"Day {n}", published_at=now - timedelta(days=n)) for n in range(12)
    ]


def test_without_featured_releases_the_home_page_shows_the_newest(client, twelve):
    assert titles_on(client) == [f"Day {n}" for n in range(9)]


def test_featured_releases_come_first_and_once(client, twelve):
    for number in (11, 3, 9, 10):
        twelve[number].feature(by=UserFactory())

    first = [3, 9, 10]
    assert titles_on(client) == [f"Day {n}" for n in [*first, 0, 1, 2, 4, 5, 6, 7, 8]]

    twelve[3].unfeature(by=UserFactory())
    assert titles_on(client)[:3] == ["Day 9", "Day 10", "Day 11"]


def test_what_is_not_listed_is_not_featured(client, twelve, now):
    for state in ("withdrawn", "unpublished", "draft"):
        at = now if state == "withdrawn" else None
        ReleaseFactory(title="Hidden", state=state, withdrawn_at=at, is_featured=True)
    ReleaseFactory(title="Hidden", published_at=now + timedelta(seconds=1), is_featured=True)
    ReleaseFactory(title="Translated", translation_of=twelve[0], language="ru", is_featured=True)

    assert titles_on(client) == [f"Day {n}" for n in range(9)]
    assert "Translated" not in text_of(client.get("/"))


def settle(monkeypatch):
    """Make the index one of now, which in a transaction of a test is built for each request anew."""
    index = current()
    for module in ("views", "feeds"):
        monkeypatch.setattr(f"press.{module}.current", lambda: index)


def test_featured_releases_cost_the_home_page_one_query(
    client, twelve, monkeypatch, django_assert_num_queries
):
    # What is featured, the newest, the images of the lead; fields, structures and plain pages.
    settle(monkeypatch)
    with django_assert_num_queries(6):
        client.get("/")

    for release in twelve[5:]:
        release.feature(by=UserFactory())
    settle(monkeypatch)
    with django_assert_num_queries(6):
        client.get("/")


# Images


@pytest.fixture
def image(release):
    data = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(data, "PNG")
    return ReleaseImage.objects.create(
        release=release, file=ContentFile(data.getvalue(), "x.png"), alt="Teal"
    )


def test_an_image_is_shown_to_those_who_may_read_its_release(client, image):
    answer = client.get(image.get_absolute_url())

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_an_image_of_a_draft_or_of_another_release_is_not_found(client, image):
    other = ReleaseFactory()
    assert client.get(f"/press-releases/{other.pk}/images/{image.pk}/").status_code == 404

    PressRelease.objects.filter(pk=image.release_id).update(state="draft")
    assert client.get(image.get_absolute_url()).status_code == 404


def test_an_image_whose_file_is_gone_is_not_found(client, image):
    image.file.storage.delete(image.file.name)

    assert client.get(image.get_absolute_url()).status_code == 404


# Terms


@pytest.mark.parametrize(
    ("index", "page", "name"),
    [
        ("/fields-of-work/", "/fields-of-work/policing/", "Policing"),
        ("/countries/", "/countries/lithuania/", "Lithuania"),
        ("/meetings/", "/meetings/human-rights-meetings/", "Human rights meetings"),
        ("/structures/", "/structures/secretariat/", "Secretariat"),
    ],
)
def test_every_tree_has_an_index_and_every_term_a_page_with_its_releases(
    client, release, index, page, name
):
    assert f'href="{page}"' in text_of(client.get(index))
    assert name in text_of(client.get(page))
    assert release.title in text_of(client.get(page))


def test_a_term_page_leads_up_and_down_its_tree(client, release):
    page = text_of(client.get("/fields-of-work/media-laws/"))
    assert "/fields-of-work/media-freedom-and-development/" in page
    assert "/fields-of-work/media-laws/" in text_of(
        client.get("/fields-of-work/media-freedom-and-development/")
    )


def test_the_chair_changes_at_midnight_in_vienna(client, time_machine):
    time_machine.move_to(timezone.make_aware(datetime(2026, 1, 1, 0, 30)), tick=False)

    assert "Switzerland – OSCE Chairpersonship 2026" in text_of(client.get("/countries/"))


def test_the_chair_of_this_year_is_named_at_its_country(client, now):
    assert "Switzerland – OSCE Chairpersonship 2026" in text_of(client.get("/countries/"))


def test_a_release_page_needs_few_queries(client, release, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        client.get(release.get_absolute_url())


# What is not there, and what is not allowed


@pytest.mark.parametrize(
    "path",
    [
        "/press-releases/999999/",
        f"/press-releases/{10**30}/",
        "/press-releases/1/x/y/",
        "/fields-of-work/no-such/",
        "/no-such-page/",
        "/press-releases/%00/",
        "/%ff/",
        "/press-releases/1%2f2/",
    ],
)
def test_what_is_not_there_is_a_404_page_of_our_own(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "/press-releases/" in text_of(answer)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/", LIST, "/countries/", "/about-us/"])
def test_public_pages_can_only_be_read(client, method, path):
    assert getattr(client, method)(path).status_code == 405


def test_an_empty_site_is_a_helpful_one(client):
    for path in ("/", LIST, "/countries/albania/"):
        assert client.get(path).status_code == 200
