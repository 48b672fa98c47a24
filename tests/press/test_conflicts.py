from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from press.models import PressRelease
from press.workflow import State
from structures.models import Role
from taxonomy.models import FieldOfWork
from tests.factories import (
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    UserFactory,
    person_at,
)

from .test_admin import form_of, png

pytestmark = pytest.mark.django_db

RELEASES = "/admin/press/pressrelease/"


def change(release):
    return f"{RELEASES}{release.pk}/change/"


@pytest.fixture
def writer(superuser):
    return signed_in(superuser)


@pytest.fixture
def other():
    return signed_in(UserFactory(username="olga", is_staff=True, is_superuser=True))


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(answer):
    return answer.content.decode()


def sent_by_page(answer, sent):
    """What the browser sends when the form that came back is saved as it is."""
    form = answer.context["adminform"].form
    data = {**sent, "opened_version": form["opened_version"].value()}
    for formset in answer.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
            data[f"{management.prefix}-{name}"] = management[name].value()
    return data


def test_the_form_carries_the_version_and_one_person_saves_as_before(writer):
    release = DraftFactory()

    opened = writer.get(change(release))
    assert f'name="opened_version" value="{release.version}"' in page(opened)
    answer = writer.post(change(release), form_of(release, title="Mine"))

    assert answer.status_code == 302
    release.refresh_from_db()
    assert release.title == "Mine"


def test_a_stale_form_writes_nothing_shows_both_texts_and_is_saved_when_sent_again(writer, other):
    release = DraftFactory(title="A common title", summary="Old summary")
    mine = form_of(release, title="A common title of mine", body="<p>My <b>body</b></p>")
    other.post(change(release), form_of(release, title="A common title of theirs"))

    answer = writer.post(change(release), mine)

    shown = page(answer)
    release.refresh_from_db()
    assert release.title == "A common title of theirs"
    assert "A common title of <del>theirs</del><ins>mine</ins>" in shown
    assert "&lt;p&gt;My &lt;b&gt;body&lt;/b&gt;&lt;/p&gt;" in shown
    assert "<p>My <b>body" not in shown
    assert "olga changed it" in shown
    assert f'href="{change(release)}" target="_blank"' in shown
    assert "Summary: both in full" not in shown
    assert answer.context["adminform"].form["title"].value() == "A common title of mine"

    writer.post(change(release), sent_by_page(answer, mine))
    release.refresh_from_db()
    assert (release.title, release.body) == ("A common title of mine", "<p>My <b>body</b></p>")


def test_a_stale_form_is_refused_again_when_somebody_saved_a_second_time(writer, other):
    release = DraftFactory()
    mine = form_of(release, title="Mine")
    other.post(change(release), form_of(release, title="First"))
    answer = writer.post(change(release), mine)
    release.refresh_from_db()
    other.post(change(release), form_of(release, title="Second"))

    answer = writer.post(change(release), sent_by_page(answer, mine))

    release.refresh_from_db()
    assert release.title == "Second"
    assert "<del>Second</del><ins>Mine</ins>" in page(answer)


def test_terms_that_differ_are_named(writer, other, taxonomy):
    release = DraftFactory()
    mine, theirs = FieldOfWork.objects.filter(children=None)[:2]
    other.post(change(release), form_of(release, fields_of_work=[theirs.pk]))

    sent = {**form_of(release, fields_of_work=[mine.pk])}
    shown = page(writer.post(change(release), sent))

    field = shown.partition("<h3>Fields of work</h3>")[2].partition("</details>")[0]
    assert str(mine) in field
    assert str(theirs) in field


def test_what_was_chosen_in_fields_that_were_closed_since_is_shown(writer):
    release, field = DraftFactory(language="ru"), FieldFactory(name="Chosen by me")
    mine = form_of(release, fields_of_work=[field.pk])
    release.translation_of = DraftFactory()  # and has the terms of its original from now on
    release.save()

    shown = page(writer.post(change(release), mine))

    assert not release.fields_of_work.exists()
    assert "Chosen by me" in shown
    assert "can no longer be changed here" in shown


def test_what_was_typed_into_a_release_that_was_published_meanwhile_is_given_back(writer):
    release = SubmittedFactory()
    mine = form_of(release, slug="my-slug", published_at_0="2031-05-01", published_at_1="10:00:00")
    release.force_publish(by=None, reason="Urgent", at=timezone.now())

    answer = writer.post(change(release), mine)

    release.refresh_from_db()
    assert (answer.status_code, release.state) == (403, State.PUBLISHED)
    for text in ("published while you were writing", "my-slug", "2031-05-01 10:00:00"):
        assert text in page(answer)


@pytest.mark.parametrize("number", ["", "abc", "99999", "-1", "1" * 5000, "١", "\x00"])
def test_a_forged_version_is_a_clear_error(writer, number):
    release = DraftFactory(title="Stored")

    answer = writer.post(change(release), form_of(release, title="Mine", opened_version=number))

    release.refresh_from_db()
    assert answer.status_code == 200
    assert release.title == "Stored"
    assert "does not say which version" in page(answer)


