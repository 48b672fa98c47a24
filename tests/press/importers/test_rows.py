import json
import pickle
from datetime import datetime

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from press.importers.messages import ERRORS, INFOS, WARNINGS, NotARelease, message
from press.importers.readers.item import Capture, Download, Item, Picture
from press.importers.readers.reading import read
from press.importers.readers.rows import FIELDS
from press.importers.readers.vocabulary import LABELS
from press.importers.run import import_releases
from press.models import PressRelease
from press.workflow import State

TEXT = "The crew of the lighthouse kept the lamp burning."


def item(**fields):
    row = {"title": "Lamp burns on", "body": TEXT} | fields
    return read(Capture("a.jsonl:1", json.dumps(row).encode(), is_row=True))


def refusal(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(NotARelease) as refused:
        read(Capture("a.jsonl:1", data, is_row=True))
    return refused.value.message


def test_a_row_says_all_that_a_page_does():
    row = {
        "nid": 52543,
        "headline": " Lamp  burns\non ",
        "body_html": "<div><p>One <b>lamp</b>.</p><script>x</script>Two</div>",
        "Content-Type": "press_release",
        "LangCode": "EN-gb",
        "published_at": "2011-06-15T23:30:00Z",
        "Where we are": ["OSCE Secretariat", {"name": "ODIHR", "tid": 24}],
        "topics": "Policing; Youth | Elections",
        "countries": "Albania",
        "meeting": "",
        "images": [
            {"url": "a.png", "alt_text": "A lamp", "caption": "Lit.", "credit": "Me"},
            "b.png",
        ],
        "attachments": [{"href": "a.pdf", "title": "The text"}, "b.pdf"],
        "status": 1,
    }

    read_row = read(Capture("a.jsonl:1", json.dumps(row).encode(), is_row=True))

    assert read_row == Item(
        title="Lamp burns on",
        body="<p>One <b>lamp</b>.</p><p>Two</p>",
        kind="press release",
        labels={
            "date": ["2011-06-16"],  # in Vienna
            "source": ["OSCE Secretariat", "ODIHR"],
            "field": ["Policing", "Youth", "Elections"],
            "country": ["Albania"],
        },
        language="en",
        url="https://www.osce.org/node/52543",
        pictures=[Picture("a.png", "A lamp", "Lit.", "Me"), Picture("b.png")],
        downloads=[Download("a.pdf", "The text"), Download("b.pdf")],
    )
    assert read_row.labels.keys() <= LABELS.keys()
    assert pickle.loads(pickle.dumps(read_row)) == read_row


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("One\nTwo & <3\r\nThree", "<p>One</p><p>Two &amp; &lt;3</p><p>Three</p>"),
        ("One\nmore\n\n \nTwo", "<p>One<br>more</p><p>Two</p>"),
        ("a <b>and</b> b", "<p>a <b>and</b> b</p>"),
        ("One<br/>Two", "<p>One<br>Two</p>"),
        (
            "<html><head><title>No</title></head><body><h1>H</h1><p>P</p></body></html>",
            "<h2>H</h2><p>P</p>",
        ),
    ],
)
def test_a_body_is_a_text_or_html(body, html):
    assert item(body=body).body == html


def test_pictures_in_the_body_come_once_and_are_described_by_the_list():
    row = item(
        body=f'<p>{TEXT}</p><img src="a.png"><img src="b.png" alt="B">',
        images=[{"src": "b.png", "alt": "no", "credit": "Me"}, {"src": "c.png"}],
    )

    assert row.pictures == [Picture("a.png"), Picture("b.png", "B", "", "Me"), Picture("c.png")]


@pytest.mark.parametrize(
    ("fields", "url", "urls"),
    [
        ({}, "", []),
        ({"id": "12345"}, "https://www.osce.org/node/12345", []),
        ({"id": "a/b c"}, "https://www.osce.org/node/a%2Fb%20c", []),
        ({"url": "/pc/52458"}, "https://www.osce.org/pc/52458", []),
        (
            {"url": "https://old.example/alias", "nid": 7777},
            "https://old.example/alias",
            ["https://www.osce.org/node/7777"],
        ),
        ({"url": "http://["}, "http://[", []),
    ],
)
def test_an_item_is_known_by_its_address_and_its_number(fields, url, urls):
    assert (item(**fields).url, item(**fields).urls) == (url, urls)


