"""The editor of bodies: nothing is lost by it, and nothing comes through it that may not be stored."""

import re
from html.parser import HTMLParser
from random import Random

import pytest
from django.utils.html import linebreaks

from osce_cms.html import sanitise
from pages.models import Page
from press.models import PressRelease
from tests.factories import DraftFactory

from .test_desk import DESKTOP, sign_in

pytestmark = pytest.mark.browser

INLINE = {"a", "q", "abbr", "cite", "strong", "b", "em", "i", "u", "sub", "sup"}

# What the modules of the editor make of texts: whether it would open for each, and what it would store.
ROUND_TRIP = """async (texts) => {
    const modules = JSON.parse(document.querySelector("[data-editor]").dataset.editor);
    const [bundle, schema] = await Promise.all([import(modules.bundle), import(modules.schema)]);
    const kept = schema.makeSchema(bundle);
    return texts.map((text) => {
        const doc = kept.hold(text);
        if (!doc) return { isHeld: false };
        const rewritten = kept.write(doc);
        kept.remember(doc, text);
        return { isHeld: true, rewritten, untouched: kept.write(doc) };
    });
}"""
# Each has something that editors are known to lose.
HELD = [
    "<p>A <strong>b</strong> <em>c</em> <b>d</b> <i>e</i> <u>f</u> H<sub>2</sub>O m<sup>2</sup></p>",
    "<p><strong>a <em>b</em></strong><em> c</em> <b><strong>d</strong></b></p>",
    "<h2>Two</h2><h3>Three <em>x</em></h3><h4>Four<br>and more</h4>",
    "<ul><li>one</li><li>two<ul><li>deeper</li><li>deeper<ol><li>deepest</li></ol></li></ul>after</li></ul>",
    "<ul><li><p>paragraph</p></li><li><p>two</p><p>paragraphs</p></li><li>text<p>and one</p></li></ul>",
    '<ol start="5"><li>five</li><li></li><li><h3>six</h3><blockquote>said</blockquote></li></ol>',
    "<ul>\n  <li>spaced</li>\n  <li>out</li>\n</ul>\n\n<p>after\nthat</p>",
    '<blockquote lang="fr">bare</blockquote><blockquote><p>one</p><p lang="de">zwei</p></blockquote>',
    '<p><a href="https://example.org/?a=1&amp;b=2" hreflang="de" lang="de" rel="noopener noreferrer">a</a></p>',
    '<p><a href="mailto:a@example.org" rel="noopener noreferrer">a <strong>b</strong> c</a> and <a href="tel:+431" '
    'rel="noopener noreferrer">d</a>, <a href="/structures/" rel="noopener noreferrer">e</a></p>',
    "<p>said <q>this</q> in <cite>that</cite> of the <abbr title=\"a b\">AB</abbr></p>",
    "<p>one<br>two<br><br>three<br></p><p></p><p>&nbsp;</p><hr><p>a&nbsp;&nbsp;b\u00ad\u200b</p>",
    '<table><caption>All <em>of</em> it</caption><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
    '<tbody><tr><td colspan="2">c</td></tr></tbody><tbody><tr><td rowspan="2">d</td><td>e</td></tr><tr><td>f</td></tr>'
    "</tbody><tfoot><tr><td>g</td><td></td></tr></tfoot></table>",
    "<table><tbody><tr><th>a</th><td><p>b</p><ul><li>c</li></ul></td><td>x<br>y</td></tr></tbody></table>",
    "<table>\n<tbody><tr><td>a<table><tbody><tr><td>b</td></tr></tbody></table></td></tr></tbody>\n</table>",
    "<p>ВЕНА, 14 апреля &lt;script&gt; &amp;amp; «а» \U0001f54a</p>",
    "plain text\n\nof two paragraphs,\nthe second of two lines",
]
# What the editor would change; it must not open for these.
NOT_HELD = [
    "<ul><li>a</li><ul><li>b</li></ul></ul>",
    "<table><tbody><tr><td>a</td></tr><tr><td>b</td><td>c</td></tr></tbody></table>",
    "<h2><p>a</p><p>b</p></h2>",
    "<p><q>a</q><q>b</q></p>",
    "<p>a<sup>b<sup>c</sup></sup></p>",
    '<p><a href="javascript:alert(1)">a</a></p>',
    "<div><p>a</p></div>",
    '<p class="x">a</p>',
    "<dl><dt>a</dt><dd>b</dd></dl>",
    "<ul></ul><p>a</p>",
    '<table><tbody><tr><td colspan="x">a</td></tr></tbody></table>',
    "<table><caption>a</caption><caption>b</caption><tbody><tr><td>c</td></tr></tbody></table>",
    "<table></table><p>a</p>",
    "<li>a</li>",
]


class Shown(HTMLParser):
    """What a reader gets of HTML: each letter with the elements around it, and every other element."""

    def __init__(self, markup):
        super().__init__()
        self.around, self.letters, self.elements = [], [], []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        element = (tag, *sorted(pair for pair in attrs if pair[0] != "rel"))
        if tag in ("br", "hr"):
            self.elements.append((tag, len(self.letters)))
            return
        self.around.append(element)
        if tag not in INLINE:
            self.elements.append((element, len(self.letters)))

    def handle_endtag(self, tag):
        while self.around and self.around.pop()[0] != tag:
            pass

    def handle_data(self, data):
        around = frozenset(self.around)
        self.letters += [(letter, around) for letter in data if letter not in " \t\r\n\f"]


