"""The admin site, which nobody enters without the second factor that is asked for."""

import functools
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from osce_cms import admin

from . import factors, sessions
from .forms import SignInForm


class AdminSite(admin.AdminSite):
    login_form = SignInForm

    def has_permission(self, request):
        return super().has_permission(request) and not factors.is_due(request, request.user)

    def is_half_in(self, request):
        """Whether the password was given and the second factor is due."""
        return super().has_permission(request) and factors.is_due(request, request.user)

    def admin_view(self, view, cacheable=False):
        @functools.wraps(view)
        def kept_alive(request, *args, **kwargs):
            sessions.keep(request)
            return view(request, *args, **kwargs)

        return super().admin_view(kept_alive, cacheable)

    @method_decorator(never_cache)
    def login(self, request, extra_context=None):
        if request.method == "GET" and self.is_half_in(request):
            query = urlencode({"next": request.GET.get("next", "")})
            return HttpResponseRedirect(f"{reverse('admin:sign_in_factor')}?{query}")
        return super().login(request, extra_context)

    def logout(self, request, extra_context=None):
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:index"))
        return super().logout(request, extra_context)

    def get_urls(self):
        from . import views

        # Whoever is half in may sign out too: no permission is asked for.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "logout"]
        return [
            path("logout/", self.logout, name="logout"),
            path("sign-in/", self.admin_view(views.sign_in), name="sign_in"),
            path("sign-in/factor/", views.factor, name="sign_in_factor"),
            path("sign-in/app/", views.app, name="sign_in_app"),
            path("sign-in/passkey/", views.passkey, name="sign_in_passkey"),
            path("sign-in/codes/", self.admin_view(views.codes), name="sign_in_codes"),
            path("sign-in/remove/", self.admin_view(views.remove), name="sign_in_remove"),
            path("sign-in/elsewhere/", self.admin_view(views.elsewhere), name="sign_in_elsewhere"),
            *urls,
        ]
