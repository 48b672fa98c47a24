import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.search.analysis import LONGEST, MARK, tokens, vocabulary, words


def stems(text, language="en"):
    return [token for token, _ in tokens(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("co-operation co‑operation cooperation", ["cooper"] * 3),
        ("2011-06 a--b -c d-", ["201106", "a", "b", "c", "d"]),
        ("snake_case", ["snake", "case"]),
        ("zero\u200bwidth soft\u00adhyphen", ["zerowidth", "softhyphen"]),
        ("½ ² ﬁ ⑴", ["12", "2", "fi", "1"]),
        ("\x00a\x00b\ud800c", ["a", "b", "c"]),
        ("!!! ––– \u0301 ¶", []),
    ],
)
def test_texts_become_tokens(text, expected):
    assert stems(text) == expected


@given(st.text())
def test_a_token_holds_letters_and_digits_only(text):
    for language in ("en", "ru", "uk"):
        for token, marked in tokens(text, language):
            assert token.isalnum()
            assert len(token) <= LONGEST
            assert not marked or (
                marked[0] == MARK and marked[1:].isalnum() and marked[1:] != token
            )


@given(st.text(), st.text())
def test_a_space_parts_tokens_in_every_text(first, second):
    both = [*tokens(first, "en"), *tokens(second, "en")]

    assert list(tokens(f"{first} {second}", "en")) == both


def test_composed_and_decomposed_letters_are_one():
    assert stems("Türkiye") == stems("Tu\u0308rkiye")
    assert stems("войной", "ru") == stems("вои\u0306нои\u0306", "ru")


def test_a_word_without_end_takes_no_time():
    begun = time.monotonic()

    assert len(stems("ab" * 1_000_000)[0]) == LONGEST

    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("language", ["en", "ru", "de", ""])
@given(
    piece=st.text(st.sampled_from("abSzé0_9-.,;:!?()[]\"'“”„«»’‘‑ı\u00ad\u0301ſKß"), max_size=12)
)
def test_a_piece_has_the_tokens_of_its_words(language, piece):
    """Whether it is taken the quick way or not."""
    known = vocabulary(language)
    pairs = (known.analyse(word[0]) for word in words(piece))

    assert known[piece] == tuple(pair for pair in pairs if pair[0])
