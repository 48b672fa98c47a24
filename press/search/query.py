"""What readers type, and what it asks for in each language.

    words of all              must all be there
    "human rights"            side by side, in any kind of quotes
    -war  -"civil war"        must not be there; only a dash before a word excludes
    police OR policing        one of them; also police|policing
    elect*                    how a word begins; the last word counts as such a beginning too

Nothing that is typed is an error: other signs part words and are left out.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from osce_cms.languages import Language

from .analysis import MARK, language_token, tokens
from .stopwords import ELISIONS, STOP_WORDS

MOST_TERMS = 10  # the first ones count; each costs a look-up
SHORTEST_PREFIX = 3  # characters; beginnings that are shorter find half the archive

_QUOTES = re.compile('[“”„‟«»‹›＂″]')  # fmt: skip
# Apostrophes are quotes where they stand around words: ‘the media’, not O'Brien.
_SINGLE_QUOTES = re.compile(r"(?<!\S)(-?)['‘‚‛](\S[^\"]*?)['’‘](?!\w)")
_APOSTROPHES = re.compile("[’‘ʼ]")
# Dashes and brackets part words; a comma does, but not in 2,000.
_PARTING = re.compile(r"[\u2012-\u2015\u2212;()\[\]{}]|,(?!\d)")
_ITEMS = re.compile(
    r"""
    (?P<minus>(?<![^\s|])[-\u2010\u2011](?=["\w]))?
    (?: "(?P<quoted>[^"]*)"? | (?P<word>[^\s"|]+) )
    | (?P<bar>\|)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Item:
    """Something that was typed, before it is known in which language."""

    text: str
    is_quoted: bool = False
    is_prefix: bool = False


@dataclass(frozen=True, order=True)
class Term:
    """Tokens side by side; prefix, if any, is how a whole word may begin instead."""

    tokens: tuple
    prefix: str = ""


@dataclass(frozen=True, order=True)
class Variant:
    """What a query asks for in some languages: of each tuple in required one term, of excluded none."""

    required: tuple
    excluded: tuple


# What is typed -> items


def parse(query):
    """(groups, excluded): groups of items of which one must be there, and items that must not."""
    query = with_plain_quotes(_PARTING.sub(" ", query))
    groups, excluded, last, is_or = [], [], None, False
    for found in _ITEMS.finditer(query):
        if found["bar"] or (found["word"] == "OR" and not found["minus"]):
            is_or = last is not None
            continue
        item = item_of(found)
        if not any(tokens(item.text, "")):
            continue
        if found["minus"]:
            excluded.append(item)
            last, is_or = None, False
            continue
        if is_or:
            groups[-1].append(item)
        else:
            groups.append([item])
        last, is_or = item, False
    if last is not None and not last.is_quoted:
        # It may be typed only so far.
        groups[-1][-1] = Item(last.text, is_prefix=True)
    return groups, excluded


def with_plain_quotes(query):
    """query with one kind of quotes, each sign in its place."""
    return _QUOTES.sub('"', _SINGLE_QUOTES.sub(r'\1"\2"', query))


def item_of(found):
    if found["word"] is None:
        return Item(found["quoted"], is_quoted=True)
    word = _APOSTROPHES.sub("'", found["word"])
    return Item(word, is_prefix=word.endswith("*"))


# Items -> what they ask for in a language


@lru_cache(maxsize=256)
def variants(query):
    """((languages, Variant), ...): each with the codes that share it, None for all; () without words."""
    groups, excluded = parse(query)
    if not (groups or excluded):
        return ()
    languages_of = {}
    for language in Language.values:
        variant = in_language(groups, excluded, language)
        languages_of.setdefault(variant, []).append(language)
    if len(languages_of) == 1:
        return ((None, *languages_of),)
    return tuple((frozenset(languages), variant) for variant, languages in languages_of.items())


def in_language(groups, excluded, language):
    """Small words are left out, unless there is nothing else."""
    required = [group for group in groups if not is_small(group, language)] or groups
    forbidden = [item for item in excluded if not is_small([item], language)]
    if not (required or forbidden):
        forbidden = excluded
    terms = [tuple(sorted({term(item, language) for item in group})) for group in required]
    return Variant(
        tuple(sorted(set(terms[:MOST_TERMS]))),
        tuple(sorted({term(item, language) for item in forbidden[:MOST_TERMS]})),
    )


def is_small(group, language):
    if len(group) > 1 or group[0].is_quoted or group[0].text.endswith("*"):
        return False
    words = [whole(pair) for pair in analysed(group[0], language)]
    return len(words) == 1 and words[0] in STOP_WORDS.get(language, ())


def term(item, language):
    pairs = analysed(item, language)
    stems = tuple(token for token, _ in pairs)
    if len(pairs) > 1 or not item.is_prefix or len(whole(pairs[0])) < SHORTEST_PREFIX:
        return Term(stems)
    return Term(stems, whole(pairs[0]))


def analysed(item, language):
    text = item.text
    if not item.is_quoted and language in ELISIONS:
        text = re.sub(ELISIONS[language], "", text, flags=re.IGNORECASE)
    # Of “_'s” nothing would be left.
    return list(tokens(text, language)) or list(tokens(item.text, language))


def whole(pair):
    token, marked = pair
    return marked.removeprefix(MARK) or token


# Variants -> the languages of the databases

OPERATORS = {  # or, and, and not
    "postgresql": (" | ", " & ", " & !"),
    "sqlite": (" OR ", " AND ", " NOT "),
}


def in_all_languages(variants, vendor):
    """What variants ask for, each in its languages; with only exclusions, what they exclude."""
    either = OPERATORS[vendor][0]
    return joined(
        either,
        [expression(variant, vendor, among=languages) for languages, variant in variants],
    )


def in_one_variant(languages, variant, vendor):
    """The same for one variant, perhaps with finds in other languages."""
    # Most releases are in English; to ask for that costs more than to leave out the few others. But
    # what begins like the last word would be found again in each variant, mostly in English.
    return expression(variant, vendor, among=None if languages and "en" in languages else languages)


def expression(variant, vendor, among):
    """among: codes of languages, or None for all."""
    either, both, without = OPERATORS[vendor]
    write = tsquery if vendor == "postgresql" else fts5
    groups = [joined(either, [write(term) for term in group]) for group in variant.required]
    excluded = joined(either, [write(term) for term in variant.excluded])
    if not groups:
        groups, excluded = [excluded], ""
    if among:
        here = [write(Term((language_token(language),))) for language in sorted(among)]
        groups.append(joined(either, here))
    found = joined(both, groups)
    return joined(without, [found, excluded]) if excluded else found


def joined(operator, parts):
    return f"({operator.join(parts)})" if parts else ""


def tsquery(term):
    found = " <-> ".join(f"'{token}'" for token in term.tokens)
    if term.prefix:
        found += f" | '{term.prefix}':* | '{MARK}{term.prefix}':*"
    return f"({found})"


def fts5(term):
    found = f'"{" ".join(term.tokens)}"'
    if term.prefix:
        found += f' OR "{term.prefix}" * OR "{MARK}{term.prefix}" *'
    return f"({found})"
