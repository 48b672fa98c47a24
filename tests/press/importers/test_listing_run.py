"""What list pages tell fills in what releases lack, before and after these are imported."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from press.models import CountrySuggestion, ImportItem, ListedItem, Origin, PressRelease
from press.workflow import State
from tests.factories import CountryFactory, StructureFactory

from .test_import import TEXT, Run, capture, page

pytestmark = pytest.mark.usefixtures("taxonomy")

TITLE = "Lighthouse lamp burns on"


def entry(node=4711, *, title=TITLE, day="3 May 2013", kind="Press release", source="", field=""):
    more = " ".join(
        f"<span>{label}:</span> <a href=/x>{value}</a>"
        for label, value in [("Where we are", source), ("What we do", field)]
        if value
    )
    return (
        f'<div class=row><h3><a href="/x/{node}">{title}</a></h3><div><span>Publishing date:</span> '
        f"<span>{day}</span> <span>Content type:</span> <span>{kind}</span> {more}</div></div>"
    )


def listing(*entries):
    return (
        '<!DOCTYPE html><html lang="en"><head><title>t</title><link rel="canonical" '
        'href="https://old.example/press-releases?page=3"></head><body><h1>Newsroom</h1>'
        f"{''.join(entries)}</body></html>"
    )


def bare(**parts):
    """A page without labels and kind; its dateline dates it, if day is given."""
    day = parts.pop("day", "")
    dateline = f"TALLINN, {day} – " if day else ""
    markup = page(day="", source="", field="", text=dateline + TEXT, **parts)
    return markup.replace("<p>Press release</p>", "")


def take(path, **options):
    return Run(path, listing=True, **options)


def terms(release):
    return {str(each) for each in release.fields_of_work.all()}


def table():
    """All that a run may write, without what tells runs apart."""
    releases = PressRelease.objects.order_by("legacy_key")
    columns = ["legacy_key", "state", "published_at", "kind", "title", "body", "unmatched_labels"]
    return [
        (values, terms(release), {each.short for each in release.sources.all()})
        for values, release in zip(releases.values_list(*columns), releases, strict=True)
    ]


LISTED = listing(
    entry(4711, source="ODIHR", field="Youth"),
    entry(4712, title="Second lamp", day="4 May 2013", field="Nonsense of work"),
    entry(4799, title="Never seen", day="5 May 2013"),
)


def test_a_draft_gets_its_date_and_is_published_with_kind_and_terms(archive):
    Run(archive("a.html", bare()))
    release = PressRelease.objects.get()
    assert (release.state, release.kind, terms(release)) == (State.DRAFT, "", set())

    run = take(archive("list.html", LISTED))

    release.refresh_from_db()
    assert run.code == 0
    assert run.has(updated=1, skipped=2)
    assert "is not imported yet" in run.out
    assert (release.state, release.kind) == (State.PUBLISHED, "press-release")
    assert timezone.localdate(release.published_at) == date(2013, 5, 3)
    assert (terms(release), release.sources.get().short) == ({"Youth"}, "ODIHR")
    assert any(each.note.startswith("Completed from a list page") for each in release.log.all())
    assert ListedItem.objects.count() == 3


def test_a_saved_list_that_does_not_say_where_it_is_from_is_of_the_old_site(archive):
    Run(archive("a.html", bare().replace("old.example/x", "www.osce.org/odihr")))
    release = PressRelease.objects.get()
    markup = LISTED.replace("https://old.example/press-releases?page=3", "")

    take(archive("list.html", markup.replace("https://old.example", "")))

    release.refresh_from_db()
    assert release.state == State.PUBLISHED


def test_running_it_again_changes_nothing(archive):
    Run(archive("a.html", bare()))
    path = archive("list.html", LISTED)
    take(path)
    before = list(PressRelease.objects.values()), list(ListedItem.objects.values())

    run = take(path)

    assert run.has(updated=0, unchanged=1, skipped=2)
    assert (list(PressRelease.objects.values()), list(ListedItem.objects.values())) == before


@pytest.mark.parametrize("day", ["", "2 May 2013"])
def test_lists_first_or_pages_first_is_the_same(archive, day):
    pages = archive("pages/a.html", bare(day=day)), archive("pages/b.html", bare(node=4712))
    lists = archive("lists/list.html", LISTED)
    Run(*pages)
    take(lists)
    before = table()
    assert Run(*pages).has(updated=0, unchanged=2)
    assert Run(*pages).has(updated=0, unchanged=2)
    assert table() == before
    PressRelease.objects.all().delete()
    ImportItem.objects.all().delete()

    assert Run(*pages).has(created=2)

    assert table() == before
    assert take(lists).has(updated=0)
    assert PressRelease.objects.get(legacy_key="4712:en").unmatched_labels == {
        "field": ["Nonsense of work"]
    }


def test_the_list_goes_before_the_dateline_and_says_so(archive):
    Run(archive("a.html", bare(day="2 May 2013")))

    run = take(archive("list.html", LISTED))

    release = PressRelease.objects.get()
    assert timezone.localdate(release.published_at) == date(2013, 5, 3)
    assert "dated 2013-05-03, but its dateline says 2013-05-02" in run.out


def test_what_the_page_prints_goes_before_the_list_and_the_difference_is_told(archive):
    Run(archive("a.html", page(day="1 May 2013", field="Elections")))
    before = table()

    run = take(archive("list.html", listing(entry(kind="News", field="Youth"), entry(4712))))

    assert table() == before
    assert run.has(conflict=1, updated=0, skipped=1)
    for told in ("date “2013-05-03”", "kind “News”", "field “Youth”"):
        assert f"a list page says {told}" in run.out


def test_what_was_edited_here_is_kept(archive):
    Run(archive("a.html", bare()))
    release = PressRelease.objects.get()
    release.title = "A better title"
    release.save()

    run = take(archive("list.html", LISTED))

    release.refresh_from_db()
    assert run.has(conflict=1)
    assert "was edited here since; kept: A better title" in run.out
    assert (release.published_at, release.state) == (None, State.DRAFT)


@pytest.mark.parametrize("way", ["state", "status"])
def test_what_is_not_for_readers_gets_its_date_and_stays_a_draft(archive, way):
    row = f'{{"id": "4711", "title": "{TITLE}", "body": "{TEXT}", "status": "draft"}}\n'
    path = archive("a.html", bare()) if way == "state" else archive("a.jsonl", row)
    Run(path, **({"state": "draft"} if way == "state" else {}))

    assert take(archive("list.html", LISTED)).has(updated=1)

    release = PressRelease.objects.get()
    assert release.published_at
    assert release.state == State.DRAFT
    assert Run(path, **({"state": "draft"} if way == "state" else {})).has(unchanged=1)
    assert PressRelease.objects.get().state == State.DRAFT


def test_a_text_capture_is_known_by_its_title_and_day(archive):
    text = capture(field="", source="").replace("Press release\n", "")
    Run(archive("a.txt", text))
    assert PressRelease.objects.get().kind == ""

    assert take(archive("list.html", LISTED)).has(updated=1)

    release = PressRelease.objects.get()
    assert (release.kind, terms(release)) == ("press-release", {"Youth"})


def test_an_entry_without_an_address_is_known_by_title_and_day(archive):
    Run(archive("a.html", bare(day="3 May 2013")))
    lines = f"{TITLE}\nPublishing date: 3 May 2013\nContent type: Press release\n"
    other = "Another\nPublishing date: 4 May 2013\nContent type: News\n"

    assert take(archive("list.txt", lines + other)).has(updated=1, skipped=1)

    assert PressRelease.objects.get().kind == "press-release"


def test_two_items_of_one_title_and_day_are_not_taken_for_each_other(archive):
    Run(archive("a.html", bare(node=5000, day="3 May 2013")))

    assert take(archive("list.html", LISTED)).has(updated=0, skipped=3)
    assert Run(archive("a.html", bare(node=5000, day="3 May 2013"))).has(unchanged=1)
    assert PressRelease.objects.get().kind == ""


def test_the_newest_capture_of_a_list_counts(archive):
    rows = ["path,captured_at"]
    for name, day, label in [("a", "2020-01-01", "Youth"), ("b", "2010-01-01", "Elections")]:
        archive(f"{name}.html", listing(entry(field=label), entry(4712)))
        rows.append(f"{name}.html,{day}")
    manifest = archive("manifest.csv", "\n".join(rows))

    run = take(archive.folder, manifest=str(manifest))

    assert run.has(skipped=4)
    assert ListedItem.objects.get(key="4711:en").labels["field"] == ["Youth"]
    assert "an older capture than" in run.out


def test_a_dry_run_says_the_same_and_writes_nothing(archive):
    Run(archive("a.html", bare()))
    path = archive("list.html", LISTED)
    before = table()

    run = take(path, dry_run=True)

    assert run.has(updated=1, skipped=2)
    assert table() == before
    assert not ListedItem.objects.exists()


@pytest.mark.parametrize("name", ["a.html", "a.jsonl", "gone.html"])
def test_what_is_no_list_fails_by_name(archive, name):
    archive("a.html", page())
    archive("a.jsonl", '{"title": "x", "body": "y"}\n')
    archive("list.html", LISTED)

    run = Run(archive.folder / name, archive.folder / "list.html", listing=True)

    assert run.code == 3
    assert run.has(failed=1, skipped=3)
    assert name in run.err


def test_a_rollback_takes_back_what_a_list_added(archive):
    Run(archive("a.html", bare()))
    before = table()
    take(archive("list.html", LISTED))
    assert table() != before

    call_command("import_rollback", str(Origin.objects.get().run_id), "--apply", verbosity=0)

    assert table() == before
    assert not ListedItem.objects.exists()


def test_an_import_asks_once_for_all_that_lists_tell(archive):
    take(archive("list.html", LISTED))

    def asked(count):
        for n in range(count):
            archive(f"pages/{n}.html", bare(node=1000 + n, title=f"Lamp {n}"))
        with CaptureQueriesContext(connection) as found:
            Run(archive.folder / "pages", dry_run=True)
        return sum("press_listeditem" in query["sql"] for query in found)

    assert asked(2) == asked(20) == 2


def test_translations_share_what_a_list_says_of_one(archive):
    german = (
        "Die Leute und das Licht sind für den Hafen und die Schiffe von der Insel nicht zu weit."
    )
    archive("de.html", page(language="de", day="3 May 2013", field="Elections", text=german))
    archive("en.html", bare())
    Run(archive.folder)

    take(archive("list.html", LISTED))

    assert [terms(each) for each in PressRelease.objects.all()] == [{"Elections", "Youth"}] * 2


@pytest.mark.parametrize(
    "option", [{"strict": True}, {"sample": 3}, {"no_files": True}, {"state": "draft"}]
)
def test_options_that_say_nothing_about_lists_are_refused(archive, option):
    with pytest.raises(CommandError) as refusal:
        call_command("import_releases", str(archive("l.html", LISTED)), listing=True, **option)

    assert refusal.value.returncode == 2
    assert "does not go with --listing" in str(refusal.value)


def test_a_structure_that_a_list_tells_suggests_its_host_country(archive):
    office = StructureFactory(name="Harbour Office", host_country=CountryFactory(name="Malta"))
    Run(archive("a.html", bare(day="3 May 2013")))
    assert not CountrySuggestion.objects.exists()

    take(archive("l.html", listing(entry(source="Harbour Office"), entry(4712))))

    suggestion = CountrySuggestion.objects.get()
    assert (suggestion.country, suggestion.reason) == (office.host_country, "host")
