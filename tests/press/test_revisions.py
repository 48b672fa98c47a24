import html
import re
from base64 import b64decode
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from press.admin.history import PER_PAGE
from press.models import PressRelease, ReleaseImage, ReleaseLog, Revision
from press.revisions import (
    MOST_STEPS,
    changed,
    difference,
    differences,
    draft_from,
    record,
    snapshot,
)
from press.workflow import State
from structures.models import Role
from taxonomy.merging import merge
from tests.factories import (
    DraftFactory,
    FieldFactory,
    MeetingFactory,
    StructureFactory,
    UserFactory,
    person_at,
)

from .importers.test_import import Run, page
from .test_admin import RELEASES, form_of

HOSTILE = "<script>alert(1)</script>"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def admin(client, superuser):
    client.force_login(superuser)
    return client


@pytest.fixture
def person(client, db):
    """A function that logs in somebody of a desk."""

    def logged_in(role, desk=None):
        client.force_login(person_at(role, desk))
        return client

    return logged_in


def saved(client, release, **changes):
    release.refresh_from_db()
    terms = {
        link: [term.pk for term in getattr(release, link).all()]
        for link in ("sources", "fields_of_work", "countries", "meetings")
    }
    # A form that carries the version it was opened at may ask for it.
    data = form_of(release, version=release.version, **{**terms, **changes})
    return client.post(f"{RELEASES}{release.pk}/change/", data)


def history(release, below=""):
    return f"{RELEASES}{release.pk}/history/{below}"


def visible(answer):
    text = re.sub(r"(?s)<(script|style).*?</\1>", "", answer.content.decode())
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", text).split()))


# Recording.


def test_the_first_change_records_the_state_before_it_too(admin, superuser):
    release = DraftFactory(title="Old")

    saved(admin, release, title="New")

    after, before = release.revisions.all()
    assert (before.snapshot["title"], before.by) == ("Old", None)
    assert (after.snapshot["title"], after.by) == ("New", superuser)
    assert after.version == before.version + 1


def test_later_changes_record_one_revision_each(admin):
    release = DraftFactory()

    for title in ("A", "B", "C"):
        saved(admin, release, title=title)

    titles = [each.snapshot["title"] for each in release.revisions.all()]
    assert titles[:-1] == ["C", "B", "A"]


def test_saving_without_a_change_records_nothing_more(admin):
    release = DraftFactory()
    saved(admin, release, title="New")

    saved(admin, release)

    assert release.revisions.count() == 2


def test_a_new_release_has_its_first_revision(admin, superuser):
    empty = PressRelease(title="New", body="Text", slug="new")

    admin.post(f"{RELEASES}add/", form_of(empty))

    revision = PressRelease.objects.get(title="New").revisions.get()
    assert (revision.snapshot["body"], revision.by) == ("<p>Text</p>", superuser)


def test_a_change_of_terms_alone_is_a_revision(admin):
    field = FieldFactory(code="gone-fishing", name="Fishing")
    release = DraftFactory()

    saved(admin, release, fields_of_work=[field.pk])

    after, before = release.revisions.all()
    assert before.snapshot["fields_of_work"] == []
    assert after.snapshot["fields_of_work"] == [{"code": "gone-fishing", "name": "Fishing"}]


def test_a_renamed_term_alone_is_no_revision(db):
    field = FieldFactory(name="Before")
    release = DraftFactory(fields_of_work=[field])
    record(release, by=None)

    field.name = "After"
    field.save()

    assert record(release, by=None) is None


def test_terms_that_translations_share_are_in_their_revisions(admin):
    original = DraftFactory(language="en")
    translation = DraftFactory(language="de", translation_of=original)
    field = FieldFactory(code="shared")

    saved(admin, original, fields_of_work=[field.pk])

    after, before = translation.revisions.all()
    assert before.snapshot["fields_of_work"] == []
    assert [term["code"] for term in after.snapshot["fields_of_work"]] == ["shared"]


def test_what_changed_by_other_ways_is_kept_before_it_is_overwritten(admin, superuser):
    release = DraftFactory(title="A")
    saved(admin, release, title="B")
    release.refresh_from_db()
    release.title = "C"
    release.save()

    saved(admin, release, title="D")

    recorded = [(each.snapshot["title"], each.by) for each in release.revisions.all()]
    assert recorded == [("D", superuser), ("C", None), ("B", superuser), ("A", None)]


