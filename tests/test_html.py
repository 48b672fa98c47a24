# ruff: noqa: E501
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osce_cms.html import ATTRIBUTES, TAGS, plain_text, sanitise

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
# Known to change their meaning when they are read a second time (mutation XSS).
MUTATING = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<svg><p><style><g title='</style><img src onerror=alert(1)>'>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math><mi><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><s><template><s><img src=x onerror=alert(1)>@shafigullin</s></template></s></template>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></iframe></foreignObject></svg>",
    "<table><td><svg><desc><table><td><style><a title='</style><img src onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp><plaintext><img src=x onerror=alert(1)>",
    '<select><template><style><!--</style><a rel="--></style></template></select><img src onerror=alert(1)>">',
    "<p title=`<img src=x onerror=alert(1)>`><a href='`'>x</a><!--><img src=x onerror=alert(1)>-->",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing><textarea><img src=x onerror=alert(1)></textarea>",
    "<a href=\"#\" title='\"><img src=x onerror=alert(1)>'><abbr title='\"><script>alert(1)</script>'>x</abbr></a>",
]
UNWANTED_LINKS = [
    "javascript:alert(1)",
    "JaVa\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\t//evil.example",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "view-source:x",
]


class Elements(HTMLParser):
    """Every element of some markup, as (tag, attributes)."""

    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("markup", [*HOSTILE, *MUTATING])
def test_only_the_elements_and_attributes_of_the_list_are_left_and_stay_so(markup):
    clean = sanitise(markup)
    for tag, attributes in Elements(clean).found:
        assert tag in TAGS
        kept = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        assert set(attributes) <= kept
    assert sanitise(clean) == clean


@pytest.mark.parametrize("address", UNWANTED_LINKS)
def test_links_that_act_or_lead_to_a_foreign_host_unseen_lose_their_address(address):
    clean = sanitise(f'<p><a href="{address}">x</a></p>')
    assert Elements(clean).found[1] == ("a", {"rel": "noopener noreferrer"})


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/?a=1",
        "http://example.org",
        "mailto:a@example.org",
        "tel:+431",
        "/structures/",
        "#top",
    ],
)
def test_other_links_stay(address):
    assert f'href="{address}"' in sanitise(f'<a href="{address}">x</a>')


@pytest.mark.parametrize(
    "markup",
    [
        "<p onclick=x onmouseover=y style='color:red' class=a id=b data-x=c srcset=d>x</p>",
        "<meta http-equiv=refresh content='0;//evil.example'><base href=//evil.example><p>x</p>",
        "<form action=//evil.example><p>x</p><input name=a><button formaction=//evil.example></button></form>",
        "<iframe src=https://example.org></iframe><p>x</p><object data=x></object><embed src=x>",
    ],
)
def test_attributes_and_elements_that_are_not_text_are_removed(markup):
    assert sanitise(markup) == "<p>x</p>"


def test_five_megabytes_from_word_with_pictures_are_cleaned_and_the_text_is_kept():
    picture = f'<img src="data:image/png;base64,{"iVBORw0KGgo" * 90_000}">'
    lines = "".join(
        f"<p class=MsoNormal style='margin:0cm'>Line {n}<o:p></o:p></p>" for n in range(2000)
    )
    clean = sanitise(f"<style>p.MsoNormal {{}}</style>{picture * 5}{lines}")
    assert clean.startswith("<p>Line 0</p><p>Line 1</p>")
    assert plain_text(clean).count("Line") == 2000


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
    | st.lists(st.sampled_from([*HOSTILE, *MUTATING, "<p>", "</p>", "<table>", "&lt;", "x"])).map(
        "".join
    )
)
def test_sanitising_twice_changes_nothing(markup):
    assert sanitise(sanitise(markup)) == sanitise(markup)
