"""Every desk page in a real browser: nothing for axe to object to, nothing cut off, the site's own times."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.accessibility import violations
from tests.browser.courses import Course, a_course
from tests.stack import Stack

pytestmark = pytest.mark.slow

SCREENS = {
    "desktop": (1280, 900, "light"),
    "phone": (390, 844, "light"),
    "desktop, dark": (1280, 900, "dark"),
}
FAR_AWAY = "America/Los_Angeles"
on_a_desktop = pytest.mark.parametrize("screen", [SCREENS["desktop"]], indirect=True, ids=["desktop"])
# A page that refuses is loaded with its status; a browser calls that an error of the network.
EXPECTED_FAULT = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@pytest.fixture(scope="module")
def booked(stack: Stack) -> Course:
    return a_course(stack, family_name="Booked", booked=True)


@pytest.fixture(scope="module")
def due(stack: Stack) -> Course:
    return a_course(stack, family_name="Due", booked=False)


@pytest.fixture(scope="module")
def reviewed(stack: Stack) -> Course:
    return a_course(stack, family_name="Reviewed", booked=True, protocol="svf-combination", count=1)


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of a doctor who signed in, for any number of windows."""
    window = chromium.new_context(base_url=stack.base_url)
    sign_in(window.new_page(), stack, "owner")
    kept = tmp_path_factory.mktemp("signed_in") / "cookies.json"
    window.storage_state(path=kept)
    window.close()
    return kept


@pytest.fixture(params=list(SCREENS.values()), ids=list(SCREENS))
def screen(
    request: pytest.FixtureRequest, chromium: Browser, stack: Stack, signed_in: Path
) -> Iterator[Page]:
    """A signed-in tab of some size and colours, in a browser of another time zone, that hears faults."""
    width, height, scheme = request.param
    window = chromium.new_context(
        base_url=stack.base_url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        timezone_id=FAR_AWAY,
        storage_state=signed_in,
    )
    page = window.new_page()
    faults = heard_faults(page)
    yield page
    window.close()
    assert not faults, faults


def heard_faults(page: Page) -> list[str]:
    """Everything the console calls an error, and every script that breaks, from now on."""
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_FAULT.match(message.text):
            faults.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults


def sign_in(page: Page, stack: Stack, role: str) -> None:
    user = stack.demo["users"][role]
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user["email"])
    page.get_by_label("Password").fill(user["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def assert_presentable(page: Page, address: str) -> None:
    """Nothing for axe to object to, one heading, nothing wider than the screen."""
    assert violations(page) == [], address
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, f"{address} is {too_wide} px wider than the screen"


def test_every_page_is_presentable(screen: Page, booked: Course, due: Course, reviewed: Course) -> None:
    first_day = booked.sessions[0]["starts_at"][:10]
    addresses = [
        "/",
        f"/?on={first_day}",
        "/?on=2020-01-01",
        "/patients/",
        "/patients/?search=zzz",
        "/patients/new/",
        *(f"/patients/{course.patient}/" for course in (booked, due, reviewed)),
        f"/patients/{due.patient}/prescribe/",
        f"/plans/{due.plan}/calendars/",
        f"/plans/{due.plan}/calendars/?search=yes&weekdays=7&hard=on",
        f"/plans/{due.plan}/calendars/?search=yes&after=16:00&before=10:00",
        *(f"/plans/{course.plan}/" for course in (booked, due, reviewed)),
        "/?on=yesterday",
        "/nothing/",
        "/patients/00000000-0000-4000-8000-000000000000/",
    ]

    for address in addresses:
        screen.goto(address)

        assert_presentable(screen, address)


def test_a_form_that_refuses_is_presentable(screen: Page, due: Course) -> None:
    for address, button in (
        ("/patients/new/", "Register the patient"),
        (f"/patients/{due.patient}/prescribe/", "Prescribe and find calendars"),
    ):
        screen.goto(address)
        screen.get_by_role("button", name=button).click()
        expect(screen.get_by_role("alert")).to_be_visible()

        assert_presentable(screen, address)


def test_what_opens_is_presentable_when_it_is_open(screen: Page, due: Course) -> None:
    for address, words in (
        (f"/patients/{due.patient}/prescribe/", "What of this is only a default"),
        (f"/plans/{due.plan}/calendars/", "Change dates and wishes"),
    ):
        screen.goto(address)
        screen.get_by_text(words).click()

        assert_presentable(screen, address)


def test_the_sign_in_that_refuses_is_presentable(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill("nobody@clinic.example")
    page.get_by_label("Password").fill("wrong")

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    assert_presentable(page, "/sign-in/")


@on_a_desktop
def test_times_are_the_sites_whatever_the_browsers_zone_is(screen: Page, booked: Course) -> None:
    for session in booked.sessions:
        day, clock = session["starts_at"][:10], session["starts_at"][11:16]

        screen.goto(f"/?on={day}")

        row = screen.get_by_role("row").filter(has_text=booked.patient_name)
        expect(row).to_contain_text(f"{clock} to {session['ends_at'][11:16]}")
        expect(row).to_contain_text(f"Session {session['number']} of 5")


@on_a_desktop
def test_the_first_tab_leads_past_the_bar(screen: Page) -> None:
    screen.goto("/")

    screen.keyboard.press("Tab")
    expect(screen.get_by_role("link", name="Skip to the page")).to_be_focused()
    screen.keyboard.press("Enter")

    expect(screen.locator("main")).to_be_focused()


@on_a_desktop
def test_paper_shows_the_course_and_not_the_desk(screen: Page, booked: Course) -> None:
    screen.goto(f"/plans/{booked.plan}/")
    screen.emulate_media(media="print")

    expect(screen.locator("header.bar")).to_be_hidden()
    expect(screen.get_by_role("button", name="Print this calendar")).to_be_hidden()
    expect(screen.get_by_role("heading", level=1)).to_be_visible()
    expect(screen.get_by_text(f"{booked.patient_name}, born 1 May 1980")).to_be_visible()


@pytest.fixture
def without_scripts(chromium: Browser, stack: Stack, signed_in: Path) -> Iterator[BrowserContext]:
    window = chromium.new_context(
        base_url=stack.base_url,
        java_script_enabled=False,
        storage_state=signed_in,
    )
    yield window
    window.close()


def test_a_course_is_booked_without_any_script(without_scripts: BrowserContext, stack: Stack) -> None:
    course = a_course(stack, family_name="Scriptless", booked=False, count=4)
    page = without_scripts.new_page()
    page.goto(f"/plans/{course.plan}/calendars/")

    page.get_by_role("button", name="Book this calendar").first.click()

    expect(page.get_by_text("All 4 visits are booked.")).to_be_visible()
