import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.messages import NotARelease
from press.importers.readers.text_capture import read

NAVIGATION = """\
-
What we do
-
Subjects
- Rivers
- Border posts
- Summit meetings (closed)
-
Where
- All
- Organizational chart
- About this house
"""
FIRST = (
    "ULAANBAATAR, 3 May 2013 – A travelling school for river wardens opened its doors in the "
    "capital today, with forty wardens from nine provinces taking part."
)
SECOND = "The wardens learn to read water gauges, to keep records and to write to the ministry about both."


def capture(
    labels="",
    *,
    kind="Press release\n",
    title="River wardens go to school\n",
    body="",
    before=NAVIGATION,
):
    return f"{before}{kind}{title}{labels}{body or FIRST + chr(10) + SECOND + chr(10)}"


LABELS = """\
- Date:
- Source:
- OSCE Secretariat, OSCE Chairpersonship
- Fields of work:
- Environmental activities, Education
"""


def test_a_capture_is_read_without_its_navigation():
    item = read(capture(LABELS))

    assert (item.kind, item.title) == ("Press release", "River wardens go to school")
    assert item.labels == {
        "date": [],
        "source": ["OSCE Secretariat, OSCE Chairpersonship"],
        "field": ["Environmental activities, Education"],
    }
    assert item.body == f"<p>{FIRST}</p><p>{SECOND}</p>"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("- Date: 3 May 2013\n- Source: HCNM\n", {"date": ["3 May 2013"], "source": ["HCNM"]}),
        ("- Date:\n- 3 May 2013\n", {"date": ["3 May 2013"]}),
        ("- Source:\n- ODIHR\n- HCNM\n- RFoM\n", {"source": ["ODIHR", "HCNM", "RFoM"]}),
        ("- Date:\n- Fields of work:\n- Youth\n", {"date": [], "field": ["Youth"]}),
        ("- Date:\n- Source:\n- Fields of work:\n", {"date": [], "source": [], "field": []}),
        (
            "Date:\nSource:\nODIHR\nFields of work:\nYouth\n",
            {"date": [], "source": ["ODIHR"], "field": ["Youth"]},
        ),
        (
            "Source:\nODIHR\nHCNM\nFields of work:\nYouth\n",
            {"source": ["ODIHR", "HCNM"], "field": ["Youth"]},
        ),
        ("- Source:\nODIHR\n- Fields of work:\nYouth\n", {"source": ["ODIHR"], "field": ["Youth"]}),
        (
            "\n- Source:\n\n- ODIHR\n\n- Fields of work:\n\n- Youth\n\n",
            {"source": ["ODIHR"], "field": ["Youth"]},
        ),
        ("Source:\n\nODIHR\n\n", {"source": ["ODIHR"]}),
        ("- Source:\n-\n- ODIHR\n", {"source": ["ODIHR"]}),
        ("• Source:\n• ODIHR\n", {"source": ["ODIHR"]}),
        ("Date : 3 May 2013\nSource : ODIHR\n", {"date": ["3 May 2013"], "source": ["ODIHR"]}),
        ("-\xa0Source:\xa0\n-\xa0ODIHR\u200b\n", {"source": ["ODIHR"]}),
        (
            "Publishing date: 3 May 2013\nWhere we are: ODIHR\nWhat we do: Youth\n",
            {"date": ["3 May 2013"], "source": ["ODIHR"], "field": ["Youth"]},
        ),
        (
            "**Date:** 3 May 2013\n**Source:** ODIHR\n",
            {"date": ["3 May 2013"], "source": ["ODIHR"]},
        ),
        ("Issued on: 3 May 2013\nIzdavač: ODIHR\n", {"date": ["3 May 2013"], "source": ["ODIHR"]}),
        (
            "- Дата:\n- Источник:\n- БДИПЧ\n- Сферы деятельности:\n- Выборы\n",
            {"date": [], "source": ["БДИПЧ"], "field": ["Выборы"]},
        ),
        (
            "- Datum:\n- Quelle:\n- OSZE-Sekretariat\n- Arbeitsbereiche:\n- Jugend\n",
            {"date": [], "source": ["OSZE-Sekretariat"], "field": ["Jugend"]},
        ),
        (
            "- Date :\n- Émetteur :\n- BIDDH\n- Domaines d'activité :\n- Jeunesse\n",
            {"date": [], "source": ["BIDDH"], "field": ["Jeunesse"]},
        ),
    ],
)
def test_labels_are_read_in_every_layout(labels, expected):
    item = read(capture(labels))

    assert item.labels == expected
    assert item.body.startswith("<p>ULAANBAATAR")
    assert item.title == "River wardens go to school"


