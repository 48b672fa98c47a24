# ruff: noqa: E501
"""The editor of bodies: nothing is lost by it, and nothing comes through it that may not be stored."""

import re
import time
from html.parser import HTMLParser
from random import Random

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.html import linebreaks
from playwright.sync_api import expect

from osce_cms.html import sanitise
from pages.models import Page
from press.models import PressRelease
from tests.factories import DraftFactory

from .test_admin_axe import AXE, PHONE
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
    '<p>said <q>this</q> in <cite>that</cite> of the <abbr title="a b">AB</abbr></p>',
    "<p>one<br>two<br><br>three<br></p><p></p><p>&nbsp;</p><hr><p>a&nbsp;&nbsp;b\u00ad\u200b</p>",
    '<table><caption>All <em>of</em> it</caption><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'
    '<tbody><tr><td colspan="2">c</td></tr></tbody><tbody><tr><td rowspan="2">d</td><td>e</td></tr><tr><td>f</td></tr>'
    "</tbody><tfoot><tr><td>g</td><td></td></tr></tfoot></table>",
    "<table><tbody><tr><th>a</th><td><p>b</p><ul><li>c</li></ul></td><td>x<br>y</td></tr></tbody></table>",
    "<table>\n<tbody><tr><td>a<table><tbody><tr><td>b</td></tr></tbody></table></td></tr></tbody>\n</table>",
    '<h2 lang="fr" title="a">b</h2><ul lang="fr" title="a"><li title="b">c</li></ul><p>a<em lang="fr">b</em></p>',
    '<table title="a"><tbody><tr lang="fr"><td title="b">c</td></tr></tbody></table><hr title="a"><p>a<br title="b">c</p>',
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
    '<table><caption lang="fr">a</caption><tbody><tr><td>c</td></tr></tbody></table>',
    '<table><tbody lang="fr"><tr><td>c</td></tr></tbody></table>',
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
        assert (
            re.sub(r"\s+", "", sanitise(result["rewritten"])) == re.sub(r"\s+", "", text)
            or "<b>" in text
        )


def test_the_editor_does_not_open_for_what_it_would_change(form):
    for text, result in zip(NOT_HELD, form().evaluate(ROUND_TRIP, NOT_HELD), strict=True):
        assert not result["isHeld"], (text, result["rewritten"])


def test_whatever_is_held_comes_through_unchanged(form):
    random = Random(20261124)
    made = (sanitise(some_blocks(random)) for _ in range(1500))
    bodies = list(dict.fromkeys(body for body in made if "<" in body))
    results = form().evaluate(ROUND_TRIP, bodies)
    held = [
        (body, result) for body, result in zip(bodies, results, strict=True) if result["isHeld"]
    ]
    for body, result in held:
        assert shown(sanitise(result["rewritten"])) == shown(body), body
        is_untouched = sanitise(result["untouched"]) == body
        assert is_untouched or result["untouched"] == result["rewritten"]  # text between blocks
    assert len(held) > len(bodies) / 2


def body_of(title):
    return PressRelease.objects.get(title=title).body


def text_box(page):
    return page.get_by_role("textbox", name="Body")


def tool(page, name):
    return page.get_by_role("toolbar").get_by_role("button", name=name, exact=True)


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("successfully").wait_for()


