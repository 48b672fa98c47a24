"""Every address of the admin, asked by everybody: what is not theirs opens nothing and names nothing."""

import io
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from press import corrections, renditions
from press.admin.bulk import seen_as
from press.desks import reach
from press.models import (
    Action,
    Contact,
    ImportRun,
    Origin,
    PressRelease,
    PreviewLink,
    ReleaseImage,
    TermDecision,
)
from press.revisions import record
from press.workflow import State
from structures.models import Role
from taxonomy.models import Chairpersonship, Country
from tests.factories import (
    ContactFactory,
    CountryFactory,
    DraftFactory,
    FieldFactory,
    ReleaseFactory,
    StructureFactory,
    SubmittedFactory,
    UserFactory,
    person_at,
)

from .test_admin import form_of

pytestmark = pytest.mark.django_db

MARKER = "Zyxwolf"  # what pages must not say, beside a word that people search for
DESK = {"author", "editor", "publisher"}
CENTRAL = {"central author", "central editor", "central publisher"}
STAFF = DESK | CENTRAL | {"nobody", "taxonomist", "superuser"}
EVERYBODY = STAFF | {"anonymous"}
PRESS = DESK | CENTRAL | {"superuser"}
TERMS = {"taxonomist", "superuser"}
PAGES = {"central editor", "central publisher", "superuser"}
RETAG = PRESS - {"author", "central author"}
LABELS = TERMS | {"central editor", "central publisher"}
IMPORTS = LABELS - {"taxonomist"}
SUPER = {"superuser"}
TREES = [
    "taxonomy_fieldofwork", "taxonomy_meeting", "taxonomy_country", "structures_structure"
]  # fmt: skip


def crud(name, *, see, write):
    """Who may open the pages of a model whose rows belong to no desk."""
    seen = {f"{name}_{page}": see for page in ("changelist", "history", "change")}
    return seen | {f"{name}_{page}": write for page in ("add", "delete")}


MAY_OPEN = {
    "index": STAFF,
    "login": EVERYBODY,
    "logout": set(),  # by POST only
    "password_change": STAFF,
    "password_change_done": STAFF,
    "autocomplete": PRESS | TERMS,  # as it is asked below, for fields of work in a release
    "jsi18n": STAFF,
    "app_list": PRESS | TERMS,
    **crud("auth_group", see=SUPER, write=SUPER),
    **crud("auth_user", see=SUPER, write=SUPER),
    "auth_user_password_change": SUPER,
    "auth_user_factors": SUPER,
    **crud("accounts_signin", see=SUPER, write=set()),
    "sign_in": STAFF,
    "sign_in_factor": set(),  # for whoever has given the password only
    "sign_in_app": STAFF,
    "sign_in_passkey": STAFF,
    "sign_in_codes": set(),  # who has no factor needs none
    "sign_in_remove": set(),
    "sign_in_elsewhere": STAFF,
    **crud("pages_page", see=PAGES, write=SUPER),
    **crud("taxonomy_chairpersonship", see=TERMS, write=TERMS),
    # A release of the desk of those who work at one.
    **crud("press_pressrelease", see=PRESS, write=PRESS),
    **crud("press_contact", see=PRESS, write=PRESS - {"author", "central author"}),
    "press_pressrelease_difference": PRESS,
    "press_pressrelease_restore": set(),  # by POST only
    "press_pressrelease_preview": PRESS,
    "press_pressrelease_preview_image": PRESS,
    "press_pressrelease_preview_rendition": PRESS,
    "press_pressrelease_preview_attachment": PRESS,
    "press_pressrelease_preview_links": PRESS,
    "press_pressrelease_reminders": PRESS,
    "press_pressrelease_session": STAFF,
    "press_pressrelease_terms": PRESS | TERMS,
    "press_pressrelease_presence": set(),  # by POST only
    "press_pressrelease_redact": {"central publisher", "superuser"},
    "press_pressrelease_copy": PRESS,
    **crud("press_termdecision", see=LABELS, write=set()),
    "press_termdecision_delete": LABELS,
    "press_termdecision_labels": LABELS,
    **crud("press_importrun", see=IMPORTS, write=set()),
    "press_importrun_conflict": IMPORTS,
    "press_importrun_failed": IMPORTS,
    "press_importrun_verify": IMPORTS,
    "press_importrun_rollback": {"central publisher", "superuser"},
    **crud("press_countrysuggestion", see=RETAG, write=set()),
    **crud("press_contactsuggestion", see=PAGES, write=set()),
    "press_pressrelease_step": PRESS,  # as it is asked below: to submit
}
for _tree in TREES:
    MAY_OPEN |= crud(_tree, see=PRESS | TERMS, write=TERMS) | {f"{_tree}_merge": TERMS}


