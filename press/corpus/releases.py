"""What the synthetic releases are: a plan of the whole, and the releases of any part of it.

Nothing here asks a database or a clock: the same Plan gives the same releases.
"""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..models import Kind, Precision, slug_for
from ..workflow import State
from .language import GENERAL, data, language, zipf

CHUNK = 2_000  # releases that are made together; translations stay in the chunk of their original
VIENNA = ZoneInfo("Europe/Vienna")
FIRST_DAY = date(1995, 1, 2)
# Releases a year, as page numbers of dated lists showed them; later years are like the last.
YEARS = {
    **{1995: 100, 1996: 110, 1997: 125, 1998: 145, 1999: 170, 2000: 200, 2001: 900, 2002: 800},
    **{2003: 610, 2004: 610, 2005: 610, 2006: 610, 2007: 720, 2008: 840, 2009: 840, 2010: 840},
    **{2011: 840, 2012: 1020, 2013: 1080, 2014: 1620, 2015: 1740, 2016: 1620, 2017: 1500},
    **{2018: 1500, 2019: 1420, 2020: 1115, 2021: 1115, 2022: 920, 2023: 730},
}
MINUTES_SINCE = 2019  # before, only the day is known
REPORTING = range(2014, 2022)  # the years of daily reports
KINDS = dict(zip(Kind.values, (55, 22, 8, 3, 2, 3, 7), strict=True))
BACKDATED = 0.04
DRAFTS, WITHDRAWN = 0.01, 0.01
WITHOUT_KIND = 0.09  # they lack structure and field as well
NOTICES = [
    "It named a wrong place. A corrected release follows.",
    "The event it announced did not take place.",
    "It was published twice.",
    "Figures in it could not be confirmed.",
]


class Term(NamedTuple):
    pk: int
    code: str
    host: str = ""  # the code of the country in which a structure works
    last_year: int = 9999  # in which it issued releases


