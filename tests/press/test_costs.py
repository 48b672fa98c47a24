import pytest
from django.db import connection

from tests.factories import ReleaseFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no time limit"),
]


@pytest.mark.parametrize("page", ["/press-releases/", "/press-releases/feed/"])
def test_a_search_that_takes_too_long_is_given_up_with_a_page_that_says_so(
    client, monkeypatch, page
):
    ReleaseFactory(title="Rule of law")
    too_long = "SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(1); "
    monkeypatch.setattr("press.search.matching.AT_MOST", too_long)

    answer = client.get(f"{page}?q=%22rule of law%22")

    assert answer.status_code == 503
    assert "This search took too long" in answer.content.decode()
    assert client.get(page).status_code == 200
