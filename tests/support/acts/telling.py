"""Courses whose sessions move, are cancelled or are offered, as rows: what the acts leave behind."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.models import Patient, Site
from scheduling.messages.notices import TimeChange, tell_cancelled, tell_moved
from scheduling.messages.reminders import plan_reminders
from scheduling.models import Hold, Message, MessageKind, Offer, Session, SessionStatus, Wait
from tests.support.acts.mailing import a_session
from tests.support.builders import a_clinic, a_patient, a_site
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan

# A Thursday, 14:30 in Amsterdam.
FIRST_AT = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def a_course_on_thursdays(*, count: int = 3, **differently: Any) -> tuple[Plan, list[Session]]:
    """A course with a session every second Thursday, and reminders; `differently`: columns of the clinic."""
    world = a_course_world(**differently)
    plan = a_plan(world=world, sessions=max(count, 4))
    plan.sessions.all().delete()
    sessions = [
        a_session(
            patient=world.patient,
            site=world.site,
            plan=plan,
            number=number + 1,
            starts_at=FIRST_AT + 2 * WEEK * number,
        )
        for number in range(count)
    ]
    plan_reminders(sessions=sessions, clinic=world.clinic, now=NOW)
    return plan, sessions


def a_lone_session(
    *,
    starts_at: datetime = FIRST_AT,
    clinic: dict[str, Any] | None = None,
    site: dict[str, Any] | None = None,
    **fields: Any,
) -> Session:
    """A session without a plan; `clinic` and `site` are columns of theirs, `fields` of the patient."""
    made = a_clinic(**{"name": "Hair Clinic"} | (clinic or {}))
    session = a_session(
        patient=a_patient(clinic=made, **fields),
        site=a_site(clinic=made, **{"address": "Keizersgracht 1\n1015 CJ Amsterdam"} | (site or {})),
        starts_at=starts_at,
    )
    plan_reminders(sessions=[session], clinic=made, now=NOW)
    return session


def moved(session: Session, *, by: timedelta = timedelta(0), site: Site | None = None) -> TimeChange:
    """Move the session as far as messages can tell, as an act does: other times or place, next sequence."""
    assert session.starts_at
    assert session.ends_at
    before = TimeChange(session, was_at=session.starts_at, was_until=session.ends_at, was_site=session.site)
    session.starts_at += by
    session.ends_at += by
    session.site = site or session.site
    session.sequence += bool(by or site)
    session.version += 1
    session.save()
    return before


def move_and_tell(*sessions: Session, by: timedelta, site: Site | None = None, now: datetime = NOW) -> None:
    """One act: all of them move, and the patient is told."""
    changes = [moved(session, by=by, site=site) for session in sessions]
    tell_moved(patient=sessions[0].patient, plan=_written(sessions), moved=changes, now=now)


def cancel_and_tell(*sessions: Session, now: datetime = NOW) -> None:
    """One act: all of them are cancelled, and the patient is told."""
    for session in sessions:
        session.status = SessionStatus.CANCELLED
        session.sequence += 1
        session.version += 1
        session.save()
    tell_cancelled(patient=sessions[0].patient, plan=_written(sessions), cancelled=sessions, now=now)


def _written(sessions: Sequence[Session]) -> Plan | None:
    plan = sessions[0].plan
    if plan is not None:
        plan.version += 1
        plan.save(update_fields=["version"])
    return plan


def an_offer(
    *, session: Session, starts_at: datetime, lasts: timedelta = timedelta(hours=2), now: datetime = NOW
) -> Offer:
    """The time on offer for the session, kept by a hold, as a row."""
    assert session.site
    expires_at = now + lasts
    wait = Wait.objects.create(
        clinic=session.clinic,
        patient=session.patient,
        plan=session.plan,
        session=session,
        session_type=session.session_type,
        created_at=now,
    )
    hold = Hold.objects.create(
        clinic=session.clinic, held_by="task", proposal="", expires_at=expires_at, created_at=now
    )
    return Offer.objects.create(
        clinic=session.clinic,
        wait=wait,
        hold=hold,
        site=session.site,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=25),
        free_from=starts_at,
        free_until=starts_at + timedelta(minutes=25),
        expires_at=expires_at,
        created_at=now,
    )


def messages_of(patient: Patient, kind: str) -> list[Message]:
    return list(Message.objects.filter(patient=patient, kind=kind).order_by("pk"))


def moves_of(patient: Patient) -> list[Message]:
    return messages_of(patient, MessageKind.MOVED)


def cancellations_of(patient: Patient) -> list[Message]:
    return messages_of(patient, MessageKind.CANCELLED)