def addresses(patterns=None):
    """Names of all addresses of the admin; the two without a name only redirect or are not found."""
    for pattern in patterns or admin.site.get_urls():
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


@pytest.fixture
def desk():
    return StructureFactory(name="Mission A", parent=StructureFactory())


@pytest.fixture
def clients(desk):
    """{role: a browser in which somebody of that role is signed in}"""
    central = {f"central {role}": person_at(role) for role in Role.values}
    people = {
        "nobody": UserFactory(is_staff=True),
        "taxonomist": UserFactory(is_staff=True),
        "superuser": User.objects.create_superuser("root"),
        **{role: person_at(role, desk.parent) for role in Role.values},
        **central,
    }
    people["taxonomist"].groups.add(Group.objects.get(name="Taxonomists"))
    found = {"anonymous": Client()}
    for role, person in people.items():
        found[role] = Client()
        found[role].force_login(person)
    return found


def furnished(release):
    """release with all that pages below it are about."""
    data = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(data, "PNG")
    file = ContentFile(data.getvalue(), "x.png")
    renditions.make(ReleaseImage.objects.create(release=release, file=file, alt=release.title))
    document = ContentFile(release.title.encode(), "notes.txt")
    release.attachments.create(file=document, title=release.title)
    release.name_contacts([ContactFactory(desk=release.desk)])
    record(release, by=None)
    release.country_suggestions.create(
        country=CountryFactory(), reason="title", evidence=release.title
    )
    run = ImportRun.objects.create(sources=[release.title], counts={"failed": 1, "conflict": 1})
    for action in (Action.CONFLICT, Action.FAILED):
        run.items.create(
            position=0,
            action=action,
            path=release.title,
            release=release if action == Action.CONFLICT else None,
        )
    Origin.objects.create(release=release, run=run)
    release.contact_suggestions.create(key=release.title, name=release.title)
    return release


@pytest.fixture
def mine(desk):
    return furnished(DraftFactory(title="Ours", desk=desk))


@pytest.fixture
def foreign():
    """Of a desk on which nobody here works; a term is used by it alone."""
    field = FieldFactory(name="Lonely field")
    return furnished(
        DraftFactory(
            title=f"{MARKER} secrets",
            summary=MARKER,
            body=MARKER,
            desk=StructureFactory(name="Mission B"),
            fields_of_work=[field],
            published_at=timezone.now() + timedelta(days=1),
        )
    )


def address(name, release):
    """An address of the admin, about release where it is about one."""
    args = []
    if name.startswith("press_pressrelease_") and name.split("_", 2)[2] not in (
        "changelist", "add", "session", "terms"
    ):  # fmt: skip
        args = [release.pk]
    args += {
        "press_pressrelease_restore": lambda: [release.revisions.first().pk],
        "press_pressrelease_preview_image": lambda: [release.images.first().pk],
        "press_pressrelease_preview_rendition": lambda: rendition_of(release),
        "press_pressrelease_preview_attachment": lambda: attachment_of(release),
        "press_pressrelease_step": lambda: ["submit"],
        "app_list": lambda: ["press"],
        "auth_user_factors": lambda: [row_of("auth_user")],
    }.get(name, list)()
    app, _, page = name.rpartition("_")
    if name.startswith("press_contact_") and name.split("_")[2] in ("history", "delete", "change"):
        args = [release.contacts[0].pk]
    if name == "auth_user_password_change":
        app, page = "auth_user", "change"
    is_of_press = name.startswith("press_")
    if app == "press_importrun" and page not in ("changelist", "add"):
        item = release.import_items.get()
        args = [item.pk if page == "conflict" else item.run_id]
    if is_of_press and page in ("history", "delete", "change"):
        args = args or [decided_about(app, release)]
    if not is_of_press and app.count("_") == 1 and page in ("history", "delete", "change", "merge"):
        args = [row_of(app)]
    found = reverse(f"admin:{name}", args=args)
    if name in ("autocomplete", "press_pressrelease_terms"):
        return f"{found}?app_label=press&model_name=pressrelease&field_name=fields_of_work"
    if name == "press_pressrelease_difference":
        return f"{found}?of={release.revisions.first().pk}"
    return found