def test_a_form_with_errors_records_nothing(admin):
    release = DraftFactory()

    saved(admin, release, title="")

    assert not release.revisions.exists()


@pytest.mark.django_db(transaction=True)
def test_no_revision_stays_when_the_save_fails(client, django_user_model, monkeypatch):
    client.force_login(django_user_model.objects.create_superuser("admin", password="x"))
    release = DraftFactory(title="Old")

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(PressRelease, "share_links", fail)
    with pytest.raises(RuntimeError):
        saved(client, release, title="New")

    release.refresh_from_db()
    assert release.title == "Old"
    assert not Revision.objects.exists()


def test_what_the_importer_overwrites_and_writes_is_recorded(taxonomy, tmp_path):
    source = tmp_path / "page.html"
    for title in ("Lamp burns", "Lamp burns on"):
        source.write_text(page(title=title))
        Run(source)

    release = PressRelease.objects.get()
    recorded = [(each.snapshot["title"], each.by) for each in release.revisions.all()]
    assert recorded == [("Lamp burns on", None), ("Lamp burns", None)]


def test_recording_takes_six_queries(taxonomy, django_assert_num_queries):
    release = DraftFactory()

    with django_assert_num_queries(6):
        record(release, by=None)


def test_images_are_recorded_with_their_words(db):
    release = DraftFactory()
    file = SimpleUploadedFile("a.png", PIXEL)
    image = release.images.create(file=file, alt="A bridge", caption="At noon", credit="OSCE")

    assert snapshot(release)["images"] == [
        {"alt": "A bridge", "caption": "At noon", "credit": "OSCE", "file": image.file.name}
    ]


# Differences.

WORDS = st.lists(st.sampled_from(["a ", "b", " ", "\n", "</p>", "<p>", "é", "."]), max_size=60)
TEXT = st.one_of(st.text(), WORDS.map("".join))


@settings(deadline=None)
@given(TEXT, TEXT)
@example("", "")
@example("<p>a</p>", "<p>a</p><p>b</p>")
@example("a " * 1500, "b " * 1500)
def test_a_difference_reproduces_both_texts(before, after):
    parts = difference(before, after)

    assert "".join(text for kind, text in parts if kind != "insert") == before
    assert "".join(text for kind, text in parts if kind != "delete") == after
    assert all(text for _, text in parts)


def test_a_difference_is_told_word_by_word():
    assert difference("The cat sat here.", "The dog sat here.") == [
        ("equal", "The "),
        ("delete", "cat "),
        ("insert", "dog "),
        ("equal", "sat here."),
    ]


def test_each_of_as_many_passages_is_compared_with_its_own():
    assert difference("<p>a b</p><p>c d</p>", "<p>a x</p><p>c y</p>") == [
        ("equal", "<p>a "),
        ("delete", "b"),
        ("insert", "x"),
        ("equal", "</p>"),
        ("equal", "<p>c "),
        ("delete", "d"),
        ("insert", "y"),
        ("equal", "</p>"),
    ]


def test_passages_too_long_to_compare_are_replaced_as_a_whole():
    many = int(MOST_STEPS**0.5)
    before, after = "a " + "b " * many + "c", "d " + "b " * many + "e"

    assert difference(before, after) == [("delete", before), ("insert", after)]


def test_terms_differ_by_code_and_are_told_by_name():
    before = {"countries": [{"code": "a", "name": "Atlantis"}, {"code": "b", "name": "Old"}]}
    after = {"countries": [{"code": "b", "name": "New"}, {"code": "c", "name": "Cockaigne"}]}

    assert differences(before, after) == [
        {"label": "Countries", "removed": ["Atlantis"], "added": ["Cockaigne"]}
    ]
    assert changed(before, before) == []


# The pages.


