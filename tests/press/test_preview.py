"""What is not public yet, shown as it will be: to editors, and to those who were given a link."""

import hashlib
import io
import logging
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from press.models import PressRelease, PreviewLink, ReleaseImage
from press.workflow import State, TransitionNotAllowed
from structures.models import Role
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    SubmittedFactory,
    UserFactory,
    WithdrawnFactory,
    person_at,
)

pytestmark = pytest.mark.django_db
MARK = "Preview – not public."


@pytest.fixture
def editor(client, db):
    client.force_login(person_at(Role.EDITOR))
    return client


@pytest.fixture
def scheduled(now):
    return ReleaseFactory(title="Observers arrive", published_at=now + timedelta(hours=1))


def image_of(release):
    data = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(data, "PNG")
    file = ContentFile(data.getvalue(), "x.png")
    return ReleaseImage.objects.create(release=release, file=file, alt="Teal")


def desk(release, below=""):
    return f"/admin/press/pressrelease/{release.pk}/preview/{below}"


def share(release):
    link, token = PreviewLink.share(release, by=UserFactory())
    return link, f"/preview/{token}/"


def names(answer):
    return [template.name for template in answer.templates]


def is_private(answer):
    return (
        "no-store" in answer["Cache-Control"]
        and "public" not in answer["Cache-Control"]
        and "noindex" in answer["X-Robots-Tag"]
        and answer["Referrer-Policy"] == "no-referrer"
    )


def is_over(answer):
    return (
        answer.status_code == 404
        and "There is no preview at this address" in answer.content.decode()
        and is_private(answer)
    )


# In the admin


@pytest.mark.parametrize(
    "make",
    [
        DraftFactory,
        SubmittedFactory,
        lambda: DraftFactory(state=State.CHANGES_REQUESTED),
        lambda: ReleaseFactory(published_at=timezone.now() + timedelta(hours=1)),
        lambda: ReleaseFactory(state=State.UNPUBLISHED),
        lambda: WithdrawnFactory(published_at=timezone.now() + timedelta(hours=1)),
    ],
    ids=["draft", "in review", "changes requested", "scheduled", "unpublished", "never public"],
)
def test_what_is_not_public_is_shown_on_the_public_template_and_marked(editor, make):
    release = make()

    form = editor.get(f"/admin/press/pressrelease/{release.pk}/change/").content.decode()
    answer = editor.get(desk(release))
    page = answer.content.decode()

    assert desk(release) in form
    assert desk(release, "links/") in form
    assert answer.status_code == 200
    assert "press/release.html" in names(answer)
    assert page.index(MARK) < page.index("<main")
    assert release.title in page
    assert "Something happened." in page


def test_a_public_release_has_no_preview_but_its_address(editor):
    release = ReleaseFactory()

    form = editor.get(f"/admin/press/pressrelease/{release.pk}/change/").content.decode()

    assert desk(release) not in form
    assert editor.get(desk(release))["Location"] == release.get_absolute_url()
    assert MARK not in editor.get(release.get_absolute_url()).content.decode()


def test_a_preview_says_nothing_to_machines(editor, scheduled):
    image_of(scheduled)
    answer = editor.get(desk(scheduled))
    head = answer.content.decode().split("</head>")[0]

    assert is_private(answer)
    assert '<meta name="robots" content="noindex, nofollow, noarchive">' in head
    for word in ("ld+json", "canonical", "og:title", "og:url", "og:image", "article:", "Observers"):
        assert word not in head


def test_a_preview_has_the_same_content_as_the_public_page(client, scheduled, time_machine):
    scheduled.fields_of_work.set([FieldFactory(name="Elections")])
    _, address = share(scheduled)
    before = client.get(address).content.decode()
    time_machine.move_to(scheduled.published_at, tick=False)
    after = client.get(scheduled.get_absolute_url()).content.decode()

    article = re.compile(r"<article.*</article>", re.DOTALL)
    assert "Elections" in article.search(after).group()
    assert article.search(before).group() == article.search(after).group()


def test_a_draft_without_a_time_says_so_and_gets_none(editor):
    release = DraftFactory()

    assert "It has no public time yet" in editor.get(desk(release)).content.decode()
    release.refresh_from_db()
    assert release.published_at is None


