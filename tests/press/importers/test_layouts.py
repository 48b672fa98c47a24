import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from press import sample
from press.importers.messages import NotARelease
from press.importers.readers import any_layout, html_page, layouts
from press.importers.readers.item import Download, Picture

FIRST = "NICOSIA, 7 March 2014 – Two choirs that share one rehearsal room sang the same song today."
BODY = f"<p>{FIRST}</p><p>The room will stay open on Sundays.</p>"
NAVIGATION = "<nav><ul><li>Source: everywhere</li></ul></nav>"
SHARE = '<div class="share"><a href="#">Share</a></div>'


def page(inside, lang="en"):
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>t</title>'
        '<link rel="canonical" href="https://old.example/node/4711"></head>'
        f"<body><header>{NAVIGATION}</header>{inside}<footer>Imprint</footer></body></html>"
    )


def layout_of(text):
    """The name of the profile by which text is read, None when none is for it."""
    tree = HTMLParser(text)
    return next((each.name for each in layouts.load() if each.article_in(tree)), None)


def plain(body=BODY):
    return page(
        f'<div id="content"><h1 class="title">Two choirs</h1><div class="node"><div class="content">'
        f'<p>NICOSIA 7 March 2014</p>{body}{SHARE}</div><div class="links">print</div></div></div>'
    )


def items(values, name):
    return "".join(f'<div class="{name}"><a href="/x">{each}</a></div>' for each in values)


def drupal_6(*fields, body=BODY):
    rows = "".join(
        f'<div class="field field-field-item-x"><div class="field-label">{label}&nbsp;</div>'
        f'<div class="field-items">{items(values, "field-item")}</div></div>'
        for label, *values in fields
    )
    return page(
        f'<h1 class="title">Two choirs</h1><div class="node"><div class="content">{rows}'
        '<div class="field field-field-summary"><div class="field-items">'
        f"{items(['Two choirs that …'], 'field-item')}</div></div>"
        f"<div class='field field-body'>{body}</div>{SHARE}</div></div>"
    )


def of_2024(*fields, kicker="Press release", body=BODY, contacts="", lang="en", more=""):
    rows = "".join(
        f'<div class="field"><div class="field__label">{label}</div><div class="field__items">'
        f"{''.join(f'<div class=field__item><a href=/x>{each}</a></div>' for each in values)}</div></div>"
        for label, *values in fields
    )
    return page(
        f'<main><div class="kicker">{kicker}</div><h1>Two choirs</h1>{rows}{more}'
        '<div class="field--name-field-summary">Two choirs that …</div>'
        f'<div class="field field--name-body"><div class="field__item">{body}</div></div>{contacts}'
        '<div class="related"><h2>Related</h2><p>Another one</p></div></main>',
        lang,
    )


def test_the_plain_page_has_a_title_and_a_text_with_its_line_of_place_and_date():
    text = plain()

    item = html_page.read(text)

    assert layout_of(text) == "drupal-6-plain"
    assert (item.title, item.kind, item.labels) == ("Two choirs", "", {})
    assert item.body == f"<p>NICOSIA 7 March 2014</p>{BODY}"


def test_the_labelled_page_has_fields_around_its_text():
    text = drupal_6(
        ("Publishing date:", "7 March 2014"),
        ("Content type:", "Press release"),
        ("Where we are:", "HCNM"),
        ("What we do:", "Youth", "Rule of law"),
    )

    item = html_page.read(text)

    assert layout_of(text) == "drupal-6-labelled"
    assert (item.title, item.kind, item.body) == ("Two choirs", "Press release", BODY)
    assert item.labels == {
        "date": ["7 March 2014"],
        "source": ["HCNM"],
        "field": ["Youth", "Rule of law"],
    }
    assert item.url == "https://old.example/node/4711"


@pytest.mark.parametrize(
    ("lang", "kicker", "date", "source", "field"),
    [
        ("en", "News Item", "Issued on:", "Source:", "Fields of work:"),
        ("ru", "Пресс-релиз", "Дата:", "Источник:", "Что мы делаем"),
        ("de", "Pressemitteilung", "Datum:", "Quelle:", "Arbeitsbereiche:"),
        ("fr", "Communiqué de presse", "Date :", "Émetteur :", "Domaines d’activité :"),
        ("ro", "Comunicat de presă", "Date:", "Source:", "Fields of work:"),
        ("bs", "Saopštenje za javnost", "Issued on:", "Izdavač:", "Fields of work:"),
        ("sr", "Саопштење за јавност", "Датум:", "Издавач:", "Области рада:"),
    ],
)
def test_the_page_of_2024_is_read_in_every_mixture_of_languages(lang, kicker, date, source, field):
    text = of_2024(
        (date, "7 March 2014"), (source, "HCNM"), (field, "Youth"), kicker=kicker, lang=lang
    )

    item = html_page.read(text)

    assert layout_of(text) == "fields-2024"
    assert (item.title, item.kind, item.body, item.language) == ("Two choirs", kicker, BODY, lang)
    assert item.labels == {"date": ["7 March 2014"], "source": ["HCNM"], "field": ["Youth"]}


def test_a_block_of_contacts_stays_at_the_end_of_the_text():
    block = '<section class="block-contacts"><h2>Contacts</h2><p>Ann Bee<br>OSCE</p></section>'

    item = html_page.read(of_2024(("Date:", ""), contacts=block))

    assert item.body == f"{BODY}<h2>Contacts</h2><p>Ann Bee<br>OSCE</p>"
    assert item.labels == {"date": []}


