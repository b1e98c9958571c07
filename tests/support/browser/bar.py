"""The bar above every page: that somebody is signed in, and the menu of who that is."""

from playwright.sync_api import Locator, Page, expect


def menu_of(page: Page) -> Locator:
    """Opened."""
    page.get_by_role("button", name="Your menu").click()
    menu = page.get_by_role("dialog", name="Your menu")
    expect(menu).to_be_visible()
    return menu


def expect_signed_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Your menu")).to_be_visible()


def press_sign_out(page: Page) -> None:
    menu_of(page).get_by_role("button", name="Sign out").click()
