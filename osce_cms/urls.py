from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("press.urls")),
    path("<slug:slug>/", views.page_or_old_address, name="page"),
    path("<path:path>", views.anything_else),
]

handler404 = "osce_cms.views.not_found"
