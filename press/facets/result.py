from dataclasses import dataclass

PAGE_SIZE = 20


@dataclass(frozen=True)
class Result:
    """ids of one page, the number of all, and {dimension: {value: count}}.

    Values are as the database has them (term ids, kinds, languages, years, months); the untagged are
    under None for terms, under "" for columns. The counts of a dimension ignore the choice made in it.
    """

    ids: list
    total: int
    counts: dict

    @property
    def pages(self):
        return max(1, -(-self.total // PAGE_SIZE))
