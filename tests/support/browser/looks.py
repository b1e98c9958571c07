"""Looking at a page as people do: at a desk, on a phone and in the dark."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.urls import resolve
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.support.browser.accessibility import violations

# A page that refuses is loaded with its status; a browser calls that an error of the network.
EXPECTED_FAULT = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@dataclass(frozen=True)
class Screen:
    """What someone looks at; in the dark nothing changes but colours."""

    name: str
    width: int
    height: int
    colours: Literal["light", "dark"] = "light"
    rules: list[str] | None = None


DESKTOP = Screen("a desktop", 1280, 900)
PHONE = Screen("a phone", 390, 844)
DARK = Screen("a desktop in the dark", 1280, 900, "dark", ["color-contrast"])


def assert_presentable(page: Page, address: str) -> None:
    """On every screen: nothing for axe to object to, one heading, nothing wider than the screen."""
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for screen in (PHONE, DARK, DESKTOP):
        page.set_viewport_size({"width": screen.width, "height": screen.height})
        page.emulate_media(color_scheme=screen.colours, reduced_motion="reduce")
        # A colour on its way to another one is neither.
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))")
        where = f"{address} on {screen.name}"
        found = violations(page, rules=screen.rules)
        assert found == [], f"{where}: {found}"
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert too_wide <= 0, f"{where} is {too_wide} px too wide"


def look_at(page: Page, path: str, *, name: str) -> None:
    """Open the page of that name, and no other, and find it presentable."""
    assert resolve(urlsplit(path).path).url_name == name
    page.goto(path)
    assert urlsplit(page.url).path == urlsplit(path).path, f"{path} leads on to {page.url}"
    assert_presentable(page, path)


def heard_faults(page: Page) -> list[str]:
    """Everything the console calls an error, and every script that breaks, from now on."""
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_FAULT.match(message.text):
            faults.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults
