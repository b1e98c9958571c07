"""States of sessions and of courses: explicit tables, asked by every act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from clinic.errors import Conflict
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from scheduling.courses.course import Course
from scheduling.models import Session, SessionStatus
from treatments.cadence import TREATMENT
from treatments.models import Plan, PlanState


class SessionAct(StrEnum):
    """What can be done with a session, in the words of the API's paths."""

    BOOK = "book"
    CONFIRM = "confirm"
    MOVE = "move"
    ARRIVE = "arrive"
    START = "start"
    COMPLETE = "complete"
    MISS = "miss"
    CANCEL = "cancel"
    RECORD_ELSEWHERE = "record-elsewhere"
    WALK_IN = "walk-in"
    GIVE_TIME = "give-time"
    CHANGE_TYPE = "change-type"
    CORRECT = "correct"


class PlanAct(StrEnum):
    """What can be done with a course."""

    BOOK = "book"
    BOOK_REVIEW = "book-review"
    ASK_REVIEW = "ask-review"
    CLEAR = "clear"
    PAUSE = "pause"
    RESUME = "resume"
    AMEND = "amend"
    COMPLETE = "complete"
    STOP = "stop"


# Acts as a sentence quotes them.
_ACT_WORDS: Mapping[str, Sentence] = MappingProxyType(
    {
        "book": _("book"),
        "confirm": _("confirm"),
        "move": _("move"),
        "arrive": _("arrive"),
        "start": _("start"),
        "complete": _("complete"),
        "miss": _("miss"),
        "cancel": _("cancel"),
        "record-elsewhere": _("record elsewhere"),
        "walk-in": _("walk in"),
        "give-time": _("give time"),
        "change-type": _("change type"),
        "correct": _("correct"),
        "book-review": _("book review"),
        "ask-review": _("ask review"),
        "clear": _("clear"),
        "pause": _("pause"),
        "resume": _("resume"),
        "amend": _("amend"),
        "stop": _("stop"),
    }
)

State = TypeVar("State", SessionStatus, PlanState)


@dataclass(frozen=True, slots=True)
class Step(Generic[State]):
    """From which states an act leads, and to which one; None: it stays what it is."""

    begins: frozenset[State]
    ends: State | None


def _session(*begins: SessionStatus, ends: SessionStatus | None) -> Step[SessionStatus]:
    return Step(frozenset(begins), ends)


def _plan(*begins: PlanState, ends: PlanState | None) -> Step[PlanState]:
    return Step(frozenset(begins), ends)


