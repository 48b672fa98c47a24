"""Whether trees are whole: every stored number computed again from the parents."""

from django.apps import apps
from django.db.models import QuerySet

from .tree import TreeModel, rings, tree_write


def tree_models():
    return [model for model in apps.get_models() if issubclass(model, TreeModel)]


def violations(model):
    """What is wrong in the tree of model, a line each; an empty list when it is whole."""
    nodes = model._base_manager.order_by("tree_id", "lft", "pk").only(
        "pk", "parent", "tree_id", "lft", "rght", "level"
    )
    children, found, reached, trees = {}, [], set(), {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node)

    for root in children.get(None, []):
        if first := trees.get(root.tree_id):
            found.append(f"{root.pk}: a second root in tree {root.tree_id}, beside {first.pk}")
        trees[root.tree_id] = root
        for node, computed in numbered(root, children):
            reached.add(node.pk)
            stored = (node.lft, node.rght, node.level, node.tree_id)
            if stored != computed:
                found.append(f"{node.pk}: lft, rght, level, tree {stored}, computed {computed}")
    for node in nodes:
        if node.pk not in reached:
            found.append(f"{node.pk}: no root above it, its parents form a ring")
    return found


def numbered(root, children):
    """(node, (lft, rght, level, tree)) for root and all below it, as the parents demand."""
    number, path, result = 1, [(root, 1, iter(children.get(root.pk, [])))], []
    while path:
        number += 1
        node, left, rest = path[-1]
        child = next(rest, None)
        if child is None:
            path.pop()
            result.append((node, (left, number, len(path), root.tree_id)))
        else:
            path.append((child, number, iter(children.get(child.pk, []))))
    return result


def repair(model):
    """Make the tree of model whole: rings are cut at their oldest node, numbers come from the parents."""
    with tree_write():
        for ring in rings(model):
            # Past the kit, whose save() would first ask where in the ring the node stands.
            QuerySet(model).filter(pk=min(ring)).update(parent=None)
        model._tree_manager.rebuild()
