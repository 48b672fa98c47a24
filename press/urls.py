from django.urls import path

from . import feeds, files, preview, views
from .trees import TREES

urlpatterns = [
    path("", views.home, name="home"),
    path("press-releases/", views.release_list, name="release-list"),
    # Without its slash too: the view redirects to the canonical address in one step.
    path("press-releases", views.release_list),
    path("press-releases/feed/", feeds.feed, name="feed"),
    path("press-releases/feed", feeds.feed),
    path("press-releases/<int:pk>/images/<int:image>/", files.image, name="image"),
    path("press-releases/<int:pk>/images/<int:image>/<str:rendition>", files.image),
    path(
        "press-releases/<int:pk>/attachments/<int:attachment>/<str:name>",
        files.attachment,
        name="attachment",
    ),
    path("press-releases/<int:pk>/changes/<int:note>/", views.change, name="change"),
    path("press-releases/<int:pk>/changes/<int:note>", views.change),
    path("press-releases/<int:pk>/", views.release, name="release-by-id"),
    path("press-releases/<int:pk>/<str:slug>/", views.release, name="release"),
    path("press-releases/<int:pk>/<str:slug>", views.release),
    path("press-releases/<int:pk>", views.release),
    path("preview/<str:token>/", preview.shared, name="preview"),
    path("preview/<str:token>/images/<int:image>/", preview.shared_image, name="preview-image"),
    path("preview/<str:token>/images/<int:image>/<str:rendition>", preview.shared_image),
    path(
        "preview/<str:token>/attachments/<int:attachment>/<str:name>",
        preview.shared_attachment,
        name="preview-attachment",
    ),
]

for tree in TREES:
    name = tree.model._meta.model_name
    urlpatterns += [
        path(f"{tree.path}/", views.TermIndex.as_view(tree=tree), name=f"{name}-index"),
        path(f"{tree.path}/<slug:slug>/", views.TermPage.as_view(tree=tree), name=name),
    ]