def shown(markup):
    """(letters, elements) without the paragraphs: one around text that stands by itself is no change."""
    parsed = Shown(markup)
    letters = [(letter, around - {("p",)}) for letter, around in parsed.letters]
    return letters, [each for each in parsed.elements if each[0] != ("p",)]


def some_inline(random, depth=0):
    words = random.choice(["word", "two words", " spaced ", "a&amp;b", "&nbsp;", "«ж»", "x\n y"])
    if depth > 3 or random.random() < 0.4:
        return words
    inner = "".join(some_inline(random, depth + 1) for _ in range(random.randint(1, 3)))
    tag = random.choice(
        ["a", "q", "abbr", "cite", "strong", "b", "em", "i", "u", "sub", "sup", "br", ""]
    )
    if tag == "br":
        return f"{words}<br>{inner}"
    attribute = {
        "a": f' href="/{random.randint(1, 3)}/"',
        "abbr": f' title="{random.randint(1, 2)}"',
    }
    return f"<{tag}{attribute.get(tag, '')}>{inner}</{tag}>" if tag else inner


def some_table(random, depth):
    def row(tag, width):
        return "".join(
            f"<{tag}>{random.choice([some_inline, some_blocks])(random, depth + 2)}</{tag}>"
            for _ in range(width)
        )

    width = random.randint(1, 3)
    parts = "".join(
        f"<{part}>"
        + "".join(
            f"<tr>{row(random.choice(['td', 'th']), width)}</tr>"
            for _ in range(random.randint(1, 2))
        )
        + f"</{part}>"
        for part in random.choice(
            [["tbody"], ["thead", "tbody"], ["thead", "tbody", "tbody", "tfoot"]]
        )
    )
    caption = random.choice(["", f"<caption>{some_inline(random)}</caption>"])
    return f"<table>{caption}{parts}</table>"


def some_blocks(random, depth=0):
    blocks = []
    for _ in range(random.randint(1, 3)):
        tag = random.choice(
            ["p", "p", "h2", "h3", "h4", "ul", "ol", "blockquote", "hr", "table", ""]
        )
        if depth > 2:
            tag = random.choice(["p", ""])
        if tag in ("p", "h2", "h3", "h4"):
            blocks.append(f"<{tag}>{some_inline(random)}</{tag}>")
        elif tag in ("ul", "ol"):
            items = "".join(
                f"<li>{random.choice([some_inline, some_blocks])(random, depth + 1)}</li>\n"
                for _ in range(random.randint(1, 3))
            )
            blocks.append(f"<{tag}>{items}</{tag}>")
        elif tag == "blockquote":
            blocks.append(f"<blockquote>{some_blocks(random, depth + 1)}</blockquote>")
        elif tag == "table":
            blocks.append(some_table(random, depth))
        else:
            blocks.append("<hr>" if tag else some_inline(random))
        blocks.append(random.choice(["", "\n", " "]))
    return "".join(blocks)


@pytest.fixture
def form(site, people, open_page):
    """form(address) -> the page of a form in which an editor is signed in, its editor open."""
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, people, "editor")

    def form(address="press/pressrelease/add/"):
        page.goto(f"{site}/admin/{address}")
        page.locator(".editor-box").wait_for()
        return page

    return form


def test_every_body_of_the_sample_archive_is_held_and_untouched_blocks_stay_as_they_are(form):
    bodies = [*PressRelease.objects.values_list("body", flat=True)]
    bodies += Page.objects.values_list("body", flat=True)
    assert len(bodies) > 40
    for body, result in zip(bodies, form().evaluate(ROUND_TRIP, bodies), strict=True):
        assert result["isHeld"], body
        assert result["untouched"] == body
        assert shown(sanitise(result["rewritten"])) == shown(body)


def test_what_the_sanitiser_keeps_is_written_as_it_was_read(form):
    for text, result in zip(HELD, form().evaluate(ROUND_TRIP, HELD), strict=True):
        assert result["isHeld"], text
        if "<" not in text:
            assert result["untouched"] == linebreaks(text).replace("\n", "")
            continue
        assert sanitise(result["untouched"]) == sanitise(text)
        assert shown(sanitise(result["rewritten"])) == shown(text), text
        # Also without what it remembers: nothing but space that is not shown.
        assert re.sub(r"\s+", "", sanitise(result["rewritten"])) == re.sub(r"\s+", "", text) or "<b>" in text


def test_the_editor_does_not_open_for_what_it_would_change(form):
    for text, result in zip(NOT_HELD, form().evaluate(ROUND_TRIP, NOT_HELD), strict=True):
        assert not result["isHeld"], (text, result["rewritten"])


def test_whatever_is_held_comes_through_unchanged(form):
    random = Random(20261124)  # noqa: S311
    bodies = list(dict.fromkeys(sanitise(some_blocks(random)) for _ in range(1500)))
    results = form().evaluate(ROUND_TRIP, bodies)
    held = [(body, result) for body, result in zip(bodies, results, strict=True) if result["isHeld"]]
    for body, result in held:
        assert sanitise(result["untouched"]) == body
        assert shown(sanitise(result["rewritten"])) == shown(body), body
    print(len(held), len(bodies))
    assert len(held) > len(bodies) / 2
