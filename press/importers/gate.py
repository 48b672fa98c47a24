"""What has to hold before an import writes anything: everything is read once, and nothing written."""

from collections import Counter, defaultdict
from fractions import Fraction
from typing import NamedTuple

from .ahead import prepared
from .clean import LINK_OF
from .readers.vocabulary import LABELS

# Of which a share can be required; "date" is that of the page or of the dateline.
FIELDS = ["kind", *LABELS]
EXAMPLES = 5  # records without a field that are named


class Lacking(NamedTuple):
    """A field that too few of the records have. share: of those that have it; paths: some that do not."""

    share: Fraction
    paths: list


class Closed(Exception):
    """labels: Counter of (label, as printed) that name no term. lacking: {field: Lacking}."""

    def __init__(self, labels, lacking):
        super().__init__(f"{len(labels)} labels name no term, {len(lacking)} fields are wanting")
        self.labels, self.lacking = labels, lacking

    def as_dict(self):
        """All of it as plain values, the commonest labels first."""
        return {
            "labels": [
                {"field": field, "raw": raw, "count": count}
                for (field, raw), count in self.labels.most_common()
            ],
            "lacking": {
                name: {"share": round(float(lacking.share), 6), "examples": lacking.paths}
                for name, lacking in self.lacking.items()
            },
        }


def check(run):
    """Raises Closed. run: a Run that has not begun; what its options say is strict or required counts.

    What is imported already passed: a run that goes on is not measured on its rest.
    """
    required, labels, read = run.options.required, Counter(), 0
    missing, paths = Counter(), defaultdict(list)
    for block, made in prepared(run.blocks(0), run.work()):
        wanted = [each for each in made if each.record and run.wants(each)]
        run.complete([(each, None) for each in wanted])
        read += len(wanted) + len(block.known) + block.passed
        for each in wanted:
            labels.update(
                (told.field, told.raw) for told in each.messages if told.code == "label_unmatched"
            )
            for name in required:
                if not has(each.record, name):
                    missing[name] += 1
                    paths[name] += [each.path] if len(paths[name]) < EXAMPLES else []
    shares = {name: 1 - Fraction(missing[name], read) for name in missing}
    lacking = {
        name: Lacking(share, paths[name])
        for name, share in shares.items()
        if share < required[name]
    }
    labels = labels if run.options.strict else Counter()
    if labels or lacking:
        raise Closed(labels, lacking)


def has(record, name):
    if name == "date":
        return bool(record.values["published_at"])
    if name == "kind":
        return bool(record.values["kind"])
    return bool(record.values["legacy_labels"].get(name) or record.links.get(LINK_OF[name]))
