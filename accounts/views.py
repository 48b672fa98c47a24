"""Giving a second factor, and "Your sign-in": setting factors up and removing them."""

import functools
from base64 import b32encode
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from . import factors, lockout, passkeys, sessions
from .forms import AppForm, CodeForm, PasskeyForm, PasswordForm
from .models import SignIn, What

KEY = "app_key"  # in the session, until a code shows that the app has it
SHOWN = 10


def page(request, template, title, **context):
    context = {**admin.site.each_context(request), "title": title, **context}
    return render(request, f"admin/accounts/{template}.html", context)


def next_address(request):
    """Where somebody was on the way to; never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


# Giving a factor


@never_cache
def factor(request):
    """After the password: a code, or a passkey. Whoever has neither is sent to set one up."""
    if not admin.site.is_half_in(request):
        if admin.site.has_permission(request):
            return HttpResponseRedirect(next_address(request))
        return redirect_to_login(next_address(request), reverse("admin:login"))
    if "leave" in request.POST:
        # Not by the page of signing out: it wipes texts that the browser keeps for who went away unsaved.
        logout(request)
        return redirect("admin:login")
    if not factors.has_factor(request.user):
        query = urlencode({"next": next_address(request)})
        return HttpResponseRedirect(f"{reverse('admin:sign_in_app')}?{query}")
    if request.method == "POST":
        return take(request)
    return ask(request, CodeForm())


def ask(request, form):
    return page(
        request,
        "factor",
        "Second factor",
        form=form,
        passkey=passkeys.begin_giving(request),
        next=next_address(request),
    )


def take(request):
    user = request.user
    if lockout.is_locked(request, user):
        return lockout.page(request, credentials=lockout.named(user))
    if "credential" in request.POST:
        return take_passkey(request)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return ask(request, form)
    if until := factors.waits_until(user):
        form.add_error("code", f"Too many wrong codes. Wait until {clock(until)}, then try again.")
        return ask(request, form)
    device = factors.verified_by(user, form.cleaned_data["code"])
    if device is None:
        SignIn.record(request, What.FACTOR_FAILED, person=user)
        lockout.count_failure(request, user)
        form.add_error("code", "This code is wrong, or it was used already.")
        return ask(request, form)
    return let_in(request, device)


def take_passkey(request):
    try:
        device = passkeys.given(request, request.POST["credential"])
    except passkeys.Refused:
        SignIn.record(request, What.FACTOR_FAILED, person=request.user, detail="Passkey")
        form = CodeForm({})
        form.errors["code"] = form.error_class(["The passkey was not accepted. Try again."])
        return ask(request, form)
    return let_in(request, device)


def let_in(request, device):
    factors.accept(request, device)
    lockout.lift(request, request.user)
    used = factors.described(device)
    SignIn.record(request, What.SIGNED_IN, person=request.user, detail=used)
    if used == factors.BACKUP:
        left = factors.backup_codes_left(request.user)
        messages.warning(request, f"You used a backup code; {left} are left.")
    return HttpResponseRedirect(next_address(request))


def clock(at):
    return timezone.localtime(at).strftime("%H:%M:%S")


# Your sign-in


def sign_in(request):
    user = request.user
    return page(
        request,
        "sign_in",
        "Your sign-in",
        factors=[(each, factors.described(each)) for each in factors.factors_of(user)],
        codes_left=factors.backup_codes_left(user),
        second_factor=settings.SECOND_FACTOR,
        last=user.sign_ins.all()[:SHOWN],
    )


def may_set_up(view):
    """view for whoever is in, or has nothing yet to get in with."""

    @never_cache
    @functools.wraps(view)
    def guarded(request):
        if settings.SECOND_FACTOR == "off":
            raise Http404
        if admin.site.has_permission(request):
            return view(request)
        if admin.site.is_half_in(request) and not factors.has_factor(request.user):
            return view(request)
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))

    return guarded


@may_set_up
def app(request):
    """Set up an authenticator app: it shows a code that only whoever has the key can know."""
    key = request.session.setdefault(KEY, default_key())
    form = AppForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, code = form.cleaned_data["name"], form.cleaned_data["code"]
        if device := factors.add_app(request.user, key=key, code=code, name=name):
            del request.session[KEY]
            return added(request, device)
        form.add_error("code", "This code does not fit. Is the clock of your device right?")
    device = TOTPDevice(user=request.user, key=key)
    return page(
        request,
        "app",
        "Set up an authenticator app",
        form=form,
        picture=qr_code(device.config_url),
        secret=spaced(b32encode(device.bin_key).decode()),
        is_needed=not admin.site.has_permission(request),
        next=next_address(request),
    )


def qr_code(text):
    svg = segno.make(text, micro=False).svg_inline(scale=4, dark="#000", light="#fff", border=4)
    return mark_safe(svg)  # noqa: S308 - made of squares


def spaced(secret):
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


@may_set_up
def passkey(request):
    form = PasskeyForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            return added(request, passkeys.add(request, data["credential"], name=data["name"]))
        except passkeys.Refused:
            form.add_error(None, "The passkey was not accepted. Try again.")
    return page(
        request,
        "passkey",
        "Add a passkey",
        form=form,
        options=passkeys.begin_adding(request),
        is_needed=not admin.site.has_permission(request),
        next=next_address(request),
    )


def added(request, device):
    """With the first factor come backup codes, for the day on which it is lost."""
    factors.accept(request, device)
    SignIn.record(request, What.FACTOR_ADDED, person=request.user, detail=factors.described(device))
    messages.success(request, f"{factors.described(device)} was added.")
    if factors.backup_codes_left(request.user):
        return redirect("admin:sign_in")
    return show_codes(request)


def show_codes(request):
    codes = factors.new_backup_codes(request.user)
    SignIn.record(request, What.FACTOR_ADDED, person=request.user, detail=factors.BACKUP)
    return page(request, "codes", "Your backup codes", codes=codes, next=next_address(request))


def confirmed(title, explanation):
    """A view that says what will happen, asks for the password, and then calls the decorated one."""

    def decorated(action):
        @functools.wraps(action)
        def view(request):
            form = PasswordForm(request, request.POST or None)
            if request.method == "POST" and form.is_valid():
                return action(request, form.cleaned_data["password"])
            return page(request, "confirm", title, form=form, explanation=explanation)

        return view

    return decorated


def with_factor(view):
    """view for whoever has a factor; nobody else needs it."""

    @functools.wraps(view)
    def guarded(request):
        return view(request) if factors.has_factor(request.user) else redirect("admin:sign_in")

    return guarded


@with_factor
@confirmed(
    "Make backup codes",
    "You get ten codes, to be used once each when your second factor is not at hand. Codes that you have"
    " from before are void from then on.",
)
def codes(request, password):
    return show_codes(request)


@with_factor
def remove(request):
    wanted = request.GET.get("factor", "")
    found = [each for each in factors.factors_of(request.user) if each.persistent_id == wanted]
    if not found:
        messages.warning(request, "There is no such factor any more.")
        return redirect("admin:sign_in")
    name = factors.described(found[0])
    explanation = f"{name} will not be asked for any more, and nobody can sign in with it."
    return confirmed(f"Remove {name}", explanation)(remove_confirmed)(request)


def remove_confirmed(request, password):
    try:
        removed = factors.remove(request.user, request.GET["factor"])
    except factors.LastFactor:
        messages.error(
            request, "Nothing was removed: a second factor is required, and this is the last one."
        )
        return redirect("admin:sign_in")
    if removed:
        SignIn.record(request, What.FACTOR_REMOVED, person=request.user, detail=removed)
        messages.success(request, f"{removed} was removed.")
    return redirect("admin:sign_in")


@confirmed(
    "Sign out everywhere else",
    "All other browsers in which you are signed in are signed out. What is typed there is kept there.",
)
def elsewhere(request, password):
    sessions.end_all_others(request, password)
    SignIn.record(request, What.ELSEWHERE, person=request.user)
    messages.success(request, "You are signed in here only.")
    return redirect("admin:sign_in")
