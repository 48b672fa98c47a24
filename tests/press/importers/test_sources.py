import gzip
import io
import json
import os
import pickle
import stat
import struct
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from press.importers.messages import NotARelease
from press.importers.run import import_releases
from press.importers.sources import SourceError, Sources
from press.importers.sources.found import LARGEST
from press.models import PressRelease, ReleaseImage

PAGE = b"<html><h1>Lamp</h1>"
OLD = "https://old.example/press/{}"


@pytest.fixture
def archive(tmp_path):
    """A folder into which files can be written by name."""
    folder = tmp_path / "archive"
    folder.mkdir()

    def write(name, content=PAGE):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    write.folder = folder
    return write


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    """The bytes of a .zip with members (name or ZipInfo, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def recorded(*records, is_gzip=True):
    """The bytes of a web archive with records (url, content type, content[, status, encoding])."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=is_gzip)
    for url, kind, content, *more in records:
        status, headers = (*more, "200", {})[0] if more else "200", [("Content-Type", kind)]
        if len(more) > 1:
            headers.append(("Content-Encoding", more[1]))
        http = StatusAndHeaders(f"{status} OK", headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(content),
            http_headers=http,
            warc_headers_dict={"WARC-Date": "2011-06-16T12:30:00Z"},
        )
        writer.write_record(record)
    return file.getvalue()


def unnamed(value):
    """A name for a parameter: archives differ each time that they are made."""
    return "bytes" if isinstance(value, bytes) else str(value)


def pages(*numbers):
    return [(OLD.format(n), "text/html", f"<h1>{n}</h1>".encode()) for n in numbers]


def captures(*names, manifest=None):
    return list(Sources(map(str, names), manifest and str(manifest)))


def codes(*names, **options):
    return [each.problem and each.problem.code for each in captures(*names, **options)]


def shown(captures_):
    return [(each.path, each.data, each.problem) for each in captures_]


@pytest.fixture
def everything(archive):
    """One source of each kind, some of them with something wrong in them."""
    archive("a.html")
    archive("deep/b.txt", "text")
    archive("rows.jsonl", '{"a": 1}\n\nnot json\n{"a": 2}')
    archive("rows.csv", "title;body\na;b\nc\nd;e\n")
    archive("list.json", '[{"a": 1}, 2]')
    archive("pages.zip", zipped(("x/c.html", PAGE), ("x/../d.html", PAGE), ("t.jsonl", "{}\n{}")))
    archive("no.zip", "no")
    archive("crawl.warc.gz", recorded(*pages(1, 2, 3)))
    archive("picture.png", "x")
    archive(".hidden.html")
    return archive.folder


def test_a_folder_gives_all_that_can_be_read_in_a_stable_order(everything):
    found = captures(everything)

    assert [each.path.removeprefix(f"{everything}/") for each in found] == [
        "a.html",
        f"crawl.warc.gz:{OLD.format(1)}",
        f"crawl.warc.gz:{OLD.format(2)}",
        f"crawl.warc.gz:{OLD.format(3)}",
        "deep/b.txt",
        "list.json:1",
        "list.json:2",
        "no.zip",
        "pages.zip/t.jsonl:1",
        "pages.zip/t.jsonl:2",
        "pages.zip/x/../d.html",
        "pages.zip/x/c.html",
        "rows.csv:2",
        "rows.csv:3",
        "rows.csv:4",
        "rows.jsonl:1",
        "rows.jsonl:3",
        "rows.jsonl:4",
    ]
    assert shown(captures(everything)) == shown(found)


@pytest.mark.parametrize("start", [0, 1, 4, 9, 15, 18, 30])
def test_what_was_done_can_be_left_out(everything, start):
    sources = Sources([str(everything)])

    assert shown(sources.captures(start)) == shown(list(sources)[start:])


def test_what_is_left_out_is_not_read(archive):
    first = archive("a.html")
    archive("b.html")
    rest = Sources([str(archive.folder)]).captures(start=1)
    first.unlink()

    assert [each.problem for each in rest] == [None]


