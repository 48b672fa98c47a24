"""Which countries a release of the archive seems to be about. Old pages have no label for that.

What is found here is a suggestion: it waits until somebody confirms or rejects it, and is never found
again afterwards. For the Mission in Kosovo and for places in Kosovo nothing is derived.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from osce_cms.text import fold
from structures.models import Kind, Structure
from taxonomy.labels import Name
from taxonomy.models import Country, CountryName

from ...filing import add_terms
from ...models import CountrySuggestion, PressRelease

Reason, Status = CountrySuggestion.Reason, CountrySuggestion.Status
INFLECTED = Path(__file__).parents[2] / "data" / "inflected.toml"
BATCH = 500  # releases in one transaction

_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")  # U.S. and U.K.
# Words in which the name of a country means something else.
TRAPS = [
    *("former Yugoslavia", "Northern Ireland", "North Korea", "South Georgia", "Atlanta Georgia"),
    *("Democratic People’s Republic of Korea", "Jordan Valley", "Jordan River", "River Jordan"),
]
# People are called so too: not beside another word with a capital.
NAMES_OF_PEOPLE = {("jordan",), ("georgia",)}
KOSOVO = {
    fold(place)
    for places in (
        "Kosovo Kosova Pristina Priština Prishtina Prishtinë Prizren Peja Pejë Peć Gjilan Gnjilane",
        "Mitrovica Mitrovicë Ferizaj Uroševac Gjakova Gjakovë Đakovica Djakovica Lipjan Lipljan",
        "Vushtrri Vučitrn Gračanica Graçanicë Shtërpcë Štrpce Leposavić Leposaviq Zvečan Zveçan",
        "Rahovec Orahovac Suhareka Suharekë Podujeva Podujevë Podujevo Skenderaj Srbica Glogovac",
        "Drenas Kaçanik Kačanik Dragash Dragaš Deçan Dečani Istog Istok Klina Klinë Viti Vitina",
        "Obiliq Obilić Malisheva Malishevë Mališevo Junik Ranilug Partesh",
    )
    for place in places.split()
}


class Found(NamedTuple):
    """country: its pk; evidence: the words from which it follows."""

    country: int
    reason: str
    evidence: str


@dataclass
class Countries:
    """What suggest() knows of terms, read once; plain values only.

    names: {its words: [(as written, language, Name)]}; hosts: {structure: (its host country, its name)};
    silent: field operations without a host country, which is so on purpose.
    """

    names: dict
    hosts: dict
    silent: set

    def __post_init__(self):
        self.longest = {}  # {first word: of how many words are names that begin with it}
        for words in [*self.names, *_TRAPS]:
            self.longest[words[0]] = max(len(words), self.longest.get(words[0], 1))

    @classmethod
    def load(cls):
        names = {}
        countries = Country.objects.exclude(iso="")
        for pk, name in countries.values_list("pk", "name"):
            names.setdefault(words_of(name), []).append((name, "en", Name(pk)))
        other = CountryName.objects.exclude(term__iso="").order_by("term", "pk")
        for name, language, *when in other.values_list(
            "name", "language", "term", "since", "until"
        ):
            names.setdefault(words_of(name), []).append((name, language, Name(*when)))
        of_iso = dict(countries.values_list("iso", "pk"))
        for iso, name, language in inflected():
            if iso in of_iso:
                names.setdefault(words_of(name), []).append((name, language, Name(of_iso[iso])))
        names.pop((), None)
        hosted = Structure.objects.exclude(host_country=None)
        hosts = {pk: of for pk, *of in hosted.values_list("pk", "host_country", "name")}
        silent = Structure.objects.filter(host_country=None, kind=Kind.FIELD_OPERATION)
        return cls(names, hosts, set(silent.values_list("pk", flat=True)))


def inflected():
    """(ISO code, case of a name, language) of press/data/inflected.toml."""
    told = tomllib.loads(INFLECTED.read_text(encoding="utf-8"))
    for languages, by_iso in told.items():
        for language in languages.split("-"):
            for iso, names in by_iso.items():
                yield from ((iso, name, language) for name in names)


folded = lru_cache(20_000)(fold)  # the same words stand in title after title


def words_of(text):
    text = _DOTTED.sub(lambda found: found[0].replace(".", ""), unicodedata.normalize("NFC", text))
    return tuple(folded(word) for word in _WORD.findall(text))


_TRAPS = {words_of(trap) for trap in TRAPS}


def suggest(*, title, place, sources, countries, language="en", day=None, tagged=()):
    """[Found], each country once with its best reason, without those that are tagged already.

    place: the dateline, "OSH, Kyrgyzstan"; sources: pks of structures; countries: Countries; day: of the
    release, by which a former name of several countries is read.
    """
    found = []
    is_about_kosovo = is_in_kosovo(place) or not countries.silent.isdisjoint(sources)
    if not is_about_kosovo:
        found += [
            Found(pk, Reason.TITLE, words)
            for pk, words in named_in(title, countries, language, day)
        ]
        found += [
            Found(pk, Reason.DATELINE, place[:200])
            for part in behind_cities(place)
            for pk, words in named_in(part, countries, language, day, is_name=True)
        ]
    if not is_in_kosovo(place):
        hosts = (countries.hosts[source] for source in sources if source in countries.hosts)
        found += [Found(pk, Reason.HOST, name[:200]) for pk, name in hosts]
    best = {}
    for each in found:
        if each.country not in tagged:
            best.setdefault(each.country, each)
    return list(best.values())


def is_in_kosovo(place):
    return any(word in KOSOVO for word in words_of(place))


def behind_cities(place):
    """What stands after the cities of a dateline, which may be several: “OSH, Kyrgyzstan / ALMATY”."""
    cities = [city for city in place.split("/") if words_of(city) not in _TRAPS]
    return [part for city in cities for part in city.split(",")[1:]]


def named_in(text, countries, language, day, *, is_name=False):
    """(pk, words as printed) of the countries that text names; is_name: if it is a name as a whole.

    Whole words with a capital, the longest names first. Names in other languages than the text's do not
    count, but English ones do: “Island” is an island in English, and Iceland in German.
    """
    text = _DOTTED.sub(lambda found: found[0].replace(".", ""), unicodedata.normalize("NFC", text))
    printed = list(_WORD.finditer(text))
    words = [folded(each[0]) for each in printed]
    start = 0
    while start < len(words):
        longest = min(countries.longest.get(words[start], 1), len(words) - start)
        for size in range(longest, 0, -1):
            if is_name and size < len(words):
                continue
            here = tuple(words[start : start + size])
            if here in _TRAPS:
                break
            as_printed = text[printed[start].start() : printed[start + size - 1].end()]
            names = [
                name
                for as_written, of, name in countries.names.get(here, ())
                if of in (language, "en") and is_written(as_printed, as_written, text)
            ]
            if names and not is_person(here, text, printed, start):
                yield from ((pk, as_printed[:200]) for pk in meant(names, here, countries, day))
                break
        else:
            size = 1
        start += size


def is_written(printed, written, text):
    """Whether printed can be the name written: “us” is no country, nor is “turkey”."""
    if written.isupper() or len(written) <= 3:
        return printed == written and not text.isupper()
    return printed[0].isupper() or written[0].islower()


def is_person(words, text, printed, start):
    """Whether a name that people have too stands right beside another one.

    Where all words have capitals, and beside the first word, which always has one, that says nothing.
    """
    is_sentence = any(each[0].islower() and len(each[0]) > 3 for each in printed)
    if words not in NAMES_OF_PEOPLE or not is_sentence:
        return False
    beside = []
    if start > 1 and text[printed[start - 1].end() : printed[start].start()] == " ":
        beside.append(printed[start - 1][0])
    if start + 1 < len(printed) and text[printed[start].end() : printed[start + 1].start()] == " ":
        beside.append(printed[start + 1][0])
    return any(word.istitle() for word in beside)


def meant(names, words, countries, day):
    """The pks of the countries that a name means on day.

    “Serbia and Montenegro” was one for a time, and are two at any other.
    """
    best = max(names, key=lambda name: name.fits(day))
    for place in range(1, len(words) - 1):
        both = [countries.names.get(part) for part in (words[:place], words[place + 1 :])]
        if words[place] == "and" and all(both) and best.fits(day) < 2:
            return [name.pk for part in both for _, _, name in part[:1]]
    return [best.pk]


# Suggestions of releases that are stored.


def suggest_for(releases, *, countries=None, progress=iter):
    """Store suggestions for the releases of a queryset; how many are new.

    For what was filed under a structure after its import, or imported before there were suggestions.
    countries: Countries, if they are known already.
    """
    countries, new = countries or Countries.load(), 0
    pks = list(releases.order_by("pk").values_list("pk", flat=True))
    for start in progress(range(0, len(pks), BATCH)):
        batch = PressRelease.objects.filter(pk__in=pks[start : start + BATCH])
        sources, tagged = (pairs(batch, link) for link in ("sources", "countries"))
        rows = []
        columns = ("pk", "title", "dateline", "language", "published_at")
        for pk, title, dateline, language, at in batch.values_list(*columns):
            found = suggest(
                title=title,
                place=dateline,
                sources=sources.get(pk, []),
                countries=countries,
                language=language,
                day=at and timezone.localdate(at),
                tagged=tagged.get(pk, []),
            )
            rows += ((pk, each) for each in found)
        new += store_suggestions(rows)
    return new


def pairs(releases, link):
    """{pk of a release: [pks of its terms]}"""
    found = {}
    for pk, term in releases.exclude(**{link: None}).values_list("pk", link).order_by("pk", link):
        found.setdefault(pk, []).append(term)
    return found


def store_suggestions(rows):
    """Store (pk of a release, Found) pairs; how many are new.

    A translation has the countries of its original, which gets the suggestion. What was suggested before
    stays as people decided it.
    """
    rows = list(rows)
    translations = PressRelease.objects.filter(pk__in={pk for pk, _ in rows})
    originals = dict(translations.exclude(translation_of=None).values_list("pk", "translation_of"))
    rows = {(originals.get(pk, pk), each.country): each for pk, each in reversed(rows)}
    known = CountrySuggestion.objects.filter(release__in={pk for pk, _ in rows})
    new = rows.keys() - set(known.values_list("release", "country"))
    CountrySuggestion.objects.bulk_create(
        (
            CountrySuggestion(
                release_id=pk, country_id=country, reason=each.reason, evidence=each.evidence
            )
            for (pk, country), each in sorted(rows.items())
            if (pk, country) in new
        ),
        ignore_conflicts=True,
    )
    return len(new)


def confirm(suggestions, *, by=None):
    """Give releases, with their translations, the countries of a queryset of suggestions; how many."""
    return sum(_confirm(pks, by) for pks in batches(suggestions.exclude(status=Status.CONFIRMED)))


@transaction.atomic
def _confirm(pks, by):
    additions, notes = {}, {}
    held = CountrySuggestion.objects.exclude(status=Status.CONFIRMED).filter(pk__in=pks)
    held = list(held.select_related("country").order_by("pk").select_for_update(of=("self",)))
    for each in held:
        links = additions.setdefault(each.release_id, {"countries": set()})
        links["countries"].add(each.country_id)
        said = f"{each.country} ({each.get_reason_display().lower()})"
        notes[each.release_id] = ", ".join(filter(None, [notes.get(each.release_id), said]))
    notes = {pk: f"Countries: {said}." for pk, said in notes.items()}
    add_terms(additions, by=by, action="confirm_country", notes=notes)
    mark(held, Status.CONFIRMED, by)
    return len(held)


def reject(suggestions, *, by=None):
    """Say that suggestions of a queryset that wait are wrong; how many. None of them comes again."""
    return mark(suggestions.filter(status=Status.PENDING), Status.REJECTED, by)


def mark(suggestions, status, by):
    pks = [each.pk for each in suggestions]
    rows = CountrySuggestion.objects.filter(pk__in=pks).exclude(status=Status.CONFIRMED)
    return rows.update(status=status, by=by, at=timezone.now())


def batches(suggestions):
    pks = list(suggestions.order_by("release_id", "pk").values_list("pk", flat=True))
    return [pks[start : start + BATCH] for start in range(0, len(pks), BATCH)]
