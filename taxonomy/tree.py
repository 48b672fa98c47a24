"""The tree kit: nested sets that stay whole, whoever writes.

django-mptt computes its numbers from instances that may be old by the time they are used. Here every
write to any tree takes one lock first and then reads its own place, its parent and its target again.
`parent` is the truth; lft, rght, tree_id and level can be computed from it (integrity.py does) and are
used nowhere outside this app, but for level, which indents.
"""

import contextlib

from django.db import (
    DEFAULT_DB_ALIAS,
    OperationalError,
    connections,
    models,
    router,
    transaction,
)
from django.db.models import Exists, OuterRef
from mptt.exceptions import InvalidMove
from mptt.managers import TreeManager as MPTTManager
from mptt.models import MPTTModel, TreeForeignKey
from mptt.querysets import TreeQuerySet as MPTTQuerySet

TREE_LOCK = 0x7465726D73  # one number for all trees, so that two of them cannot be locked crosswise
LONGEST_WAIT = "10s"
PLACE = ["parent", "tree_id", "lft", "rght", "level", "version"]


class TreeBusy(Exception):
    """Somebody else has been writing the trees for longer than we wait."""

    def __init__(self):
        super().__init__("The trees are being changed by somebody else. Try again in a moment.")


@contextlib.contextmanager
def tree_write(using=DEFAULT_DB_ALIAS):
    """A transaction that is alone in writing trees; what it needs must be read inside it.

    On SQLite the transaction itself is the lock, because settings make it IMMEDIATE. Raises TreeBusy
    after LONGEST_WAIT (on SQLite after the timeout of the connection).
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(transaction.atomic(using=using))
            if connections[using].vendor == "postgresql":
                _lock(connections[using])
        except OperationalError as busy:
            if not is_lock_timeout(busy):
                raise
            raise TreeBusy from busy
        yield


def is_lock_timeout(error):
    """Whether a database gave up waiting: PostgreSQL's code 55P03, SQLite's busy."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", "")
    return code == "55P03" or code.startswith("SQLITE_BUSY")


def _lock(connection):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (before,) = cursor.fetchone()
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(%s),"
            " set_config('lock_timeout', %s, true)",
            [LONGEST_WAIT, TREE_LOCK, before],
        )


class TreeQuerySet(MPTTQuerySet):
    def branch(self, pks):
        """Of this queryset, the nodes in the branches of pks, themselves included.

        One statement, so that a move between two reads cannot mix two states of the tree.
        """
        above = self.model._base_manager.filter(
            pk__in=pks,
            tree_id=OuterRef("tree_id"),
            lft__lte=OuterRef("lft"),
            rght__gte=OuterRef("rght"),
        )
        return self.filter(Exists(above))

    def above(self, pks):
        """Of this queryset, the nodes on the ways from the roots to pks, themselves included."""
        below = self.model._base_manager.filter(
            pk__in=pks,
            tree_id=OuterRef("tree_id"),
            lft__gte=OuterRef("lft"),
            rght__lte=OuterRef("rght"),
        )
        return self.filter(Exists(below))

    def lineage(self, node):
        """Of this queryset, the ancestors of node from the root down, and node itself."""
        return self.above([node.pk]).order_by("lft")

    def delete(self):
        with tree_write(self.db):
            trees = set(self.order_by().values_list("tree_id", flat=True))
            deleted = super().delete()
            for tree in trees:
                self.model._tree_manager.db_manager(self.db).partial_rebuild(tree)
            return deleted

    def update(self, **values):
        self._refuse_moves(values)
        # The lock of the trees before those of rows: writers who take them crosswise end in a deadlock.
        with tree_write(self.db):
            return super().update(**values)

    def select_for_update(self, *args, **kwargs):
        with tree_write(self.db):
            return super().select_for_update(*args, **kwargs)

    def bulk_update(self, objs, fields, *args, **kwargs):
        self._refuse_moves(fields)
        return super().bulk_update(objs, fields, *args, **kwargs)

    def bulk_create(self, objs, *args, **kwargs):
        """New nodes after all others, in their order; their parents must be stored already."""
        objs = list(objs)
        with tree_write(self.db):
            manager = self.model._tree_manager.db_manager(self.db)
            tree = manager._get_next_tree_id()
            for number, node in enumerate(objs, start=1):
                node.tree_id, node.lft, node.rght, node.level = tree, number, number + 1, 0
            created = super().bulk_create(objs, *args, **kwargs)
            manager.rebuild()
            if rings(self.model):
                raise InvalidMove("The parents of these nodes form a ring.")
            return created

    def _refuse_moves(self, names):
        if {"parent", "parent_id"} & set(names):
            raise TypeError("Bulk writes cannot move tree nodes: set parent and save each one.")

    delete.alters_data = update.alters_data = True
    bulk_update.alters_data = bulk_create.alters_data = True
    delete.queryset_only = True


