"""One of several writers of trees, as a process of its own. Prints what it did as JSON.

    python -m benchmarks.tree_writer [--careful] [--group CODE] MODEL[,MODEL...] SEED OPERATIONS

Says "ready" and begins when it reads a line. OPERATIONS 0 means: until killed. A careful writer does
nothing that breaks a bare tree. All that one of a group writes stands below the node of that code.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import django
from django.apps import apps
from django.db.models import ProtectedError
from mptt.exceptions import InvalidMove

POSITIONS = ["left", "right", "first-child", "last-child"]
MIX = {"create": 40, "move": 15, "drag": 12, "rename": 12, "describe": 10, "delete": 11}
COMMAND = [sys.executable, "-m", "benchmarks.tree_writer"]
SEVERAL = 30  # instances that a writer holds on to


class Writer:
    """Does what editors do, mostly with instances that it loaded long ago unless it is careful."""

    def __init__(self, models, seed, group, is_careful):
        self.models, self.seed, self.group, self.is_careful = models, seed, group, is_careful
        self.chance = random.Random(seed)  # noqa: S311
        self.held = {model: [] for model in models}
        self.created, self.deleted = [], []
        self.done, self.refused, self.failed = 0, 0, []

    def work(self, operations):
        while not operations or self.done < operations:
            model = self.chance.choice(self.models)
            try:
                self.write(model)
            except (InvalidMove, ProtectedError, model.DoesNotExist):
                self.refused += 1
            except Exception as error:
                self.failed.append(f"{type(error).__name__}: {error}"[:200])
            self.done += 1

    def write(self, model):
        nodes = self.some(model)
        held = [node for node in self.held[model] if node.pk]  # without those it deleted itself
        held += self.chance.sample(nodes, min(3, len(nodes)))
        self.held[model] = [] if self.is_careful else held[-SEVERAL:]
        (verb,) = self.chance.choices(list(MIX), list(MIX.values()))
        node = self.chance.choice(held) if held else None
        if verb == "create" or node is None or node.code == self.group:
            self.create(model, nodes)
        else:
            getattr(self, verb)(node, self.chance.choice(nodes))

    def some(self, model):
        if not self.group:
            return list(model.objects.order_by("?")[:10])
        below = model.objects.filter(code__startswith=f"{self.group}-").order_by("?")[:10]
        return [model.objects.get(code=self.group), *below]

    def create(self, model, nodes):
        code = f"{self.group or 'n'}-{self.seed}-{self.done}"
        parent = self.chance.choice(nodes if self.group else [None, *nodes])
        values = {"kind": "body"} if hasattr(model, "kind") else {}
        model.objects.create(code=code, slug=code, name=code, parent=parent, **values)
        self.created.append([model._meta.label, code])

    def move(self, node, target):
        node.parent = target
        node.save()

    def drag(self, node, target):
        inside = target.code == self.group
        position = "last-child" if inside else self.chance.choice(POSITIONS)
        type(node).objects.move_node(node, target, position)

    def rename(self, node, target):
        node.name = f"{node.code} {self.done}"
        node.slug = f"{node.code}-{self.seed}-{self.done}"
        node.save()

    def describe(self, node, target):
        node.description = str(self.done)
        node.save(update_fields=self.chance.choice([None, ["description"]]))

    def delete(self, node, target):
        if self.is_careful and node.children.exists():
            return
        gone, _ = node.delete()
        if gone:
            self.deleted.append([node._meta.label, node.code])


def start(labels, seeds, operations, *options, **environment):
    """A process for each seed, ready to begin."""
    writers = [
        subprocess.Popen(
            [*COMMAND, *options, ",".join(labels), str(seed), str(operations)],
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in seeds
    ]
    for writer in writers:
        writer.stdout.readline()
    return writers


def begin(*writers):
    for writer in writers:
        print("begin", file=writer.stdin, flush=True)


def finish(writers):
    return [json.loads(writer.communicate(timeout=300)[0]) for writer in writers]


def kill(*writers):
    for writer in writers:
        with writer:
            writer.kill()


def codes(labels):
    """(label, code) of every node, to be compared with what writers say that they did."""
    models = [apps.get_model(label) for label in labels]
    return {
        (model._meta.label, code)
        for model in models
        for code in model.objects.values_list("code", flat=True)
    }


def codes_after(before, reports):
    created = {tuple(each) for report in reports for each in report["created"]}
    return (before | created) - {tuple(each) for report in reports for each in report["deleted"]}


def is_branch(nodes, top):
    """Whether top and all others of nodes hang together by their parents, as they were read."""
    found = {node.pk for node in nodes}
    return top in found and all(node.parent_id in found for node in nodes if node.pk != top)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--careful", action="store_true")
    parser.add_argument("--group", default="")
    parser.add_argument("models", type=lambda labels: [*map(apps.get_model, labels.split(","))])
    parser.add_argument("seed", type=int)
    parser.add_argument("operations", type=int)
    asked = parser.parse_args()
    writer = Writer(asked.models, asked.seed, asked.group, asked.careful)
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    writer.work(asked.operations)
    names = ("created", "deleted", "done", "refused", "failed")
    report = {name: getattr(writer, name) for name in names}
    print(json.dumps({**report, "seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osce_cms.settings")
    django.setup()
    main()
