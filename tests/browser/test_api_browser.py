"""The REST interface in the browser: read, and tried with a key, from this host alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.bar import menu_of
from tests.support.browser.desks import sign_in
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow


def scroll_to(page: Page, operation: Locator) -> None:
    """What lies below is drawn when one comes near it."""
    expect(page.locator(".opblock").first).to_be_visible(timeout=30_000)
    for _ in range(100):
        if operation.count():
            operation.scroll_into_view_if_needed()
            return
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(50)


def test_whoever_is_signed_in_finds_it_and_a_key_opens_it(page: Page, stack: Stack) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    user = stack.demo["users"]["receptionist"]
    sign_in(page, email=user["email"], password=user["password"])

    menu_of(page).get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="What a program can ask").click()
    sites = page.locator("#operations-sites-list_sites")
    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill(stack.demo["api_key"])
    page.locator(".auth-btn-wrapper .authorize").click()
    page.locator(".btn-done").click()
    scroll_to(page, sites)
    expect(sites).to_contain_text("/api/v1/sites/")
    sites.locator(".opblock-summary-control").first.click()
    sites.get_by_role("button", name="Try it out").click()
    sites.get_by_role("button", name="Execute").click()

    status = sites.locator(".live-responses-table tbody .response-col_status").first
    expect(status).to_have_text(re.compile("200"))
    assert [url for url in asked if not url.startswith((stack.base_url, "data:"))] == []
