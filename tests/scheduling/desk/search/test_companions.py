"""Two patients who come together, entered at the desk by name."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from scheduling.models import Session
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.builders import a_patient
from tests.support.desk import Desk, Page, doctors_desk
from tests.support.worlds import a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

AGAIN, TO_CHOOSE = "Search again", "Choose below whose sessions"


@pytest.fixture
def theirs(world) -> Plan:
    """Elif Kaya's course is booked."""
    elif_kaya = a_patient(clinic=world.clinic, given_name="Elif", family_name="Kaya")
    plan = a_booked_course(world=world, patient=elif_kaya)[0].plan
    assert plan is not None
    return plan


def page_of(desk: Desk, plan: Plan) -> Page:
    return desk.get(reverse("calendars", args=[plan.uuid]))


def test_a_name_leads_to_the_courses_of_that_name_and_the_choice_to_their_days(desk, plan, theirs):
    asked = desk.send(page_of(desk, plan), AGAIN, together_with="kaya")
    assert TO_CHOOSE in asked.text
    assert f"Elif Kaya – {theirs.protocol.name}" in asked.text

    page = desk.send(asked, AGAIN, companion=str(theirs.uuid), within_minutes="45", hard="on")
    desk.send(page, "Book this calendar")

    assert TO_CHOOSE not in page.text
    assert "Together with another patient" in page.text
    mine, other = (
        [times_of(s) for s in Session.objects.filter(plan=one, kind="treatment").order_by("number")]
        for one in (plan, theirs)
    )
    assert [times.on for times in mine] == [times.on for times in other]
    pairs = zip(mine, other, strict=True)
    assert all(abs(one.starts_at - two.starts_at) <= timedelta(minutes=45) for one, two in pairs)


def test_whoever_is_chosen_stays_chosen_and_can_be_nobody_again(desk, plan, theirs):
    asked = desk.send(page_of(desk, plan), AGAIN, together_with="kaya")

    chosen = desk.send(asked, AGAIN, companion=str(theirs.uuid), together_with="")
    nobody = desk.send(chosen, AGAIN, companion="", together_with="")

    assert chosen.form(AGAIN).fields["companion"] == [str(theirs.uuid)]
    assert "Elif Kaya" not in nobody.text


def test_a_wish_that_was_stored_shows_whose_sessions_it_means(desk, world, theirs):
    plan = a_plan(world=world, wishes=Wishes(companion=theirs.uuid, within_minutes=30))

    form = page_of(desk, plan).form(AGAIN)

    assert form.fields["companion"] == [str(theirs.uuid)]
    assert form.fields["within_minutes"] == ["30"]


def test_a_name_that_nobody_with_sessions_ahead_has_is_refused(desk, plan, world, theirs):
    a_plan(world=world, patient=a_patient(clinic=world.clinic, family_name="Due"))

    for name in ("Nobody", "Due", "de Vries"):
        page = desk.send(page_of(desk, plan), AGAIN, together_with=name)
        assert page.status == 422
        assert "No other patient of that name has sessions ahead." in page.text


def test_a_name_of_many_asks_for_more_of_it(desk, plan, world):
    for number in range(9):
        patient = a_patient(clinic=world.clinic, given_name=f"Ada{number}", family_name="Many")
        a_booked_course(world=world, protocol="mesotherapy", patient=patient)

    page = desk.send(page_of(desk, plan), AGAIN, together_with="many")

    assert page.status == 422
    assert "More patients have that name." in page.text


def test_the_trail_says_whose_names_were_shown(desk, plan, theirs):
    desk.send(page_of(desk, plan), AGAIN, together_with="kaya")

    entry = AuditEntry.objects.get(act="saw_patients")
    assert entry.patients == theirs.patient.uuid.hex


def test_a_doctor_finds_and_is_shown_only_patients_in_their_care(world, theirs):
    desk = doctors_desk(world)
    theirs.patient.care.all().delete()
    plan = a_plan(world=world, wishes=Wishes(companion=theirs.uuid))

    stored = page_of(desk, plan)
    named = desk.send(stored, AGAIN, together_with="kaya")

    assert stored.form(AGAIN).fields["companion"] == [str(theirs.uuid)]
    assert "Kaya" not in stored.text
    assert named.status == 422


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"companion": "6d1c3f5e-6a08-4a2b-9d2f-1f0f4d0c8f11"}, "There is no such plan"),
        ({"within_minutes": "481"}, "480"),
        ({"within_minutes": "-1"}, "0"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(desk, plan, typed, words):
    page = desk.get(reverse("calendars", args=[plan.uuid]), search="yes", **typed)

    assert page.status in (404, 422)
    assert words in page.text


def test_a_companion_that_is_no_id_is_nobody(desk, plan):
    page = desk.get(reverse("calendars", args=[plan.uuid]), search="yes", companion="kaya")

    assert page.status == 200
