import pytest
from hypothesis import given
from hypothesis import strategies as st

from osce_cms.languages import Language
from press.importers.readers.language import SMALL_WORDS, guess

TEXTS = {
    "en": (
        "The crew of the lighthouse kept the lamp burning for the ships that were on the way "
        "to the port."
    ),
    "fr": (
        "L’équipage du phare a gardé la lampe allumée pour les navires qui étaient dans la "
        "baie et sur la mer."
    ),
    "de": (
        "Die Mannschaft des Leuchtturms hielt das Licht für die Schiffe auf dem Weg in den "
        "Hafen und zu den Inseln wach."
    ),
    "it": (
        "La squadra del faro ha tenuto accesa la lampada per le navi che erano sulla via della"
        " città con gli altri."
    ),
    "es": (
        "El equipo del faro mantuvo la lámpara encendida para los barcos que estaban en el "
        "camino, como se hizo por años."
    ),
    "ru": (
        "Смотрители маяка не гасили лампу для судов, которые шли в порт, и это было также при "
        "них на берегу из года в год."
    ),
    "uk": (
        "Доглядачі маяка не гасили лампу для суден, що йшли до порту, та це було також під час"
        " бурі від берега і з моря."
    ),
    "ro": (
        "Echipa farului a ținut lampa aprinsă pentru navele care au fost în larg și din care "
        "un marinar este din sat."
    ),
    "bs": (
        "Posada svjetionika je držala lampu upaljenu za brodove koji su išli na more i da se "
        "od obale vidi kao te godine."
    ),
    "sr": (
        "Посада светионика је држала лампу упаљену за бродове који су ишли на море и да се од "
        "обале види као те године."
    ),
    "mk": (
        "Екипажот на светилникот ја држеше светилката за бродовите кои ќе дојдат во "
        "пристаништето и да се видат од брегот."
    ),
    "sq": (
        "Ekipi i farit e mbajti llambën ndezur për anijet që ishin në rrugë dhe të gjithë me "
        "një zë nga deti është si më parë."
    ),
    "hy": "Փարոսի անձնակազմը լամպը վառ պահեց նավերի համար։",
    "ka": "შუქურის ეკიპაჟმა ნათურა ანთებული დატოვა გემებისთვის.",
    "tr": (
        "Fenerin ekibi bu lambayı gemiler için yanık tuttu ve bir gece daha çok gemi ile liman"
        " tarafından görüldü."
    ),
    "az": (
        "Mayakın heyəti bu lampanı gəmilər üçün yanılı saxladı və bir gecə də limanda olan "
        "gəmilər ilə tərəfindən görüldü."
    ),
    "uz": (
        "Mayoq jamoasi bu chiroqni kemalar uchun yoqib qoʻydi va bir kecha ham dengiz boʻyicha"
        " kemalar bilan koʻrindi."
    ),
    "kk": (
        "Маяк тобы бұл шамды кемелер үшін жағып қойды және бір түнде теңіз бойынша кемелер "
        "туралы айтылды деп болды."
    ),
    "ky": (
        "Маяк тобу бул чыракты кемелер үчүн жагып койду жана бир түндө деңиз боюнча кемелер "
        "менен болгон деп айтты."
    ),
    "tg": (
        "Гурӯҳи манора чароғро барои киштиҳо, ки дар роҳ буд, аз шаб то саҳар фурӯзон дошт ва "
        "ин ба онҳо аст."
    ),
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("hint", ["", "en", "de"])
def test_the_text_decides_and_not_what_the_page_declares(language, hint):
    assert guess(TEXTS[language], hint=hint) == language


@pytest.mark.parametrize("hint", ["bs", "hr", "sr", "cnr", "hbs"])
def test_only_the_hint_tells_south_slavic_languages_in_latin_letters_apart(hint):
    assert guess(TEXTS["bs"], hint=hint) == hint


@pytest.mark.parametrize(
    ("hint", "language"), [("cnr", "cnr"), ("sr", "sr"), ("bs", "sr"), ("ru", "sr")]
)
def test_in_cyrillic_letters_they_are_serbian_or_montenegrin(hint, language):
    assert guess(TEXTS["sr"], hint=hint) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lamp of the lighthouse is on.", "en"),
        ("Das Licht ist für die Schiffe.", "de"),
        ("Лампа маяка не гаснет и это на года.", "ru"),
        ("Lamp", ""),
        ("OSCE, ODIHR, Vienna, Warsaw", ""),
        ("", ""),
        ("16 June 2011", ""),
    ],
)
def test_a_short_text_is_recognised_by_several_small_words_or_not_at_all(text, language):
    assert guess(text) == language


def test_the_language_of_most_of_a_mixed_text_counts():
    assert (
        guess(TEXTS["ro"] + " " + TEXTS["ro"] + " Fields of work: Rule of law. Source: OSCE")
        == "ro"
    )
    assert guess(TEXTS["en"] + TEXTS["fr"], hint="fr") == "fr"


def test_every_language_that_can_be_guessed_is_one_of_ours():
    assert set(SMALL_WORDS) <= set(Language.values)


@given(st.text(max_size=300), st.sampled_from(["", "de", "hr"]))
def test_any_text_has_a_language_or_the_hint(text, hint):
    assert guess(text, hint=hint) in {hint, *Language.values}