_S, _P = SessionStatus, PlanState
SESSION_STEPS: Mapping[SessionAct, Step[SessionStatus]] = MappingProxyType(
    {
        SessionAct.BOOK: _session(_S.DUE, _S.HELD, ends=_S.BOOKED),
        SessionAct.CONFIRM: _session(_S.BOOKED, ends=_S.CONFIRMED),
        # Whoever agreed to the old time has not agreed to the new one.
        SessionAct.MOVE: _session(_S.BOOKED, _S.CONFIRMED, ends=_S.BOOKED),
        # Who was given up comes after all: the desk may not be told that a patient at it is not there.
        SessionAct.ARRIVE: _session(_S.BOOKED, _S.CONFIRMED, _S.MISSED, ends=_S.ARRIVED),
        SessionAct.START: _session(_S.BOOKED, _S.CONFIRMED, _S.ARRIVED, ends=_S.IN_TREATMENT),
        SessionAct.COMPLETE: _session(
            _S.BOOKED, _S.CONFIRMED, _S.ARRIVED, _S.IN_TREATMENT, ends=_S.COMPLETED
        ),
        SessionAct.MISS: _session(_S.BOOKED, _S.CONFIRMED, ends=_S.MISSED),
        SessionAct.CANCEL: _session(_S.DUE, _S.HELD, _S.BOOKED, _S.CONFIRMED, _S.ARRIVED, ends=_S.CANCELLED),
        SessionAct.RECORD_ELSEWHERE: _session(_S.DUE, _S.HELD, _S.BOOKED, _S.CONFIRMED, ends=_S.COMPLETED),
        SessionAct.WALK_IN: _session(_S.DUE, ends=_S.ARRIVED),
        SessionAct.GIVE_TIME: _session(_S.ARRIVED, ends=None),
        # What a due session will be is said by its protocol, and a hold keeps what was offered.
        SessionAct.CHANGE_TYPE: _session(_S.BOOKED, _S.CONFIRMED, _S.ARRIVED, _S.IN_TREATMENT, ends=None),
        SessionAct.CORRECT: _session(_S.ARRIVED, _S.IN_TREATMENT, _S.COMPLETED, _S.MISSED, ends=None),
    }
)
PLAN_STEPS: Mapping[PlanAct, Step[PlanState]] = MappingProxyType(
    {
        PlanAct.BOOK: _plan(_P.ACTIVE, _P.AWAITING_REVIEW, ends=None),
        # What was given is looked at again, however the course ended.
        PlanAct.BOOK_REVIEW: _plan(_P.ACTIVE, _P.AWAITING_REVIEW, _P.COMPLETED, _P.STOPPED, ends=None),
        PlanAct.ASK_REVIEW: _plan(_P.ACTIVE, ends=_P.AWAITING_REVIEW),
        PlanAct.CLEAR: _plan(_P.AWAITING_REVIEW, ends=_P.ACTIVE),
        PlanAct.PAUSE: _plan(_P.ACTIVE, _P.AWAITING_REVIEW, ends=_P.PAUSED),
        PlanAct.RESUME: _plan(_P.PAUSED, ends=_P.ACTIVE),
        PlanAct.AMEND: _plan(_P.ACTIVE, _P.AWAITING_REVIEW, _P.PAUSED, ends=None),
        PlanAct.COMPLETE: _plan(_P.ACTIVE, ends=_P.COMPLETED),
        PlanAct.STOP: _plan(_P.ACTIVE, _P.AWAITING_REVIEW, _P.PAUSED, ends=_P.STOPPED),
    }
)


class StateForbids(Conflict):
    """The session or course is not in a state from which the act leads anywhere."""


def leads_on(*, session: Session, act: SessionAct) -> bool:
    """Whether the act changes the session: False where it was done already. Raises StateForbids."""
    return _leads_on(SESSION_STEPS[act], SessionStatus(session.status), act, _session_forbids)


def booking_act(session: Session) -> PlanAct:
    """What it is to the course that the session gets a time."""
    return PlanAct.BOOK if session.kind == TREATMENT else PlanAct.BOOK_REVIEW


def timing_act(session: Session) -> SessionAct:
    """What giving the session a time is: a booking, or a move of what has one."""
    is_due = session.status in (SessionStatus.DUE, SessionStatus.HELD)
    return SessionAct.BOOK if is_due else SessionAct.MOVE


def plan_leads_on(*, plan: Plan, act: PlanAct) -> bool:
    """Whether the act changes the course: False where it was done already. Raises StateForbids."""
    return _leads_on(PLAN_STEPS[act], PlanState(plan.state), act, _course_forbids)


def _leads_on(
    step: Step[State], state: State, act: SessionAct | PlanAct, forbids: Callable[[State, Sentence], Sentence]
) -> bool:
    if state in step.begins:
        return True
    if state == step.ends:
        return False
    sentence = forbids(state, _ACT_WORDS[act.value])
    raise StateForbids("state_forbids", sentence, {"state": state, "act": act.value})


def _session_forbids(state: SessionStatus, act: Sentence) -> Sentence:
    return _(
        "This session is {state}: “{act}” is not possible now. Open it to see how it stands.",
        state=state.label.lower(),
        act=act,
    )


def _course_forbids(state: PlanState, act: Sentence) -> Sentence:
    return _(
        "This course is {state}: “{act}” is not possible now. Open it to see how it stands.",
        state=state.label.lower(),
        act=act,
    )


def complete_if_done(course: Course) -> None:
    """A course of which nothing is left to do is completed."""
    is_done = all(session.status == SessionStatus.COMPLETED for session in course.sessions)
    if is_done and course.plan.state == PlanState.ACTIVE:
        course.plan.state = PlanState.COMPLETED
