"""Signing in with a second factor, in Chromium and with its virtual authenticator for passkeys."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import SignIn, What

from .test_admin_axe import AXE, PHONE
from .test_desk import DESKTOP, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(site, people, open_page):
    """desk(**context options) -> a page in which the editor is signed in."""

    def desk(**options):
        page = open_page(f"{site}/admin/", **{**DESKTOP, **options})
        sign_in(page, people, "editor")
        return page

    return desk


def give_password(page, people, name="editor"):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(people[name])
    page.get_by_role("button", name="Log in").click()


def sign_out(page, site):
    page.get_by_role("button", name="Log out").click()
    page.get_by_text("Thanks for spending").or_(page.get_by_text("Log in again")).first.wait_for()
    page.goto(f"{site}/admin/")


def set_up_app(page, people, name="editor"):
    """Set an app up; returns its key and the backup codes."""
    page.get_by_role("link", name="Your sign-in").click()
    page.get_by_role("link", name="Set up an authenticator app").click()
    key = page.locator(".secret").inner_text()
    return key, confirm_app(page, people, name)


def confirm_app(page, people, name):
    from base64 import b32decode

    secret = b32decode(page.locator(".secret").inner_text().replace(" ", ""))
    page.get_by_label("Code that the app shows").fill(f"{totp(secret):06}")
    page.get_by_label("Your password").fill(people[name])
    page.get_by_role("button", name="Add the app").click()
    page.get_by_role("heading", name="Your backup codes").wait_for()
    return page.locator(".backup-codes code").all_inner_texts()


def next_code(device):
    """A code that was not used yet; half a minute early, which the library allows."""
    device.refresh_from_db()
    drift = max(0, device.last_t + 1 - int(time.time()) // 30)
    return f"{totp(device.bin_key, drift=drift):06}"


def give_code(page, code):
    page.get_by_label("Code from your authenticator app").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_authenticator(page):
    """A security key that is touched whenever it is asked."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    answer = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, answer["authenticatorId"]


def add_passkey(page, site, password):
    page.goto(f"{site}/admin/sign-in/passkey/")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Add a passkey").click()


def test_an_editor_sets_an_app_up_and_signs_in_with_it(site, people, desk):
    page = desk()
    _, codes = set_up_app(page, people)
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/admin/")
    sign_out(page, site)

    device = TOTPDevice.objects.get(user__username="editor")
    page.goto(f"{site}/admin/press/pressrelease/")
    give_password(page, people)
    page.get_by_role("heading", name="Second factor").wait_for()
    give_code(page, "000000")
    page.get_by_text("This code is wrong").wait_for()
    page.wait_for_timeout(1100)  # the wait after a wrong code
    give_code(page, next_code(device))
    page.wait_for_url("**/admin/press/pressrelease/")
    sign_out(page, site)

    give_password(page, people)
    give_code(page, codes[0])
    page.get_by_text("You used a backup code; 9 are left.").wait_for()
    sign_out(page, site)

    give_password(page, people)
    give_code(page, codes[0])
    page.get_by_text("This code is wrong").wait_for()
    page.goto(f"{site}/admin/press/pressrelease/")
    page.get_by_role("heading", name="Second factor").wait_for()


def test_the_code_is_given_without_javascript(site, people, open_page):
    editor = User.objects.get(username="editor")
    device = TOTPDevice.objects.create(user=editor, name="Phone")
    page = open_page(f"{site}/admin/", java_script_enabled=False, **DESKTOP)

    give_password(page, people)
    give_code(page, next_code(device))

    page.wait_for_url("**/admin/")


def test_required_leads_to_setting_up_and_from_there_to_the_page_that_was_wanted(
    site, people, open_page, settings
):
    settings.SECOND_FACTOR = "required"
    page = open_page(f"{site}/admin/press/pressrelease/", **DESKTOP)
    give_password(page, people)
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    assert page.get_by_role("link", name="Your sign-in").count() == 0

    confirm_app(page, people, "editor")
    page.get_by_role("link", name="I have kept them").click()

    page.wait_for_url("**/admin/press/pressrelease/")


def test_an_editor_adds_a_passkey_and_signs_in_with_it(site, people, desk):
    page = desk()
    add_authenticator(page)
    add_passkey(page, site, people["editor"])
    page.get_by_role("heading", name="Your backup codes").wait_for()
    page.goto(f"{site}/admin/sign-in/")
    assert page.get_by_role("rowheader", name="Passkey “Laptop”").is_visible()
    sign_out(page, site)

    give_password(page, people)
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/admin/")
    assert WebAuthnCredential.objects.get().last_used_at
    last = SignIn.objects.filter(what=What.SIGNED_IN).first()
    assert last.detail == "Passkey “Laptop”"


