from django.urls import path

from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("press-releases/", views.release_list, name="release-list"),
    # Without its slash too: the view redirects to the canonical address in one step.
    path("press-releases", views.release_list),
    path("press-releases/<int:pk>/images/<int:image>/", views.image, name="image"),
    path("press-releases/<int:pk>/", views.release, name="release-by-id"),
    path("press-releases/<int:pk>/<str:slug>/", views.release, name="release"),
    path("press-releases/<int:pk>/<str:slug>", views.release),
    path("press-releases/<int:pk>", views.release),
]

for prefix, model in [
    ("fields-of-work", FieldOfWork),
    ("countries", Country),
    ("meetings", Meeting),
    ("structures", Structure),
]:
    name = model._meta.model_name
    urlpatterns += [
        path(f"{prefix}/", views.TermIndex.as_view(model=model), name=f"{name}-index"),
        path(f"{prefix}/<slug:slug>/", views.TermPage.as_view(model=model), name=name),
    ]
