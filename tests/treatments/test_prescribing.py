"""What may be prescribed, by whom, and what is kept of it."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from clinic.errors import Conflict, ProblemKind, Refused, Unknown
from clinic.identity.actors import Actor, ActorKind, Scope, Way, task_actor
from clinic.identity.permissions import WAIVES_AS
from clinic.models import AccessKey
from tests.support.builders import a_key, a_patient, a_user, an_actor
from tests.support.cast import NOW, OVER
from tests.support.worlds import a_course_world
from treatments.models import Plan, Protocol, SessionType
from treatments.prescribing import Prescription, prescribe
from treatments.wishes import Wishes, wishes_from

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return a_course_world()


def a_prescription(world, *, protocol="prp-mesotherapy", sessions=4, **said) -> Prescription:
    said = {"patient": world.patient, "prescribed_by": world.doctors[0]} | said
    return Prescription(protocol=world.protocols[protocol], session_count=sessions, **said)


def with_key(world, key: AccessKey) -> Actor:
    """Whoever comes with that key, which may do all but set rules aside."""
    return Actor(
        clinic_id=world.clinic.pk,
        kind=ActorKind.KEY,
        label="Website",
        way=Way.REST,
        scopes=frozenset(Scope) - WAIVES_AS.keys(),
        key_id=key.pk,
    )


def refused_codes(prescription, *, by) -> list[str]:
    with pytest.raises(Refused) as refused:
        prescribe(prescription=prescription, by=by, now=NOW)
    assert not Plan.objects.exists()
    return [problem.code for problem in refused.value.problems]


def test_a_prescription_becomes_a_plan(world):
    user = a_user(clinic=world.clinic)
    wishes = Wishes(weekdays=frozenset({2, 4}), after=time(15), practitioner=world.doctors[1].uuid)
    prescription = a_prescription(world, sessions=5, indication="Hair loss", wishes=wishes)

    plan = prescribe(prescription=prescription, by=an_actor(clinic=world.clinic, user=user), now=NOW)

    plan.refresh_from_db()
    assert (plan.clinic, plan.patient, plan.session_count) == (world.clinic, world.patient, 5)
    assert (plan.prescribed_by, plan.entered_by, plan.entered_with) == (world.doctors[0], user, None)
    assert (plan.indication, plan.state, plan.version, plan.waived) == ("Hair loss", "active", 1, [])
    assert plan.created_at == NOW
    assert wishes_from(plan.wishes) == wishes


def test_a_plan_entered_with_a_key_says_so(world):
    key, _ = a_key(clinic=world.clinic)
    by = with_key(world, key)

    plan = prescribe(prescription=a_prescription(world), by=by, now=NOW)

    assert (plan.entered_by, plan.entered_with) == (None, key)


def test_the_date_of_a_prescription_is_the_one_on_the_clinics_wall(world):
    late_evening_utc = datetime(2027, 1, 4, 23, 30, tzinfo=UTC)

    plan = prescribe(prescription=a_prescription(world), by=world.reception, now=late_evening_utc)

    assert str(plan.prescribed_on) == "2027-01-05"


def test_a_first_prescription_freezes_the_protocol_and_its_sessions(world):
    used = world.protocols["svf-combination"]

    prescribe(
        prescription=a_prescription(world, protocol="svf-combination", sessions=1), by=world.doctor, now=NOW
    )

    frozen = SessionType.objects.filter(frozen_at=NOW).values_list("key", flat=True)
    assert Protocol.objects.get(pk=used.pk).frozen_at == NOW
    assert set(frozen) == {"svf-combination", "review"}


def test_a_second_prescription_leaves_the_first_freezing_as_it_was(world):
    prescribe(prescription=a_prescription(world), by=world.reception, now=NOW)

    prescribe(prescription=a_prescription(world), by=world.reception, now=NOW + timedelta(days=3))

    assert Protocol.objects.get(key="prp-mesotherapy").frozen_at == NOW


def test_a_refused_prescription_freezes_nothing(world):
    refused_codes(a_prescription(world, sessions=0), by=world.reception)

    assert not Protocol.objects.filter(frozen_at__isnull=False).exists()
    assert not SessionType.objects.filter(frozen_at__isnull=False).exists()


@pytest.mark.parametrize("sessions", [0, -1])
def test_a_course_without_sessions_is_refused_to_everybody(world, sessions):
    prescription = a_prescription(world, sessions=sessions, waiver="Begun elsewhere")

    assert refused_codes(prescription, by=world.reception) == ["no_sessions"]
    assert refused_codes(prescription, by=world.doctor) == ["no_sessions"]


def test_more_than_sixty_sessions_are_refused_to_everybody(world):
    prescription = a_prescription(world, sessions=61, waiver="A long course")

    assert refused_codes(prescription, by=world.doctor) == ["too_many_sessions"]


@pytest.mark.parametrize("sessions", [4, 5, 6])
def test_reception_enters_four_to_six_sessions(world, sessions):
    plan = prescribe(prescription=a_prescription(world, sessions=sessions), by=world.reception, now=NOW)

    assert plan.session_count == sessions


@pytest.mark.parametrize("sessions", [1, 3, 7])
def test_another_number_is_refused_to_reception_even_with_a_reason(world, sessions):
    prescription = a_prescription(world, sessions=sessions, waiver="The patient asked")

    with pytest.raises(Refused) as refused:
        prescribe(prescription=prescription, by=world.reception, now=NOW)

    [problem] = refused.value.problems
    assert (problem.code, problem.kind) == ("sessions_out_of_range", ProblemKind.WAIVABLE)
    assert problem.sentence == (
        f"PRP + mesotherapy is a course of 4 to 6 sessions, not {sessions}. "
        "Ask the doctor, who may prescribe another number with a reason."
    )


def test_another_number_is_refused_to_a_key_and_a_task(world):
    prescription = a_prescription(world, sessions=7, waiver="Because")
    key, _ = a_key(clinic=world.clinic)

    assert refused_codes(prescription, by=with_key(world, key)) == ["sessions_out_of_range"]
    assert refused_codes(prescription, by=task_actor(clinic_id=world.clinic.pk, label="import")) == [
        "sessions_out_of_range"
    ]


@pytest.mark.parametrize("waiver", ["", "   "])
def test_a_doctor_gives_a_reason_for_another_number(world, waiver):
    prescription = a_prescription(world, sessions=7, waiver=waiver)

    with pytest.raises(Refused) as refused:
        prescribe(prescription=prescription, by=world.doctor, now=NOW)

    assert refused.value.code == "sessions_out_of_range"
    assert refused.value.sentence.endswith("Give a reason to prescribe another number.")


@pytest.mark.parametrize("sessions", [3, 8])
def test_a_doctor_prescribes_another_number_with_a_reason_and_the_plan_keeps_it(world, sessions):
    prescription = a_prescription(world, sessions=sessions, waiver=" Begun elsewhere ")

    plan = prescribe(prescription=prescription, by=world.doctor, now=NOW)

    assert plan.waived == [
        {"code": "sessions_out_of_range", "reason": "Begun elsewhere", "by": str(world.doctor)}
    ]


def test_a_reason_with_nothing_to_waive_is_not_kept(world):
    plan = prescribe(prescription=a_prescription(world, waiver="Just in case"), by=world.doctor, now=NOW)

    assert plan.waived == []


def test_a_waiver_never_waives_a_blocker(world):
    prescription = a_prescription(world, sessions=7, harvest_site="waist", waiver="Begun elsewhere")

    assert refused_codes(prescription, by=world.doctor) == ["harvest_site_not_asked"]


def test_a_harvest_site_is_kept_where_fat_is_taken(world):
    prescription = a_prescription(world, protocol="svf-combination", sessions=1, harvest_site="inner_knee")

    plan = prescribe(prescription=prescription, by=world.doctor, now=NOW)

    assert plan.get_harvest_site_display() == "Inner knee"


def test_a_harvest_site_that_is_none_is_refused(world):
    prescription = a_prescription(world, protocol="svf-combination", sessions=1, harvest_site="elbow")

    assert refused_codes(prescription, by=world.doctor) == ["unknown_harvest_site"]


def test_all_problems_are_said_at_once(world):
    prescription = a_prescription(world, sessions=9, harvest_site="waist", indication="x" * 201)

    assert refused_codes(prescription, by=world.reception) == [
        "sessions_out_of_range",
        "harvest_site_not_asked",
        "indication_too_long",
    ]


def test_a_protocol_with_a_newer_version_is_not_prescribed_any_more(world):
    Protocol.objects.filter(key="prp-mesotherapy").update(is_current=False)

    with pytest.raises(Conflict) as refused:
        prescribe(prescription=a_prescription(world), by=world.reception, now=NOW)

    assert refused.value.code == "protocol_outdated"
    assert not Protocol.objects.filter(frozen_at__isnull=False).exists()


def unknown_code(prescription, *, by) -> str:
    with pytest.raises(Unknown) as refused:
        prescribe(prescription=prescription, by=by, now=NOW)
    assert not Plan.objects.exists()
    return refused.value.code


def test_what_belongs_to_another_clinic_is_unknown(world):
    other = a_course_world()
    foreign: dict[str, dict] = {
        "unknown_patient": {"patient": other.patient},
        "unknown_practitioner": {"prescribed_by": other.doctors[0]},
        "unknown_site": {"wishes": Wishes(site=other.site.uuid)},
    }

    codes = [unknown_code(a_prescription(world, **said), by=world.reception) for said in foreign.values()]

    assert codes == list(foreign)
    assert (
        unknown_code(a_prescription(other, patient=world.patient), by=world.reception) == "unknown_protocol"
    )


def test_a_wish_for_a_foreign_practitioner_is_unknown(world):
    other = a_course_world()

    foreign = a_prescription(world, wishes=Wishes(practitioner=other.doctors[0].uuid))
    never_was = a_prescription(world, wishes=Wishes(practitioner=uuid4()))

    assert unknown_code(foreign, by=world.reception) == "unknown_practitioner"
    assert unknown_code(never_was, by=world.reception) == "unknown_practitioner"


def test_only_an_active_practitioner_prescribes(world):
    room = a_prescription(world, prescribed_by=world.treatment_rooms[0])
    world.doctors[1].valid_until = OVER
    world.doctors[1].save()
    gone = a_prescription(world, prescribed_by=world.doctors[1])

    assert unknown_code(room, by=world.reception) == "unknown_practitioner"
    assert unknown_code(gone, by=world.reception) == "unknown_practitioner"


def test_a_room_is_no_practitioner_to_wish_for(world):
    prescription = a_prescription(world, wishes=Wishes(practitioner=world.treatment_rooms[0].uuid))

    assert unknown_code(prescription, by=world.reception) == "unknown_practitioner"


def test_a_closed_site_cannot_be_wished_for(world):
    world.site.valid_until = OVER
    world.site.save()

    assert (
        unknown_code(a_prescription(world, wishes=Wishes(site=world.site.uuid)), by=world.reception)
        == "unknown_site"
    )


def test_nobody_needs_to_be_named_as_prescriber(world):
    plan = prescribe(prescription=a_prescription(world, prescribed_by=None), by=world.reception, now=NOW)

    assert plan.prescribed_by is None


def test_one_patient_may_have_several_plans(world):
    second_patient = a_patient(clinic=world.clinic, given_name="Noor")

    for patient in (world.patient, world.patient, second_patient):
        prescribe(prescription=a_prescription(world, patient=patient), by=world.reception, now=NOW)

    assert Plan.objects.filter(patient=world.patient).count() == 2
