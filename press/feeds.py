"""What was published last of a selection, for programs that follow it."""

from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, rfc3339_date
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.http import conditional_page, require_safe

from osce_cms.html import sanitise, without_controls

from .changes import corrected_at, with_newest_note
from .facets import current
from .filters import BadSelection, Selection
from .models import PressRelease
from .search import TooCostly, match
from .views import address, chips, in_order_of, is_canonical, no_such_list, too_costly, with_issuers

LENGTH = 50  # releases
TOMBSTONES, REMEMBERED = 50, timedelta(days=30)  # of what was taken away
OF_TOMBSTONE = ["withdrawn_at", "withdrawal_notice"]


@require_safe
@conditional_page
def feed(request):
    """The newest releases of a selection as Atom, with their texts. page and sort mean nothing here."""
    at, index = timezone.now(), current()
    try:
        selection = Selection.parse(request.GET, index.trees).for_feed()
    except BadSelection as bad:
        return no_such_list(request, bad)
    if not is_canonical(request, selection):
        return redirect(address(request, selection), permanent=True)
    try:
        ids = index.newest(selection, match(selection.query), LENGTH, at=at)
    except TooCostly:
        return too_costly(request, selection)
    listed = with_newest_note(PressRelease.objects.listed(at))
    releases = with_issuers(in_order_of(ids, listed), index)
    # Of every selection: what was in this one is not known any more, and others pass over them.
    taken = PressRelease.objects.taken_since(at - REMEMBERED, at).only(*OF_TOMBSTONE)
    written = atom(request, selection, releases, taken[:TOMBSTONES]).writeString("utf-8")
    return HttpResponse(written, content_type=Feed.content_type)


class Feed(Atom1Feed):
    """Atom (RFC 4287) with tombstones (RFC 6721): dicts of ref, when and comment."""

    def root_attributes(self):
        return super().root_attributes() | {"xmlns:at": "http://purl.org/atompub/tombstones/1.0"}

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        for each in self.feed["tombstones"]:
            when = rfc3339_date(each["when"])
            handler.startElement("at:deleted-entry", {"ref": each["ref"], "when": when})
            if each["comment"]:
                handler.addQuickElement("at:comment", each["comment"])
            handler.endElement("at:deleted-entry")

    def item_attributes(self, item):
        return {"xml:lang": item["language"]}

    def latest_post_date(self):
        # Not the time of asking: the same releases make the same feed.
        dates = [item["updateddate"] for item in self.items]
        dates += [each["when"] for each in self.feed["tombstones"]]
        return max(dates, default=datetime(1970, 1, 1, tzinfo=UTC))

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["body"], {"type": "html"})


def atom(request, selection, releases, taken):
    """A Feed of releases, and of those that were taken away."""
    absolute = request.build_absolute_uri
    # One identity, in whatever order the parameters were asked.
    here = absolute(address(request, selection))
    feed = Feed(
        title=" · ".join(["OSCE press releases", *[chip.label for chip in chips(selection)]]),
        link=absolute(f"{reverse('release-list')}?{selection.query_string()}".rstrip("?")),
        feed_url=here,
        feed_guid=here,
        description="",
        language="en",
        author_name="OSCE",
        tombstones=[tombstone(release, absolute) for release in taken],
    )
    for release in releases:
        feed.add_item(
            title=release.title,
            link=absolute(release.get_absolute_url()),
            unique_id=identity(release, absolute),
            description=release.summary,
            pubdate=release.published_at,
            updateddate=corrected_at(release) or release.published_at,
            categories=release.issuers,
            language=release.language,
            body=f"{correction_of(release)}{sanitise(release.body)}",
        )
    return feed


def identity(release, absolute):
    # Without the slug, which follows a corrected title.
    return absolute(reverse("release-by-id", args=[release.pk]))


def correction_of(release):
    """What a corrected release begins with."""
    at = corrected_at(release)
    if not (at and release.newest_note):
        return ""
    day = date_format(timezone.localtime(at), "j F Y")
    note = linebreaksbr(without_controls(release.newest_note))
    return format_html('<p><strong lang="en">Corrected on {}:</strong> {}</p>', day, note)


def tombstone(release, absolute):
    """No more than that it is gone; a withdrawal says why."""
    return {
        "ref": identity(release, absolute),
        "when": release.taken_at,
        "comment": without_controls(release.withdrawal_notice) if release.withdrawn_at else "",
    }
