"""Entering a prescription at the desk."""

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import Resource, ResourceSkill, Skill
from scheduling.models import Session
from tests.support.builders import a_practitioner, a_user
from tests.support.cast import DOCTORS, OVER
from tests.support.desk import Desk, doctors_desk, reception
from tests.support.worlds import a_course_world
from treatments.models import Plan

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-4000-8000-000000000000"


def the_form(world, desk):
    return desk.get(reverse("prescribe", args=[world.patient.uuid]))


def a_prescription(world, of="prp-mesotherapy", **fields):
    said = {
        "protocol": str(world.protocols[of].uuid),
        "session_count": "5",
        "prescribed_by": str(world.doctors[0].uuid),
    }
    return said | fields


def prescribe(world, desk, **fields):
    return desk.send(the_form(world, desk), "Prescribe", **a_prescription(world, **fields))


def test_what_can_be_prescribed_says_how_many_and_how_often_and_what_is_a_default():
    world = a_course_world()

    page = the_form(world, reception(world))

    assert "PRP + mesotherapy · 4 to 6 sessions, every 2 weeks 3 defaults" in page.text
    assert "SVF combination · 1 session" in page.text
    assert "A session may be 3 days before or 4 days after its two weeks." in page.text


def test_a_prescription_becomes_a_course_whose_calendars_come_next():
    world = a_course_world()
    desk = reception(world)

    answer = prescribe(
        world,
        desk,
        indication="Hair loss",
        weekdays=["1", "3"],
        after="10:00",
        before="16:00",
        practitioner=str(world.doctors[1].uuid),
        hard="on",
    )

    plan = Plan.objects.get()
    assert answer.location == reverse("calendars", args=[plan.uuid])
    assert (plan.session_count, plan.prescribed_by, plan.indication) == (5, world.doctors[0], "Hair loss")
    assert plan.wishes == {
        "weekdays": [1, 3],
        "after": "10:00",
        "before": "16:00",
        "practitioner": str(world.doctors[1].uuid),
        "hard": True,
    }
    assert plan.entered_by == desk.user
    assert Session.objects.filter(plan=plan, status="due").count() == 5


