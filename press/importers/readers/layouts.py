"""Layouts of the old site described as data: one TOML file each in profiles/, no code.

A profile says by CSS selectors how its pages are recognised and where their parts are:

recognise   list of selectors; a page that has all of them is of this layout
absent      list of selectors; a page that has one of them is not
article     what all else is looked for in, one on a page; the whole page when it is not given
drop        what is no part of the release: buttons, teasers, the summary
title       one element
kind        the kicker, if there is one
labels      what holds labels and values; inside of it `label` and `value` (<dt> and <dd> if not given)
body        the parts of the text in their order, a contact block among them
pictures    what holds images, `downloads` what holds links to files; both are no part of the text
caption, credit   inside of `pictures`
"""

import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import SelectolaxError

from ..messages import message
from .item import Item
from .markup import (
    downloads_in,
    drop,
    has_words,
    outline,
    pictures_in,
    to_paragraphs,
    values_of,
    words_of,
)
from .vocabulary import label_of

FOLDER = Path(__file__).parent / "profiles"
FEWEST_LEFT = 5  # words of an article that nothing was made of, before it is told
NOISE = "script, style, noscript, template, form, iframe, svg, button, select, textarea"


@dataclass(frozen=True)
class Profile:
    name: str
    title: str
    body: str
    recognise: list = field(default_factory=list)
    absent: list = field(default_factory=list)
    article: str = "body"
    drop: str = ""
    whole: str = ""  # what of the article nothing should be left of; without, all of it
    kind: str = ""
    labels: str = ""
    label: str = "dt"
    value: str = "dd"
    pictures: str = "figure"
    caption: str = "figcaption"
    credit: str = ".credit"
    downloads: str = ""

    def article_in(self, tree):
        """The article of a page of this layout, None when it is of another one."""
        if not all(map(tree.css_first, self.recognise)) or any(map(tree.css_first, self.absent)):
            return None
        articles = tree.css(self.article)
        if len(articles) != 1:
            return None
        titles = [each for each in articles[0].css(self.title) if has_words(each)]
        has_body = any(has_words(each) for each in articles[0].css(self.body))
        return articles[0] if len(titles) == 1 and has_body else None

    def read(self, article):
        """The article -> Item. It is used up."""
        drop(article, joined(NOISE, self.drop))
        title = next(words_of(each) for each in article.css(self.title) if has_words(each))
        labels, unknown = self.take_labels(article)
        kind = self.words(article, self.kind)
        pictures = pictures_in(article, self.pictures, self.caption, self.credit)
        drop(article, f"img, :is({self.pictures}):has(img)")
        downloads = downloads_in(article)
        drop(article, joined(self.title, self.downloads))
        item = Item(title, "", pictures=pictures, downloads=downloads)
        item.kind = " ".join(labels.pop("kind", [])) or kind
        item.labels = labels
        item.messages = [message("label_unknown", each) for each in unknown]
        nodes = outermost(article.css(self.body))
        item.body = to_paragraphs(outline("\n\n".join(each.html for each in nodes)))
        for each in nodes:
            each.decompose()
        item.messages += self.left_out(article)
        return item

    def left_out(self, article):
        """[the Message about text of an article from which everything was taken], [] without any."""
        drop(article, joined(self.kind, "nav, footer"))
        part = article.css_first(self.whole) if self.whole else article
        left = words_of(part) if part else ""
        return [message("text_left_out", left)] if len(left.split()) >= FEWEST_LEFT else []

    def take_labels(self, article):
        """({label: values}, those of unknown name as they stand), taken out of the article."""
        labels, values = {}, {}
        if not self.labels:
            return {}, []
        holders = article.css(self.labels)
        for holder in holders:
            names = {each.mem_id for each in holder.css(self.label)}
            name = ""
            for node in holder.css(f"{self.label}, {self.value}"):
                if node.mem_id in names:
                    name = words_of(node).strip(" :\xa0")
                    values.setdefault(name, [])
                elif name:
                    values[name].append(node)
        unknown = []
        for name, nodes in values.items():
            label = label_of(name)
            printed = [words_of(each) for each in nodes] if label == "date" else values_of(nodes)
            if label:
                labels.setdefault(label, []).extend(filter(None, printed))
            elif printed:
                labels[name] = printed
                unknown.append(f"{name}: {', '.join(printed)}")
        for each in reversed(holders):
            each.decompose()
        return labels, unknown

    @staticmethod
    def words(article, selector):
        node = article.css_first(selector) if selector else None
        return words_of(node) if node else ""


def read(tree, profiles=None):
    """The parsed page -> Item by the first profile that recognises it, None when none does."""
    for profile in load() if profiles is None else profiles:
        if article := profile.article_in(tree):
            return profile.read(article)
    return None


@cache
def load(folder=FOLDER):
    """The profiles in folder, by the names of their files.

    Raises ValueError, which names the file, for one that is no profile.
    """
    return [load_one(path) for path in sorted(Path(folder).glob("*.toml"))]


def load_one(path):
    try:
        profile = Profile(name=path.stem, **tomllib.loads(path.read_text("utf-8")))
        selectors = [getattr(profile, each.name) for each in fields(profile)[1:]]
        check(selectors)
    except (TypeError, ValueError, SelectolaxError) as problem:
        raise ValueError(f"{path.name}: {problem}") from problem
    return profile


def check(selectors):
    """Raise ValueError for a selector that is none, not when the first page comes."""
    page = HTMLParser("<p>")
    for each in selectors:
        for selector in filter(None, each if isinstance(each, list) else [each]):
            page.css(selector)


def joined(*selectors):
    return ", ".join(filter(None, selectors))


def outermost(nodes):
    """nodes without those that others of them hold, in their order."""
    chosen, held = [], set()
    for node in nodes:
        if node.mem_id not in held:
            chosen.append(node)
            held |= {each.mem_id for each in node.css("*")}
    return chosen
