"""Countries that releases of the archive seem to be about."""

from datetime import date

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from press.importers.matching import terms
from press.importers.matching.countries import (
    Countries,
    Found,
    confirm,
    reject,
    store_suggestions,
    suggest,
    suggest_for,
    words_of,
)
from press.importers.run import Options, import_releases
from press.models import CountrySuggestion, Origin, PressRelease, TermDecision
from structures.models import Structure
from taxonomy.labels import Name
from taxonomy.merging import merge
from taxonomy.models import Country
from tests.factories import CountryFactory, ReleaseFactory, StructureFactory, UserFactory

from .test_import import capture

pytestmark = pytest.mark.usefixtures("taxonomy")


def suggested(title="A seminar ends", place="", sources=(), language="en", day=None, tagged=()):
    """{code of a country: the reason}"""
    codes = dict(Country.objects.values_list("pk", "code"))
    found = suggest(
        title=title,
        place=place,
        sources=Structure.objects.filter(code__in=sources).values_list("pk", flat=True),
        countries=Countries.load(),
        language=language,
        day=day,
        tagged=Country.objects.filter(code__in=tagged).values_list("pk", flat=True),
    )
    return {codes[each.country]: each.reason for each in found}


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("OSCE supports reform in Turkey", {"turkiye"}),
        ("OSCE supports reform in Türkiye", {"turkiye"}),
        ("Georgia’s parliament meets Russia-led talks", {"georgia", "russian-federation"}),
        ("Georgian and Russian experts meet", set()),
        ("OSCE Mission to Moldova opens an office", {"moldova"}),
        ("UK and U.S. fund a project in Bosnia and Herzegovina",
         {"united-kingdom", "united-states-of-america", "bosnia-and-herzegovina"}),
        ("Let us all go", set()),
        ("LET US ALL GO", set()),
        ("Wild turkey farmers and chad", set()),
        ("An Island of peace", set()),  # in German it is Iceland
        ("Republika Srpska adopts a law", set()),
        ("Northern Ireland shares its experience", set()),
        ("Tribunal for the former Yugoslavia opens archive", set()),
        ("Elections in the former Yugoslav Republic of Macedonia", {"north-macedonia"}),
        ("FYROM and North Macedonia", {"north-macedonia"}),
        ("Mission to the Federal Republic of Yugoslavia", {"serbia"}),
        ("Ambassador Michael Jordan takes office", set()),
        ("Jordan and Georgia join, says Malta", {"jordan", "georgia", "malta"}),
        ("OSCE Helps Georgia Reform Its Police", {"georgia"}),
        ("Kyrgyz Republic hosts a forum", {"kyrgyzstan"}),
        ("Judges of South Georgia", set()),
        ("Participating States meet", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_countries_are_named_by_whole_words(title, codes):
    found = suggested(title)

    assert found.keys() == codes
    assert set(found.values()) <= {"title"}


@pytest.mark.parametrize(
    ("language", "title", "codes"),
    [
        ("de", "Wahlen in Deutschland und Island", {"germany", "iceland"}),
        ("fr", "Élections en Albanie", {"albania"}),
        ("ru", "Семинар: Казахстан и Турция", {"kazakhstan", "turkiye"}),
        ("en", "Deutschland", set()),
    ],
)
def test_names_of_the_language_of_the_title_count(language, title, codes):
    assert suggested(title, language=language).keys() == codes


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ("OSH, Kyrgyzstan", {"kyrgyzstan"}),
        ("YEREVAN / BAKU", set()),
        ("OSH, Kyrgyzstan/ALMATY, Kazakhstan", {"kyrgyzstan", "kazakhstan"}),
        ("SKOPJE, former Yugoslav Republic of Macedonia", {"north-macedonia"}),
        ("WASHINGTON, D.C.", set()),
        ("ATLANTA, Georgia", set()),
        ("LUXEMBOURG", set()),
        ("PRISHTINË/PRIŠTINA, Kosovo, Serbia", set()),
    ],
)
def test_the_country_after_a_city_counts(place, codes):
    assert suggested(place=place).keys() == codes


def test_each_country_comes_once_with_its_best_reason_and_not_when_it_is_tagged():
    sources = ["programme-office-in-bishkek", "mission-to-moldova", "secretariat"]

    assert suggested("Seminar in Kyrgyzstan", "OSH, Kyrgyzstan", sources) == {
        "kyrgyzstan": "title",
        "moldova": "host",
    }
    assert suggested(place="OSH, Kyrgyzstan", sources=sources, tagged=["moldova"]) == {
        "kyrgyzstan": "dateline"
    }


