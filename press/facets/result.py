from dataclasses import dataclass

PAGE_SIZE = 20
MOST_RANKED = 2000  # a multiple of the page size: of more matches the rest follows by date


@dataclass(frozen=True)
class Result:
    """ids of one page, the number of all, and {dimension: {value: count}}.

    Values are as the database has them (term ids, kinds, languages, years, months); the untagged are
    under None for terms, under "" for columns. The counts of a dimension ignore the choice made in it;
    those of months are empty until a year is chosen.
    """

    ids: list
    total: int
    counts: dict

    @property
    def pages(self):
        return max(1, -(-self.total // PAGE_SIZE))


def in_order(selection, match, page, newest):
    """The ids of one page. newest: (start, stop) -> ids in the order of lists."""
    start = (page - 1) * PAGE_SIZE
    # Of signs without words nothing is more relevant than anything else.
    if match and selection.sort == "relevance" and start < MOST_RANKED:
        return match.rank(newest(0, MOST_RANKED))[start : start + PAGE_SIZE]
    return newest(start, start + PAGE_SIZE)
