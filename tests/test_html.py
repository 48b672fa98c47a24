import pytest
from hypothesis import given
from hypothesis import strategies as st

from osce_cms.html import plain_text, sanitise

HOSTILE = [
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa\tscript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
    "<img src=x onerror=alert(1)>",
    "<p onclick=alert(1) style='position:fixed' class=x id=y>x</p>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<iframe src=//evil.example></iframe><base href=//evil.example><form action=//evil.example>",
]


@pytest.mark.parametrize("markup", HOSTILE)
def test_nothing_that_acts_is_left(markup):
    clean = sanitise(markup).lower()

    for acting in (
        "script",
        "onerror",
        "onclick",
        "style",
        "data:",
        "<img",
        "<svg",
        "<iframe",
        "<base",
    ):
        assert acting not in clean


def test_structure_stays():
    markup = '<h2>Title</h2><p>A <strong>word</strong><br>and <a href="https://example.org/">more</a></p>'

    assert plain_text(sanitise(markup)) == "Title\nA word\nand more"
    assert 'href="https://example.org/"' in sanitise(markup)


def test_characters_that_no_page_or_database_can_hold_are_dropped():
    assert sanitise("<p>a\x00b\x0bc\ud800d</p>") == "<p>abcd</p>"


@given(
    st.text()
    | st.lists(st.sampled_from([*HOSTILE, "<p>", "</p>", "<table>", "&lt;", "x"])).map("".join)
)
def test_sanitising_twice_changes_nothing(markup):
    assert sanitise(sanitise(markup)) == sanitise(markup)