def test_the_history_mixes_steps_and_revisions_newest_first(admin, superuser, time_machine):
    noon = timezone.now().replace(microsecond=0)
    release = DraftFactory(title="Old")
    time_machine.move_to(noon + timedelta(minutes=1), tick=False)
    release.log.create(action="submit", by=superuser, note="Please look")
    time_machine.move_to(noon + timedelta(minutes=2), tick=False)
    saved(admin, release, title="New", summary="Short")
    time_machine.move_to(noon + timedelta(minutes=3), tick=False)
    release.log.create(action="request_changes", by=superuser, note="Too short")

    text = visible(admin.get(history(release)))

    told = [
        "Request changes: Too short",
        "Changed: Title, Summary",
        "State before the first recorded change",
        "Submit: Please look",
    ]
    places = [text.index(each) for each in told]
    assert places == sorted(places)


def test_the_history_is_not_stored(admin):
    release = DraftFactory()

    assert "no-store" in admin.get(history(release))["Cache-Control"]


@pytest.mark.parametrize("count", [1, 30])
def test_the_history_needs_no_query_per_entry(admin, django_assert_max_num_queries, count):
    release = DraftFactory()
    for n in range(count):
        release.title = f"Title {n}"
        release.log.create(action="submit", by=UserFactory())
        record(release, by=UserFactory())

    with django_assert_max_num_queries(11):
        admin.get(history(release))


def test_a_page_of_the_history_has_a_hundred_entries(admin):
    release = DraftFactory()
    record(release, by=None)
    ReleaseLog.objects.bulk_create(
        ReleaseLog(release=release, action="submit") for _ in range(PER_PAGE)
    )

    first, second = (admin.get(history(release), {"p": page}) for page in (1, 2))

    assert len(first.context["entries"]) == PER_PAGE
    assert len(second.context["entries"]) == 1


def test_a_change_is_told_against_the_one_before_it_on_the_next_page(admin, superuser):
    release = DraftFactory(title="First")
    record(release, by=superuser)
    ReleaseLog.objects.bulk_create(
        ReleaseLog(release=release, action="submit") for _ in range(PER_PAGE)
    )
    release.title = "Second"
    record(release, by=superuser)

    assert "Changed: Title" in visible(admin.get(history(release)))


def test_one_revision_is_compared_with_the_one_before(admin):
    release = DraftFactory(title="The cat sat")
    saved(admin, release, title="The dog sat")
    last = release.revisions.first()

    answer = admin.get(history(release, "difference/"), {"of": last.pk})

    assert "The <del>cat </del><ins>dog </ins>sat" in answer.content.decode()


def test_any_two_revisions_are_compared_the_older_first(admin):
    release = DraftFactory(title="A")
    for title in ("B", "C"):
        saved(admin, release, title=title)
    newest, _, oldest = release.revisions.all()

    answer = admin.get(history(release, "difference/"), {"of": newest.pk, "and": oldest.pk})

    assert "<del>A</del><ins>C</ins>" in answer.content.decode()


def test_the_first_revision_is_shown_whole(admin):
    release = DraftFactory(title="All of it")
    record(release, by=None)

    answer = admin.get(history(release, "difference/"), {"of": release.revisions.get().pk})

    assert "<ins>All of it</ins>" in answer.content.decode()


def test_markup_in_what_was_recorded_is_shown_and_not_obeyed(admin):
    term = FieldFactory(name=HOSTILE)
    release = DraftFactory(title=f"{HOSTILE} one", fields_of_work=[term])
    record(release, by=None)
    Revision.objects.update(snapshot={**snapshot(release), "body": HOSTILE})
    release.log.create(action="submit", note=HOSTILE)
    saved(admin, release, title=f"{HOSTILE} two", fields_of_work=[])

    pages = [admin.get(history(release))]
    for revision in release.revisions.all():
        pages.append(admin.get(history(release, "difference/"), {"of": revision.pk}))

    for each in pages:
        assert HOSTILE not in each.content.decode()
    assert "<script>" in visible(pages[-1])


def test_a_revision_of_another_release_is_not_found(admin):
    release, other = DraftFactory(), DraftFactory()
    foreign = record(other, by=None)

    for answer in (
        admin.get(history(release, "difference/"), {"of": foreign.pk}),
        admin.post(history(release, f"{foreign.pk}/restore/")),
    ):
        assert answer.status_code == 404
    assert PressRelease.objects.count() == 2


