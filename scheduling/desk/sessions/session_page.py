"""One session: when, who and where, what became of it so far, and everything that can be done with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.lookup import find
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.templatetags.desk import clock
from clinic.web.trail import saw
from clinic.wording import label_of
from scheduling.courses.states import SESSION_STEPS, SessionAct
from scheduling.desk.day.attendance_buttons import DeskAct, desk_acts
from scheduling.desk.shared.act_line import act_line
from scheduling.desk.shared.mails_shown import Mails, mails_of_session
from scheduling.desk.shared.sessions_shown import SessionShown, cancelled_by, session_shown
from scheduling.desk.shared.wording import date_words
from scheduling.models import Outcome, Session, SessionStatus
from scheduling.search.free_starts import FreeStart, StartsAsked, free_starts
from scheduling.undoing.last_acts import of_session, undoable_at_desk

MOST_STARTS = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """“Arrived”, “09:02”."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Everything the page shows; `free` are times of today for one who is here without a time."""

    session: SessionShown
    acts: tuple[DeskAct, ...]
    facts: tuple[Fact, ...]
    mails: Mails
    free: tuple[FreeStart, ...]
    may: frozenset[str]


@require_safe
@desk_page(Act.SEE_CALENDAR)
def page(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    rows = Session.objects.seen_by(actor).to_show().select_related("patient__clinic", "plan__protocol")
    session = find(rows, uuid=uuid)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    at = now()
    line = act_line(request, of_session(session=session, by=actor, now=at), by=actor, now=at)
    shown = {"shown": _read(session, by=actor, now=at), "line": line}
    return render(request, "scheduling/sessions/session.html", shown)


def _read(session: Session, *, by: Actor, now: datetime) -> SessionPage:
    today = today_at_home(clinic_id=by.clinic_id, now=now)
    can_undo = session.pk in undoable_at_desk(sessions=[session], now=now)
    return SessionPage(
        session=session_shown(session, today=today),
        acts=tuple(desk_acts(session, today=today, now=now, can_undo=can_undo)),
        facts=tuple(_facts(session, today)),
        mails=mails_of_session(session=session, by=by, today=today, now=now),
        free=_free(session, today, now),
        may=_changes(session, by),
    )


def _free(session: Session, today: date, now: datetime) -> tuple[FreeStart, ...]:
    is_waiting = session.status == SessionStatus.ARRIVED and session.starts_at is None
    if not is_waiting or session.site is None or session.local_date != today:
        return ()
    asked = StartsAsked(
        session_type=session.session_type,
        first_on=today,
        last_on=today,
        site=session.site,
        patient=session.patient,
        keeps_rest=False,
        most=MOST_STARTS,
    )
    return free_starts(asked=asked, now=now).starts


# What each change is called in the template, the act it is and the right it asks for.
_CHANGES = (
    ("retype", SessionAct.CHANGE_TYPE, Act.ATTEND),
    ("elsewhere", SessionAct.RECORD_ELSEWHERE, Act.AMEND),
    ("cancel", SessionAct.CANCEL, Act.CANCEL),
    ("walk_in", SessionAct.WALK_IN, Act.ATTEND),
    ("correct", SessionAct.CORRECT, Act.CORRECT),
)


def _changes(session: Session, by: Actor) -> frozenset[str]:
    """Which of the changes the state of the session, and the role of whoever looks, allow."""
    names = {
        name
        for name, act, right in _CHANGES
        if session.status in SESSION_STEPS[act].begins and may(by=by, act=right)
    }
    if session.is_done_elsewhere:
        names -= {"correct"}
    if session.plan_id is None:
        names -= {"elsewhere", "walk_in"}
    elif session.is_due:
        # It is the course that is cancelled then.
        names -= {"cancel"}
    return frozenset(names) if not session.patient.is_erased else frozenset()


def _facts(session: Session, today: date) -> Iterator[Fact]:
    zone = session.site.tz if session.site else None
    for name, at in (
        (gettext("Arrived"), session.arrived_at),
        (gettext("Began"), session.started_at),
        (gettext("Ended"), session.finished_at),
    ):
        if at is not None:
            yield Fact(name, clock(at.astimezone(zone)))
    yield from _what_came_of_it(session)
    if session.cancelled_at is not None and session.status == SessionStatus.CANCELLED:
        yield from _cancelled(session, zone, today)
    if session.patient_moves:
        yield Fact(gettext("Moved"), gettext("{times} × by the patient").format(times=session.patient_moves))
    for reason in dict.fromkeys(waived["reason"] for waived in session.waived):
        yield Fact(gettext("Rule set aside"), reason)


def _what_came_of_it(session: Session) -> Iterator[Fact]:
    if session.outcome and not session.is_done_elsewhere:
        why = f": {session.outcome_reason}" if session.outcome_reason else ""
        yield Fact(gettext("Outcome"), f"{label_of(Outcome(session.outcome))}{why}")
    if session.plan_id is not None and not session.counts:
        yield Fact(gettext("Course"), gettext("It does not count: the session is due once more"))
    for asked in session.session_type.record_fields:
        if kept := session.record.get(asked["key"]):
            yield Fact(asked["label"], kept.replace("_", " ") if asked.get("choices") else kept)


def _cancelled(session: Session, zone: ZoneInfo | None, today: date) -> Iterator[Fact]:
    assert session.cancelled_at is not None
    local = session.cancelled_at.astimezone(zone)
    on = date_words(local.date(), today=today)
    yield Fact(gettext("Cancelled"), f"{on}, {clock(local)}, {cancelled_by(session)}")
    if session.cancel_reason:
        yield Fact(gettext("Why"), session.cancel_reason)
