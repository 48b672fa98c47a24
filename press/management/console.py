"""What the commands of an import print while it runs and afterwards."""

import json
import resource
import sys
import time

from tqdm import tqdm

from osce_cms.text import printable

from ..models import Action

EVERY = 5  # seconds between two lines of progress


class Console:
    """style: "auto" (a bar on a terminal, lines elsewhere), "plain" (lines) or "off"."""

    def __init__(self, command, *, verbosity=1, is_json=False, style="auto"):
        self.out, self.err = command.stdout, command.stderr
        self.verbosity, self.is_json = verbosity, is_json
        self.bar = None
        if style == "auto" and sys.stderr.isatty():
            self.bar = tqdm(unit="item", leave=False, file=sys.stderr)
        self.has_lines = style == "plain" or (style == "auto" and not self.bar)
        self.begun = self.last = time.monotonic()
        self.done = self.errors = 0

    # While it runs.

    def tell(self, outcome):
        """The line of a record that needs a look; from verbosity 2 on of every record."""
        path, release = printable(outcome.prepared.path), outcome.release
        is_done = outcome.action in (Action.CREATED, Action.UPDATED, Action.UNCHANGED)
        if is_done and self.verbosity > 1:
            self.say(f"done: {path}: {outcome.action}: {printable(release.title)}")
        self.errors += outcome.action == Action.FAILED
        for message in outcome.messages:
            text = f"{path}: {printable(message.text)}"
            if message.level == "info" and outcome.action != Action.SKIPPED:
                self.say(f"note: {text}", least=2)
            elif message.level != "error":
                self.say(f"warning: {text}", least=1)
            elif outcome.action == Action.CONFLICT:
                self.say(f"conflict: {text}")
            else:
                self.write(self.err, f"failed: {text}")

    def say(self, text, least=0):
        if not self.is_json and self.verbosity >= least:
            self.write(self.out, text)

    def write(self, stream, text):
        if self.bar:
            self.bar.clear()
        stream.write(text)

    def step(self, number, total):
        self.done += number
        if self.bar:
            self.bar.total = total
            self.bar.update(number)
        now = time.monotonic()
        if self.has_lines and now - self.last >= EVERY:
            self.last = now
            self.write(self.err, self.progress(now - self.begun, total))

    def progress(self, seconds, total):
        rate = self.done / seconds
        left = f", {(total - self.done) / rate:.0f} s left" if total and rate else ""
        of = f" of {total:,}" if total else ""
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return (
            f"{self.done:,}{of}, {rate:.0f} a second{left}, {self.errors} failed,"
            f" {megabytes:.0f} MB at most"
        )

    # Afterwards.

    def gate(self, closed):
        """Why nothing was written, for other programs; people read it as the error."""
        if self.is_json:
            self.out.write(json.dumps({"status": "closed", **closed.as_dict()}))

    def sums(self, run):
        if self.bar:
            self.bar.close()
        counts = {action.value: run.counts[action] for action in Action}
        if self.is_json:
            told = {
                "run": None if run.is_dry else run.row.pk,
                "status": run.row.status,
                "read": run.read,
                **counts,
            }
            self.out.write(json.dumps(told))
            return
        told = " + ".join(f"{number} {action}" for action, number in counts.items())
        self.out.write(f"{run.read} read = {told}")
        if not counts["created"] + counts["updated"]:
            self.out.write("Nothing changed.")
