"""Two receptionists share one desk, in a real browser on the running service."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from tests.support.browser.accessibility import violations
from tests.support.browser.desks import (
    Person,
    a_patient_of,
    choose,
    expect_acting,
    hire,
    let_an_hour_pass,
    set_pin,
    sign_out,
    switch_to,
    trust_this_device,
)
from tests.support.browser.elsewhere import SHARED
from tests.support.browser.looks import assert_presentable, look_at
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow

IDLE = "10:01"
HALF_TYPED = "Thinning at the crown, since spring"
# Generous on a busy machine; by hand it takes about three.
SECONDS_TO_SWITCH = 5


@pytest.fixture(scope="module")
def staff(stack: Stack) -> tuple[Person, ...]:
    return hire(stack, Person.called("Noor Bakker", pin="4711"), Person.called("Bo Smit", pin="8203"))


@pytest.fixture(scope="module")
def noor(staff: tuple[Person, ...]) -> Person:
    return staff[0]


@pytest.fixture(scope="module")
def bo(staff: tuple[Person, ...]) -> Person:
    return staff[1]


@pytest.fixture(scope="module")
def trusted(
    chromium: Browser, stack: Stack, staff: tuple[Person, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The cookies of a trusted device on which both have set their PINs, with nobody at work."""
    window = chromium.new_context(base_url=stack.base_url)
    page = window.new_page()
    trust_this_device(page, stack, label="Front desk")
    for person in staff:
        set_pin(page, person)
        sign_out(page)
    kept = tmp_path_factory.mktemp("trusted") / "cookies.json"
    window.storage_state(path=kept)
    window.close()
    return kept


@pytest.fixture(scope="module")
def prescription(stack: Stack) -> str:
    return a_patient_of(stack)


@pytest.fixture
def shared(page: Page, trusted: Path, noor: Person) -> Page:
    """The trusted device, with Noor at work."""
    page.context.add_cookies(json.loads(trusted.read_text(encoding="utf-8"))["cookies"])
    page.goto("/desk/switch/")
    choose(page, noor)
    return page


