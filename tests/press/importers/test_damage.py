from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.readers.damage import (
    decoded,
    lost_addresses,
    mend,
    mended,
    once,
    shown_address,
)
from press.importers.readers.item import Item

BODY = (
    "<p>VIENNA, 5 July 1996 – The roof of the house was mended by forty people in two days.</p>"
    "<p>It had been open to the rain since the end of the winter before last.</p>"
)


@pytest.mark.parametrize("between", ["", "\n", "\n\n "])
def test_a_text_that_stands_twice_is_taken_once_and_reported(between):
    body, messages = once(BODY + between + BODY)

    assert body == BODY
    assert [each.code for each in messages] == ["body_twice"]


@pytest.mark.parametrize(
    "body", [BODY, BODY + BODY[:100], BODY * 2 + "<p>x</p>", "<p>Ha!</p>" * 2, ""]
)
def test_any_other_repetition_stays(body):
    assert once(body) == (body, [])


@given(st.text("<p>ab", max_size=400))
def test_what_is_left_of_a_text_is_its_beginning(text):
    body, messages = once(text)

    assert text.strip() == body.strip() or (messages and text.strip().startswith(body))


@pytest.mark.parametrize("mark", ["[email protected]", "[email\xa0protected]", "[Email protected]"])
def test_lost_addresses_are_counted(mark):
    (found,) = lost_addresses(f"Write to {mark} or {mark}.")

    assert (found.code, found.raw) == ("address_damaged", "2")


def test_a_text_with_its_addresses_has_no_lost_ones():
    assert lost_addresses("Write to press@old.example. The email was protected.") == []


def test_an_address_hidden_by_a_reversible_code_is_shown():
    key = 0x2A
    code = bytes([key, *(ord(each) ^ key for each in "press@old.example")]).hex()

    assert shown_address(code) == "press@old.example"


@pytest.mark.parametrize("code", ["", "2a", "zz", "2a2a", "ffff00"])
def test_a_broken_code_shows_nothing(code):
    assert shown_address(code) == ""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("The Council&#039;s view &ndash; Q&amp;A", "The Council's view – Q&A"),
        ("A&nbsp;day in M&#xfc;nchen", "A\xa0day in München"),
        ("Q&A; AT&T; &nosuchname; &#0; &#31; &#xD800;", None),
        ("Research & more; costs", None),
    ],
)
def test_characters_written_as_references_are_decoded_and_told(text, meant):
    messages = []

    assert decoded(text, "title", messages) == (meant or text)
    assert [each.code for each in messages] == ["references"] * bool(meant)


def test_letters_that_were_misread_and_then_written_as_references_are_mended():
    item = Item(
        title="Caf&Atilde;&copy; &shy; x", body="<p>x</p>", labels={"field": ["&nbsp;", "A"]}
    )

    mend(item)

    assert (item.title, item.labels) == ("Café &shy; x", {"field": ["A"]})
    assert [each.code for each in item.messages] == ["references", "misread_mended", "references"]
    assert item.messages[0].raw == "&Atilde;"


def test_in_markup_only_what_was_written_so_once_too_often_is_decoded():
    body, messages = "<p>Q&amp;amp;A &amp;lt;b&amp;gt; R&amp;D &lt;i&gt; &amp;nbsp;</p>", []

    assert decoded(body, "body", messages, escape="amp;") == (
        "<p>Q&amp;A &lt;b&gt; R&amp;D &lt;i&gt; \xa0</p>"
    )
    assert [each.raw for each in messages] == ["&amp;amp;"]


@given(st.text("&#;ampltgtx0123456789<> ", max_size=60))
def test_decoding_markup_makes_no_element(text):
    before = escape(text)

    after = decoded(before, "body", [], escape="amp;")

    assert (after.count("<"), after.count(">")) == (0, 0)


MISREAD = {  # as written: (the encoding as which its UTF-8 was read)
    "The café opened – “at last”, she said": "sloppy-windows-1252",  # as browsers read it
    "L’école a été rénovée à Durrës": "cp1252",
    "Новости из Бишкека: школа открыта": "cp1251",
    "Vijesti: škola u Čačku je otvorena, kaže Željko": "cp1250",
    "Ein Gespräch über Größe": "latin-1",
}


@pytest.mark.parametrize("text", MISREAD)
def test_letters_that_were_misread_are_repaired_and_reported(text):
    misread = text.encode().decode(MISREAD[text], "ignore")
    assert len(misread) > len(text)
    messages = []

    assert mended(f"<p>{misread}</p>", "body", messages) == f"<p>{text}</p>"
    assert [each.code for each in messages] == ["misread_mended"]


def test_what_cannot_be_repaired_for_certain_is_kept_and_reported():
    messages = []
    text = "The caf\u00c3\u00a9 of \u00e2\u20ac\ufffdIda\u00e2\u20ac\u0153 in Vie\u00c3\ufffdna"

    assert mended(text, "title", messages) == text
    assert [(each.code, each.field) for each in messages] == [("misread", "title")]


@pytest.mark.parametrize(
    "text",
    [
        *MISREAD,
        "« Égalité », dit-elle – voilà : « ça va »",
        "Різні країни: „мова“ і зв’язок; їхні діти",
        "Ελλάδα, «ειρήνη»; საქართველო – მშვიდობა",
        "Łódź, Gdańsk, ąę – „żółć“; Dvořák, “Příbram”; Ä“ und Ö‘",
        "São Tomé (“à la carte”), ÄÖÜ®, Å™",
    ],
)
def test_letters_of_all_languages_are_left_as_they_are(text):
    messages = []

    assert mended(text, "body", messages) == text
    assert messages == []


@given(st.text(max_size=60), st.sampled_from(["cp1252", "cp1250", "cp1251", "latin-1"]))
def test_a_repair_never_makes_a_text_longer_and_is_always_told(text, encoding):
    misread = text.encode("utf-8", "ignore").decode(encoding, "ignore")
    messages = []

    after = mended(misread, "body", messages)

    assert after == misread or (len(after) < len(misread) and messages[0].code == "misread_mended")
