"""The terms of the trees in memory, as they were at one content version."""

import re
from dataclasses import dataclass

from django.utils import timezone

from osce_cms.text import fold
from taxonomy.labels import Labels, key
from taxonomy.models import Chairpersonship, Country

_PUNCTUATION = re.compile(r"^\W+|[^\w)]+$")
MOST_NAME_WORDS = 8  # of a name that is looked for among the words of a reader


@dataclass(frozen=True)
class Node:
    pk: int
    slug: str
    label: str
    level: int
    code: str


@dataclass(frozen=True)
class Terms:
    """One tree. nodes in its order; by_slug knows former addresses too, by_code the codes of merged
    terms; by_name knows every name and alias; covering is {pk: pks whose filter finds it}; chairs are
    {year: pk of the country}.
    """

    nodes: tuple
    by_slug: dict
    by_code: dict
    by_name: dict
    covering: dict
    chairs: dict

    @classmethod
    def read(cls, model):
        terms = list(model.objects.defer("description").prefetch_related("former"))
        nodes = {
            term.pk: Node(term.pk, term.slug, str(term), term.level, term.code) for term in terms
        }
        former = [(each, nodes[term.pk]) for term in terms for each in term.former.all()]
        by_slug = {each.slug: node for each, node in former}
        by_slug |= {node.slug: node for node in nodes.values()}
        by_code = {each.code: node for each, node in former if each.code}
        by_code |= {node.code: node for node in nodes.values()}
        by_name = {name: nodes[pk] for name, pk in Labels(model).terms.items()}
        return cls(
            nodes=tuple(nodes.values()),
            by_slug=by_slug,
            by_code=by_code,
            by_name=by_name,
            covering=model.objects.covering(),
            chairs=dict(Chairpersonship.objects.values_list("year", "country"))
            if model is Country
            else {},
        )

    def labels(self, at):
        """[(node, its label)] in the order of the tree; that of the country in the chair at at says so."""
        year = timezone.localtime(at).year
        chair = self.chairs.get(year)
        return [
            (
                node,
                Country(name=node.label).label_in_chair(year) if node.pk == chair else node.label,
            )
            for node in self.nodes
        ]

    def named_in(self, words):
        """[(node, place of its first word, how many)]: terms that words name, the longest names first."""
        words = [_PUNCTUATION.sub("", fold(word)) for word in words]
        found, start = [], 0
        while start < len(words):
            longest = min(MOST_NAME_WORDS, len(words) - start)
            for size in range(longest, 0, -1):
                if node := self.by_name.get(key(" ".join(words[start : start + size]))):
                    found.append((node, start, size))
                    break
            else:
                size = 1
            start += size
        return found
