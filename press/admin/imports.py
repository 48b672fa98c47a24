"""What the imports of the archive did, and what people do about it: conflicts, failed items, undoing."""

import tempfile
import time
from collections import Counter
from datetime import timedelta
from itertools import islice
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Length
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timesince import timesince

from osce_cms.admin import ModelAdmin

from ..desks import reach
from ..importers.ledger import conflicts
from ..importers.ledger.report import COMMONEST, FAILED, Report
from ..importers.ledger.rollback import OUTCOMES, left_of, roll_back
from ..importers.ledger.verify import NothingToCompare, verify
from ..importers.patience import StillBusy
from ..importers.run import Options
from ..importers.sources import SourceError
from ..models import Action, ImportItem, ImportMessage, ImportRun, PressRelease, RunStatus
from ..running import AlreadyRunning
from ..workflow import BEFORE

ITEMS_ON_A_PAGE = 50
STALE = timedelta(minutes=5)  # a batch takes seconds
UNDO_SECONDS = 15  # of one request, well within the minute that the server gives it
VERIFIED = 25  # records with messages, and as many others: a request has no time for more
VERIFY_SECONDS = 20
MOST_FINDINGS = 100
MOST_BYTES = 50_000_000  # of failed items in one download
SHOWN = 100  # of what a rollback would keep
BUSY = "An import is running. Try again when it has ended."
STILL_BUSY = (
    "Others kept the database too long. What was undone until then stays so: go on once more."
)
WAITING = "waiting"
USUAL = Options().kept()


