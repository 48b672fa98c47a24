"""What readers type and what they find: the same on both databases."""

import pytest

from tests.factories import ReleaseFactory

pytestmark = pytest.mark.django_db

RELEASES = {  # name: (language, title, text)
    "elections": (
        "en",
        "OSCE observes elections in Türkiye",
        "The co-operation with the polling stations was good, said the head of the mission. "
        "Observers from 2011/12 came back in 2011-06. The U.S. and O'Brien's team agreed.",
    ),
    "policing": (
        "en",
        "Policing in a democratic society",
        "A police officer explains human rights to young people. The rights of human beings.",
    ),
    "media": (
        "en",
        "Representative warns of war on journalists",
        "Freedom of the media – a right – is at risk; non-governmental groups and TV_Kosovo say so.",
    ),
    "french": (
        "fr",
        "Élections législatives en Albanie",
        "L'observation des élections par l'Organisation était coopérative. Les droits de l’homme.",
    ),
    "german": (
        "de",
        "Österreichische Minister in Straßburg",
        "Die Häuser der Minderheiten und die Wahlen in den Ländern, berichtet die Mission.",
    ),
    "italian": (
        "it",
        "Le elezioni e la libertà di stampa",
        "L'attività dell'osservatorio nelle città. Nessuna guerra.",
    ),
    "russian": (
        "ru",
        "Наблюдение за выборами в Российской Федерации",
        "Миссия по наблюдению, которая следит за выборами и за войной. Ещё одна ёлка, вы́боры.",
    ),
    "spanish": (
        "es",
        "Las elecciones y la organización",
        "Los observadores políticos de la organización en España. Ninguna guerra.",
    ),
    "ukrainian": (
        "uk",
        "Спостереження за виборами у Києві",
        "Місія їздила до Львова, щоб побачити вибори.",
    ),
    "serbian": ("sr", "Đurđevdan i izbori u Beogradu", "Posmatrači su išli u Niš i Čačak."),
    "turkish": (
        "tr",
        "İstanbul'da seçimler",
        "Isparta ve Iğdır ışıkları; Türkiye’nin gözlemcileri.",
    ),
    "armenian": ("hy", "Ընտրություններ Հայաստանում", "Երևան և Գյումրի"),
}

