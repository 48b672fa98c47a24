import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from osce_cms.groups import GROUPS
from press import corrections
from press.admin.bulk import seen_as
from press.models import PressRelease, ReleaseImage
from press.workflow import State
from structures.models import Role, Structure
from taxonomy.models import Country, FieldOfWork, Meeting
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    WithdrawnFactory,
    person_at,
)

pytestmark = pytest.mark.django_db

RELEASES = "/admin/press/pressrelease/"


@pytest.fixture
def editor(client, settings):
    settings.DEBUG = True
    call_command("create_demo_people")
    client.force_login(User.objects.get(username="editor"))
    return client


@pytest.fixture
def publisher(client, settings):
    settings.DEBUG = True
    call_command("create_demo_people")
    client.force_login(User.objects.get(username="publisher"))
    return client


def form_of(release, **changes):
    """What the browser sends when the form of a release is saved."""
    at = timezone.localtime(release.published_at) if release.published_at else None
    return {
        "title": release.title,
        "summary": release.summary,
        "dateline": release.dateline,
        "body": release.body,
        "kind": release.kind,
        "language": release.language,
        "slug": release.slug,
        "precision": release.precision,
        "published_at_0": f"{at:%Y-%m-%d}" if at else "",
        "published_at_1": f"{at:%H:%M:%S}" if at else "",
        "opened_version": release.version,
        "images-TOTAL_FORMS": 0,
        "images-INITIAL_FORMS": 0,
        "attachments-TOTAL_FORMS": 0,
        "attachments-INITIAL_FORMS": 0,
        **changes,
    }


def act(client, action, releases, **data):
    """Run an action of the list on what the confirmation page shows of releases."""
    seen = [seen_as(each) for each in releases]
    chosen = [each.pk for each in releases]
    data = {"action": action, "_selected_action": chosen, "seen": seen, **data}
    return client.post(RELEASES, data, follow=True)


def test_an_editor_writes_a_draft(editor, taxonomy):
    odihr = Structure.objects.get(code="odihr")
    empty = PressRelease(title="New release", body="<p onclick=x>Text</p>", slug="new-release")

    answer = editor.post(f"{RELEASES}add/", form_of(empty, sources=[odihr.pk]), follow=True)

    release = PressRelease.objects.get(title="New release")
    assert answer.status_code == 200
    assert (release.state, release.body, release.published_at) == ("draft", "<p>Text</p>", None)
    assert list(release.sources.all()) == [odihr]


def test_publishing_asks_first_and_then_publishes(publisher, now):
    release = SubmittedFactory(published_at=now + timedelta(days=1))

    asked = act(publisher, "publish", [release])
    release.refresh_from_db()
    assert release.state == State.IN_REVIEW
    assert "25 November 2026, 12:00 in Vienna" in asked.content.decode()

    act(publisher, "publish", [release], confirmed="yes", when="given")
    release.refresh_from_db()
    assert release.state == State.PUBLISHED
    assert release.published_at == now + timedelta(days=1)
    assert release.log.get().by.username == "publisher"


def test_publishing_now_dates_the_release_now(publisher, now):
    release = SubmittedFactory()

    act(publisher, "publish", [release], confirmed="yes", when="now", shown="now")

    release.refresh_from_db()
    assert (release.state, release.published_at) == (State.PUBLISHED, now)


def test_publishing_without_a_date_is_refused_with_a_message(publisher):
    release = SubmittedFactory()

    answer = act(publisher, "publish", [release], confirmed="yes", when="given")

    release.refresh_from_db()
    assert release.state == State.IN_REVIEW
    assert "There is no publication date" in answer.content.decode()


def test_withdrawing_asks_for_a_notice(publisher):
    release = ReleaseFactory()

    for data in ({}, {"confirmed": "yes", "note": " "}):
        act(publisher, "withdraw", [release], **data)
        release.refresh_from_db()
        assert release.state == State.PUBLISHED

    act(publisher, "withdraw", [release], confirmed="yes", note="Wrong place.")
    release.refresh_from_db()
    assert (release.state, release.withdrawal_notice) == (State.WITHDRAWN, "Wrong place.")


@pytest.mark.parametrize("action", ["publish", "withdraw"])
def test_an_editor_can_neither_publish_nor_withdraw(editor, action):
    release = ReleaseFactory() if action == "withdraw" else SubmittedFactory()
    state = release.state

    act(editor, action, [release], confirmed="yes", note="x", when="now", shown="now")

    release.refresh_from_db()
    assert release.state == state


