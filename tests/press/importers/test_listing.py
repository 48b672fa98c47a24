from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.messages import NotARelease
from press.importers.readers import html_page, listing, text_capture
from press.importers.readers.item import Entry

TEASER = (
    "VIENNA, 16 June 2011 – Two choirs that share a room sang the same song in two languages..."
)
OSH = Entry(
    "https://old.example/osh/4711",
    "Choirs of Osh share a room",
    date(2006, 3, 14),
    "Press release",
    {"date": ["14 March 2006"], "source": ["OSCE Centre in Bishkek"], "field": ["Youth"]},
    "en",
)
BIH = Entry(
    "https://old.example/bih/4712",
    "Roof mended",
    date(2006, 3, 12),
    "News",
    {"date": ["12 March 2006"]},
    "en",
)


HEAD = '<link rel="canonical" href="https://old.example/press-releases?page=3">'
NAVIGATION = '<nav><a href="/what">What we do</a></nav>'
PAGER = "<ul class=pager><li><a href='?page=4'>next</a></li></ul>"


def page(*items):
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>t</title>{HEAD}</head><body>{NAVIGATION}'
        f"<h1>Newsroom</h1>{''.join(items)}{PAGER}</body></html>"
    )


FORMS = {
    "fields": (
        '<div class=row><h3><a href="{url}">{title}</a></h3><div><span>Publishing date:</span> '
        "<span>{day}</span> <span>Content type:</span> <span>{kind}</span>{more}</div><p>{teaser}</p>"
        '<a href="{url}">Read more</a></div>',
        " <span>{}:</span> <a href=/x>{}</a>",
    ),
    "definitions": (
        '<div><a href="{url}">{title}</a><dl><dt>Publishing date</dt><dd>{day}</dd>'
        "<dt>Content type</dt><dd>{kind}</dd>{more}</dl>{teaser}</div>",
        "<dt>{}</dt><dd>{}</dd>",
    ),
    "lines": (
        '<p><a href="{url}"><b>{title}</b></a><br>Publishing date: {day}<br>Content type: {kind}<br>'
        "{more}</p><p>{teaser}</p>",
        "{}: {}<br>",
    ),
    "teaser first": (
        '<article><h2><a href="{url}">{title}</a></h2><p>{teaser}</p><div>Publishing date:</div>'
        "<div>{day}</div><div>Content type:</div><div>{kind}</div>{more}</article>",
        "<div>{}:</div><div>{}</div>",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_entries_of_a_page_are_read_without_their_teasers(form):
    whole, more = FORMS[form]
    osh = whole.format(
        url="/osh/4711",
        title="Choirs of Osh share a room",
        day="14 March 2006",
        kind="Press release",
        more=more.format("Where we are", "OSCE Centre in Bishkek")
        + more.format("What we do", "Youth"),
        teaser=TEASER,
    )
    bih = whole.format(
        url="https://old.example/bih/4712",
        title="Roof mended",
        day="12 March 2006",
        kind="News",
        more="",
        teaser=TEASER,
    )

    assert listing.read(page(osh, bih)) == [OSH, BIH]


def test_a_list_is_no_release():
    whole, _ = FORMS["lines"]
    items = [
        whole.format(
            url=f"/{n}",
            title="Roof mended",
            day="12 March 2006",
            kind="News",
            more="",
            teaser=TEASER,
        )
        for n in range(3)
    ]

    with pytest.raises(NotARelease) as refusal:
        html_page.read(page(*items))

    assert refusal.value.message.code == "list"


CAPTURE = f"""-
What we do
- Elections
Newsroom
Choirs of Osh share a room
Publishing date: 14 March 2006
Content type: Press release
Where we are: OSCE Centre in Bishkek
What we do: Youth
{TEASER}
Roof mended
Publishing date: 12 March 2006 Content type: News
{TEASER}
"""


def test_a_text_capture_of_a_list_is_read_without_addresses():
    first, second = listing.read(CAPTURE)

    assert (first.title, first.day, first.kind, first.url) == (OSH.title, OSH.day, OSH.kind, "")
    assert first.labels == OSH.labels
    assert (second.title, second.day, second.kind) == (BIH.title, BIH.day, BIH.kind)


def test_a_text_capture_of_a_list_is_no_release():
    with pytest.raises(NotARelease, match="a list of releases"):
        text_capture.read(CAPTURE)


def test_links_in_markdown_give_addresses():
    text = (
        "### [Roof mended](https://old.example/bih/4712)\n- Publishing date:\n- 12 March 2006\n"
        "- Content type:\n- News\n"
    )

    (found,) = listing.read(text)

    assert (found.url, found.title, found.day, found.kind) == (BIH.url, BIH.title, BIH.day, "News")


def test_russian_labels_are_read_also_without_a_colon():
    text = (
        "Что мы делаем\nКрыша починена\nДата публикации: 22 ноября 2025\nВид контента: Новости\n"
        "Что мы делаем Свобода СМИ\nКрышу дома починили за два дня...\n"
        "Хор поёт\nДата публикации:\n21 ноября 2025\nЧто мы делаем\nМолодёжь\n"
    )

    first, second = listing.read(text)

    assert (first.title, first.day, first.kind) == ("Крыша починена", date(2025, 11, 22), "Новости")
    assert first.labels["field"] == ["Свобода СМИ"]
    assert second.labels == {"date": ["21 ноября 2025"], "field": ["Молодёжь"]}


def test_labels_may_stay_english_beside_translated_values():
    text = (
        "Krov popravljen\nPublishing date: 26 November 2025\n"
        "Where we are: Misija OSCE-a u Bosni i Hercegovini\n"
        "What we do: Youth\nDrugi naslov\nPublishing date: 25 November 2025\n"
    )

    first, second = listing.read(text)

    assert first.labels["source"] == ["Misija OSCE-a u Bosni i Hercegovini"]
    assert (second.title, second.day) == ("Drugi naslov", date(2025, 11, 25))


def test_statements_have_a_location():
    text = (
        "Roof mended\nPublishing date: 9 May 2011\nLocation: Belarus\n"
        "Room shared\nPublishing date: 8 May 2011\nLocation: Kyrgyzstan\n"
    )

    assert [each.labels["country"] for each in listing.read(text)] == [["Belarus"], ["Kyrgyzstan"]]


def test_an_empty_label_takes_no_title_for_its_value():
    text = "Roof mended\nPublishing date:\nWhat we do:\nRoom shared\nPublishing date: 8 May 2011\n"

    first, second = listing.read(text)

    assert (first.day, first.labels) == (None, {"date": [], "field": []})
    assert second.title == "Room shared"


def test_a_kicker_above_the_title_is_the_kind():
    text = (
        "Press release\nRoof mended\nDate: 9 May 2024\nNews Item\nRoom shared\nDate: 8 May 2024\n"
    )

    assert [each.kind for each in listing.read(text)] == ["Press release", "News Item"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html></html>",
        page("<p>Nothing found.</p>"),
        "Press release\nRoof mended\n- Date:\n- 9 May 2024\n- Source:\n- ODIHR\n" + TEASER,
        "<article><h1>Roof mended</h1><p>Date: 9 May 2024</p><p>Source: ODIHR</p></article>",
    ],
)
def test_what_is_no_list_is_refused(text):
    with pytest.raises(NotARelease) as refusal:
        listing.read(text)

    assert refusal.value.message.code == "no_list"


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<a href='/x'>",
            "</a>",
            "<h3>",
            "<dl><dt>",
            "<dd>",
            "<a href='http://['>",
            "<br>",
        ),
        *(
            "Date:",
            "Publishing date: ",
            "9 May 2024",
            "What we do",
            ":",
            "Что мы делаем ",
            "\n",
            "- ",
        ),
        *("Roof mended", "Content type: News ", "[a](b)"),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join), st.booleans())
def test_any_text_gives_entries_with_titles_or_is_refused(text, is_page):
    try:
        found = listing.read(page(text) if is_page else text)
    except NotARelease as refusal:
        assert refusal.message.code == "no_list"
    else:
        assert found
        assert all(each.title for each in found)
