"""The desk of those who decide what the archive means."""

import pytest
from django.contrib.auth.models import Group

from press.importers.matching.countries import Found, store_suggestions
from press.models import CountrySuggestion, PressRelease, TermDecision
from press.running import one_at_a_time
from structures.models import Role
from taxonomy.models import FieldOfWork
from tests.factories import (
    CountryFactory,
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    UserFactory,
    person_at,
)

from .importers.test_terms import another_import

pytestmark = pytest.mark.django_db

LABELS = "/admin/press/termdecision/labels/"
SUGGESTIONS = "/admin/press/countrysuggestion/"


@pytest.fixture
def central(client):
    person = person_at(Role.EDITOR)
    client.force_login(person)
    return person


@pytest.fixture
def taxonomist(client):
    person = UserFactory(is_staff=True)
    person.groups.add(Group.objects.get(name="Taxonomists"))
    client.force_login(person)
    return person


def decide(client, label="Quill", vocabulary="field", **data):
    sent = {"vocabulary": vocabulary, "label": label, **data}
    return client.post(LABELS, sent, follow=True)


def test_labels_are_listed_with_counts_examples_and_guesses(client, central, taxonomy):
    release = ReleaseFactory(title="First of them", unmatched_labels={"field": ["Ellections"]})
    ReleaseFactory(title="Second of them", unmatched_labels={"field": ["ellection"]})
    ReleaseFactory(unmatched_labels={"source": ["Somebody"]})

    page = client.get(LABELS, {"vocabulary": "field"}).content.decode()

    assert "Field of work (1)" in page
    assert "Structure (1)" in page
    assert 'value="elections"' in page
    assert f'href="/admin/press/pressrelease/{release.pk}/change/">First of them' in page
    assert "Somebody" not in page
    found = client.get("/admin/press/pressrelease/?label=field%3AEllections").content.decode()
    assert "First of them" in found
    assert "Second of them" in found
    assert "2 press releases" in found


@pytest.mark.parametrize("way", ["term", "guess", "ignore"])
def test_a_decision_acts_at_once(client, central, way):
    field = FieldFactory(name="Quiet work", code="quiet-work")
    release = ReleaseFactory(unmatched_labels={"field": ["Quill"]})

    page = decide(client, **{way: {"term": field.pk, "guess": field.code, "ignore": "yes"}[way]})

    release.refresh_from_db()
    assert "Releases that changed: 1." in page.content.decode()
    assert release.unmatched_labels == {}
    assert list(release.fields_of_work.all()) == ([] if way == "ignore" else [field])
    decision = TermDecision.objects.get()
    assert (decision.code, decision.by) == ("" if way == "ignore" else field.code, central)


@pytest.mark.parametrize(
    "sent",
    [{}, {"term": "999999"}, {"guess": "nonsense"}, {"label": " "}, {"vocabulary": "x"}],
)
def test_what_is_no_decision_is_told_and_decides_nothing(client, central, sent):
    release = ReleaseFactory(unmatched_labels={"field": ["Quill"]})

    page = decide(client, **sent).content.decode()

    release.refresh_from_db()
    assert "Choose" in page
    assert release.unmatched_labels == {"field": ["Quill"]}
    assert not TermDecision.objects.exists()


def test_a_taxonomist_decides_without_seeing_releases(client, taxonomist):
    field = FieldFactory()
    release = ReleaseFactory(title="Unseen", unmatched_labels={"field": ["Quill"]})

    page = client.get(LABELS).content.decode()
    decide(client, term=field.pk)

    assert "Quill" in page
    assert "Unseen" not in page
    assert list(release.fields_of_work.all()) == [field]


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.PUBLISHER])
def test_people_of_one_desk_do_not_decide_for_all(client, role):
    client.force_login(person_at(role, StructureFactory()))
    ReleaseFactory(unmatched_labels={"field": ["Quill"]})

    assert client.get(LABELS).status_code == 403
    assert decide(client, ignore="yes").status_code == 403
    assert not TermDecision.objects.exists()


def test_while_an_import_runs_nothing_is_decided(client, central):
    ReleaseFactory(unmatched_labels={"field": ["Quill"]})

    with another_import():
        page = decide(client, ignore="yes").content.decode()

    assert "An import is running" in page
    assert not TermDecision.objects.exists()
    with one_at_a_time():
        pass


def test_a_decision_can_be_looked_up_and_forgotten(client, central):
    decision = TermDecision.objects.create(vocabulary="field", label="Quill", code="")

    assert "Quill" in client.get("/admin/press/termdecision/?q=Quill").content.decode()
    client.post(f"/admin/press/termdecision/{decision.pk}/delete/", {"post": "yes"})

    assert not TermDecision.objects.exists()


