"""Recognising terms by the labels that old pages print."""

import re

from osce_cms.text import fold

_NOISE = re.compile(r"^osce |( \((closed|discontinued)\))+$| osce chair(person|man)ship [0-9]{4}$")


def key(label):
    """label without what never tells two terms apart: case, accents, "OSCE " before, "(closed)" after.

    The country in the chair had a tail in the old menus, "Malta – OSCE Chairpersonship 2024".

    >>> key("OSCE Office in Yerevan (closed)")
    'office in yerevan'
    """
    return _NOISE.sub("", fold(label))


class Labels:
    """All names of the terms of one tree, for looking labels up without a query for each."""

    def __init__(self, model):
        self.terms = {}
        self.most_parts = 1  # that commas part one name into
        terms = model.objects.prefetch_related("names")
        for term in terms:
            self._learn(term.name, term)
        for term in terms:
            for name in [*term.names.all(), getattr(term, "short", "")]:
                self._learn(str(name), term)

    def _learn(self, label, term):
        # The present name of one term wins over a former name of another.
        if label:
            self.terms.setdefault(key(label), term)
            self.most_parts = max(self.most_parts, label.count(",") + 1)

    def match(self, text):
        """(terms, labels that match no term), both in the order of text, a list parted by commas.

        A name may hold a comma itself, so the longest run of parts that is a name is taken first.
        """
        parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
        found, unknown, start = [], [], 0
        while start < len(parts):
            for size in range(min(len(parts), self.most_parts), 0, -1):
                term = self.terms.get(key(", ".join(parts[start : start + size])))
                if term:
                    found.append(term)
                    break
            else:
                size = 1
                unknown.append(parts[start])
            start += size
        return list(dict.fromkeys(found)), list(dict.fromkeys(unknown))
