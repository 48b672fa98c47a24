import sys

from django.core.management.base import BaseCommand, CommandError

from osce_cms.languages import Language
from osce_cms.text import printable
from press.importers import gate
from press.importers.ledger.report import Report
from press.importers.listing_run import ListingRun
from press.importers.patience import StillBusy
from press.importers.run import (
    Options,
    ProcessLost,
    TooManyErrors,
    import_releases,
)
from press.importers.sources import SourceError
from press.importers.sources.places import find
from press.management import arguments
from press.management.console import Console
from press.models import Action, ImportRun, RunStatus
from press.running import AlreadyRunning

WRONG_ARGUMENTS = 2
FINISHED_WITH_FAILURES = 3
ANOTHER_RUNS = 4
GATE_CLOSED = 5
PAUSED = 130
SHOWN = 20  # labels, when the gate is closed


class Command(BaseCommand):
    help = (
        "Imports legacy press releases from HTML pages, text captures, .jsonl, .csv, .zip and .warc."
        " Running it again changes nothing; what was stopped or killed goes on where it was. Exit codes:"
        " 0 all well, 1 could not run, 2 wrong arguments, 3 some records failed, 4 another import is"
        " running, 5 --strict or --require found what is wanting, 130 stopped on demand."
    )

    def add_arguments(self, parser):
        add = parser.add_argument
        add(
            "sources",
            nargs="+",
            metavar="SOURCE",
            help="a file (.html, .txt, .jsonl, .json, .csv, .zip, .warc), a folder (searched with its"
            " subfolders) or a pattern such as 'archive/*.html'",
        )
        add("--manifest", help="a CSV with path, url, captured_at and language of the captures")
        add(
            "--listing",
            action="store_true",
            help="the sources are list pages: what they tell is kept, and fills in what releases lack",
        )
        add("--dry-run", action="store_true", help="write nothing, report what would be done")
        add("--strict", action="store_true", help="write nothing while labels name no term")
        add(
            "--require",
            action="append",
            default=[],
            type=arguments.required,
            metavar="FIELD=SHARE%",
            help="write nothing unless so many records have a date, kind, source, field, country, meeting",
        )
        add(
            "--report",
            metavar="DIR",
            help="write the report into this folder; an earlier one is kept in a folder of its own there",
        )
        add("--limit", type=arguments.whole, metavar="N", help="only the first N records")
        add("--sample", type=arguments.whole, metavar="N", help="only N records drawn at random")
        add("--seed", type=int, default=0, help="draw other records")
        add(
            "--only",
            nargs="+",
            default=[],
            metavar="KEY",
            help="only items of these keys or numbers",
        )
        add(
            "--since",
            type=arguments.day,
            metavar="DATE",
            help="only items of this day or later: 2011-06-16",
        )
        add("--language", choices=Language.values, default="", help="of all, whatever texts say")
        add("--state", choices=["published", "draft"], default="published", help="of new releases")
        add("--overwrite-edited", action="store_true", help="the source wins over editors")
        add("--no-files", action="store_true", help="take texts only")
        add(
            "--max-errors",
            type=arguments.errors,
            default=(None, None),
            metavar="N|P%",
            help="give up beyond",
        )
        add("--fail-fast", action="store_true", help="give up after the batch with the first error")
        add(
            "--batch-size",
            type=arguments.whole,
            metavar="N",
            help="records of one transaction",
        )
        add("--no-resume", action="store_true", help="begin anew what was begun before")
        add("--by", metavar="USERNAME", type=arguments.person, help="who imports, for the record")
        add("--progress", choices=["auto", "plain", "off"], default="auto")
        add("--json", action="store_true", help="print the sums only, as JSON")

    def handle(self, *, sources, manifest, verbosity, **given):
        console = Console(self, verbosity=verbosity, is_json=given["json"], style=given["progress"])
        report = open_report(given["report"], [*sources, *([manifest] if manifest else [])])

        def tell(outcome):
            console.tell(outcome)
            if report:
                report.add(outcome.item, outcome.messages)

        if given["listing"] and (wrong := without_meaning(given)):
            raise CommandError(f"{wrong} does not go with --listing.", returncode=WRONG_ARGUMENTS)
        if given["dry_run"]:
            console.say("Dry run: nothing is written.")
        try:
            run = import_releases(
                sources,
                options_of(given),
                manifest=manifest,
                tell=tell,
                step=console.step,
                runs=ListingRun if given["listing"] else None,
            )
        except AlreadyRunning as other:
            raise CommandError(another(), returncode=ANOTHER_RUNS) from other
        except SourceError as error:
            raise CommandError(printable(str(error))) from error
        except gate.Closed as closed:
            console.gate(closed)
            raise CommandError(in_the_way(closed), returncode=GATE_CLOSED) from closed
        except ProcessLost as end:
            raise CommandError(
                "One of its processes was killed, perhaps for want of memory: the same command goes on."
            ) from end
        except StillBusy as busy:
            raise CommandError(
                f"Others kept the database too long: {busy}. The same command goes on."
            ) from busy
        except OSError as error:
            what = printable(str(error))
            raise CommandError(f"Could not go on: {what}. The same command goes on.") from error
        except TooManyErrors as end:
            run = end.run
            self.stderr.write(f"Given up: {end}.")
        if report and run.is_resumed:  # of the first part, the ledger knows
            report.begin_anew()
            report.add_ledger(run.row)
        if report:
            report.close(run.row, run.counts, is_dry=run.is_dry)
            if report.told:
                console.say(report.told)
        finish(console, run)