def test_a_label_that_nobody_knows_is_kept_and_reported():
    item = html_page.read(of_2024(("Date:", "7 March 2014"), ("Mood:", "Merry", "Bright")))

    assert item.labels["Mood"] == ["Merry", "Bright"]
    assert [(each.code, each.raw) for each in item.messages] == [
        ("label_unknown", "Mood: Merry, Bright")
    ]


def test_pictures_have_their_description_caption_and_credit():
    figure = (
        '<figure><img src="a.png" alt="Choir"><figcaption>The room <span class="credit">OSCE/Ann Bee</span>'
        "</figcaption></figure>"
    )

    item = html_page.read(
        of_2024(("Date:", "7 March 2014"), more=figure, body=f"{BODY}<img src=b.png>")
    )

    assert item.pictures == [
        Picture("a.png", "Choir", "The room", "OSCE/Ann Bee"),
        Picture("b.png"),
    ]
    assert item.body == BODY


def test_a_block_of_files_is_no_text_but_a_link_in_the_text_is():
    block = '<div class="field--name-field-downloads"><a href="/f/1.pdf?v=2">Report</a></div>'
    body = (
        f'{BODY}<p>See <a href="/f/2.DOCX" title="Annex">the annex</a>, <a href="/x">this</a>.</p>'
    )

    item = html_page.read(of_2024(("Date:", "7 March 2014"), more=block, body=body))

    assert item.downloads == [
        Download("/f/1.pdf?v=2", "Report"),
        Download("/f/2.DOCX", "the annex"),
    ]
    assert "Report" not in item.body
    assert "the annex</a>" in item.body


def test_pages_without_a_profile_have_downloads_too():
    item = html_page.read(
        f'<article><h1>Two choirs</h1>{BODY}<p><a href="a.pdf">Songs</a> '
        '<a href="a.pdf">again</a></p></article>'
    )

    assert item.downloads == [Download("a.pdf", "Songs")]


def test_the_page_of_an_event_is_no_release():
    text = of_2024(
        ("Date:", "7 March 2014"),
        ("Location:", "Nicosia"),
        ("Organized by:", "HCNM"),
        kicker="Conference",
    )

    with pytest.raises(NotARelease) as refusal:
        html_page.read(text)

    assert refusal.value.message.code == "event"


def test_a_media_advisory_may_name_who_holds_the_event():
    item = html_page.read(
        of_2024(("Date:", "7 March 2014"), ("Organized by:", "HCNM"), kicker="Media advisory")
    )

    assert item.labels["organizer"] == ["HCNM"]


def test_addresses_hidden_from_robots_are_shown_where_the_page_tells_them():
    code = bytes([7, *(ord(each) ^ 7 for each in "ann@old.example")]).hex()
    hidden = (
        f'<a href="/cdn-cgi/l/email-protection" data-cfemail="{code}">[email&#160;protected]</a>'
    )

    item = html_page.read(
        of_2024(("Date:", "7 March 2014"), body=f"{BODY}<p>Write to {hidden}.</p>")
    )

    assert item.body == f"{BODY}<p>Write to ann@old.example.</p>"


@pytest.mark.parametrize("path", sorted(sample.ARCHIVE.glob("*.html")), ids=lambda path: path.stem)
def test_the_sample_is_read_by_its_profile_as_by_its_looks(path):
    text = path.read_text("utf-8")

    by_profile = layouts.read(HTMLParser(text))
    by_looks = any_layout.read(HTMLParser(text))

    assert by_profile == by_looks


PROFILE = """
recognise = ["table.pr"]
title = ".pr-title"
kind = ".pr-type"
labels = ".pr-data tr"
label = "th"
value = "td"
body = ".pr-text"
drop = ".pr-teaser"
"""
TABLE = page(
    '<table class="pr"><tr><td><b class="pr-title">Two choirs</b> <i class="pr-type">Press release</i>'
    '<table class="pr-data"><tr><th>Date<td>7 March 2014<tr><th>Source<td>HCNM</table>'
    f'<div class="pr-teaser">Two choirs …</div><div class="pr-text">{BODY}</div></td></tr></table>'
)


def test_a_new_layout_needs_a_file_and_no_code(tmp_path):
    (tmp_path / "table.toml").write_text(PROFILE)

    item = html_page.read(TABLE, layouts.load(tmp_path))

    assert (item.title, item.kind, item.body) == ("Two choirs", "Press release", BODY)
    assert item.labels == {"date": ["7 March 2014"], "source": ["HCNM"]}
    with pytest.raises(NotARelease):
        html_page.read(TABLE, [])


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ("title = ", "wrong.toml"),
        ('title = "h1"', "body"),
        ('title = "h1"\nbody = "p"\ncolour = "red"', "colour"),
        ('title = "h1["\nbody = "p"', "selector"),
        ('title = "h1"\nbody = "p"\nrecognise = ["a["]', "selector"),
    ],
)
def test_a_wrong_profile_is_named_before_any_page_is_read(tmp_path, profile, reason):
    (tmp_path / "wrong.toml").write_text(profile)

    with pytest.raises(ValueError, match=reason) as refusal:
        layouts.load(tmp_path)

    assert "wrong.toml" in str(refusal.value)


@pytest.mark.parametrize(
    "inside",
    [
        "<table class=pr><b class=pr-title>One</b><div class=pr-text></div></table>",
        "<table class=pr></table><b class=pr-title></b><div class=pr-text>Text</div>",
        "<table class=pr></table><b class=pr-title>1</b><b class=pr-title>2</b>"
        "<div class=pr-text>Text</div>",
    ],
)
def test_a_page_without_one_title_and_a_text_is_not_of_a_layout(tmp_path, inside):
    (tmp_path / "table.toml").write_text(PROFILE)

    assert layouts.read(HTMLParser(page(inside)), layouts.load(tmp_path)) is None
