"""“Copy as new”: a draft for a title that comes back."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from press.models import LINKS, Precision, PressRelease
from press.workflow import State
from structures.models import Role
from tests.factories import (
    CountryFactory,
    DraftFactory,
    FieldFactory,
    MeetingFactory,
    ReleaseFactory,
    StructureFactory,
    WithdrawnFactory,
)

from .test_revisions import PIXEL

pytestmark = pytest.mark.django_db


def address(release, below="copy"):
    return f"/admin/press/pressrelease/{release.pk}/{below}/"


def copy_of(client, release):
    answer = client.post(address(release), follow=True)
    return PressRelease.objects.exclude(pk=release.pk).latest("pk"), answer


def visible(answer):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split()))


def test_a_copy_has_the_texts_and_terms_and_nothing_else(at_desk):
    release = ReleaseFactory(
        title="Weekly report",
        summary="In short",
        dateline="VIENNA",
        body="<p>A <b>text</b>.</p>",
        kind="weekly-report",
        language="fr",
        slug="an-old-address",
        precision=Precision.DAY,
        legacy_key="osce:1",
        legacy_url="https://example.org/1",
        legacy_labels={"Where": ["Atlantis"]},
        unmatched_labels={"Where": ["Atlantis"]},
        first_published_at=timezone.now(),
        is_featured=True,
        sources=[StructureFactory()],
        fields_of_work=[FieldFactory(), FieldFactory()],
        countries=[CountryFactory()],
        meetings=[MeetingFactory()],
    )

    draft, _ = copy_of(at_desk(Role.AUTHOR, None), release)

    for name in ("title", "summary", "dateline", "body", "kind", "language"):
        assert getattr(draft, name) == getattr(release, name)
    for link in LINKS:
        assert set(getattr(draft, link).all()) == set(getattr(release, link).all()) != set()
    assert (draft.state, draft.slug, draft.precision) == (State.DRAFT, "weekly-report", "minute")
    assert (draft.published_at, draft.first_published_at) == (None, None)
    assert (draft.legacy_key, draft.legacy_url) == (None, "")
    assert (draft.legacy_labels, draft.unmatched_labels, draft.is_featured) == ({}, {}, False)


def test_the_release_stays_as_it_is(at_desk):
    release = ReleaseFactory()
    before = PressRelease.objects.filter(pk=release.pk).values().get()

    copy_of(at_desk(Role.AUTHOR, None), release)

    assert PressRelease.objects.filter(pk=release.pk).values().get() == before


def test_its_form_opens_and_says_what_is_not_copied(at_desk):
    original = ReleaseFactory(language="en")
    release = ReleaseFactory(language="de", translation_of=original)
    release.images.create(file=SimpleUploadedFile("a.png", PIXEL), alt="A bridge")

    draft, answer = copy_of(at_desk(Role.AUTHOR, None), release)

    assert answer.redirect_chain == [(address(draft, "change"), 302)]
    assert f"This is a new draft like release {release.pk}" in visible(answer)
    assert "Not copied: that it is a translation; images." in visible(answer)
    assert (draft.translation_of, draft.images.count()) == (None, 0)


def test_the_log_and_the_history_say_where_it_comes_from(at_desk):
    release = ReleaseFactory()
    client = at_desk(Role.AUTHOR, None)

    draft, _ = copy_of(client, release)

    entry = draft.log.get()
    assert (entry.action, entry.note) == ("copy", f"Copy of release {release.pk}.")
    assert str(entry.by.pk) == client.session["_auth_user_id"]
    assert draft.revisions.get().snapshot["title"] == release.title


@pytest.mark.parametrize(
    "make",
    [
        DraftFactory,
        ReleaseFactory,
        WithdrawnFactory,
        lambda: ReleaseFactory(state=State.UNPUBLISHED),
        lambda: DraftFactory(corrects=ReleaseFactory()),
    ],
)
def test_a_release_of_any_state_is_copied_and_offers_it(at_desk, make):
    release = make()
    client = at_desk(Role.AUTHOR, None)

    assert address(release) in client.get(address(release, "change")).content.decode()
    draft, _ = copy_of(client, release)

    assert (draft.state, draft.corrects, draft.title) == (State.DRAFT, None, release.title)


def test_the_page_says_what_is_copied_and_makes_nothing(at_desk):
    desk = StructureFactory(name="Mission to Atlantis")
    release = ReleaseFactory(title="<b>Bold</b>", desk=desk)

    answer = at_desk(Role.AUTHOR, desk).get(address(release))

    assert "the desk of Mission to Atlantis" in visible(answer)
    assert "Not copied: dates, the state, images" in visible(answer)
    assert "&lt;b&gt;Bold" in answer.content.decode()
    assert PressRelease.objects.count() == 1


def test_a_copy_stays_at_the_desk_of_its_release(at_desk):
    above = StructureFactory()
    desk = StructureFactory(parent=above)
    release = ReleaseFactory(desk=desk)

    draft, _ = copy_of(at_desk(Role.AUTHOR, above), release)

    assert draft.desk == desk


def test_who_may_not_write_there_gets_the_copy_at_the_own_desk(at_desk, monkeypatch):
    home, foreign = StructureFactory(), StructureFactory()
    release = ReleaseFactory(desk=foreign)
    client = at_desk(Role.AUTHOR, home)
    monkeypatch.setattr("press.admin.copying.found", lambda *args: release)  # seen, as by a reader

    draft, _ = copy_of(client, release)

    assert draft.desk == home


def test_a_release_of_another_desk_is_not_found(at_desk):
    release = ReleaseFactory(desk=StructureFactory())
    client = at_desk(Role.PUBLISHER, StructureFactory())

    assert client.get(address(release)).status_code == 404
    assert client.post(address(release)).status_code == 404
    assert PressRelease.objects.count() == 1


def test_who_may_not_add_releases_is_refused(at_desk, monkeypatch):
    release = ReleaseFactory()
    client = at_desk(Role.AUTHOR, None)
    monkeypatch.setattr(
        "press.desks.PERMISSIONS", {Role.AUTHOR: {"press.view_pressrelease"}}
    )  # no role of today sees without writing

    assert address(release) not in client.get(address(release, "change")).content.decode()
    assert client.get(address(release)).status_code == 403
    assert client.post(address(release)).status_code == 403
    assert PressRelease.objects.count() == 1


def test_nobody_copies_without_signing_in(client):
    release = ReleaseFactory()

    assert client.post(address(release)).status_code == 302
    assert PressRelease.objects.count() == 1


@pytest.mark.parametrize("pk", ["x", "9" * 30, "1%00", "0"])
def test_what_is_no_release_is_no_error_of_ours(at_desk, pk):
    answer = at_desk(Role.AUTHOR, None).post(f"/admin/press/pressrelease/{pk}/copy/")

    assert answer.status_code in (400, 404)


def test_a_copy_of_sample_content_is_sample_content(at_desk):
    draft, _ = copy_of(at_desk(Role.AUTHOR, None), ReleaseFactory(is_sample=True))

    assert draft.is_sample
