"""Addresses of the old site: what they say, and what stands for it here.

An item of the archive had one number under many addresses: /{section}/{number}, /node/{number}, with the
language before it, on the hosts of missions, as /activities/{number}.html. The number alone decides
which item is meant; section and host say nothing. What has no number is in the table LegacyUrl.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote

from django.db.models import Exists, F, OuterRef, Q, Value
from django.http import QueryDict
from django.urls import reverse

from osce_cms.languages import Language
from taxonomy.labels import key

from .facets import PAGE_SIZE
from .filters import DIMENSIONS, BadSelection, Selection
from .models import LegacyUrl, PressRelease

LONGEST = 2000  # characters of an address that are looked at
MOST_ROUNDS = 8  # of decoding: what was copied from copy to copy is encoded once more each time
TABLE = tomllib.loads((Path(__file__).parent / "data/legacy.toml").read_text(encoding="utf-8"))
# The old site had one prefix for what are four languages.
PREFIXES = {value: [value] for value in Language.values} | {"hbs": ["bs", "hr", "sr", "cnr"]}

_NO_TEXT = re.compile("[\0-\x1f\x7f\ud800-\udfff\ufffd]")
_HOST = re.compile(r"/*https?:/+[^/?#&]*|(?!/)[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?(?=/)")
_TRACKING = re.compile(
    r"utm_\w*|\w*clid|mc_[ce]id|_ga|_gl|igshid|fb_\w+|__twitter_impression|ref_src"
)
_NODE = re.compile(r"([0-9]{3,12})(?:\.html)?")

LISTS = ["press-releases", "statements"]
# Parameters by which an old list is told from one of ours; all but the first two have no meaning here.
OF_OLD_LISTS = {
    *("filters", "rows", "solrsort", "activities", "fields", "institutions", "whoweare"),
    *("secretariat", "source", "monitoring"),
}
OF_OURS = {*DIMENSIONS, "from", "to", "q", "sort"}
ROWS = 7  # of an old list that does not say
_FILTER = re.compile(r"im_taxonomy_vid_([13]):\(?([0-9 +or]*)")


def normalise(url):
    """The one form of all spellings of an address, or "" when it is none.

    Without host, fragment and tracking; in lower case, decoded until nothing is encoded any more, with
    single slashes and none at the end; parameters in order, each once. A "&" with no "?" before it begins
    them too. Normalising what is normalised changes nothing.

    >>> normalise("https://www.osce.org//Cio/86290/?fbclid=1&amp;b=2")
    '/cio/86290?b=2'
    """
    if len(url) > LONGEST:
        return ""
    for _ in range(MOST_ROUNDS):
        simpler = simplified(url)
        if simpler == url:
            return "" if url == "/" else url
        url = simpler
    return ""


def simplified(url):
    """url decoded once and in order; the root when it is no text."""
    url = normalize("NFC", unquote(url).lower()).strip()
    if _NO_TEXT.search(url):
        return "/"
    url = re.sub("&(?:amp;)+", "&", url).partition("#")[0]
    if host := _HOST.match(url):
        url = url[host.end() :]
    path, *params = (each.strip() for each in re.split("[?&]", url))
    path = re.sub("/+", "/", f"/{path}").rstrip("/ .,;:)]>\"'»”’")
    params = sorted({each for each in params if each and not is_tracking(each)})
    return f"{path or '/'}?{'&'.join(params)}" if params else path or "/"


def is_tracking(param):
    return bool(_TRACKING.fullmatch(param.partition("=")[0]))


def rows_for(release, urls):
    """Unsaved LegacyUrl rows of release for its old addresses, for bulk_create(ignore_conflicts=True).

    Of addresses that differ in spelling only, one; what is no address and what is too long is left out.
    """
    found = {}
    for url in urls:
        old = OldAddress.of(url)
        if old and len(old.address) <= LegacyUrl.LONGEST:
            # Of the four languages of a prefix that of the release, or the first.
            is_in = [each for each in old.languages if each == release.language] or old.languages
            language = is_in[0] if is_in else release.language
            found[old.address] = LegacyUrl(
                address=old.address, release_id=release.pk, language=language
            )
    return list(found.values())


@dataclass(frozen=True)
class OldAddress:
    """A normalised address in its parts. languages: those that its prefix stands for."""

    address: str
    languages: tuple
    segments: tuple  # of the path, without the prefix
    params: tuple

    @classmethod
    def of(cls, url):
        """None when url is no address."""
        address = normalise(url)
        if not address:
            return None
        path, _, tail = address.partition("?")
        first, *rest = path[1:].split("/")
        languages = PREFIXES.get(first, [])
        segments = rest if languages else [first, *rest]
        return cls(address, tuple(languages), tuple(segments), tuple(tail.split("&")))

    @property
    def node(self):
        """The number of the item, as text."""
        found = _NODE.fullmatch(self.segments[-1]) if self.segments else None
        return found and found[1]

    @property
    def section(self):
        """What stands before the number, or everything."""
        return self.segments[:-1] if self.node else self.segments

    @property
    def keys(self):
        """The legacy keys of the item in all languages."""
        return [f"{self.node}:{language}" for language in Language.values] if self.node else []

    @property
    def addresses(self):
        """Under which it may be known, the most exact first: without parameters, without the prefix."""
        path = self.address.partition("?")[0]
        return list(dict.fromkeys([self.address, path, f"/{'/'.join(self.segments)}"]))

    def value_of(self, name):
        prefix = f"{name}="
        return next((each[len(prefix) :] for each in self.params if each.startswith(prefix)), "")


# Items


def find(old, at):
    """The release that answers for an old address at at, with is_public_now; None without one.

    In one query, which finds what was never public no more than what never was.
    """
    answering = PressRelease.objects.answering(at).with_public(at).order_by()
    keyed = answering.filter(legacy_key__in=old.keys)
    named = answering.filter(legacy_urls__address__in=old.addresses)
    # An original that is not public yet keeps its addresses to itself.
    original = PressRelease.objects.answering(at).filter(pk=OuterRef("translation_of"))
    translated = answering.filter(
        Exists(original), translation_of__legacy_urls__address__in=old.addresses
    )
    parts = [
        with_address(keyed, Value(""), Value("")),
        with_address(named, F("legacy_urls__address"), F("legacy_urls__language")),
        with_address(
            translated,
            F("translation_of__legacy_urls__address"),
            F("translation_of__legacy_urls__language"),
        ),
    ]
    if not old.node:
        del parts[0]
    found = parts[0].union(*parts[1:], all=True)
    return min(found, key=lambda release: distance(release, old), default=None)


def with_address(releases, address, language):
    columns = ["slug", "language", "translation_of", "moved_to", "first_published_at"]
    return releases.only(*columns).annotate(said=address, served_in=language)


def distance(release, old):
    """How far a release is from an old address, for putting the nearest first."""
    languages = wanted(release, old)
    return (
        bool(release.said),  # the number goes first
        old.addresses.index(release.said) if release.said else 0,
        languages.index(release.language) if release.language in languages else len(languages),
        release.language != Language.ENGLISH,
        release.translation_of_id is not None,
        not release.is_public_now,
        release.pk,
    )


def wanted(release, old):
    return old.languages or ((release.served_in,) if release.served_in else ())


def is_final(release, old):
    """Whether nothing that becomes public later could stand nearer to an old address."""
    languages = wanted(release, old)
    return release.language == languages[0] if languages else release.translation_of_id is None


def among(queryset, url):
    """Of queryset, in whatever state, what an old address in any form means."""
    old = OldAddress.of(url)
    if not old:
        return queryset.none()
    named = LegacyUrl.objects.filter(address__in=old.addresses).values("release")
    return queryset.filter(
        Q(legacy_key__in=old.keys) | Q(pk__in=named) | Q(legacy_url__icontains=url)
    )


# Structures


def structure_address(old, index):
    """The address of the structure whose section an old address names; None without one."""
    tree = index.trees["structure"]
    code = TABLE["nodes"].get(old.node)
    node = tree.by_code.get(code) if code else structure_of(old.section, tree)
    if not node and old.node:
        node = structure_of(old.section[:1], tree)
    return node and reverse("structure", args=[node.slug])


def structure_of(section, tree):
    name = "/".join(section)
    open_name = name.removesuffix("-closed")
    code = TABLE["sections"].get(name) or TABLE["sections"].get(open_name)
    return (
        tree.by_code.get(code or name)
        or tree.by_slug.get(name)
        or tree.by_name.get(key(open_name.replace("-", " ")))
    )


# Lists


def is_old_list(request):
    """Whether an address of our list is one of the old site, which had no slash at its end."""
    # A "&" that was escaped for HTML and never unescaped leaves "amp;" before a name.
    names = {name.replace("amp;", "") for name in request.GET}
    # The old site had a field too, a number.
    ours = names & OF_OURS - {"field"}
    if ours or not all(re.fullmatch("[0-9]+", each) for each in request.GET.getlist("field")):
        return False
    return bool(names & OF_OLD_LISTS) or ("page" in names and not request.path.endswith("/"))


def list_address(old, index, at):
    """The address of our list that is nearest to an old one; None when that is no list."""
    if not (asked := asked_for(old, index.trees)):
        return None
    params = QueryDict(mutable=True)
    for name, value in asked:
        params.appendlist(name, value)
    try:
        selection = Selection.parse(params, index.trees)
    except BadSelection as bad:
        selection = bad.remedy
    query_string = on_page(selection, old, index, at).query_string()
    address = reverse("release-list")
    return f"{address}?{query_string}" if query_string else address


def asked_for(old, trees):
    """[(parameter, value)] of our list, with an empty one to begin with; None when old is no list."""
    asked = [("q", "")]
    match old.segments:
        case ["press-releases"]:
            pass
        case ["press-releases", words]:
            asked = [("q", words.replace("+", " "))]
        case [*section, name] if name in LISTS and (
            node := structure_of(section, trees["structure"])
        ):
            asked.append(("structure", node.slug))
        case _:
            return None
    asked += [("language", language) for language in old.languages]
    return asked + filtered_by(old, trees)


def filtered_by(old, trees):
    found = []
    for vocabulary, numbers in _FILTER.findall(old.value_of("filters")):
        name, table = [("structure", "structures"), ("field", "fields")][vocabulary == "3"]
        for number in re.findall("[0-9]+", numbers):
            if node := trees[name].by_code.get(TABLE[table].get(number)):
                found.append((name, node.slug))
    return found


def on_page(selection, old, index, at):
    """selection on the page where the first item of the old page stands, or on the last.

    Words begin on their first page: how many releases hold them is not worth a search.
    """
    page, rows = old.value_of("page"), old.value_of("rows")
    if selection.query or not re.fullmatch("[0-9]{1,6}", page):
        return selection
    rows = int(rows) if re.fullmatch("[1-9][0-9]{0,2}", rows) else ROWS
    number = int(page) * rows // PAGE_SIZE + 1
    if number > 1:
        number = min(number, index.query(selection, None, 1, at=at).pages)
    return selection.replaced(page=number)