def lock_of(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Locked")


def go_idle_over(page: Page, path: str) -> None:
    """Noor half types a prescription and leaves; the computer sleeps and wakes."""
    page.clock.install()
    page.goto(path)
    page.get_by_label("What it is for").fill(HALF_TYPED)
    page.get_by_role("checkbox", name="Tue").check()
    page.clock.fast_forward(IDLE)
    expect(lock_of(page)).to_be_visible()


def everything_typed(page: Page) -> list[str]:
    fields: list[str] = page.locator("input, textarea").evaluate_all(
        "fields => fields.map(field => field.value)"
    )
    return fields


@pytest.mark.main_job("receptionist")
def test_two_receptionists_take_over_from_each_other_within_seconds(
    shared: Page, noor: Person, bo: Person
) -> None:
    expect_acting(shared, noor)

    for person in (bo, noor, bo):
        started = time.monotonic()
        switch_to(shared, person)
        assert time.monotonic() - started < SECONDS_TO_SWITCH

    expect(shared.get_by_role("banner")).not_to_contain_text(noor.name)


def test_who_is_signed_out_comes_in_by_pin_from_the_sign_in_page(shared: Page, bo: Person) -> None:
    sign_out(shared)

    shared.get_by_role("link", name="Take over with a PIN").click()
    choose(shared, bo)

    expect_acting(shared, bo)


def test_a_half_typed_prescription_survives_the_lock_for_who_typed_it(
    shared: Page, prescription: str, noor: Person
) -> None:
    go_idle_over(shared, prescription)

    shared.keyboard.type(noor.pin)
    shared.keyboard.press("Enter")

    expect(lock_of(shared)).to_have_count(0)
    expect(shared.get_by_label("What it is for")).to_have_value(HALF_TYPED)
    expect(shared.get_by_role("checkbox", name="Tue")).to_be_checked()
    expect(shared).to_have_title(re.compile("^Prescribe a course"))
    shared.get_by_role("radio", name=re.compile(r"^PRP \+ mesotherapy")).check()
    shared.get_by_role("spinbutton", name="Number of sessions").fill("5")
    shared.get_by_role("combobox", name="Prescribed by").select_option(index=1)
    shared.get_by_role("button", name="Prescribe and find calendars").click()
    expect(shared.get_by_role("heading", level=1)).to_have_text("Choose a calendar")


def test_a_half_typed_prescription_is_gone_for_another(shared: Page, prescription: str, bo: Person) -> None:
    go_idle_over(shared, prescription)

    shared.get_by_role("link", name="Someone else takes over").click()
    choose(shared, bo)

    for _ in range(4):
        shared.go_back()
        assert HALF_TYPED not in everything_typed(shared)
    shared.goto(prescription)
    expect(shared.get_by_label("What it is for")).to_have_value("")
    expect(shared.get_by_role("checkbox", name="Tue")).not_to_be_checked()


def test_a_locked_page_cannot_be_seen_read_or_reached(shared: Page, prescription: str, noor: Person) -> None:
    go_idle_over(shared, prescription)

    assert shared.title() == "Locked – Coursebook"
    expect(shared.get_by_text("For Ada Halfway")).not_to_be_visible()
    assert "Halfway" not in shared.locator("body").inner_text()
    shared.keyboard.press("Escape")
    for _ in range(8):
        shared.keyboard.press("Tab")
        assert shared.evaluate("document.activeElement.closest('.lock') !== null")
    expect(shared.get_by_label("What it is for")).not_to_be_visible()
    shared.get_by_label(f"PIN or password of {noor.name}").fill("9052")
    shared.keyboard.press("Enter")
    expect(lock_of(shared).get_by_role("alert")).to_contain_text("4 tries are left")
    expect(shared.get_by_text("For Ada Halfway")).not_to_be_visible()
    assert violations(shared) == []


def test_a_desk_at_which_someone_types_does_not_lock_and_tells_the_server_once_a_minute(
    shared: Page, prescription: str
) -> None:
    told: list[str] = []

    def listen(request: Request) -> None:
        if request.url.endswith("/desk/awake/"):
            told.append(request.method)

    shared.on("request", listen)
    shared.clock.install()
    shared.goto(prescription)
    shared.get_by_label("What it is for").click()

    for _ in range(60):
        shared.keyboard.type("a")
        shared.clock.run_for(15_000)

    expect(lock_of(shared)).to_have_count(0)
    expect(shared.get_by_label("What it is for")).to_have_value("a" * 60)
    assert 12 <= len(told) <= 15
    assert set(told) == {"POST"}


def test_other_windows_leave_the_page_when_someone_else_takes_over(
    shared: Page, window: BrowserContext, prescription: str, bo: Person
) -> None:
    other = window.new_page()
    other.goto(prescription)
    other.get_by_label("What it is for").fill(HALF_TYPED)

    switch_to(shared, bo)

    expect(other).to_have_url(re.compile(r"/$"))
    expect_acting(other, bo)
    assert HALF_TYPED not in everything_typed(other)


def test_the_server_locks_by_itself_and_a_form_that_met_it_goes_on(
    shared: Page, stack: Stack, noor: Person
) -> None:
    shared.goto("/patients/new/")
    shared.get_by_label("Given name").fill("Ilse")
    shared.get_by_label("Family name").fill("Kwikstaart")
    let_an_hour_pass(stack)

    shared.get_by_role("button", name="Register the patient").click()
    expect(shared.get_by_role("heading", level=1)).to_have_text("Locked")
    assert violations(shared) == []
    assert "Kwikstaart" not in shared.locator("body").inner_text()
    shared.get_by_label(f"PIN or password of {noor.name}").fill(noor.pin)
    shared.keyboard.press("Enter")

    expect(shared.get_by_role("heading", level=1)).to_have_text("Ilse Kwikstaart")


def test_every_page_of_the_shared_desk_is_presentable(shared: Page, bo: Person) -> None:
    for name, paths in SHARED.items():
        for path in paths:
            look_at(shared, path, name=name)
    shared.get_by_role("link", name=bo.name).click()
    assert_presentable(shared, "taking over")
    shared.goto("/account/")
    expect(shared.get_by_text("A PIN does not let you do this")).to_be_visible()
    assert_presentable(shared, "one's own account, by PIN")
    sign_out(shared)
    assert_presentable(shared, "signing in at a trusted device")
