"""Labels without a term as a CSV file that people fill in, and such a file read and checked."""

import csv
import io
import re

from osce_cms.tables import guarded, unguarded
from taxonomy.labels import short_key

from ...models import TermDecision, Vocabulary
from .terms import MOST_EXAMPLES, MOST_GUESSES

IGNORE = "ignore"
EXAMPLES = [f"example {number}" for number in range(1, MOST_EXAMPLES + 1)]
GUESSES = [f"guess {number}" for number in range(1, MOST_GUESSES + 1)]
COLUMNS = ["vocabulary", "label", "count", *EXAMPLES, *GUESSES, "decision", "note"]
NEEDED = ["vocabulary", "label", "decision"]
LARGEST = 20_000_000  # bytes


class SheetRefused(Exception):
    """The file cannot be taken; problems has a line for each reason, with row and column."""

    def __init__(self, problems):
        super().__init__("\n".join(problems))
        self.problems = problems


def write(file, tallies, matcher):
    """Write one row for each Tally into a text file that was opened with newline=""."""
    sheet = csv.writer(file)
    sheet.writerow(COLUMNS)
    for each in tallies:
        examples = [*map(str, each.examples), *[""] * MOST_EXAMPLES][:MOST_EXAMPLES]
        guesses = [
            f"{code} ({score})" for code, score in matcher.guesses(each.vocabulary, each.label)
        ]
        guesses = [*guesses, *[""] * MOST_GUESSES][:MOST_GUESSES]
        row = [each.vocabulary, each.label, str(each.count), *examples, *guesses, "", ""]
        sheet.writerow([guarded(cell) for cell in row])


def read(data, codes):
    """(TermDecisions, how many rows are not decided yet) from the bytes of a file.

    codes: {vocabulary: {code: the code that stands for it today}}. Raises SheetRefused with all that is
    wrong in it; row 1 is the head.
    """
    head, rows = parted(data)
    problems, decided, undecided = [], {}, 0
    for number, cells in rows:
        if not any(cells):
            continue
        try:
            decision = decision_of(head, cells, codes)
        except SheetRefused as wrong:
            problems += [f"row {number}, {problem}" for problem in wrong.problems]
            continue
        if decision is None:
            undecided += 1
            continue
        same = (decision.vocabulary, short_key(decision.label))
        first, before = decided.setdefault(same, (number, decision))
        if before.code != decision.code:
            problems.append(
                f"row {number}, column decision: “{decision.code or IGNORE}”, but row {first} says"
                f" “{before.code or IGNORE}” of the same label"
            )
    if problems:
        raise SheetRefused(problems)
    return [decision for _, decision in decided.values()], undecided


def parted(data):
    """(names of the columns, [(number, cells)]): commas, semicolons or tabs, whichever the head has."""
    if len(data) > LARGEST:
        raise SheetRefused([f"larger than {LARGEST // 1_000_000} MB"])
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        line = data[: getattr(error, "start", 0)].count(b"\n") + 1
        problem = f"line {line} is not UTF-8: save the file as “CSV UTF-8”"
        raise SheetRefused([problem]) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise SheetRefused([f"is not a CSV file: {error}"]) from error
    head = [cell.strip().casefold() for cell in rows[0]] if rows else []
    problems = [f"row 1: there is no column “{name}”" for name in NEEDED if name not in head]
    problems += [
        f"row 1: two columns “{name}”"
        for name in dict.fromkeys(head)
        if head.count(name) > 1 and name
    ]
    if problems:
        raise SheetRefused(problems)
    return head, [(number, cells) for number, cells in enumerate(rows[1:], start=2)]


def decision_of(head, cells, codes):
    """The TermDecision of one row, None when it holds none. Raises SheetRefused."""
    if len(cells) > len(head) and any(cells[len(head) :]):
        raise SheetRefused([f"column {len(head) + 1}: a value beyond the last column"])
    row = {
        name: unguarded(cell.strip())
        for name, cell in zip(head, [*cells, *[""] * len(head)], strict=False)
    }
    problems = []
    vocabulary = row["vocabulary"].casefold()
    # A guess stands in the sheet with its likeness, “albania (71)”, and may be copied so.
    code = re.sub(r" \([0-9]{1,3}\)$", "", row["decision"].casefold())
    if vocabulary not in Vocabulary.values:
        known = ", ".join(Vocabulary.values)
        problems.append(f"column vocabulary: “{row['vocabulary']}” is none of {known}")
    if not short_key(row["label"]):
        problems.append("column label: there is none")
    if any("\0" in cell for cell in row.values()):
        problems.append("a cell holds a NUL character")
    if (
        code
        and code != IGNORE
        and vocabulary in Vocabulary.values
        and code not in codes[vocabulary]
    ):
        problems.append(f"column decision: {why_unknown(code, vocabulary, codes)}")
    if problems:
        raise SheetRefused(problems)
    if not code:
        return None
    return TermDecision(
        vocabulary=vocabulary,
        label=row["label"],
        code="" if code == IGNORE else codes[vocabulary][code],
        note=row.get("note", ""),
    )


def why_unknown(code, vocabulary, codes):
    wanted = Vocabulary(vocabulary).label.lower()
    for other, known in codes.items():
        if code in known:
            return f"“{code}” is a {Vocabulary(other).label.lower()}, not a {wanted}"
    return f"there is no {wanted} with the code “{code}”"


def known_codes():
    """{vocabulary: {code: the code that stands for it today}}, also of closed and of merged terms."""
    found = {}
    for vocabulary in Vocabulary:
        codes = vocabulary.model.objects.values_list("code", flat=True)
        former = vocabulary.model.former.rel.related_model.objects.exclude(code="")
        merged = dict(former.values_list("code", "term__code"))
        found[vocabulary.value] = merged | {code: code for code in codes}
    return found