def test_nothing_is_derived_for_the_mission_in_kosovo():
    assert suggested("Police from Albania visit", sources=["mission-in-kosovo"]) == {}
    assert suggested("Albania", "PRIZREN", ["presence-in-albania"]) == {}
    assert suggested(sources=["mission-in-kosovo", "mission-to-serbia"]) == {"serbia": "host"}


def test_a_name_of_two_countries_is_one_only_in_its_time():
    title = "Judges of Serbia and Montenegro meet"
    assert suggested(title).keys() == {"serbia", "montenegro"}

    name = Country.objects.get(code="serbia").names.get(name="Serbia and Montenegro")
    name.since, name.until = date(2003, 2, 4), date(2006, 6, 2)
    name.save()

    assert suggested(title, day=date(2004, 1, 1)).keys() == {"serbia"}
    assert suggested(title, day=date(2015, 1, 1)).keys() == {"serbia", "montenegro"}


@pytest.fixture(scope="module")
def few_countries():
    names = {"Georgia": 1, "US": 2, "Serbia and Montenegro": 3, "Serbia": 3, "Montenegro": 4}
    return Countries(
        {words_of(name): [(name, "en", Name(pk))] for name, pk in names.items()}, {}, set()
    )


TEXTS = st.text(max_size=40) | st.lists(
    st.sampled_from(["Georgia", "US", "Serbia", "and", "Montenegro", ",", "/", " ", "U.S.", "Mike"])
).map(" ".join)


@given(TEXTS, TEXTS, st.dates() | st.none())
def test_no_text_breaks_it(few_countries, title, place, day):
    found = suggest(title=title, place=place, sources=[], countries=few_countries, day=day)

    assert {each.country for each in found} <= {1, 2, 3, 4}
    assert len({each.country for each in found}) == len(found)


# Stored


@pytest.fixture
def malta():
    return Country.objects.get(code="malta")


def test_a_suggestion_is_no_tag_until_it_is_confirmed(client, malta):
    release = ReleaseFactory(title="Harbour course in Malta")
    translation = ReleaseFactory(title="Hafen", language="de", translation_of=release)
    before = PressRelease.objects.get(pk=release.pk)
    assert suggest_for(PressRelease.objects.all()) == 1

    for address in (
        "/press-releases/?country=malta",
        "/countries/malta/",
        "/press-releases/feed/?country=malta",
    ):
        assert "Harbour course" not in client.get(address).content.decode()
    assert "/countries/malta/" not in client.get(release.get_absolute_url()).content.decode()

    person = UserFactory()
    assert confirm(CountrySuggestion.objects.all(), by=person) == 1

    assert "Harbour course" in client.get("/press-releases/?country=malta").content.decode()
    assert list(translation.countries.all()) == [malta]
    release.refresh_from_db()
    for name in ("published_at", "updated_at", "corrected_at", "state"):
        assert getattr(release, name) == getattr(before, name)
    log = release.log.get()
    assert (log.action, log.by, log.note) == (
        "confirm_country", person, "Countries: Malta (named in the title).",
    )  # fmt: skip
    suggestion = CountrySuggestion.objects.get()
    assert (suggestion.status, suggestion.by) == ("confirmed", person)
    assert confirm(CountrySuggestion.objects.all()) == 0


def test_what_was_rejected_never_comes_again(tmp_path, malta):
    file = tmp_path / "a.txt"
    file.write_text(capture(title="Harbour course in Malta"))
    import_releases([str(file)])
    person = UserFactory()

    assert reject(CountrySuggestion.objects.all(), by=person) == 1
    file.write_text(capture(title="Harbour course in Malta", field="Elections"))
    import_releases([str(file)])
    again = suggest_for(PressRelease.objects.all())

    assert again == 0
    suggestion = CountrySuggestion.objects.get()
    assert (suggestion.status, suggestion.by) == ("rejected", person)
    assert not PressRelease.objects.get().countries.exists()


