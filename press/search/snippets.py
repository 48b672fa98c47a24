"""Excerpts and marked words, from texts as they were written."""

import re

from django.utils.html import escape
from django.utils.safestring import mark_safe

from .analysis import MARK, vocabulary, words

LENGTH = 240  # characters of an excerpt
MOST_READ = 50_000  # characters of a text in which an excerpt is looked for
_SPACE = re.compile(r"\s")


def snippet(variant, release):
    """The part of the text, else of the summary, with the most different terms of variant, marked."""
    for text in (release.text[:MOST_READ], release.summary):
        if hits := find(variant, text, release.language):
            return excerpt(text, hits, *window(text, hits))
    text = (release.summary or release.text[:MOST_READ]).strip()
    return excerpt(text, [], 0, word_end(text, 0, LENGTH))


def highlight(variant, text, language):
    """All of text, escaped, with the terms of variant marked."""
    return marked(text, find(variant, text, language), 0, len(text))


def find(variant, text, language):
    """[(start, end, number of the term)] in text, in order."""
    exact, beginnings = {}, []
    for number, group in enumerate(variant.required):
        for term in group:
            exact.setdefault(term.tokens[0], []).append((term.tokens, number))
            if term.prefix:
                beginnings.append(((term.prefix, MARK + term.prefix), number))
    starts = tuple(start for both, _ in beginnings for start in both)
    known = vocabulary(language)
    found = [(word, pair) for word in words(text) for pair in known[word[0]]]
    places = [
        place
        for place, (_, (token, marked)) in enumerate(found)
        if token in exact or token.startswith(starts) or marked.startswith(starts)
    ]
    hits = []
    for place in places:
        word, (token, marked) = found[place]
        for tokens, number in exact.get(token, ()):
            here = found[place : place + len(tokens)]
            if tuple(pair[0] for _, pair in here) == tokens:
                hits.append((word.start(), here[-1][0].end(), number))
        for both, number in beginnings:
            if token.startswith(both) or marked.startswith(both):
                hits.append((*word.span(), number))
    return hits


def window(text, hits):
    """(start, end) around the hits that name the most different terms within the length."""
    wanted = len({number for _, _, number in hits})
    best, first, last = 0, *hits[0][:2]
    for place, (start, _, _) in enumerate(hits):
        end, seen = start, set()
        for _, hit_end, number in hits[place:]:
            if hit_end - start > LENGTH - 40 and seen:
                break
            end = max(end, hit_end)
            seen.add(number)
        if len(seen) > best:
            best, first, last = len(seen), start, end
        if best == wanted:
            break
    room = max(0, LENGTH - (last - first))
    # More of what follows than of what stands before.
    start = word_start(text, first, room // 3)
    return start, word_end(text, last, LENGTH - (last - start))


def word_start(text, first, room):
    """Where an excerpt begins that shows up to room characters before first."""
    if first <= room:
        return 0
    space = _SPACE.search(text, first - room, first)
    return space.end() if space else first


def word_end(text, last, room):
    """Where an excerpt ends that shows up to room characters after last."""
    if len(text) - last <= room:
        return len(text)
    spaces = list(_SPACE.finditer(text, last, last + max(room, 0) + 1))
    if spaces:
        return spaces[-1].start()
    return last or room  # no space at all: cut anywhere


def excerpt(text, hits, start, end):
    end = min(end, start + 2 * LENGTH)  # a word may be as long as it likes
    before = "… " if text[:start].strip() else ""
    after = " …" if text[end:].strip() else ""
    return mark_safe(f"{before}{marked(text, hits, start, end)}{after}")  # noqa: S308  (escaped)


def marked(text, hits, start, end):
    """text from start to end, escaped, with the hits marked; of overlapping hits one mark is made."""
    parts, done = [], start
    for hit_start, hit_end in joined(hits, start, end):
        parts += [
            escape(text[done:hit_start]),
            f"<mark>{escape(text[hit_start:hit_end])}</mark>",
        ]
        done = hit_end
    parts.append(escape(text[done:end]))
    return mark_safe("".join(parts))  # noqa: S308  (escaped piece by piece)


def joined(hits, start, end):
    """The spans of hits within start and end, without overlaps."""
    spans = []
    for hit_start, hit_end, _ in sorted(hits):
        hit_start, hit_end = max(hit_start, start), min(hit_end, end)
        if hit_start >= hit_end:
            continue
        if spans and hit_start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], hit_end)
        else:
            spans.append([hit_start, hit_end])
    return spans
