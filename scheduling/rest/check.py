"""The check of rest: whatever dates a session is asked, as its act closes, under the patient's lock."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol

from clinic.errors import Problem
from clinic.identity.actors import Actor
from clinic.identity.permissions import set_aside, waived_entry
from clinic.models import Patient
from scheduling.models import AHEAD, SCHEDULED, Session, SessionStatus
from scheduling.rest.reading import Standing, counts
from treatments.cadence import Key

# What is given a date to come, or of today. What was done elsewhere is a fact.
_DATED = (SessionStatus.HELD, *AHEAD, SessionStatus.ARRIVED)
REST_RULES = frozenset({"rest_short", "rest_far_too_short", "rest_same_day"})
_STOOD = (*SCHEDULED, SessionStatus.MISSED)


class LockedPatients(Protocol):
    """Rows that this transaction alone may write."""

    @property
    def patients(self) -> dict[int, Patient]: ...
    @property
    def sessions(self) -> dict[int, Session]: ...


class DatingAct(Protocol):
    """An act under way (`scheduling/courses/open_act.py`); `waiver` is the reason that was given for it.

    What another system promised is brought over whatever its rest.
    """

    by: Actor
    now: datetime
    waiver: str
    puts_back: bool
    brings_over: bool
    stood: dict[int, Session]
    gone: list[Session]

    @property
    def rows(self) -> LockedPatients: ...
    @property
    def changed(self) -> list[Session]: ...


def keep_rest(act: DatingAct) -> None:
    """Ask for rest what the act gave another date, or made of another kind.

    What was set aside is noted on the session. An act that puts back may put back what was set aside.
    Raises Refused (`rest_short`, `rest_far_too_short`, `rest_same_day`).
    """
    found = [
        (session, problem) for session, problem in _problems(act) if not _stood_so(act, session, problem)
    ]
    waived = [problem for _, problem in found]
    if not act.brings_over:
        waived = set_aside(problems=waived, waiver=act.waiver, by=act.by)
    for session, problem in found:
        entry = waived_entry(code=problem.code, reason=act.waiver, by=act.by, now=act.now)
        if problem in waived and entry not in session.waived:
            session.waived = [*session.waived, entry]


def _stood_so(act: DatingAct, session: Session, problem: Problem) -> bool:
    return act.puts_back and any(entry["code"] == problem.code for entry in session.waived)


def _problems(act: DatingAct) -> Iterator[tuple[Session, Problem]]:
    dated = [session for session in act.changed if _is_dated_anew(session, act.stood[session.pk])]
    if dated:
        standing = _standing(act, {session.patient_id for session in dated})
        for session in dated:
            assert session.local_date is not None, "dated"
            problem = problem_on(session, session.local_date, standing)
            if problem is not None:
                yield session, problem


def problem_on(session: Session, on: date, standing: Standing) -> Problem | None:
    """What stands against that date of the session, as others have theirs."""
    return standing.closed_to(session).problem(Key(session.kind, session.number), on)


def _is_dated_anew(session: Session, was: Session) -> bool:
    if session.status not in _DATED or session.local_date is None:
        return False
    is_another = (session.local_date, session.session_type_id) != (was.local_date, was.session_type_id)
    # What is only held changes seats as well.
    return is_another or was.status not in (*_STOOD, session.status)


def _standing(act: DatingAct, patients: set[int]) -> Standing:
    """As the act leaves it."""
    assert patients <= act.rows.patients.keys(), "whoever is given a date is locked: nobody else dates them"
    clinic_id, rows = act.by.clinic_id, act.rows.sessions
    written = Standing.of_patients(patients, clinic_id=clinic_id, but=rows)
    in_hand = [
        one for one in rows.values() if one.patient_id in patients and counts(one) and one not in act.gone
    ]
    return Standing(clinic_id, (*written.sessions, *in_hand))