CASES = [  # what is typed, what is found
    # endings, by the language of each text
    ("elections", ["elections", "french"]),
    ("election", ["elections", "french"]),
    ("observing", ["elections"]),
    ("Ministern", ["german"]),
    ("Haus", ["german"]),  # as a beginning
    ("land", ["german"]),
    ("elezione", ["italian"]),
    ("выборов", ["russian"]),
    ("выборы", ["russian"]),
    ("российский", ["russian"]),
    ("eleccion", ["spanish"]),
    ("politica", ["spanish"]),
    ("вибори", ["ukrainian"]),
    ("виборів", []),  # of other languages words are found as they are
    # case, accents, letters that are written in several ways
    ("turkiye", ["elections", "turkish"]),
    ("TÜRKİYE", ["elections", "turkish"]),
    ("Tu\u0308rkiye", ["elections", "turkish"]),
    ("Tür\u00adkiye", ["elections", "turkish"]),
    ("elections legislatives", ["french"]),
    ("osterreichische", ["german"]),
    ("Österreich", ["german"]),
    ("STRASSBURG", ["german"]),
    ("straßburg", ["german"]),
    ("libertà", ["italian"]),
    ("liberta", ["italian"]),
    ("еще елка", ["russian"]),
    ("ещё", ["russian"]),
    ("вы\u0301боры", ["russian"]),
    ("kиєві", []),  # a Latin k is not a Cyrillic one
    ("києві", ["ukrainian"]),
    ("іздила", ["ukrainian"]),
    ("djurdjevdan", []),
    ("durdevdan", ["serbian"]),
    ("cacak", ["serbian"]),
    ("istanbul", ["turkish"]),
    ("ISTANBUL", ["turkish"]),
    ("igdir", ["turkish"]),
    ("IŞIKLARI", ["turkish"]),
    ("ԵՐԵՒԱՆ", ["armenian"]),
    ("Երեւան", ["armenian"]),  # the ligature is two letters
    ("ընտրություններ", ["armenian"]),
    # hyphens, dashes, apostrophes, numbers
    ("cooperation", ["elections", "french"]),
    ("co-operation", ["elections", "french"]),
    ("co\u2011operation", ["elections", "french"]),
    ("co\u2010operation", ["elections", "french"]),
    ("nongovernmental", ["media"]),
    ("media – right", ["media"]),
    ("media - right", ["media"]),
    ("media—right", ["media"]),
    ("kosovo", ["media"]),
    ("tv_kosovo", ["media"]),
    ("2011", ["elections"]),
    ("2011/12", ["elections"]),
    ("2011-06", ["elections"]),
    ("201106", ["elections"]),
    ("12/2011", []),
    ("2011,12", ["elections"]),
    ("stations,polling", ["elections"]),
    ("polling(stations)", ["elections"]),
    ("U.S.", ["elections"]),
    ("O’Brien", ["elections"]),
    ("O'Brien", ["elections"]),
    ("mission's", ["elections"]),
    ("l'organisation", ["french"]),
    ("L’Organisation", ["french"]),
    ("d'observation", ["french"]),
    ("dell’osservatorio", ["italian"]),
    ("droits de l'homme", ["french"]),
    # several words
    ("rights human", ["policing"]),
    ("human war", []),
    ("elections albanie", ["french"]),
    ("the mission", ["elections"]),  # a German text would need “the”
    ("the", ["elections", "policing", "media"]),
    ("of the", ["elections", "policing", "media"]),
    ("la guerra", ["italian", "spanish"]),
    # phrases
    ('"human rights"', ["policing"]),
    ("“human rights”", ["policing"]),
    ("„human rights“", ["policing"]),
    ("«human rights»", ["policing"]),
    ("‘human rights’", ["policing"]),
    ("'human rights'", ["policing"]),
    ('"human right"', ["policing"]),
    ('"rights human"', []),
    ('"rights of human"', ["policing"]),
    ('"rights human beings"', []),
    ('"head of the mission"', ["elections"]),
    ('"head mission"', []),
    ('"droits de l\'homme"', ["french"]),
    ('"human rights', ["policing"]),
    ('"society a"', []),  # the title ends before “A police officer”
    # exclusions
    ("elections -turkiye", ["french"]),
    ("mission -election", ["german"]),
    ("guerra -elecciones", ["italian"]),
    ("guerra -elezione", ["spanish"]),
    ('police -"human rights"', []),
    ('rights -"rights human"', ["policing", "media"]),
    ("police –human", ["policing"]),
    ("police - human", ["policing"]),
    ("police -", ["policing"]),
    ("observation -выборы", ["french", "elections"]),
    # one of several
    ("war OR police", ["policing", "media"]),
    ("war | police", ["policing", "media"]),
    ("war|police", ["policing", "media"]),
    ("war OR police human", ["policing"]),
    ("human police OR war", ["policing"]),
    ('kosovo OR "human rights" OR istanbul', ["policing", "media", "turkish"]),
    ("OR police OR", ["policing"]),
    ("police OR -human", []),
    ("war or police", []),
    # beginnings
    ("poli", ["policing", "spanish"]),
    ("po", []),
    ("poli*", ["policing", "spanish"]),
    ("poli human", []),
    ("poli* human", ["policing"]),
    ('"poli"', []),
    ("human electio", []),
    ("osce electio", ["elections"]),
    ("наблюде", ["russian"]),
    ("Albani", ["french"]),
    ("journalis -police", []),  # not the last word
    ("media -journalis", ["media"]),
    ("media -journalis*", []),
]

ONLY_EXCLUSIONS = [  # what is typed, what is not found
    ("-elections", ["elections", "french"]),
    ("-election -выборов", ["elections", "french", "russian"]),
    ("-guerra", ["italian", "spanish"]),
    ('-"human rights"', ["policing"]),
    ("-the -police", ["policing"]),
    ("-zzz", []),
]


@pytest.fixture
def releases(db):
    """{title: name}"""
    for language, title, text in RELEASES.values():
        ReleaseFactory(language=language, title=title, body=text)
    return {title: name for name, (_, title, _) in RELEASES.items()}


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_a_query_finds(find, releases, query, expected):
    assert {releases[title] for title in find(query)} == set(expected)


@pytest.mark.parametrize(("query", "missing"), ONLY_EXCLUSIONS)
def test_only_exclusions_find_all_others(find, releases, query, missing):
    assert set(releases.values()) - {releases[title] for title in find(query)} == set(missing)
