"""A doctor must look: raised by anyone, read and cleared by those who treat."""

import pytest

from clinic.errors import ClinicError
from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry, Change
from scheduling.booking.book_course import book_course
from scheduling.course_changes.concerns import clear_concern, raise_concern
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.courses import everything_written, offers
from tests.support.builders import an_actor
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world
from treatments.models import Concern, ConcernTopic, Plan, PlanState

pytestmark = pytest.mark.django_db

ANSWER = "Takes a blood thinner"


def a_concern(world: World, plan: Plan, *, topic=ConcernTopic.MEDICINES, answer: str = ANSWER) -> Concern:
    return raise_concern(plan=plan, topic=topic, answer=answer, by=world.reception, now=NOW)


def clear(world: World, concern: Concern, finding: str = "Harmless", *, by=None) -> Concern:
    return clear_concern(concern=concern, finding=finding, by=by or world.doctor, now=NOW)


def standing(plan: Plan) -> tuple[str, int]:
    plan.refresh_from_db()
    return plan.state, plan.version


def test_a_concern_makes_the_course_await_review_and_a_doctor_makes_it_active_again(world, plan):
    concern = a_concern(world, plan)
    assert standing(plan) == ("awaiting_review", 2)

    cleared = clear(world, concern)

    assert standing(plan) == ("active", 3)
    assert (cleared.finding, cleared.cleared_at) == ("Harmless", NOW)
    told = Change.objects.order_by("number").values_list("kind", "version")
    assert list(told)[-4:] == [("concern", 1), ("plan", 2), ("concern", 2), ("plan", 3)]


def test_a_further_concern_is_kept_and_the_course_waits_for_both(world, plan):
    first, second = a_concern(world, plan), a_concern(world, plan, topic=ConcernTopic.INFECTION)
    assert standing(plan) == ("awaiting_review", 2)

    clear(world, first)
    assert standing(plan) == ("awaiting_review", 2)
    clear(world, second)

    assert standing(plan) == ("active", 3)


def test_a_course_that_awaits_review_may_be_booked(world, plan):
    a_concern(world, plan)
    plan.refresh_from_db()

    booked = book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)

    assert len(booked) == 4


def test_clearing_twice_changes_nothing(world, plan):
    concern = a_concern(world, plan)
    clear(world, concern)
    before = everything_written()

    again = clear(world, concern, "Something else")

    assert again.finding == "Harmless"
    assert everything_written() == before


def test_a_concern_that_is_cleared_while_the_course_is_paused_leaves_it_paused(world, plan):
    concern = a_concern(world, plan)
    Plan.objects.filter(pk=plan.pk).update(state=PlanState.PAUSED)

    clear(world, concern)

    assert standing(plan)[0] == "paused"


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.COMPLETED, PlanState.STOPPED])
def test_a_course_that_does_not_go_on_awaits_nothing(world, plan, state):
    Plan.objects.filter(pk=plan.pk).update(state=state)

    with pytest.raises(ClinicError) as refusal:
        a_concern(world, plan)

    assert refusal.value.code == "state_forbids"
    assert not Concern.objects.exists()


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_those_who_treat_clear_it(world, plan, role):
    concern = a_concern(world, plan)

    with pytest.raises(ClinicError) as refusal:
        clear(world, concern, by=an_actor(clinic=world.clinic, role=role))

    assert refusal.value.code == "not_allowed"
    assert standing(plan) == ("awaiting_review", 2)


@pytest.mark.parametrize(("finding", "code"), [("  ", "finding_missing"), ("x" * 2001, "finding_too_long")])
def test_a_doctor_writes_what_was_found(world, plan, finding, code):
    concern = a_concern(world, plan)

    with pytest.raises(ClinicError) as refusal:
        clear(world, concern, finding)

    assert refusal.value.code == code


def test_an_answer_has_an_end(world, plan):
    with pytest.raises(ClinicError) as refusal:
        a_concern(world, plan, answer="x" * 2001)

    assert refusal.value.code == "answer_too_long"


def test_nothing_is_raised_for_someone_who_was_erased(world, plan):
    erase_patient(patient=world.patient, by=world.owner, now=NOW)

    with pytest.raises(ClinicError) as refusal:
        a_concern(world, plan)

    assert refusal.value.code == "patient_erased"


def test_concerns_of_another_clinic_are_unknown(world, plan):
    theirs = a_course_world()
    concern = a_concern(world, plan)
    codes = []

    for act in (
        lambda: raise_concern(plan=plan, topic=ConcernTopic.OTHER, answer="", by=theirs.reception, now=NOW),
        lambda: clear(theirs, concern, by=theirs.owner),
    ):
        with pytest.raises(ClinicError) as refusal:
            act()
        codes.append(refusal.value.code)

    assert codes == ["unknown_plan", "unknown_concern"]


def test_the_trail_says_that_one_was_raised_and_cleared_and_not_what_it_says(world, plan):
    clear(world, a_concern(world, plan), "Low dose, go on")

    entries = AuditEntry.objects.filter(act__in=["raised_concern", "cleared_concern"])
    kept = "".join(AuditDetail.objects.values_list("values", flat=True))

    assert [entry.fields for entry in entries] == [[], []]
    assert "thinner" not in kept
    assert "dose" not in kept
