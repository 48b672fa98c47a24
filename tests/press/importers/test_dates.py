import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.importers.readers.dates import MONTHS, parse_dateline, parse_day
from press.models import FIRST_YEAR, LAST_YEAR

DATELINES = [
    ("VIENNA, 16 June 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA,16 June 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA, 16 June2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA, Jun 16 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("(VIENNA, 16 June 2011) – The", "VIENNA", date(2011, 6, 16)),
    ("BAKI, 12 dekabr 2012-ci il – Ofis", "BAKI", date(2012, 12, 12)),
    ("TOSHKENT, 12-dekabr 2012-yil – Ofis", "TOSHKENT", date(2012, 12, 12)),
    ("VIENNA, 16.06.2011 – The", "VIENNA", date(2011, 6, 16)),
    ("SARAJEVO, 12.06.2025. – The", "SARAJEVO", date(2025, 6, 12)),
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
    ("PARIS, le 5 mai 2010 – Le", "PARIS", date(2010, 5, 5)),
    ("PARIS, 1er août 2010 – La", "PARIS", date(2010, 8, 1)),
    ("LE HAVRE, 2 février 2010 : La", "LE HAVRE", date(2010, 2, 2)),
    ("PRISHTINË/PRIŠTINA, 12 September 2008 – The", "PRISHTINË/PRIŠTINA", date(2008, 9, 12)),
    ("NUR-SULTAN, 5 Sept. 2020 – The", "NUR-SULTAN", date(2020, 9, 5)),
    ("VIENNA, June 16, 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("June 16, 2011, Vienna – The", "Vienna", date(2011, 6, 16)),
    ("VIENNA, Thursday, 16 June 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("WIEN, Donnerstag, den 16. Juni 2011 – Der", "WIEN", date(2011, 6, 16)),
    ("VIENNA, Thursday June 16, 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA, 1st June 2011 – The", "VIENNA", date(2011, 6, 1)),
    ("VIENNA, 16 JUNE 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA, 16 Sept. 2011 – The", "VIENNA", date(2011, 9, 16)),
    ("GENÈVE, 3 févr. 2004 – Le", "GENÈVE", date(2004, 2, 3)),
    ("VIENNA, 16-17 June 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA, 16 and 17 June 2011 – The", "VIENNA", date(2011, 6, 16)),
    ("VIENNA, 30 June – 2 July 2011 – The", "VIENNA", date(2011, 6, 30)),
    ("VIENNA, 17-16 June 2011 – The", None, None),
    ("VALLETTA/VIENNA, 12 July – The", "VALLETTA/VIENNA", None),
    ("WASHINGTON D.C., October 23, 2002-The", "WASHINGTON D.C.", date(2002, 10, 23)),
    ("St. Petersburg, 5 July 1999 – The", "St. Petersburg", date(1999, 7, 5)),
    (
        "UST-KAMENOGORSK, Kazakhstan, 5 July 2009- The",
        "UST-KAMENOGORSK, Kazakhstan",
        date(2009, 7, 5),
    ),
    ("TBLISI, 5 July 1999 – The", "TBLISI", date(1999, 7, 5)),
    ("ROMA, 5 luglio 1999 – La", "ROMA", date(1999, 7, 5)),
    ("MADRID, 5 de julio de 1999 – La", "MADRID", date(1999, 7, 5)),
    ("CHIȘINĂU, 27 februarie 2013 – O", "CHIȘINĂU", date(2013, 2, 27)),
    ("КИЇВ, 7 липня 2015 р. – Місія", "КИЇВ", date(2015, 7, 7)),
    ("ЕРЕВАН / БАКУ, 7 октября 2017 г. – Глава", "ЕРЕВАН / БАКУ", date(2017, 10, 7)),
    ("САРАЈЕВО, 26. новембар 2025. године – Мисија", "САРАЈЕВО", date(2025, 11, 26)),
    ("БЕОГРАД, 5. марта 2004. године – Мисија", "БЕОГРАД", date(2004, 3, 5)),
    ("СКОПЈЕ, 12 мај 2014 година – Мисијата", "СКОПЈЕ", date(2014, 5, 12)),
    ("ZAGREB, 12. srpnja 2006. – Misija", "ZAGREB", date(2006, 7, 12)),
    ("TIRANË, 12 qershor 2019 – Prania", "TIRANË", date(2019, 6, 12)),
    ("ДУШАНБЕ, 17 апрели соли 2014 – Дафтар", "ДУШАНБЕ", date(2014, 4, 17)),
    ("ԵՐԵՎԱՆ, 17 ապրիլի 2014 թ. – Գրասենյակը", "ԵՐԵՎԱՆ", date(2014, 4, 17)),
    ("VIENNA,\u202f16\u2009June 2011\u2009–\u2009The", "VIENNA", date(2011, 6, 16)),
    ("\u200bVIENNA, 16 June 2011 – The", "VIENNA", date(2011, 6, 16)),
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
        "VIENNA, 29 February 2011 – The",
        "VIENNA, 31 June – The",
        "VIENNA, 0 May – The",
        "VIENNA, 16 June 1800 – The",
        "VIENNA, 16 June 2101 – The",
        "VIENNA, 03/05/2014 – The",
        "Le 5 mai 2010 – un mercredi – la Mission",
        "Kamensk-Shakhtinskiy, Russian Federation.",
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
        ("2011-06-15T23:30:00Z", date(2011, 6, 16)),
        ("2011-06-16 01:30:00", date(2011, 6, 16)),
        ("Wed, 15 Jun 2011 23:30:00 +0000", date(2011, 6, 16)),
        ("Publishing date: 5 July 1996", date(1996, 7, 5)),
        ("16. - 17. Juni 2011", date(2011, 6, 16)),
        ("26. новембар 2025. године", date(2025, 11, 26)),
        ("2011/06/16", date(2011, 6, 16)),
        ("16.06.2011", date(2011, 6, 16)),
        ("16. 6. 2011.", date(2011, 6, 16)),
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
        *("03/05/2014", "16 June 1800", "16 June 2101", "1969-12-31", "2101-01-01", "0 May 2011"),
        *("2100-12-31T23:30:00Z", "9999-12-31T23:30:00Z", "0001-01-01T00:00:00Z", "12011-06-16"),
    ],
)
def test_no_day_is_invented(text):
    assert parse_day(text) is None


PARTS = st.sampled_from(
    [
        *"0123456789 ,./-–:()\n",
        "VIENNA",
        "Thursday",
        "16",
        "31",
        "June",
        "марта",
        "2011",
        "2100",
        "T23:59Z",
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(PARTS, max_size=30).map("".join)))
def test_any_text_has_a_dateline_or_none(text):
    found, printed = parse_dateline(text), parse_day(text)

    assert found is None or (found.place and found.length <= len(text))
    for day in (printed, found and found.day):
        assert day is None or FIRST_YEAR <= day.year <= LAST_YEAR


@given(
    st.text(max_size=100), st.integers(1, 31), st.sampled_from(sorted(MONTHS)), st.integers(0, 2200)
)
def test_a_dateline_has_no_impossible_day(place, day, month, year):
    found = parse_dateline(f"{place}, {day} {month} {year:04} – Text")

    assert not (found and found.day) or FIRST_YEAR <= found.day.year <= LAST_YEAR


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


@pytest.mark.parametrize(
    "line",
    [
        "VIENNA" + " " * 100_000 + "x",
        " " * 100_000,
        "16 " * 30_000,
        "VIENNA, " * 12_000 + "16 June 2011 –",
        "A " * 50_000 + "1",
        "1 " + "a" * 100_000,
        "VIENNA, 16 June 2011" + " " * 100_000 + "x",
        "1-" * 50_000,
    ],
)
def test_a_hostile_line_takes_no_time(line):
    began = time.perf_counter()

    assert parse_dateline(line) is None
    parse_day(line)

    assert time.perf_counter() - began < 0.1
