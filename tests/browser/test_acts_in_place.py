"""Acts in place, in a real browser: what is swapped, what stays, where the focus goes, and what is said."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.browser.courses import Course, a_course
from tests.support.browser.looks import assert_presentable, heard_faults
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow

STAYED = "window.hasStayed === true"


@pytest.fixture
def here(desk: Page, stack: Stack) -> Page:
    """The day sheet, on which somebody has just arrived without a time: the last in its list."""
    course = a_course(stack, family_name="Walks-In", booked=False)
    desk.goto(f"/patients/{course.patient}/walk-in/")
    desk.get_by_role("button", name="Here for this", exact=False).first.click()
    expect(desk.locator("#said")).to_contain_text("Ada Walks-In is here, without a time.")
    desk.goto("/")
    desk.evaluate("window.hasStayed = true")
    return desk


def row(page: Page) -> Locator:
    return page.locator("tr[data-row]").filter(has_text="Ada Walks-In").last


def test_an_act_swaps_the_sheet_and_leaves_the_page_where_it_is(here: Page) -> None:
    here.set_viewport_size({"width": 1280, "height": 500})
    button = row(here).get_by_role("button", name="Start")
    button.scroll_into_view_if_needed()
    before = here.evaluate("window.scrollY")

    button.click()

    expect(row(here)).to_contain_text("In treatment")
    expect(here.locator("#said")).to_contain_text("Ada Walks-In is in treatment.")
    assert here.evaluate(STAYED)
    assert here.evaluate("window.scrollY") == before
    assert_presentable(here, "the sheet after an act in place")


def test_the_focus_stays_in_the_row(here: Page) -> None:
    row(here).get_by_role("button", name="Start").focus()
    here.keyboard.press("Enter")

    expect(row(here)).to_contain_text("In treatment")
    expect(row(here).locator(":focus")).to_have_count(1)


def test_what_is_said_has_its_button_and_is_closed(here: Page) -> None:
    row(here).get_by_role("button", name="Start").click()

    here.locator("#said").get_by_role("button", name="Undo").click()
    expect(row(here)).to_contain_text("Arrived")
    assert here.evaluate(STAYED)
    here.locator("#said").get_by_role("button", name="Close").click()

    expect(here.locator("#said")).to_be_empty()


def test_a_refusal_stands_beside_what_was_pressed(here: Page, window: BrowserContext) -> None:
    other = window.new_page()
    other.goto("/")
    row(other).get_by_role("button", name="Start").click()
    expect(row(other)).to_contain_text("In treatment")
    expect(row(other).get_by_role("button", name="Start")).to_have_count(0)

    row(here).get_by_role("button", name="Next free time").click()

    expect(row(here).get_by_role("alert")).to_be_visible()
    assert here.evaluate(STAYED)
    assert_presentable(here, "the sheet after a refusal")


def test_the_way_back_leads_to_the_page_before(here: Page) -> None:
    row(here).get_by_role("link", name="Ada Walks-In", exact=True).click()
    expect(here.get_by_role("heading", level=1)).to_have_text("Ada Walks-In")
    here.get_by_role("navigation", name="Main").get_by_role("link", name="Day sheet").click()
    row(here).get_by_role("button", name="Start").click()
    expect(row(here)).to_contain_text("In treatment")

    here.go_back()

    expect(here.get_by_role("heading", level=1)).to_have_text("Ada Walks-In")


def register(page: Page, name: str, *, given_name: str = "Ada") -> None:
    page.get_by_label("Given name").fill(given_name)
    page.get_by_label("Family name").fill(name)
    page.get_by_role("textbox", name="Date of birth").fill("1-5-1980")
    page.get_by_role("button", name="Register the patient").click()


def test_a_form_that_is_refused_keeps_what_was_typed_and_leads_to_what_is_wrong(desk: Page) -> None:
    desk.goto("/patients/new/")
    desk.evaluate("window.hasStayed = true")

    register(desk, "", given_name="")

    expect(desk.get_by_label("Given name")).to_be_focused()
    expect(desk.get_by_role("textbox", name="Date of birth")).to_have_value("1-5-1980")
    assert desk.evaluate(STAYED)
    assert_presentable(desk, "a form that is refused in place")


def test_a_sign_in_that_ran_out_loses_nothing(desk: Page, window: BrowserContext, stack: Stack) -> None:
    desk.goto("/patients/new/")
    window.clear_cookies(name="sessionid")

    register(desk, "Ran-Out")

    expect(desk.get_by_role("alert")).to_contain_text("You are signed out.")
    expect(desk.get_by_label("Family name")).to_have_value("Ran-Out")
    assert_presentable(desk, "a form whose sign-in ran out")

    with window.expect_page() as opened:
        desk.get_by_role("link", name="Sign in").click()
    user, other = stack.demo["users"]["receptionist"], opened.value
    other.get_by_label("E-mail").fill(user["email"])
    other.get_by_label("Password").fill(user["password"])
    other.get_by_role("button", name="Sign in").click()
    other.get_by_role("navigation", name="Main").wait_for()
    desk.get_by_role("button", name="Register the patient").click()

    expect(desk.get_by_role("heading", level=1)).to_have_text("Ada Ran-Out")


def test_without_a_connection_the_form_says_so(desk: Page) -> None:
    desk.goto("/patients/new/")
    desk.route("**/patients/new/", lambda route: route.abort())

    register(desk, "Unreached")

    expect(desk.get_by_role("alert")).to_contain_text("The desk could not be reached.")
    expect(desk.get_by_label("Family name")).to_have_value("Unreached")


def test_a_day_is_chosen_from_a_calendar_and_stands_in_the_clinics_order(desk: Page) -> None:
    desk.goto("/patients/new/")
    field = desk.get_by_role("textbox", name="Date of birth")
    expect(field).to_have_attribute("placeholder", "dd-mm-yyyy")

    desk.locator(".day-calendar").first.evaluate(
        "day => { day.value = '1980-05-01'; day.dispatchEvent(new Event('change')) }"
    )

    expect(field).to_have_value("01-05-1980")
    expect(field).to_be_focused()


def test_the_menu_opens_and_closes_without_a_script(chromium: Browser, stack: Stack) -> None:
    window = chromium.new_context(base_url=stack.base_url, java_script_enabled=False)
    page, user = window.new_page(), stack.demo["users"]["receptionist"]
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user["email"])
    page.get_by_label("Password").fill(user["password"])
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("button", name="Your menu").click()
    expect(page.get_by_role("link", name="Your account")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Your account")).to_be_hidden()
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in to Coursebook")).to_be_visible()
    window.close()


def test_nothing_of_a_page_is_kept_in_the_browser(here: Page) -> None:
    row(here).get_by_role("button", name="Start").click()
    expect(row(here)).to_contain_text("In treatment")

    assert here.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])") == "[{},{}]"


@pytest.fixture
def due(stack: Stack) -> Course:
    return a_course(stack, family_name="In-Place", booked=False)


def test_no_script_breaks_on_the_way_through_a_booking(desk: Page, due: Course) -> None:
    faults = heard_faults(desk)
    desk.goto(f"/plans/{due.plan}/calendars/")

    desk.get_by_role("button", name="Hold 10 minutes").first.click()
    expect(desk.get_by_text("The calendar is held until")).to_be_visible()
    desk.get_by_role("button", name="Release it").click()
    expect(desk.locator("#said")).to_contain_text("Released: the time is free again.")
    expect(desk.get_by_role("button", name="Release it")).to_have_count(0)

    assert faults == []