def decided_about(model, release):
    """A row of what people decide about the archive; of suggestions, the one for release."""
    if model == "press_countrysuggestion":
        return release.country_suggestions.get().pk
    if model == "press_contactsuggestion":
        return release.contact_suggestions.get().pk
    return TermDecision.objects.get_or_create(vocabulary="field", label="Youth work")[0].pk


def rendition_of(release):
    image = release.images.first()
    return [image.pk, image.renditions[0]]


def attachment_of(release):
    attachment = release.attachments.first()
    return [attachment.pk, attachment.file_name]


def row_of(model):
    found = apps.get_model(model.replace("_", ".", 1))._base_manager.order_by("pk").first()
    return found.pk


def is_open(answer):
    """Whether a page was shown, or something was done, instead of being sent away."""
    return answer.status_code == 200


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_everybody_opens_what_the_role_may_and_nothing_else(clients, taxonomy, mine, role):
    Chairpersonship.objects.get_or_create(country=Country.objects.last(), year=2099)
    Group.objects.create(name="Another")

    for name in addresses():
        answer = clients[role].get(address(name, mine))
        assert answer.status_code < 500
        opened = is_open(answer) or (name == "login" and answer.status_code == 302)
        # An address without an entry in MAY_OPEN fails here.
        assert opened == (role in MAY_OPEN[name]), (name, answer.status_code)


@pytest.mark.parametrize("role", sorted(DESK | {"nobody", "taxonomist", "anonymous"}))
def test_what_belongs_to_another_desk_is_neither_shown_nor_touched(clients, foreign, role):
    before = rows_of(foreign)
    client = clients[role]

    for name in filter(lambda name: name.startswith("press_"), addresses()):
        here = address(name, foreign)
        sent = {
            **form_of(foreign, title="Taken", summary="", body="<p>Taken</p>"),
            "version": foreign.version,
            "post": "yes",
            "note": "x",
        }
        for answer in (client.get(here), client.post(here, sent, follow=True)):
            assert MARKER not in answer.content.decode(errors="replace"), name
            assert answer.status_code in (200, 302, 403, 404, 405), name
    assert rows_of(foreign) == before


def rows_of(release):
    release = PressRelease.objects.get(pk=release.pk)
    return (
        release.title,
        release.state,
        release.version,
        release.log.count(),
        release.revisions.count(),
        release.preview_links.count(),
        release.images.count(),
        list(Contact.objects.values()),
        PressRelease.objects.filter(title__contains=MARKER).count(),
    )


@pytest.mark.parametrize("role", sorted(CENTRAL | {"superuser"}))
def test_the_central_desk_sees_all(clients, foreign, mine, role):
    page = clients[role].get("/admin/press/pressrelease/").content.decode()

    assert MARKER in page
    assert "Ours" in page
    assert (
        MARKER in clients[role].get(address("press_pressrelease_change", foreign)).content.decode()
    )


@pytest.mark.parametrize("role", sorted(DESK))
def test_a_desk_covers_the_structures_below_it_and_not_those_above(clients, desk, role):
    DraftFactory(title="Below", desk=StructureFactory(parent=desk))
    DraftFactory(title="Beside", desk=StructureFactory())
    DraftFactory(title="Central", desk=None)

    page = clients[role].get("/admin/press/pressrelease/").content.decode()

    assert "Below" in page
    assert "Beside" not in page
    assert "Central" not in page


