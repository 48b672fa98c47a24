import pytest

from press.models import PressRelease
from press.search import match, suggestions


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Words that were read for suggestions belong to the releases of another test."""
    suggestions._known.clear()


@pytest.fixture
def find():
    """find(query) -> the titles of what it finds, by its ids and by narrowing, which must agree."""

    def find(query):
        matching = match(query)
        releases = PressRelease.objects.order_by("pk")
        narrowed = list(matching.narrow(releases))
        found = matching.ids()
        parts = [(languages, set(ids)) for languages, ids in found.parts]
        by_ids = [
            release
            for release in releases
            if any(
                (release.pk in ids) is not found.is_complement
                for languages, ids in parts
                if languages is None or release.language in languages
            )
        ]
        assert by_ids == narrowed
        return [release.title for release in narrowed]

    return find
