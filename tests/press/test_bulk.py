"""Several releases at once: terms, desks and steps, shown before they are done."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from press import corrections
from press.admin import bulk
from press.admin.bulk import MOST_AT_ONCE, SHOWN
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

from . import test_admin
from .test_admin import RELEASES as LIST

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(at_desk, desk):
    return at_desk(Role.EDITOR, desk)


@pytest.fixture
def publisher(at_desk, desk):
    return at_desk(Role.PUBLISHER, desk)


def act(client, action, releases, **data):
    stored = PressRelease.objects.filter(pk__in=[each.pk for each in releases])
    return test_admin.act(client, action, stored, **data).content.decode()


def many(number, **fields):
    """That many releases in two statements or so; by default drafts."""
    texts = {"body": "<p>It happened.</p>", **fields}
    found = [PressRelease(title=f"Release {n}", **texts) for n in range(number)]
    return PressRelease.objects.bulk_create(found)


def send_what_was_shown(client, page, action, **data):
    """What the browser sends when the page that asks is confirmed."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    del hidden["csrfmiddlewaretoken"]
    return client.post(LIST, {**hidden, **data}, follow=True).content.decode()


def test_a_term_is_added_to_public_releases_after_showing_what_changes(editor, desk, now):
    field = FieldFactory(name="Policing")
    lacks, has = ReleaseFactory(desk=desk), ReleaseFactory(desk=desk, fields_of_work=[field])
    dates = [lacks.published_at, has.published_at]
    chosen = {"confirmed": "yes", "add": "yes", "fields_of_work": [field.pk]}

    asked = act(editor, "retag", [lacks, has])
    shown = act(editor, "retag", [lacks, has], **chosen)
    assert "What to do" in asked
    assert "Added fields of work: Policing." in shown
    assert "Nothing changes for “" in shown
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

    chosen = {"confirmed": "yes", "desk": to.pk, "shown": f"desk:{to.pk}"}

    act(editor, "hand_over", releases, **chosen)
    assert {each.desk for each in PressRelease.objects.all()} == {desk}

    client.force_login(person_at(Role.PUBLISHER))
    act(client, "hand_over", releases, **chosen)
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

    page = act(client, "publish", [good, blocked], confirmed="yes", when="now", shown="now")

    assert "Done for 1 of 2" in page
    assert "There is no summary" in page
    states = [PressRelease.objects.get(pk=each.pk).state for each in (good, blocked)]
    assert states == [State.PUBLISHED, State.IN_REVIEW]
    assert User.objects.count() == 1


def test_what_will_be_done_and_what_not_is_shown_before_with_the_reasons(publisher, desk, now):
    draft = DraftFactory(desk=desk, title="A draft")
    in_review = SubmittedFactory(desk=desk, title="Another")

    page = act(publisher, "submit", [draft, in_review])

    assert "It will be done for 1<" in page
    assert "Draft → In review. Before it is published: There is no summary." in page
    assert "It will not be done for 1<" in page
    assert "It is in review." in page
    assert (draft.log.count(), in_review.log.count()) == (0, 0)


def test_withdrawing_shows_the_addresses_and_dates_that_stay_and_moves_none(publisher, desk, now):
    releases = [ReleaseFactory(desk=desk, published_at=now - timedelta(days=n)) for n in (1, 400)]
    scheduled = ReleaseFactory(desk=desk, published_at=now + timedelta(days=1))
    dates = [each.published_at for each in releases]

    page = act(publisher, "withdraw", [*releases, scheduled])
    done = send_what_was_shown(publisher, page, "withdraw", note="The source was wrong.")

    for each in releases:
        assert each.get_absolute_url() in page
        each.refresh_from_db()
        assert each.state == State.WITHDRAWN
        assert [(entry.action, entry.note) for entry in each.log.all()] == [
            ("withdraw", "The source was wrong.")
        ]
    assert "23 November 2026, 12:00" in page
    assert "Published → Withdrawn" in page
    assert "is not public yet: take it off the schedule" in page
    assert [each.published_at for each in releases] == dates
    assert "Done for 2 of 2." in done
    assert not scheduled.log.exists()


