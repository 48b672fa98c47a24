from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.clean import clean, identity, summary_of
from press.importers.matching.terms import Matcher
from press.importers.messages import NotARelease, message
from press.importers.readers.item import Item

VIENNA = ZoneInfo("Europe/Vienna")
ENGLISH = "The team of the house met in the hall and it was said that all is well with the roof."
GERMAN = "Die Leute und das Haus sind für den Tag bereit, und das Dach ist nicht auf dem Hof von dem Amt."
BOSNIAN = (
    "Ljudi i kuća su za dan spremni, a krov je od grada koji se na to sprema i da je sve u redu."
)


class NoTerms:
    def match(self, link, text, on):
        return [], [line for line in text.split("\n") if line]


def cleaned(body=f"<p>{ENGLISH}</p>", *, title="A roof", labels=None, **more):
    return clean(Item(title=title, body=body, labels=labels or {}, **more), NoTerms())


def said(record):
    return [each.text for each in record.messages]


def test_the_date_is_midnight_in_vienna_of_the_printed_day():
    record = cleaned(labels={"date": ["16 June 2011"]})

    assert record.values["published_at"] == datetime(2011, 6, 16, tzinfo=VIENNA)
    assert record.values["precision"] == "day"


def test_an_empty_date_is_taken_from_the_dateline():
    record = cleaned(f"<p>OSH, Kyrgyzstan, 14 March 2006- {ENGLISH}</p>", labels={"date": []})

    assert record.values["published_at"] == datetime(2006, 3, 14, tzinfo=VIENNA)
    assert record.values["dateline"] == "OSH, Kyrgyzstan"
    assert record.values["summary"] == ENGLISH


def test_a_line_may_stand_before_the_dateline():
    record = cleaned(f"<p>CORRECTED VERSION</p><p>OSH, 14 March 2006 – {ENGLISH}</p>")

    assert record.values["published_at"] == datetime(2006, 3, 14, tzinfo=VIENNA)
    assert record.values["summary"] == ENGLISH
    assert "CORRECTED VERSION" in record.values["body"]


def test_a_first_line_that_only_says_place_and_date_goes_before_a_dateline():
    record = cleaned(f"<p>OSH 14 March 2006</p><p>OSH, 14 March 2006 – {ENGLISH}</p>")

    assert record.values["body"] == f"<p>OSH, 14 March 2006 – {ENGLISH}</p>"
    assert record.values["dateline"] == "OSH"


def test_without_a_year_there_is_no_date():
    record = cleaned(f"<p>WARSAW/VIENNA, 30 June – {ENGLISH}</p>")

    assert record.values["published_at"] is None
    assert record.values["dateline"] == "WARSAW/VIENNA"
    assert "no date: it becomes a draft" in said(record)


def test_a_dateline_that_disagrees_with_the_date_is_reported():
    record = cleaned(
        f"<p>OSH, 13 January 2020 – {ENGLISH}</p>", labels={"date": ["13 January 2021"]}
    )

    assert record.values["published_at"].date() == date(2021, 1, 13)
    assert any("dateline says 2020-01-13" in warning for warning in said(record))


def test_a_date_that_cannot_be_read_is_reported_and_the_dateline_taken():
    record = cleaned(f"<p>OSH, 13 January 2020 – {ENGLISH}</p>", labels={"date": ["6/5/2011"]})

    assert record.values["published_at"].date() == date(2020, 1, 13)
    assert record.values["legacy_labels"] == {"date": ["6/5/2011"]}
    assert any("“6/5/2011” cannot be read" in warning for warning in said(record))


def test_a_date_in_the_future_is_reported(now):
    record = cleaned(labels={"date": ["1 January 2030"]})

    assert any("in the future (2030-01-01)" in warning for warning in said(record))


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Short.", "Short."),
        (f"{'a' * 150}. {'B' * 140}. C{'c' * 80}.", f"{'a' * 150}. {'B' * 140}."),
        ("word " * 100, f"{'word ' * 60}…"),
        ("x" * 400, f"{'x' * 300} …"),
    ],
)
def test_a_summary_is_whole_sentences_up_to_300_characters(text, summary):
    assert summary_of(text) == summary


@given(st.text())
def test_a_summary_is_never_longer_than_it_may_be(text):
    assert len(summary_of(text)) <= 302


def test_a_dateline_on_its_own_has_the_next_paragraph_as_summary():
    record = cleaned(f"<p>CORRECTED</p><p>OSH, 14 March 2006</p><p>{ENGLISH}</p>")

    assert record.values["summary"] == ENGLISH


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (ENGLISH, "de", "en"),  # an address under /de/ may hold an English page
        (GERMAN, "en", "de"),
        (GERMAN, "", "de"),
        (BOSNIAN, "", "bs"),
        (BOSNIAN, "hr", "hr"),
        (BOSNIAN, "hbs", "bs"),
        ("12", "ru", "ru"),
        ("12", "", "en"),
        ("12", "klingon", "en"),
    ],
)
def test_the_text_decides_the_language_and_the_page_when_it_does_not(text, declared, language):
    assert cleaned(f"<p>{text}</p>", language=declared).values["language"] == language


