"""Real gunicorn with its own configuration: several processes, one truth."""

import os
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from press.models import PressRelease
from tests.factories import ReleaseFactory, UserFactory
from tests.taxonomy.test_stress import database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed():
    """feed() -> how many entries some worker of a real gunicorn gives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    command += ["--bind", f"127.0.0.1:{port}", "osce_cms.wsgi"]
    environment = {**os.environ, "DATABASE_URL": database_url(), "WEB_CONCURRENCY": "3"}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def entries():
        with urlopen(f"http://127.0.0.1:{port}/press-releases/feed/", timeout=10) as answer:
            return answer.read().decode().count("<entry")

    try:
        wait_for(entries)
        yield entries
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(question):
    end = time.monotonic() + 30
    while True:
        try:
            return question()
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_every_worker_counts_what_was_published_at_its_next_request(feed):
    assert [feed() for _ in range(12)] == [0] * 12

    ReleaseFactory.create_batch(2)
    assert [feed() for _ in range(24)] == [2] * 24

    PressRelease.objects.first().withdraw(by=UserFactory(), notice="Wrong.")
    assert [feed() for _ in range(24)] == [1] * 24