@pytest.mark.parametrize("days", [-1, 1])
def test_what_is_published_is_read_only_also_before_its_hour(publisher, now, days):
    release = ReleaseFactory(title="As approved", published_at=now + timedelta(days=days))

    form = publisher.get(f"{RELEASES}{release.pk}/change/").content.decode()
    answer = publisher.post(f"{RELEASES}{release.pk}/change/", form_of(release, title="Changed"))

    release.refresh_from_db()
    assert 'name="title"' not in form
    assert answer.status_code == 403
    assert "Changed" in answer.content.decode()  # given back
    assert (release.title, release.version) == ("As approved", 1)


def test_an_editor_cannot_set_the_state_by_a_forged_form(editor):
    release = DraftFactory()

    editor.post(f"{RELEASES}{release.pk}/change/", form_of(release, state="published"))

    release.refresh_from_db()
    assert release.state == State.DRAFT


@pytest.mark.parametrize("factory", [ReleaseFactory, WithdrawnFactory])
def test_what_was_public_cannot_be_deleted(client, superuser, factory):
    client.force_login(superuser)
    release = factory()

    answer = client.post(f"{RELEASES}{release.pk}/delete/", {"post": "yes"})
    act(client, "delete_selected", [release], post="yes")

    assert answer.status_code == 403
    assert PressRelease.objects.filter(pk=release.pk).exists()


def test_nor_can_what_is_a_draft_again(client, superuser):
    client.force_login(superuser)
    release = ReleaseFactory(legacy_key="1:en", first_published_at=None)  # as an import makes it
    release.unpublish(by=None, reason="Wrong.")
    release.reopen(by=None)

    answer = client.post(f"{RELEASES}{release.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert PressRelease.objects.filter(pk=release.pk).exists()


def test_only_public_releases_offer_view_on_site(editor, now):
    public, due = ReleaseFactory(), ReleaseFactory(published_at=now + timedelta(seconds=1))

    def offered(release):
        page = editor.get(f"{RELEASES}{release.pk}/change/").content.decode()
        return f'href="{release.get_absolute_url()}"' in page

    assert offered(public)
    assert not offered(due)
    assert not offered(DraftFactory())


def test_saving_an_original_gives_its_terms_to_its_translations(editor, taxonomy):
    original = DraftFactory()
    translation = ReleaseFactory(language="ru", translation_of=original)
    policing = FieldOfWork.objects.get(code="policing")

    sent = form_of(original, fields_of_work=[policing.pk])
    editor.post(f"{RELEASES}{original.pk}/change/", sent)

    assert list(translation.fields_of_work.all()) == [policing]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ВЕНЕ", 1),
        ("вене совещание", 1),
        ("вене минск", 0),
        ("https://old.example/1", 1),
        ("x%00", 0),
    ],
)
def test_the_list_is_searched_by_words_of_every_script_and_by_legacy_address(editor, search, found):
    ReleaseFactory(title="Совещание в Вене", legacy_url="https://old.example/1")
    ReleaseFactory()

    answer = editor.get(RELEASES, {"q": search})

    assert answer.context["cl"].result_count == found


def test_the_list_finds_a_release_by_its_number(editor):
    release = ReleaseFactory()

    assert editor.get(RELEASES, {"q": release.pk}).context["cl"].result_count == 1
    assert editor.get(RELEASES, {"q": 10**30}).context["cl"].result_count == 0


def test_the_list_is_filtered_by_a_branch(editor, taxonomy):
    media_laws = FieldOfWork.objects.get(code="media-laws")
    ReleaseFactory(fields_of_work=[media_laws])
    ReleaseFactory()

    answer = editor.get(RELEASES, {"fields_of_work__branch": media_laws.parent_id})

    assert answer.context["cl"].result_count == 1


@pytest.mark.parametrize("value", ["abc", "-1", "٣", "999999999999999999999", "\x00"])
def test_a_bad_filter_value_is_no_server_error(editor, value):
    answer = editor.get(RELEASES, {"fields_of_work__branch": value}, follow=True)

    assert answer.status_code == 200


def test_the_list_needs_no_query_per_row(editor, taxonomy, django_assert_max_num_queries):
    terms = list(Structure.objects.filter(code__in=["odihr", "hcnm"]))
    for _ in range(30):
        ReleaseFactory(sources=terms)

    with django_assert_max_num_queries(18):
        editor.get(RELEASES)


