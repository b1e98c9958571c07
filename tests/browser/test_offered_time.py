"""The page behind the link of an offer, as a patient sees it on any screen."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser.courses import asked, posted
from tests.support.browser.looks import DESKTOP, heard_faults, look_at
from tests.support.running.stack import Stack

pytestmark = pytest.mark.slow

ADDRESS = "early@patients.example"


def an_offered_time(stack: Stack) -> str:
    """The path of the link for one who waits for an earlier consultation."""
    said = {"given_name": "Eva", "family_name": "Early", "email": ADDRESS, "message_consent": "yes"}
    patient = posted(stack, "patients/", said)
    kinds = {row["key"]: row["id"] for row in asked(stack, "session-types/")["results"]}
    soon = datetime.now(UTC) + timedelta(days=28)
    bounds = f"from={soon.date()}&until={soon.date() + timedelta(days=9)}"
    start = asked(stack, f"starts/?session_type={kinds['consultation']}&{bounds}")["starts"][0]
    wanted = {
        "patient": patient["id"],
        "session_type": kinds["consultation"],
        "starts_at": start["starts_at"],
    }
    session = posted(stack, "sessions/", wanted)
    wait = posted(stack, f"sessions/{session['id']}/wait/", {"notice_hours": 0, "is_urgent": True})
    # Before everybody who waits in the demo, urgent or not.
    posted(stack, f"waits/{wait['id']}/rank/", {"rank": -10_000}, version=wait["version"])
    now = datetime.now(UTC).replace(microsecond=0)
    free = {
        "site": session["site"],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=13)).isoformat(),
    }
    offer = posted(stack, "waitlist/offer/", free)["offer"]
    assert offer["wait"] == wait["id"]
    # By night its mail waits for the morning: the link is the same.
    made = stack.told_by(
        "from scheduling.models import Offer; from scheduling.messages.offer_links import offer_link; "
        f"print(offer_link(Offer.objects.get(uuid='{offer['id']}')))"
    )
    return urlsplit(made).path


@pytest.mark.main_job("patient")
def test_a_patient_takes_an_earlier_time_by_the_link_of_the_mail(chromium: Browser, stack: Stack) -> None:
    link = an_offered_time(stack)
    window = chromium.new_context(
        base_url=stack.base_url, viewport={"width": DESKTOP.width, "height": DESKTOP.height}
    )
    page = window.new_page()
    faults = heard_faults(page)

    look_at(page, link, name="offer")
    page.get_by_role("button", name="Take this time").click()

    expect(page.get_by_role("heading", name="It is yours")).to_be_visible()
    window.close()
    assert not faults, faults
