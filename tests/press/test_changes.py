"""What readers are told of corrections, and what they are not."""

import json
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from press import changes, corrections
from press.models import ChangeNote
from tests.factories import FieldFactory, ReleaseFactory, UserFactory
from tests.press.test_pages import settle
from tests.press.test_preview import image_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def release(now):
    return ReleaseFactory(
        title="Nine observers arrive",
        summary="In short.",
        body="<p>Nine observers came.</p><p>They stay.</p>",
        fields_of_work=[FieldFactory(name="Elections")],
    )


@pytest.fixture
def correct(person):
    """correct(release, note, column=value) publishes a correction and returns its ChangeNote, if any."""

    def corrected(release, note="A name.", *, is_minor=False, images=None, links=None, **columns):
        copy = corrections.begin(release, by=person)
        for name, value in columns.items():
            setattr(copy, name, value)
        copy.save()
        for link, terms in (links or {}).items():
            getattr(copy, link).set(terms)
        if images:
            images(copy)
        copy.submit(by=person)
        corrections.publish(copy, by=UserFactory(), note=note, is_minor=is_minor)
        release.refresh_from_db()
        return release.change_notes.first()

    return corrected


def page_of(client, about):
    answer = client.get(about.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def plainly(page):
    """The main part of a page, without markup, one space between words."""
    main = re.search("<main.*</main>", page, re.DOTALL).group()
    return " ".join(re.sub("<[^>]+>", "", main).split())


# The page of a release


def test_a_corrected_release_says_so_with_its_note_and_what_was_changed(
    client, release, correct, now
):
    note = correct(release, "Ten, not nine.", title="Ten observers arrive")

    page = page_of(client, release)

    assert "Corrected on 24 November 2026. Ten, not nine. What was changed" in plainly(page)
    assert f'href="{note.get_absolute_url()}"' in page
    assert "all 1" not in page
    assert 'property="article:modified_time" content="2026-11-24T12:00:00+01:00"' in page


def test_several_notes_are_listed_newest_first(client, release, correct, now, time_machine):
    notes = []
    for number in range(3):
        time_machine.move_to(now + timedelta(hours=number), tick=False)
        notes.append(correct(release, f"Note {number}.", title=f"Title {number}"))

    page = plainly(page_of(client, release))

    assert "Corrected on 24 November 2026. Note 2. What was changed, and all 3 corrections" in page
    at_end = page[page.rindex("Corrections") :]
    assert re.findall(r"Note \d", at_end) == ["Note 2", "Note 1", "Note 0"]
    assert "What was changed on 24 November 2026, 14:00" in at_end


def test_a_minor_change_shows_nothing(client, release, correct):
    correct(release, is_minor=True, title="Nine observers arrived")

    assert "orrected" not in page_of(client, release)
    assert "orrected" not in client.get("/press-releases/").content.decode()


def test_a_note_is_text_in_the_language_of_its_release(client, correct):
    release = ReleaseFactory(language="ru", summary="x", fields_of_work=[FieldFactory()])
    correct(release, "<script>alert(1)</script> & имя", title="Имя")

    page = page_of(client, release)

    assert '<span lang="ru">&lt;script&gt;alert(1)&lt;/script&gt; &amp; имя</span>' in page
    assert "<script>alert" not in page


def test_corrections_cost_the_page_of_a_release_one_query(
    client, release, correct, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(13) as before:
        client.get(release.get_absolute_url())
    for number in range(3):
        correct(release, title=f"Title {number}")
    with django_assert_num_queries(len(before) + 1):
        client.get(release.get_absolute_url())


def test_lists_mark_what_was_corrected_without_another_query(
    client, release, correct, monkeypatch, django_assert_num_queries
):
    correct(release, title="Ten")
    ReleaseFactory()
    settle(monkeypatch)

    with django_assert_num_queries(2):  # the releases, and the plain pages
        assert client.get("/press-releases/").content.decode().count("Corrected") == 1


# What was changed


def test_a_change_shows_what_readers_saw_before_and_after(client, release, correct):
    note = correct(
        release,
        title="Ten observers arrive",
        summary="Shortly.",
        body="<p>Ten <b>observers</b> came.</p><p>They stay.</p><p>A year.</p>",
        kind="news-item",
    )

    page = page_of(client, note)
    said = plainly(page)

    assert "[removed: Nine] [added: Ten] observers arrive" in said
    assert "Summary [removed: In short.] [added: Shortly.]" in said
    assert "[removed: Nine] [added: Ten] observers came. They stay. [added: A year.]" in said
    assert "Kind [removed: Press release] [added: News item]" in said
    assert "<del>" in page
    assert "<ins>" in page
    assert '<meta name="robots" content="noindex">' in page
    assert f'href="{release.get_absolute_url()}"' in page


def test_terms_and_images_are_told_in_words(client, release, correct):
    image = image_of(release)
    term = FieldFactory(name="Borders")

    def exchange(copy):
        copy.images.all().delete()
        added = image_of(copy)
        added.alt, added.caption = "Harbour", "At noon"
        added.save()

    note = correct(release, links={"fields_of_work": [term]}, images=exchange)

    said = plainly(page_of(client, note))
    assert "Fields of work [removed: Elections] [added: Borders]" in said
    assert "Images [removed: Teal] [added: Harbour · At noon]" in said
    assert image.file.name not in page_of(client, note)
    assert release.images.get().file.name not in page_of(client, note)


def test_another_picture_under_the_same_words_is_told(client, release, correct):
    image_of(release)

    def exchange(copy):
        kept = copy.images.get()
        kept.file = ContentFile(kept.file.read(), "x.png")
        kept.save()

    note = correct(release, images=exchange)

    assert "Images Replaced by another: Teal" in plainly(page_of(client, note))


def test_what_readers_cannot_see_is_not_shown(client, release, correct):
    release.body, release.dateline = "<p>VIENNA, 1 March – They came.</p>", "VIENNA"
    release.save()

    note = correct(
        release,
        slug="another-slug",
        dateline="",
        body=f'{release.body[:-4]} <a href="/x">!</a></p>',
    )
    said = plainly(page_of(client, note))
    assert "Slug" not in said
    assert "Dateline" not in said
    assert "another-slug" not in said

    note = correct(release, body=release.body.replace("/x", "/y"))
    assert "The words are the same before and after." in plainly(page_of(client, note))


def test_a_dateline_is_shown_as_far_as_the_page_prints_it(client, release, correct):
    note = correct(release, dateline="PRAGUE")

    assert "Dateline [added: PRAGUE]" in plainly(page_of(client, note))


def test_old_snapshots_are_never_markup(client, release, correct):
    note = correct(release, title="<b>Ten</b> {{ 7|add:1 }}", summary="</main><script>x</script>")
    for revision, hostile in [(note.before, "one"), (note.after, "two")]:
        revision.snapshot |= {
            "body": f"<p onclick=x>&lt;img src={hostile}&gt;</p><script>alert()</script>",
            "fields_of_work": [{"code": hostile, "name": f"<i>{hostile}</i>"}],
            "images": [{"alt": f"<u>{hostile}", "caption": "", "credit": "", "file": "secret.png"}],
        }
        revision.save()

    page = page_of(client, note)
    page = page[page.index("<main") : page.index("</main>")]

    for markup in ("<b>", "<script>", "onclick", "<img", "<i>", "<u>", "secret.png", "alert"):
        assert markup not in page
    assert "&lt;b&gt;Ten&lt;/b&gt; {{ 7|add:1 }}" in page
    assert "&lt;img" in page
    assert "&lt;i&gt;two&lt;/i&gt;" in page


def test_nothing_of_drafts_and_steps_between_is_shown(client, release, correct, person):
    def in_steps(copy):
        copy.title = "Xylophone"
        copy.save()
        corrections.record(copy, by=person)
        copy.title = "Ten"
        copy.save()

    note = correct(release, images=in_steps)
    open_copy = corrections.begin(release, by=person)
    open_copy.title = "Xylophone again"
    open_copy.save()

    for page in (page_of(client, note), page_of(client, release)):
        assert "Xylophone" not in page


def test_changes_lead_to_each_other(client, release, correct):
    first, second, third = [correct(release, title=f"Title {n}") for n in range(3)]

    page = page_of(client, second)
    assert f'href="{first.get_absolute_url()}" rel="prev"' in page
    assert f'href="{third.get_absolute_url()}" rel="next"' in page
    assert 'rel="prev"' not in page_of(client, first)
    assert 'rel="next"' not in page_of(client, third)


def test_a_change_needs_few_queries(client, release, correct, django_assert_num_queries):
    notes = [correct(release, title=f"Title {n}") for n in range(3)]

    # The release, its notes, the two snapshots; plain pages, and whether the site holds samples.
    with django_assert_num_queries(5):
        client.get(notes[1].get_absolute_url())


# Where a change is, and for whom


@pytest.mark.parametrize("path", ["{pk}/changes/{note}", "0{pk}/changes/{note}/"])
def test_any_other_address_of_a_change_is_one_permanent_redirect(client, release, correct, path):
    note = correct(release, title="Ten")

    answer = client.get("/press-releases/" + path.format(pk=release.pk, note=note.pk))

    assert (answer.status_code, answer["Location"]) == (301, note.get_absolute_url())


def test_a_change_of_another_release_or_of_none_is_not_found(client, release, correct):
    note = correct(release, title="Ten")
    other = ReleaseFactory()

    for path in (f"{other.pk}/changes/{note.pk}", f"{release.pk}/changes/{note.pk + 1}"):
        for slash in ("", "/"):
            assert client.get(f"/press-releases/{path}{slash}").status_code == 404


def test_a_change_is_for_those_who_may_read_the_release(client, release, correct, person):
    note = correct(release, "Ten, not nine.", title="Ten observers")
    address = note.get_absolute_url()

    release.withdraw(by=person, notice="Another place.")
    assert "Another place." in page_of(client, note)
    assert "Withdrawn on" in page_of(client, note)

    release.unpublish(by=person, reason="A secret reason.")
    for path in (address, address.rstrip("/"), f"/press-releases/{release.pk}/changes/0/"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert "Ten" not in answer.content.decode()

    release.reopen(by=person)
    assert client.get(address).status_code == 410


def test_a_change_of_what_moved_leads_to_where_it_is(client, release, correct, person):
    note = correct(release, title="Ten")
    release.unpublish(by=person, reason="x", moved_to="https://example.org/")

    answer = client.get(note.get_absolute_url())

    assert (answer.status_code, answer["Location"]) == (301, "https://example.org/")


def test_what_was_taken_away_and_written_anew_brings_no_old_text_back(
    client, release, correct, now, time_machine, person
):
    note = correct(release, "A private address.", title="With a private address")
    release.unpublish(by=person, reason="Privacy.")
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    release.reopen(by=person)
    release.title = "Written anew"
    release.save()
    release.force_publish(by=person, reason="x")

    assert client.get(note.get_absolute_url()).status_code == 404
    for address in (release.get_absolute_url(), "/press-releases/feed/", "/press-releases/"):
        page = client.get(address).content.decode()
        assert "Written anew" in page
        assert "rivate address" not in page
        assert "Corrected" not in page


# Differences


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "One."),
        ("One.", ""),
        ("One.\nTwo.", "One.\nTwo.\nThree."),
        ("One.\nTwo.", "Zero.\nOne.\nTwo."),
        ("One.\nTwo.\nThree.", "One.\nThree."),
        ("One. Two.", "One.\nTwo."),
        ("A b c d\nE f g", "A x c d\nE f h"),
        ("</p> <b>", "<b> </p>"),
    ],
)
def test_no_word_is_lost_in_a_difference(before, after):
    parts = [part for paragraph in changes.paragraphs(before, after) for part in paragraph]

    old = " ".join(text for kind, text in parts if kind != "insert")
    new = " ".join(text for kind, text in parts if kind != "delete")
    assert (old.split(), new.split()) == (before.split(), after.split())
    assert all(text for _, text in parts)


