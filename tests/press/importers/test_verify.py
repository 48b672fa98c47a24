import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from press.importers.ledger.verify import verify
from press.importers.run import Options, import_releases
from press.importers.sources import SourceError
from press.models import PressRelease
from press.sample import ARCHIVE as CAPTURE
from press.workflow import State
from tests.press.test_revisions import PIXEL

from .test_sources import recorded

pytestmark = pytest.mark.usefixtures("taxonomy")

TEXT = "The crew of the lighthouse kept the lamp burning for the ships on the way to the port."


def page(node, body=f"<p>{TEXT}</p>", day=None):
    day = f"{int(node) % 10} May 2013" if day is None else day
    return (
        f'<html lang="en"><link rel="canonical" href="https://old.example/fom/{node}"><article>'
        f"<p>Press release</p><h1>Lamp {node}</h1><dl><dt>Date:</dt><dd>{day}</dd><dt>Source:</dt>"
        f"<dd>ODIHR</dd></dl>{body}</article>"
    )


@pytest.fixture
def run(tmp_path):
    for node in (4711, 4712):
        (tmp_path / f"{node}.html").write_text(page(node))
    table = "<table><tr><td>Who</td><td>All</td></tr></table>"
    (tmp_path / "4713.html").write_text(
        page(4713, f"<p>{TEXT}</p>{table}<p><a href='https://a.example/'>More</a></p>")
    )
    (tmp_path / "4714.html").write_text(page(4714, day=""))
    return import_releases([str(tmp_path)]).row


def codes(run, **more):
    return sorted({(each.code, each.path.rpartition("/")[2]) for each in verify(run, **more)})


def test_what_was_just_imported_is_as_its_sources(run):
    assert codes(run) == []
    assert PressRelease.objects.filter(state=State.DRAFT).count() == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"body": "<p>The crew of the lighthouse kept the ships.</p>"}, "text"),
        ({"body": f"<p>{TEXT}</p><p>Who All More</p>"}, "elements"),
        ({"title": "Lamp"}, "text"),
        ({"published_at": "2013-05-04T00:00:00+02:00"}, "date"),
    ],
)
def test_what_differs_from_its_source_is_found(run, change, found):
    # As a fault of ours would leave it: behind the back of all that would count it as an edit.
    release = PressRelease.objects.get(legacy_key="4713:en")
    super(type(PressRelease.objects.all()), PressRelease.objects.filter(pk=release.pk)).update(
        **change
    )

    assert (found, "4713.html") in codes(run)


def test_an_old_address_that_leads_elsewhere_is_found(run):
    release = PressRelease.objects.get(legacy_key="4713:en")
    release.legacy_urls.all().delete()
    PressRelease.objects.filter(pk=release.pk).update(legacy_key="9999:en")

    assert codes(run) == [("address", "4713.html")]


def test_of_several_captures_in_a_web_archive_the_one_that_was_taken_is_compared(
    tmp_path, taxonomy
):
    older, newer = (
        recorded(("https://old.example/fom/4711", "text/html", each.encode()), is_gzip=False)
        for each in (page(4711, "<p>An older text.</p>", day="2 May 2013"), page(4711))
    )
    (tmp_path / "a.warc").write_bytes(older + newer.replace(b"2011-06-16", b"2012-06-16"))

    run = import_releases([str(tmp_path / "a.warc")]).row

    assert (run.counts["created"], codes(run)) == (1, [])


def test_a_picture_that_got_lost_is_found(tmp_path, taxonomy):
    (tmp_path / "x.png").write_bytes(PIXEL)
    (tmp_path / "4711.html").write_text(page(4711, f'<p>{TEXT}</p><img src="x.png" alt="Lamp">'))
    run = import_releases([str(tmp_path / "4711.html")]).row
    assert codes(run) == []

    PressRelease.objects.get().images.all().delete()

    assert codes(run) == [("files", "4711.html")]


def test_what_editors_changed_since_is_not_compared(run):
    release = PressRelease.objects.get(legacy_key="4711:en")
    release.title = "A better lamp"
    release.save()

    assert codes(run) == []


def test_it_tells_how_many_it_compared_and_how_many_it_passed_over(run):
    release = PressRelease.objects.get(legacy_key="4711:en")
    release.title = "Another lamp"
    release.save()
    out = StringIO()

    call_command("import_verify", "last", stdout=out)

    assert "3 compared, 1 passed over since they were edited." in out.getvalue()


