import json
import sys

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from osce_cms.text import printable
from press.importers.inspecting import Inspection
from press.importers.matching.terms import Matcher
from press.importers.sources import SourceError, Sources
from press.management import arguments

TOP = 15


class Command(BaseCommand):
    help = (
        "Counts what a source holds before anything of it is imported: formats, layouts, dates, terms,"
        " lengths, files, duplicates, list pages. Writes nothing. Exit codes: 0 all well, whatever was"
        " found, 1 could not run, 2 wrong arguments."
    )

    def add_arguments(self, parser):
        add = parser.add_argument
        add(
            "sources",
            nargs="+",
            metavar="SOURCE",
            help="files, folders or patterns as for import_releases",
        )
        add("--manifest", help="a CSV with path, url, captured_at and language of the captures")
        add("--top", type=arguments.whole, default=TOP, metavar="N", help="names of each list")
        add("--json", action="store_true", help="print JSON")

    def handle(self, *, sources, manifest, top, **options):
        inspection = Inspection(Matcher())
        try:
            found = Sources(sources, manifest=manifest)
        except SourceError as error:
            raise CommandError(printable(str(error))) from error
        for capture in tqdm(found, unit="item", disable=None, leave=False, file=sys.stderr):
            inspection.add(capture)
        told = inspection.told(top)
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
            return
        if not inspection.matcher:
            self.stdout.write("warning: there are no terms: run load_taxonomy first")
        for line in lines(told):
            self.stdout.write(line)


def lines(told, indent=""):
    """A nested dict, for people: one line for each value."""
    for name, value in told.items():
        name = f"{indent}{printable(str(name))}"
        if isinstance(value, dict) and value:
            yield f"{name}:"
            yield from lines(value, f"{indent}  ")
        elif isinstance(value, list):
            yield f"{name}: {', '.join(value) or '–'}"
        else:
            yield f"{name}: {printable(str(value)) if value != {} else '–'}"