def test_what_cannot_be_done_is_offered_no_button(publisher, desk):
    page = act(publisher, "submit", [ReleaseFactory(desk=desk)])

    assert "It will be done" not in page
    assert 'class="step step-submit"' not in page


def test_publishing_shows_what_blocks_and_whose_it_is(client, desk, now, settings):
    publisher = person_at(Role.PUBLISHER, desk)
    own = SubmittedFactory(desk=desk, state=State.DRAFT, published_at=now)
    own.submit(by=publisher)
    releases = [
        SubmittedFactory(desk=desk, published_at=now + timedelta(hours=1)),
        SubmittedFactory(desk=desk, published_at=now, summary=""),
        SubmittedFactory(desk=desk),
        own,
    ]
    client.force_login(publisher)

    page = act(client, "publish", releases)

    assert "In review → Scheduled." in page
    assert "There is no summary." in page
    assert "There is no publication date." in page
    assert f"You submitted “{own}” yourself" in page
    assert "It will not be done for 3<" in page


def test_publishing_now_is_shown_before_it_moves_a_date(publisher, desk, now):
    ahead = SubmittedFactory(desk=desk, published_at=now + timedelta(days=9))
    undated = SubmittedFactory(desk=desk)

    page = act(publisher, "publish", [ahead, undated])
    page = send_what_was_shown(publisher, page, "publish", when="now")
    assert "It will be done for 2<" in page
    assert not PressRelease.objects.filter(state=State.PUBLISHED).exists()

    assert "Done for 2 of 2." in send_what_was_shown(publisher, page, "publish", when="now")
    assert set(PressRelease.objects.values_list("state", "published_at")) == {("published", now)}


def test_handing_over_shows_from_where_to_where(at_desk, desk):
    to, release = StructureFactory(name="Mission B"), ReleaseFactory(desk=desk)
    there = ReleaseFactory(desk=to)
    client = at_desk(Role.PUBLISHER, None)

    page = act(client, "hand_over", [release, there])
    page = send_what_was_shown(client, page, "hand_over", desk=to.pk)

    assert "From Mission A to Mission B." in page
    assert "belongs to that desk already" in page
    release.refresh_from_db()
    assert release.desk == desk


def test_a_correction_goes_with_what_it_corrects(at_desk, desk):
    client, to = at_desk(Role.PUBLISHER, None), StructureFactory()
    copy = corrections.begin(ReleaseFactory(desk=desk), by=None)

    page = act(client, "hand_over", [copy])
    act(client, "hand_over", [copy], confirmed="yes", desk=to.pk, shown=f"desk:{to.pk}")

    assert "it goes with what it corrects" in page
    copy.refresh_from_db()
    assert copy.desk == desk


def test_what_was_left_out_is_not_done_when_it_could_be_meanwhile(
    publisher, desk, now, time_machine
):
    scheduled = ReleaseFactory(desk=desk, published_at=now + timedelta(minutes=1))
    public = ReleaseFactory(desk=desk)

    page = act(publisher, "withdraw", [scheduled, public])
    time_machine.move_to(now + timedelta(hours=1), tick=False)
    send_what_was_shown(publisher, page, "withdraw", note="Wrong.")

    states = [PressRelease.objects.get(pk=each.pk).state for each in (scheduled, public)]
    assert states == [State.PUBLISHED, State.WITHDRAWN]


def test_what_was_changed_or_deleted_meanwhile_is_told_and_stops_nothing(publisher, desk):
    changed, gone, good = drafts = DraftFactory.create_batch(3, desk=desk)

    page = act(publisher, "submit", drafts)
    changed.save()
    gone.delete()
    done = send_what_was_shown(publisher, page, "submit")

    assert "Done for 1 of 3." in done
    assert f"“{changed}” was changed meanwhile" in done
    assert "1 of those that you saw are gone" in done
    good.refresh_from_db()
    assert good.state == State.IN_REVIEW
    assert not changed.log.exists()


