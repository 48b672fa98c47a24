from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.dates import MONTHS, parse_dateline, parse_day

DATELINES = [
    ("VIENNA, 16 June 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("SARAJEVO, 18 December 2000 - The", "SARAJEVO", date(2000, 12, 18)),
    ("SARAJEVO 18 December 2000", "SARAJEVO", date(2000, 12, 18)),
    ("OSH, Kyrgyzstan, 14 March 2006- The", "OSH, Kyrgyzstan", date(2006, 3, 14)),
    ("BATKEN, Kyrgyzstan, 17 April 2014 – The", "BATKEN, Kyrgyzstan", date(2014, 4, 17)),
    ("SKOPJE, 18 October 2001 (OSCE)-- The", "SKOPJE", date(2001, 10, 18)),
    ("VIENNA, 18 October 2001 (OSCE)-The", "VIENNA", date(2001, 10, 18)),
    ("WASHINGTON D.C., 23 October 2002-The", "WASHINGTON D.C.", date(2002, 10, 23)),
    ("WASHINGTON DC, 23 October 2002 - The", "WASHINGTON DC", date(2002, 10, 23)),
    ("WARSAW/VIENNA, 30 August 2002- The", "WARSAW/VIENNA", date(2002, 8, 30)),
    ("VIENNA/THE HAGUE, 3 May 2004 – The", "VIENNA/THE HAGUE", date(2004, 5, 3)),
    (
        "SKOPJE/WARSAW/COPENHAGEN, 7 September 2023- The",
        "SKOPJE/WARSAW/COPENHAGEN",
        date(2023, 9, 7),
    ),
    ("YEREVAN / BAKU, 7 October 2017- The", "YEREVAN / BAKU", date(2017, 10, 7)),
    ("WARSAW/VIENNA, 30 June – The", "WARSAW/VIENNA", None),
    ("BISHKEK, 27 June 2024 — The", "BISHKEK", date(2024, 6, 27)),
    ("12 June 2025, Sarajevo – The", "Sarajevo", date(2025, 6, 12)),
    ("19 December 2024, SARAJEVO – The", "SARAJEVO", date(2024, 12, 19)),
    ("CHIŞINĂU, 27 aprilie 2013 - O", "CHIŞINĂU", date(2013, 4, 27)),
    ("SARAJEVO, 26. novembar 2025. godine - Misija", "SARAJEVO", date(2025, 11, 26)),
    ("ВЕНА, 6 марта 2023 года- Глава", "ВЕНА", date(2023, 3, 6)),
    ("WIEN, 1. März 2004 – Die", "WIEN", date(2004, 3, 1)),
    ("WIEN, 9. Jänner 2006 – Die", "WIEN", date(2006, 1, 9)),
    ("PARIS, le 5 mai 2010 – Le", None, None),
    ("PARIS, 1er août 2010 – La", "PARIS", date(2010, 8, 1)),
    ("LE HAVRE, 2 février 2010 : La", "LE HAVRE", date(2010, 2, 2)),
    ("PRISHTINË/PRIŠTINA, 12 September 2008 – The", "PRISHTINË/PRIŠTINA", date(2008, 9, 12)),
    ("NUR-SULTAN, 5 Sept. 2020 – The", "NUR-SULTAN", date(2020, 9, 5)),
    ("VIENNA,\xa016\xa0June\xa02011\xa0– The", "VIENNA", date(2011, 6, 16)),
]


@pytest.mark.parametrize(("text", "place", "day"), DATELINES)
def test_a_dateline_gives_its_place_and_day(text, place, day):
    found = parse_dateline(text)

    assert (found.place, found.day) == (place, day) if place else found is None


def test_the_length_of_a_dateline_ends_where_the_text_begins():
    text = "VIENNA, 16 June 2011 – The Chair spoke."

    assert text[parse_dateline(text).length :] == "The Chair spoke."


@pytest.mark.parametrize(
    "text",
    [
        "On 16 June 2011 – a Thursday – the Mission opened an office.",
        "On Monday, 16 June 2011 - the day of the vote - nothing happened.",
        "Since 5 May 2010: nothing.",
        "Tuesday, 5 May 2015: press briefing",
        "In a speech held on 16 June 2011 – his last – he spoke of bridges.",
        "On August 11, 2023 a monitor was hurt.",
        "Kamensk-Shakhtinskiy, Russian Federation. The team saw 12 vans.",
        "The observers will arrive in Tirana on 4 May 2013 and stay.",
        "VIENNA, 31 February 2011 – The",
        "VIENNA, 16 Quintember 2011 – The",
        "VIENNA – The",
        "",
        "\n",
    ],
)
def test_prose_and_impossible_dates_are_no_dateline(text):
    assert parse_dateline(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("16 June 2011", date(2011, 6, 16)),
        ("Thursday, 16 June 2011, 10:30", date(2011, 6, 16)),
        ("Thursday, June 16, 2011 - 14:30", date(2011, 6, 16)),
        ("22 ноября 2025", date(2025, 11, 22)),
        ("3. Mai 1999", date(1999, 5, 3)),
        ("1er mars 2010", date(2010, 3, 1)),
        ("8 de junio de 2004", date(2004, 6, 8)),
        ("2011-06-16", date(2011, 6, 16)),
        ("2011-06-16T23:59:00+02:00", date(2011, 6, 16)),
        ("16.06.2011", date(2011, 6, 16)),
        ("29 February 2012", date(2012, 2, 29)),
    ],
)
def test_a_printed_date_is_read(text, day):
    assert parse_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *("", "16 June", "June 2011", "2011", "6/5/2011", "31 February 2011", "29 February 2011"),
        *("0 June 2011", "32.01.2011", "16.13.2011", "2011-13-01", "116 June 2011", "16 June 0011"),
        *("yesterday", "16 juno 2011", "192.168.12.2011"),
    ],
)
def test_no_day_is_invented(text):
    assert parse_day(text) is None


@given(st.text(max_size=300))
def test_any_text_has_a_dateline_or_none(text):
    found = parse_dateline(text)

    assert found is None or (found.place and found.length <= len(text))
    assert parse_day(text) is None or parse_day(text).year >= 1970


@given(
    place=st.sampled_from(["VIENNA", "The Hague", "ВЕНА", "BAKU / YEREVAN", "OSH, Kyrgyzstan"]),
    day=st.dates(date(1995, 1, 1), date(2026, 12, 31)),
    month_choice=st.integers(0, 99),
    dot=st.sampled_from(["", "."]),
    comma=st.sampled_from([",", ""]),
    dash=st.sampled_from([" – ", "- ", " — ", "--", " - ", ": "]),
)
def test_a_written_dateline_is_read_back(place, day, month_choice, dot, comma, dash):
    names = [name for name, number in MONTHS.items() if number == day.month]
    month = names[month_choice % len(names)]
    text = f"{place}{comma} {day.day}{dot} {month} {day.year}{dash}Text."

    found = parse_dateline(text)

    assert (found.place, found.day) == (place, day)
    assert text[found.length :] == "Text."


def test_a_long_run_of_spaces_takes_no_time():
    assert parse_dateline("VIENNA" + " " * 200_000 + "x") is None
