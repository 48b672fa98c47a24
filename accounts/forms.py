import re

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError


class SignInForm(AdminAuthenticationForm):
    def clean_username(self):
        # Django sets max_length too late for it to be checked, and axes has no room for more.
        username = self.cleaned_data["username"]
        if len(username) > self.fields["username"].max_length:
            raise self.get_invalid_login_error()
        return username

    def confirm_login_allowed(self, user):
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            # The password is right, but its owner may not come here: it counts as any failure does.
            credentials = {"username": user.get_username()}
            user_login_failed.send(__name__, credentials=credentials, request=self.request)
            raise


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        label="Code",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True}
        ),
    )


class PasswordForm(forms.Form):
    """Changes of how somebody signs in want the password again: the browser may be left open."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        self.label_suffix = ""

    def clean_password(self):
        # As at sign-in, so that guesses are counted and on record.
        password = self.cleaned_data["password"]
        name = self.request.user.get_username()
        if authenticate(self.request, username=name, password=password) != self.request.user:
            raise ValidationError("This is not your password.")
        return password


class NameForm(PasswordForm):
    name = forms.CharField(
        max_length=40, required=False, help_text="To tell it from others, as in “Phone”."
    )
    field_order = ["name", "code", "password"]

    def clean_name(self):
        return self.cleaned_data["name"] or self.default_name


class AppForm(NameForm):
    default_name = "Authenticator app"
    code = forms.CharField(
        max_length=20,
        label="Code that the app shows",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self):
        code = re.sub(r"[\s-]", "", self.cleaned_data["code"])
        if not re.fullmatch("[0-9]{6}", code):
            raise ValidationError("The code has six digits.")
        return code


class PasskeyForm(NameForm):
    default_name = "Passkey"
    credential = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
