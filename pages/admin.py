from django.contrib import admin

from osce_cms.admin import ModelAdmin
from osce_cms.versions import VersionedAdmin, VersionedForm
from osce_cms.widgets import RichText

from .models import Page


class PageForm(VersionedForm):
    noun = "page"


@admin.register(Page)
class PageAdmin(VersionedAdmin, ModelAdmin):
    form = PageForm
    list_display = ["title", "slug", "position", "updated_at"]
    prepopulated_fields = {"slug": ["title"]}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "body":
            kwargs["widget"] = RichText(attrs={"rows": 24})
        return super().formfield_for_dbfield(db_field, request, **kwargs)