def test_the_word_for_the_kind_is_a_hint_at_the_language():
    record = cleaned("<p>12</p>", kind="Communiqué de presse")

    assert (record.values["kind"], record.values["language"]) == ("press-release", "fr")


def test_an_unknown_kind_is_kept_as_printed_and_reported():
    record = cleaned(kind="Rhyme")

    assert record.values["kind"] == ""
    assert record.values["legacy_labels"] == {"kind": ["Rhyme"]}
    assert said(record)[0] == "kind “Rhyme” is unknown"


def test_labels_that_name_no_term_are_kept_as_printed_and_reported():
    record = cleaned(labels={"source": ["OSCE Mission to the Moon"], "field": []})

    assert record.values["legacy_labels"] == {"source": ["OSCE Mission to the Moon"]}
    assert record.values["unmatched_labels"] == {"source": ["OSCE Mission to the Moon"]}
    assert "source “OSCE Mission to the Moon” names no term; kept as it is" in said(record)


def test_a_title_too_long_for_its_column_is_kept_whole_among_the_labels():
    record = cleaned(title="Long " * 150)

    assert len(record.values["title"]) == 500
    assert record.values["legacy_labels"] == {"title": ["Long " * 150]}
    assert any("title of 750 characters" in warning for warning in said(record))


@pytest.mark.parametrize("body", ["", "<p> </p>", "<script>x</script>", "<hr>"])
def test_a_title_without_text_is_no_release(body):
    with pytest.raises(NotARelease, match="without any text"):
        cleaned(body)


def key(url="", language="en", day=None, title="T", text="x"):
    return identity(url, language, day, title, text)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.osce.example/cio/86290",
        "https://www.osce.example/node/86290",
        "http://osce.example/ru/node/86290/",
        "https://bih.osce.example/hbs/node/86290?fbclid=1",
        "https://www.osce.example/activities/86290.html",
        "https://www.osce.example/odihr/elections/86290#top",
    ],
)
def test_a_node_is_the_same_under_every_section_and_host(url):
    assert key(url, title=url, text=url) == "86290:en"


def test_each_language_of_a_node_is_an_item():
    assert key("https://x.example/node/86290", "ru") == "86290:ru"


def test_other_addresses_are_identities_themselves():
    assert key("https://x.example/about") == key("https://x.example/about", title="Other")
    assert key("https://x.example/about") != key("https://x.example/contact")


def test_without_an_address_language_day_and_title_tell_items_apart():
    one = key(day=date(2011, 6, 16))

    assert one == key(day=date(2011, 6, 16), text="corrected")
    assert len({one, key(day=date(2011, 6, 17)), key("", "ru", date(2011, 6, 16))}) == 3


def test_undated_items_with_a_recurring_title_are_told_apart_by_their_text():
    assert key(text="one") == key(text="One")
    assert key(text="one") != key(text="two")


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "/cio/86290", "http://[::1", "ftp://x.example/1", "https://", "x"),
        *("https://x.example/" + "a" * 500, "https://x.example/a b"),
    ],
)
def test_what_is_no_web_address_is_not_kept_as_one(url):
    assert cleaned(url=url).values["legacy_url"] == ""


def codes_of(link, text):
    """(codes of the terms that text names, what names none)."""
    matcher = Matcher()
    terms, unknown = matcher.match(link, text)
    return [matcher.labels[link].codes[pk] for pk in terms], unknown


@pytest.mark.usefixtures("taxonomy")
class TestLabels:
    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("OSCE Chairpersonship, OSCE Secretariat", ["chairpersonship", "secretariat"]),
            ("OSCE Chairmanship", ["chairpersonship"]),
            ("osce  SECRETARIAT\nSecretariat", ["secretariat"]),
        ],
    )
    def test_structures_are_found_under_every_name(self, text, codes):
        terms, unknown = codes_of("sources", text)

        assert (terms, unknown) == (codes, [])

    def test_the_tail_of_a_country_in_the_chair_is_no_part_of_its_name(self):
        terms, unknown = codes_of("countries", "Switzerland – OSCE Chairpersonship 2026, Atlantis")

        assert (terms, unknown) == (["switzerland"], ["Atlantis"])

    def test_a_hundred_thousand_commas_take_no_time(self):
        terms, unknown = codes_of("countries", "a," * 100_000 + "Malta")

        assert (terms, unknown) == (["malta"], ["a"])


def test_a_text_that_stands_twice_is_taken_once():
    body = f"<p>OSH, 14 March 2006 – {ENGLISH}</p><p>{ENGLISH}</p>"

    record = cleaned(body + body)

    assert record.values["body"] == body
    assert "body_twice" in {each.code for each in record.messages}


def test_what_the_reader_has_to_say_and_lost_addresses_are_reported():
    told = message("label_unknown", "Mood: merry")

    record = cleaned(f"<p>{ENGLISH}</p><p>Write to [email protected].</p>", messages=[told])

    assert told in record.messages
    assert "address_damaged" in {each.code for each in record.messages}
    assert "[email protected]" in record.values["body"]
