"""Merging one term into another: all that refers to it moves along, its addresses lead on."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, UniqueConstraint

from .models import TermName
from .tree import TreeModel, tree_write


class MergeRefused(Exception):
    """The two terms cannot become one; says why."""


def what_moves(term):
    """[(what, how many)] that a merge of term would move."""
    found = []
    for relation in term._meta.related_objects:
        count = relation.related_model._base_manager.filter(
            **{relation.field.name: term.pk}
        ).count()
        if count:
            meta = relation.related_model._meta
            found.append((meta.verbose_name if count == 1 else meta.verbose_name_plural, count))
    return found


def merge(term, into):
    """Make term a part of into, for good. Raises MergeRefused, and then changes nothing.

    Releases, children, names and what else refers to term belong to into afterwards; the name of term
    becomes one by which into is recognised; its address, and those that led to it, lead to into.

    A line comes back for each row that said of term what another one says otherwise of into, and is lost.
    """
    model, lost = type(term), []
    with tree_write():
        term, into = refreshed(term), refreshed(into)
        refuse(term, into)
        for relation in model._meta.related_objects:
            if relation.many_to_many:
                move_links(relation, term, into)
            elif relation.field.name == "parent":
                for child in term.children.all():
                    model.objects.move_node(child, refreshed(into), "last-child")
            elif can_clash(relation.field):
                lost += move_rows(relation, term, into)
            else:
                move_at_once(relation, term, into)
        into.names.get_or_create(name=term.name, language="en")
        former = {"slug": term.slug, "code": term.code}
        refreshed(term).delete()
        into.former.create(**former)
    return lost


def refreshed(term):
    try:
        return type(term).objects.get(pk=term.pk)
    except term.DoesNotExist as gone:
        raise MergeRefused(f"“{term}” was deleted meanwhile.") from gone


def refuse(term, into):
    if term.pk == into.pk:
        raise MergeRefused(f"“{term}” cannot be merged into itself.")
    if type(term).objects.branch([term.pk]).filter(pk=into.pk).exists():
        raise MergeRefused(f"“{into}” lies below “{term}”: move it out first.")


def move_links(relation, term, into):
    """Rows of a many-to-many link in bulk; what is filed under both stays under into once."""
    if not relation.through._meta.auto_created:
        return  # its rows refer to the term by foreign keys and move as such
    column = relation.field.m2m_reverse_field_name()
    other = relation.field.m2m_field_name()
    rows = relation.through._base_manager
    both = rows.filter(**{column: into.pk}).values(other)
    mine = rows.filter(**{column: term.pk})
    mine.filter(**{f"{other}__in": list(both.values_list(other, flat=True))}).delete()
    mine.update(**{column: into.pk})


def can_clash(field):
    """Whether a row may say of a term what another row says of it already, or what it cannot say."""
    model = field.model
    if issubclass(model, TreeModel | TermName) or field.unique:
        return True
    unique = [each for each in model._meta.constraints if isinstance(each, UniqueConstraint)]
    return any(field.name in each.fields for each in unique)


def move_at_once(relation, term, into):
    """Rows with a foreign key that can always move, such as the thousands of releases of a desk."""
    name = relation.field.name
    changes = {name: into}
    if any(each.name == "version" for each in relation.related_model._meta.fields):
        changes["version"] = F("version") + 1  # a form that is open holds the old term
    relation.related_model._base_manager.filter(**{name: term.pk}).update(**changes)


def move_rows(relation, term, into):
    """Rows with a foreign key, one by one: some may say of both what can be said once.

    A line for each that is lost and knows what is lost with it (not_moved).
    """
    name, lost = relation.field.name, []
    for row in relation.related_model._base_manager.filter(**{name: term.pk}):
        setattr(row, name, into)
        written = [name]  # nothing else of it, which somebody may be changing at this moment
        if isinstance(row, TermName):
            # It names the other body only to recognise it: two bodies have two histories of names.
            row.is_official, row.since, row.until = False, None, None
            written += ["is_official", "since", "until"]
        if relates_to_itself(row, type(term)):
            row.delete()
            continue
        try:
            with transaction.atomic():
                row.save(update_fields=written)
        except IntegrityError:
            relation.related_model._base_manager.filter(pk=row.pk).delete()
            if told := hasattr(row, "not_moved") and row.not_moved():
                lost.append(told)
        except ValidationError as refusal:
            raise MergeRefused("; ".join(refusal.messages)) from refusal
    return lost


def relates_to_itself(row, model):
    keys = [f.attname for f in row._meta.fields if f.many_to_one and f.related_model is model]
    return len(keys) == 2 and getattr(row, keys[0]) == getattr(row, keys[1])