def test_what_is_no_longer_in_the_filtered_list_is_told_too(publisher, desk):
    draft = DraftFactory(desk=desk)
    page = act(publisher, "submit", [draft])
    draft.submit(by=None)
    hidden = {"action": "submit", "_selected_action": draft.pk, "confirmed": "yes"}
    seen = re.search(r'name="seen" value="([^"]*)"', page)[1]

    answer = publisher.post(f"{LIST}?state__exact=draft", {**hidden, "seen": seen}, follow=True)

    assert "was changed meanwhile" in answer.content.decode()


@pytest.mark.parametrize("action", bulk.BULK)
def test_the_page_for_as_many_as_may_be_is_small_and_asks_little(
    at_desk, desk, action, now, django_assert_max_num_queries
):
    stands = {
        "submit": {},
        "publish": {"state": State.IN_REVIEW, "published_at": now},
        "unschedule": {"state": State.PUBLISHED, "published_at": now + timedelta(days=1)},
    }.get(action, {"state": State.PUBLISHED, "published_at": now})
    half = MOST_AT_ONCE // 2
    first, *_ = many(half, desk=desk, **stands)
    many(half, desk=desk, state=State.UNPUBLISHED, published_at=now)
    client, field, to = at_desk(Role.PUBLISHER, None), FieldFactory(), StructureFactory()
    sent = {"action": action, "index": 0, "select_across": 1, "_selected_action": first.pk}
    chosen = {"retag": {"add": "yes", "fields_of_work": field.pk}, "hand_over": {"desk": to.pk}}

    with django_assert_max_num_queries(15):
        page = client.post(LIST, sent).content.decode()
    if action in chosen:
        with django_assert_max_num_queries(15):
            page = send_what_was_shown(client, page, action, **chosen[action])

    done = {"retag": 2 * half, "hand_over": 2 * half, "publish": 0}.get(action, half)
    assert ("It will be done for" in page) == bool(done)
    assert ("It will not be done for" in page) == (done < 2 * half)
    assert all(f"done for {count}<" in page for count in (done, 2 * half - done) if count)
    assert page.count("<tr>") <= 2 * (SHOWN + 1)
    assert len(page.encode()) < 60 * 1024


def test_all_that_match_are_taken_up_to_the_limit_and_politely_refused_above_it(publisher, desk):
    drafts = many(MOST_AT_ONCE + 1, desk=desk)
    sent = {"action": "submit", "index": 0, "select_across": 1, "_selected_action": drafts[0].pk}

    answer = publisher.post(LIST, sent, follow=True).content.decode()
    assert f"Choose not more than {MOST_AT_ONCE} releases at once" in answer
    assert not PressRelease.objects.filter(state=State.IN_REVIEW).exists()

    drafts[0].delete()
    page = publisher.post(LIST, sent | {"_selected_action": drafts[1].pk}).content.decode()
    done = send_what_was_shown(publisher, page, "submit", note="All.")

    assert f"Done for {MOST_AT_ONCE} of {MOST_AT_ONCE}." in done
    assert (
        PressRelease.objects.filter(state=State.IN_REVIEW, log__note="All.").count() == MOST_AT_ONCE
    )


def test_of_many_refusals_the_first_are_told_and_the_others_counted(publisher, desk):
    drafts = DraftFactory.create_batch(13, desk=desk)

    page = act(publisher, "submit", drafts)
    for draft in drafts:
        draft.save()
    done = send_what_was_shown(publisher, page, "submit")

    assert done.count("was changed meanwhile") == 10
    assert "And 3 more were refused." in done


def test_what_there_was_no_time_for_is_left_as_it_is(publisher, desk, monkeypatch):
    monkeypatch.setattr(bulk, "SECONDS", -1)
    drafts = DraftFactory.create_batch(2, desk=desk)

    done = act(publisher, "submit", drafts, confirmed="yes")

    assert "The time was up: 2 are left." in done
    assert not PressRelease.objects.filter(state=State.IN_REVIEW).exists()