def test_a_file_is_taken_once_however_often_it_is_named(everything):
    assert len(captures(everything, everything / "a.html", everything / "*.html")) == 18


def test_captures_can_be_handed_to_another_process(everything):
    for capture in Sources([str(everything)]):
        assert pickle.loads(pickle.dumps(capture)) == capture


def test_captures_are_counted_unless_that_takes_long(everything):
    assert Sources([str(everything)]).total() is None
    (everything / "crawl.warc.gz").unlink()
    sources = Sources([str(everything)])

    assert sources.total() == len(list(sources)) == 15


def test_the_fingerprint_changes_with_a_file_and_with_the_manifest(archive):
    path = archive("a.html")
    manifest = archive("../manifest.csv", "path,url\na.html,https://old.example/1\n")

    def fingerprint():
        return Sources([str(archive.folder)], str(manifest)).fingerprint()

    first = fingerprint()
    assert fingerprint() == first
    manifest.write_text("path,url\na.html,https://old.example/2\n")
    second = fingerprint()
    path.write_bytes(PAGE + b"!")
    third = fingerprint()
    archive("b.html")

    assert len({first, second, third, fingerprint()}) == 4


@pytest.mark.parametrize(
    ("content", "is_row"),
    [
        (PAGE, False),
        (b"\n Press release", False),
        (b'{"title": "x"}', True),
        (b'\xef\xbb\xbf [{"title": "x"}]', True),
        (zipped(("a.html", PAGE)), False),
        (recorded(*pages(1)), False),
        (recorded(*pages(1), is_gzip=False), False),
    ],
    ids=unnamed,
)
def test_a_file_with_another_name_is_told_by_its_content(archive, content, is_row):
    (capture,) = captures(archive("export.data", content))

    assert capture.problem is None
    assert capture.data
    assert capture.is_row is is_row


def test_a_source_without_anything_is_named_with_its_reason(archive):
    (archive.folder / "empty").mkdir()

    assert codes(archive.folder / "empty", archive.folder / "none.zip") == [
        "no_pages",
        "no_such_file",
    ]
    assert codes(archive("a.zip", zipped(("picture.png", b"")))) == ["empty_archive"]
    assert codes(archive("a.warc", b"")) == ["empty_archive"]


def test_a_page_that_is_too_large_is_refused_without_being_kept(archive):
    path = archive("a.html", b"")
    os.truncate(path, 10**9)

    assert codes(path) == ["too_large"]


# .zip


def linked(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted(name):
    data = bytearray(zipped((name, PAGE)))
    central = data.rindex(b"PK\x01\x02")
    for place in (6, central + 8):
        data[place] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped(("../../etc/a.html", PAGE)), "unsafe_name"),
        (zipped(("/etc/a.html", PAGE)), "unsafe_name"),
        (zipped(("x\\..\\..\\a.html", PAGE)), "unsafe_name"),
        (zipped(("C:\\a.html", PAGE)), "unsafe_name"),
        (zipped((linked("a.html"), "/etc/passwd")), "link_in_archive"),
        (encrypted("a.html"), "encrypted"),
        (zipped(("a.html", b"x" * (LARGEST + 1)), method=0), "too_large"),
        (zipped(("a.html", b"x" * (LARGEST - 1))), "bomb"),
        (zipped(("a.csv", b"x" * 20_000_000)), "bomb"),
        (zipped(*((f"{n}.html", b" " * 900_000) for n in range(10))), "bomb"),
        (zipped(("inner.zip", zipped(("a.html", PAGE)))), "nested_archive"),
        (zipped(("inner.warc.gz", recorded(*pages(1)))), "nested_archive"),
        (zipped(("a.html", PAGE))[:-30], "broken_archive"),
        (b"", "broken_archive"),
    ],
    ids=unnamed,
)
def test_what_a_zip_must_not_hold_is_refused_by_name(archive, content, code):
    first, *others = captures(archive("a.zip", content))

    assert first.problem.code == code
    assert not first.data
    assert not others


