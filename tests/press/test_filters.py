import re
from datetime import date
from html import unescape

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from press.facets import current
from press.filters import DIMENSIONS, LONGEST_QUERY, MOST_VALUES, BadSelection, Selection
from press.search import match
from taxonomy.models import Country
from tests.factories import ReleaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("taxonomy")]


@pytest.fixture
def index():
    return current()


def parse(query_string):
    return Selection.parse(QueryDict(query_string))


def test_everything_that_can_be_chosen_comes_back_as_one_canonical_query_string():
    canonical = (
        "field=policing&field=rule-of-law&country=albania&structure=secretariat"
        "&meeting=summit-meetings&kind=press-release&language=en&year=2011&month=6"
        "&from=2011-01-01&to=2011-12-31&q=poppy&sort=relevance&page=2"
    )
    shuffled = "&".join(sorted(canonical.split("&"), reverse=True))

    assert parse(canonical).query_string() == canonical
    assert parse(shuffled) == parse(canonical)


@pytest.mark.parametrize(
    "noise",
    ["utm_source=x", "fbclid=1", "page=1", "sort=date", "sort=relevance",
     "q=", "q=%20%20", "field=", "field__regex=(a%2B)%2B$",
     "_connector=OR%201=1", "author__password__startswith=p", "%00=1"],
)  # fmt: skip
def test_noise_is_left_out_of_the_canonical_query_string(noise):
    assert parse(f"field=policing&field=policing&{noise}").query_string() == "field=policing"


@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        ("field=no-such", "Field of work: There is no “no-such”."),
        ("country=1", "Country: There is no “1”."),
        ("structure=%00", "Structure: There is no “\x00”."),
        ("kind=poem", "Kind: There is no “poem”."),
        ("language=xx", "Language: There is no “xx”."),
        ("year=1e1000000", "Year: There is no “1e1000000”."),
        ("year=%D9%A2%D9%A0%D9%A1%D9%A1", "Year: There is no “٢٠١١”."),
        ("year=2011&month=13", "Month: There is no “13”."),
        ("month=6", "Month: A month needs a year."),
        ("from=2011-02-31", "From: Write a date as year-month-day, such as 2011-06-16."),
        ("to=0000-00-00", "To: Write a date as year-month-day, such as 2011-06-16."),
        ("from=2012-01-01&to=2011-01-01", "To: The last day lies before the first."),
        ("to=9999-12-31", "To: Choose a year from 1970 to 2100."),
        ("from=0001-01-01", "From: Choose a year from 1970 to 2100."),
        ("sort=best", "There is no order “best”."),
        ("page=0", "There is no page “0”."),
        ("page=-1", "There is no page “-1”."),
        ("page=1e9", "There is no page “1e9”."),
        ("page=%D9%A3", "There is no page “٣”."),
    ],
)
def test_a_value_that_does_not_exist_is_named_and_the_rest_is_kept(query_string, message):
    with pytest.raises(BadSelection) as bad:
        parse(f"{query_string}&q=poppy")

    assert bad.value.errors == [message]
    assert "q=poppy" in bad.value.remedy.query_string()


def test_a_bad_value_beside_a_good_one_loses_the_choice_of_that_dimension_only():
    with pytest.raises(BadSelection) as bad:
        parse("field=policing&field=no-such&kind=news-item")

    assert bad.value.remedy.query_string() == "kind=news-item"


def test_too_many_values_are_refused():
    with pytest.raises(BadSelection):
        parse("&".join(f"field=x{number}" for number in range(60)))


def test_too_many_values_of_all_dimensions_together_are_refused():
    years = [f"year={year}" for year in range(1990, 2010)]
    months = [f"month={month}" for month in range(1, 13)]
    languages = [
        f"language={code}" for code in ("en", "fr", "de", "it", "ru", "es", "sq", "hy", "az")
    ]

    with pytest.raises(BadSelection) as bad:
        parse("&".join(["q=x", *years, *months, *languages]))

    assert bad.value.errors == ["Not more than 40 values can be combined."]
    assert bad.value.remedy.query_string() == "q=x"


def test_a_long_query_is_cut():
    assert len(parse(f"q={'x' * 10_000}").query) == LONGEST_QUERY


def test_toggling_adds_a_value_takes_it_off_and_goes_back_to_the_first_page():
    selection = parse("field=policing&page=3")
    rule_of_law = parse("field=rule-of-law").choices["field"][0]

    both = selection.toggled("field", rule_of_law)

    assert both.query_string() == "field=policing&field=rule-of-law"
    assert both.toggled("field", rule_of_law).query_string() == "field=policing"


def test_taking_the_year_off_takes_its_month_along():
    selection = parse("year=2011&month=6")

    assert selection.toggled("year", selection.choices["year"][0]).query_string() == ""


def test_without_words_there_is_no_relevance():
    selection = parse("q=poppy&sort=relevance&field=policing")

    assert selection.replaced(query="").query_string() == "field=policing"


def test_a_selection_cannot_be_changed():
    selection = parse("field=policing")

    with pytest.raises(TypeError):
        selection.choices["kind"] = ()


def test_dates_are_days():
    selection = parse("from=2011-06-16&to=2011-06-16")

    assert (selection.first, selection.last) == (date(2011, 6, 16), date(2011, 6, 16))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*DIMENSIONS, "from", "to", "q", "page", "sort", "x"]),
            st.text(max_size=20)
            | st.dates().map(str)
            | st.sampled_from(["none", "policing", "2011", "2011-06-16", "6"]),
        ),
        max_size=6,
    )
)
def test_any_parameters_give_a_selection_or_say_what_is_wrong(index, pairs):
    params = QueryDict(mutable=True)
    for name, value in pairs:
        params.appendlist(name, value)
    try:
        selection = Selection.parse(params, index.trees)
    except BadSelection as bad:
        assert bad.errors
        selection = bad.remedy
    again = Selection.parse(QueryDict(selection.query_string()), index.trees)
    assert (again, hash(again)) == (selection, hash(selection))
    index.query(selection, match(selection.query), selection.page, at=timezone.now())


def test_relevance_without_words_is_the_order_of_dates(client):
    for query in ("!!!", "OR", "%F0%9F%98%80"):
        assert client.get(f"/press-releases/?q={query}&sort=relevance").status_code == 200


def test_characters_that_no_document_can_hold_are_no_words():
    assert parse("q=pop%08py%EF%BF%BE+%00").query_string() == "q=poppy"


def test_no_link_leads_to_more_values_than_can_be_combined(client):
    countries = sorted(Country.objects.values_list("slug", flat=True))
    chosen = "&".join(f"country={slug}" for slug in countries[:MOST_VALUES])
    ReleaseFactory(countries=list(Country.objects.all()))

    page = client.get(f"/press-releases/?{chosen}&q=albania+OR+release").content.decode()

    links = {unescape(link) for link in re.findall(r'href="(/press-releases/\?[^"]*)"', page)}
    assert links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
