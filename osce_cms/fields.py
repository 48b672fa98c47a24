from django.db import models

from .html import sanitise


class MarkupField(models.TextField):
    """HTML that is sanitised on every way into the table: save(), bulk writes, update(), fixtures."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return sanitise(value) if value else value

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
