import tomllib

import pytest
from django.core.management import call_command

from structures.models import Structure
from structures.seed import TREES, load_taxonomy
from taxonomy.labels import Labels
from taxonomy.models import Chairpersonship, Country, FieldOfWork, Meeting

pytestmark = pytest.mark.django_db


def names_below(model, code):
    return [term.name for term in model.objects.get(code=code).children.all()]


def test_the_trees_hold_what_the_menu_has_in_its_order(taxonomy):
    fields = [term.name for term in FieldOfWork.objects.filter(parent=None)]
    assert (len(fields), fields[0], fields[13], fields[-1]) == (
        23,
        "Arms control",
        "Human rights",
        "Youth",
    )
    assert names_below(FieldOfWork, "media-freedom-and-development") == [
        "Safety of journalists",
        "Media laws",
        "Media pluralism",
        "Media self-regulation",
        "Media freedom on the internet",
        "Decriminalization of defamation",
    ]
    assert names_below(FieldOfWork, "environmental-activities") == [
        "Climate change",
        "Environmental good governance",
        "Water management",
    ]
    assert Meeting.objects.count() == 16
    states = names_below(Country, "participating-states")
    assert (len(states), states[0], states[36], states[-1]) == (
        57,
        "Albania",
        "The Netherlands",
        "Uzbekistan",
    )
    assert names_below(Country, "asian-partners-for-co-operation") == [
        "Afghanistan",
        "Australia",
        "Japan",
        "Republic of Korea",
        "Thailand",
    ]
    assert names_below(Country, "mediterranean-partners-for-co-operation") == [
        "Algeria",
        "Egypt",
        "Israel",
        "Jordan",
        "Morocco",
        "Tunisia",
    ]
    assert [term.name for term in Structure.objects.filter(parent=None)] == [
        "Chairpersonship",
        "Secretariat",
        "Institutions",
        "Field operations",
        "Parliamentary Assembly",
        "Court of Conciliation and Arbitration",
    ]
    assert len(names_below(Structure, "secretariat")) == 12
    assert len(names_below(Structure, "institutions")) == 3


def test_every_country_has_its_own_iso_code(taxonomy):
    codes = Country.objects.exclude(parent=None).values_list("iso", flat=True)

    assert len(set(codes)) == 68
    assert all(len(code) == 2 and code.isupper() for code in codes)


def test_field_operations_know_their_host_and_closed_ones_say_so(taxonomy):
    assert Structure.objects.get(code="mission-to-skopje").host_country.name == "North Macedonia"
    assert Structure.objects.get(code="mission-in-kosovo").host_country is None
    closed = Structure.objects.get(code="closed-field-activities").children.all()
    assert closed.count() == 12
    assert all(term.is_closed and str(term).endswith("(closed)") for term in closed)


def test_a_body_that_took_over_anothers_work_knows_it(taxonomy):
    mission = Structure.objects.get(code="mission-in-kosovo")

    assert [term.code for term in mission.predecessors.all()] == [
        "transitional-task-force-for-kosovo"
    ]


def test_the_chair_of_a_year_is_computed(taxonomy):
    assert Chairpersonship.objects.get(year=2011).country.code == "lithuania"
    chair = Country.objects.with_chair(2026).get(code="switzerland")
    assert str(chair) == "Switzerland – OSCE Chairpersonship 2026"
    assert str(Country.objects.with_chair(2025).get(code="switzerland")) == "Switzerland"


def test_loading_again_changes_nothing(taxonomy):
    outcomes = load_taxonomy()

    assert not any(outcome["created"] for outcome in outcomes.values())


def test_what_editors_did_stays(taxonomy):
    policing = FieldOfWork.objects.get(code="policing")
    policing.name, policing.slug = "Police work", "police-work"
    policing.parent = FieldOfWork.objects.get(code="rule-of-law")
    policing.save()

    load_taxonomy()

    policing.refresh_from_db()
    assert (policing.name, policing.slug, policing.parent.code) == (
        "Police work",
        "police-work",
        "rule-of-law",
    )


def test_a_missing_term_comes_back_in_its_place(taxonomy):
    FieldOfWork.objects.get(code="elections").delete()

    load_taxonomy()

    codes = list(FieldOfWork.objects.filter(parent=None).values_list("code", flat=True))
    assert codes.index("elections") == codes.index("education") + 1


@pytest.mark.parametrize(("model", "path"), TREES)
def test_no_label_means_two_terms(taxonomy, model, path):
    labels = Labels(model)
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["term"]:
        aliases = [alias for each in entry.get("aliases", {}).values() for alias in each]
        for name in [entry["name"], *aliases, *(each["name"] for each in entry.get("former", []))]:
            assert [labels.codes[pk] for pk in labels.match(name)[0]] == [entry["code"]], name


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("OSCE Chairmanship", "chairpersonship"),
        ("OSCE Centre in Almaty", "programme-office-in-astana"),
        ("OSCE Spillover Monitor Mission to Skopje", "mission-to-skopje"),
        ("OSCE Office in Yerevan (closed)", "office-in-yerevan"),
        ("Секретариат ОБСЕ", "secretariat"),
        ("ODIHR", "odihr"),
    ],
)
def test_labels_of_old_pages_are_recognised(taxonomy, label, code):
    labels = Labels(Structure)
    assert [labels.codes[pk] for pk in labels.match(label)[0]] == [code]


def test_the_command_says_what_it_did(taxonomy, capsys):
    call_command("load_taxonomy")

    assert "fields of work: 0 created, 32 already there" in capsys.readouterr().out
