"""Days and datelines as press releases write them. Pure functions; nothing is guessed."""

import re
from collections import defaultdict
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone

from osce_cms.text import fold

from ...models import FIRST_YEAR, LAST_YEAR

_NAMES = """
january february march april may june july august september october november december
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
januar februar märz april mai juni juli august september oktober november dezember
jänner feber märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
januar februar mart april maj jun jul avgust septembar oktobar novembar decembar
januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra
januar februar mart april maj juni juli august septembar oktobar novembar decembar
januara februara marta aprila maja juna jula augusta septembra oktobra novembra decembra
siječanj veljača ožujak travanj svibanj lipanj srpanj kolovoz rujan listopad studeni prosinac
siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca
siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenog prosinca
јануар фебруар март април мај јун јул август септембар октобар новембар децембар
јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра
јануари февруари март април мај јуни јули август септември октомври ноември декември
janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor
январи феврали марти апрели майи июни июли августи сентябри октябри ноябри декабри
yanvar fevral mart aprel may iyun iyul avgust sentabr oktabr noyabr dekabr
yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr
հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի
"""
_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday
montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
lunedì martedì mercoledì giovedì venerdì sabato domenica
lunes martes miércoles jueves viernes sábado domingo
понедельник вторник среда четверг пятница суббота воскресенье
понеділок вівторок середа четвер п'ятниця субота неділя
luni marți miercuri joi vineri sâmbătă duminică
ponedjeljak utorak srijeda četvrtak petak subota nedjelja
ponedeljak utorak sreda četvrtak petak subota nedelja
понедељак уторак среда четвртак петак субота недеља
"""


_folded = lru_cache(1000)(fold)  # the same few words in thousands of releases


def _months():
    """{folded name: number}; also the first three and four letters, where they mean one month."""
    numbers = {
        fold(name): number
        for names in _NAMES.strip().splitlines()
        for number, name in enumerate(names.split(), start=1)
    }
    meant = defaultdict(set)
    for name, number in numbers.items():
        meant[name[:3]].add(number)
        meant[name[:4]].add(number)
    short = {start: found.pop() for start, found in meant.items() if len(found) == 1}
    return short | numbers


MONTHS = _months()
WEEKDAYS = frozenset(fold(_WEEKDAYS).split())
LONGEST = 250  # characters in which a dateline ends, and in which a printed date is looked for

_DASH = r"[-‐‑‒–—―−]"
_ORDINAL = r"(?:\.|er|º|ª|st|nd|rd|th)?"
_DAY = rf"(?P<day>[0-9]{{1,2}}){_ORDINAL}"
_NAME = r"[^\W\d_]{3,12}"
_MONTH = rf"(?:of\s+|de\s+)?(?P<month>{_NAME})\.?"
_FIRST_OF_RANGE = (
    rf"(?:(?P<first>[0-9]{{1,2}}){_ORDINAL}(?:\s+(?P<first_month>{_NAME})\.?)?"
    rf"\s*(?:{_DASH}|\b(?:and|to|und|bis|et|au|e|y|и|і|i)\b)\s*)?"
)
_YEAR = (
    r"(?:de\s+|соли\s+)?(?P<year>[0-9]{4})(?![0-9])\.?"
    r"(?:\s*(?:года|год|г\.|року|р\.|godine|god\.|године|година|год\.|թ\.|թվականի)|-c[iıuü]\s+il\b|-yil\b)?"
)
_BETWEEN = r"(?:\s*,\s*|\s+)"
_DAY_AND_MONTH = rf"{_FIRST_OF_RANGE}{_DAY}(?:\s+|-){_MONTH}"
_DAY_FIRST = rf"{_DAY_AND_MONTH}(?:,?\s*|-){_YEAR}"
_MONTH_FIRST = rf"(?P<month>{_NAME})\.?\s+{_DAY}{_BETWEEN}{_YEAR}"  # as in the United States

_IN_FIGURES = r"(?P<day>[0-9]{1,2})\.\s?(?P<month>[0-9]{1,2})\.\s?(?P<year>[0-9]{4})"

_SMALL_WORDS = {
    *("and", "of", "the", "near", "und", "bei", "de", "la", "et", "du", "и", "i", "y", "del"),
    *("di", "da", "e", "sur", "am", "im", "an", "der", "на", "în", "në", "у", "u", "na", "pri"),
}
_BEFORE_A_DAY = WEEKDAYS | {"le", "den", "am", "el", "il"}  # between a place and its date
_NO_PLACES = {  # words that stand with a capital before a date
    *("on", "since", "until", "from", "by", "before", "after", "as", "in", "seit", "bis", "du"),
    *("depuis", "с", "до", "от", "на", "pe", "din", "dana", "od"),
}
_DIGIT = re.compile("[0-9]")
_START = "[\\s(\u200b\ufeff]*"
_PLACE = r"(?P<place>[^\W\d_][^\d\n–—―!?;:]{1,98}?)"
_AGENCY = r"(?:[(/][^\W\d_]{2,12}[)/]\s*)?"  # (OSCE), in 2001
_END = rf"\s*\)?\s*{_AGENCY}(?:{_DASH}+|:|$)\s*"

_DATES = [  # the month in words may stand before the day; in figures it never does unless dots say so
    re.compile(rf"(?<![0-9]){_DAY_FIRST}"),
    re.compile(rf"\b{_MONTH_FIRST}"),
    re.compile(rf"(?<![0-9.]){_IN_FIGURES}(?![0-9])"),
    re.compile(
        r"(?<![0-9])(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{2})[-/.](?P<day>[0-9]{2})(?![0-9])"
    ),
]
_DATELINES = [
    re.compile(rf"{_START}{_PLACE}{_BETWEEN}{_DAY_AND_MONTH}(?:(?:,?\s*|-){_YEAR})?{_END}"),
    re.compile(rf"{_START}{_PLACE}{_BETWEEN}{_MONTH_FIRST}{_END}"),
    re.compile(rf"{_START}{_PLACE}{_BETWEEN}{_IN_FIGURES}\.?{_END}"),
    re.compile(rf"{_START}{_DAY_FIRST}\s*,\s*{_PLACE}{_END}"),
    re.compile(rf"{_START}{_MONTH_FIRST}\s*,\s*{_PLACE}{_END}"),
]
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:")
_MAIL_MOMENT = re.compile(r"[0-9]{4} [0-9]{2}:[0-9]{2}(:[0-9]{2})? ([+-][0-9]{4}|GMT|UTC?)$")


class Dateline(NamedTuple):
    """place as written, day (None when the year is missing), and how many characters it takes."""

    place: str
    day: date | None
    length: int


def parse_day(text):
    """The first day that text names: in words, as 16.6.2011, or by a moment, which is on a day in Vienna.

    Of "16-17 June 2011" it is the 16th. None without one, and for 6/5/2011, which is two days.
    """
    text = text.strip()[:LONGEST]
    if moment := _moment(text):
        return _allowed(moment.astimezone(timezone.get_default_timezone()).date())
    for pattern in _DATES:
        for found in pattern.finditer(text):
            if day := _day(found):
                return day
    return None


def _moment(text):
    """The datetime with an offset that text is, None for everything else."""
    try:
        if _MOMENT.match(text):
            moment = datetime.fromisoformat(text)
        elif _MAIL_MOMENT.search(text):
            moment = parsedate_to_datetime(text)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def parse_dateline(text):
    """The dateline at the beginning of text, such as "VIENNA, 16 June 2011 –"; None without one.

    Of a range it has the first day.
    """
    if not _DIGIT.search(text, 0, LONGEST):
        return None
    for pattern in _DATELINES:
        found = pattern.match(text, 0, LONGEST)
        if not found or found.end() == LONGEST:
            continue
        if (place := _place(found["place"])) and _is_day_of_a_month(found):
            day = _day(found)
            # 29 February 2011 gives no dateline that could be trusted.
            return Dateline(place, day, found.end()) if day or not found["year"] else None
    return None


def _place(text):
    """text without the weekday or article of the date after it; "" when it is no place.

    A place, perhaps several with their country, is a few words with capitals, not a sentence.
    """
    words = text.split()
    while words and _folded(words[-1]).strip(",") in _BEFORE_A_DAY:
        words.pop()
    named = [word for word in words if word[0].isalpha()]
    if not named or len(named) > 8 or _folded(named[0]).strip(",.") in _NO_PLACES:
        return ""
    if not all(word[0].isupper() or word in _SMALL_WORDS for word in named):
        return ""
    return " ".join(words).rstrip(",")


def _is_day_of_a_month(found):
    month = _month(found["month"])
    return bool(month) and _date(2000, month, int(found["day"])) is not None


def _day(found):
    """The day that found names, of a range the first; None without a year or for an impossible one."""
    parts = found.groupdict()
    if not parts["year"]:
        return None
    year, month = int(parts["year"]), _month(parts["month"])
    day = _allowed(_date(year, month, int(parts["day"])))
    if not (day and parts.get("first")):
        return day
    first_month = _month(parts["first_month"]) if parts["first_month"] else month
    first = _allowed(_date(year, first_month, int(parts["first"])))
    return first if first and first < day else None


def _month(name):
    return int(name) if name.isdecimal() else MONTHS.get(_folded(name))


def _date(year, month, day):
    try:
        return date(year, month or 0, day)
    except ValueError:
        return None


def _allowed(day):
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None
