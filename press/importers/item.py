from dataclasses import dataclass, field


class NotARelease(Exception):
    """The file cannot be read as a press release; says why in words for the operator."""


@dataclass
class Picture:
    src: str
    alt: str = ""
    caption: str = ""


@dataclass
class Item:
    """What one page says, in its own words: the outcome of a reader, nothing interpreted yet.

    labels: {label: [value as printed, ...]} with the labels of vocabulary.LABELS.
    """

    title: str
    body: str  # HTML
    kind: str = ""
    labels: dict = field(default_factory=dict)
    language: str = ""  # as the page declares it
    url: str = ""
    pictures: list = field(default_factory=list)