SEARCHES = [
    "", "?q=secrets", "?q=secre", "?state__exact=draft", "?kind__exact=press-release",
    "?fields_of_work__branch={field}", "?published_at__year={year}", "?q={pk}", "?all=", "?o=1",
    "?desk__name__startswith=Mission", "?desk__id__exact={desk}", "?title__startswith=Z",
    "?log__note__contains=x", "?_popup=1&_to_field=id", "?sources__name=x",
]  # fmt: skip


@pytest.mark.parametrize("search", SEARCHES)
def test_no_search_and_no_filter_finds_another_desk_s_release(clients, foreign, mine, search):
    query = search.format(
        field=foreign.fields_of_work.get().pk,
        year=foreign.published_at.year,
        pk=foreign.pk,
        desk=foreign.desk_id,
    )

    answer = clients["publisher"].get(f"/admin/press/pressrelease/{query}", follow=True)

    page = answer.content.decode()
    assert answer.status_code in (200, 400, 403)
    assert MARKER not in page
    assert "2 press releases" not in page


def test_the_dates_of_the_list_do_not_tell_of_another_desk_s_release(clients, foreign, mine):
    PressRelease.objects.filter(pk=mine.pk).update(published_at="2011-06-16T12:00Z")
    PressRelease.objects.filter(pk=foreign.pk).update(published_at="2013-06-16T12:00Z")

    here = "/admin/press/pressrelease/"

    def found(person, when):
        page = clients[person].get(f"{here}?when={when}").content.decode()
        return "Ours" in page, MARKER in page

    assert [found("author", year) for year in (2011, 2013)] == [(True, False), (False, False)]
    assert found("central author", "2013-6") == (False, True)
    assert found("central author", "2013-5") == (False, False)
    for wrong in ("x", "2013-13", "0", "99999"):
        assert clients["author"].get(f"{here}?when={wrong}").status_code == 302


@pytest.mark.parametrize("role", sorted(DESK | {"taxonomist"}))
@pytest.mark.parametrize("link", ["releases", "releases__in", "desk_releases", "suggestions"])
def test_no_list_of_terms_is_asked_for_the_terms_of_another_desk_s_release(
    clients, foreign, role, link
):
    foreign.sources.add(StructureFactory(name="Lonely source"))
    foreign.countries.add(CountryFactory(name="Lonely country"))

    for tree in ("taxonomy/fieldofwork", "taxonomy/country", "structures/structure"):
        answer = clients[role].get(f"/admin/{tree}/?{link}={foreign.pk}")
        page = answer.content.decode()
        assert "Lonely" not in page
        assert "Mission B" not in page
        assert answer.status_code in (302, 400)


def test_autocomplete_offers_originals_of_the_own_desks_only(clients, foreign, mine):
    query = "app_label=press&model_name=pressrelease&field_name=translation_of"
    here = reverse("admin:autocomplete")

    for term in ("", "secrets", str(foreign.pk)):
        found = clients["author"].get(f"{here}?{query}&term={term}").json()["results"]
        assert str(foreign.pk) not in [each["id"] for each in found]
    assert len(clients["author"].get(f"{here}?{query}").json()["results"]) == 1
    assert len(clients["central author"].get(f"{here}?{query}").json()["results"]) == 2


def test_no_form_refers_to_another_desk_s_release_or_desk(clients, foreign, mine, desk):
    sent = form_of(mine, title="New", slug="new", opened_version="", desk=desk.pk)
    new = "/admin/press/pressrelease/add/"

    by_release = clients["author"].post(
        new, {**sent, "language": "ru", "translation_of": foreign.pk}
    )
    by_desk = clients["author"].post(new, {**sent, "desk": foreign.desk_id})
    by_none = clients["author"].post(new, {**sent, "desk": ""})

    for answer in (by_release, by_desk, by_none):
        assert answer.status_code == 200
        assert MARKER not in answer.content.decode()
    assert not PressRelease.objects.filter(title="New").exists()
    clients["author"].post(new, sent)
    assert PressRelease.objects.get(title="New").desk == desk


def test_a_new_release_belongs_to_the_desk_of_whoever_works_at_one(clients, desk):
    form = clients["author"].get("/admin/press/pressrelease/add/").content.decode()

    assert f'<option value="{desk.parent_id}" selected>' in form