def test_terms_are_chosen_by_autocomplete_with_former_names(editor, taxonomy):
    parameters = {
        "app_label": "press",
        "model_name": "pressrelease",
        "field_name": "sources",
        "term": "almaty",
    }

    answer = editor.get(reverse("admin:autocomplete"), parameters)

    texts = [each["text"] for each in json.loads(answer.content)["results"]]
    assert texts == ["Programme Office in Astana"]


@pytest.mark.parametrize("model", [FieldOfWork, Country, Meeting, Structure])
def test_every_tree_is_shown_whole_and_can_be_dragged(editor, taxonomy, model):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    first, second = model.objects.filter(parent=None)[:2]

    page = editor.get(address).content.decode()
    assert page.count("tree-node") == model.objects.count()
    assert "style=" not in page

    moved = editor.post(
        address,
        {"cmd": "move_node", "position": "left", "cut_item": second.pk, "pasted_on": first.pk},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert moved.content == b"OK, moved."
    assert list(model.objects.filter(parent=None)[:2]) == [second, first]


@pytest.mark.parametrize("bad", ["abc", "", "999999", "9" * 30])
def test_dragging_what_is_not_there_says_so(editor, taxonomy, bad):
    address = reverse("admin:taxonomy_fieldofwork_changelist")
    term = FieldOfWork.objects.first()

    answer = editor.post(
        address,
        {"cmd": "move_node", "position": "left", "cut_item": bad, "pasted_on": term.pk},
    )

    assert answer.content == b"FAIL, invalid objects."


def test_a_term_in_use_is_not_deleted_and_the_page_says_why(client, superuser):
    client.force_login(superuser)
    term = FieldFactory()
    ReleaseFactory(title="The user", fields_of_work=[term])
    address = reverse("admin:taxonomy_fieldofwork_changelist")
    data = {"action": "delete_selected", "_selected_action": [term.pk]}

    one = client.get(reverse("admin:taxonomy_fieldofwork_delete", args=[term.pk]))
    client.post(reverse("admin:taxonomy_fieldofwork_delete", args=[term.pk]), {"post": "yes"})
    client.post(address, {**data, "post": "yes"})

    page = one.content.decode()
    assert f"1 press release of “{term}”" in page
    assert "The user" not in page  # which may be under embargo
    assert FieldOfWork.objects.filter(pk=term.pk).exists()


def test_demo_people_are_for_development_only(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError):
        call_command("create_demo_people")

    assert not User.objects.exists()


@pytest.mark.parametrize("name", GROUPS)
def test_every_group_has_all_the_permissions_that_were_meant(name):
    meant = {(app, codename) for app, names in GROUPS[name].items() for codename in names}
    found = Group.objects.get(name=name).permissions.values_list(
        "content_type__app_label", "codename"
    )

    assert set(found) == meant


def test_the_printed_password_is_that_of_the_demo_editor(settings, capsys):
    settings.DEBUG = True
    call_command("create_demo_people")

    password = capsys.readouterr().out.split("editor: password ")[1].split()[0]
    assert User.objects.get(username="editor").check_password(password)


def test_what_was_changed_after_the_confirmation_was_shown_is_not_published(publisher, now):
    release = SubmittedFactory(published_at=now + timedelta(days=30))
    shown = PressRelease.objects.get(pk=release.pk)
    release.published_at = now - timedelta(days=1)
    release.save()

    answer = act(publisher, "publish", [shown], confirmed="yes", when="given")

    release.refresh_from_db()
    assert release.state == State.IN_REVIEW
    assert "was changed meanwhile" in answer.content.decode()


def test_a_scheduled_release_is_said_to_be_so_and_can_be_taken_off_the_schedule(publisher, now):
    release = ReleaseFactory(published_at=now + timedelta(days=1))
    assert "Scheduled" in publisher.get(RELEASES).content.decode()

    act(publisher, "unschedule", [release], confirmed="yes")

    release.refresh_from_db()
    assert (release.state, release.published_at) == (State.IN_REVIEW, now + timedelta(days=1))


def png(width=8, height=6, format="PNG"):
    data = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(data, format)
    return data.getvalue()


def with_image(release, content, name="image.png"):
    file = SimpleUploadedFile(name, content)
    return form_of(release) | {
        "images-TOTAL_FORMS": 1,
        "images-0-file": file,
        "images-0-alt": "Teal",
        "images-0-position": 0,
        "images-0-release": release.pk,
        "images-0-id": "",
    }


def test_a_release_with_an_image_can_be_opened_and_corrected(editor):
    release = DraftFactory()
    address = f"{RELEASES}{release.pk}/change/"

    editor.post(address, with_image(release, png(), name="../x.php.jpg"))

    image = ReleaseImage.objects.get(release=release)
    assert image.file.name.startswith("releases/")
    assert image.file.name.endswith(".png")
    assert editor.get(address).status_code == 200


@pytest.mark.parametrize(
    "content",
    [b"", b"<script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", png()[:50],
     png(format="GIF"), png(format="TIFF"), png(12_000, 12_000)],
    ids=["empty", "html", "svg", "truncated", "gif", "tiff", "large"],
)  # fmt: skip
def test_what_is_no_image_that_can_be_shown_is_refused_in_the_form(editor, content):
    release = DraftFactory()

    answer = editor.post(f"{RELEASES}{release.pk}/change/", with_image(release, content))

    assert answer.status_code == 200
    assert not ReleaseImage.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["published_at__year=9999", "published_at__year=1", "kind__exact=%00", "title__regex=(a",
     "o=zzz", "p=-1", "e=1", "published_at__gte=x"],
)  # fmt: skip
def test_odd_addresses_of_the_list_are_no_server_errors(editor, query):
    answer = editor.get(f"{RELEASES}?{query}", follow=True)

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("value", ["x", "\0", "9" * 30])
def test_odd_values_of_a_form_are_no_server_errors(editor, value):
    draft = PressRelease(title="T", body="<p>x</p>", slug="t")

    answer = editor.post(f"{RELEASES}add/", form_of(draft, sources=[value]))

    assert answer.status_code in (200, 400)
    assert not PressRelease.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
