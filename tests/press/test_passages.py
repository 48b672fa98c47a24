"""A passage is found wherever a person would read it, and what is around it stays."""

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from osce_cms.html import plain_text, sanitise
from press.passages import BRIEFLY, REMOVED, Passage, comparable


def removed(passage, markup):
    return Passage(passage).removed_from_markup(markup)[0]


@pytest.mark.parametrize(
    ("passage", "markup", "left"),
    [
        ("John Doe", "<p>Then John Doe said</p>", "<p>Then [removed] said</p>"),
        ("john doe", "<p>JOHN DOE</p>", "<p>[removed]</p>"),
        ("John Doe", "<p>a <b>John</b> <i>Doe</i> b</p>", "<p>a <b>[removed]</b> b</p>"),
        ("John Doe", "<p>Jo<i>h</i>n D<b>o</b>e's</p>", "<p>[removed]'s</p>"),
        ("John Doe", "<p>John\n   Doe</p>", "<p>[removed]</p>"),
        ("John Doe", "<p>John&nbsp;Doe</p>", "<p>[removed]</p>"),
        ("John  Doe", "<p>John<br>Doe</p>", "<p>[removed]<br></p>"),
        ("Q&A", "<p>Q&amp;A &amp; so</p>", "<p>[removed] &amp; so</p>"),
        ("a < b", "<p>if a &lt; b then</p>", "<p>if [removed] then</p>"),
        ("&amp;", "<p>a &amp;amp; b</p>", "<p>a [removed] b</p>"),
        ("two three", "<p>one two</p><p>three four</p>", "<p>one [removed]</p><p> four</p>"),
        ("two three", "<ul><li>two<ul><li>three</li></ul></li></ul>",
         "<ul><li>[removed]<ul><li></li></ul></li></ul>"),
        ("Zoë", "<p>Zoe\u0308 Zo\u00eb Zoe</p>", "<p>[removed] [removed] [removed]</p>"),
        ("Иванов", "<p>ИВАНОВА</p>", "<p>[removed]А</p>"),
        ("secret", "<p>se\u00adcr\u200bet</p>", "<p>[removed]</p>"),
        ("O'Neill", "<p>O’Neill</p>", "<p>[removed]</p>"),
        ("x–y1", "<p>x-y1</p>", "<p>[removed]</p>"),
        ("שלום עולם", "<p>a \u202bשלום עולם\u202c b</p>", "<p>a \u202b[removed] b</p>"),
        ("office", "<p>the oﬃce</p>", "<p>the [removed]</p>"),
        ("aba", "<p>ababa</p>", "<p>[removed]ba</p>"),
        ("John Doe", '<p>John <a href="https://a.example/">Doe</a></p>', "<p>[removed]</p>"),
        ("strong", "<p><strong>is strong</strong></p>", "<p><strong>is [removed]</strong></p>"),
        ("amp", "<p>a &amp; b</p>", "<p>a &amp; b</p>"),
        ("other", "<p>John Doe</p>", "<p>John Doe</p>"),
    ],
)  # fmt: skip
def test_it_is_found_as_it_is_read(passage, markup, left):
    assert removed(passage, markup) == left


@pytest.mark.parametrize(
    "href",
    [
        "https://a.example/john-doe",
        "https://a.example/?q=John%20Doe",
        "https://a.example/john_doe.html",
        "https://a.example/?q=john+doe",
    ],
)
def test_a_link_that_holds_it_leads_nowhere(href):
    markup = f'<p><a href="{href}">Here</a></p>'

    assert removed("John Doe", markup) == '<p><a rel="noopener noreferrer">Here</a></p>'


def test_attributes_that_hold_it_are_removed_and_others_stay():
    markup = '<p lang="en"><abbr title="a &quot;John&quot; > Doe">J</abbr></p>'

    assert removed('"John" > Doe', markup) == '<p lang="en"><abbr>J</abbr></p>'
    link = sanitise('<p><a href="https://a.example/">b</a></p>')
    assert removed("noopener", link) == link


def test_places_are_counted():
    markup = '<p>one</p><p>One <a href="https://a.example/one">two</a></p>'

    assert Passage("one").removed_from_markup(markup)[1] == 3
    assert Passage("one").removed_from("One or none") == (f"{REMOVED} or n{REMOVED}", 2)


def test_a_text_that_fills_its_column_may_end_in_the_middle_of_it():
    passage = Passage("the secret of the house")

    assert passage.removed_from("x: the secret of", 16) == ("x: [removed]", 1)
    assert passage.removed_from("x: the secret of", 17) == ("x: the secret of", 0)


def test_what_takes_its_place_never_overflows_the_column():
    text, count = Passage("abc").removed_from("abc" * 100, 300)

    assert (text, count) == (BRIEFLY * 100, 100)