def test_images_are_shown_in_the_preview_only(editor, scheduled):
    image = image_of(scheduled)
    page = editor.get(desk(scheduled)).content.decode()
    shown = editor.get(desk(scheduled, f"images/{image.pk}/"))

    assert f'src="{desk(scheduled, f"images/{image.pk}/")}"' in page
    assert image.get_absolute_url() not in page
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert is_private(shown)
    assert editor.get(image.get_absolute_url()).status_code == 404


def test_an_image_of_another_release_is_not_found_at_the_desk(editor):
    image = image_of(DraftFactory())

    assert editor.get(desk(DraftFactory(), f"images/{image.pk}/")).status_code == 404


@pytest.mark.parametrize("below", ["", "images/1/", "links/"])
def test_who_is_signed_out_is_asked_to_sign_in(client, below):
    answer = client.get(desk(DraftFactory(), below))

    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


@pytest.mark.parametrize("below", ["", "images/1/", "links/"])
def test_who_may_not_see_releases_is_refused(client, below):
    client.force_login(UserFactory(is_staff=True))

    assert client.get(desk(DraftFactory(), below)).status_code == 404


@pytest.mark.parametrize("below", ["", "links/", "images/1/"])
@pytest.mark.parametrize("pk", ["999999", "x"])
def test_what_does_not_exist_is_not_found(editor, pk, below):
    assert editor.get(f"/admin/press/pressrelease/{pk}/preview/{below}").status_code == 404


# Links


def test_an_editor_makes_a_link_that_is_shown_once(editor, scheduled, now):
    form = editor.get(f"/admin/press/pressrelease/{scheduled.pk}/change/").content.decode()
    assert desk(scheduled, "links/") in form

    answer = editor.post(desk(scheduled, "links/"))
    page = answer.content.decode()
    token = re.search(r"http://testserver/preview/([\w-]{43})/", page).group(1)

    assert "no-store" in answer["Cache-Control"]
    assert "It ends on Tuesday, 1 December 2026, 12:00 in Vienna" in page
    assert token not in editor.get(desk(scheduled, "links/")).content.decode()
    assert [each.action for each in scheduled.log.all()] == ["share_preview"]
    editor.logout()
    assert MARK in editor.get(f"/preview/{token}/").content.decode()


def test_only_the_hash_of_a_token_is_stored(scheduled):
    link, address = share(scheduled)
    token = address.split("/")[2]

    link.refresh_from_db()
    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()
    stored = [*PreviewLink.objects.values_list(), *scheduled.log.values_list()]
    assert token not in repr(stored)


def test_a_link_works_signed_out_with_its_images(client, scheduled):
    image = image_of(scheduled)
    _, address = share(scheduled)

    answer = client.get(address)
    page = answer.content.decode()
    shown = client.get(f"{address}images/{image.pk}/")

    assert answer.status_code == 200
    assert is_private(answer)
    assert "press/release.html" in names(answer)
    assert "Under embargo until Tuesday, 24 November 2026, 13:00 in Vienna." in page
    assert f'src="{address}images/{image.pk}/"' in page
    assert "/admin/" not in page
    assert (shown.status_code, is_private(shown)) == (200, True)


def test_a_link_ends_when_its_time_is_over(client, now, time_machine):
    release = DraftFactory()
    image = image_of(release)
    link, address = share(release)
    time_machine.move_to(link.expires_at - timedelta(seconds=1), tick=False)
    assert client.get(address).status_code == 200

    time_machine.move_to(link.expires_at, tick=False)

    assert is_over(client.get(address))
    assert is_over(client.get(f"{address}images/{image.pk}/"))


def test_a_link_ends_when_it_is_revoked(editor, scheduled):
    image = image_of(scheduled)
    link, address = share(scheduled)
    _, other = share(scheduled)
    assert f'value="{link.pk}"' in editor.get(desk(scheduled, "links/")).content.decode()

    for said in ("is revoked", "had ended already"):
        page = editor.post(desk(scheduled, "links/"), {"revoke": link.pk}, follow=True)
        assert said in page.content.decode()

    assert f'value="{link.pk}"' not in page.content.decode()
    assert is_over(editor.get(address))
    assert is_over(editor.get(f"{address}images/{image.pk}/"))
    assert editor.get(other).status_code == 200
    assert [each.action for each in scheduled.log.all()][:1] == ["revoke_preview"]
    assert scheduled.log.filter(action="revoke_preview").count() == 1


