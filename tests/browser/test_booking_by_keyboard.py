"""Booking a whole course in a real browser without touching the mouse."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.bar import expect_signed_in
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow

MOST_TABS, MOST_WEEKS = 80, 20


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that it shows."""
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate("element => element.matches(':focus-visible')")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} tabs do not lead to {target}")


def press(page: Page, target: Locator) -> None:
    tab_to(page, target.first)
    page.keyboard.press("Enter")


def type_into(page: Page, label: str, words: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def sign_in(page: Page, stack: Stack) -> None:
    user = stack.demo["users"]["receptionist"]
    page.goto("/")
    type_into(page, "E-mail", user["email"])
    type_into(page, "Password", user["password"])
    page.keyboard.press("Enter")
    expect_signed_in(page)


def register(page: Page, given_name: str, family_name: str) -> None:
    press(page, page.get_by_role("link", name="Patients"))
    press(page, page.get_by_role("link", name="New patient"))
    type_into(page, "Given name", given_name)
    type_into(page, "Family name", family_name)
    press(page, page.get_by_role("button", name="Register the patient"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{given_name} {family_name}")


def prescribe_five_sessions(page: Page) -> None:
    press(page, page.get_by_role("link", name="Prescribe a course"))
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("Space")
    chosen = page.get_by_role("radio", name=re.compile(r"^PRP \+ mesotherapy"))
    for _ in range(page.get_by_role("radio").count()):
        if chosen.is_checked():
            break
        page.keyboard.press("ArrowDown")
    expect(chosen).to_be_checked()
    type_into(page, "Number of sessions", "5")
    tab_to(page, page.get_by_label("Prescribed by"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_role("checkbox", name="Tue"))
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Prescribe and find calendars"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a calendar")


def go_to_the_day_sheet_of(page: Page, day: str) -> None:
    press(page, page.get_by_role("link", name="Day sheet"))
    strip = page.get_by_role("navigation", name="Other days")
    expect(strip).to_be_visible()
    on_the_day = strip.locator(f"a[href='?on={day}']")
    for _ in range(MOST_WEEKS):
        if on_the_day.count():
            break
        week = page.url
        press(page, strip.get_by_role("link", name="One week later"))
        expect(page).not_to_have_url(week)
    press(page, on_the_day)


@pytest.mark.main_job("receptionist")
def test_from_sign_in_to_the_day_sheet_by_keyboard(page: Page, stack: Stack) -> None:
    sign_in(page, stack)
    register(page, "Keetje", "Toetsen")
    prescribe_five_sessions(page)

    press(page, page.get_by_role("button", name="Book this calendar"))

    expect(page.get_by_text("All 5 sessions are booked.")).to_be_visible()
    sessions = page.get_by_role("listitem").locator("time")
    expect(sessions).to_have_count(5)
    first = sessions.first.get_attribute("datetime") or ""
    go_to_the_day_sheet_of(page, first[:10])
    row = page.get_by_role("row").filter(has_text="Keetje Toetsen")
    expect(row).to_contain_text("Session 1 of 5")
    expect(row).to_contain_text(f"{first[11:16]} to")
    expect(row).to_contain_text("Booked")
