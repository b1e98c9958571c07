"""Every page about one's own account, as it is without a second step, with an app and with a key."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.accounts import (
    a_security_key,
    add_key,
    give_password,
    is_you,
    link_in_the_mail,
    set_up_app,
)
from tests.support.browser.bar import expect_signed_in
from tests.support.browser.elsewhere import WITH_A_KEY, WITH_AN_APP, WITHOUT_SECOND_STEP
from tests.support.browser.looks import look_at
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture
def at_work(tab: Page, email: str) -> Page:
    """Signed in, with the password just given once more."""
    give_password(tab, email)
    expect_signed_in(tab)
    tab.goto("/account/e-mail/")
    is_you(tab)
    return tab


def test_every_page_without_a_second_step_is_presentable(at_work: Page) -> None:
    for name, path in WITHOUT_SECOND_STEP.items():
        look_at(at_work, path, name=name)


def test_every_page_with_an_app_is_presentable(tab: Page, email: str) -> None:
    give_password(tab, email)
    set_up_app(tab)

    for name, path in WITH_AN_APP.items():
        look_at(tab, path, name=name)


def test_every_page_with_a_security_key_is_presentable_and_the_key_is_renamed(at_work: Page) -> None:
    a_security_key(at_work)
    at_work.goto("/account/second-step/keys/new/")
    add_key(at_work)
    expect(at_work.get_by_role("heading", name="Recovery codes")).to_be_visible()
    at_work.goto("/account/second-step/")
    at_work.get_by_role("link", name="Rename The blue one").click()
    found = re.search(r"/keys/(\d+)/name/", at_work.url)
    assert found
    for name, path in WITH_A_KEY.items():
        look_at(at_work, path.format(key=found[1]), name=name)
    at_work.goto(f"/account/second-step/keys/{found[1]}/name/")

    at_work.get_by_label("Name of the key").fill("The red one")
    at_work.get_by_role("button", name="Keep this name").click()

    expect(at_work.get_by_text("The red one added on")).to_be_visible()


def test_the_page_that_confirms_a_new_address_is_presentable(at_work: Page, stack: Stack, email: str) -> None:
    new = f"new-{email}"
    at_work.get_by_label("New e-mail").fill(new)
    at_work.get_by_role("button", name="Send the link").click()
    expect(at_work.get_by_text(f"on its way to {new}")).to_be_visible()

    look_at(at_work, link_in_the_mail(stack, new), name="new-email-confirm")

    at_work.get_by_role("button", name="Use this address").click()
    expect(at_work.get_by_text(f"From now on you sign in with {new}")).to_be_visible()