def test_a_link_of_another_release_is_not_revoked(editor, scheduled):
    link, address = share(DraftFactory())

    answer = editor.post(desk(scheduled, "links/"), {"revoke": link.pk})

    assert answer.status_code == 404
    assert editor.get(address).status_code == 200


def test_a_link_ends_in_the_second_of_publication(client, scheduled, time_machine):
    image = image_of(scheduled)
    _, address = share(scheduled)
    time_machine.move_to(scheduled.published_at - timedelta(seconds=1), tick=False)
    assert client.get(address).status_code == 200
    assert client.get(scheduled.get_absolute_url()).status_code == 404

    time_machine.move_to(scheduled.published_at, tick=False)

    assert is_over(client.get(address))
    assert is_over(client.get(f"{address}images/{image.pk}/"))
    assert client.get(scheduled.get_absolute_url()).status_code == 200


def test_unpublishing_does_not_bring_a_link_to_life(client, scheduled, superuser, time_machine):
    _, address = share(scheduled)
    time_machine.move_to(scheduled.published_at, tick=False)

    scheduled.unpublish(by=superuser, reason="A mistake.")
    assert is_over(client.get(address))
    scheduled.reopen(by=superuser)
    assert is_over(client.get(address))


def test_a_public_release_is_not_shared(editor):
    release = ReleaseFactory()
    with pytest.raises(TransitionNotAllowed):
        PreviewLink.share(release, by=UserFactory())

    page = editor.post(desk(release, "links/"), follow=True).content.decode()

    assert "is public: share its address." in page
    assert not PreviewLink.objects.exists()


def test_a_wrong_token_gets_the_same_answer_as_one_that_ended(client, scheduled):
    link, address = share(scheduled)
    link.revoke(by=UserFactory())

    ended = client.get(address)
    for wrong in ("x", "0" * 43, link.token_hash, "ä%00", "x" * 5000):
        answer = client.get(f"/preview/{wrong}/")
        assert is_over(answer)
        assert answer.content == ended.content


def test_a_token_shows_no_image_of_another_release(client, scheduled):
    image = image_of(DraftFactory())
    _, address = share(scheduled)

    for pk in (image.pk, 999999, 10**30):
        assert is_over(client.get(f"{address}images/{pk}/"))


def test_a_link_shows_and_does_nothing_else(client, scheduled):
    _, address = share(scheduled)

    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200
    assert not client.cookies


def test_hostile_texts_stay_texts(editor):
    hostile = "</title><script>alert(1)</script>\"'{{ 7|add:7 }}"
    release = DraftFactory(title=hostile)
    _, address = share(release)

    for page in (desk(release), desk(release, "links/"), address):
        content = editor.get(page).content.decode()
        assert "<script>alert" not in content
        assert "&lt;script&gt;alert(1)" in content


def test_lists_and_feeds_never_show_what_is_previewed(client, scheduled):
    _, address = share(scheduled)
    client.get(address)

    for page in ("/", "/press-releases/", "/press-releases/?q=observers", "/press-releases/feed/"):
        assert "Observers arrive" not in client.get(page).content.decode()
    assert client.get(scheduled.get_absolute_url()).status_code == 404


def test_living_tokens_are_not_logged(client, scheduled):
    _, address = share(scheduled)
    token = address.split("/")[2]
    lines = io.StringIO()
    console = logging.getLogger("django").handlers[0]
    before = console.setStream(lines)
    try:
        for wrong in (f"{address}x", f"{address}images/0/", address[:-1], f"{address}images/x/"):
            client.get(wrong)
        client.post(address)
    finally:
        console.setStream(before)

    assert "Not Found: /preview/…/x" in lines.getvalue()
    assert token not in lines.getvalue()


def test_a_preview_needs_few_queries(client, scheduled, django_assert_max_num_queries):
    for _ in range(3):
        image_of(scheduled)
        _, address = share(scheduled)
    image = scheduled.images.first()

    with django_assert_max_num_queries(15):
        client.get(address)
    with django_assert_max_num_queries(3):
        client.get(f"{address}images/{image.pk}/")
    with django_assert_max_num_queries(3):  # two of them for the frame of the page
        client.get("/preview/wrong/images/1/")
    assert PressRelease.objects.count() == 1
