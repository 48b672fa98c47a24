"""A translation is begun from its original, written beside it, and marked when that changed."""

import pytest

from press import corrections, translations
from press.models import PressRelease
from press.workflow import TransitionNotAllowed
from structures.models import Role
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    person_at,
)

from .test_admin import form_of
from .test_corrections import image_of
from .test_steps import address, step

pytestmark = pytest.mark.django_db
CHANGED = "The original changed since it was translated"


@pytest.fixture
def author(db):
    return person_at(Role.AUTHOR)


@pytest.fixture
def original(now):
    return ReleaseFactory(
        title="Ten observers", body="<p>Ten.</p>", fields_of_work=[FieldFactory()]
    )


def begun(original, author, language="ru"):
    return translations.begin(original, by=author, language=language)


def known(translation):
    found = PressRelease.objects.select_related("translation_of", "translated_revision")
    changes = translations.changes(found.get(pk=translation.pk))
    # The list of those that changed is asked of the database, and says the same.
    assert bool(changes) == found.filter(pk__in=translations.stale(found)).exists()
    return changes


def corrected(original, author, title):
    copy = corrections.begin(PressRelease.objects.get(pk=original.pk), by=author)
    copy.title = title
    copy.save()
    corrections.force_publish(copy, by=author, reason="x", note="They were more.")


def test_it_has_the_texts_terms_and_images_of_its_original_to_write_over(original, author):
    image_of(original, caption="Observers", focal_x=10)

    draft = begun(original, author)

    assert (draft.translation_of, draft.language, draft.state) == (original, "ru", "draft")
    assert (draft.title, draft.body) == ("Ten observers", "<p>Ten.</p>")
    assert list(draft.fields_of_work.all()) == list(original.fields_of_work.all())
    assert (draft.images.get().caption, draft.images.get().focal_x) == ("Observers", 10)
    assert draft.published_at is None
    assert [(each.action, each.note) for each in original.log.all()] == [
        ("translate", "Into Русский.")
    ]


@pytest.mark.parametrize(("language", "refusal"), [("en", "another language"), ("ru", "already")])
def test_there_is_one_for_a_language_and_none_into_its_own(original, author, language, refusal):
    begun(original, author)
    original.refresh_from_db()

    with pytest.raises(TransitionNotAllowed, match=refusal):
        begun(original, author, language)

    assert PressRelease.objects.count() == 2
    assert original.log.count() == 1


def test_a_translation_and_a_correction_are_not_translated(original, author):
    draft = begun(original, author)
    original.refresh_from_db()
    for release in (draft, corrections.begin(original, by=author)):
        with pytest.raises(TransitionNotAllowed, match="original"):
            begun(release, author, "de")


def test_it_is_marked_when_the_texts_of_its_original_change_until_that_is_confirmed(
    original, author
):
    draft = begun(original, author)
    assert known(draft) == []

    corrected(original, author, "Twelve observers")
    (change,) = known(draft)
    assert change["label"] == "Title"
    assert ("insert", "Twelve ") in change["parts"]

    translations.confirm(PressRelease.objects.get(pk=draft.pk), by=author)
    assert known(draft) == []


@pytest.mark.parametrize("name", translations.TEXTS)
def test_each_text_of_the_original_marks_it_also_when_it_is_changed_past_the_desk(
    original, author, name
):
    draft = begun(original, author)
    original.refresh_from_db()

    setattr(original, name, "<p>Двенадцать „observers“ \\ &amp; more</p>")
    original.save()

    assert len(known(draft)) == 1


def test_what_changed_in_the_text_is_shown_without_markup_unless_that_is_all(original, author):
    draft = begun(original, author)
    original.refresh_from_db()
    original.body = "<p>Ten <strong>men</strong>.</p>"
    original.save()
    (change,) = known(draft)
    assert "<" not in str(change["parts"])

    original.body = "<p><em>Ten</em>.</p>"
    original.save()
    (change,) = known(draft)
    assert ("insert", "<em>Ten</em>.") in change["parts"]


def test_other_terms_of_the_original_do_not_mark_it(original, author):
    draft = begun(original, author)

    original.fields_of_work.set([FieldFactory()])
    original.share_links()

    assert known(draft) == []


def test_of_one_that_was_not_begun_here_nobody_knows(original, author):
    old = ReleaseFactory(language="de", translation_of=original)
    corrected(original, author, "Twelve observers")

    assert known(old) == []


def test_at_the_desk_it_is_written_beside_its_original(client, original, author):
    client.force_login(author)
    assert address(original, "translate") in client.get(address(original)).content.decode()

    step(client, original, "translate", language="fr")
    draft = PressRelease.objects.get(language="fr")
    form = client.get(address(draft)).content.decode()

    assert "to translate from" in form
    assert '<dd lang="en">Ten observers</dd>' in form
    assert CHANGED not in form
    refused = client.post(address(draft), form_of(draft, title="", translation_of=original.pk))
    assert '<dd lang="en">Ten observers</dd>' in refused.content.decode()
    client.post(address(draft), form_of(draft, title="Dix", translation_of=original.pk))
    corrected(original, author, "Twelve observers")
    assert CHANGED in client.get(address(draft)).content.decode()
    step(client, draft, "confirm_translation")
    assert CHANGED not in client.get(address(draft)).content.decode()
    draft.refresh_from_db()
    assert draft.title == "Dix"


def test_a_save_of_the_form_does_not_confirm_it(client, original, author):
    client.force_login(author)
    draft = begun(original, author)
    corrected(original, author, "Twelve observers")

    client.post(address(draft), form_of(draft, title="Двенадцать", translation_of=original.pk))

    assert known(draft) != []


def test_the_original_of_another_desk_is_not_shown(client, now):
    desk = StructureFactory()
    original = DraftFactory(title="Zyxwolf", desk=StructureFactory())
    draft = begun(original, person_at(Role.AUTHOR))
    PressRelease.objects.filter(pk=draft.pk).update(desk=desk)
    draft.title = "Трое"
    draft.save()
    original.title = "Zyxwolf again"
    original.save()
    client.force_login(person_at(Role.AUTHOR, desk))

    form = client.get(address(draft)).content.decode()

    assert "Трое" in form
    assert "Zyxwolf" not in form
