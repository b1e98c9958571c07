"""Every desk page in a real browser: nothing for axe to object to, nothing cut off, the site's own times."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import about, elsewhere
from tests.support.browser.absences import absences, hours
from tests.support.browser.bar import expect_signed_in
from tests.support.browser.courses import Course, a_course, a_held_course
from tests.support.browser.looks import DESKTOP, assert_presentable, heard_faults, look_at
from tests.support.matrix import doors
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow

FAR_AWAY = "America/Los_Angeles"
ALL_COURSES = {
    "to-be-booked": ["/to-be-booked/", "/to-be-booked/?page=2"],
    "adherence": [
        "/adherence/",
        "/adherence/?first_on=2020-01-01&last_on=2020-01-02",
        "/adherence/?first_on=2027-01-02&last_on=2027-01-01",
    ],
}


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
def held(stack: Stack) -> Course:
    return a_held_course(stack, family_name="Held")


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of a doctor who signed in, for any number of windows."""
    window = chromium.new_context(base_url=stack.base_url)
    sign_in(window.new_page(), stack, "owner")
    kept = tmp_path_factory.mktemp("signed_in") / "cookies.json"
    window.storage_state(path=kept)
    window.close()
    return kept


@pytest.fixture
def screen(chromium: Browser, stack: Stack, signed_in: Path) -> Iterator[Page]:
    """A signed-in tab in a browser of another time zone, that hears faults."""
    window = chromium.new_context(
        base_url=stack.base_url,
        viewport={"width": DESKTOP.width, "height": DESKTOP.height},
        timezone_id=FAR_AWAY,
        storage_state=signed_in,
    )
    page = window.new_page()
    faults = heard_faults(page)
    yield page
    window.close()
    assert not faults, faults


def sign_in(page: Page, stack: Stack, role: str) -> None:
    user = stack.demo["users"][role]
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(user["email"])
    page.get_by_label("Password").fill(user["password"])
    page.get_by_role("button", name="Sign in").click()
    expect_signed_in(page)


@pytest.fixture
def pages_of_the_clinic(
    screen: Page, stack: Stack, booked: Course, due: Course, reviewed: Course, held: Course
) -> dict[str, list[str]]:
    """The paths of each page behind the desk, by its name in the list of paths."""
    first_day = booked.sessions[0]["starts_at"][:10]
    calendars = f"/plans/{due.plan}/calendars/"
    screen.goto("/clinic/members/")
    member = screen.locator("main table a").first.get_attribute("href")
    assert member
    return {
        "day-sheet": ["/", f"/?on={first_day}", "/?on=2020-01-01"],
        **about.pages_of_questions(due),
        **about.pages_of_changes(booked),
        **about.pages_of_sessions(due, booked, reviewed, held),
        **about.pages_of_completion(stack, booked, reviewed),
        **about.pages_of_places(stack),
        "patients": ["/patients/", "/patients/?search=zzz"],
        "patient-new": ["/patients/new/"],
        "patient": [f"/patients/{course.patient}/" for course in (booked, due, reviewed, held)],
        "patient-erase": [f"/patients/{course.patient}/erase/" for course in (booked, due)],
        **about.pages_of_a_patient(due, first_day),
        "calendars": [
            calendars,
            f"{calendars}?view=months",
            f"/plans/{held.plan}/calendars/",
            f"{calendars}?search=yes&weekdays=7&hard=on",
            f"{calendars}?search=yes&after=16:00&before=10:00",
        ],
        "plan": [f"/plans/{course.plan}/" for course in (booked, due, reviewed, held)],
        **ALL_COURSES,
        "trail": ["/trail/", f"/trail/?patient={booked.patient}"],
        "house": ["/clinic/"],
        **about.MEMBERS,
        "member": [member],
        **absences(screen),
        **hours(screen),
    }


def test_every_page_of_the_clinic_is_presentable(
    screen: Page, pages_of_the_clinic: dict[str, list[str]]
) -> None:
    for name, paths in pages_of_the_clinic.items():
        for path in paths:
            look_at(screen, path, name=name)


