"""Reads the site as a visitor does, link by link, and looks for what must not be seen."""

import re
from collections import Counter, deque
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from django.urls import Resolver404, URLPattern, get_resolver, resolve

HOST = "testserver"
# Of one shape are lists by the same parameters. Of those by one every value is read, of those by two
# one, and none beyond: there is no end to them.
MOST_OF_ONE_SHAPE = {0: 100, 1: 100, 2: 1}
LINK = re.compile(rf'(?:href|src|action)="([^"]+)"|(http://{HOST}/[^"<\s]*)')


class Answer(NamedTuple):
    status: int
    headers: tuple
    body: bytes

    @classmethod
    def of(cls, response):
        body = response.getvalue() if response.streaming else response.content
        return cls(response.status_code, tuple(sorted(response.headers.items())), body)

    @property
    def text(self):
        """Headers and body, as a reader sees them."""
        headers = "\n".join(": ".join(header) for header in self.headers)
        body = self.body.decode(errors="replace")
        return f"{headers}\n{unquote(unescape(re.sub('</?mark>', '', body)))}"

    def header(self, name):
        return dict(self.headers).get(name, "")


def get(client, address):
    return Answer.of(client.get(address))


def crawl(client, entries):
    """{address: Answer} of the entries, and of all that their links lead to."""
    answers, shapes, waiting = {}, Counter(), deque(entries)
    while waiting:
        address = waiting.popleft()
        if address in answers:
            continue
        route, names = shape(address)
        shapes[route, names] += 1
        is_new = shapes[route, names] <= MOST_OF_ONE_SHAPE.get(len(names), 0)
        if not (is_new or address in entries):
            continue
        answers[address] = get(client, address)
        waiting.extend(links(address, answers[address]))
    return answers


def links(address, answer):
    """The addresses of this site in an answer; files of the design are none of ours to read."""
    text = answer.body.decode(errors="replace")
    found = [unescape(one or other) for one, other in LINK.findall(text)]
    for link in [answer.header("Location"), *found]:
        parts = urlsplit(urljoin(f"http://{HOST}{address}", link))
        if link and parts.netloc == HOST and not parts.path.startswith("/static/"):
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def shape(address):
    parts = urlsplit(address)
    names = sorted(name for name, _ in parse_qsl(parts.query))
    return route_of(parts.path) or parts.path, tuple(names)


def route_of(path):
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return None


def routes(patterns=None, before=""):
    """All routes of the URL conf."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


def seen(answer, signs, asked=""):
    """The signs that an answer shows. What stands in the address that was asked for may come back."""
    text, asked = answer.text, unquote(asked)
    return [
        sign.pattern for sign in signs if sign.search(text) and not sign.search(asked)
    ]  # fmt: skip