def test_a_page_of_thousands_of_labels_and_terms_needs_few_questions(
    client, central, django_assert_max_num_queries
):
    FieldOfWork.objects.bulk_create(
        FieldOfWork(name=f"Work {number}", code=f"w-{number}", slug=f"w-{number}")
        for number in range(2000)
    )
    PressRelease.objects.bulk_create(
        PressRelease(
            body="<p>Text</p>",
            title=f"R {number}",
            unmatched_labels={"field": [f"Quill {number % 500}", f"Ink {number}"]},
        )
        for number in range(1000)
    )

    with django_assert_max_num_queries(14):
        page = client.get(LABELS)

    assert "Field of work (1500)" in page.content.decode()
    assert len(page.content) < 200_000


@pytest.mark.parametrize("label", ["x", "field", "nonsense:Quill"])
def test_an_impossible_label_in_an_address_is_told(client, central, label):
    answer = client.get("/admin/press/pressrelease/", {"label": label})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/press/pressrelease/?e=1")


# Suggested countries


@pytest.fixture
def suggestions():
    """Two that wait, of the central desk and of another one."""
    desk = StructureFactory(host_country=CountryFactory(name="Freedonia"))
    central = ReleaseFactory(
        title="Central talks", sources=[desk], published_at="2011-05-05T00:00Z"
    )
    other = ReleaseFactory(title="Other talks", desk=desk)
    country = CountryFactory(name="Sylvania")
    store_suggestions(
        [
            (central.pk, Found(country.pk, "title", "Sylvania")),
            (other.pk, Found(country.pk, "host", "Mission")),
        ]
    )
    return CountrySuggestion.objects.order_by("pk")


def act(client, action, chosen):
    return client.post(
        SUGGESTIONS,
        {"action": action, "_selected_action": [each.pk for each in chosen]},
        follow=True,
    )


def test_suggestions_are_confirmed_and_rejected_in_bulk(client, central, suggestions):
    one, other = suggestions

    assert "Confirmed: 1." in act(client, "confirm", [one]).content.decode()
    assert "Rejected: 1." in act(client, "reject", [other]).content.decode()

    assert [each.name for each in one.release.countries.all()] == ["Sylvania"]
    assert not other.release.countries.exists()
    assert [each.by for each in suggestions.all()] == [central, central]
    assert "0 suggested countries" in client.get(SUGGESTIONS).content.decode()
    rejected = client.get(f"{SUGGESTIONS}?status=rejected").content.decode()
    assert "Other talks" in rejected
    assert "Central talks" not in rejected


@pytest.mark.parametrize(
    "query", ["reason__exact=title", "year=2011", "release__sources__branch={source}"]
)
def test_suggestions_are_filtered(client, central, suggestions, query):
    source = suggestions[0].release.sources.get().pk

    page = client.get(f"{SUGGESTIONS}?{query.format(source=source)}").content.decode()

    assert "Central talks" in page
    assert "Other talks" not in page


def test_editors_of_a_desk_see_and_touch_its_suggestions_only(client, suggestions):
    client.force_login(person_at(Role.EDITOR, suggestions[1].release.desk))

    page = client.get(SUGGESTIONS).content.decode()
    act(client, "confirm", suggestions)

    assert "Other talks" in page
    assert "Central talks" not in page
    assert [each.status for each in suggestions.all()] == ["pending", "confirmed"]


@pytest.mark.parametrize("role", [Role.AUTHOR, None])
def test_who_may_not_change_terms_confirms_nothing(client, suggestions, role):
    person = person_at(role) if role else UserFactory(is_staff=True)
    client.force_login(person)

    assert client.get(SUGGESTIONS).status_code == 403
    act(client, "confirm", suggestions)
    assert not CountrySuggestion.objects.exclude(status="pending").exists()


def test_a_hundred_suggestions_need_few_questions(client, central, django_assert_max_num_queries):
    countries = CountryFactory.create_batch(4)
    for _ in range(25):
        release = ReleaseFactory()
        store_suggestions((release.pk, Found(each.pk, "title", each.name)) for each in countries)

    with django_assert_max_num_queries(14):
        page = client.get(SUGGESTIONS).content.decode()

    assert "100 suggested countries" in page


def test_a_draft_with_suggestions_can_be_deleted(client, central):
    release = DraftFactory()
    store_suggestions([(release.pk, Found(CountryFactory().pk, "title", "x"))])

    client.post(f"/admin/press/pressrelease/{release.pk}/delete/", {"post": "yes"})

    assert not PressRelease.objects.exists()
