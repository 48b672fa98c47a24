"""A public release is corrected on a copy, which overwrites it at once and is gone."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image

from press import corrections
from press.models import ChangeNote, PressRelease, PreviewLink, ReleaseImage
from press.revisions import record
from press.workflow import State, TransitionNotAllowed
from structures.models import Role
from taxonomy.merging import merge
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    UserFactory,
    WithdrawnFactory,
    person_at,
)

from .test_admin import form_of
from .test_steps import address, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(db):
    return UserFactory()


@pytest.fixture
def publisher(db):
    return UserFactory()


@pytest.fixture
def release(now):
    return ReleaseFactory(title="Two observers", fields_of_work=[FieldFactory(code="old")])


def corrected(release, by, **changes):
    """A correction of release with changes, submitted."""
    copy = corrections.begin(release, by=by)
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save()
    record(copy, by=by)
    copy.submit(by=by)
    return copy


def image_of(release, **fields):
    data = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(data, "PNG")
    file = ContentFile(data.getvalue(), "x.png")
    return ReleaseImage.objects.create(release=release, file=file, alt="Teal", **fields)


def test_readers_see_the_old_text_until_the_correction_is_published(release, author, publisher):
    before = release.published_at
    copy = corrected(release, author, title="Three observers", body="<p>Three.</p>")
    release.refresh_from_db()
    assert release.title == "Two observers"

    assert corrections.publish(copy, by=publisher, note="They are three.") == release

    release.refresh_from_db()
    assert (release.title, release.text) == ("Three observers", "Three.")
    assert (release.state, release.published_at) == (State.PUBLISHED, before)
    assert release.corrected_at == timezone.now()
    assert not PressRelease.objects.filter(pk=copy.pk).exists()


def test_a_note_holds_what_readers_saw_before_and_after(release, author, publisher):
    copy = corrected(release, author, title="Three")
    copy.request_changes(by=publisher, note="Three what?")
    copy.title = "Three observers"
    copy.save()
    record(copy, by=author)
    copy.submit(by=author)
    corrections.publish(copy, by=publisher, note="They are three.")

    note = ChangeNote.objects.get()
    assert (note.release, note.text) == (release, "They are three.")
    assert note.before.snapshot["title"] == "Two observers"
    assert note.after.snapshot["title"] == "Three observers"
    titles = [each.snapshot["title"] for each in release.revisions.all()]
    assert titles == ["Three observers", "Three", "Two observers"]
    assert [each.action for each in release.log.all()] == [
        "publish_correction", "submit", "request_changes", "submit", "correct"
    ]  # fmt: skip


def test_a_minor_change_makes_no_note_and_no_date(release, author, publisher):
    corrections.publish(
        corrected(release, author, title="Two Observers"), by=publisher, is_minor=True
    )

    release.refresh_from_db()
    assert (release.title, release.corrected_at) == ("Two Observers", None)
    assert not ChangeNote.objects.exists()
    assert "Minor change" in release.log.first().note


def test_readers_are_told_or_it_is_said_to_be_minor(release, author, publisher):
    copy = corrected(release, author, title="Three observers")

    with pytest.raises(TransitionNotAllowed, match="what was corrected"):
        corrections.publish(copy, by=publisher, note=" ")

    copy.refresh_from_db()
    assert (copy.state, copy.log.count()) == (State.IN_REVIEW, 1)


def test_notes_hold_no_signs_that_no_page_can_show(release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    with pytest.raises(TransitionNotAllowed, match="what was corrected"):
        corrections.publish(copy, by=publisher, note="\x00\x0b \ufffe")

    corrections.publish(copy, by=publisher, note="They\x01 are\x00 three.")
    release.refresh_from_db()
    release.withdraw(by=publisher, notice="They are\x0b four.")

    assert release.change_notes.get().text == "They are three."
    assert release.withdrawal_notice == "They are four."
    assert [each.note for each in release.log.all()][:2] == [
        "They are four.", "To readers: They are three."
    ]  # fmt: skip


def test_whoever_submitted_it_publishes_it_by_force_only_and_somebody_looks_again(release, author):
    copy = corrected(release, author, title="Three observers")

    with pytest.raises(TransitionNotAllowed, match="You submitted"):
        corrections.publish(copy, by=author, note="Three.")
    with pytest.raises(TransitionNotAllowed, match="Say why"):
        corrections.force_publish(copy, by=author, reason="", note="Three.")
    corrections.force_publish(copy, by=author, reason="Night.", note="Three.")

    release.refresh_from_db()
    assert (release.title, release.needs_second_look) == ("Three observers", True)
    with pytest.raises(TransitionNotAllowed, match="yourself"):
        release.second_look(by=author)


def test_there_is_one_correction_at_a_time(release, author):
    corrections.begin(release, by=author)
    seen_before = PressRelease.objects.get(pk=release.pk)

    with pytest.raises(TransitionNotAllowed, match="open already"):
        corrections.begin(seen_before, by=author)
    assert release.corrections.count() == 1


def test_of_two_people_who_begin_at_once_one_is_refused(release, author, monkeypatch):
    mine, theirs = (PressRelease.objects.get(pk=release.pk) for _ in range(2))
    corrections.begin(theirs, by=author)
    PressRelease.objects.filter(corrects=release).delete()  # as if not yet seen

    with pytest.raises(TransitionNotAllowed):
        corrections.begin(mine, by=author)


@pytest.mark.parametrize(
    "make",
    [
        DraftFactory,
        lambda: ReleaseFactory(state=State.UNPUBLISHED),
        lambda: ReleaseFactory(published_at=timezone.now() + timedelta(hours=1)),
    ],
)
def test_what_readers_do_not_have_is_not_corrected(author, make):
    with pytest.raises(TransitionNotAllowed):
        corrections.begin(make(), by=author)


def test_what_was_withdrawn_is_corrected_under_its_notice(author, publisher):
    release = WithdrawnFactory()

    corrections.publish(
        corrected(release, author, title="Right"), by=publisher, note="Wrong title."
    )

    release.refresh_from_db()
    assert (release.state, release.title) == (State.WITHDRAWN, "Right")
    assert release.withdrawal_notice


def test_what_was_unpublished_meanwhile_is_not_overwritten(release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    release.refresh_from_db()
    release.unpublish(by=publisher, reason="Wrong.")

    with pytest.raises(TransitionNotAllowed, match="unpublished"):
        corrections.publish(copy, by=publisher, note="Three.")

    release.refresh_from_db()
    assert release.title == "Two observers"


def test_what_came_into_the_release_meanwhile_is_not_overwritten(release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    release.refresh_from_db()
    release.summary = "From another import."
    release.save()

    with pytest.raises(TransitionNotAllowed, match="Summary"):
        corrections.publish(copy, by=publisher, note="Three.")

    copy.refresh_from_db()
    assert copy.state == State.IN_REVIEW


def test_a_term_that_was_merged_meanwhile_is_not_in_the_way(release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    into = FieldFactory()
    merge(release.fields_of_work.get(), into)

    corrections.publish(copy, by=publisher, note="Three.")

    assert list(release.fields_of_work.all()) == [into]


def test_terms_and_those_of_translations_follow(release, author, publisher):
    translation = ReleaseFactory(language="ru", translation_of=release)
    copy, field = corrected(release, author), FieldFactory()
    copy.fields_of_work.set([field])

    corrections.publish(copy, by=publisher, is_minor=True)

    assert list(release.fields_of_work.all()) == [field]
    assert list(translation.fields_of_work.all()) == [field]


def test_a_correction_of_a_translation_leaves_the_terms_of_its_original(release, author, publisher):
    translation = ReleaseFactory(language="ru", translation_of=release)
    copy = corrected(translation, author, title="Трое")
    copy.fields_of_work.set([FieldFactory()])

    corrections.publish(copy, by=publisher, note="Three.")

    translation.refresh_from_db()
    assert (translation.title, translation.fields_of_work.count()) == ("Трое", 0)
    assert translation.translation_of == release


def test_an_image_that_stays_keeps_its_address_and_others_come_and_go(release, author, publisher):
    stays, goes = image_of(release, position=1), image_of(release, position=2)
    copy = corrected(release, author)
    copy.images.get(copy_of=goes).delete()
    copy.images.filter(copy_of=stays).update(alt="Turquoise")
    new = image_of(copy, position=3)

    corrections.publish(copy, by=publisher, note="Another image.")

    first, second = release.images.all()
    assert (first.pk, first.alt) == (stays.pk, "Turquoise")
    assert second.file.name == new.file.name
    assert second.file.storage.exists(second.file.name)


def test_an_image_whose_file_is_lost_is_not_in_the_way(release, author, publisher):
    lost = image_of(release)
    lost.file.storage.delete(lost.file.name)
    copy = corrected(PressRelease.objects.get(pk=release.pk), author, title="Three observers")

    corrections.publish(PressRelease.objects.get(pk=copy.pk), by=publisher, note="They are three.")

    assert release.images.get().file.name == lost.file.name


def test_blocking_rules_do_not_keep_the_archive_from_being_corrected(author, publisher):
    bare = ReleaseFactory(legacy_key="1:en")  # no summary, no field of work

    corrections.publish(corrected(bare, author, title="Right"), by=publisher, note="Title.")

    bare.refresh_from_db()
    assert bare.title == "Right"


def test_a_correction_does_not_make_a_release_worse(release, author, publisher):
    copy = corrected(release, author)
    copy.fields_of_work.clear()

    with pytest.raises(TransitionNotAllowed, match="no field of work"):
        corrections.publish(copy, by=publisher, is_minor=True)


@pytest.mark.parametrize("state", [State.PUBLISHED, State.WITHDRAWN, State.UNPUBLISHED])
def test_the_database_keeps_a_correction_from_being_public(release, author, state, now):
    copy = corrections.begin(release, by=author)

    with pytest.raises(IntegrityError), transaction.atomic():
        PressRelease.objects.filter(pk=copy.pk).update(
            state=state, published_at=now, withdrawn_at=now if state == State.WITHDRAWN else None
        )


def test_a_correction_is_not_published_as_a_release(release, author, publisher):
    copy = corrected(release, author)

    for publish in (copy.publish, lambda **by: copy.force_publish(reason="x", **by)):
        with pytest.raises(TransitionNotAllowed, match="correction"):
            publish(by=publisher, at=timezone.now())


@pytest.mark.parametrize("place", ["save", "log", "note", "delete"])
def test_a_fault_anywhere_leaves_all_as_it_was(release, author, publisher, place, monkeypatch):
    copy = corrected(release, author, title="Three observers")

    def fail(*args, **kwargs):
        raise RuntimeError

    if place == "save":
        monkeypatch.setattr(PressRelease, "share_links", fail)
    elif place == "log":
        monkeypatch.setattr(corrections, "record", fail)
    elif place == "note":
        monkeypatch.setattr(ChangeNote.objects, "create", fail)
    else:
        monkeypatch.setattr(PressRelease, "delete", fail)

    with pytest.raises(RuntimeError):
        corrections.publish(copy, by=publisher, note="Three.")

    release.refresh_from_db()
    copy.refresh_from_db()
    assert (release.title, copy.state, copy.log.count()) == ("Two observers", State.IN_REVIEW, 1)
    assert not ChangeNote.objects.exists()


# At the desk


def test_from_correcting_to_readers_by_two_people(client, release):
    editor, publisher = person_at(Role.EDITOR), person_at(Role.PUBLISHER)
    client.force_login(editor)
    assert "Correct" in client.get(address(release)).content.decode()
    step(client, release, "correct")
    copy = release.corrections.get()
    form = client.get(address(copy)).content.decode()
    assert 'name="published_at_0"' not in form
    assert 'name="language"' not in form

    terms = [field.pk for field in copy.fields_of_work.all()]
    client.post(address(copy), form_of(copy, title="Three observers", fields_of_work=terms))
    step(client, copy, "submit")
    client.force_login(publisher)
    page = client.get(address(copy, "publish_correction")).content.decode()
    assert "<ins>Three</ins>" in page.replace("<ins>Three </ins>", "<ins>Three</ins>")

    version = PressRelease.objects.get(pk=copy.pk).version
    silent = client.post(address(copy, "publish_correction"), {"version": version})
    assert "Say to readers" in silent.content.decode()
    told = {"version": version, "change_note": "They are three."}
    answer = client.post(address(copy, "publish_correction"), told)

    assert answer["Location"] == address(release)
    release.refresh_from_db()
    assert release.title == "Three observers"


def test_a_link_to_the_preview_of_a_correction_ends_with_it(client, release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    _, token = PreviewLink.share(copy, by=person_at(Role.AUTHOR))
    assert "Three observers" in client.get(f"/preview/{token}/").content.decode()

    corrections.publish(copy, by=publisher, note="Three.")

    assert client.get(f"/preview/{token}/").status_code == 404


def test_a_correction_can_be_given_up(client, release):
    client.force_login(person_at(Role.EDITOR))
    step(client, release, "correct")
    copy = release.corrections.get()

    client.post(f"/admin/press/pressrelease/{copy.pk}/delete/", {"post": "yes"})

    assert not release.corrections.exists()
    assert "Correct" in client.get(address(release)).content.decode()


@pytest.mark.parametrize("is_given_back", [False, True])
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR])
def test_one_that_was_submitted_is_given_up_by_whoever_may_change_it(
    client, release, author, role, is_given_back
):
    copy = corrected(release, author)
    if is_given_back:
        copy.request_changes(by=author, note="Not at all.")
    client.force_login(person_at(role))

    client.post(f"/admin/press/pressrelease/{copy.pk}/delete/", {"post": "yes"})

    assert release.corrections.exists() == (role == Role.AUTHOR and not is_given_back)


def test_of_two_people_who_publish_at_once_one_is_told(release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    late = PressRelease.objects.get(pk=copy.pk)
    corrections.publish(copy, by=publisher, note="They are three.")

    with pytest.raises(TransitionNotAllowed, match="meanwhile"):
        corrections.publish(late, by=person_at(Role.PUBLISHER), note="They are three.")

    assert release.change_notes.count() == 1


def test_the_page_on_which_it_is_published_may_come_second(client, release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    client.force_login(person_at(Role.PUBLISHER))

    def published_meanwhile(*args, **kwargs):
        corrections.publish(copy, by=publisher, note="They are three.")
        raise TransitionNotAllowed("Too late.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("press.admin.transitions.Step.make", published_meanwhile)
        answer = client.post(
            address(copy, "publish_correction"),
            {"version": copy.version, "change_note": "They are three."},
            follow=True,
        )

    assert answer.status_code == 404
    for text in ("Too late.", "They are three.</textarea>"):  # the note is given back
        assert text in answer.content.decode()


def test_a_hand_over_while_it_is_open_is_in_the_history_once(release, author, publisher):
    copy = corrected(release, author, title="Three observers")
    PressRelease.objects.get(pk=release.pk).hand_over(by=publisher, desk=StructureFactory())

    corrections.publish(PressRelease.objects.get(pk=copy.pk), by=publisher, note="They are three.")

    assert release.log.filter(action="hand_over").count() == 1


def test_who_forced_a_release_does_not_look_again_after_a_forced_correction(author, publisher, now):
    release = SubmittedFactory()
    release.force_publish(by=author, reason="Night.", at=now)
    copy = corrected(release, publisher, title="Three observers")
    corrections.force_publish(copy, by=publisher, reason="Night.", note="They are three.")
    release.refresh_from_db()

    for one_of_them in (author, publisher):
        with pytest.raises(TransitionNotAllowed, match="yourself"):
            release.second_look(by=one_of_them)

    release.second_look(by=person_at(Role.PUBLISHER))
    assert not release.needs_second_look
