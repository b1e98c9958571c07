"""Two desks at work on the same: what one does shows at the other, and what someone types stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.support.browser.accessibility import violations
from tests.support.browser.courses import a_course, a_held_course, asked, posted
from tests.support.browser.desks import sign_in
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow

# It takes about three; a busy machine may take longer.
SOON = 12_000
TYPED = "11:45"


@pytest.fixture
def other(chromium: Browser, stack: Stack) -> Iterator[Page]:
    """Another desk, in another browser."""
    window = chromium.new_context(base_url=stack.base_url)
    page = window.new_page()
    user = stack.demo["users"]["administrator"]
    sign_in(page, email=user["email"], password=user["password"])
    yield page
    window.close()


def a_free_hour(stack: Stack, *, days_ahead: int) -> dict[str, Any]:
    """What books a consultation, for someone still to be named."""
    kinds = {row["key"]: row["id"] for row in asked(stack, "session-types/")["results"]}
    first = (datetime.now(UTC) + timedelta(days=days_ahead)).date()
    bounds = f"from={first}&until={first + timedelta(days=9)}"
    start = asked(stack, f"starts/?session_type={kinds['consultation']}&{bounds}")["starts"][0]
    return {"session_type": kinds["consultation"], "starts_at": start["starts_at"]}


def a_patient(stack: Stack, *, family_name: str) -> str:
    patient: dict[str, str] = posted(
        stack, "patients/", {"given_name": "Ada", "family_name": family_name, "email": "ada@patients.example"}
    )
    return patient["id"]


def someone_waits(stack: Stack, *, family_name: str) -> None:
    patient = a_patient(stack, family_name=family_name)
    session = posted(stack, "sessions/", a_free_hour(stack, days_ahead=30) | {"patient": patient})
    posted(stack, f"sessions/{session['id']}/wait/", {"notice_hours": 0, "is_urgent": False})


def asks_of(page: Page) -> list[str]:
    """What the page asks about changes from now on."""
    heard: list[str] = []

    def listen(request: Request) -> None:
        if "/live/" in request.url:
            heard.append(request.url)

    page.on("request", listen)
    return heard


@pytest.mark.main_job("receptionist")
def test_what_one_desk_releases_is_gone_from_the_other_without_a_click(
    desk: Page, other: Page, stack: Stack
) -> None:
    course = a_held_course(stack, family_name="Released")
    for page in (desk, other):
        page.goto(f"/plans/{course.plan}/")
        expect(page.get_by_text("Held until")).to_be_visible()

    other.get_by_role("button", name="Release it").click()

    expect(desk.get_by_text("Held until")).to_have_count(0, timeout=SOON)
    expect(desk.locator(".chip-due")).to_have_count(5)
    assert violations(desk) == []


def test_who_is_booked_for_a_day_shows_on_its_sheet_and_focus_and_place_stay(
    desk: Page, stack: Stack
) -> None:
    hour = a_free_hour(stack, days_ahead=14)
    first = a_patient(stack, family_name="Earlybird")
    posted(stack, "sessions/", hour | {"patient": first})
    later = a_free_hour(stack, days_ahead=14)
    while later["starts_at"][:10] != hour["starts_at"][:10]:
        hour, later = later, a_free_hour(stack, days_ahead=15)
    desk.set_viewport_size({"width": 1280, "height": 400})
    desk.goto(f"/?on={later['starts_at'][:10]}")
    link = desk.locator("#sheet table").get_by_role("link").last
    link.focus()
    mark = link.get_attribute("href")
    top = desk.evaluate("window.scrollY")

    posted(stack, "sessions/", later | {"patient": a_patient(stack, family_name="Latecomer")})

    expect(desk.get_by_role("link", name="Ada Latecomer", exact=True)).to_have_count(1, timeout=SOON)
    assert desk.evaluate("document.activeElement.getAttribute('href')") == mark
    assert abs(desk.evaluate("window.scrollY") - top) < 200


def test_typed_text_is_not_lost_and_what_changed_is_shown_on_demand(desk: Page, stack: Stack) -> None:
    desk.goto("/waitlist/")
    desk.get_by_label("From", exact=True).fill(TYPED)

    someone_waits(stack, family_name="Patiently")

    bar = desk.get_by_role("status").filter(has_text="This page has changed.")
    expect(bar).to_be_visible(timeout=SOON)
    expect(desk.get_by_role("link", name="Ada Patiently")).to_have_count(0)
    expect(desk.get_by_label("From", exact=True)).to_have_value(TYPED)
    assert violations(desk) == []
    bar.get_by_role("button", name="Show").click()
    expect(desk.get_by_role("link", name="Ada Patiently")).to_be_visible()
    expect(bar).to_have_count(0)
    expect(desk.get_by_label("From", exact=True)).to_have_value(TYPED)


def test_once_nobody_types_any_more_the_page_goes_on_by_itself(desk: Page, stack: Stack) -> None:
    desk.goto("/waitlist/")
    before = desk.get_by_label("From", exact=True).input_value()
    desk.get_by_label("From", exact=True).fill(TYPED)
    someone_waits(stack, family_name="Undecided")
    expect(desk.get_by_text("This page has changed.")).to_be_visible(timeout=SOON)

    desk.get_by_label("From", exact=True).fill(before)

    expect(desk.get_by_role("link", name="Ada Undecided")).to_be_visible(timeout=SOON)
    expect(desk.get_by_text("This page has changed.")).to_have_count(0)


def test_who_is_signed_out_asks_no_more(desk: Page) -> None:
    desk.goto("/")
    heard = asks_of(desk)
    desk.wait_for_timeout(3500)
    assert 1 <= len(heard) <= 3

    desk.context.clear_cookies()
    desk.wait_for_timeout(3000)
    told = len(heard)
    desk.wait_for_timeout(5000)

    assert len(heard) == told


def test_a_page_without_anything_live_does_not_ask(desk: Page) -> None:
    desk.goto("/patients/")
    # Not earlier: the page before it asks.
    heard = asks_of(desk)
    desk.wait_for_timeout(3000)

    assert heard == []


def test_a_course_that_someone_looks_at_is_asked_about_by_its_own_clinic(desk: Page, stack: Stack) -> None:
    course = a_course(stack, family_name="Watched", booked=True)
    heard = asks_of(desk)

    desk.goto(f"/plans/{course.plan}/")
    desk.wait_for_timeout(3000)

    clinic = desk.locator("script[data-since]").get_attribute("data-clinic")
    assert clinic
    assert heard
    assert all(f"clinic={clinic}" in url for url in heard)
