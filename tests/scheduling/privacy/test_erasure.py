"""Erasing a patient: nothing tells who they were, and the calendar's past still counts."""

from datetime import date, timedelta

import pytest

from clinic.audit_trail.seals import seal
from clinic.audit_trail.verify import Walk, breaks_in
from clinic.audit_trail.write import patient_values
from clinic.errors import NotAllowed, Refused, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry, Change, Erasure, IdempotentReply, Patient, PatientGram
from clinic.people.finding.find import find_patients, patients_seen
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import release_hold
from scheduling.models import Claim, CourseAct, Feed, Heard, Message, Outcome, Session
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.absences import leave_of
from tests.support.acts.attendance import done
from tests.support.acts.courses import a_booked_course, offers
from tests.support.acts.feeds import a_consultation, a_feed
from tests.support.acts.holds import a_hold
from tests.support.builders import a_clinic, a_patient, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=400)


@pytest.fixture
def world():
    """Its patient has had a whole course, and is known by name, mail, note and fact."""
    world = a_course_world()
    Patient.objects.filter(pk=world.patient.pk).update(
        born_on=date(1988, 4, 2),
        phone="+31201234567",
        desk_note="Kwikstaart",
        intake_facts={"job": "Kwikstaart"},
    )
    sessions = a_booked_course(world=world, indication="Kwikstaart")
    Session.objects.filter(pk=sessions[0].pk).update(desk_note="Kwikstaart")
    return world


def test_nothing_tells_any_more_who_the_patient_was(world):
    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    patient = Patient.objects.get(pk=world.patient.pk)
    kinds = (Patient, Plan, Session)
    written = " ".join(str(list(kind.objects.of_clinic(world.clinic.pk).values())) for kind in kinds)
    words = ("Kwikstaart", "Marit", "marit", "Vries", "vries", "+3120", "1988")
    assert [word for word in words if word in written] == []
    assert patient.given_name == "Erased patient"
    assert patient.erased_at == LATER
    assert "Marit" not in str(patient_values(patient))


def test_what_the_patient_heard_of_their_sessions_is_gone(world):
    other = a_booked_course(world=world, patient=a_patient(clinic=world.clinic, family_name="Other"))

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    assert set(Heard.objects.values_list("session_id", flat=True)) == {session.pk for session in other}


def test_an_erased_patient_is_found_by_no_search(world):
    patient = erase_patient(patient=world.patient, by=world.owner, now=LATER)

    assert not patients_seen(by=world.owner).exists()
    assert not find_patients(by=world.owner, words=patient.family_name).patients
    assert not PatientGram.objects.filter(patient=patient).exists()


def test_sessions_and_claims_are_counted_as_before(world):
    before = Session.objects.count(), Claim.objects.count(), Plan.objects.count()

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    assert (Session.objects.count(), Claim.objects.count(), Plan.objects.count()) == before


def test_the_details_are_gone_and_the_chain_verifies(world):
    seal(clinic_id=world.clinic.pk, now=NOW)
    assert AuditDetail.objects.filter(patient_uuid=world.patient.uuid).exists()

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    seal(clinic_id=world.clinic.pk, now=LATER)
    assert not AuditDetail.objects.filter(patient_uuid=world.patient.uuid).exists()
    assert list(breaks_in(clinic=world.clinic, walk=Walk(), now=NOW)) == []
    assert AuditEntry.objects.get(act="erased_patient").about == world.patient.uuid
    assert Erasure.objects.get().patient_uuid == world.patient.uuid


def test_their_feed_is_shut_and_their_mail_stays_unsent(world):
    feed, _ = a_feed(clinic=world.clinic, diary=world.patient.diary)

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    shut = Feed.objects.get(pk=feed.pk)
    assert (shut.revoked_at, shut.label) == (LATER, "Erased patient")
    assert Message.objects.exists()
    assert not Message.objects.filter(state="waiting").exists()


def test_readers_of_the_change_log_hear_of_every_session(world):
    last = Change.objects.latest("number")

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    told = Change.objects.filter(number__gt=last.number)
    sessions = set(Session.objects.values_list("uuid", flat=True))
    assert set(told.filter(kind="session").values_list("object_uuid", flat=True)) == sessions
    assert any(world.doctors[0].diary_id in change.diaries_after for change in told) or any(
        world.doctors[1].diary_id in change.diaries_after for change in told
    )


