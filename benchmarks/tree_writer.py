"""One of several writers of trees, as a process of its own. Prints what it did as JSON.

    python -m benchmarks.tree_writer MODEL SEED OPERATIONS [GROUP]

OPERATIONS 0 means: until killed. With GROUP, all that is created stands below the root of that code.
"""

import json
import os
import random
import sys
import time

import django
from django.apps import apps
from django.db import DatabaseError
from django.db.models import ProtectedError
from mptt.exceptions import InvalidMove

POSITIONS = ["left", "right", "first-child", "last-child"]


class Writer:
    """Does what editors do, at times with instances that it loaded long ago."""

    def __init__(self, model, seed, group=""):
        self.model, self.seed, self.group = model, seed, group
        self.chance = random.Random(seed)  # noqa: S311
        self.old, self.created, self.deleted = [], [], []
        self.done, self.failures = 0, {}

    def work(self, operations):
        while not operations or self.done < operations:
            try:
                self.write()
            except (InvalidMove, ProtectedError, self.model.DoesNotExist) as refusal:
                self.old.clear()
                self.count("refused", refusal)
            except DatabaseError as error:
                self.old.clear()
                self.count(f"failed with {type(error).__name__}", error)
            self.done += 1

    def count(self, what, error):
        self.failures[what] = self.failures.get(what, 0) + 1
        if not isinstance(error, InvalidMove | ProtectedError | self.model.DoesNotExist):
            self.failures["last"] = str(error)[:200]

    def write(self):
        nodes = self.nodes()
        self.old += self.chance.sample(nodes, min(3, len(nodes)))
        verb = self.chance.choices(
            ["create", "move", "drag", "rename", "describe", "delete"], [40, 18, 12, 12, 8, 10]
        )[0]
        if verb == "create" or not self.old:
            return self.create(nodes)
        node, target = self.chance.choice(self.old), self.chance.choice(nodes)
        getattr(self, verb)(node, target)
        return None

    def nodes(self):
        nodes = list(self.model.objects.order_by("?")[:30])
        if self.group:
            nodes = [node for node in nodes if node.code.startswith(self.group)]
            nodes += [self.model.objects.get(code=self.group)]
        return nodes

    def create(self, nodes):
        code = f"{self.group or 'n'}-{self.seed}-{self.done}"
        parent = self.chance.choice([None, *nodes] if not self.group else nodes)
        values = {"code": code, "slug": code, "name": code, "parent": parent}
        if hasattr(self.model, "kind"):
            values["kind"] = "body"
        self.model.objects.create(**values)
        self.created.append(code)

    def move(self, node, target):
        if node.code != self.group:
            node.parent = target
            node.save()

    def drag(self, node, target):
        position = self.chance.choice(POSITIONS)
        if self.group and (node.code == self.group or target.code == self.group):
            position = "last-child"
        if node.code != self.group:
            self.model.objects.move_node(node, target, position)

    def rename(self, node, target):
        node.name = f"{node.code} {self.done}"
        node.save()

    def describe(self, node, target):
        node.description = str(self.done)
        node.save(update_fields=["description"])

    def delete(self, node, target):
        if node.code == self.group:
            return
        gone, _ = node.delete()
        self.old = [each for each in self.old if each.pk]
        if gone:
            self.deleted.append(node.code)


def main(label, seed, operations, group=""):
    writer = Writer(apps.get_model(label), seed, group)
    print("ready", flush=True)
    start = time.perf_counter()
    writer.work(operations)
    report = {
        "created": writer.created,
        "deleted": writer.deleted,
        "failures": writer.failures,
        "done": writer.done,
        "seconds": time.perf_counter() - start,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osce_cms.settings")
    django.setup()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