def test_the_kind_may_be_a_label():
    item = read(capture("Content type: Spot report\nWhere we are: ODIHR\n", kind=""))

    assert item.kind == "Spot report"
    assert item.labels == {"source": ["ODIHR"]}


@pytest.mark.parametrize("kind", ["Press release\n\n", "Press release\n"])
@pytest.mark.parametrize(
    "title",
    [
        "River wardens go to school\n\n",
        "River wardens\ngo to school\n",
        "River\nwardens\ngo\nto\nschool\n",
    ],
)
def test_a_title_may_be_wrapped_and_stand_between_blank_lines(kind, title):
    item = read(capture(LABELS, kind=kind, title=title))

    assert (item.kind, item.title) == ("Press release", "River wardens go to school")


def test_without_a_kind_the_title_is_the_last_line_before_the_labels():
    item = read(capture(LABELS, kind=""))

    assert (item.kind, item.title) == ("", "River wardens go to school")


def test_without_a_kind_a_long_title_may_still_be_wrapped():
    title = "River wardens of nine provinces go to a travelling school\nthat opened today\n"

    assert read(capture(LABELS, kind="", title=title)).title == title.replace("\n", " ").strip()


def test_labels_of_a_filter_in_the_navigation_are_not_those_of_the_release():
    before = "Filter by\n- Date:\n- Country:\n- All\n-\nNewsroom\n"

    item = read(capture(LABELS, before=before))

    assert item.title == "River wardens go to school"
    assert item.labels["source"] == ["OSCE Secretariat, OSCE Chairpersonship"]


def test_without_labels_the_body_begins_with_the_dateline():
    item = read(capture(kind="", before=""))

    assert (item.title, item.labels) == ("River wardens go to school", {})
    assert item.body == f"<p>{FIRST}</p><p>{SECOND}</p>"


def test_labels_after_the_text_are_kept_as_text():
    body = f"{FIRST}\n{SECOND}\n- Source:\n- ODIHR\n"

    item = read(capture(body=body))

    assert item.title == "River wardens go to school"
    assert "ODIHR" in item.body


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_of_every_system_are_the_same(end):
    text = capture(LABELS)

    assert read(text.replace("\n", end)) == read(text)


def test_navigation_after_the_body_is_left_out():
    body = f"{FIRST}\n{SECOND}\n-\nStay in touch\n- Feeds\n- Site map\n-\nImprint\n"

    assert read(capture(LABELS, body=body)).body == f"<p>{FIRST}</p><p>{SECOND}</p>"


def test_a_dash_between_paragraphs_cuts_nothing_off():
    body = f"{FIRST}\n-\n{SECOND}\n-\nContacts\nAnna Example\nTel.: 12\n-\nImprint\n- Site map\n"

    html = read(capture(LABELS, body=body)).body

    assert SECOND in html
    assert "<h2>Contacts</h2><p>Anna Example<br>Tel.: 12</p>" in html
    assert "Imprint" not in html or html.index("Imprint") > html.index("Contacts")


def test_bullets_of_the_body_become_a_list():
    body = f"{FIRST}\nThey learn three things:\n- reading gauges\n- keeping records\n{SECOND}\n"

    html = read(capture(LABELS, body=body)).body

    assert "<ul><li>reading gauges</li><li>keeping records</li></ul>" in html


def test_bullets_right_after_the_labels_are_text_when_they_are_sentences():
    body = f"- {FIRST}\n- {SECOND}\n"

    item = read(capture(LABELS, body=body))

    assert item.labels["field"] == ["Environmental activities, Education"]
    assert item.body == f"<ul><li>{FIRST}</li><li>{SECOND}</li></ul>"


def test_a_hard_wrapped_body_becomes_paragraphs():
    body = """\
BRATISLAVA, 4 June 2007 – Thirty judges from the region compared the
rules under which court hearings may be filmed, at a round table that
closed today. They agreed on little, but wrote all of it down.
In the afternoon they visited a court room in which two cameras have
been at work for a year, and asked the ushers what had changed since
then. Three things were named most often:
- the benches are full on Mondays, which they were not in the years
before the cameras came
- nobody eats any more
Contacts
Jana Example
Press officer
"""
    html = read(capture(LABELS, body=body)).body

    assert re.findall(r"<p>(.*?)</p>", html) == [
        "BRATISLAVA, 4 June 2007 – Thirty judges from the region compared the rules under which court "
        "hearings may be filmed, at a round table that closed today. They agreed on little, but wrote "
        "all of it down.",
        "In the afternoon they visited a court room in which two cameras have been at work for a year, "
        "and asked the ushers what had changed since then. Three things were named most often:",
        "Jana Example<br>Press officer",
    ]
    assert "were not in the years before the cameras came</li><li>nobody eats" in html