def paste(page, **formats):
    """Paste as another program would: formats are html and plain."""
    text_box(page).evaluate(
        """(box, formats) => {
            const clipboardData = new DataTransfer();
            for (const [kind, text] of Object.entries(formats)) clipboardData.setData(`text/${kind}`, text);
            box.focus();
            box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        formats,
    )


def test_an_editor_types_and_formats(form):
    page = form()
    page.get_by_role("textbox", name="Title").fill("Typed")
    text_box(page).click()
    page.get_by_label("Kind of paragraph").select_option("Heading")
    page.keyboard.type("What happened")
    page.keyboard.press("Enter")
    page.keyboard.type("A ")
    page.keyboard.press("Control+b")
    page.keyboard.type("bold")
    page.keyboard.press("Control+b")
    page.keyboard.type(" and ")
    tool(page, "Italic").click()
    page.keyboard.type("slanted")
    tool(page, "Italic").click()
    page.keyboard.type(" m")
    tool(page, "Superscript").click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    tool(page, "Superscript").click()
    tool(page, "Bulleted list").click()
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    tool(page, "Deeper in the list").click()
    page.keyboard.type("deeper")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    tool(page, "Quotation").click()
    page.keyboard.type("<said>")
    save(page)
    assert body_of("Typed") == (
        "<h2>What happened</h2><p>A <strong>bold</strong> and <em>slanted</em> m<sup>2</sup></p>"
        "<ul><li>one</li><li>two<ul><li>deeper</li></ul></li></ul><blockquote>&lt;said&gt;</blockquote>"
    )


@pytest.mark.parametrize(
    "typed, stored",
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("www.example.org", "https://www.example.org"),
        ("/structures/", "/structures/"),
        ("press@example.org", "mailto:press@example.org"),
        ("tel:+431000", "tel:+431000"),
    ],
)
def test_a_link_leads_where_links_may_lead(form, typed, stored):
    page = form()
    text_box(page).fill("see this")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.wait_for_timeout(500)  # the browser tells of a selection a moment later
    page.keyboard.press("Control+k")
    page.get_by_label("Address of the link").fill(typed)
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    written = f'<p>see <a href="{stored}">this</a></p>'
    expect(page.locator("#id_body")).to_have_value(written)


def test_a_link_that_acts_or_leads_to_nowhere_is_refused(form):
    page = form()
    text_box(page).fill("see this")
    page.keyboard.press("Control+a")
    tool(page, "Link").click()
    for typed in (
        "javascript:alert(1)",
        "JaVa\tscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "file:///etc/passwd",
        "https://",
        "this",
    ):
        page.get_by_label("Address of the link").fill(typed)
        page.keyboard.press("Enter")
        assert page.get_by_role("dialog").get_by_role("alert").is_visible(), typed
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.locator("#id_body").input_value() == "<p>see this</p>"


def test_a_table_is_made_and_changed(form):
    page = form()
    page.get_by_role("textbox", name="Title").fill("Tabled")
    text_box(page).click()
    tool(page, "Table").click()
    page.keyboard.type("Head")
    tool(page, "Add a row below").click()
    tool(page, "Delete the column").click()
    page.keyboard.type("Top")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("cell")
    tool(page, "Caption of the table").click()
    page.get_by_role("textbox", name="Caption of the table").fill("Cars & trains")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    save(page)
    row = "<tr><td></td><td></td></tr>"
    assert body_of("Tabled") == (
        "<table><caption>Cars &amp; trains</caption><thead><tr><th>Top</th><th></th></tr></thead>"
        f"<tbody><tr><td>cell</td><td></td></tr>{row}{row}</tbody></table><p></p>"
    )


WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {margin:0cm} @list l0 {} --></style>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]--></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1 style='mso-outline-level:1'><span lang=EN-GB style='font-size:20pt'>Title<o:p></o:p></span></h1>
<p class=MsoNormal style='margin-bottom:0cm'><b style='mso-bidi-font-weight:normal'><span style='color:red'>Bold</span></b>
and <i>slanted</i> H<sub>2</sub>O, <a href="https://example.org/" target="_blank" style='color:blue'>a link</a><a
href="file:///C:/x.doc">, a file</a><a name="_ftnref1" href="#_ftn1"><sup>[1]</sup></a><o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]>one</p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>o<span>&nbsp; </span></span><![endif]>deeper</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>two</p>
<p class=MsoNormal>between</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp; </span></span><![endif]>first</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>2.<span>&nbsp; </span></span><![endif]>second</p>
<table class=MsoTableGrid border=1 style='border-collapse:collapse'><tr style='mso-yfti-irow:0'><td width=100 valign=top
style='width:75pt'><p class=MsoNormal>a<o:p></o:p></p></td><td width=100><p class=MsoNormal>b</p></td></tr></table>
<p class=MsoNormal><!--[if gte vml 1]><v:shape><v:imagedata src="file:///c:/x.png"/></v:shape><![endif]--><img width=1 src="data:image/png;base64,iVBORw0KGgo=" v:shapes="x">after</p>
<!--EndFragment--></body></html>"""
GOOGLE = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h1 dir="ltr"><span style="font-size:20pt">Title</span></h1>
<p dir="ltr" style="line-height:1.38;"><span style="font-weight:400;">Plain, </span><span style="font-weight:700;">bold</span><span style="font-style:italic;">
slanted</span></p><ul style="margin:0"><li dir="ltr" style="list-style-type:disc" aria-level="1"><p dir="ltr" role="presentation"><span>one</span></p></li>
<ul><li dir="ltr" aria-level="2"><p role="presentation"><span>deeper</span></p></li></ul></ul><br /></b>"""
PAGE = """<div class="article" id=x onclick="alert(1)"><script>alert(1)</script><style>p{}</style><h5>Small</h5><div>One <font color=red>red</font>
<img src=x onerror=alert(1)></div><div>Two <a href="javascript:alert(1)">bad</a> <a href="//evil.example">worse</a></div>
<iframe src="https://evil.example"></iframe><pre>as is</pre><section><p style="position:fixed">Three</p></section></div>"""
LINK = '<a href="https://example.org/" rel="noopener noreferrer">a link</a>'


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        (
            WORD,
            f"<h2>Title</h2><p><strong>Bold</strong> and <em>slanted</em> H<sub>2</sub>O, {LINK}, a file<sup>[1]</sup></p>"
            "<ul><li>one<ul><li>deeper</li></ul></li><li>two</li></ul><p>between</p>"
            "<ol><li>first</li><li>second</li></ol>"
            "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table><p>after</p>",
        ),
        (
            GOOGLE,
            "<h2>Title</h2><p>Plain, <strong>bold</strong><em> slanted</em></p><ul><li>one<ul><li>deeper</li></ul></li></ul>",
        ),
        (
            PAGE,
            "<h4>Small</h4><p>One red</p><p>Two bad worse</p><p>as is</p><p>Three</p>",
        ),
    ],
    ids=["Word", "Google Docs", "a web page"],
)
def test_what_is_pasted_is_plain_structure(form, pasted, stored):
    page = form()
    page.get_by_role("textbox", name="Title").fill("Pasted")
    paste(page, html=pasted)
    assert page.get_by_text("Pictures were left out").count() == (pasted is not GOOGLE)
    save(page)
    assert body_of("Pasted") == stored


def test_plain_text_is_pasted_as_paragraphs(form):
    page = form()
    paste(page, plain="one <b>\ntwo\n\nthree")
    assert page.locator("#id_body").input_value() == "<p>one &lt;b&gt;</p><p>two</p><p>three</p>"


def test_five_megabytes_with_pictures_are_pasted_quickly_and_the_text_is_kept(form):
    page = form()
    picture = f'<img src="data:image/png;base64,{"iVBORw0KGgo" * 50_000}">'
    paragraphs = "".join(
        f"<p class=MsoNormal style='margin:0cm'>Line {n} <b>of many</b></p>" for n in range(1000)
    )
    pasted = WORD.replace("<!--EndFragment-->", picture * 9 + paragraphs)
    assert len(pasted) > 5_000_000
    began = time.monotonic()
    paste(page, html=pasted)
    stored = page.locator("#id_body").input_value()
    assert time.monotonic() - began < 10
    assert "Line 999" in stored
    assert "img" not in stored
    assert page.get_by_text("Pictures were left out").is_visible()


def test_opening_and_saving_changes_nothing_and_an_edit_changes_one_paragraph(form):
    first, rest = "<p>First.</p>", "<ul>\n <li>one</li>\n</ul>\n<blockquote>said</blockquote>"
    release = DraftFactory(title="Kept", body=first + rest)
    stored = release.body
    page = form(f"press/pressrelease/{release.pk}/change/")
    text_box(page).click()
    save(page)
    assert body_of("Kept") == stored

    page = form(f"press/pressrelease/{release.pk}/change/")
    text_box(page).click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("The ")
    save(page)
    assert body_of("Kept") == "<p>The First.</p>" + rest


def test_a_text_that_cannot_be_held_is_edited_as_html(form):
    body = "<ul><li>a</li><ul><li>b</li></ul></ul>"
    release = DraftFactory(title="Odd", body=body)
    page = form(f"press/pressrelease/{release.pk}/change/")
    page.get_by_text("the editor would change").wait_for()
    assert page.locator("[contenteditable=true]").count() == 0
    page.get_by_role("button", name="Show formatted").click()
    assert page.get_by_label("Body").input_value() == body
    save(page)
    assert body_of("Odd") == body


def test_an_editor_looks_at_the_html_and_comes_back(form):
    page = form()
    page.get_by_role("textbox", name="Title").fill("Both")
    text_box(page).fill("one")
    tool(page, "Show as HTML").click()
    page.get_by_label("Body").fill("<h2>two</h2>")
    page.get_by_role("button", name="Show formatted").click()
    text_box(page).get_by_role("heading", name="two").wait_for()
    page.keyboard.press("Control+End")
    page.keyboard.type(" three")
    save(page)
    assert body_of("Both") == "<h2>two three</h2>"


def test_a_draft_that_is_put_back_is_in_the_editor_and_goes_on_from_there(form):
    release = DraftFactory(title="Draft", body="<p>As stored.</p>")
    address = f"press/pressrelease/{release.pk}/change/"
    page = form(address)
    text_box(page).fill("What I typed")
    page.wait_for_timeout(800)
    page = form(address)
    assert text_box(page).inner_text() == "As stored."
    page.get_by_role("button", name="Put back what you typed at").click()
    assert text_box(page).inner_text() == "What I typed"
    page.keyboard.press("Tab")
    text_box(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(", and more")
    save(page)
    assert body_of("Draft") == "<p>What I typed, and more</p>"


def test_a_stale_save_shows_both_texts_and_keeps_mine_in_the_editor(form):
    release = DraftFactory(title="Stale", body="<p>As stored.</p>")
    page = form(f"press/pressrelease/{release.pk}/change/")
    text_box(page).fill("Mine")
    release.body = "<p>Theirs</p>"
    release.save()
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("Nothing was saved: compare").wait_for()
    assert page.get_by_label("Body, yours").input_value() == "<p>Mine</p>"
    assert text_box(page).inner_text() == "Mine"
    save(page)
    assert body_of("Stale") == "<p>Mine</p>"


def test_the_body_of_a_plain_page_is_edited_in_the_same_way(form):
    stored = Page.objects.first()
    page = form(f"pages/page/{stored.pk}/change/")
    text_box(page).click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("New: ")
    save(page)
    body = Page.objects.get(pk=stored.pk).body
    assert body.startswith("<p>New: ")
    assert shown(body.replace("New: ", "")) == shown(stored.body)


def test_the_toolbar_is_one_stop_of_the_tab_key_and_the_arrows_go_through_it(form):
    page = form()
    page.get_by_label("Kind of paragraph").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.title") == "Bold"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.title") == "Show as HTML"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.ariaLabel") == "Kind of paragraph"
    page.keyboard.press("Tab")
    assert text_box(page).evaluate("box => box === document.activeElement")
    page.keyboard.press("Tab")
    assert not text_box(page).evaluate("box => box === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_is_accessible_and_fits_a_phone(site, people, open_page, scheme):
    release = DraftFactory(body="".join(HELD[:6]) + HELD[12])
    page = open_page(f"{site}/admin/", color_scheme=scheme, **PHONE)
    sign_in(page, people, "editor")
    page.goto(f"{site}/admin/press/pressrelease/{release.pk}/change/")
    text_box(page).get_by_role("table").get_by_text("c", exact=True).click()
    tool(page, "Delete the table").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    seen = [serious(page)]
    tool(page, "Caption of the table").click()
    page.get_by_role("dialog").wait_for()
    seen.append(serious(page))
    page.keyboard.press("Escape")
    tool(page, "Show as HTML").click()
    page.get_by_role("button", name="Show formatted").wait_for()
    seen.append(serious(page))
    assert seen == [[], [], []]


def serious(page):
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in Axe().run(page, options=AXE).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