def finish(console, run):
    if not run.has_terms:
        console.say("warning: there are no terms: run load_taxonomy, then this again")
    if run.took_over:
        console.say(f"Went on with {run.row}, which was last seen alive at {run.took_over}.")
    elif run.is_resumed:
        console.say(f"Went on with {run.row}, which was paused.")
    for killed in run.given_up:
        console.say(f"Gave up {killed}, which was last seen alive at {killed.seen_at}.")
    if run.linked["links"]:
        told = (
            "Links to the old site that lead to releases here now: {links}, in {releases} releases."
        )
        console.say(told.format(**run.linked))
    console.sums(run)
    if run.is_paused:
        console.say("Paused: the same command goes on.")
        sys.exit(PAUSED)
    if run.counts[Action.FAILED]:
        sys.exit(FINISHED_WITH_FAILURES)


def another():
    """What is known of the import that runs: one that only checks, or undoes, is not in the ledger."""
    run = ImportRun.objects.filter(status=RunStatus.RUNNING).first()
    name = f": {run}, last seen alive at {run.seen_at}" if run else ""
    return f"Another import is running{name}."


def without_meaning(given):
    """An option that says nothing about list pages, "" without one."""
    names = ["strict", "require", "sample", "only", "since", "overwrite_edited", "no_files"]
    names += ["state"] if given["state"] != "published" else []
    return next((f"--{name.replace('_', '-')}" for name in names if given[name]), "")


def open_report(folder, sources):
    """None without folder. Its earlier report is moved, so none of sources may be in that."""
    if not folder:
        return None
    try:
        report = Report(folder)
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
    if needed := next((place.path for place in find(sources) if report.needs(place.path)), None):
        raise CommandError(
            f"{printable(str(needed))} is read by this import, and its report would take that place:"
            " name another folder with --report."
        )
    return report


def options_of(given):
    names = ["dry_run", "strict", "limit", "sample", "seed", "since", "language", "state"]
    number, share = given["max_errors"]
    return Options(
        **{name: given[name] for name in [*names, "overwrite_edited", "batch_size", "by"]},
        required=dict(given["require"]),
        is_listing=given["listing"],
        only=frozenset(given["only"]),
        takes_files=not given["no_files"],
        max_errors=0 if given["fail_fast"] else number,
        max_error_share=share,
        resumes=not given["no_resume"],
    )


def in_the_way(closed):
    """Why nothing was written: fields that too few records have, then labels, the commonest first."""
    lines = ["Nothing was written."]
    for name, lacking in closed.lacking.items():
        paths = ", ".join(map(printable, lacking.paths))
        lines.append(
            f"Only {float(lacking.share):.1%} of the records have a {name}; without: {paths}"
        )
    if closed.labels:
        lines.append("These labels name no term. import_terms lists them for a decision:")
    for (name, raw), number in closed.labels.most_common(SHOWN):
        lines.append(f"  {number} x {name} “{printable(raw)}”")
    if len(closed.labels) > SHOWN:
        lines.append(f"  and {len(closed.labels) - SHOWN} more")
    return "\n".join(lines)
