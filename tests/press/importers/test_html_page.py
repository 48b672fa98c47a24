import pytest
from hypothesis import given
from hypothesis import strategies as st

from osce_cms.html import sanitise
from press.importers.messages import NotARelease
from press.importers.readers.html_page import read, recognises
from press.importers.readers.item import Picture
from press.importers.readers.markup import outline, taken_apart, to_paragraphs
from press.importers.readers.reading import decode

FIRST = (
    "NICOSIA, 7 March 2014 – Two choirs that share one rehearsal room sang the same song in two "
    "languages today, at the close of a project on schools and memory."
)
SECOND = "The room will stay open on Sundays."
BODY = f"<p>{FIRST}</p><p>{SECOND}</p>"
DL = "<dl><dt>Date:</dt><dd>7 March 2014</dd><dt>Source:</dt><dd>HCNM</dd></dl>"


def page(inside, *, head="", around="<article>{}</article>", lang="en"):
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>t</title>{head}</head>'
        f'<body><header><a href="/">Home</a></header><nav><ul><li>Source: everywhere</li></ul></nav>'
        f"{around.format(inside)}<footer>Imprint</footer></body></html>"
    )


def release(
    labels=DL, body=BODY, *, kind='<p class="kicker">Press release</p>', title="Two choirs", **more
):
    return page(f"{kind}<h1>{title}</h1>{labels}{body}", **more)


def test_a_page_is_read_without_what_is_around_it():
    item = read(release(head='<link rel="canonical" href="https://old.example/hcnm/4711">'))

    assert (item.title, item.kind, item.language) == ("Two choirs", "Press release", "en")
    assert item.labels == {"date": ["7 March 2014"], "source": ["HCNM"]}
    assert item.url == "https://old.example/hcnm/4711"
    assert item.body == BODY


@pytest.mark.parametrize(
    "labels",
    [
        DL,
        "<p>Date: 7 March 2014</p><p>Source: HCNM</p>",
        "<p>Date:</p><p>7 March 2014</p><p>Source:</p><p>HCNM</p>",
        "<p><strong>Date:</strong> 7 March 2014</p><p><strong>Source:</strong> HCNM</p>",
        "<p><strong>Date</strong>: 7 March 2014</p><p><strong>Source</strong>: HCNM</p>",
        "<p><b>Date:</b>&nbsp;7 March 2014<br><b>Source:</b> HCNM</p>",
        "<p><b>Date:</b> 7 March 2014 <b>Source:</b> HCNM</p>",
        "<p><strong>Date:</strong><br>7 March 2014</p><p><strong>Source:</strong><br>HCNM</p>",
        "<strong>Date:</strong> 7 March 2014 <strong>Source:</strong> <a href='/x'>HCNM</a>",
        "<span>Date:</span><span>7 March 2014</span><span>Source:</span><span>HCNM</span>",
        "<span>Issued on:</span> <span>7 March 2014</span> <span>Where we are:</span> <b>HCNM</b>",
        "<ul><li>Date: 7 March 2014</li><li>Source: HCNM</li></ul>",
        "<ul><li><span>Date:</span> 7 March 2014</li><li><span>Source:</span> HCNM</li></ul>",
        "<table><tr><th>Date:</th><td>7 March 2014</td></tr><tr><th>Source:</th><td>HCNM</td></tr></table>",
        "<h3>Date:</h3><p>7 March 2014</p><h3>Source:</h3><ul><li>HCNM</li></ul>",
        "<div><div>Date:&nbsp;</div><div><div><span>7 March 2014</span></div></div></div>"
        "<div><div>Source:&nbsp;</div><div><div><a href='/x'>HCNM</a></div></div></div>",
        "<div class=f><div><strong>Date:</strong></div><div>7 March 2014</div>"
        "<div><strong>Source:</strong></div><div>HCNM</div></div>",
        "<aside><dl><dt>Date</dt><dd>7 March 2014</dd><dt>Source</dt><dd>HCNM</dd></dl></aside>",
    ],
)
def test_labels_are_read_in_every_form_and_are_not_in_the_body(labels):
    item = read(release(labels))

    assert item.labels == {"date": ["7 March 2014"], "source": ["HCNM"]}
    assert item.body == BODY