def test_an_added_paragraph_is_all_that_is_marked():
    found = changes.paragraphs("One.\nTwo.", "One.\nTwo.\nThree.")

    assert found == [[("equal", "One. ")], [("equal", "Two. ")], [("insert", "Three. ")]]


def test_a_word_that_is_added_at_an_end_is_all_that_is_marked():
    found = changes.paragraphs("They came.\nAll of", "They came.\nAll of them")

    assert found == [[("equal", "They came. ")], [("equal", "All of "), ("insert", "them ")]]


# For machines


def described(page):
    found = re.findall('<script type="application/ld\\+json">(.*?)</script>', page, re.DOTALL)
    (article,) = [json.loads(each) for each in found]
    return article


def test_search_engines_read_what_was_corrected(client, release, correct, now):
    note = correct(release, "</script><script>alert(1)</script>", title="Ten")

    page = page_of(client, release)
    article = described(page)

    assert article["dateModified"] == "2026-11-24T12:00:00+01:00"
    assert article["correction"] == [
        {
            "@type": "CorrectionComment",
            "text": "</script><script>alert(1)</script>",
            "datePublished": "2026-11-24T12:00:00+01:00",
            "url": f"http://testserver{note.get_absolute_url()}",
        }
    ]
    assert "<script>alert" not in page


def test_what_was_not_corrected_has_no_second_date(client, release):
    article = described(page_of(client, release))

    assert not {"dateModified", "correction", "creativeWorkStatus"} & set(article)


def test_search_engines_read_that_a_release_was_withdrawn(client, release, now, person):
    release.withdraw(by=person, notice="Another place.")

    page = page_of(client, release)
    article = described(page)

    assert '<meta name="robots" content="noindex">' in page
    assert article["creativeWorkStatus"] == "Withdrawn"
    assert article["correction"][0]["text"] == "Another place."
    assert article["correction"][0]["datePublished"] == "2026-11-24T12:00:00+01:00"


def test_a_note_whose_release_is_a_draft_is_nowhere(client, release, correct, person):
    note = correct(release, title="Ten")
    release.unpublish(by=person, reason="x")
    release.reopen(by=person)

    assert ChangeNote.objects.get() == note
    assert changes.notes_of(release) == []
