import sys
from collections import Counter
from json import dumps

from django.core.management.base import BaseCommand, CommandError

from osce_cms.text import printable
from press.importers.ledger.verify import SAMPLE, NothingToCompare, verify
from press.importers.sources import SourceError
from press.management import arguments

FOUND = 1


class Command(BaseCommand):
    help = (
        "Compares what an import made with its sources: the words of each page and their order, dates,"
        " links, tables and lists, old addresses and filters; of all records that had something to be said"
        " about, and of a sample of the others. Exit codes: 0 all well, 1 something differs or it"
        " could not run, 2 wrong arguments."
    )

    def add_arguments(self, parser):
        add = parser.add_argument
        add("run", type=arguments.run, metavar="RUN", help="its number, its UUID, or last")
        add("sources", nargs="*", metavar="SOURCE", help="where the sources are now, if they moved")
        add("--manifest", help="where the manifest is now, if it moved")
        add("--sample", type=arguments.whole, default=SAMPLE, metavar="N", help="how many others")
        add("--seed", type=int, default=0, help="draw others")
        add("--max-findings", type=int, default=0, metavar="N", help="fail only beyond so many")
        add("--json", action="store_true", help="print all as JSON")

    def handle(self, *, run, sources, manifest, sample, seed, max_findings, json, **options):
        found, looked = [], Counter()
        asked = {"sample": sample, "seed": seed, "names": sources or None, "manifest": manifest}
        try:
            for finding in verify(run, **asked, looked=looked):
                found.append(finding)
                if not json:
                    self.tell(finding)
        except (SourceError, NothingToCompare) as error:
            raise CommandError(printable(str(error))) from error
        if not (found or looked["compared"]):
            raise CommandError(
                f"Nothing was compared: {run} wrote nothing that is still as it left it."
            )
        if json:
            self.stdout.write(as_json(run, found, looked))
        else:
            self.tell_sums(run, found, looked)
        if len(found) > max_findings:
            sys.exit(FOUND)

    def tell(self, finding):
        path = f"{printable(finding.path)}: " if finding.path else ""
        self.stdout.write(f"{finding.code}: {path}{printable(finding.text)}")

    def tell_sums(self, run, found, looked):
        self.stdout.write(
            f"{looked['compared']} compared, {looked['edited']} passed over since they were edited."
        )
        self.stdout.write(
            f"{len(found)} findings about {run}." if found else f"{run} is as its sources."
        )


def as_json(run, found, looked):
    told = {
        "run": run.pk,
        "compared": looked["compared"],
        "edited": looked["edited"],
        "findings": [finding._asdict() for finding in found],
    }
    return dumps(told, indent=2, ensure_ascii=False)
