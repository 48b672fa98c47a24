"""Links of the archive to itself lead to what was imported, and nothing mistakes that for an edit."""

import csv

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from press.importers.prepare import unlinked
from press.importers.writing.links import relink
from press.models import ImportRun, Origin, PressRelease
from structures.models import Structure
from tests.factories import UserFactory

from .test_import import TEXT, Run, page

pytestmark = pytest.mark.usefixtures("taxonomy")

OLD = "https://www.osce.org/cio/4712?utm_source=x&amp;y=1"
LINKS = f'<p>See <a href="/elsewhere">this</a>, <a href="{OLD}">that</a> and <a href="{OLD}">that</a>.</p>'
GONE = '<p>Also <a href="http://osce.org/node/9999">those</a>.</p>'


def linking(node=4711, links=LINKS, **parts):
    return page(node, text=TEXT + links, **parts)


def release(node=4711):
    return PressRelease.objects.get(legacy_key=f"{node}:en")


@pytest.fixture
def pages(archive):
    """A release that links to another one, which comes after it."""
    return archive("a.html", linking()), archive("b.html", page(4712, title="Second lamp"))


def test_links_to_what_was_imported_lead_to_it(pages, client):
    run = Run(*pages)

    ours = release(4712).get_absolute_url()
    body = release().body
    assert body.count(f'href="{ours}"') == 2
    assert 'href="https://old.example/elsewhere"' in body  # "/elsewhere" on its page
    assert "osce.org" not in body
    assert "Links to the old site that lead to releases here now: 2, in 1 releases." in run.out
    assert client.get(ours).status_code == 200


def test_links_come_when_their_target_comes(pages):
    Run(pages[0])
    assert "osce.org" in release().body

    Run(pages[1])

    assert "osce.org" not in release().body


def test_running_it_again_changes_nothing(pages):
    Run(*pages)
    before = list(PressRelease.objects.values()), list(Origin.objects.values())

    assert Run(*pages).has(unchanged=2)
    assert relink()["releases"] == 0

    assert (list(PressRelease.objects.values()), list(Origin.objects.values())) == before


def test_it_is_no_edit_for_what_comes_later(pages, archive):
    label = "Mission to the Moon"
    archive("a.html", linking(source=label))
    Run(*pages)
    linked = release().body
    Structure.objects.get(code="secretariat").names.create(name=label)
    assert Run(*pages).has(updated=1, conflict=0)
    assert release().body == linked

    archive("a.html", linking(source=label, title="Another title"))
    assert Run(*pages).has(updated=1, unchanged=1)

    assert (release().title, release().body) == ("Another title", linked)


def test_what_a_person_edited_is_left_alone_and_stays_a_conflict(pages, archive):
    Run(pages[0])
    edited = release()
    edited.title = "A better title"
    edited.save()
    Run(pages[1])
    assert "osce.org" in release().body

    edited = release(4712)
    edited.body += "<p>More.</p>"
    edited.save()
    archive("b.html", page(4712, title="Third lamp"))
    assert Run(*pages).has(conflict=1)


def test_an_edit_after_it_is_still_an_edit(pages, archive):
    Run(*pages)
    edited = release()
    edited.body = edited.body.replace("See", "Look at")
    edited.save()
    archive("a.html", linking(title="Another title"))

    assert Run(*pages).has(conflict=1)

    assert "Look at" in release().body


def test_nothing_leads_to_what_is_not_public(pages, archive):
    archive("b.html", page(4712, title="Secret lamp", day=""))
    Run(*pages)

    assert "osce.org/cio/4712" in release().body
    assert "secret" not in release().body


def test_links_get_back_what_they_were_when_their_target_goes(pages):
    Run(pages[0])
    before = release().body
    Run(pages[1])
    assert release().body != before

    release(4712).unpublish(by=UserFactory(), reason="Wrong")
    relink()

    assert release().body == before
    assert release().origin.linked == []


def test_a_rollback_takes_the_target_and_the_links_to_it(pages):
    Run(pages[0])
    before = release().body
    Run(pages[1])

    call_command("import_rollback", "last", "--apply", verbosity=0)

    assert release().body == before


def test_a_rollback_does_not_take_links_for_an_edit(pages):
    Run(*pages)

    call_command("import_rollback", str(ImportRun.objects.last().pk), "--apply", verbosity=0)

    assert not PressRelease.objects.exists()


def test_a_dry_run_touches_no_link(pages):
    Run(pages[0])
    before = release().body

    Run(pages[1], dry_run=True)

    assert release().body == before


def test_links_that_lead_nowhere_here_are_listed(pages, archive, tmp_path):
    archive("a.html", linking(links=LINKS + GONE))

    Run(*pages, report=str(tmp_path / "report"))

    with (tmp_path / "report" / "links.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["release", "title", "link"],
        [str(release().pk), release().title, "http://osce.org/node/9999"],
    ]


def test_an_open_correction_is_not_spoilt(pages):
    Run(pages[0])
    before = release()
    PressRelease.objects.create(title="Correction", corrects=before, body=before.body)

    Run(pages[1])

    assert release().body == before.body


def test_many_links_take_few_queries(archive):
    def asked(count):
        target = 9000 + count
        for n in range(count):
            links = LINKS.replace("4712", str(target))
            archive(f"{count}/{n}.html", linking(count * 1000 + n, links))
        Run(archive.folder / str(count), archive(f"{count}/t.html", page(target, title="Target")))
        release(target).unpublish(by=UserFactory(), reason="Wrong")
        with CaptureQueriesContext(connection) as found:
            assert relink()["releases"] == count
        return len(found)

    assert asked(2) == asked(20) <= 20


def test_words_that_look_like_a_link_are_words(archive):
    words = f'<p>Write &lt;a href="{OLD}"&gt; or href="{OLD}".</p>'
    archive("a.html", linking(links=words + LINKS))

    Run(archive.folder, archive("b.html", page(4712, title="Second lamp")))

    assert release().body.count("osce.org/cio/4712") == 2
    assert release().body.count(release(4712).get_absolute_url()) == 2


def test_what_was_put_back_is_what_there_was():
    body = '<p><a href="/1/">a</a><a href="/1/">b</a><a href="/2/">c</a></p>'
    linked = [[1, "/1/", "https://www.osce.org/1"], [2, "/3/", "https://www.osce.org/2"]]

    assert unlinked(body, linked) == body.replace('/1/">b', 'https://www.osce.org/1">b')
    assert unlinked(body, []) is body