def test_a_bad_member_fails_alone(archive):
    content = bytearray(
        zipped(("a.html", PAGE), ("b.html", b"harmed" * 99), ("c.html", PAGE), method=0)
    )
    content[content.index(b"harmed")] ^= 1

    assert codes(archive("a.zip", bytes(content))) == [None, "unreadable", None]


def test_a_size_that_lies_does_not_let_more_in(archive):
    """The directory says 1,000 bytes, the stream has 100 million."""
    content = bytearray(zipped(("a.html", b"x" * 100_000_000)))
    central = content.rindex(b"PK\x01\x02")
    for place in (22, central + 24):
        content[place : place + 4] = struct.pack("<I", 1000)

    (capture,) = captures(archive("a.zip", bytes(content)))

    assert capture.problem or len(capture.data) <= 1000


@given(st.lists(st.text(min_size=1, max_size=30), max_size=5, unique=True))
def test_no_name_in_a_zip_breaks_the_reading_of_it(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    members = [(f"{name}.html", PAGE) for name in names if "\0" not in name]
    try:
        path.write_bytes(zipped(*members))
    except (UnicodeEncodeError, ValueError):
        return  # what no program can write

    assert "unexpected" not in codes(path)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_damage_to_an_archive_breaks_the_reading_of_it(tmp_path_factory, noise, place):
    folder = tmp_path_factory.mktemp("damage")
    for name, whole in [
        ("a.zip", zipped(("a.html", PAGE), ("b.csv", "title,body\n1,2\n"))),
        ("a.warc.gz", recorded(*pages(1, 2))),
        ("a.warc", recorded(*pages(1, 2), is_gzip=False)),
    ]:
        path = folder / name
        path.write_bytes(whole[:place] + noise + whole[place + len(noise) // 2 :])

        assert [
            each for each in captures(path) if each.problem and each.problem.code == "unexpected"
        ] == []


# .warc


@pytest.mark.parametrize("is_gzip", [True, False])
def test_pages_come_from_a_web_archive_with_address_and_day(archive, is_gzip):
    content = recorded(
        *pages(1),
        (OLD.format("gone"), "text/html", b"gone", "404"),
        (OLD.format("moved"), "text/html", b"", "301"),
        (OLD.format("a.png"), "image/png", b"png"),
        ("https://old.example/robots.txt", "text/plain", b"no"),
        (OLD.format("text"), "text/plain; charset=utf-8", b"words"),
        is_gzip=is_gzip,
    )

    first, second = captures(archive("a.warc.gz" if is_gzip else "a.warc", content))

    assert (first.url, first.data) == (OLD.format(1), b"<h1>1</h1>")
    assert first.captured_at == datetime(2011, 6, 16, 12, 30, tzinfo=UTC)
    assert (second.url, second.data) == (OLD.format("text"), b"words")


def test_what_the_server_packed_is_unpacked(archive):
    content = recorded((OLD.format(1), "text/html", gzip.compress(PAGE), "200", "gzip"))

    assert [each.data for each in captures(archive("a.warc.gz", content))] == [PAGE]


def test_the_encoding_that_only_the_server_declared_is_heeded(archive):
    content = recorded(
        (OLD.format(1), "text/html; charset=windows-1251", "маяк".encode("cp1251")),
        (OLD.format(2), "text/html; charset=windows-1251", "маяк".encode()),
        (OLD.format(3), "text/html; charset=nonsense", b"\xff"),
    )

    assert [each.data for each in captures(archive("a.warc.gz", content))] == [
        "маяк".encode(),
        "маяк".encode(),
        b"\xff",
    ]


@pytest.mark.parametrize("size", [LARGEST + 1, 30_000_000])
def test_a_page_that_is_too_large_in_a_web_archive_fails_alone(archive, size):
    packed = gzip.compress(b" " * size)
    content = recorded(
        (OLD.format(1), "text/html", b" " * size),
        (OLD.format(2), "text/html", packed, "200", "gzip"),
        *pages(3),
    )

    assert codes(archive("a.warc.gz", content)) == ["too_large", "too_large", None]


@pytest.mark.parametrize("is_gzip", [True, False])
@pytest.mark.parametrize("start", [0, 1, 2])
def test_a_broken_record_is_told_and_the_next_ones_read(archive, is_gzip, start):
    first, second, third = (recorded(*pages(n), is_gzip=is_gzip) for n in (1, 2, 3))
    if is_gzip:
        second = second[:150] + b"\0" * 40 + second[190:]
    else:
        second = second.replace(b"WARC/1.", b"WALK/1.")
    path = archive("a.warc", first + second + third)

    found = list(Sources([str(path)]).captures(start))

    assert [each.problem and each.problem.code for each in found] == [None, "broken_record", None][
        start:
    ]
    assert found[-1].data == b"<h1>3</h1>"


def test_a_web_archive_that_ends_too_early_says_so(archive):
    content = recorded(*pages(1, 2))

    assert codes(archive("a.warc.gz", content[:-40])) == [None, "broken_record"]


def test_a_web_archive_packed_as_one_piece_is_named_with_what_to_do(archive, capsys):
    content = gzip.compress(recorded(*pages(1, 2), is_gzip=False))

    *_, last = captures(archive("a.warc.gz", content))

    assert last.problem.code == "one_piece"
    assert capsys.readouterr().err == ""


# Tables


def rows_of(path):
    return [json.loads(each.data) for each in captures(path)]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_comes_with_marks_delimiters_and_line_ends_of_all_kinds(archive, mark, delimiter, end):
    lines = [
        ["title", "body"],
        ["One, two; three", '"said ""no""\n\nand went"'],
        ["", ""],
        ["a", "b"],
    ]
    lines[1][0] = '"One, two; three"'
    text = mark + end.join(delimiter.join(line) for line in lines) + end + "\r\n"

    assert rows_of(archive("a.csv", text)) == [
        {"title": "One, two; three", "body": 'said "no"\n\nand went'},
        {"title": "a", "body": "b"},
    ]


def test_rows_are_named_by_the_line_on_which_they_begin(archive):
    path = archive("a.csv", 'title,body\r\na,"b\nc\nd"\r\n\ne,f\n')

    assert [each.path for each in captures(path)] == [f"{path}:2", f"{path}:6"]


def test_the_guard_against_formulas_is_taken_off(archive):
    path = archive("a.csv", "title,body\n'=HYPERLINK(1),'@SUM\n'+1,'quoted'\n")

    assert rows_of(path) == [
        {"title": "=HYPERLINK(1)", "body": "@SUM"},
        {"title": "+1", "body": "'quoted'"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "", ["no_rows"]),
        ("a.csv", "title,body\n", ["no_rows"]),
        ("a.csv", "title,body\n,\n\n", ["no_rows"]),
        ("a.csv", "name,age\nx,3\n", ["no_column"]),
        ("a.csv", "title,body,Title\na,b,c\n", ["column_twice"]),
        ("a.csv", "title,body\na,b\nc\nd,e,f\ng,h\n", [None, "row_length", "row_length", None]),
        ("a.csv", 'title,body\na,b\n"c,d\ne,f\n', [None, "broken_table"]),
        ("a.csv", 'title,body\n"a"b,c\nd,e\n', ["broken_table"]),
        ("a.csv", "title,body\na,b\nc\rd,e\n", [None, "broken_table"]),
        ("a.csv", "title,body\na,b\nVor,Öffnung\n".encode("cp1252"), [None, "wrong_encoding"]),
        ("a.csv", "title,body\na,b\n".encode("utf-16"), ["wrong_encoding"]),
        ("a.csv", b"title,body\n" + b"x" * (LARGEST + 1) + b"\nc,d\n", ["broken_table"]),
        ("a.csv", b'title,body\na,"' + b"x\n" * LARGEST, ["broken_table"]),
        ("a.jsonl", "", ["no_rows"]),
        ("a.jsonl", "\n \n", ["no_rows"]),
        ("a.jsonl", b'{"a": "' + b"x" * LARGEST + b'"}\n{}', ["too_large", None]),
        ("a.jsonl", "{}\n".encode("utf-16"), ["wrong_encoding"]),
        ("a.json", "", ["no_rows"]),
        ("a.json", "[]", ["no_rows"]),
        ("a.json", '{"a":\n1}', [None]),
        ("a.json", '{"a": 1}\n{"a": 2}', [None, None]),
        ("a.json", '[{"a": 1}, {"b"]', ["not_json"]),
        ("a.json", "[" * 100_000, ["too_deep"]),
        ("a.json", b" " * 50_000_001, ["too_large"]),
    ],
)
def test_what_is_wrong_with_a_table_is_told_where_it_is(archive, name, content, expected):
    assert codes(archive(name, content)) == expected


def test_a_byte_that_is_not_utf8_is_named_with_its_place(archive):
    (capture,) = captures(archive("a.csv", "title,body\r\nVor,Öffnung\n".encode("cp1252")))

    assert capture.path.endswith("a.csv:2")
    assert "byte 0xD6 at position 16; the rest" in capture.problem.text


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_nothing_breaks_the_reading_of_tables(tmp_path_factory, noise):
    folder = tmp_path_factory.mktemp("tables")
    for name, start in [("a.csv", b"title,body\n"), ("a.jsonl", b""), ("a.json", b"[")]:
        path = folder / name
        path.write_bytes(start + noise)

        assert "unexpected" not in codes(path)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "zip", "warc.gz"])
