"""Days and datelines as press releases write them. Pure functions; nothing is guessed."""

import re
from datetime import date
from typing import NamedTuple

from osce_cms.text import fold

from ..models import FIRST_YEAR, LAST_YEAR

_NAMES = """
january february march april may june july august september october november december
jan feb mar apr may jun jul aug sep oct nov dec
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
januar februar märz april mai juni juli august september oktober november dezember
jänner februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
januar februar mart april maj juni juli august septembar oktobar novembar decembar
januara februara marta aprila maja juna jula augusta septembra oktobra novembra decembra
siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
"""
MONTHS = {
    fold(name): number
    for names in _NAMES.strip().splitlines()
    for number, name in enumerate(names.split(), start=1)
}
MONTHS |= {"sept": 9, "jun": 6, "jul": 7, "avg": 8}

_DAY = r"(?P<day>[0-9]{1,2})(?:\.|er|st|nd|rd|th)?"
_MONTH = r"(?:de\s+)?(?P<month>[^\W\d_]{3,12})\.?"
_YEAR = r"(?P<year>[0-9]{4})\.?(?:\s*(?:года|год|г\.|року|р\.|godine|god\.))?"
_SMALL_WORDS = {"and", "of", "the", "near", "und", "bei", "de", "la", "et", "du", "и", "i", "y"}
_NO_PLACES = {  # words that stand with a capital before a date
    *("on", "since", "until", "from", "by", "before", "after", "as", "am", "seit", "bis", "le"),
    *("du", "depuis", "с", "до", "от", "на", "pe", "din", "dana", "od"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
    *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    *("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
    *("luni", "marti", "miercuri", "joi", "vineri", "sambata", "duminica"),
    *("ponedjeljak", "utorak", "srijeda", "cetvrtak", "petak", "subota", "nedjelja"),
}
_DASH = r"[-‐‑‒–—―−]+"
_PLACE = r"(?P<place>[^\W\d_][^\d\n–—―!?;:]{1,70}?)"
_END = rf"\s*(?:\(OSCE\)\s*)?(?:{_DASH}|:|$)\s*"

_DATES = [  # the month in words may stand before the day; in figures it never does unless dots say so
    re.compile(r"^(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[T ].*)?$"),
    re.compile(rf"(?<![0-9]){_DAY}\s+{_MONTH},?\s+(?:de\s+)?{_YEAR}"),
    re.compile(rf"\b(?P<month>[^\W\d_]{{3,12}})\.?\s+{_DAY},\s+{_YEAR}"),
    re.compile(
        r"(?<![0-9.])(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})(?![0-9])"
    ),
]
_PLACE_FIRST = re.compile(rf"\s*{_PLACE}(?:\s*,)?\s+{_DAY}\s+{_MONTH}(?:,?\s+{_YEAR})?{_END}")
_DATE_FIRST = re.compile(rf"\s*{_DAY}\s+{_MONTH},?\s+{_YEAR}\s*,\s*{_PLACE}{_END}")


class Dateline(NamedTuple):
    """place as written, day (None when the year is missing), and how many characters it takes."""

    place: str
    day: date | None
    length: int


def parse_day(text):
    """The first day that text names, in words, as 16.6.2011 or as an ISO date; None without one.

    Not 6/5/2011, which is two days.
    """
    for pattern in _DATES:
        for found in pattern.finditer(text.strip()):
            if day := _day(found):
                return day
    return None


def parse_dateline(text):
    """The dateline at the beginning of text, such as "VIENNA, 16 June 2011 –"; None without one."""
    for pattern in (_PLACE_FIRST, _DATE_FIRST):
        found = pattern.match(text)
        if found and _is_month(found["month"]) and _is_place(found["place"]):
            if found["year"] and not _day(found):
                return None  # 31 February: no dateline that could be trusted
            return Dateline(" ".join(found["place"].split()), _day(found), found.end())
    return None


def _is_month(name):
    return fold(name) in MONTHS


def _is_place(text):
    """A few words with capitals: a place and perhaps its country, not a sentence."""
    words = [word for word in text.split() if word[0].isalpha()]
    if all(fold(word).strip(" ,.") in _NO_PLACES for word in words):
        return False
    return len(words) <= 8 and all(word[0].isupper() or word in _SMALL_WORDS for word in words)


def _day(found):
    if not found or not found["year"]:
        return None
    name = found["month"]
    month = int(name) if name.isdecimal() else MONTHS.get(fold(name))
    year = int(found["year"])
    if not month or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, int(found["day"]))
    except ValueError:
        return None
