"""A page of a real Chromium, on the running service."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from tests.support.browser.bar import expect_signed_in
from tests.support.browser.desks import Person, hire
from tests.support.browser.looks import DESKTOP, heard_faults
from tests.support.running.chromium import find_or_install
from tests.support.running.stack import Stack

# Far from the demo site's Amsterdam: a page that shows the browser's time instead of the site's is found out.
FAR_AWAY = "America/Los_Angeles"
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_or_install()
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = [*FLAGS, "--no-sandbox"] if os.getuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def window(chromium: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """A fresh browser profile; paths given to its pages start at the service's address."""
    window = chromium.new_context(
        base_url=stack.base_url, timezone_id=FAR_AWAY, locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    yield window
    window.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """One tab, signed out. The test fails if a script breaks or the content security policy is hurt."""
    page = window.new_page()
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert not faults, faults


@pytest.fixture
def desk(page: Page, stack: Stack) -> Page:
    """The page, signed in as reception."""
    user = stack.demo["users"]["receptionist"]
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user["email"])
    page.get_by_label("Password").fill(user["password"])
    page.get_by_role("button", name="Sign in").click()
    expect_signed_in(page)
    return page


@pytest.fixture
def tab(chromium: Browser, stack: Stack) -> Iterator[Page]:
    """A tab, signed out, at the service’s name: browsers offer no security keys to bare addresses."""
    size = ViewportSize(width=DESKTOP.width, height=DESKTOP.height)
    window = chromium.new_context(base_url=f"http://localhost:{stack.port}", viewport=size)
    page = window.new_page()
    faults = heard_faults(page)
    yield page
    window.close()
    assert not faults, faults


@pytest.fixture(scope="module")
def newcomers(stack: Stack) -> Iterator[Person]:
    """As many people as a module may want, hired at once: each start of a shell takes seconds."""
    return iter(hire(stack, *(Person.called("Noor Bakker") for _ in range(12))))


@pytest.fixture
def email(newcomers: Iterator[Person]) -> str:
    """The address of someone new at the clinic's reception."""
    return next(newcomers).email
