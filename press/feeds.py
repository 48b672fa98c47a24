"""What was published last of a selection, for programs that follow it."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import conditional_page, require_safe

from .facets import current
from .filters import BadSelection, Selection
from .models import PressRelease
from .search import TooCostly, match
from .views import address, chips, in_order_of, is_canonical, no_such_list, too_costly, with_issuers

LENGTH = 50  # releases


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
    releases = with_issuers(in_order_of(ids, PressRelease.objects.listed(at)), index)
    written = atom(request, selection, releases).writeString("utf-8")
    return HttpResponse(written, content_type=Feed.content_type)


class Feed(Atom1Feed):
    def item_attributes(self, item):
        return {"xml:lang": item["language"]}

    def latest_post_date(self):
        # Not the time of asking: the same releases make the same feed.
        return max(
            (item["updateddate"] for item in self.items), default=datetime(1970, 1, 1, tzinfo=UTC)
        )

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["body"], {"type": "html"})


def atom(request, selection, releases):
    """A Feed of releases."""
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
    )
    for release in releases:
        feed.add_item(
            title=release.title,
            link=absolute(release.get_absolute_url()),
            # Without the slug, which follows a corrected title.
            unique_id=absolute(reverse("release-by-id", args=[release.pk])),
            description=release.summary,
            pubdate=release.published_at,
            updateddate=release.published_at,
            categories=release.issuers,
            language=release.language,
            body=release.body,
        )
    return feed
