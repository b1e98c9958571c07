"""A day entered from its printed sheet: what became of its sessions, and who came without a time.

Each line is an act of its own, the one that the desk would have done on the day. What is good is saved and
what is refused is told, line by line: who types twenty lines from paper is not sent back to the first by the
ninth, and no session was given less because another one is in doubt.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from clinic.errors import ClinicError, Conflict, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Patient, Resource, Site
from clinic.plain_text import one_line
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from scheduling.attendance.actual_cast import led_by
from scheduling.attendance.attend import NotYet, complete, miss
from scheduling.attendance.completion import Completion, is_noted
from scheduling.attendance.correct import Correction, correct, why_problems
from scheduling.attendance.desk_act import AtDesk, at_desk, refuse_what_is_old
from scheduling.attendance.walk_in import WalkIn, scope_of, walk_in
from scheduling.courses.act import course_act
from scheduling.courses.open_act import OpenAct
from scheduling.models import AHEAD, HERE, SCHEDULED, Session, SessionStatus
from treatments.models import SessionType


@dataclass(frozen=True, slots=True)
class PaperDay:
    """Of which day and site the sheet is, and why it is entered only now."""

    on: date
    site: Site
    why: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """What the sheet says of a session that was shown in that version; without a completion: nobody came.

    The practitioner is who treated, if it was another than was booked.
    """

    session: Session
    version: int
    completion: Completion | None = None
    practitioner: Resource | None = None


@dataclass(frozen=True, slots=True)
class WalkInLine:
    """Who came without a time, when (aware), what for – a kind of session, or the due one of their course –
    and who treated them, if it is said."""

    patient: Patient
    came_at: datetime
    session_type: SessionType | None = None
    session: Session | None = None
    completion: Completion = field(default_factory=Completion)
    practitioner: Resource | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a line: the session as it stands, or why it was refused."""

    session: Session | None = None
    refusal: ClinicError | None = None


class ChangedMeanwhile(Conflict):
    """Somebody else said something of the session since it was shown."""


class EnteredAlready(Conflict):
    """The patient stands on that day already, otherwise than the line says."""


def enter_day(
    *, day: PaperDay, lines: Iterable[SheetLine | WalkInLine], by: Actor, now: datetime
) -> list[Entered]:
    """Do what each line says, in their order; again changes nothing.

    Of a line that is refused, whatever the refusal, the others are none the worse. Raises for the whole day
    NotAllowed – whoever sits at the desk enters seven days back –, NotYet before it, Unknown, and Refused
    (`correction_reason_missing`, `reason_too_long`). Locks: as the act of each line, one after the other.
    """
    refuse_unless_may(by=by, act=Act.CORRECT)
    refuse_foreign(by=by, unknown_site=day.site)
    today = local_date(now, day.site.tz)
    if day.on > today:
        sentence = _("{on:l j F Y} is still to come. Enter it once it is over.", on=day.on)
        raise NotYet("not_yet", sentence, {"on": str(day.on)})
    refuse_what_is_old(day.on, today=today, by=by)
    refuse_if_any(why_problems(day.why))
    return [_entered(line, day, by=by, now=now) for line in lines]


def _entered(line: SheetLine | WalkInLine, day: PaperDay, *, by: Actor, now: datetime) -> Entered:
    try:
        if isinstance(line, SheetLine):
            return Entered(enter_session(line=line, day=day, by=by, now=now))
        return Entered(enter_walk_in(line=line, day=day, by=by, now=now))
    except ClinicError as refusal:
        return Entered(refusal=refusal)


