"""Courses whose sessions move, are cancelled or are offered, as rows: what the acts leave behind."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.identity.actors import task_actor
from clinic.models import Patient, Site
from scheduling.courses.act import course_act
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.messages.call_list import call_list
from scheduling.models import Heard, Hold, Message, MessageKind, Offer, Session, SessionStatus, Telling, Wait
from tests.support.acts.mailing import a_session, remind_of
from tests.support.builders import a_clinic, a_patient, a_site, an_actor
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
    remind_of(*sessions)
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
    remind_of(session)
    return session


def move_and_tell(
    *sessions: Session,
    by: timedelta,
    site: Site | None = None,
    now: datetime = NOW,
    told: Telling = Telling.BY_MAIL,
) -> None:
    """One act: all of them move, and the patient hears of it as `told` says."""
    with _act(sessions, now, told) as act:
        for session in map(act.session, sessions):
            assert session.starts_at
            assert session.ends_at
            session.site = site or session.site
            session.starts_at += by
            session.ends_at += by
    _read_again(sessions)


def cancel_and_tell(*sessions: Session, now: datetime = NOW, told: Telling = Telling.BY_MAIL) -> None:
    """One act: all of them are cancelled, and the patient hears of it as `told` says."""
    with _act(sessions, now, told) as act:
        for session in map(act.session, sessions):
            session.status = SessionStatus.CANCELLED
    _read_again(sessions)


@contextmanager
def _act(sessions: Sequence[Session], now: datetime, told: Telling) -> Iterator[OpenAct]:
    scope = ActScope(
        patients=frozenset(session.patient_id for session in sessions),
        plans=frozenset(session.plan_id for session in sessions if session.plan_id),
        sessions=frozenset(session.pk for session in sessions),
    )
    by = task_actor(clinic_id=sessions[0].clinic_id, label="desk")
    with course_act(by=by, now=now, scope=scope) as act:
        act.told = told
        yield act


def _read_again(sessions: Sequence[Session]) -> None:
    for session in sessions:
        session.refresh_from_db()


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


def notices_of(patient: Patient) -> list[Message]:
    return messages_of(patient, MessageKind.NOTICE)


def calls(session: Session, now: datetime = NOW) -> list[list[int]]:
    """By line of the call list the keys of the sessions that it is about."""
    lines = call_list(by=an_actor(clinic=session.clinic), now=now)
    return [[one.pk for one in line.sessions] for line in lines]


def heard_of(session: Session) -> Heard:
    """As it is in the database."""
    return Heard.objects.get(session=session)