def test_a_passkey_of_another_person_opens_nothing(site, people, open_page):
    page = open_page(f"{site}/admin/", **DESKTOP)
    add_authenticator(page)
    sign_in(page, people, "publisher")
    add_passkey(page, site, people["publisher"])
    page.get_by_role("heading", name="Your backup codes").wait_for()
    page.goto(f"{site}/admin/")
    sign_out(page, site)
    credential = WebAuthnCredential.objects.get()
    editor = User.objects.get(username="editor")
    WebAuthnCredential.objects.create(
        user=editor, name="x", credential_id=b"another", public_key=b"x"
    )

    give_password(page, people)
    # The browser is made to answer with the key it has.
    form = page.locator("#passkey-form")
    form.evaluate(
        """(form, id) => {
            const options = JSON.parse(form.dataset.get);
            options.allowCredentials = [{ id, type: "public-key" }];
            form.dataset.get = JSON.stringify(options);
        }""",
        encoded(bytes(credential.credential_id)),
    )
    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("The passkey was not accepted").wait_for()
    page.goto(f"{site}/admin/press/pressrelease/")
    page.get_by_role("heading", name="Second factor").wait_for()


def encoded(data):
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(data).decode().rstrip("=")


def test_an_answer_of_a_passkey_is_good_once(site, people, desk):
    page = desk()
    add_authenticator(page)
    add_passkey(page, site, people["editor"])
    page.get_by_role("heading", name="Your backup codes").wait_for()
    page.goto(f"{site}/admin/")
    sign_out(page, site)

    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    give_password(page, people)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    answer = next(each for each in sent if "credential=%7B" in each)
    sign_out(page, site)
    give_password(page, people)
    page.get_by_role("heading", name="Second factor").wait_for()
    credential = re.search("credential=([^&]+)", answer)[1]
    page.evaluate(
        """(credential) => {
            const form = document.getElementById("passkey-form");
            form.elements.credential.value = decodeURIComponent(credential.replace(/\\+/g, " "));
            HTMLFormElement.prototype.submit.call(form);
        }""",
        credential,
    )

    page.get_by_text("The passkey was not accepted").wait_for()


def test_without_a_passkey_at_hand_the_page_says_so_and_stays(site, people, desk):
    page = desk()
    devtools, authenticator = add_authenticator(page)
    add_passkey(page, site, people["editor"])
    page.get_by_role("heading", name="Your backup codes").wait_for()
    page.goto(f"{site}/admin/")
    sign_out(page, site)
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})

    give_password(page, people)
    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("No passkey was given. Try again.").wait_for()


def every_page(page, site, people):
    page.goto(f"{site}/admin/sign-in/")
    yield "nothing set up"
    page.goto(f"{site}/admin/sign-in/passkey/")
    yield "passkey"
    page.get_by_label("Your password").fill("wrong")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("This is not your password").wait_for()
    yield "passkey, with an error"
    page.goto(f"{site}/admin/sign-in/app/")
    yield "app"
    page.get_by_label("Code that the app shows").fill("1")
    page.get_by_label("Your password").fill("wrong")
    page.get_by_role("button", name="Add the app").click()
    page.get_by_text("The code has six digits").wait_for()
    yield "app, with errors"
    page.goto(f"{site}/admin/")
    set_up_app(page, people)
    yield "backup codes"
    page.goto(f"{site}/admin/sign-in/")
    yield "your sign-in"
    page.get_by_role("link", name="Remove").click()
    yield "remove"
    page.goto(f"{site}/admin/sign-in/elsewhere/")
    yield "sign out elsewhere"
    add_passkey(page, site, people["editor"])
    page.get_by_text("was added").wait_for()
    sign_out(page, site)
    give_password(page, people)
    page.get_by_role("button", name="Use a passkey").wait_for()
    yield "second factor"
    give_code(page, "000000")
    page.get_by_text("This code is wrong").wait_for()
    yield "second factor, with an error"
    for _ in range(5):
        SignIn.objects.all().delete()
        TOTPDevice.objects.update(throttling_failure_count=0)
        if page.get_by_text("Too many failed attempts").count():
            break
        give_code(page, "000000")
    page.get_by_role("heading", name="Too many failed attempts").wait_for()
    yield "locked"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(site, people, desk, scheme):
    page = desk(color_scheme=scheme)
    add_authenticator(page)
    found = [
        f"{name}: {each['id']}: {node['html'][:120]}"
        for name in every_page(page, site, people)
        for each in Axe().run(page, options=AXE).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_a_phone(site, people, desk):
    page = desk(**PHONE)
    add_authenticator(page)
    wide = {
        name: width
        for name in every_page(page, site, people)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 390
    }
    assert not wide


def test_the_pages_of_a_superuser_are_accessible(site, people, open_page):
    User.objects.create_superuser("root", password="root-password")
    editor = User.objects.get(username="editor")
    TOTPDevice.objects.create(user=editor, name="Phone")
    page = open_page(f"{site}/admin/", **DESKTOP)
    sign_in(page, {"root": "root-password"}, "root")
    found = []
    for path in ("accounts/signin/", f"auth/user/{editor.pk}/factors/"):
        page.goto(f"{site}/admin/{path}")
        violations = Axe().run(page, options=AXE).response["violations"]
        found += [each["id"] for each in violations if each["impact"] in ("serious", "critical")]
    assert not found