@dataclass(frozen=True)
class Plan:
    """How many releases, until when, from which terms. terms: {link: [Term]}, in order of code."""

    releases: int
    seed: int
    until: date
    terms: dict = field(hash=False)

    @cached_property
    def ahead(self):
        """How many are scheduled: those of the next weeks, however large the archive is."""
        return min(40, self.releases // 100)

    @cached_property
    def by_year(self):
        """(years, cumulative weights): how many of all releases lie before the end of each year."""
        years = range(FIRST_DAY.year, self.until.year + 1)
        weights = [YEARS.get(year, YEARS[2023]) for year in years]
        weights[-1] *= self.until.timetuple().tm_yday / 366
        return years, list(accumulate(weights))

    def day(self, share):
        """The day before which share of all releases, from 0 to 1, was published."""
        years, sums = self.by_year
        place = share * sums[-1]
        n = min(bisect(sums, place), len(years) - 1)
        before = sums[n - 1] if n else 0
        first, last = date(years[n], 1, 1), min(date(years[n], 12, 31), self.until)
        day = first + (last - first) * ((place - before) / (sums[n] - before))
        return max(day, FIRST_DAY)

    @cached_property
    def popularity(self):
        """{(link, year): (terms in use that year, cumulative weights)}; the seed says which are popular."""
        found = {}
        for link, terms in self.terms.items():
            terms = Random(f"{self.seed}:{link}").sample(terms, len(terms))  # noqa: S311
            for year in range(FIRST_DAY.year, self.until.year + 2):
                in_use = [term for term in terms if year <= term.last_year]
                found[link, year] = in_use, zipf(len(in_use))
        return found

    @cached_property
    def countries(self):
        return {term.code: term for term in self.terms["countries"]}

    @cached_property
    def foreign(self):
        """(codes, cumulative weights) of the languages besides English."""
        shares = {code: each["share"] for code, each in data("languages").items() if each["share"]}
        return list(shares), list(accumulate(shares.values()))

    def chunks(self):
        return range(-(-self.releases // CHUNK))


class Release(NamedTuple):
    """values: by column; links: {link: [pks]}; original: how many places before it stands, or 0."""

    values: dict
    links: dict
    original: int


def releases_of(plan, chunk):
    """The releases of one chunk of plan, in the order of their ids."""
    chance = Random(f"{plan.seed}:{plan.releases}:{chunk}")  # noqa: S311
    first, end = chunk * CHUNK, min((chunk + 1) * CHUNK, plan.releases)
    made = []
    while first + len(made) < end:
        original = make_original(plan, chance, first + len(made))
        languages = languages_of(plan, chance, original)
        family = [original, *(translate(plan, chance, original, code) for code in languages)]
        for distance, each in enumerate(family[: end - first - len(made)]):
            made.append(Release(each["values"], each["links"], distance))
    return made


def make_original(plan, chance, place):
    values = times(plan, chance, place)
    moment = values["published_at"]
    year = moment.year if moment else plan.until.year
    links, topics, place_name = tags(plan, chance, year)
    is_bare = chance.random() < WITHOUT_KIND
    if is_bare:
        links["sources"], links["fields_of_work"], topics = [], [], [GENERAL]
    values["kind"] = "" if is_bare else kind(chance, year)
    code = "en"
    if chance.random() < 0.06:
        code = chance.choices(plan.foreign[0], cum_weights=plan.foreign[1])[0]
    text = write(language(plan.seed, code), chance, topics, place_name)
    return {"values": values | text, "links": links, "topics": topics, "place": place_name}


def times(plan, chance, place):
    """Columns that say when and in which state, for the release at place of plan."""
    scheduled = place - (plan.releases - plan.ahead)
    if scheduled >= 0:
        days = 1 + scheduled * 45 // plan.ahead
        moment = hour(chance, plan.until + timedelta(days=days))
        return state_columns(State.PUBLISHED, moment, written=noon(plan.until))
    share = (place + chance.random()) / max(1, plan.releases - plan.ahead)
    written = working_day(chance, plan.day(share))
    if chance.random() < DRAFTS:
        return state_columns(State.DRAFT, None, written=noon(written))
    day = written
    if chance.random() < BACKDATED:
        day = plan.day(share * chance.random())
    is_day = day.year < MINUTES_SINCE
    moment = midnight(day) if is_day else hour(chance, day)
    columns = state_columns(State.PUBLISHED, moment, written=hour(chance, written), is_day=is_day)
    if chance.random() < WITHDRAWN and written < plan.until - timedelta(days=3):
        columns |= {
            "state": State.WITHDRAWN,
            "withdrawn_at": max(moment, columns["updated_at"])
            + timedelta(minutes=chance.randint(5, 2_000)),
            "withdrawal_notice": chance.choice(NOTICES),
        }
    return columns


def state_columns(state, moment, *, written, is_day=False):
    return {
        "state": state,
        "published_at": moment,
        "precision": Precision.DAY if is_day else Precision.MINUTE,
        # The old ones stand for imported ones, which no one published here.
        "first_published_at": None if is_day or not moment else written,
        "withdrawn_at": None,
        "withdrawal_notice": "",
        "updated_at": written,
    }


def working_day(chance, day):
    """day, or nearly always the Friday before it when it is a Saturday or a Sunday."""
    if day.weekday() < 5 or chance.random() < 0.15:
        return day
    return max(FIRST_DAY, day - timedelta(days=day.weekday() - 4))


def midnight(day):
    return datetime.combine(day, time.min, VIENNA).astimezone(UTC)


def noon(day):
    return datetime.combine(day, time(12), VIENNA).astimezone(UTC)


def hour(chance, day):
    clock = time(min(19, 8 + int(chance.expovariate(0.25))), chance.randrange(0, 60, 5))
    return datetime.combine(day, clock, VIENNA).astimezone(UTC)


def kind(chance, year):
    if year in REPORTING and chance.random() < 0.25:
        return chance.choice([Kind.DAILY_REPORT, Kind.DAILY_REPORT, Kind.SPOT_REPORT])
    return chance.choices(list(KINDS), list(KINDS.values()))[0]


def tags(plan, chance, year):
    """(links, topics, where it was issued)."""
    sources = draw(plan, chance, "sources", year, (6, 70, 18, 6))
    fields = draw(plan, chance, "fields_of_work", year, (32 if year < 2008 else 15, 52, 22, 10))
    countries = draw(plan, chance, "countries", year, (45, 38, 12, 5))
    hosts = [plan.countries[term.host] for term in sources if term.host in plan.countries]
    countries = list(dict.fromkeys([*hosts, *countries]))[:3]
    links = {
        "sources": [term.pk for term in sources],
        "fields_of_work": [term.pk for term in fields],
        "countries": [term.pk for term in countries],
        "meetings": [term.pk for term in draw(plan, chance, "meetings", year, (80, 20))],
    }
    places = data("places").get(countries[0].code, []) if countries else []
    return (
        links,
        [term.code for term in fields] or [GENERAL],
        chance.choice(places) if places else "",
    )


def draw(plan, chance, link, year, weights):
    """0, 1, 2 ... different terms, as weights has it."""
    number = chance.choices(range(len(weights)), weights)[0]
    terms, popularity = plan.popularity[link, year]
    if not number or not terms:
        return []
    return list(dict.fromkeys(chance.choices(terms, cum_weights=popularity, k=number)))


def languages_of(plan, chance, original):
    """Into which languages a release is translated: nearly a fifth of them, into up to three."""
    values = original["values"]
    if values["state"] == State.DRAFT or chance.random() > 0.18:
        return []
    codes, weights = plan.foreign
    drawn = dict.fromkeys(chance.choices(codes, cum_weights=weights, k=chance.choice([1, 1, 2, 3])))
    return [code for code in drawn if code != values["language"]]


def translate(plan, chance, original, code):
    """The same release in another language; both come out together."""
    text = write(language(plan.seed, code), chance, original["topics"], original["place"])
    return {"values": original["values"] | text, "links": original["links"]}


def write(language, chance, topics, place):
    """The columns with words. They are as settle() would leave them, without the time that takes."""
    paragraphs = []
    for _ in range(chance.choices((3, 4, 5, 6, 7), (25, 30, 25, 12, 8))[0]):
        topic = chance.choice(topics)
        paragraphs.append(chance.choices(language.sentences(topic), k=chance.randint(3, 5)))
    for paragraph in chance.sample(paragraphs, chance.randint(1, 2)):
        paragraph.append(language.quotation(chance, paragraph.pop()))
    title = language.title(chance, topics[0])
    summary = paragraphs[0][0] if chance.random() < 0.9 else ""
    dateline = (place or language.sounds["vienna"]) if chance.random() < 0.85 else ""
    lines = [" ".join(paragraph) for paragraph in paragraphs]
    text = "\n".join(lines)
    return {
        "language": language.code,
        "title": title,
        "slug": slug_for(title),
        "summary": summary,
        "dateline": dateline,
        "body": "\n".join(f"<p>{line}</p>" for line in lines),
        "text": text,
    }