@pytest.mark.parametrize("of", ["x", "9" * 30, "1\0"])
def test_what_is_no_number_of_a_revision_is_refused(admin, of):
    answer = admin.get(history(DraftFactory(), "difference/"), {"of": of})

    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("below", ["", "difference/?of=1"])
def test_the_history_of_no_release_leads_back_to_the_desk(admin, below):
    assert admin.get(f"{RELEASES}999/history/{below}").status_code == 302


# Restoring.


def test_restoring_makes_a_new_draft_and_leaves_the_release_alone(admin, superuser):
    field = FieldFactory()
    release = DraftFactory(title="Old", summary="Short", fields_of_work=[field])
    saved(admin, release, title="New", fields_of_work=[])
    first = release.revisions.last()

    answer = admin.post(history(release, f"{first.pk}/restore/"), follow=True)

    draft = PressRelease.objects.exclude(pk=release.pk).get()
    release.refresh_from_db()
    assert release.title == "New"
    assert (draft.title, draft.summary, draft.state) == ("Old", "Short", State.DRAFT)
    assert (draft.body, draft.published_at) == (release.body, None)
    assert list(draft.fields_of_work.all()) == [field]
    entry = draft.log.get()
    assert (entry.action, entry.by) == ("copy", superuser)
    assert f"Copy of version {first.version} of release {release.pk}, “Old”" in entry.note
    assert draft.revisions.get().by == superuser
    assert "This is a new draft" in visible(answer)


def test_a_term_that_was_merged_since_is_replaced_by_what_it_belongs_to(db):
    old, middle, new = FieldFactory(), FieldFactory(), FieldFactory()
    revision = record(DraftFactory(fields_of_work=[old]), by=None)
    merge(old, middle)
    merge(middle, new)

    draft, lacks = draft_from(revision, by=None)

    assert list(draft.fields_of_work.all()) == [new]
    assert lacks == []


def test_terms_images_and_links_that_are_not_copied_are_named(admin):
    meeting = MeetingFactory(name="Round table")
    original = DraftFactory(language="en")
    release = DraftFactory(language="de", translation_of=original, meetings=[meeting])
    ReleaseImage.objects.create(
        release=release, file=SimpleUploadedFile("a.png", PIXEL), alt="A bridge"
    )
    revision = record(release, by=None)
    release.meetings.clear()
    meeting.delete()

    text = visible(admin.post(history(release, f"{revision.pk}/restore/"), follow=True))

    assert "Not copied: that it is a translation; images; Meetings: Round table." in text
    draft = PressRelease.objects.order_by("pk").last()
    assert draft.translation_of is None
    assert not draft.images.exists()


def test_a_copy_of_sample_content_is_sample_content(db):
    revision = record(DraftFactory(is_sample=True), by=None)

    assert draft_from(revision, by=None)[0].is_sample


def test_restoring_is_no_link(admin):
    revision = record(DraftFactory(), by=None)

    assert admin.get(history(revision.release, f"{revision.pk}/restore/")).status_code == 405
    assert PressRelease.objects.count() == 1


# Who may.


@pytest.mark.parametrize("below", ["", "difference/?of={}"])
def test_whoever_may_see_a_release_sees_its_history(person, below):
    revision = record(DraftFactory(), by=None)
    address = history(revision.release, below.format(revision.pk))

    assert person(Role.AUTHOR).get(address).status_code == 200
    assert person(Role.PUBLISHER, StructureFactory()).get(address).status_code == 302


def test_nobody_of_another_desk_restores_anything(person):
    revision = record(DraftFactory(), by=None)
    stranger = person(Role.PUBLISHER, StructureFactory())

    answer = stranger.post(history(revision.release, f"{revision.pk}/restore/"))

    assert answer.status_code == 302
    assert PressRelease.objects.count() == 1


def test_who_may_change_and_add_releases_restores_them(person):
    revision = record(DraftFactory(), by=None)
    author = person(Role.AUTHOR)

    author.post(history(revision.release, f"{revision.pk}/restore/"))

    assert PressRelease.objects.count() == 2


def test_restoring_takes_as_many_queries_for_many_terms(db, django_assert_max_num_queries):
    for count in (1, 20):
        revision = record(DraftFactory(fields_of_work=FieldFactory.create_batch(count)), by=None)
        with django_assert_max_num_queries(40):
            draft_from(revision, by=None)