def test_a_missing_version_is_a_clear_error(writer):
    release = DraftFactory(title="Stored")
    sent = form_of(release, title="Mine")
    del sent["opened_version"]

    answer = writer.post(change(release), sent)

    release.refresh_from_db()
    assert release.title == "Stored"
    assert "does not say which version" in page(answer)


def with_alt(release, alt):
    return release.images.create(file=SimpleUploadedFile("a.png", png()), alt=alt)


def image_rows(release, **changes):
    """The rows of the images of a release as its form sends them."""
    rows = {"images-TOTAL_FORMS": release.images.count()}
    rows["images-INITIAL_FORMS"] = release.images.count()
    for number, image in enumerate(release.images.all()):
        row = {"id": image.pk, "release": release.pk, "alt": image.alt, "position": image.position}
        rows |= {f"images-{number}-{name}": value for name, value in row.items()}
    return {**rows, **changes}


def test_files_of_a_stale_form_are_to_be_chosen_again_and_its_images_keep_their_texts(
    writer, other
):
    release = DraftFactory()
    kept, gone = (with_alt(release, alt) for alt in ("Kept", "Gone"))
    rows = image_rows(release, **{"images-0-alt": "My alt", "images-TOTAL_FORMS": 3})
    rows |= {"images-2-alt": "New one", "images-2-position": 5}
    mine = form_of(release, **rows)
    gone.delete()
    added = with_alt(release, "Theirs")
    other.post(change(release), form_of(release, **image_rows(release)))

    sent = {**mine, "images-2-file": SimpleUploadedFile("my.png", png())}
    answer = writer.post(change(release), sent)

    shown = page(answer)
    assert "Choose these files again" in shown
    assert "my.png" in shown
    assert 'value="My alt"' in shown
    assert 'value="New one"' in shown
    assert "Gone" in shown
    rows = answer.context["inline_admin_formsets"][0].formset.forms
    assert [row["id"].value() for row in rows] == [str(kept.pk), str(added.pk), None]
    assert release.images.get(pk=kept.pk).alt == "Kept"

    again = sent_by_page(answer, form_of(release))
    for row in rows:
        plain = set(row.fields) - {"file"}
        again |= {row.add_prefix(name): row[name].value() or "" for name in plain}
    again["images-2-file"] = SimpleUploadedFile("my.png", png())
    again["images-1-DELETE"] = ""
    assert writer.post(change(release), again).status_code == 302
    assert [image.alt for image in release.images.all()] == ["My alt", "Theirs", "New one"]


def test_a_release_deleted_meanwhile_gives_the_text_back(writer):
    release = DraftFactory()
    mine = form_of(release, body="My long text")
    address = change(release)
    release.delete()

    answer = writer.post(address, mine)

    assert answer.status_code == 404
    assert "was deleted" in page(answer)
    assert "My long text</textarea>" in page(answer)
    assert not PressRelease.objects.exists()


@pytest.mark.parametrize("where", ["add", "change"])
def test_an_expired_session_gives_the_text_back(client, taxonomy, where):
    release = DraftFactory(title="Stored")
    term = FieldOfWork.objects.first()
    hidden = ReleaseFactory(title="Confidential")
    mine = form_of(
        release,
        title="Mine",
        body="My long text",
        fields_of_work=[term.pk, "x"],
        translation_of=hidden.pk,
        csrfmiddlewaretoken="secret-token",
        password="secret-word",
    )
    mine |= {
        "images-0-caption": "My caption",
        "images-0-file": SimpleUploadedFile("a.png", b"BYTES"),
    }
    address = change(release) if where == "change" else f"{RELEASES}add/"

    answer = client.post(address, mine)

    shown = page(answer)
    assert answer.status_code == 403
    assert "no-store" in answer["Cache-Control"]
    for text in ("Mine", "My long text", str(term), "My caption", "a.png"):
        assert text in shown
    for text in ("secret", "BYTES", "Confidential"):
        assert text not in shown
    assert f'href="/admin/login/?next={address}" target="_blank"' in shown
    release.refresh_from_db()
    assert release.title == "Stored"


def test_a_lost_permission_gives_the_text_back():
    release = DraftFactory(title="Stored")
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_pressrelease"))

    answer = signed_in(user).post(change(release), form_of(release, body="My long text"))

    assert answer.status_code == 403
    assert "My long text</textarea>" in page(answer)
    assert "You may not save" in page(answer)
    release.refresh_from_db()
    assert release.body != "My long text"


def test_somebody_signed_out_who_only_looks_is_sent_to_sign_in(client):
    answer = client.get(change(DraftFactory()))

    assert answer.status_code == 302