def test_a_protocol_of_one_session_needs_no_number():
    world = a_course_world()

    prescribe(world, reception(world), of="svf-combination", session_count="", harvest_site="abdomen")

    plan = Plan.objects.get()
    assert (plan.session_count, plan.harvest_site) == (1, "abdomen")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"session_count": ""}, "Say how many: 4 to 6 sessions."),
        ({"session_count": "7"}, "PRP + mesotherapy is a course of 4 to 6 sessions, not 7. Ask the doctor"),
        ({"session_count": "0"}, "A course has at least one session. Enter how many."),
        ({"session_count": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"session_count": "1e9"}, "Enter a whole number."),
        ({"protocol": ""}, "Choose what is prescribed."),
        ({"protocol": NOBODY}, "That is not on offer any more. Choose again."),
        ({"protocol": "x"}, "That is not on offer any more. Choose again."),
        ({"prescribed_by": ""}, "Say which doctor prescribes it."),
        ({"prescribed_by": NOBODY}, "Select a valid choice."),
        ({"harvest_site": "abdomen"}, "PRP + mesotherapy takes no fat. Leave the harvest site empty."),
        ({"weekdays": ["8"]}, "Select a valid choice."),
        ({"after": "16:00", "before": "10:00"}, "The wish “after” must be earlier than the wish “before”."),
        ({"after": "noon"}, "That is not a time of day. Write it as 09:30."),
        ({"indication": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed_and_nothing_is_written(wrong, sentence):
    world = a_course_world()

    page = prescribe(world, reception(world), **wrong)

    assert page.status in (400, 422)
    assert sentence in page.text
    assert 'role="alert"' in page.html
    assert not Plan.objects.exists()


def test_a_protocol_of_another_clinic_is_not_on_offer():
    world, other = a_course_world(), a_course_world()
    desk = reception(world)

    page = desk.send(the_form(world, desk), "Prescribe", **a_prescription(other))

    assert page.status == 422
    assert not Plan.objects.exists()


def test_only_doctors_prescribe():
    world = a_course_world()

    page = the_form(world, reception(world))

    prescribers = page.html.partition('name="prescribed_by"')[2].partition("</select>")[0]
    assert all(name in prescribers for name in DOCTORS)
    assert "Amara" not in prescribers


def test_a_clinic_that_names_its_skills_otherwise_may_choose_anyone():
    world = a_course_world()
    for doctor in world.doctors:
        doctor.resource_skills.all().delete()
    a_practitioner(clinic=world.clinic, name="Dr Vos", skills=["dermatologist"])

    page = the_form(world, reception(world))

    assert "Dr Vos" in page.html.partition('name="prescribed_by"')[2].partition("</select>")[0]


def test_reception_cannot_set_a_rule_aside():
    world = a_course_world()
    desk = reception(world)

    page = prescribe(world, desk, session_count="7", waiver="I think so")

    assert "Reason for another number" not in the_form(world, desk).text
    assert page.status == 422
    assert not Plan.objects.exists()


def test_a_doctor_sets_the_number_aside_with_a_reason():
    world = a_course_world()

    prescribe(world, doctors_desk(world), session_count="8", waiver="Begun elsewhere")

    plan = Plan.objects.get()
    assert plan.session_count == 8
    assert plan.waived[0]["reason"] == "Begun elsewhere"


def test_a_doctor_without_a_reason_is_asked_for_one():
    world = a_course_world()

    page = prescribe(world, doctors_desk(world), session_count="8")

    assert page.status == 422
    assert "Give a reason to prescribe another number." in page.text


def test_a_doctor_at_the_screen_is_the_one_who_prescribes():
    world = a_course_world()

    page = the_form(world, doctors_desk(world))

    assert page.form("Prescribe").fields["prescribed_by"] == [str(world.doctors[0].uuid)]


def test_what_was_typed_is_still_there_after_a_refusal():
    world = a_course_world()

    page = prescribe(world, reception(world), session_count="7", weekdays=["2"], indication="Hair loss")

    fields = page.form("Prescribe").fields
    assert fields["session_count"] == ["7"]
    assert fields["weekdays"] == ["2"]
    assert fields["indication"] == ["Hair loss"]
    assert fields["protocol"] == [str(world.protocols["prp-mesotherapy"].uuid)]


def test_the_form_takes_the_same_number_of_queries_for_many_practitioners(django_assert_num_queries):
    world = a_course_world()
    desk = reception(world)
    # The first page of a session notes where it is.
    desk.get("/clinics/")

    with django_assert_num_queries(17):
        the_form(world, desk)
    for number in range(8):
        a_practitioner(clinic=world.clinic, name=f"Dr No {number}", works_at=world.site)
    with django_assert_num_queries(17):
        the_form(world, desk)


def test_a_skill_that_nobody_has_is_said_at_the_protocol_with_the_way_to_make_somebody_do_it():
    world = a_course_world()
    skill = Skill.objects.get(clinic=world.clinic, key="centrifuge")
    ResourceSkill.objects.filter(skill=skill).delete()

    receptions, owners = (
        the_form(world, desk)
        for desk in (reception(world), Desk(a_user(clinic=world.clinic, role=Role.OWNER)))
    )

    said = f"Cannot be booked yet: nobody and nothing can serve for {skill.name}."
    assert said in receptions.text
    assert said in owners.text
    assert f"/places/skills/{skill.uuid}/" in owners.seen.links
    assert f"/places/skills/{skill.uuid}/" not in receptions.seen.links


def test_who_has_retired_serves_for_nothing():
    world = a_course_world()
    Resource.objects.filter(uuid__in=[one.uuid for one in world.centrifuges]).update(valid_until=OVER)

    assert "Cannot be booked yet" in the_form(world, reception(world)).text


def test_nothing_is_said_where_somebody_has_all_that_is_asked_for():
    world = a_course_world()

    assert "Cannot be booked yet" not in the_form(world, reception(world)).text