def test_a_large_source_is_not_kept_in_memory(archive, kind):
    body = "The lamp burns. " * 30_000  # half a megabyte
    count = 60
    if kind == "jsonl":
        content = "\n".join(json.dumps({"body": body}) for _ in range(count)).encode()
    elif kind == "csv":
        content = ("title,body\n" + f"a,{body}\n" * count).encode()
    elif kind == "zip":
        content = zipped(*((f"{n}.html", body) for n in range(count)), method=0)
    else:
        content = recorded(
            *((OLD.format(n), "text/html", body.encode()) for n in range(count)),
            is_gzip=False,
        )
    path = archive(f"a.{kind}", content)
    tracemalloc.start()
    try:
        for capture in Sources([str(path)]):
            assert capture.problem is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 8_000_000 < len(content)


# The manifest


def test_a_manifest_tells_what_is_known_of_pages_in_folders_and_archives(archive):
    archive("2011/a.html")
    archive("b.html")
    archive("c.html")
    archive("pages.zip", zipped(("x/d.html", PAGE), ("e.html", PAGE)))
    manifest = archive(
        "manifest.csv",
        "\ufefflanguage;path;note;captured_at;url\r\n"
        "EN;2011\\a.html;old;2011-06-16;https://old.example/1\r\n"
        ";./b.html;;20110616123000;\r\n"
        "ru;x/d.html;;2011-06-16T14:30:00+02:00;https://old.example/2\r\n"
        ";pages.zip/e.html;;;https://old.example/3\r\n",
    )

    found = {
        os.path.basename(each.path): (each.url, each.language, each.captured_at)
        for each in captures(archive.folder, manifest=manifest)
    }

    noon = datetime(2011, 6, 16, 12, 30, tzinfo=UTC)
    assert found == {
        "a.html": ("https://old.example/1", "en", datetime(2011, 6, 16, tzinfo=UTC)),
        "b.html": ("", "", noon),
        "c.html": ("", "", None),
        "d.html": ("https://old.example/2", "ru", noon),
        "e.html": ("https://old.example/3", "", None),
    }