def test_short_paragraphs_are_not_taken_for_wrapped_lines():
    first = "OSH, 3 May 2013 – The bridge is open again, to carts and to lorries."
    body = f"{first}\n\nAll came.\nNobody fell.\n"

    assert read(capture(LABELS, body=body)).body.count("<p>") == 3


@pytest.mark.parametrize(
    "title", ["Source: the river", "Date: a fruit", "“Stop”, source: the river"]
)
def test_a_title_may_begin_like_a_label(title):
    item = read(capture(LABELS, title=f"{title}\n"))

    assert item.title == title
    assert item.labels["source"] == ["OSCE Secretariat, OSCE Chairpersonship"]


@pytest.mark.parametrize(
    "lines",
    [
        "Date: 9 May 2013, 10:00\nLocation: Hofburg, Vienna\nWho: the wardens\n",
        "What: a briefing\nWhere: Vienna\nWhen: 9 May 2013\n",
    ],
)
@pytest.mark.parametrize("introduction", ["Reporters are invited.\n", ""])
def test_date_and_place_of_an_event_in_the_body_stay_in_the_body(introduction, lines):
    item = read(capture(LABELS, kind="Media advisory\n", body=f"{introduction}{lines}{SECOND}\n"))

    assert item.kind == "Media advisory"
    assert item.labels["date"] == []
    assert "country" not in item.labels
    assert all(line in item.body for line in lines.splitlines())


ONE = "Publishing date: {} May 2004\nContent type: News\nWhere we are: ODIHR\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (NAVIGATION, "no labels"),
        ("{}", "no labels"),
        ("Once upon a time\nthere was a river.\n", "no labels"),
        ("- Date: 3 May 2013\n- Source: ODIHR\nText of nobody knows what.\n", "no title"),
        (f"{NAVIGATION}Press release\n{LABELS}{FIRST}\n", "no title"),
        (f"{NAVIGATION}Press release\nA title\n{LABELS}", "without any text"),
        (f"{NAVIGATION}Press release\nA title\n{LABELS}-\nFeeds\n- Site map\n", "without any text"),
        ("".join(f"Title {n}\nTeaser …\n{ONE.format(n)}" for n in range(1, 4)), "a list"),
        ("".join(f"Title {n}\nTeaser …\n{ONE.format(n)}" for n in range(1, 3)), "a list"),
        ("Title\nDate: 1 May 2004\nTitle\nDate: 2 May 2004\nTitle\nDate: 3 May 2004\n", "a list"),
        (f"From: a@b\nMIME-Version: 1.0\nSubject: River\nDate: 3 May 2013\n\n{FIRST}\n", "e-mail"),
    ],
)
def test_what_is_no_single_release_is_refused_with_the_reason(text, reason):
    with pytest.raises(NotARelease, match=reason):
        read(text)


LINES = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*capture(LABELS).splitlines(), "Contacts", "", "-", "<b>x</b>", "<script>"]),
)


@given(st.lists(LINES, max_size=25).map("\n".join))
def test_any_text_gives_a_title_and_a_body_or_is_refused(text):
    try:
        item = read(text)
    except NotARelease as refusal:
        assert str(refusal)
    else:
        assert item.title
        assert not set(re.findall(r"<[^>]*>?", item.body)) - {
            *("<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<h2>", "</h2>", "<br>")
        }


def test_markup_in_a_capture_is_text():
    body = f"{FIRST}\n<script>alert(1)</script> & <img src=x onerror=alert(2)> {SECOND}\n"

    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img"
        in read(capture(LABELS, body=body)).body
    )


def test_a_label_without_a_colon_is_one_among_labels():
    text = (
        "Что мы делаем\nПресс-релиз\nКрыша починена\nДата публикации: 22 ноября 2025\n"
        "Что мы делаем\nВыборы\nКрышу старого дома у реки починили за два дня сорок человек из трёх сёл.\n"
    )

    item = read(text)

    assert item.labels == {"date": ["22 ноября 2025"], "field": ["Выборы"]}
    assert item.title == "Крыша починена"


def test_the_page_of_an_event_is_no_release():
    text = (
        "Roof conference\n- Date:\n- 9 May 2013\n- Location:\n- Vienna\n"
        "- Organized by:\n- ODIHR\nCome.\n"
    )

    with pytest.raises(NotARelease) as refusal:
        read(text)

    assert refusal.value.message.code == "event"
