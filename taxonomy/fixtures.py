"""loaddata writes rows as they are, past save(). Trees that come so are numbered again before the end."""

from django.core.management.base import CommandError
from django.db import transaction
from django.db.models.signals import pre_save

from .integrity import violations
from .tree import TreeModel, tree_write

FIRST_FREE_TREE = 1_000_000_000  # no editor makes so many


def watch():
    pre_save.connect(take_loaded_node)


def take_loaded_node(sender, instance, raw, using, **kwargs):
    """Give a loaded node a tree of its own until all are there and its parents tell its place.

    The numbers of a fixture belong to another database and would overlap with those that are here.
    """
    if not (raw and issubclass(sender, TreeModel)):
        return
    if instance.pk is None:
        raise CommandError(f"{sender._meta.label}: each node of a fixture needs its pk.")
    renumbering = pending(sender, using)
    renumbering.orders[instance.pk] = (instance.tree_id or 0, instance.lft or 0)
    instance.tree_id = FIRST_FREE_TREE + instance.pk
    instance.lft, instance.rght, instance.level = 1, 2, 0


def pending(model, using):
    """The renumbering of model that waits for the end of this transaction."""
    connection = transaction.get_connection(using)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Load trees inside transaction.atomic().")
    for _, function, _ in connection.run_on_commit:
        if isinstance(function, Renumbering) and function.model is model:
            return function
    with tree_write(using):  # takes the lock, which stays until the commit
        renumbering = Renumbering(model, using)
    transaction.on_commit(renumbering, using=using)
    return renumbering


def renumber_now(using):
    """Do not wait for the commit: all rows are there."""
    waiting = transaction.get_connection(using).run_on_commit
    for entry in [entry for entry in waiting if isinstance(entry[1], Renumbering)]:
        waiting.remove(entry)
        entry[1]()


class Renumbering:
    def __init__(self, model, using):
        self.model, self.using = model, using
        self.orders = {}  # pk: place in the fixture, which orders siblings

    def __call__(self):
        manager = self.model._tree_manager.db_manager(self.using)
        with tree_write(self.using):
            loaded = sorted(manager.filter(pk__in=self.orders), key=lambda n: self.orders[n.pk])
            for place, node in enumerate(loaded):
                node.tree_id = FIRST_FREE_TREE + place
            manager.bulk_update(loaded, ["tree_id"])
            manager.rebuild()
        if found := violations(self.model):
            raise CommandError(
                f"{self.model._meta.verbose_name_plural}: {'; '.join(found)}. What was to be loaded makes"
                " no tree with what is here: mend its parents. If the trees were not whole before, run"
                " check_trees --repair first."
            )
