"""Counts by bitmaps: which releases hold a value, as sets of numbers in order of publication.

An Index holds nothing that the tables do not, and is never changed: what changed in the tables makes a
new one, which shares what stayed. Releases that are scheduled are in it too, at the end, and cut off by
the clock; drafts and withdrawn ones are not.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial

from pyroaring import BitMap

from osce_cms import days

from ..filters import DIMENSIONS, TERM_DIMENSIONS, Selection, read_trees
from . import tables
from .result import Result, in_order
from .tables import COLUMNS

NOBODY = 2**32 - 1  # the number of a release that is not in the index
MOST_FOUND = 64  # searches that are remembered, each with up to 125 KB for a million releases
PERIODS = ["year", "month"]  # need no bitmaps: they are spans of numbers


@dataclass(frozen=True, repr=False, eq=False)
class Index:
    """ids and published (microseconds since 1970) stand in the order of exactly (published, id); the
    place of a release in them is its number. numbers: by id. direct: {(dimension, key): BitMap} of
    what the tables say; rolled: {dimension: {key: BitMap}}, where a term has what it covers too.
    """

    version: tables.Version
    trees: dict
    ids: array
    published: array
    numbers: array
    direct: dict
    rolled: dict
    has_sample: bool
    found: dict = field(default_factory=dict)  # {key of a match: BitMap}

    @classmethod
    def build(cls):
        """From the tables. What is written meanwhile is newer than the version and will be asked for."""
        version = tables.version()
        trees = read_trees()
        ids, published = tables.order()
        numbers = array("I", [NOBODY]) * (max(ids, default=0) + 1)
        for number, pk in enumerate(ids):
            numbers[pk] = number
        direct = {
            (name, key): among(numbers, holders)
            for name in [*TERM_DIMENSIONS, *COLUMNS]
            for key, holders in tables.holders(name)
        }
        for name in TERM_DIMENSIONS:
            direct[name, None] = BitMap(range(len(ids))) - tagged(direct, name)
        return cls(
            version=version,
            trees=trees,
            ids=ids,
            published=published,
            numbers=numbers,
            direct=direct,
            rolled=roll_up(direct, trees),
            has_sample=tables.has_sample(),
        )

    def with_trees(self, version):
        """This index with the trees as they are now."""
        trees = read_trees()
        rolled = roll_up(self.direct, trees)
        return replace(self, version=version, trees=trees, rolled=rolled, found={})

    def query(self, selection, match, page, *, at):
        """As facets.orm.query, from memory but for the words."""
        span, chosen, fitting = self.asked(selection, match, at)
        everything = fitting()
        counts = {
            name: self.counts(name, fitting(name) if name in chosen else everything, span)
            for name in DIMENSIONS
            if name not in PERIODS
        }
        counts["year"] = self.years(fitting("year", "month") if "year" in chosen else everything)
        counts["month"] = self.months(fitting("month"), selection.choices.get("year", ()))
        newest = partial(self.slice, everything)
        return Result(
            ids=in_order(selection, match, page, newest), total=len(everything), counts=counts
        )

    def newest(self, selection, match, most, *, at):
        """The ids of the newest releases that fit, at most most."""
        *_, fitting = self.asked(selection, match, at)
        return self.slice(fitting(), 0, most)

    def asked(self, selection, match, at):
        """(span of numbers, {dimension: numbers that hold what is chosen in it}, a function that gives
        the numbers that fit all of it but for the dimensions that it is told to ignore)
        """
        span, words = self.span(selection, at), self.matching(match)
        chosen = {
            name: self.holding(name, choices, selection)
            for name, choices in selection.choices.items()
        }

        def fitting(*ignoring):
            sets = [found for name, found in chosen.items() if name not in ignoring]
            return intersection(sets if words is None else [words, *sets], span)

        return span, chosen, fitting

    def slice(self, numbers, start, stop):
        """The ids of numbers from the start-th newest to before the stop-th."""
        last = len(numbers) - 1
        return [self.ids[numbers[place]] for place in range(last - start, max(-1, last - stop), -1)]

    def number(self, pk):
        return self.numbers[pk] if pk < len(self.numbers) else NOBODY

    def keys_of(self, pk, name):
        """The values that a release itself holds in a dimension."""
        number = self.number(pk)
        return {
            key for (of, key), numbers in self.direct.items() if of == name and number in numbers
        }

    def has_listed(self, name, key, at):
        """Whether anything that is listed at at holds the value."""
        numbers = self.rolled[name].get(key)
        return bool(numbers) and numbers.min() < self.span(Selection(), at)[1]

    # Which releases

    def span(self, selection, at):
        """(first, last + 1), the numbers of what was published by at, on the chosen days."""
        start, stop = 0, bisect_right(self.published, tables.microseconds(at))
        if selection.first:
            start = self.number_at(selection.first)
        if selection.last:
            stop = min(stop, self.number_at(selection.last + timedelta(days=1)))
        return start, max(start, stop)

    def number_at(self, day):
        """The number of the first release of day or later."""
        return bisect_left(self.published, midnight(day))

    def holding(self, name, choices, selection):
        keys = [choice.key for choice in choices]
        if name == "year":
            return union([self.period(key) for key in keys])
        if name == "month":
            years = [choice.key for choice in selection.choices["year"]]
            return union([self.period(year, key) for year in years for key in keys])
        return union([self.rolled[name].get(key, BitMap()) for key in keys])

    def period(self, year, month=None):
        first, after = days_of(year, month)
        return BitMap(range(self.number_at(first), self.number_at(after)))

    def matching(self, match):
        """The numbers of the releases that hold the words, or None when there are none."""
        if match is None:
            return None
        if (known := self.found.get(match.key)) is not None:
            return known
        words = match.ids()
        found = BitMap()
        for languages, ids in words.parts:
            part = among(self.numbers, ids)
            if languages is not None:
                part &= union([self.rolled["language"].get(each, BitMap()) for each in languages])
            found |= part
        if words.is_complement:
            found = BitMap(range(len(self.ids))) - found
        if len(self.found) >= MOST_FOUND:
            self.found.clear()
        self.found[match.key] = found
        return found

    # How many

    def counts(self, name, fitting, span):
        start, stop = span
        if len(fitting) == stop - start:  # all of a span: no need to look at its single numbers
            pairs = [
                (key, each.range_cardinality(*span)) for key, each in self.rolled[name].items()
            ]
        else:
            pairs = [
                (key, each.intersection_cardinality(fitting))
                for key, each in self.rolled[name].items()
            ]
        return {key: count for key, count in pairs if count}

    def years(self, fitting):
        if not fitting:
            return {}
        first, last = (self.day(number).year for number in (fitting.min(), fitting.max()))
        pairs = [(year, self.count_in(fitting, year)) for year in range(first, last + 1)]
        return {year: count for year, count in pairs if count}

    def months(self, fitting, years):
        pairs = [
            (month, sum(self.count_in(fitting, choice.key, month) for choice in years))
            for month in range(1, 13)
        ]
        return {month: count for month, count in pairs if count}

    def count_in(self, fitting, year, month=None):
        first, after = days_of(year, month)
        return fitting.range_cardinality(self.number_at(first), self.number_at(after))

    def day(self, number):
        moment = datetime.fromtimestamp(self.published[number] // 1_000_000, tz=UTC)
        return days.day_of(moment)


def among(numbers, ids):
    """The numbers of ids, those that have none left out."""
    try:
        found = BitMap(array("I", map(numbers.__getitem__, ids)))
    except IndexError:  # newer than all that were there
        found = BitMap(array("I", [numbers[pk] for pk in ids if pk < len(numbers)]))
    found.discard(NOBODY)
    found.shrink_to_fit()
    return found


def union(sets):
    return BitMap.union(*sets) if sets else BitMap()


def intersection(sets, span):
    return BitMap.intersection(BitMap(range(*span)), *sets)


def tagged(direct, name):
    return union([each for (of, key), each in direct.items() if of == name and key is not None])


def roll_up(direct, trees, before=None, touched=None):
    """{dimension: {key: numbers}}; the numbers of a term are those of all that it covers.

    before and touched: the result for other numbers, and the places in direct where they differ.
    """
    parts = {
        (name, each): []
        for name, key in (direct if touched is None else touched)
        for each in covering(trees, name, key)
    }
    for (name, key), numbers in direct.items():
        for each in covering(trees, name, key):
            if (name, each) in parts:
                parts[name, each].append(numbers)
    rolled = {name: dict(before[name]) if before else {} for name in [*TERM_DIMENSIONS, *COLUMNS]}
    for (name, key), sets in parts.items():
        rolled[name][key] = sets[0] if len(sets) == 1 else union(sets)
    return rolled


def covering(trees, name, key):
    """The keys whose filter finds what is filed under key."""
    return trees[name].covering.get(key, [key]) if name in trees else [key]


@lru_cache(maxsize=4096)
def midnight(day):
    """The beginning of day in Vienna, in microseconds."""
    return tables.microseconds(days.midnight(day))


def days_of(year, month=None):
    """The first day of the year or month, and the first after it."""
    if month is None:
        return date(year, 1, 1), date(year + 1, 1, 1)
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