def test_a_manifest_elsewhere_counts_from_the_folder_that_is_named(archive):
    archive("2011/a.html")
    manifest = archive("../manifest.csv", "path,url\n2011/a.html,https://old.example/1\n")

    assert [each.url for each in captures(archive.folder, manifest=manifest)] == [
        "https://old.example/1"
    ]


def test_what_stands_in_the_manifest_only_is_told_at_the_end(archive):
    archive("a.html")
    manifest = archive("../manifest.csv", "path,url\nb.html,\na.html,\n../c.html,\n")

    found = captures(archive.folder, manifest=manifest)

    assert [each.problem and each.problem.code for each in found] == [
        None,
        "not_in_sources",
        "not_in_sources",
    ]
    assert found[1].path.endswith("manifest.csv:2")
    assert Sources([str(archive.folder)], str(manifest)).total() == 3


def test_one_row_of_the_manifest_is_not_taken_for_two_pages(archive):
    archive("x/a.html")
    archive("y/a.html")
    manifest = archive("manifest.csv", "path,url\na.html,https://old.example/1\n")

    assert codes(archive.folder / "x", archive.folder / "y", manifest=manifest) == [
        None,
        "named_already",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "row 1: no column path"),
        ("url,language\n", "row 1: no column path"),
        ("path,note\n", "row 1: none of the columns"),
        ("path,url,Path\n", "row 1: column path stands there twice"),
        ("path,url\na,\nb,\na,\n", "row 4, column path: “a” stands in row 2 too"),
        ("path,url\n,https://a.example/\n", "row 2, column path: no path"),
        ("path,url\na,ftp://a.example/\n", "row 2, column url: “ftp:"),
        ("path,language\na,English\n", "row 2, column language: “English”"),
        ("path,captured_at\n\na,16.6.2011\n", "row 3, column captured_at: “16.6.2011”"),
        ("path,captured_at\na,20111316123000\n", "row 2, column captured_at"),
        ('path,url\na,"b\n', "row 2: "),
        ("path,url\nÖ,\n".encode("cp1252"), "row 2: not UTF-8"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_manifest_that_cannot_be_relied_on_stops_everything(archive, content, reason):
    path = archive.folder / "manifest.csv"
    if content is not None:
        archive("manifest.csv", content)

    with pytest.raises(SourceError) as refused:
        Sources([str(archive.folder)], str(path))

    assert f"manifest.csv{', ' if content is not None else ' '}{reason}" in str(refused.value)


@given(st.text(max_size=100))
def test_no_manifest_breaks_more_than_itself(tmp_path_factory, noise):
    path = tmp_path_factory.mktemp("manifest") / "manifest.csv"
    path.write_bytes(b"path,url,captured_at,language\n" + noise.encode("utf-8", "replace"))

    try:
        sources = Sources([], str(path))
    except SourceError:
        return
    assert {each.problem.code for each in sources} <= {"not_in_sources"}


# The files that pages name


@pytest.fixture(params=["folder", "zip"])
def beside(request, archive):
    """The folder of a page x/a.html, in a real folder or a .zip, with some files around it."""
    files = {
        "x/a.html": PAGE,
        "x/near.png": b"near",
        "x/a lamp.png": b"lamp",
        "images/up.png": b"up",
        "files/x.jpg": b"x",
        "other.example/y.jpg": b"y",
        "x/z.jpg?itok=1": b"z",
        "large.png": b"x" * 2_000_001,
    }
    if request.param == "folder":
        for name, content in files.items():
            archive(name, content)
        os.symlink("/etc/hostname", archive.folder / "x/link.png")
        source = archive.folder
    else:
        source = archive("a.zip", zipped(*files.items(), (linked("x/link.png"), "/etc/hostname")))
    return captures(source)[0].folder


@pytest.mark.parametrize(
    ("src", "content"),
    [
        ("near.png", b"near"),
        ("./a%20lamp.png#top", b"lamp"),
        ("../images/up.png", b"up"),
        ("/files/x.jpg", b"x"),
        ("https://www.old.example/files/x.jpg?v=2", b"x"),
        ("//other.example/y.jpg", b"y"),
        ("z.jpg?itok=1", b"z"),
    ],
)
def test_a_file_that_a_page_names_comes_from_beside_it(beside, src, content):
    assert beside.open_file(src) == content


@pytest.mark.parametrize(
    ("src", "code"),
    [
        ("gone.png", "no_such_file"),
        ("", "no_such_file"),
        (".", "no_such_file"),
        ("../../secret.png", "file_outside"),
        ("..%2f..%2fsecret.png", "file_outside"),
        ("/../secret.png", "file_outside"),
        ("/etc/hostname", "file_outside"),
        ("https://old.example/../../etc/hostname", "file_outside"),
        ("link.png", "file_outside"),
        ("https://evil.example/a.png", "file_remote"),
        ("//evil.example/a.png", "file_remote"),
        ("file:///etc/hostname", "file_remote"),
        ("data:image/png;base64,AAAA", "file_remote"),
        ("http://[", "file_unreadable"),
        ("../large.png", "too_large"),
    ],
)
def test_nothing_else_is_opened_for_a_page(beside, settings, src, code):
    settings.UPLOAD_MAX_BYTES = 2_000_000

    with pytest.raises(NotARelease) as refused:
        beside.open_file(src)

    assert refused.value.message.code == code


@given(st.text(max_size=50))
def test_no_address_of_a_file_breaks_the_search_for_it(tmp_path_factory, src):
    folder = tmp_path_factory.getbasetemp() / "beside"
    folder.mkdir(exist_ok=True)
    (folder / "a.html").write_bytes(PAGE)
    (folder / "a.zip").write_bytes(zipped(("a.html", PAGE)))
    for capture in Sources([str(folder)]):
        try:
            assert capture.folder.open_file(src) == PAGE
        except NotARelease:
            continue


@pytest.mark.parametrize("is_gzip", [True, False])
def test_a_file_that_a_page_names_comes_from_any_web_archive_of_the_import(archive, is_gzip):
    archive("a.warc", recorded(*pages(1), is_gzip=is_gzip))
    picture = ("http://OLD.example/press/a%20b.png", "image/png", b"png")
    archive("b.warc", recorded(*pages(2), picture, is_gzip=is_gzip))
    folder = captures(archive.folder)[0].folder

    for src in ("a b.png", "/press/a%20b.png", "https://old.example/press/a%20b.png#x"):
        assert folder.open_file(src) == b"png"
    for src, code in [
        ("other.png", "file_remote"),
        ("2", "file_remote"),
        ("data:,a", "file_remote"),
        ("http://[", "file_unreadable"),
    ]:
        with pytest.raises(NotARelease) as refused:
            folder.open_file(src)
        assert refused.value.message.code == code


PICTURED = (
    b'<html lang="en"><article><h1>Lamp</h1><dl><dt>Source:</dt><dd>ODIHR</dd></dl><p>The lamp burns.</p>'
    b'<img src="images/lamp.png" alt="A lamp"></article>'
)


@pytest.mark.usefixtures("taxonomy")
@pytest.mark.parametrize("kind", ["zip", "warc.gz"])
def test_pictures_come_along_from_archives(archive, kind):
    picture = io.BytesIO()
    Image.new("RGB", (4, 6)).save(picture, "PNG")
    if kind == "zip":
        content = zipped(("p/a.html", PICTURED), ("p/images/lamp.png", picture.getvalue()))
    else:
        content = recorded(
            (OLD.format("1234"), "text/html", PICTURED),
            (OLD.format("images/lamp.png"), "image/png", picture.getvalue()),
        )

    report = import_releases([str(archive(f"a.{kind}", content))])

    assert report.counts == {"created": 1}
    assert (ReleaseImage.objects.get().alt, ReleaseImage.objects.get().height) == ("A lamp", 6)


@pytest.mark.django_db
def test_a_wrong_manifest_ends_the_command_before_anything_is_imported(archive):
    manifest = archive("../manifest.csv", "path,url\na.html,nonsense\n")

    with pytest.raises(CommandError, match=r"row 2, column url: “nonsense”") as refused:
        call_command("import_releases", str(archive("a.html", PICTURED)), manifest=str(manifest))

    assert refused.value.returncode == 1
    assert not PressRelease.objects.exists()