@pytest.mark.parametrize(
    ("date", "printed"),
    [
        ("16 June 2011", "16 June 2011"),
        ("2011-06-16", "2011-06-16"),
        ("2011-06-16T23:30:00", "2011-06-16"),
        ("2011-06-15 23:30:00+00:00", "2011-06-16"),
        (1308182400, "2011-06-16"),
        ("1308182400", "2011-06-16"),
        ("2011-06-16T99:00", "2011-06-16T99:00"),
        ("6/5/2011", "6/5/2011"),
    ],
)
def test_a_date_stays_as_it_is_but_a_point_in_time_is_a_day_in_vienna(date, printed):
    assert item(created=date).labels["date"] == [printed]


@pytest.mark.parametrize(
    ("fields", "is_published"),
    [
        ({}, True),
        ({"status": "Published"}, True),
        ({"status": "0"}, False),
        ({"state": "draft"}, False),
        ({"published": False}, False),
        ({"published": True, "created": "2011-06-16"}, True),
        ({"embargo": "2012-01-01"}, True),
        ({"embargo": "2012-05-01T12:00:00+02:00"}, False),
        ({"embargo": "2 May 2012"}, False),
        ({"embargo": "1 March 2012"}, True),
        ({"embargo": 1400000000}, False),
        ({"embargo": "until the meeting ends"}, False),
        ({"embargo": "2012-01-01", "status": "draft"}, False),
    ],
)
@time_machine.travel(datetime(2012, 5, 1, 9, 59), tick=False)
def test_what_the_source_kept_back_is_not_published(fields, is_published):
    assert item(**fields).is_published is is_published


def test_fields_that_nobody_asked_for_are_told_once():
    (told,) = item(weight=3, author="Me", summary="Short.", html="<p>x</p>", empty="").messages

    assert (told.level, told.code, told.raw) == ("info", "fields_ignored", "author, html, weight")


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (b"", "not_json", ""),
        (b"{'a': 1}", "not_json", ""),
        (b'{"title": %s}' % (b"9" * 5000), "not_json", ""),
        (b'{"title": "\xff"}', "wrong_encoding", ""),
        (b'{"a": ' * 100_000, "too_deep", ""),
        (b'{"title": "a", "title": "b"}', "column_twice", ""),
        ({"title": "a", "TITLE": "b"}, "column_twice", ""),
        ([], "not_a_row", ""),
        (3, "not_a_row", ""),
        ({"body": TEXT}, "no_title", ""),
        ({"title": " \n", "body": TEXT}, "no_title", ""),
        ({"title": "x" * 1001, "body": TEXT}, "endless_title", ""),
        ({"title": "a"}, "no_text", ""),
        ({"title": "a", "body": "<p> </p>"}, "no_text", ""),
        ({"title": "a", "body": "<div>" * 2000}, "too_deep", ""),
        ({"title": ["a"], "body": TEXT}, "wrong_type", "title"),
        ({"title": "a", "body": {"value": TEXT}}, "wrong_type", "body"),
        ({"title": "a", "body": TEXT, "date": 1.5}, "wrong_type", "date"),
        ({"title": "a", "body": TEXT, "sources": [["x"]]}, "wrong_type", "source"),
        ({"title": "a", "body": TEXT, "sources": {"tid": 3}}, "wrong_type", "source"),
        ({"title": "a", "body": TEXT, "images": [{"alt": "x"}]}, "wrong_type", "images"),
        ({"title": "a", "body": TEXT, "images": [None]}, "wrong_type", "images"),
        ({"title": "a", "body": TEXT, "id": True}, "wrong_type", "id"),
        ({"title": "a\0", "body": TEXT}, "not_text", "title"),
        ({"title": "a", "body": "\ud800"}, "not_text", "body"),
        ({"title": "a", "body": TEXT, "status": "in limbo"}, "status_unknown", "status"),
        ({"title": "a", "body": TEXT, "status": {"x": 1}}, "status_unknown", "status"),
    ],
    ids=range(27),
)
def test_a_row_that_cannot_be_taken_is_refused_with_code_and_field(row, code, field):
    refused = refusal(row)

    assert (refused.level, refused.code, refused.field) == ("error", code, field)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "src", "alt", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([names[0] for names in FIELDS.values()]), _VALUES))
