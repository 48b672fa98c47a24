from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from osce_cms.admin import ModelAdmin

from . import factors
from .models import SignIn, What

# Their stock pages show the keys of all people to whoever may open them.
admin.site.unregister([TOTPDevice, StaticDevice])


@admin.register(SignIn)
class SignInAdmin(ModelAdmin):
    """A record, which superusers read and nobody changes."""

    list_display = ["at", "username", "what", "detail", "address", "browser"]
    list_filter = ["what", "at"]
    search_fields = ["username", "address"]

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ResetsFactors:
    """For the admin of people: what second factors somebody has, and a way out when they are lost."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.reset_view)
        return [path("<int:pk>/factors/", view, name="auth_user_factors"), *super().get_urls()]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, ("Sign-in", {"fields": ["second_factors"]})]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "second_factors"]

    def second_factors(self, person):
        names = [factors.described(each) for each in factors.factors_of(person)]
        if not names:
            return "none"
        address = reverse("admin:auth_user_factors", args=[person.pk])
        return format_html(
            '{} <a href="{}">Remove all</a>',
            format_html_join("", "{}<br>", ((name,) for name in names)),
            address,
        )

    def reset_view(self, request, pk):
        # Only superusers: who may change people could else make their own way into any account.
        if not request.user.is_superuser:
            raise PermissionDenied
        person = get_object_or_404(User, pk=pk)
        if person == request.user:
            return HttpResponseRedirect(reverse("admin:sign_in"))
        if request.method == "POST":
            return self.reset(request, person)
        context = {
            **self.admin_site.each_context(request),
            "title": "Remove all second factors",
            "person": person,
            "factors": [factors.described(each) for each in factors.factors_of(person)],
            "second_factor": settings.SECOND_FACTOR,
        }
        return render(request, "admin/accounts/reset.html", context)

    def reset(self, request, person):
        removed = ", ".join(factors.reset(person))
        if removed:
            by = request.user.get_username()
            SignIn.record(request, What.FACTORS_RESET, person=person, detail=f"by {by}: {removed}")
            self.log_change(request, person, f"Removed second factors: {removed}")
            messages.success(request, f"{person} has no second factor any more.")
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[person.pk]))
