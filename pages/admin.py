from django.contrib import admin

from osce_cms.admin import ModelAdmin

from .models import Page


@admin.register(Page)
class PageAdmin(ModelAdmin):
    list_display = ["title", "slug", "position", "updated_at"]
    prepopulated_fields = {"slug": ["title"]}