def test_no_value_breaks_the_reading_of_a_row(fields):
    for base in ({}, {"title": "Lamp", "body": TEXT}):
        try:
            assert read(Capture("a", json.dumps(base | fields).encode(), is_row=True)).title
        except NotARelease as reason:
            assert reason.message.code != "unexpected"


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reading_of_a_row(noise):
    with pytest.raises(NotARelease):
        read(Capture("a", noise, is_row=True))


PAGE = (
    '<html lang="{}"><link rel="canonical" href="{}"><article><h1>Lamp</h1>'
    f"<dl><dt>Source:</dt><dd>ODIHR</dd></dl><p>{TEXT}</p></article>"
)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            PAGE.format("de", "https://old.example/1"),
            ("de", "https://old.example/1", ["https://known.example/2"]),
        ),
        (PAGE.format("", "https://known.example/2"), ("ru", "https://known.example/2", [])),
        (PAGE.format("", ""), ("ru", "https://known.example/2", [])),
    ],
)
def test_what_a_page_says_counts_before_what_is_known_from_outside(page, expected):
    read_page = read(Capture("a.html", page.encode(), url="https://known.example/2", language="ru"))

    assert (read_page.language, read_page.url, read_page.urls) == expected


def test_a_capture_with_a_problem_is_refused_with_it_in_any_process():
    problem = message("row_length", 3, header=2)

    with pytest.raises(NotARelease) as refused:
        read(Capture("a", problem=problem))

    for error in (refused.value, pickle.loads(pickle.dumps(refused.value))):
        assert error.message == problem
        assert str(error) == "3 cells under a header of 2"


def test_every_code_stands_in_one_table():
    assert len(ERRORS | WARNINGS | INFOS) == len(ERRORS) + len(WARNINGS) + len(INFOS)


@pytest.mark.usefixtures("taxonomy")
def test_rows_are_imported_beside_pages_and_a_bad_one_fails_alone(tmp_path):
    rows = [
        {"nid": 52543, "title": "Lamp", "body": TEXT, "date": "2011-06-16", "source": "ODIHR"},
        {"title": "No text"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "b.html").write_text(PAGE.format("en", ""))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("path,url\nb.html,https://old.example/pc/99999\nc.html,\n")

    told = []
    run = import_releases([str(tmp_path)], manifest=str(manifest), tell=told.append)

    assert run.counts == {"created": 2, "failed": 2}
    assert {"52543:en", "99999:en"} == set(
        PressRelease.objects.values_list("legacy_key", flat=True)
    )
    release = PressRelease.objects.get(legacy_key="52543:en")
    assert release.state == State.PUBLISHED
    assert release.published_at == timezone.make_aware(datetime(2011, 6, 16))
    assert release.sources.get().short == "ODIHR"
    assert any(
        each.item.path.endswith("a.jsonl:2") and each.messages[0].code == "no_text" for each in told
    )


def test_the_end_of_a_reference_does_not_part_a_label():
    data = json.dumps(
        {"title": "A", "body": "B", "field": "Youth &amp; Peace; Policing|Gender &#039;x&#039;"}
    )

    found = read(Capture("a.jsonl:1", data.encode(), is_row=True))

    assert found.labels["field"] == ["Youth & Peace", "Policing", "Gender 'x'"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://old.example/a/12345", "https://old.example/a/12345"),
        ("https://old.example/a#", "https://old.example/a"),
        ("https://old.example/a?", "https://old.example/a"),
    ],
)
def test_addresses_that_mean_the_same_are_one(url, expected):
    data = json.dumps({"title": "A", "body": "B", "url": url})

    assert read(Capture("a.jsonl:1", data.encode(), is_row=True)).url == expected
