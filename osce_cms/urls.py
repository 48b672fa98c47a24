from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("press.urls")),
    path("", include("pages.urls")),
]

handler404 = "osce_cms.views.not_found"
