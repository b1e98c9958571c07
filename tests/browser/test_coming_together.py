"""Two patients who come together, entered by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.courses import a_course
from tests.support.browser.looks import assert_presentable
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow


def test_another_patients_sessions_are_chosen_by_name_without_a_mouse(desk: Page, stack: Stack):
    theirs = a_course(stack, family_name="Companion", booked=True)
    due = a_course(stack, family_name="Together", booked=False)
    desk.goto(f"/plans/{due.plan}/calendars/")

    desk.locator("summary", has_text="Change dates and wishes").press("Enter")
    desk.get_by_label("Together with").press_sequentially("companion")
    desk.get_by_label("Together with").press("Enter")
    expect(desk.get_by_text("Choose below whose sessions")).to_be_visible()
    assert_presentable(desk, "choosing whose sessions")
    desk.get_by_role("radio", name="Nobody").focus()
    desk.keyboard.press("ArrowDown")
    expect(desk.get_by_role("radio", name=theirs.patient_name)).to_be_checked()
    desk.keyboard.press("Enter")

    expect(desk.get_by_text("Now: Together with another patient")).to_be_visible()