def test_a_dry_run_suggests_nothing(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(capture(title="Harbour course in Malta"))

    import_releases([str(file)], Options(dry_run=True))

    assert not CountrySuggestion.objects.exists()


def test_translations_leave_their_suggestions_to_the_original(malta):
    release = ReleaseFactory()
    translation = ReleaseFactory(language="de", translation_of=release)

    new = store_suggestions(
        [
            (translation.pk, Found(malta.pk, "title", "Malta")),
            (release.pk, Found(malta.pk, "host", "X")),
        ]
    )

    assert new == 1
    assert CountrySuggestion.objects.get().release == release
    assert CountrySuggestion.objects.get().reason == "title"


def test_what_somebody_tagged_meanwhile_does_not_wait(malta):
    release = ReleaseFactory()
    store_suggestions([(release.pk, Found(malta.pk, "title", "Malta"))])
    assert CountrySuggestion.objects.waiting().exists()

    release.countries.add(malta)

    assert not CountrySuggestion.objects.waiting().exists()


def test_many_are_suggested_and_confirmed_with_few_questions(malta, django_assert_max_num_queries):
    office = StructureFactory(host_country=malta)
    ReleaseFactory.create_batch(120, title="Talks in Albania", sources=[office])

    with django_assert_max_num_queries(13):
        assert suggest_for(PressRelease.objects.all()) == 240
    with django_assert_max_num_queries(20):
        assert confirm(CountrySuggestion.objects.all()) == 240
    assert malta.releases.count() == 120


def test_a_country_that_is_merged_takes_its_suggestions_along(malta):
    other = CountryFactory(name="Melita")
    release = ReleaseFactory()
    store_suggestions([(release.pk, Found(other.pk, "title", "Melita"))])

    merge(other, malta)

    assert CountrySuggestion.objects.get().country == malta


def test_those_of_the_sample_archive_are_confirmed():
    call_command("load_sample", verbosity=0)
    call_command("load_sample", verbosity=0)

    assert set(CountrySuggestion.objects.values_list("status", flat=True)) == {"confirmed"}
    school = PressRelease.objects.get(title__startswith="School theatre")
    assert [country.code for country in school.countries.all()] == ["kyrgyzstan"]


# What comes after the import


def test_a_decision_that_files_under_a_structure_suggests_its_host():
    malta = CountryFactory(name="Malta")
    StructureFactory(code="harbour-office", name="Harbour Office", host_country=malta)
    release = ReleaseFactory(unmatched_labels={"source": ["Quill Office"]})
    terms.decide(
        [TermDecision(vocabulary="source", label="Quill Office", code="harbour-office")], by=None
    )

    terms.refile(terms.Matcher(), by=None)

    suggestion = CountrySuggestion.objects.get()
    assert (suggestion.release, suggestion.country, suggestion.reason) == (release, malta, "host")


def test_the_command_suggests_for_what_is_imported_once(capsys):
    CountryFactory(name="Malta")
    Origin.objects.create(release=ReleaseFactory(title="Harbour course in Malta"))
    ReleaseFactory(title="Our own words about Malta")

    call_command("suggest_countries")
    call_command("suggest_countries")

    assert capsys.readouterr().out == "New suggestions: 1.\nNew suggestions: 0.\n"


# Cases


def named(title, language):
    known = Countries.load()
    found = suggest(title=title, place="", sources=[], countries=known, language=language)
    return sorted(Country.objects.get(pk=each.country).iso for each in found)


@pytest.mark.parametrize(
    ("language", "title", "iso"),
    [
        ("ru", "В Казахстане завершился семинар", ["KZ"]),
        ("ru", "Семинар для судей Украины и Молдовы", ["MD", "UA"]),
        ("de", "Kurs in der Ukraine", ["UA"]),
        ("de", "Die Wahlen Kasachstans", ["KZ"]),
        ("fr", "Un séminaire au Kazakhstan", ["KZ"]),
        ("ro", "Autoritățile Republicii și ale Ucrainei", ["UA"]),
        ("bs", "Kurs za sudije u Bosni i Hercegovini", ["BA"]),
        ("sr", "Kurs za sudije u Crnoj Gori i Srbiji", ["ME", "RS"]),
    ],
)
@pytest.mark.usefixtures("taxonomy")
def test_cases_of_names_are_recognised_in_their_language(language, title, iso):
    assert named(title, language) == iso


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Georgian judges in Niger, Nigeria and Guinea"),
        ("ru", "Казахстанские судьи, Казахстанская степь и украинский язык"),
        ("ru", "в казахстане"),
        ("en", "В Казахстане"),
        ("de", "Georgische und ukrainische Fachleute"),
        ("ru", "Судьи из Гвинеи, Нигера и Нигерии"),
        ("bs", "Hrvatske vlasti i srpske sudije"),
        ("ro", "Experți moldoveni și ucraineni"),
    ],
)
@pytest.mark.usefixtures("taxonomy")
def test_what_only_looks_like_a_case_of_a_name_is_not_one(language, title):
    assert named(title, language) == []