def test_an_action_touches_the_own_releases_among_those_that_were_sent(clients, desk, foreign):
    mine = SubmittedFactory(desk=desk, published_at=timezone.now() - timedelta(hours=1))
    PressRelease.objects.filter(pk=foreign.pk).update(state=State.IN_REVIEW)
    data = {
        "action": "publish",
        "when": "given",
        "_selected_action": [mine.pk, foreign.pk],
        "confirmed": "yes",
        "seen": [seen_as(mine), seen_as(foreign)],
        "select_across": "1",
    }

    answer = clients["publisher"].post("/admin/press/pressrelease/", data, follow=True)

    mine.refresh_from_db()
    foreign.refresh_from_db()
    assert (mine.state, foreign.state) == (State.PUBLISHED, State.IN_REVIEW)
    assert MARKER not in answer.content.decode()


def test_a_role_at_one_desk_is_none_at_another(desk):
    other = StructureFactory()
    person = person_at(Role.PUBLISHER, desk)
    person.desk_memberships.create(role=Role.AUTHOR, desk=other)
    client = Client()
    client.force_login(person)
    ours, theirs = (
        SubmittedFactory(desk=each, published_at=timezone.now()) for each in (desk, other)
    )

    for release in (ours, theirs):
        sent = {"version": release.version, "when": "given"}
        client.post(f"/admin/press/pressrelease/{release.pk}/step/publish/", sent)
        release.refresh_from_db()

    assert (ours.state, theirs.state) == (State.PUBLISHED, State.IN_REVIEW)


def test_actions_of_the_list_ask_for_the_right_at_the_desk_of_each_release(desk):
    other = StructureFactory()
    person = person_at(Role.PUBLISHER, desk)
    person.desk_memberships.create(role=Role.AUTHOR, desk=other)
    client = Client()
    client.force_login(person)
    release = SubmittedFactory(desk=other, published_at=timezone.now())
    data = {
        "action": "publish",
        "when": "given",
        "_selected_action": [release.pk],
        "confirmed": "yes",
        "seen": [seen_as(release)],
    }

    client.post("/admin/press/pressrelease/", data)

    release.refresh_from_db()
    assert release.state == State.IN_REVIEW


def test_whoever_leaves_a_desk_is_out_at_the_next_request_and_in_the_last_changes(desk, mine):
    person = person_at(Role.AUTHOR, desk)
    client = Client()
    client.force_login(person)
    LogEntry.objects.log_actions(person.pk, [mine], CHANGE)
    assert "Ours" in client.get("/admin/").content.decode()

    person.desk_memberships.all().delete()

    assert "Ours" not in client.get("/admin/").content.decode()
    assert client.get(address("press_pressrelease_change", mine)).status_code == 403


def test_whoever_is_deactivated_is_out_and_so_are_the_links_they_gave(client, desk, mine):
    person = person_at(Role.AUTHOR, desk)
    client.force_login(person)
    _, token = PreviewLink.share(mine, by=person)
    assert Client().get(f"/preview/{token}/").status_code == 200

    person.is_active = False
    person.save()

    assert client.get("/admin/press/pressrelease/").status_code == 302
    assert Client().get(f"/preview/{token}/").status_code == 404


def test_a_link_ends_when_its_maker_leaves_the_desk(desk, mine):
    person = person_at(Role.AUTHOR, desk)
    _, token = PreviewLink.share(mine, by=person)

    person.desk_memberships.all().delete()

    assert Client().get(f"/preview/{token}/").status_code == 404


def test_the_publish_page_warns_of_doubles_at_the_own_desks_only(clients, desk, foreign, now):
    mine = SubmittedFactory(title=foreign.title, desk=desk, published_at=now)
    PressRelease.objects.filter(pk=foreign.pk).update(published_at=now)
    here = f"/admin/press/pressrelease/{mine.pk}/step/publish/"

    assert "same title" not in clients["publisher"].get(here).content.decode()
    assert "same title" in clients["central publisher"].get(here).content.decode()


