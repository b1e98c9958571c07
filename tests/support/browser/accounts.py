"""Someone new at the demo clinic's reception, and what they do about signing in."""

import re
import time
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.support.browser.bar import menu_of, press_sign_out
from tests.support.browser.looks import assert_presentable
from tests.support.cast import PASSWORD
from tests.support.running.stack import Stack
from tests.support.second_step import code_at


def give_password(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def link_in_the_mail(stack: Stack, email: str) -> str:
    """The path that the only mail to that address leads to."""
    (mail,) = stack.wait_for_mails(1, to=email)
    body = mail.get_body(("plain",))
    assert body is not None
    link = re.search(r"https?://[^/\s]+(/(?:password|account/e-mail)/\S+)", body.get_content())
    assert link
    return link[1]


def is_you(page: Page) -> None:
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert_presentable(page, page.url)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    press_sign_out(page)
    expect(page.get_by_role("heading", name="Sign in to Coursebook")).to_be_visible()


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes, as a person finds them from the day sheet."""
    menu_of(page).get_by_role("link", name="Your account").click()
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
    """A code that has seconds enough left to be sent, on a slow machine too."""
    while time.time() % 30 > 15:
        time.sleep(0.5)
    return code_at(secret, datetime.now(UTC))


def a_security_key(page: Page) -> None:
    """Chromium plays a key in its USB port, which someone touches at once."""
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def add_key(page: Page) -> None:
    """Add a security key from its page, “The blue one”."""
    page.get_by_label("Name of the key").fill("The blue one")
    page.get_by_role("button", name="Add the key").click()
