"""Several releases at once: terms, desks and steps, shown before they are done."""

import pytest
from django.contrib.auth.models import User

from press import corrections
from press.admin.bulk import seen_as
from press.models import PressRelease
from press.retagging import retag
from press.workflow import State, TransitionNotAllowed
from structures.models import Role
from tests.factories import (
    CountryFactory,
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    person_at,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/press/pressrelease/"


@pytest.fixture
def desk():
    return StructureFactory(name="Mission A")


@pytest.fixture
def editor(client, desk):
    client.force_login(person_at(Role.EDITOR, desk))
    return client


def act(client, action, releases, **data):
    chosen = [each.pk for each in releases]
    seen = [seen_as(PressRelease.objects.get(pk=pk)) for pk in chosen]
    sent = {"action": action, "_selected_action": chosen, "seen": seen, **data}
    return client.post(LIST, sent, follow=True).content.decode()


def test_a_term_is_added_to_public_releases_after_showing_what_changes(editor, desk, now):
    field = FieldFactory(name="Policing")
    lacks, has = ReleaseFactory(desk=desk), ReleaseFactory(desk=desk, fields_of_work=[field])
    dates = [lacks.published_at, has.published_at]
    chosen = {"confirmed": "yes", "add": "yes", "fields_of_work": [field.pk]}

    asked = act(editor, "retag", [lacks, has])
    shown = act(editor, "retag", [lacks, has], **chosen)
    assert "What to do" in asked
    assert "Added fields of work: Policing." in shown
    assert "No change." in shown
    assert not lacks.fields_of_work.exists()

    done = act(editor, "retag", [lacks, has], shown=f"add fields_of_work:{field.pk}", **chosen)

    assert "Done for 1 of 2" in done
    assert list(lacks.fields_of_work.all()) == [field]
    entry = lacks.log.get()
    assert (entry.action, entry.note) == ("retag", "Added fields of work: Policing.")
    assert [each.snapshot["fields_of_work"] != [] for each in lacks.revisions.all()] == [
        True,
        False,
    ]
    assert not has.log.exists()
    found = [PressRelease.objects.get(pk=each.pk) for each in (lacks, has)]
    assert [each.published_at for each in found] == dates
    assert [each.corrected_at for each in found] == [None, None]


def test_another_choice_than_was_shown_is_shown_first(editor, desk):
    field, other = FieldFactory(), FieldFactory()
    release = ReleaseFactory(desk=desk)

    act(
        editor,
        "retag",
        [release],
        confirmed="yes",
        add="yes",
        fields_of_work=[other.pk],
        shown=f"add fields_of_work:{field.pk}",
    )

    assert not release.fields_of_work.exists()


def test_terms_are_taken_away_from_translations_and_an_open_correction_too(desk):
    field, country = FieldFactory(), CountryFactory()
    release = ReleaseFactory(fields_of_work=[field], countries=[country])
    translation = ReleaseFactory(language="ru", translation_of=release, fields_of_work=[field])
    person = person_at(Role.EDITOR)
    copy = corrections.begin(release, by=person)

    retag(release, by=person, add=False, terms={"fields_of_work": [field]})

    for each in (release, translation, copy):
        assert not each.fields_of_work.exists()
    assert list(copy.countries.all()) == [country]
    copy.submit(by=person)
    corrections.publish(copy, by=None, is_minor=True)  # nothing stands in its way


def test_a_translation_is_retagged_with_its_original_only():
    translation = ReleaseFactory(language="ru", translation_of=ReleaseFactory())

    with pytest.raises(TransitionNotAllowed, match="original"):
        retag(translation, by=None, add=True, terms={"countries": [CountryFactory()]})


def test_no_term_is_no_choice(editor, desk):
    page = act(editor, "retag", [ReleaseFactory(desk=desk)], confirmed="yes", add="yes")

    assert "Choose a term." in page


def test_an_author_changes_no_terms_of_what_is_public(client, desk):
    release, field = ReleaseFactory(desk=desk), FieldFactory()
    client.force_login(person_at(Role.AUTHOR, desk))

    act(client, "retag", [release], confirmed="yes", add="yes", fields_of_work=[field.pk])

    assert "retag" not in client.get(LIST).content.decode()
    assert not release.fields_of_work.exists()


def test_releases_are_handed_over_together_by_the_central_desk_only(client, desk, editor):
    releases = [DraftFactory(desk=desk), ReleaseFactory(desk=desk)]
    to = StructureFactory()

    act(editor, "hand_over", releases, confirmed="yes", desk=to.pk)
    assert {each.desk for each in PressRelease.objects.all()} == {desk}

    client.force_login(person_at(Role.PUBLISHER))
    act(client, "hand_over", releases, confirmed="yes", desk=to.pk)
    assert {each.desk for each in PressRelease.objects.all()} == {to}


def test_drafts_are_submitted_with_one_note_and_one_entry_each(editor, desk):
    drafts = DraftFactory.create_batch(3, desk=desk)

    act(editor, "submit", drafts, confirmed="yes", note="All of today.")

    for draft in drafts:
        draft.refresh_from_db()
        assert draft.state == State.IN_REVIEW
        assert [each.note for each in draft.log.all()] == ["All of today."]


def test_one_that_is_refused_does_not_stop_the_others(client, desk):
    client.force_login(person_at(Role.PUBLISHER, desk))
    good, blocked = SubmittedFactory(desk=desk), SubmittedFactory(desk=desk, summary="")

    page = act(client, "publish", [good, blocked], confirmed="yes", when="now")

    assert "Done for 1 of 2" in page
    assert "There is no summary" in page
    states = [PressRelease.objects.get(pk=each.pk).state for each in (good, blocked)]
    assert states == [State.PUBLISHED, State.IN_REVIEW]
    assert User.objects.count() == 1
