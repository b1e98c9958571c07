"""At the desk: days too near to another course, why, from when, and how a person decides otherwise."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Session, SessionStatus
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.desk import doctors_desk, reception
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def asked(world: World) -> dict[str, str]:
    """A mesotherapy four days after the first of four PRP + mesotherapy: three days too near."""
    course = a_booked_course(world=world)
    on = times_of(course[0]).on + 4 * DAY
    return {"session_type": str(world.session_types["mesotherapy"].uuid), "on": str(on)}


def the_page(world: World, desk, **asked):
    return desk.get(reverse("book-session", args=[world.patient.uuid]), **asked)


def lone() -> list[Session]:
    return list(Session.objects.filter(plan=None))


def test_the_day_says_why_and_from_when_and_one_click_takes_the_first_that_works(world, asked):
    desk = reception(world)
    page = the_page(world, desk, **asked)

    assert "7 days after session 1 of another course; from 11 January" in page.text
    form = page.form("Take the first that works: Mon 11 Jan, 09:00")
    desk.post(page.url.partition("?")[0], {**form.fields, "starts_at": "2027-01-11T09:00:00+01:00"})
    [booked] = lone()
    assert (str(booked.local_date), booked.status) == ("2027-01-11", SessionStatus.BOOKED)


def test_with_a_reason_the_days_are_shown_and_booked(world, asked):
    desk = reception(world)
    page = the_page(world, desk, **asked, reason="Wedding")
    form = page.form("10:00")
    desk.post(page.url.partition("?")[0], {**form.fields, "starts_at": f"{asked['on']}T10:00:00+01:00"})

    [booked] = lone()
    assert [(entry["code"], entry["reason"]) for entry in booked.waived] == [("rest_short", "Wedding")]


def test_a_prescription_names_what_is_running_and_where_on_the_body_it_is(world, asked):
    desk = doctors_desk(world)
    page = desk.get(reverse("prescribe", args=[world.patient.uuid]))
    assert "A course of PRP + mesotherapy is running: 4 sessions are to come." in page.text
    assert "After SVF combination: 28 days" in page.text

    said = {
        "protocol": str(world.protocols["mesotherapy"].uuid),
        "session_count": "5",
        "prescribed_by": str(world.doctors[0].uuid),
        "region": "Left cheek",
    }
    assert "Write it in small letters, digits and hyphens." in desk.send(page, "Prescribe", **said).text
    desk.send(page, "Prescribe", **{**said, "region": "left-cheek"})
    assert world.patient.plans.get(protocol__key="mesotherapy").region == "left-cheek"
