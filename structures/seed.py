"""The four trees as the data files in taxonomy/data and structures/data have them."""

import tomllib
from collections import Counter
from pathlib import Path

import taxonomy
from taxonomy.integrity import violations
from taxonomy.models import Chairpersonship, Country, FieldOfWork, Meeting
from taxonomy.tree import tree_write

from .models import Structure, Succession

DATA = Path(taxonomy.__file__).parent / "data"
TREES = [  # countries before structures, which name their host
    (FieldOfWork, DATA / "fields_of_work.toml"),
    (Meeting, DATA / "meetings.toml"),
    (Country, DATA / "countries.toml"),
    (Structure, Path(__file__).parent / "data" / "structures.toml"),
]


def load_taxonomy():
    """Create what is missing, by code, in menu order; what is there stays as editors left it.

    All or nothing. Returns {model: Counter(created=, present=)}. Raises ValueError when a tree is not
    whole afterwards, because it was not before.
    """
    with tree_write():
        outcomes = {model: load_tree(model, path) for model, path in TREES}
        outcomes[Chairpersonship] = load_chairpersonships(DATA / "chairpersonships.toml")
        if found := [line for model, _ in TREES for line in violations(model)]:
            raise ValueError("; ".join(found))
    return outcomes


def load_tree(model, path):
    present = {term.code: term for term in model.objects.all()}
    for merged in model.former.rel.related_model.objects.exclude(code="").select_related("term"):
        present[merged.code] = merged.term
    outcome = Counter(created=0, present=len(present))
    created = []
    elder = {}  # parent code: the term that stands before the next one in the file
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["term"]:
        code, parent = entry["code"], entry.get("parent")
        if code not in present:
            term = model.objects.insert_node(
                term_from(model, entry),
                *position(elder.get(parent), present[parent] if parent else None),
                save=True,
            )
            add_names(term, entry)
            present[code] = term
            created.append((term, entry))
        elder[parent] = present[code]
    for term, entry in created:  # when all are there: a predecessor may stand further down
        for code in entry.get("predecessors", []):
            Succession.objects.create(structure=term, predecessor=present[code])
    outcome["created"] = len(created)
    return outcome


def position(elder, parent):
    """(target, position) of a new term: after its elder sibling of the file, if that one still is one."""
    if elder:
        elder.refresh_from_db(fields=["parent"])
        if elder.parent_id == (parent.pk if parent else None):
            return elder, "right"
    return parent, "last-child"


def term_from(model, entry):
    term = model(code=entry["code"], slug=entry["code"], name=entry["name"])
    if model is Country:
        term.iso = entry.get("iso", "")
    if model is Structure:
        term.kind = entry["kind"]
        term.short = entry.get("short", "")
        term.host_country = Country.objects.get(code=entry["host"]) if "host" in entry else None
        term.opened_on = entry.get("opened_on")
    term.closed_on = entry.get("closed_on")
    term.is_closed = entry.get("closed", False)
    return term


def add_names(term, entry):
    for former in entry.get("former", []):
        term.names.create(is_official=True, **former)
    for language, aliases in entry.get("aliases", {}).items():
        for alias in aliases:
            term.names.create(name=alias, language=language)


def load_chairpersonships(path):
    outcome = Counter()
    countries = {country.code: country for country in Country.objects.all()}
    for year, code in tomllib.loads(path.read_text(encoding="utf-8"))["chairpersonships"].items():
        _, created = Chairpersonship.objects.get_or_create(
            year=int(year), defaults={"country": countries[code]}
        )
        outcome["created" if created else "present"] += 1
    return outcome