def test_the_manifest_of_the_import_is_read_again(tmp_path):
    (tmp_path / "a.txt").write_text((CAPTURE / "1995-chisinau-reading-room.txt").read_text())
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("path,url\na.txt,https://old.example/fom/4711\n")
    run = import_releases([str(tmp_path)], manifest=str(manifest)).row
    assert PressRelease.objects.get().legacy_key == "4711:en"

    assert codes(run) == []
    manifest.unlink()
    with pytest.raises(SourceError, match="manifest"):
        codes(run)


def test_a_release_that_only_got_another_kind_of_change_is_still_compared(run, tmp_path):
    for release in PressRelease.objects.all():
        release.save(update_fields=["precision"])  # a version of its own, with the same texts
    (tmp_path / "4714.html").unlink()

    assert codes(run) == [("source", "4714.html")]


def test_a_source_that_changed_or_is_gone_is_found(run, tmp_path):
    (tmp_path / "4711.html").write_text(page(4711, f"<p>{TEXT} And more of it.</p>"))
    (tmp_path / "4714.html").unlink()

    assert codes(run) == [("source", "4714.html"), ("text", "4711.html")]


def test_a_release_that_is_gone_and_counts_that_do_not_close_are_found(run):
    PressRelease.objects.filter(legacy_key="4714:en").delete()
    run.counts["created"] = 7

    assert {code for code, _ in codes(run)} == {"gone", "counts"}


def test_it_stops_when_its_time_is_over_and_says_so(run):
    assert ("time", "") in codes(run, until=1)


def test_the_same_seed_draws_the_same_sample(run, tmp_path):
    for path in tmp_path.iterdir():
        path.write_text(page(path.stem, "<p>Quite another text, which says something else.</p>"))

    first, again = codes(run, sample=1, seed=3), codes(run, sample=1, seed=3)

    assert first == again
    assert ("text", "4714.html") in first  # which had no date: hard cases are always looked at
    assert len(first) < 4


def test_the_command_ends_with_1_when_something_differs(run, tmp_path):
    out = StringIO()
    call_command("import_verify", str(run.pk), stdout=out)
    assert "as its sources" in out.getvalue()
    (tmp_path / "4711.html").write_text(page(4711, "<p>Something else stands here now.</p>"))

    with pytest.raises(SystemExit) as end:
        call_command("import_verify", "last", stdout=out)

    assert end.value.code == 1
    assert "text: " in out.getvalue()


def test_an_unknown_run_is_refused(db):
    with pytest.raises(CommandError, match="there is no import “77”"):
        call_command("import_verify", "77")


def test_of_several_captures_of_an_item_the_one_that_counts_is_compared(tmp_path):
    for name, text in (("a.html", TEXT), ("b.html", f"{TEXT} And it burns still.")):
        (tmp_path / name).write_text(page(4711, f"<p>{text}</p>"))
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("path,captured_at\na.html,2013-05-04\nb.html,2014-05-04\n")

    run = import_releases([str(tmp_path)], Options(batch_size=1), manifest=str(manifest)).row

    assert run.counts == {"created": 1, "updated": 1}
    assert (codes(run), "still" in PressRelease.objects.get().text) == ([], True)


def test_a_run_over_lists_has_nothing_to_compare(run):
    run.options["is_listing"] = True
    run.save()

    with pytest.raises(CommandError, match="verify the import of their items"):
        call_command("import_verify", "last")


def test_findings_are_told_as_json(run, tmp_path):
    (tmp_path / "4711.html").write_text(page(4711, "<p>Something else stands here now.</p>"))
    out = StringIO()

    call_command("import_verify", "last", json=True, max_findings=9, stdout=out)

    told = json.loads(out.getvalue())
    assert (told["run"], told["compared"], told["edited"]) == (run.pk, 4, 0)
    assert {finding["code"] for finding in told["findings"]} == {"text"}


def test_what_stands_beside_the_sources_since_does_not_confuse_it(run, tmp_path):
    (tmp_path / "4710.html").write_text(page(4710))
    (tmp_path / "4712.html").unlink()

    assert codes(run) == [("source", "4712.html")]


def test_sources_that_moved_are_found_by_their_names(run, tmp_path):
    moved = tmp_path.parent / "moved"
    tmp_path.rename(moved)
    (moved / "4710.html").write_text(page(4710))

    assert codes(run, names=[str(moved)]) == []


def test_a_run_that_wrote_nothing_is_not_called_well(run, tmp_path):
    import_releases([str(tmp_path)])

    with pytest.raises(CommandError, match="Nothing was compared"):
        call_command("import_verify", "last")