def test_a_value_that_no_column_holds_gives_the_text_back(writer):
    release = DraftFactory()
    sent = form_of(release, body="My long text", fields_of_work=["9" * 40])

    answer = writer.post(change(release), sent)

    assert answer.status_code in (200, 400)
    assert "My long text</textarea>" in page(answer)


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_the_same_time_one_is_written_and_the_other_one_sees_it():
    release = DraftFactory()
    users = [UserFactory(is_staff=True, is_superuser=True) for _ in range(4)]
    clients = [signed_in(user) for user in users]

    def save(client):
        try:
            sent = form_of(release, title=f"By {clients.index(client)}")
            return client.post(change(release), sent)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(save, clients))

    release.refresh_from_db()
    winners = [number for number, answer in enumerate(answers) if answer.status_code == 302]
    assert [f"By {number}" for number in winners] == [release.title]
    for number, answer in enumerate(answers):
        assert number in winners or "Nothing was saved" in page(answer)


HOSTILE = "</textarea><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_hostile_markup_is_text_in_what_is_given_back(client):
    release = DraftFactory()
    sent = form_of(release, title=HOSTILE, body=HOSTILE, **{"images-0-alt": HOSTILE})
    sent["images-0-file"] = SimpleUploadedFile("<script>a.png", b"x")

    shown = page(client.post(change(release), sent))

    assert "<script>a" not in shown
    assert "<img" not in shown
    assert shown.count("&lt;/textarea&gt;&lt;script&gt;alert(1)") == 3


def test_hostile_markup_is_text_in_the_differences(writer):
    release = DraftFactory()
    sent = form_of(release, title=HOSTILE, body=HOSTILE, opened_version="0")

    shown = page(writer.post(change(release), sent))

    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


@pytest.mark.parametrize(
    ("headers", "is_given_back"),
    [
        ({"Origin": "http://testserver"}, True),
        ({"Referer": "http://testserver/admin/"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null", "Referer": "http://testserver/admin/"}, False),
        ({}, False),
    ],
)
def test_an_old_token_gives_the_text_back_to_pages_of_ours_only(superuser, headers, is_given_back):
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    release = DraftFactory()

    answer = client.post(change(release), form_of(release, body="My long text"), headers=headers)

    assert answer.status_code == 403
    assert ("My long text" in page(answer)) == is_given_back


def test_an_old_token_on_other_forms_is_refused_as_before(superuser):
    client = Client(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})

    answer = client.post("/admin/login/", {"username": "admin", "title": "My long text"})

    assert answer.status_code == 403
    assert "The form was not accepted" in page(answer)
    assert "My long text" not in page(answer)
    assert User.objects.count() == 1


def test_the_trace_of_a_save_names_what_people_changed_and_nothing_else(writer):
    release = DraftFactory()

    writer.post(change(release), form_of(release, title="Mine"))

    assert LogEntry.objects.get().get_change_message() == "Changed Title."


def test_images_of_other_releases_have_no_part_in_a_conflict(writer, other):
    release, elsewhere = DraftFactory(), DraftFactory()
    elsewhere.images.create(file="x.png", width=1, height=1, alt="Elsewhere")
    mine = form_of(release, title="Mine")
    other.post(change(release), form_of(release, title="Theirs"))

    answer = writer.post(change(release), mine)
    assert "Elsewhere" not in page(answer)
    writer.post(change(release), sent_by_page(answer, mine))

    release.refresh_from_db()
    assert release.title == "Mine"


def test_a_note_typed_for_a_step_is_given_back_too(client):
    release = ReleaseFactory()
    address = f"{RELEASES}{release.pk}/step/withdraw/"
    sent = {"version": release.version, "note": "Wrong place, sorry"}

    signed_out = client.post(address, sent)
    refused = signed_in(person_at(Role.AUTHOR)).post(address, sent)

    for answer in (signed_out, refused):
        assert answer.status_code == 403
        assert "Wrong place, sorry</textarea>" in page(answer)


def test_a_database_that_does_not_answer_gives_the_text_back(writer):
    release = DraftFactory(title="Stored")

    def locked(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(locked):
        answer = writer.post(change(release), form_of(release, body="My long text"))

    assert answer.status_code == 503
    assert "My long text</textarea>" in page(answer)
    assert "Try again" in page(answer)


def test_the_differences_do_not_name_a_release_of_another_desk():
    desk = StructureFactory()
    release, foreign = DraftFactory(desk=desk), DraftFactory(title="Zyxwolf", desk=None)
    sent = form_of(release, opened_version="0", translation_of=foreign.pk, language="de")

    shown = page(signed_in(person_at(Role.EDITOR, desk)).post(change(release), sent))

    assert "Nothing was saved" in shown
    assert "Zyxwolf" not in shown


def test_a_release_that_goes_while_its_form_is_sent_gives_the_text_back(writer, monkeypatch):
    release = DraftFactory()
    sent = form_of(release, title="What I typed")

    def gone(*args, **kwargs):
        PressRelease.objects.filter(pk=release.pk).delete()
        return PressRelease.objects.all()

    monkeypatch.setattr(PressRelease.objects, "select_for_update", gone)
    answer = writer.post(change(release), sent)

    assert answer.status_code == 404
    assert "What I typed" in page(answer)