def enter_session(*, line: SheetLine, day: PaperDay, by: Actor, now: datetime) -> Session:
    """One line of the sheet. What stands so already stays as it is.

    Raises ChangedMeanwhile, and what `complete`, `miss` and `correct` raise. Locks: plan, hold, sessions,
    pages, change counter.
    """
    refuse_foreign(by=by, unknown_practitioner=line.practitioner)
    with at_desk(session=line.session, by=by, now=now) as desk:
        session, completion = desk.session, _led(line, desk.session.session_type, desk.session)
        if is_noted(completion, of=session):
            return session
        _refuse_what_changed(desk, line, day)
        desk.act.why = one_line(day.why)
        if completion is not None:
            complete(session=session, completion=completion, by=by, now=now)
        elif session.status in AHEAD:
            miss(session=session, by=by, now=now)
        else:
            correct(session=session, correction=Correction(day.why), by=by, now=now)
    return session


def enter_walk_in(*, line: WalkInLine, day: PaperDay, by: Actor, now: datetime) -> Session:
    """One who came without a time, and left again. Who stands so on that day already is not entered again.

    Raises EnteredAlready, and what `walk_in` raises. Locks: catalogue at its first use, patient, plan,
    session, change counter.
    """
    refuse_foreign(
        by=by,
        unknown_patient=line.patient,
        unknown_session=line.session,
        unknown_session_type=line.session_type,
        unknown_practitioner=line.practitioner,
    )
    kind = line.session.session_type if line.session is not None else line.session_type
    completion = replace(line.completion, arrived_at=line.came_at)
    if kind is not None:
        completion = _led(replace(line, completion=completion), kind) or completion
    new = WalkIn(
        line.patient, line.session_type, day.site, line.session, came_at=line.came_at, completion=completion
    )
    with course_act(by=by, now=now, scope=scope_of(new)) as act:
        if (stands := _standing(act, line, day)) is None:
            act.why = one_line(day.why)
            return walk_in(new=new, by=by, now=now)
        if not is_noted(completion, of=stands):
            raise _entered_already(stands, day)
    return stands


def _led(
    line: SheetLine | WalkInLine, session_type: SessionType, session: Session | None = None
) -> Completion | None:
    """The completion with whoever treated in place of whom was booked."""
    if line.completion is None or line.practitioner is None:
        return line.completion
    instead = led_by(line.practitioner, session_type=session_type, session=session)
    return replace(line.completion, used={**line.completion.used, **instead})


def _refuse_what_changed(desk: AtDesk, line: SheetLine, day: PaperDay) -> None:
    session = desk.session
    is_there = (session.local_date, session.site_id) == (day.on, day.site.pk)
    is_open = session.status in (*AHEAD, *HERE)
    if is_there and is_open and session.version == line.version:
        return
    sentence = _("Somebody changed this session meanwhile, so it was left alone. Look how it stands now.")
    if not is_open:
        state = SessionStatus(session.status).label.lower()
        sentence = _(
            "This session is noted as {state} already, so it was left alone. Put it right if that is wrong.",
            state=state,
        )
    raise ChangedMeanwhile("changed_meanwhile", sentence, {"state": session.status})


def _standing(act: OpenAct, line: WalkInLine, day: PaperDay) -> Session | None:
    """The session of that day that is theirs already: under the lock of the patient."""
    if line.session is not None:
        session = act.session(line.session)
        return None if session.is_due else session
    if line.session_type is None:
        return None
    rows = Session.objects.of_clinic(act.by.clinic_id).filter(
        patient=line.patient,
        local_date=day.on,
        site=day.site,
        session_type__key=line.session_type.key,
        starts_at__isnull=True,
        status__in=SCHEDULED,
        is_done_elsewhere=False,
    )
    return rows.order_by("pk").first()


def _entered_already(session: Session, day: PaperDay) -> EnteredAlready:
    if session.arrived_at is None or session.local_date != day.on:
        sentence = _("This session of their course has a time by now. Look how it stands.")
    else:
        sentence = _(
            "They stand on this day already, from {at:H:i}. Clear this line, or put that session right.",
            at=session.arrived_at.astimezone(day.site.tz),
        )
    return EnteredAlready("entered_already", sentence)
