"""A real Chromium against a real server, for the tests marked "browser"."""

import importlib
import os
import shutil

import pytest
from django.apps import apps
from django.core.management import call_command
from playwright.sync_api import sync_playwright

from press.sample import load_sample

from .desk import DESKTOP, sign_in

# Playwright runs an event loop in this thread; the server has threads of its own.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(live_server, transactional_db, taxonomy):
    """The address of a site as after "make run"."""
    load_sample()
    first_pages = importlib.import_module("pages.migrations.0002_first_pages")
    first_pages.create(apps, None)
    return live_server.url


@pytest.fixture
def people(settings, capsys, transactional_db):
    """{user name: password} of the demo people."""
    settings.DEBUG = True
    call_command("create_demo_people")
    settings.DEBUG = False
    lines = capsys.readouterr().out.splitlines()
    return dict(line.split(": password ") for line in lines)


@pytest.fixture
def open_page(chromium, request):
    """open_page(address, **context options) -> a page whose violations of our policy fail the test."""
    contexts, complaints = [], []

    def listen(message):
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            complaints.append(message.text)

    def opened(address, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def desk(site, people, open_page):
    """desk(name) -> a page of a browser of its own in which this person is signed in."""

    def desk(name="editor"):
        page = open_page(f"{site}/admin/", **DESKTOP)
        sign_in(page, people, name)
        return page

    return desk


def pytest_collection_modifyitems(items):
    # A browser on a busy machine may miss a moment. One more try, told as a rerun in the summary.
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