def test_no_page_goes_without_a_look(pages_of_the_clinic: dict[str, list[str]]) -> None:
    there_are = {name for name, pattern in doors.paths() if not doors.contracts_of(pattern.callback)}

    looked_at = {*pages_of_the_clinic, *elsewhere.BEFORE_SIGNING_IN, *elsewhere.ACCOUNT, *elsewhere.SHARED}

    assert looked_at | elsewhere.NO_PAGE == there_are
    assert not looked_at & elsewhere.NO_PAGE


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?on=yesterday", 400),
        ("/nothing/", 404),
        ("/patients/00000000-0000-4000-8000-000000000000/", 404),
        (f"/patients/?search={'x' * 4000}", 414),
    ],
)
def test_a_page_that_refuses_is_presentable(screen: Page, path: str, status: int) -> None:
    answer = screen.goto(path)

    assert answer is not None
    assert answer.status == status
    assert_presentable(screen, path)


def test_a_form_that_is_too_much_is_refused_beside_its_button(screen: Page) -> None:
    screen.goto("/patients/new/")
    field = screen.get_by_label("Given name")
    field.evaluate("field => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(300000) }")

    screen.get_by_role("button", name="Register the patient").click()

    expect(screen.get_by_role("alert")).to_contain_text("More was sent than a form here can hold")
    assert_presentable(screen, "413")


def test_who_may_not_open_a_page_is_told_on_a_presentable_one(desk: Page) -> None:
    answer = desk.goto("/clinic/")

    assert answer is not None
    assert answer.status == 403
    assert_presentable(desk, "403")


def test_a_new_key_and_an_invitation_are_presentable(screen: Page) -> None:
    screen.goto("/clinic/keys/")
    screen.get_by_label("Who uses it, and for what").fill("The till")
    screen.get_by_role("checkbox").first.check()
    screen.get_by_role("button", name="Issue the key").click()
    expect(screen.get_by_text("Copy the key of “The till” now")).to_be_visible()
    assert_presentable(screen, "a key that was just made")

    screen.goto("/clinic/members/invite/")
    screen.get_by_label("Name", exact=True).fill("Ilse Kwikstaart")
    screen.get_by_label("E-mail").fill("ilse@clinic.example")
    screen.get_by_role("button", name="Send the invitation").click()
    expect(screen.get_by_role("heading", name="Ilse Kwikstaart is invited")).to_be_visible()
    assert_presentable(screen, "someone who was just invited")


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
        (f"/plans/{due.plan}/calendars/", "Hold longer"),
    ):
        screen.goto(address)
        screen.get_by_text(words).first.click()

        assert_presentable(screen, address)


def test_the_sign_in_that_refuses_is_presentable(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill("nobody@clinic.example")
    page.get_by_label("Password").fill("wrong")

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    assert_presentable(page, "/sign-in/")


@pytest.mark.main_job("receptionist")
def test_times_are_the_sites_whatever_the_browsers_zone_is(screen: Page, booked: Course) -> None:
    for session in booked.sessions:
        day, clock = session["starts_at"][:10], session["starts_at"][11:16]

        screen.goto(f"/?on={day}")

        row = screen.get_by_role("row").filter(has_text=booked.patient_name)
        expect(row).to_contain_text(f"{clock} to {session['ends_at'][11:16]}")
        expect(row).to_contain_text(f"Session {session['number']} of 5")


def test_the_first_tab_leads_past_the_bar(screen: Page) -> None:
    screen.goto("/")

    screen.keyboard.press("Tab")
    expect(screen.get_by_role("link", name="Skip to the page")).to_be_focused()
    screen.keyboard.press("Enter")

    expect(screen.locator("main")).to_be_focused()


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


@pytest.mark.main_job("receptionist")
def test_a_course_is_held_and_released_without_any_script(
    without_scripts: BrowserContext, stack: Stack
) -> None:
    course = a_course(stack, family_name="Undecided", booked=False, count=4)
    page = without_scripts.new_page()
    page.goto(f"/plans/{course.plan}/calendars/")

    page.get_by_role("button", name="Hold 10 minutes").first.click()
    expect(page.get_by_role("button", name="Book what is held")).to_be_visible()
    page.get_by_role("button", name="Release it").click()

    expect(page.get_by_text("Released: the time is free again.")).to_be_visible()


@pytest.mark.main_job("receptionist")
def test_a_course_is_booked_without_any_script(without_scripts: BrowserContext, stack: Stack) -> None:
    course = a_course(stack, family_name="Scriptless", booked=False, count=4)
    page = without_scripts.new_page()
    page.goto(f"/plans/{course.plan}/calendars/")

    page.get_by_role("button", name="Book this calendar").first.click()

    expect(page.get_by_text("All 4 sessions are booked.")).to_be_visible()
