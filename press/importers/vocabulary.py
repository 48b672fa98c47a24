"""The words by which old pages name their labels and kinds, in all layouts and languages seen."""

import re
from collections import Counter

from osce_cms.text import fold

from ..models import Kind
from .dates import parse_dateline
from .messages import NotARelease

LABELS = {
    "date": [
        *("Date", "Issued on", "Publishing date", "Published on"),
        *("Дата", "Дата публикации", "Datum", "Veröffentlicht am", "Data", "Date de publication"),
    ],
    "kind": ["Content type", "Вид контента", "Inhaltstyp", "Type de contenu"],
    "source": [
        *("Source", "Sources", "Where we are", "Issued by", "Issuer"),
        *("Источник", "Источники", "Где мы работаем", "Quelle", "Quellen", "Sursă", "Sursa"),
        *("Izdavač", "Izvor", "Émetteur"),
    ],
    "field": [
        *("Fields of work", "Field of work", "What we do"),
        *("Сферы деятельности", "Сфера деятельности", "Что мы делаем", "Области деятельности"),
        *("Arbeitsbereiche", "Arbeitsbereich", "Arbeitsfelder", "Was wir tun"),
        *(
            "Domaines d’activité",
            "Domaine d’activité",
            "Domaines de travail",
            "Ce que nous faisons",
        ),
        *("Domenii de activitate", "Oblasti rada", "Područja rada"),
    ],
    "country": [
        *("Location", "Locations", "Country", "Countries"),
        *("Место", "Страна", "Страны", "Ort", "Land", "Länder", "Lieu", "Pays", "Loc", "Țara"),
    ],
    "meeting": [
        *("Meeting", "Meetings", "Meeting or conference", "Meetings and conferences"),
        *("Совещание", "Veranstaltung", "Treffen", "Réunion", "Reuniune"),
    ],
}
LABEL_OF = {fold(word): label for label, words in LABELS.items() for word in words}

KINDS = {
    Kind.PRESS_RELEASE: {
        "en": ["Press release", "Press releases", "Press communiqué"],
        "ru": ["Пресс-релиз", "Пресс-релизы"],
        "de": ["Pressemitteilung", "Presseaussendung"],
        "fr": ["Communiqué de presse"],
        "it": ["Comunicato stampa"],
        "es": ["Comunicado de prensa", "Nota de prensa"],
        "ro": ["Comunicat de presă"],
        "uk": ["Пресреліз", "Прес-реліз"],
        "bs": ["Saopštenje za javnost", "Saopćenje za javnost", "Priopćenje za javnost"],
    },
    Kind.NEWS_ITEM: {
        "en": ["News", "News item"],
        "ru": ["Новости", "Новость"],
        "de": ["Nachricht", "Nachrichten", "Meldung"],
        "fr": ["Actualité", "Actualités", "Nouvelle"],
        "ro": ["Știri", "Știre"],
        "bs": ["Vijesti", "Vijest"],
    },
    Kind.PRESS_STATEMENT: {
        "en": ["Press statement", "Statement", "Joint statement"],
        "ru": ["Заявление", "Заявление для прессы"],
        "de": ["Presseerklärung", "Erklärung"],
        "fr": ["Déclaration", "Déclaration à la presse"],
    },
    Kind.SPOT_REPORT: {"en": ["Spot report"], "ru": ["Оперативный отчет"]},
    Kind.DAILY_REPORT: {"en": ["Daily report"], "ru": ["Ежедневный отчет"]},
    Kind.WEEKLY_REPORT: {
        "en": ["Weekly report", "Weekly update"],
        "ru": ["Еженедельный отчет"],
    },
    Kind.MEDIA_ADVISORY: {
        "en": ["Media advisory", "Media invitation", "Media advisories"],
        "ru": ["Приглашение для СМИ", "Анонс для СМИ"],
        "de": ["Medieneinladung", "Medienhinweis"],
        "fr": ["Avis aux médias"],
    },
}
KIND_OF = {
    fold(word): (kind, language)
    for kind, languages in KINDS.items()
    for language, words in languages.items()
    for word in words
}

_SENTENCE_END = re.compile(r"[.!?…]$")

CONTACTS = {fold(word) for word in ("Contacts", "Contact", "Контакты", "Kontakt", "Contacte")}


def kind_of(text):
    """(kind, language of the word) for the name of a kind, (None, None) for anything else."""
    return KIND_OF.get(fold(text).strip(" :"), (None, None))


def label_of(text):
    """The label that text, with or without its colon, is; None for anything else."""
    return LABEL_OF.get(fold(text).strip(" :*"))


def split_label(text):
    """("date", "16 June 2011") for "Date: 16 June 2011", in Markdown too; (None, None) otherwise."""
    name, colon, value = text.partition(":")
    label = label_of(name) if colon and len(name) < 40 else None
    return (label, value.strip(" *")) if label else (None, None)


def is_value(text):
    """Whether text may be what a label names, and is no text that follows a label without value."""
    return (
        len(text) < 1000
        and ": " not in text
        and not (len(text) > 40 and _SENTENCE_END.search(text))
        and not parse_dateline(text)
    )


def refuse_list(names):
    """Raise NotARelease when names, labels that stand in or after the body, are those of other items.

    One date may be the day of the event that a media advisory announces.
    """
    names = Counter(names)
    if names["date"] > 1 or (names["date"] and names.keys() & {"kind", "source", "field"}):
        raise NotARelease("list", "several dates")