@pytest.mark.parametrize(
    "labels",
    [
        "<dl><dt>Date:</dt><dt>Source:</dt></dl>",
        "<p><strong>Date:</strong></p><p><strong>Source:</strong></p>",
        "<div><b>Date:</b></div><div><b>Source:</b></div>",
        "<div>Date:</div><div>Source:</div>",
    ],
)
@pytest.mark.parametrize("body", [BODY, f'<div class="field-item">{BODY}</div>'])
def test_a_label_without_a_value_does_not_swallow_the_body(labels, body):
    item = read(release(labels, body))

    assert item.labels == {"date": [], "source": []}
    assert item.body == BODY


@pytest.mark.parametrize(
    "values",
    [
        "<dd>Youth</dd><dd>Rule of law</dd>",
        "<dd><a href=1>Youth</a> <a href=2>Rule of law</a></dd>",
        "<dd><a href=1>Youth</a>, <a href=2>Rule of law</a></dd>",
        "<dd><ul><li>Youth</li><li>Rule of law</li></ul></dd>",
        "<dd><div><div><a href=1>Youth</a></div><div><a href=2>Rule of\n law</a></div></div></dd>",
    ],
)
def test_several_values_are_told_apart(values):
    assert read(release(f"<dl><dt>What we do:</dt>{values}</dl>")).labels == {
        "field": ["Youth", "Rule of law"]
    }


def test_a_value_with_markup_inside_stays_one():
    labels = "<dl><dt>Source:</dt><dd>OSCE <em>High</em> Commissioner</dd></dl>"

    assert read(release(labels)).labels == {"source": ["OSCE High Commissioner"]}


def test_labels_of_the_event_in_the_body_stay_in_the_body():
    body = f"{BODY}<p><strong>Date:</strong> 9 March 2014</p><p>Location: Nicosia</p>"

    item = read(release(body=body, kind="<p>Media advisory</p>"))

    assert item.labels["date"] == ["7 March 2014"]
    assert "country" not in item.labels
    assert item.body == body


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("<span>Spot report</span>", DL),
        ("<div><a href='/kinds/5'>Spot report</a></div>", DL),
        ("", f"<div>Spot report</div>{DL}"),
        ("", f"<dl><dt>Content type:</dt><dd>Spot report</dd></dl>{DL}"),
    ],
)
def test_the_kind_stands_around_the_heading_or_is_a_label(kind, labels):
    item = read(release(labels, kind=kind))

    assert item.kind == "Spot report"
    assert item.body == BODY


def test_fields_laid_out_after_the_body_are_labels():
    field = "<div><div>{}:&nbsp;</div><div><div><a href=1>{}</a></div></div></div>"
    body = f"<div>{BODY}</div>{field.format('Where we are', 'HCNM')}{field.format('What we do', 'Youth')}"

    item = read(release("", body))

    assert item.labels == {"source": ["HCNM"], "field": ["Youth"]}
    assert item.body == BODY


def test_a_breadcrumb_is_no_kind():
    crumbs = '<div class="breadcrumb"><a href="/">Home</a> » <span>News</span></div>'

    assert read(release(kind=crumbs)).kind == ""


def test_a_link_in_the_text_that_is_named_like_a_kind_is_text():
    body = f'{BODY}<p>See the <a href="/1">press release</a> of May.</p>'

    item = read(release(body=body, kind=""))

    assert item.kind == ""
    assert "press release</a> of May" in item.body


@pytest.mark.parametrize(
    "body",
    [
        f'<div class="field"><div class="items"><div class="item even">{BODY}</div></div></div>',
        f"<section>{BODY}</section>",
        f"<div>{FIRST}</div><div>{SECOND}</div>",
        f"<div>{FIRST}</div><div><br></div><div>{SECOND}</div>",
        f"{FIRST}<br><br>{SECOND}",
        f"{FIRST}<br>\n<br />\n<br>{SECOND}<br>",
        f"<div>{FIRST}<br><br>{SECOND}</div>",
        f"<p>{FIRST}</p><p>&nbsp;</p><p></p>{SECOND}",
        f"<center><font size=2>{FIRST}</font></center><p>{SECOND}",
        f'<!-- a div: <div " --><p>{FIRST}</p><!-- " --><p>{SECOND}</p>',
        f"<div title='a > b'>{FIRST}</div><p onclick='x()'>{SECOND}</p>",
    ],
)
def test_paragraphs_are_found_however_they_are_written(body):
    assert read(release(body=body)).body == BODY