def test_whoever_has_sessions_ahead_is_not_erased(world):
    with pytest.raises(Refused) as refused:
        erase_patient(patient=world.patient, by=world.owner, now=NOW)

    assert refused.value.code == "has_future_visits"
    assert Patient.objects.get(pk=world.patient.pk).given_name == "Marit"


def test_whoever_has_time_held_is_not_erased_and_the_reason_of_a_hold_goes_with_them(world):
    hold = a_hold(world=world, reason="Waits for her sister", now=LATER)

    with pytest.raises(Refused) as refused:
        erase_patient(patient=world.patient, by=world.owner, now=LATER)
    release_hold(hold=hold, by=world.reception, now=LATER)
    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    assert refused.value.code == "has_future_visits"
    hold.refresh_from_db()
    assert hold.reason == ""


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER, Role.AUDITOR])
def test_only_owners_and_administrators_erase(world, role):
    with pytest.raises(NotAllowed):
        erase_patient(patient=world.patient, by=an_actor(clinic=world.clinic, role=role), now=LATER)


def test_a_patient_of_another_clinic_is_unknown(world):
    with pytest.raises(Unknown):
        erase_patient(patient=world.patient, by=an_owner(clinic=a_clinic()), now=LATER)


def test_erasing_again_changes_nothing(world):
    first = erase_patient(patient=world.patient, by=world.owner, now=LATER)

    second = erase_patient(patient=world.patient, by=world.owner, now=LATER + timedelta(days=1))

    assert (second.family_name, second.erased_at) == (first.family_name, LATER)


def test_an_erased_patient_is_prescribed_nothing_new(world):
    patient = erase_patient(patient=world.patient, by=world.owner, now=LATER)

    with pytest.raises(Refused) as refused:
        a_plan(world=world, patient=patient, now=LATER)

    assert refused.value.code == "patient_erased"


def test_an_erased_patient_cannot_be_booked(world):
    patient = erase_patient(patient=world.patient, by=world.owner, now=LATER)

    with pytest.raises(Refused) as refused:
        a_consultation(world, patient=patient)

    assert refused.value.code == "patient_erased"


def test_a_course_that_was_prescribed_before_cannot_be_booked_after(world):
    patient = a_patient(clinic=world.clinic)
    plan = a_plan(world=world, patient=patient)
    proposal = offers(plan=plan)[0]
    erase_patient(patient=patient, by=world.owner, now=NOW)

    with pytest.raises(Refused) as refused:
        book_course(plan=plan, proposal=proposal, by=world.owner, now=NOW)

    assert "patient_erased" in {problem.code for problem in refused.value.problems}


def test_recorded_replies_that_name_them_are_gone_and_others_stay(world):
    for key, said in (("theirs", str(world.patient.uuid)), ("other", "someone else")):
        IdempotentReply.objects.create(
            clinic=world.clinic, asked_by="key", key=key, fingerprint="", body={"id": said}, created_at=NOW
        )

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    assert list(IdempotentReply.objects.values_list("key", flat=True)) == ["other"]


def test_what_stood_before_acts_on_their_course_is_forgotten_with_them(world):
    """What was recorded of a session that was then marked otherwise, and times that leave took from them."""
    first = Session.objects.filter(plan__patient=world.patient).earliest("starts_at")
    done(first, world, outcome=Outcome.NOT_GIVEN, reason="Kwikstaart")
    leave_of(world, world.doctors[0])
    a_hold(world=world)
    leave_of(world, world.doctors[1])
    assert CourseAct.objects.filter(patient=None).count() == 2

    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    acts = CourseAct.objects.of_clinic(world.clinic.pk)
    assert "Kwikstaart" not in str(list(acts.values()))
    assert set(acts.filter(patient=world.patient).values_list("before__sessions", flat=True)) == {None}
    named = [act for act in acts.exclude(before={}) for kept in act.before["sessions"]]
    assert named == []