@pytest.mark.parametrize("page", ["delete", "merge", "change", "history"])
def test_the_pages_of_a_term_do_not_name_what_is_filed_under_it(clients, foreign, page):
    term = foreign.fields_of_work.get()

    for model, row in (("taxonomy_fieldofwork", term), ("structures_structure", foreign.desk)):
        here = reverse(f"admin:{model}_{page}", args=[row.pk])
        answers = [clients["taxonomist"].get(here)]
        answers.append(clients["taxonomist"].post(here, {"post": "yes"}, follow=True))
        assert not any(MARKER in answer.content.decode() for answer in answers)
    assert PressRelease.objects.filter(pk=foreign.pk, desk=foreign.desk).exists()


def test_deleting_an_original_does_not_name_another_desk_s_translation(clients, desk, foreign):
    mine = DraftFactory(desk=desk)
    foreign.translation_of, foreign.language = mine, "ru"
    foreign.save()

    for method in ("get", "post"):
        answer = getattr(clients["author"], method)(
            address("press_pressrelease_delete", mine), {"post": "yes"}, follow=True
        )
        assert MARKER not in answer.content.decode()
    assert PressRelease.objects.filter(pk=mine.pk).exists()


def test_a_translation_keeps_an_original_of_another_desk_and_does_not_name_it(
    clients, desk, foreign
):
    mine = DraftFactory(desk=desk, translation_of=foreign, language="de")
    here = address("press_pressrelease_change", mine)

    assert MARKER not in clients["author"].get(here).content.decode()
    clients["author"].post(here, form_of(mine, title="Neu"))

    mine.refresh_from_db()
    assert (mine.title, mine.translation_of) == ("Neu", foreign)


def test_a_release_is_handed_over_with_its_correction_by_the_central_desk_only(clients, desk):
    release = ReleaseFactory(desk=desk)
    copy = corrections.begin(release, by=None)
    to = StructureFactory(name="Mission C")
    here = f"/admin/press/pressrelease/{release.pk}/step/hand_over/"
    sent = {"version": release.version, "desk": to.pk}

    assert clients["publisher"].post(here, sent).status_code == 403
    clients["central publisher"].post(here, sent)

    for each in (release, copy):
        each.refresh_from_db()
        assert each.desk == to
    assert "Mission A to Mission C" in release.log.first().note


def test_nobody_gives_rights_but_a_superuser(clients):
    person = UserFactory(is_staff=True)
    here = reverse("admin:auth_user_change", args=[person.pk])

    for role in STAFF - SUPER:
        assert clients[role].post(here, {"is_superuser": "on"}).status_code == 403
    person.refresh_from_db()
    assert not person.is_superuser


@pytest.mark.parametrize("depth", [1, 6])
def test_rights_cost_two_questions_however_deep_the_branch(depth, django_assert_num_queries):
    desk = StructureFactory()
    person = person_at(Role.EDITOR, desk)
    for _ in range(depth):
        desk = StructureFactory(parent=desk)
    releases = DraftFactory.create_batch(3, desk=desk)
    person = User.objects.get(pk=person.pk)

    with django_assert_num_queries(2):
        assert reach(person, "press.view_pressrelease").covers(desk.pk)
        assert not reach(person, "press.publish_pressrelease")
        assert [reach(person, "press.submit_pressrelease").covers(r.desk_id) for r in releases]


def test_nobody_widens_a_desk_by_moving_structures_below_it(desk, foreign):
    person = person_at(Role.AUTHOR, desk)
    person.groups.add(Group.objects.get(name="Taxonomists"))
    client = Client()
    client.force_login(person)
    trees = reverse("admin:structures_structure_changelist")
    drag = {
        "cmd": "move_node",
        "position": "last-child",
        "cut_item": foreign.desk_id,
        "pasted_on": desk.pk,
    }
    merge = reverse("admin:structures_structure_merge", args=[foreign.desk_id])

    moved = client.post(trees, drag)
    merged = client.post(merge, {"into": desk.pk, "confirmed": "yes"})
    form = client.post(
        reverse("admin:structures_structure_change", args=[foreign.desk_id]), {"parent": desk.pk}
    )

    assert b"FAIL" in moved.content
    assert (merged.status_code, form.status_code) == (403, 403)
    assert client.get(address("press_pressrelease_change", foreign)).status_code == 302