def test_line_breaks_in_the_source_are_spaces():
    body = FIRST.replace(" ", "\n") + "\n\n" + SECOND

    assert " ".join(read(release(body=body)).body.split()).replace("</p> <p>", "</p><p>") == BODY


def test_lists_tables_quotes_and_inline_markup_are_kept():
    body = (
        f"<p>{FIRST}</p><ul><li>one</li><li>two</li></ul><blockquote><p>“So be it.”</p></blockquote>"
        "<table><tbody><tr><th>Day</th><td>Song</td></tr></tbody></table>"
        "<h2>After</h2><p>The <em>end</em>.</p>"
    )

    assert read(release(body=body)).body == body


def test_other_headings_become_headings_we_have():
    body = f"{BODY}<h1>Day one</h1><p>x</p><h5>Contacts</h5><p>y</p>"

    html = read(release(body=body)).body

    assert html == f"{BODY}<h2>Day one</h2><p>x</p><h4>Contacts</h4><p>y</p>"


def test_a_heading_that_stands_twice_is_no_text():
    assert read(release(body=f"<h1>Two choirs</h1>{BODY}")).body == BODY


def test_an_empty_heading_around_a_logo_is_not_the_title():
    text = page(f'<h1><img src="logo.png"></h1><p>News</p><h1>Two choirs</h1>{DL}{BODY}')

    assert read(text).title == "Two choirs"


def test_figures_become_pictures_with_their_captions():
    image = '<img src="images/a.png" alt="Choir &amp; room">'
    figure = f"<figure>{image}<figcaption>The <b>room</b></figcaption></figure>"

    item = read(release(body=f"{figure}<p>{FIRST}<img src=b.jpg></p><p>{SECOND}</p>"))

    assert item.pictures == [
        Picture("images/a.png", "Choir & room", "The room"),
        Picture("b.jpg", "", ""),
    ]
    assert item.body == BODY


def test_a_figure_around_a_table_keeps_the_table():
    body = f"{BODY}<figure class=table><table><tbody><tr><td>12</td></tr></tbody></table></figure>"

    assert "<td>12</td>" in read(release(body=body)).body


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
        "<iframe src=//evil.example></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<form><input><button>Send alert(1)</button></form>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<template><p>alert(1)</p></template>",
    ],
)
def test_what_acts_is_gone_with_all_that_is_in_it(hostile):
    assert read(release(body=BODY + hostile)).body == BODY


def test_attributes_that_act_are_gone():
    body = f"<p onclick='x()' style='top:0' class=c id=d>{FIRST}</p><p><a href='javascript:x()'>y</a></p>"

    html = read(release(body=body)).body

    assert not any(each in html for each in ("onclick", "style", "class", "id=", "javascript"))


@pytest.mark.parametrize(
    "around",
    [
        "<article>{}</article>",
        "<main>{}</main>",
        "<div role=main>{}</div>",
        "<div id=content>{}</div>",
        "<div>{}</div>",
        "<main><article>{}</article></main>",
        "<article>{}<article><h2>Another</h2><p>Teaser.</p></article></article>",
        "<article>{}</article><article><h2>Another</h2><p>Teaser.</p></article>",
    ],
)
def test_the_release_is_found_in_whatever_holds_it(around):
    item = read(release(around=around))

    assert item.title == "Two choirs"
    assert "Teaser" not in item.body
    assert item.body.endswith(BODY)


def test_the_heading_may_stand_outside_of_the_article():
    text = page(f"<article>{DL}{BODY}</article>", around="<main><h1>Two choirs</h1>{}</main>")

    item = read(text)

    assert (item.title, item.body) == ("Two choirs", BODY)


def test_without_a_heading_the_title_in_the_head_serves():
    text = page(DL + BODY, head='<meta property="og:title" content="Two  choirs">')

    assert read(text).title == "Two choirs"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (page(""), "no heading"),
        (page(DL + BODY), "no heading"),
        ("<html>", "no heading"),
        (page(f"<h1>Two choirs</h1>{DL}"), "without any text"),
        (page("<h1>Contact</h1><p>Write to us.</p>"), "no labels"),
        (
            page("", around="<article><h2>a</h2></article><article><h2>b</h2></article>{}"),
            "2 articles",
        ),
        (
            page("", around="<article><h1>a</h1></article><article><h1>b</h1></article>{}"),
            "2 articles",
        ),
        (page("<h1>News</h1>" + f"<h3>Title</h3><p>Teaser …</p>{DL}" * 2), "a list"),
        (
            page(
                "<h1>News</h1>"
                + f"<h3>T</h3><p>{FIRST}</p><p>Date: 1 May 2004</p><p>Source: HCNM</p>" * 2
            ),
            "a list",
        ),
        ("<div>" * 5000 + "x", "in each other"),
        (f"<h1>Two choirs{DL}{BODY}", "does not end"),
    ],
)
def test_what_is_no_single_release_is_refused_with_the_reason(text, reason):
    with pytest.raises(NotARelease, match=reason):
        read(text)


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE html>", "\n <html>", "<article>", "<!-- saved -->", "<?xml"]
)
def test_pages_and_parts_of_pages_are_recognised(start):
    assert recognises(start)


