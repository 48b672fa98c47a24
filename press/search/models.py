from django.db import models


class TokensField(models.TextField):
    """Tokens for looking up: a tsvector on PostgreSQL, on SQLite plain text for a table of FTS5."""

    def db_type(self, connection):
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)


class SearchText(models.Model):
    """What is looked up of a release, as analysis.py made it: written by store() only.

    title and summary are the tokens of their zones; tokens are those of the text, on PostgreSQL of
    all three zones.
    """

    release = models.OneToOneField(
        "press.PressRelease", on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    title = models.TextField()
    summary = models.TextField()
    tokens = TokensField()

    class Meta:
        app_label = "press"

    def __str__(self):
        return self.title
