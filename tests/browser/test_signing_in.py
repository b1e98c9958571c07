"""Signing in with a second step, in a real browser: an app, a recovery code, a security key."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.accounts import (
    a_security_key,
    add_key,
    fresh_code,
    give_password,
    is_you,
    link_in_the_mail,
    set_up_app,
    sign_out,
)
from tests.support.browser.bar import expect_signed_in
from tests.support.browser.looks import assert_presentable, look_at
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow
SAYS_NO = """() => {
    navigator.credentials.create = async () => { throw new DOMException("", "NotAllowedError") }
}"""


@pytest.mark.main_job("receptionist")
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

    expect_signed_in(tab)


def test_a_recovery_code_signs_in_once(tab: Page, email: str) -> None:
    give_password(tab, email)
    _, codes = set_up_app(tab)
    sign_out(tab)

    give_password(tab, email)
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect_signed_in(tab)
    sign_out(tab)
    give_password(tab, email)
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Sign in", exact=True).click()

    expect(tab.get_by_text("This code is not right")).to_be_visible()


def test_a_security_key_signs_in(tab: Page, email: str) -> None:
    a_security_key(tab)
    give_password(tab, email)
    expect_signed_in(tab)
    tab.goto("/account/second-step/keys/new/")
    is_you(tab)
    assert_presentable(tab, "/account/second-step/keys/new/")
    add_key(tab)
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    tab.goto("/account/second-step/")
    expect(tab.get_by_text("The blue one added on")).to_be_visible()
    sign_out(tab)

    give_password(tab, email)
    assert_presentable(tab, "the second step, with a key")
    tab.get_by_role("button", name="Use a security key").click()

    expect_signed_in(tab)


def test_a_key_that_says_no_is_told_and_may_be_tried_again(tab: Page, email: str) -> None:
    give_password(tab, email)
    expect_signed_in(tab)
    tab.goto("/account/second-step/keys/new/")
    is_you(tab)

    tab.evaluate(SAYS_NO)
    tab.get_by_role("button", name="Add the key").click()

    expect(tab.get_by_role("alert")).to_contain_text("Press the button to try again")
    assert_presentable(tab, "a key that said no")


def test_every_page_before_signing_in_is_presentable(tab: Page, stack: Stack, email: str) -> None:
    look_at(tab, "/sign-in/", name="sign-in")
    tab.goto("/password/")
    assert_presentable(tab, "/password/")
    tab.get_by_label("E-mail").fill(email)
    tab.get_by_role("button", name="Send me the link").click()
    expect(tab.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert_presentable(tab, "/password/sent/")
    link = link_in_the_mail(stack, email)
    tab.goto(link)
    assert_presentable(tab, "a new password")
    tab.get_by_label("New password", exact=True).fill("another long enough password")
    tab.get_by_label("New password once more").fill("another long enough password")
    tab.get_by_role("button", name="Set this password").click()

    expect(tab.get_by_role("heading", name="Your new password is set")).to_be_visible()
    assert_presentable(tab, "the new password is set")
    tab.goto(link)
    expect(tab.get_by_role("heading", name="This link works no more")).to_be_visible()
    assert_presentable(tab, "the link once more")
    tab.goto("/invitation/no-such-token/")
    expect(tab.get_by_text("This invitation works no more")).to_be_visible()
    assert_presentable(tab, "no invitation")


def test_who_asks_for_a_new_password_too_often_is_told_on_a_presentable_page(tab: Page, email: str) -> None:
    for _ in range(6):
        tab.goto("/password/")
        tab.get_by_label("E-mail").fill(email)
        tab.get_by_role("button", name="Send me the link").click()
        expect(tab.get_by_role("button", name="Send me the link")).to_have_count(0)

    expect(tab.get_by_role("heading", name="That was tried too often")).to_be_visible()
    assert_presentable(tab, "429")
