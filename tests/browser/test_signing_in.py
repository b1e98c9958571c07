"""Signing in with a second step, in a real browser: an app, a recovery code, a security key."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_pages import assert_presentable, heard_faults
from tests.cast import PASSWORD
from tests.second_step import code_at
from tests.stack import ROOT, Stack

pytestmark = pytest.mark.slow
_numbers = count(1)
SAYS_NO = """() => {
    navigator.credentials.create = async () => { throw new DOMException("", "NotAllowedError") }
}"""
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
on_a_desktop = pytest.mark.parametrize("tab", [SIZES["desktop"]], indirect=True, ids=["desktop"])
# An account beside those of the demo, which other tests sign in with.
OPEN_ACCOUNT = """
import django; django.setup()
from datetime import UTC, datetime
from clinic.actors import Role, task_actor
from clinic.members import NewMember, add_member, open_account
from clinic.models import Clinic
clinic = Clinic.objects.get()
user = open_account(email={email!r}, name="Noor Bakker", password={password!r})
by = task_actor(clinic_id=clinic.pk, label="tests")
add_member(new=NewMember(user, Role.RECEPTIONIST), by=by, now=datetime.now(UTC))
"""


@pytest.fixture
def email(stack: Stack) -> str:
    """The address of someone new at the clinic's reception."""
    email = f"noor{next(_numbers)}@clinic.example"
    told = os.environ | {"DATA": str(stack.folder), "DJANGO_SETTINGS_MODULE": "clinic.settings"}
    script = OPEN_ACCOUNT.format(email=email, password=PASSWORD)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=told, check=True, timeout=60)
    return email


@pytest.fixture(params=list(SIZES.values()), ids=list(SIZES))
def tab(request: pytest.FixtureRequest, chromium: Browser, stack: Stack) -> Iterator[Page]:
    width, height = request.param
    window = _window(chromium, stack, {"width": width, "height": height})
    page = window.new_page()
    faults = heard_faults(page)
    yield page
    window.close()
    assert not faults, faults


def _window(chromium: Browser, stack: Stack, size: dict[str, int] | None = None) -> BrowserContext:
    # By name: browsers offer no security keys to bare addresses.
    base = f"http://localhost:{stack.port}"
    return chromium.new_context(base_url=base, viewport=size or {"width": 1280, "height": 900})  # type: ignore[arg-type]  # the same words


def give_password(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def is_you(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert_presentable(page, page.url)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Coursebook")).to_be_visible()


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes, as a person finds them from the day sheet."""
    page.locator("a.who-name").click()
    assert_presentable(page, "/account/")
    page.get_by_role("link", name="Set up a second step").click()
    assert_presentable(page, "/account/second-step/")
    page.get_by_role("link", name="Set up an app").click()
    is_you(page)
    assert_presentable(page, "/account/second-step/app/")
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code").fill(fresh_code(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert_presentable(page, "/account/second-step/codes/")
    return secret, page.locator(".codes code").all_inner_texts()


def fresh_code(secret: str) -> str:
    """A code that has some seconds left to be sent."""
    while time.time() % 30 > 25:
        time.sleep(0.5)
    return code_at(secret, datetime.now(UTC))


def a_security_key(page: Page) -> None:
    """Chromium plays a key in its USB port, which someone touches at once."""
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_password_and_the_code_of_an_app_sign_in(tab: Page, email: str) -> None:
    give_password(tab, email)
    secret, _ = set_up_app(tab)
    sign_out(tab)

    give_password(tab, email)
    expect(tab.get_by_role("heading", name="The second step")).to_be_visible()
    assert_presentable(tab, "/sign-in/second-step/")
    tab.get_by_label("Code").fill("000000")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_text("This code is not right")).to_be_visible()
    assert_presentable(tab, "the second step, refused")
    tab.get_by_label("Code").fill(fresh_code(secret))
    tab.get_by_role("button", name="Sign in", exact=True).click()

    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


@on_a_desktop
def test_a_recovery_code_signs_in_once(tab: Page, email: str) -> None:
    give_password(tab, email)
    _, codes = set_up_app(tab)
    sign_out(tab)

    give_password(tab, email)
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()
    sign_out(tab)
    give_password(tab, email)
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Sign in", exact=True).click()

    expect(tab.get_by_text("This code is not right")).to_be_visible()


def test_a_security_key_signs_in(tab: Page, email: str) -> None:
    a_security_key(tab)
    give_password(tab, email)
    tab.get_by_role("button", name="Sign out").wait_for()
    tab.goto("/account/second-step/keys/new/")
    is_you(tab)
    assert_presentable(tab, "/account/second-step/keys/new/")
    tab.get_by_label("Name of the key").fill("The blue one")
    tab.get_by_role("button", name="Add the key").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    tab.goto("/account/second-step/")
    expect(tab.get_by_text("The blue one added on")).to_be_visible()
    sign_out(tab)

    give_password(tab, email)
    assert_presentable(tab, "the second step, with a key")
    tab.get_by_role("button", name="Use a security key").click()

    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


@on_a_desktop
def test_a_key_that_says_no_is_told_and_may_be_tried_again(tab: Page, email: str) -> None:
    give_password(tab, email)
    tab.get_by_role("button", name="Sign out").wait_for()
    tab.goto("/account/second-step/keys/new/")
    is_you(tab)

    tab.evaluate(SAYS_NO)
    tab.get_by_role("button", name="Add the key").click()

    expect(tab.get_by_role("alert")).to_contain_text("Press the button to try again")
    assert_presentable(tab, "a key that said no")


def test_every_page_of_the_own_account_is_presentable(tab: Page, email: str) -> None:
    give_password(tab, email)
    set_up_app(tab)
    addresses = ["/account/", "/account/name/", "/account/e-mail/", "/account/password/"]
    addresses += ["/account/sessions/", "/clinics/", "/account/second-step/", "/account/second-step/codes/"]
    addresses += ["/account/second-step/codes/new/", "/account/second-step/app/off/"]

    for address in addresses:
        tab.goto(address)
        assert_presentable(tab, address)


@on_a_desktop
def test_every_page_before_signing_in_is_presentable(tab: Page, stack: Stack, email: str) -> None:
    tab.goto("/password/")
    assert_presentable(tab, "/password/")
    tab.get_by_label("E-mail").fill(email)
    tab.get_by_role("button", name="Send me the link").click()
    expect(tab.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert_presentable(tab, "/password/sent/")
    (mail,) = stack.wait_for_mails(1, to=email)
    body = mail.get_body(("plain",))
    assert body is not None
    link = re.search(r"https?://[^/\s]+(/password/\S+)", body.get_content())
    assert link
    tab.goto(link[1])
    assert_presentable(tab, "a new password")
    tab.get_by_label("New password", exact=True).fill("another long enough password")
    tab.get_by_label("New password once more").fill("another long enough password")
    tab.get_by_role("button", name="Set this password").click()

    expect(tab.get_by_role("heading", name="Your new password is set")).to_be_visible()
    assert_presentable(tab, "the new password is set")
    tab.goto(link[1])
    expect(tab.get_by_role("heading", name="This link works no more")).to_be_visible()
    assert_presentable(tab, "the link once more")
    tab.goto("/invitation/no-such-token/")
    expect(tab.get_by_text("This invitation works no more")).to_be_visible()
    assert_presentable(tab, "no invitation")