def test_a_public_time_outside_our_time_is_refused_in_the_form(editor, day):
    draft = PressRelease(title="T", body="<p>x</p>", slug="t")
    sent = form_of(draft, published_at_0=day, published_at_1="00:00:00")

    answer = editor.post(f"{RELEASES}add/", sent)

    assert answer.status_code in (200, 400)
    assert not PressRelease.objects.exists()


@pytest.mark.parametrize(("title", "body"), [("\x01", "<p>x</p>"), ("T", "<script>x</script>")])
def test_a_text_of_which_nothing_is_left_is_refused_in_the_form(editor, title, body):
    draft = PressRelease(title=title, body=body, slug="t")

    answer = editor.post(f"{RELEASES}add/", form_of(draft))

    assert answer.status_code == 200
    assert not PressRelease.objects.exists()


def test_plain_text_becomes_paragraphs(editor):
    draft = PressRelease(title="T", body="One & two.\r\n\r\nThree.", slug="t")

    editor.post(f"{RELEASES}add/", form_of(draft))

    assert PressRelease.objects.get().text == "One & two.\nThree."
    assert PressRelease.objects.get().body.count("<p>") == 2


@pytest.mark.parametrize("kind", ["draft", "in review", "public", "correction"])
def test_two_thousand_terms_do_not_make_the_desk_heavy(
    client, taxonomy, django_assert_max_num_queries, kind
):
    policing = FieldOfWork.objects.get(code="policing")
    FieldOfWork.objects.bulk_create(
        FieldOfWork(code=f"x-{n}", slug=f"x-{n}", name=f"Field {n}", parent=policing)
        for n in range(2000)
    )
    desk = StructureFactory(parent=StructureFactory())
    links = {
        "fields_of_work": FieldOfWork.objects.order_by("-pk")[:10],
        "countries": Country.objects.all()[:10],
        "sources": Structure.objects.all()[:10],
    }
    make = {"draft": DraftFactory, "in review": SubmittedFactory}.get(kind, ReleaseFactory)
    release = make.create_batch(60, desk=desk, **links)[0]
    if kind == "correction":
        release = corrections.begin(release, by=None)
    # A plain editor of one desk: whoever may do everything is asked nothing.
    client.force_login(person_at(Role.EDITOR, desk.parent))

    for path in (
        "",
        "?q=happened",
        f"?fields_of_work__branch={policing.pk}",
        "add/",
        f"{release.pk}/change/",
        f"{release.pk}/history/",
    ):
        with django_assert_max_num_queries(14):
            answer = client.get(RELEASES + path)
        assert answer.status_code == 200
        assert len(answer.content) < 60 * 1024, path
