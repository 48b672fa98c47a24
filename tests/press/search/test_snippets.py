import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.models import PressRelease
from press.search import match
from press.search.snippets import LENGTH


def release(text="", summary="", language="en"):
    return PressRelease(title="T", text=text, summary=summary, language=language)


FILLING = "Nothing to see here. " * 30


def test_the_words_are_marked_as_they_were_written():
    text = "Co‑operation on Türkiye’s ELECTIONS"

    assert match("cooperation turkiye election").snippet(release(text)) == (
        "<mark>Co‑operation</mark> on <mark>Türkiye</mark>’s <mark>ELECTIONS</mark>"
    )


def test_the_excerpt_is_where_most_different_words_stand():
    text = f"Tulips. {FILLING}Tulips and roses grow. {FILLING}Tulips, tulips."

    found = match("tulips roses").snippet(release(text))

    assert "<mark>Tulips</mark> and <mark>roses</mark> grow." in found
    assert found.startswith("… ") and found.endswith(" …")
    assert len(found) < LENGTH + 60


def test_a_short_text_is_shown_whole():
    assert match("tulips").snippet(release("Red tulips.")) == "Red <mark>tulips</mark>."


def test_phrases_are_marked_as_one_and_only_where_they_stand():
    text = "Human dignity, human rights and rights."

    assert match('"human rights"').snippet(release(text)) == (
        "Human dignity, <mark>human rights</mark> and rights."
    )


def test_beginnings_and_stems_of_the_language_are_marked():
    assert "<mark>Elections</mark>" in match("electio").snippet(release("Elections"))
    assert "<mark>Выборы</mark>" in match("выборов").snippet(release("Выборы", language="ru"))
    assert "<mark>" not in match('"выборов"').snippet(release("Выборы", language="uk"))


def test_without_a_hit_in_the_text_the_summary_and_then_the_beginning_is_shown():
    assert match("roses").snippet(release("Text", "Red roses")) == "Red <mark>roses</mark>"
    assert match("zzz").snippet(release("Text", "Red roses")) == "Red roses"
    assert match("zzz").snippet(release(FILLING)).endswith(" …")
    assert match("-zzz").snippet(release("Text")) == "Text"
    assert match("zzz").snippet(release()) == ""


def test_hostile_text_is_escaped():
    text = '<script>alert("tulips")</script> & <mark>'

    assert match("tulips script").snippet(release(text)) == (
        "&lt;<mark>script</mark>&gt;alert(&quot;<mark>tulips</mark>&quot;)&lt;/"
        "<mark>script</mark>&gt; &amp; &lt;mark&gt;"
    )
    assert match("b").highlight("<b>", "en") == "&lt;<mark>b</mark>&gt;"


def test_a_title_is_marked_whole():
    assert match("tulips").highlight("Tulips " + FILLING, "en") == "<mark>Tulips</mark> " + FILLING


def test_a_word_without_end_does_not_make_an_excerpt_without_end():
    assert len(match("tul*").snippet(release("tul" + "a" * 100_000))) < 3 * LENGTH


@pytest.mark.parametrize("query", ["a", '"a b"', "a OR b", "a* b"])
@given(text=st.text(st.sampled_from("ab <&>'\n.–")))
def test_any_text_gives_an_excerpt_without_markup_of_its_own(query, text):
    found = match(query).snippet(release(text))

    assert "<" not in found.replace("<mark>", "").replace("</mark>", "")
    assert found.count("<mark>") == found.count("</mark>")