@pytest.mark.parametrize(
    ("slug", "is_in"),
    [
        ("john-doe", True),
        ("then-john-doe-said", True),
        ("john-does", True),
        ("john-and-doe", False),
        ("", False),
    ],
)
def test_a_slug_holds_it_as_words(slug, is_in):
    assert Passage("John  Doe!").is_in_slug(slug) == is_in


def test_a_slug_that_was_cut_holds_its_beginning():
    passage = Passage("The secret of the house of usher")

    assert passage.is_in_slug("about-the-secret-of-the")
    assert not passage.is_in_slug("about-the-sec")


def test_a_passage_of_signs_only_is_in_no_address():
    assert not Passage("!!!").is_in_slug("any")
    assert not Passage("!!!").is_in_address("https://a.example/b")


def test_excerpts_show_what_is_around():
    assert list(Passage("ann").around("The announcement")) == [("The ", "ann", "ouncement")]


# Whatever the markup. The words around are of other letters than the passage.

TAGS = ["<b>", "</b>", "<i>", "</i>", "<p>", "</p>", "<br>", "<ul><li>", "</li></ul>", "<td>",
        '<a href="https://a.example/">', "</a>", "<table><tr><td>", "</td></tr></table>", "<h2>",
        '<abbr title="x > &quot;y">', "</abbr>", "<blockquote>", "<!-- c -->",
        "<script>z</script>"]  # fmt: skip
AROUND = ["x", "yz ", " ", "\n", "&amp;", "&nbsp;", "&lt;", "ö", "٣", "\u200b", "Ж"]
INSIDE = ["q", "Q", "w", "W", "q w", "q\u00adw", "w&nbsp;q", "q<b>w</b>"]
MARKUP = st.lists(st.sampled_from([*TAGS, *AROUND, *INSIDE]), max_size=30).map("".join)
PASSAGE = st.lists(st.sampled_from("qw "), min_size=3, max_size=6).map("".join)


@settings(deadline=None, max_examples=400)
@given(PASSAGE, MARKUP)
@example("qwq", "<p>q<ul><li>w</li></ul>q</p>")
@example("q w", "<table><tr><td>q</td><td>w</td></tr></table>")
def test_nothing_of_it_remains_and_all_else_does(passage, markup):
    looked_for = Passage(passage)
    if not looked_for.folded:
        return
    before = sanitise(markup)

    after, count = looked_for.removed_from_markup(before)

    assert not looked_for.is_in(plain_text(after))
    assert sanitise(after) == after
    assert looked_for.removed_from_markup(after) == (after, 0)
    assert (count == 0) <= (after == before)
    assert letters_around(after) == letters_around(before)
    assert plain_text(after).count(REMOVED) == count
    assert balanced(after)


def letters_around(markup):
    text = plain_text(markup).replace(REMOVED, "")
    return [char for char in text if char in "xyzö٣Ж&<"]


def balanced(markup):
    opened = []
    for end, name in re.findall(r"<(/?)([a-z0-9]+)", re.sub(r'"[^"]*"', "", markup)):
        if name in ("br", "hr"):
            continue
        if not end:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


@settings(deadline=None, max_examples=300)
@given(st.text(min_size=3, max_size=8), st.text(max_size=20), st.text(max_size=20))
@example("İß", "", "")
@example("ﬀﬀ", "f", "f")
def test_any_text_is_removed_from_any_other(passage, before, after):
    looked_for = Passage(passage)
    if len(looked_for.folded) < 3 or any(sign in passage + after for sign in "[]…"):
        return

    text, count = looked_for.removed_from(before + passage + after)
    assert count >= 1
    assert not looked_for.is_in(text) or touches(looked_for)
    markup, count = looked_for.removed_from_markup(
        sanitise(f"<p>{html.escape(before)}{html.escape(passage)}{html.escape(after)}</p>")
    )
    assert not looked_for.is_in(plain_text(markup)) or touches(looked_for)


def touches(passage):
    """Whether what takes its place may make it anew: carrying out such a redaction is refused."""
    ends = [comparable(REMOVED)[n:] for n in range(1, len(REMOVED))]
    starts = [comparable(REMOVED)[:n] for n in range(1, len(REMOVED))]
    return any(passage.folded.startswith(end) for end in ends) or any(
        passage.folded.endswith(start) for start in starts
    )


@settings(deadline=None)
@given(st.text(max_size=200))
def test_what_is_compared_is_what_is_read(text):
    from press.passages import reading

    folded, spans = reading((n, n + 1, char) for n, char in enumerate(text))

    assert folded.strip() == comparable(text)
    assert len(spans) == len(folded)