class Which(forms.Form):
    """Which items of a run are shown."""

    action = forms.ChoiceField(
        label="What became of it",
        required=False,
        choices=[
            ("", "anything"),
            *((value, label) for value, label in Action.choices if value != Action.UNCHANGED),
            (WAITING, "Conflict, not decided"),
        ],
    )
    level = forms.ChoiceField(
        label="With messages",
        required=False,
        choices=[("", "or without"), *((each, each) for each in ("error", "warning", "info"))],
    )
    code = forms.CharField(required=False, max_length=40)
    q = forms.CharField(label="Path, title, key or address", required=False, max_length=500)

    def items(self, run):
        """Those of run; none where something unknown is asked for."""
        items = run.items.all()
        if not self.is_valid():
            return items.none()
        asked = self.cleaned_data
        if asked["action"] == WAITING:
            items = items.filter(action=Action.CONFLICT, decision="")
        elif asked["action"]:
            items = items.filter(action=asked["action"])
        if said := {name: asked[name] for name in ("code", "level") if asked[name]}:
            items = items.filter(Exists(ImportMessage.objects.filter(item=OuterRef("pk"), **said)))
        for word in asked["q"].split():
            columns = ("path", "title", "key", "url")
            items = items.filter(
                Q.create([(f"{name}__icontains", word) for name in columns], connector=Q.OR)
            )
        return items

    @property
    def query(self):
        """What was asked for, for addresses of further pages."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})


@admin.register(ImportRun)
class ImportRunAdmin(ModelAdmin):
    list_display = ["started", "state", "sums", "from_", "by", "took"]
    list_select_related = ["by"]
    list_filter = ["status"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    has_delete_permission = has_change_permission

    @admin.display(description="Started", ordering="pk")
    def started(self, run):
        return date_format(timezone.localtime(run.started_at), "j F Y, H:i")

    @admin.display(description="Sources")
    def from_(self, run):
        return ", ".join(run.sources)

    @admin.display(description="Status", ordering="status")
    def state(self, run):
        return status_of(run, timezone.now())

    @admin.display(description="Records")
    def sums(self, run):
        told = " + ".join(f"{count} {action}" for action, count in counts_of(run) if count)
        return f"{run.read} read = {told}" if told else "0 read"

    @admin.display(description="Took")
    def took(self, run):
        return duration_of(run)

    def get_urls(self):
        def page(address, view, name):
            return path(address, self.admin_site.admin_view(view), name=f"press_importrun_{name}")

        return [
            page("<int:pk>/failed/", self.failed_view, "failed"),
            page("<int:pk>/verify/", self.verify_view, "verify"),
            page("<int:pk>/rollback/", self.rollback_view, "rollback"),
            page("conflict/<int:pk>/", self.conflict_view, "conflict"),
            *super().get_urls(),
        ]

    def shown(self, request, template, **context):
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/press/{template}.html", context)

    def seen(self, request, pk):
        """The run, for whoever may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(ImportRun.objects.select_related("by"), pk=pk)

    # A run.

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_object(request, unquote(object_id))
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        which = Which(request.GET)
        items = which.items(run).defer("raw", "undo").select_related("decided_by")
        page = Paginator(items.prefetch_related("messages"), ITEMS_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        add_titles(page.object_list, request.user)
        return self.shown(
            request,
            "import",
            title=str(run).capitalize(),
            run=run,
            status=status_of(run, timezone.now()),
            duration=duration_of(run),
            counts=counts_of(run),
            options={name: each for name, each in run.options.items() if each != USUAL.get(name)},
            codes=commonest(run),
            waiting=run.items.filter(action=Action.CONFLICT, decision="").count(),
            which=which,
            page=page,
            can_roll_back=may_roll_back(request.user)
            and (left_of(run).exists() or run.status == RunStatus.ROLLING_BACK),
        )

    def failed_view(self, request, pk):
        """What failed as it came, and a manifest of it, to be mended and imported again."""
        run = self.seen(request, pk)
        failed = run.items.filter(action=Action.FAILED)
        if not failed.exists():
            self.message_user(request, "Nothing failed, or nothing that is known still.")
            return redirect("admin:press_importrun_change", run.pk)
        if (failed.aggregate(size=Sum(Length("raw")))["size"] or 0) > MOST_BYTES:
            much = f"That is too much for a browser: manage.py import_report {run.pk} --report DIR"
            self.message_user(request, much, messages.WARNING)
            return redirect("admin:press_importrun_change", run.pk)
        return FileResponse(packed(failed), as_attachment=True, filename=f"failed-{run.pk}.zip")

    # Looking whether all is there.

    def verify_view(self, request, pk):
        """Compares some of its records with their sources, when the button is pressed."""
        run = self.seen(request, pk)
        context = {"title": f"Verify {run}", "run": run, "verified": VERIFIED}
        if request.method != "POST":
            return self.shown(request, "import_verify", **context)
        until, looked = time.monotonic() + VERIFY_SECONDS, Counter()
        findings = verify(run, sample=VERIFIED, most_hard=VERIFIED, until=until, looked=looked)
        try:
            found = list(islice(findings, MOST_FINDINGS))
        except (SourceError, NothingToCompare) as error:
            self.message_user(request, f"Nothing was compared: {error}", messages.WARNING)
            return redirect("admin:press_importrun_change", run.pk)
        context |= {"is_done": True, "found": found, "is_full": len(found) == MOST_FINDINGS}
        context |= {"compared": looked["compared"], "edited": looked["edited"]}
        return self.shown(request, "import_verify", **context)

    # Undoing it.

    def rollback_view(self, request, pk):
        """First what it would do, then doing it; both only when the button is pressed.

        What takes longer than a request goes on with the next one, which the page sends by itself.
        """
        run = self.seen(request, pk)
        if not may_roll_back(request.user):
            raise PermissionDenied
        number, is_begun = left_of(run).count(), run.status == RunStatus.ROLLING_BACK
        context = {"title": f"Undo {run}", "run": run, "number": number, "is_begun": is_begun}
        if request.method != "POST" or not (number or is_begun):
            return self.shown(request, "import_rollback", **context)
        wants = request.POST.get("do") == "apply"
        is_meant = request.POST.get("number", "").strip() == str(number)
        kept, until = [], time.monotonic() + UNDO_SECONDS
        asked = {"apply": wants and is_meant, "stop": lambda: time.monotonic() > until}
        try:
            counts = roll_back(run, tell=kept.append, **asked)
        except AlreadyRunning:
            self.message_user(request, BUSY, messages.WARNING)
            return redirect("admin:press_importrun_rollback", run.pk)
        except StillBusy:
            self.message_user(request, STILL_BUSY, messages.WARNING)
            return redirect("admin:press_importrun_rollback", run.pk)
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
        if wants and is_meant:
            self.log_change(request, run, f"Undone: {told}.")
            if run.status == RunStatus.ROLLING_BACK:
                context |= {"number": left_of(run).count(), "goes_on": told}
                return self.shown(request, "import_rollback", **context)
            self.message_user(request, f"Undone: {told}.", messages.SUCCESS)
            return redirect("admin:press_importrun_change", run.pk)
        kept = [each for each in kept if each.outcome == "kept"]
        return self.shown(
            request,
            "import_rollback",
            **context,
            counts=[(outcome, counts[outcome]) for outcome in OUTCOMES],
            kept=kept[:SHOWN],
            kept_count=len(kept),
            looked_at=counts.total(),
            has_effect=counts["deleted"] + counts["restored"],
            is_wrong=wants,
        )

    # Conflicts.

    def conflict_view(self, request, pk):
        """What the source says against what is here, and whose text it shall be."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        conflicting = ImportItem.objects.filter(action=Action.CONFLICT)
        item = get_object_or_404(
            conflicting.select_related("run", "decided_by", "release__origin"), pk=pk
        )
        if item.release and not may(request.user, "view", item.release):
            raise PermissionDenied
        if request.method == "POST":
            return self.decide(request, item)
        source = conflicts.source_of(item) if item.release else None
        return self.shown(
            request,
            "import_conflict",
            title=f"Conflict: {item.title or item.path}",
            item=item,
            release=item.release,
            source=source,
            differences=conflicts.compared(item.release, source) if source else [],
            against=conflicts.stands_against(item, item.release),
            may_keep=item.release and may(request.user, "change", item.release),
            may_take=source and may_take(request.user, item.release),
            has_correction=item.release and item.release.corrections.exists(),
            is_public=item.release and item.release.is_public(timezone.now()),
        )

    def decide(self, request, item):
        back = redirect("admin:press_importrun_conflict", item.pk)
        ways = {"take": (conflicts.take, may_take), "keep": (conflicts.keep, may_keep)}
        if request.POST.get("do") not in ways or not request.POST.get("version", "").isdecimal():
            return back
        decide, is_allowed = ways[request.POST["do"]]
        if not (item.release and is_allowed(request.user, item.release)):
            raise PermissionDenied
        try:
            decide(item, by=request.user, version=int(request.POST["version"]))
        except conflicts.NotDecided as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return back
        except AlreadyRunning:
            self.message_user(request, BUSY, messages.WARNING)
            return back
        item.refresh_from_db(fields=["decision"])
        said = f"{item.get_decision_display()} for “{item.title}”."
        self.message_user(request, said, messages.SUCCESS)
        address = reverse("admin:press_importrun_change", args=[item.run_id])
        return redirect(f"{address}?action={WAITING}")


# Who may.


def may(user, verb, release):
    return reach(user, f"press.{verb}_pressrelease").covers(release.desk_id)


def may_keep(user, release):
    return may(user, "change", release)


def may_take(user, release):
    """What readers know is changed by those who publish corrections; drafts by whoever edits them."""
    verb = "change" if release.state in BEFORE else "publish_correction"
    return may(user, verb, release)


def may_roll_back(user):
    return user.has_perm("press.roll_back_importrun")


# What is told of a run.


def counts_of(run):
    return [(action.value, run.counts.get(action.value, 0)) for action in Action]


def status_of(run, now):
    if run.status != RunStatus.RUNNING:
        return run.get_status_display()
    ago = f"last sign of life {timesince(run.seen_at, now)} ago"
    is_stale = now - run.seen_at > STALE
    return f"Stopped, it seems: {ago}" if is_stale else f"Running, {ago}"


def duration_of(run):
    """From its start to its end, or to the last sign of life."""
    end = run.finished_at or run.seen_at
    if run.status == RunStatus.ROLLED_BACK:
        end = run.seen_at  # its end is that of the rollback
    return str(timedelta(seconds=max(0, round((end - run.started_at).total_seconds()))))


def commonest(run):
    """[(code, level, count)] of the ten commonest messages."""
    told = ImportMessage.objects.filter(item__run=run).order_by()
    counted = told.values_list("code", "level").annotate(count=Count("pk"))
    return list(counted.order_by("-count", "code")[:COMMONEST])


def add_titles(items, user):
    """Give each of items the title of its release, where user may see that one."""
    mine = PressRelease.objects.within(reach(user, "press.view_pressrelease"))
    shown = mine.filter(pk__in=[each.release_id for each in items if each.release_id])
    titles = dict(shown.order_by().values_list("pk", "title"))
    for each in items:
        each.release_title = titles.get(each.release_id, "")


def packed(failed):
    """A file with a .zip of failed items as they came, and of their manifest."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with tempfile.TemporaryDirectory() as folder, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        report = Report(folder)
        for item in failed.prefetch_related("messages").iterator(chunk_size=100):
            report.add(item, item.messages.all())
        report.close_files()
        for written in sorted(each for each in Path(folder).rglob("*") if each.is_file()):
            name = written.relative_to(folder).as_posix()
            if name in FAILED or name.startswith("failed/"):
                archive.write(written, name)
    file.seek(0)
    return file
