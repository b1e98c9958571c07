"""The first page after signing in, as a browser shows it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.accessibility import violations


def test_the_sign_in_page_has_nothing_that_axe_objects_to(page: Page) -> None:
    page.goto("/sign-in/")

    assert violations(page) == []


@pytest.mark.main_job("receptionist")
def test_reception_signs_in_and_sees_the_day_sheet(desk: Page) -> None:
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    assert violations(desk) == []
