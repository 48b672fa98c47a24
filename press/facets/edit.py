"""From one index to the next: the state of what changed, read again and put in its place."""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import replace

from pyroaring import BitMap

from . import tables
from .index import NOBODY, roll_up

MOST_MOVED = 50  # each shifts every bitmap; many together take longer than building


def apply(index, version, pks):
    """index with the releases pks as the tables have them now: their state, never what was done to
    them, so that it does not matter how often or how late this is called. None when building is quicker.
    """
    rows = tables.rows(pks)
    moved = [
        pk for pk in pks if place_of(index, pk) != (rows[pk].published if pk in rows else None)
    ]
    if len(moved) > MOST_MOVED:
        return None
    edit = Edit(index)
    if moved:
        edit.move({pk: rows.get(pk) for pk in moved})
    for pk, row in rows.items():
        edit.tag(pk, {(name, key) for name, keys in row.keys.items() for key in keys})
    return edit.done(version)


def place_of(index, pk):
    """The public time by which the release stands in index, None when it does not."""
    number = index.number(pk)
    return None if number == NOBODY else index.published[number]


def since(numbers, first):
    return numbers & BitMap(range(first, numbers.max() + 1))


class Edit:
    """A new index in the making; it shares with the old one what was not touched."""

    def __init__(self, index):
        self.index = index
        self.ids, self.published, self.numbers = index.ids, index.published, index.numbers
        self.direct = dict(index.direct)
        self.touched = set()

    def move(self, rows):
        """Take the releases out, and put those that have a row in again where they belong now."""
        self.ids, self.published = self.ids[:], self.published[:]
        self.numbers = self.numbers[:]
        last = max(rows)
        if last >= len(self.numbers):
            self.numbers.extend(array("I", [NOBODY]) * (last + 1 - len(self.numbers)))
        places = [self.numbers[pk] for pk in rows if self.numbers[pk] != NOBODY]
        for number in sorted(places, reverse=True):
            self.take_out(number)
        for pk, row in rows.items():
            if row:
                places.append(self.put_in(pk, row.published))
        for number in range(min(places, default=len(self.ids)), len(self.ids)):
            self.numbers[self.ids[number]] = number

    def take_out(self, number):
        self.numbers[self.ids.pop(number)] = NOBODY
        self.published.pop(number)
        for place, numbers in self.direct.items():
            if numbers and numbers.max() >= number:
                later = since(numbers, number)
                earlier = numbers - later
                later.discard(number)
                self.write(place, earlier | later.shift(-1))

    def put_in(self, pk, published):
        start = bisect_left(self.published, published)
        stop = bisect_right(self.published, published)
        number = bisect_left(self.ids, pk, start, stop)
        self.ids.insert(number, pk)
        self.published.insert(number, published)
        for place, numbers in self.direct.items():
            if numbers and numbers.max() >= number:
                later = since(numbers, number)
                self.write(place, (numbers - later) | later.shift(1))
        return number

    def tag(self, pk, places):
        """Make the release a member of exactly places, pairs of (dimension, key)."""
        number = self.numbers[pk]
        held = {place for place, numbers in self.direct.items() if number in numbers}
        for place in held ^ places:
            numbers = self.direct.get(place, BitMap()).copy()
            (numbers.add if place in places else numbers.discard)(number)
            self.write(place, numbers)

    def write(self, place, numbers):
        self.direct[place] = numbers
        self.touched.add(place)

    def done(self, version):
        return replace(
            self.index,
            version=version,
            ids=self.ids,
            published=self.published,
            numbers=self.numbers,
            direct=self.direct,
            rolled=roll_up(self.direct, self.index.trees, self.index.rolled, self.touched),
            has_sample=tables.has_sample(),
            found={},
        )
