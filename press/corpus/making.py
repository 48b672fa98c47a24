"""From a plan to rows in the database."""

from types import SimpleNamespace

from django.db import connection, transaction

from structures.models import Kind, Structure
from structures.seed import load_taxonomy
from taxonomy.models import Country, FieldOfWork, Meeting

from ..models import PressRelease
from ..schema import bulk_load
from ..search.store import columns
from .releases import Plan, Term, releases_of
from .tables import analyse, index_of_words, write
from .workers import in_order

TREES = {
    "sources": Structure,
    "fields_of_work": FieldOfWork,
    "countries": Country,
    "meetings": Meeting,
}
CLOSED_BEFORE = 2022  # closed structures whose end is not known issue nothing from then on


class Refused(Exception):
    """The releases cannot or should not be written here; the message says what to do about it."""


def make_corpus(*, releases, seed, until, among_real=False, progress):
    """Add synthetic releases, all or none; progress(n) is called after each n that are written."""
    if not among_real and PressRelease.objects.filter(is_sample=False).exists():
        raise Refused(
            "This database holds real releases. To put invented ones among them, say"
            " --among-real-releases."
        )
    plan = Plan(releases=releases, seed=seed, until=until, terms=terms())
    # All or nothing: who keeps an index of the releases builds it anew once, not after each part.
    with transaction.atomic(), bulk_load(connection), index_of_words():
        for made, tokens in in_order(make, plan, plan.chunks()):
            write(made, tokens)
            progress(len(made))
    analyse()


def make(plan, chunk):
    """(the releases of a chunk, what the search keeps of each)"""
    made = releases_of(plan, chunk)
    return made, [columns(SimpleNamespace(**each.values), connection.vendor) for each in made]


def terms():
    """{link: [Term]} of what releases can be filed under; four empty trees are filled first."""
    if not any(model.objects.exists() for model in TREES.values()):
        load_taxonomy()
    found = {link: term_list(model) for link, model in TREES.items()}
    for link, model in TREES.items():
        if not found[link]:
            name = model._meta.verbose_name_plural
            raise Refused(f"There are no {name} to file releases under. Run load_taxonomy first.")
    return found


def term_list(model):
    queryset = model.objects.order_by("code")
    if model is Country:
        return [Term(each.pk, each.code) for each in queryset.exclude(iso="")]
    if model is Structure:
        queryset = queryset.exclude(kind=Kind.GROUP).select_related("host_country")
        return [structure_term(each) for each in queryset]
    return [Term(each.pk, each.code) for each in queryset]


def structure_term(structure):
    term = Term(structure.pk, structure.code)
    if structure.host_country:
        term = term._replace(host=structure.host_country.code)
    if structure.is_closed:
        closed_on = structure.closed_on
        term = term._replace(last_year=closed_on.year if closed_on else CLOSED_BEFORE - 1)
    return term
