"""Many writers at once, killed writers, readers beside writers. benchmarks/trees.py is the long version."""

import http.client
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection

from benchmarks import tree_writer
from benchmarks.tree_writer import begin, codes, codes_after, finish, is_branch, kill
from taxonomy.integrity import tree_models, violations
from taxonomy.models import FieldOfWork
from tests.factories import FieldFactory

pytestmark = pytest.mark.django_db(transaction=True)


def database_url():
    """The address of the test database, for other processes."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return (
        f"postgres://{values['USER']}{password}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    )


@pytest.fixture
def start():
    """start(labels, seeds, ...) -> writers of the test database; at the end those that run are killed."""
    started = []

    def start(*args, **kwargs):
        environment = {
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "osce_cms.settings",
        }
        writers = tree_writer.start(*args, **kwargs, **environment)
        started.extend(writers)
        return writers

    yield start
    kill(*started)


def all_violations():
    return [line for model in tree_models() for line in violations(model)]


def test_eight_processes_leave_whole_trees_and_lose_no_node(start, taxonomy):
    labels = [model._meta.label for model in tree_models()]
    before = codes(labels)
    writers = start(labels, range(8), 30)
    begin(*writers)
    reports = finish(writers)

    assert [report["failed"] for report in reports] == [[]] * 8
    assert [report["done"] for report in reports] == [30] * 8
    assert all_violations() == []
    assert codes(labels) == codes_after(before, reports)


def test_writers_that_are_killed_leave_a_whole_tree_and_no_lock(start):
    FieldFactory(code="start", slug="start")
    chance = random.Random(5)
    writers = start(["taxonomy.FieldOfWork"], range(6), 0)
    begin(*writers)
    for writer in writers:
        time.sleep(chance.uniform(0.1, 0.4))
        kill(writer)
        assert violations(FieldOfWork) == []  # while the others go on

    assert FieldOfWork.objects.count() > 20
    FieldFactory(code="after", slug="after")
    assert violations(FieldOfWork) == []


def test_a_reader_beside_writers_never_sees_a_foreign_node(start):
    top = FieldFactory(code="top", slug="top")
    for code in ("left", "right"):
        FieldFactory(code=code, slug=code, parent=top)
    writers = [
        *start(["taxonomy.FieldOfWork"], [1, 2], 0, "--group=left"),
        *start(["taxonomy.FieldOfWork"], [3], 0, "--group=right"),
    ]
    begin(*writers)
    left, chance, looks = FieldOfWork.objects.get(code="left"), random.Random(5), 0
    end = time.time() + 4
    while time.time() < end:
        branch = list(FieldOfWork.objects.branch([left.pk]))
        assert is_branch(branch, left.pk)
        assert {node.code.partition("-")[0] for node in branch} == {"left"}
        lineage = list(FieldOfWork.objects.lineage(chance.choice(branch)))  # [] when it was deleted
        assert [node.parent_id for node in lineage] == [None, *(node.pk for node in lineage)][:-1]
        looks += 1

    assert looks > 50
    assert len(branch) > 20


LIST = "/admin/taxonomy/fieldofwork/"


class Browser:
    """A signed-in person with a real connection to a real server."""

    def __init__(self, address, name):
        self.address, self.cookies, self.server_errors = urlsplit(address).netloc, {}, []
        # Eight people sign in at once, each of whom writes a session: whoever is not in tries again.
        for _ in range(3):
            self.get("/admin/login/")
            self.post("/admin/login/", username=name, password="x", next="/admin/")
            status, page = self.get(LIST)
            if "data-pk" in page:
                return
        raise AssertionError(f"{name} cannot see the tree: {status} {page[:500]}")

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, **data):
        data["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        return self.send("POST", path, urlencode(data, doseq=True))

    def send(self, method, path, body=None):
        server = http.client.HTTPConnection(self.address, timeout=60)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://{self.address}/",
        }
        server.request(method, path, body, headers)
        answer = server.getresponse()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                cookie, _, content = value.split(";")[0].partition("=")
                self.cookies[cookie] = content
        if answer.status >= 500:
            self.server_errors.append((method, path, answer.status))
        return answer.status, answer.read().decode()


def edit_like_a_person(browser, seed):
    """Forms, some of them old, drags, deletions of one and of many. Returns how many drags moved."""
    chance = random.Random(seed)
    old_forms, moved = [], 0
    for step in range(10):
        pks = re.findall(r'data-pk="(\d+)"', browser.get(LIST)[1])
        pk = chance.choice(pks or [""])
        verbs = ["add", "add", "add", "form", "late form", "drag", "drag", "delete", "many"]
        match chance.choice(verbs) if pks else "add":
            case "add":
                code = f"http-{seed}-{step}"
                parent = chance.choice(["", pk])
                browser.post(f"{LIST}add/", **form(name=code, slug=code, code=code, parent=parent))
            case "form":
                fields = fields_of(browser.get(f"{LIST}{pk}/change/")[1])
                old_forms.append((pk, fields))
                parent = chance.choice(["", *pks])
                browser.post(f"{LIST}{pk}/change/", **{**fields, "parent": parent})
            case "late form" if old_forms:
                pk, fields = chance.choice(old_forms)
                browser.post(f"{LIST}{pk}/change/", **{**fields, "name": f"late {seed} {step}"})
            case "drag":
                _, answer = browser.post(
                    LIST,
                    cmd="move_node",
                    position=chance.choice(["left", "right", "last-child"]),
                    cut_item=pk,
                    pasted_on=chance.choice(pks),
                )
                moved += answer == "OK, moved."
            case "delete":
                browser.post(f"{LIST}{pk}/delete/", post="yes")
            case "many":
                chosen = chance.sample(pks, min(3, len(pks)))
                browser.post(LIST, action="delete_selected", _selected_action=chosen, post="yes")
    return moved


def form(**fields):
    return {"description": "", "names-TOTAL_FORMS": 0, "names-INITIAL_FORMS": 0, **fields}


def fields_of(page):
    """The fields that a browser would send back from a change form."""
    values = dict(
        re.findall(r'<input[^>]* name="(name|slug|opened_version)" value="([^"]*)"', page)
    )
    chosen = re.search(r'<option value="(\d+)" selected', page)
    return form(**values, parent=chosen[1] if chosen else "")


def test_eight_people_in_the_admin_leave_whole_trees_and_see_no_server_error(live_server):
    for number in range(8):
        FieldFactory(code=f"root-{number}", slug=f"root-{number}", name=f"Root {number}")
        person = User.objects.create_user(f"p{number}", password="x", is_staff=True)
        person.groups.add(Group.objects.get(name="Taxonomists"))
    assert Group.objects.get(name="Taxonomists").permissions.count() > 20
    before = set(FieldOfWork.objects.values_list("pk", flat=True))

    def edit(number):
        browser = Browser(live_server.url, f"p{number}")
        return edit_like_a_person(browser, number), browser.server_errors

    with ThreadPoolExecutor(8) as people:
        moved, server_errors = zip(*people.map(edit, range(8)), strict=True)

    assert [error for errors in server_errors for error in errors] == []
    assert all_violations() == []
    present = set(FieldOfWork.objects.values_list("pk", flat=True))
    assert present == (before | logged(ADDITION)) - logged(DELETION)
    assert sum(moved) and logged(ADDITION) and logged(CHANGE) and logged(DELETION)


def logged(flag):
    entries = LogEntry.objects.filter(action_flag=flag)
    return {int(pk) for pk in entries.values_list("object_id", flat=True)}