class TreeManager(MPTTManager.from_queryset(TreeQuerySet)):
    def move_node(self, node, target, position="last-child"):
        """Put node beside or under target; InvalidMove when either is gone or the move makes a loop."""
        with tree_write(self._write_db()):
            self._read_places(node, target)
            # mptt saves the node in the middle of the move; that save must not read the old place.
            with node._in_place():
                super().move_node(node, target, position)

    def insert_node(self, node, target, position="last-child", save=False, **kwargs):
        """Store a new node beside or under target; needs save=True, a place kept for later gets old."""
        if not (save or node._is_in_place):
            raise TypeError("A place made ahead of time is old when it is used: say save=True.")
        with tree_write(self._write_db()):
            self._read_places(target)
            with node._in_place():
                return super().insert_node(
                    node, target, position, save, **{**kwargs, "refresh_target": False}
                )

    def _read_places(self, *nodes):
        try:
            for node in nodes:
                if node is not None:
                    node.refresh_from_db(fields=PLACE)
        except self.model.DoesNotExist as gone:
            raise InvalidMove("The term or its target was deleted meanwhile.") from gone

    def build_tree_nodes(self, *args, **kwargs):
        raise TypeError("Numbers made ahead of time are old when they are used: use bulk_create.")

    def rebuild(self, *args, **kwargs):
        """Compute all numbers again from the parents; the order of siblings stays."""
        with tree_write(self._write_db()):
            return super().rebuild(*args, **kwargs)

    @contextlib.contextmanager
    def delay_mptt_updates(self):
        """One transaction. Nothing is delayed: loops are refused by the numbers, orders kept by them."""
        with tree_write(self._write_db()):
            yield

    disable_mptt_updates = delay_mptt_updates

    def _write_db(self):
        return self._db or router.db_for_write(self.model)

    move_node.alters_data = insert_node.alters_data = rebuild.alters_data = True


class TreeModel(MPTTModel):
    parent = TreeForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )

    version = models.PositiveIntegerField(default=0, editable=False)  # of this row, for forms

    objects = TreeManager()

    _is_in_place = False

    class Meta:
        abstract = True
        ordering = ["tree_id", "lft"]
        base_manager_name = "objects"  # parent.children.add() would move nodes past a plain one

    def save(self, **kwargs):
        """As usual, in the present tree.

        Raises DoesNotExist when the node was deleted meanwhile, InvalidMove when its new parent was.
        """
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with tree_write(using):
            if not self._is_in_place:
                self._read_place(using, kwargs.get("update_fields"))
            self.version += 1
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
            if self._state.adding:
                kwargs["force_insert"] = True  # a known pk must not overwrite the node that has it
            with self._in_place():
                super().save(**kwargs)

    def delete(self, *args, **kwargs):
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with tree_write(using):
            if not type(self)._base_manager.using(using).filter(pk=self.pk).exists():
                return 0, {}
            return super().delete(*args, **kwargs)

    save.alters_data = delete.alters_data = True

    def refresh_from_db(self, using=None, fields=None, **kwargs):
        super().refresh_from_db(using=using, fields=fields, **kwargs)
        if "parent_id" in self.__dict__ and (
            fields is None or {"parent", "parent_id"} & set(fields)
        ):
            # A parent that was just read is no wish to move there.
            self._mptt_cached_fields["parent"] = self.parent_id

    @contextlib.contextmanager
    def _in_place(self):
        """While it runs, the place that this instance carries is the true one and is not read again."""
        before, self._is_in_place = self._is_in_place, True
        try:
            yield
        finally:
            self._is_in_place = before

    def _read_place(self, using, update_fields):
        """Take our place from the database; of what we carry, only a parent that was set here counts."""
        if self._state.adding:
            # Numbers of the node it was copied from, or of an attempt that failed.
            self.lft = self.rght = None
        else:
            wanted = self._new_parent(update_fields)
            self.refresh_from_db(using=using, fields=PLACE)
            if wanted is not None:
                self.parent_id = wanted[0]
        if self.parent_id is None:
            return
        try:
            self.parent.refresh_from_db(using=using, fields=PLACE)
        except self.DoesNotExist as gone:
            raise InvalidMove(f"The new parent of “{self}” was deleted meanwhile.") from gone

    def _new_parent(self, update_fields):
        """(parent_id,) when this save is to move the node, else None."""
        if update_fields is not None and not {"parent", "parent_id"} & set(update_fields):
            return None
        if "parent_id" not in self.__dict__ or self.parent_id == self._mptt_cached_fields["parent"]:
            return None
        return (self.parent_id,)


def rings(model):
    """Lists of nodes that are above each other in a circle, so that no root is above them."""
    parents = dict(model._base_manager.values_list("pk", "parent_id"))
    found, seen = [], set()
    for start in parents:
        path, node = [], start
        while node is not None and node not in seen:
            seen.add(node)
            path.append(node)
            node = parents.get(node)
        if node in path:
            found.append(path[path.index(node) :])
    return found
