import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.readers.damage import lost_addresses, once, shown_address

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