def test_a_page_in_the_encoding_it_declares_is_read():
    text = release(title="Два хора").replace("utf-8", "windows-1251").replace("–", "-")

    assert read(decode(text.encode("cp1251"))).title == "Два хора"


def test_latin_1_is_read_as_browsers_do():
    text = release(title="“Two” choirs").replace("utf-8", "iso-8859-1")

    assert read(decode(text.encode("cp1252"))).title == "“Two” choirs"


def test_utf_8_is_read_whatever_a_page_declares():
    text = release(title="Два хора").replace("utf-8", "windows-1251")

    assert read(decode(text.encode())).title == "Два хора"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "not UTF-8: byte 0xFF at position 0"),
        ("<html>Два".encode("cp1251"), "not UTF-8: byte 0xC4 at position 6"),
        ("<meta charset=klingon>Два".encode("cp1251"), "unknown encoding “klingon”"),
        ("<meta charset=hex>Два".encode("cp1251"), "unknown encoding “hex”"),
        ("<meta charset=undefined>Два".encode("cp1251"), "not UNDEFINED"),
        ("<meta charset=ascii>Два".encode("cp1251"), "not ASCII: byte 0xC4"),
        (b"a\0b", "NUL"),
        (b"<meta charset=unicode_escape>\xff\\ud800", "halves of characters"),
        ("Two".encode("utf-32"), "NUL"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data, reason):
    with pytest.raises(NotARelease, match=reason):
        decode(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_byte_order_are_no_text(encoding):
    assert decode("Два хора".encode(encoding)) == "Два хора"


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<h1>",
            "</h1>",
            "<b>",
            "</b>",
            "<dl>",
            "<dt>",
            "<dd>",
            "<br>",
        ),
        *(
            "<table>",
            "<td>",
            "</table>",
            "<a href='x'>",
            "</a>",
            "<ul>",
            "<li>",
            "<figure>",
            "<img src=a>",
        ),
        *(
            "<article>",
            "</article>",
            "<nav>",
            "<form>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<svg>",
        ),
        *(
            "Source:",
            "Date:",
            "7 March 2014",
            "HCNM",
            "Press release",
            FIRST,
            SECOND,
            "\n\n",
            "&nbsp;",
        ),
        *(
            '"',
            "<blockquote>",
            "<h5>",
            "<span>",
            "<aside>",
            "<strong>Source:</strong>",
            "<p",
            "&#0;",
        ),
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map("".join))
def test_any_page_gives_a_title_and_a_clean_body_or_is_refused(inside):
    for text in (inside, release(body=inside), release(labels=inside)):
        try:
            item = read(text)
        except NotARelease as refusal:
            assert str(refusal)
        else:
            assert item.title
            assert item.body
            assert "<script" not in item.body
            stored = sanitise(item.body)
            assert sanitise(stored) == stored


PARTS = [
    *(
        "<p>",
        "</p>",
        "<br>",
        "<b>",
        "</b>",
        "<a href='/x'>",
        "</a>",
        "words ",
        "&nbsp;",
        " ",
        "\n\n",
    ),
    *("<table><tr><td>", "</td></tr></table>", "<ul><li>", "</li></ul>", "<p lang='de'>", "<hr>"),
    *("<h2>", "</h2>", "<blockquote>", "</blockquote>", "&amp;lt;", "<q>", "</q>"),
]


@given(st.lists(st.sampled_from(PARTS), max_size=24))
def test_the_short_way_for_plain_paragraphs_gives_what_the_long_one_does(parts):
    markup = outline("".join(parts))

    assert sanitise(to_paragraphs(markup)) == sanitise(taken_apart(markup))
