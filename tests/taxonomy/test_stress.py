"""Many writers at once, killed writers, readers beside writers. benchmarks/trees.py is the long version."""

import http.client
import json
import os
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection

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


def start_writer(label, seed, operations, group=""):
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tree_writer", label, str(seed), str(operations)]
        + ([group] if group else []),
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "osce_cms.settings",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("label", ["taxonomy.FieldOfWork", "structures.Structure"])
def test_eight_processes_leave_a_whole_tree_and_lose_no_node(taxonomy, label):
    model = apps.get_model(label)
    expected = set(model.objects.values_list("code", flat=True))
    writers = [start_writer(label, seed, 12) for seed in range(8)]
    reports = [
        json.loads(writer.communicate(timeout=120)[0].splitlines()[-1]) for writer in writers
    ]

    expected |= {code for report in reports for code in report["created"]}
    expected -= {code for report in reports for code in report["deleted"]}
    assert violations(model) == []
    assert set(model.objects.values_list("code", flat=True)) == expected
    assert [r["failures"] for r in reports if any("failed" in what for what in r["failures"])] == []
    assert all(report["done"] == 12 for report in reports)


def test_a_writer_that_is_killed_leaves_a_whole_tree():
    FieldFactory(code="start", slug="start")
    chance = random.Random(5)
    for seed in range(5):
        writer = start_writer("taxonomy.FieldOfWork", seed, 0)
        writer.stdout.readline()  # ready
        time.sleep(chance.uniform(0.1, 0.5))
        writer.kill()
        writer.wait()

        assert violations(FieldOfWork) == []
    assert FieldOfWork.objects.count() > 5


def test_a_reader_beside_writers_never_sees_a_foreign_node():
    FieldFactory(code="left", slug="left")
    FieldFactory(code="right", slug="right")
    writers = [
        start_writer("taxonomy.FieldOfWork", seed, 40, group)
        for seed, group in enumerate(["left", "left", "right"])
    ]
    for writer in writers:
        writer.stdout.readline()
    left, looks, foreign = FieldOfWork.objects.get(code="left"), 0, set()
    while any(writer.poll() is None for writer in writers):
        codes = list(FieldOfWork.objects.branch([left.pk]).values_list("code", flat=True))
        foreign |= {code for code in codes if not code.startswith("left")}
        assert "left" in codes
        looks += 1

    assert looks > 20
    assert not foreign
    assert violations(FieldOfWork) == []


class Browser:
    """A signed-in person with a real connection to a real server."""

    def __init__(self, address, name):
        self.address, self.cookies, self.server_errors = urlsplit(address).netloc, {}, []
        self.get("/admin/login/")
        self.post("/admin/login/", username=name, password="x", next="/admin/")

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


LIST = "/admin/taxonomy/fieldofwork/"


def edit_like_a_person(browser, seed):
    """Forms, some of them opened long ago, drags, deletions, one and many."""
    chance = random.Random(seed)
    old_forms = []
    for step in range(10):
        pks = re.findall(r'data-pk="(\d+)"', browser.get(LIST)[1])
        pk = chance.choice(pks)
        match chance.choice(["add", "add", "form", "late form", "drag", "drag", "delete", "many"]):
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
                browser.post(
                    LIST,
                    cmd="move_node",
                    position=chance.choice(["left", "right", "last-child"]),
                    cut_item=pk,
                    pasted_on=chance.choice(pks),
                )
            case "delete":
                browser.post(f"{LIST}{pk}/delete/", post="yes")
            case "many":
                chosen = chance.sample(pks, min(3, len(pks)))
                browser.post(LIST, action="delete_selected", _selected_action=chosen, post="yes")


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

    def edit(number):
        browser = Browser(live_server.url, f"p{number}")
        edit_like_a_person(browser, number)
        return browser.server_errors

    with ThreadPoolExecutor(8) as people:
        server_errors = [error for errors in people.map(edit, range(8)) for error in errors]

    assert server_errors == []
    assert FieldOfWork.objects.filter(code__startswith="http-").exists()
    for model in tree_models():
        assert violations(model) == []
