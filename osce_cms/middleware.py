"""Answers for machines that watch the site, before host names and https are asked about."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse


def livez():
    return HttpResponse("alive\n", content_type="text/plain")


def readyz():
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    if behind:
        return HttpResponse("migrations are missing\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


class HealthMiddleware:
    """/livez (the process answers) and /readyz (the database answers and is migrated).

    The first middleware of all, because a probe knows neither our host name nor https.
    """

    answers = {"/livez": livez, "/readyz": readyz}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = self.answers.get(request.path_info)
        return answer() if answer else self.get_response(request)
