"""A day at the demo's desk: who comes, who does not, what came of it and what follows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from clinic.errors import Conflict, Refused
from clinic.models import ResourceKind
from scheduling.attendance.attend import Used, arrive, complete, miss, start
from scheduling.attendance.change_type import change_session_type
from scheduling.attendance.completion import Completion
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.demo.acts.courses import Courses
from scheduling.demo.acts.front_desk import FrontDesk
from scheduling.demo.cast.crew import Crew, as_it_stands, minutes, sessions_on, starts_of, still_stands
from scheduling.demo.cast.fates import Fates
from scheduling.models import AHEAD, CancelledBy, Outcome, Session, SessionStatus

_MISSED, _CANCELS, _FAILED, _PARTLY, _OTHER_KIND, _STAND_IN = (
    "missed", "cancels late", "failed draw", "partly given", "other kind", "stand-in",
)  # fmt: skip
_SHARES = {_OTHER_KIND: 0.7, _FAILED: 2, _PARTLY: 1, _STAND_IN: 2, _CANCELS: 2.5, _MISSED: 6}
# Some who did not come are reached so many days later only.
_LONG = 3
_LATE_REASONS = ("Has a fever", "Child is ill", "Must work", "Train did not run")
_STARTED_FROM = (*AHEAD, SessionStatus.ARRIVED)
_COMPLETED_FROM = (*AHEAD, SessionStatus.IN_TREATMENT)
# So long before the session a patient calls who does not come.
_NOTICE = minutes(120)
_SOONEST = minutes(50)


@dataclass
class Attendance:
    """The desk from morning to evening."""

    crew: Crew
    front_desk: FrontDesk
    courses: Courses
    _fates: Fates = field(default_factory=lambda: Fates(_SHARES), init=False)

    def morning(self, now: datetime, *, unsaid: int = 0) -> None:
        """What the day brings. Of its last sessions so many are never said anything of.

        On such a day somebody is missed, too, who is not reached for some days.
        """
        sessions = sessions_on(self.crew, self.crew.today(now))
        foreseen = sessions[: len(sessions) - unsaid]
        in_vain = next((session for session in foreseen if unsaid and session.plan is not None), None)
        for session in foreseen:
            if session is in_vain:
                self._expect_missed(session, reached_days=_LONG)
            else:
                self._foresee(session, now)

    def _foresee(self, session: Session, now: datetime) -> None:
        chance = self.crew.chance_of(session, session.starts_at)
        fate = self._fates.draw(chance, among=list(_possible(session, now)))
        if fate == _MISSED:
            self._expect_missed(session, reached_days=chance.choice((0, 0, 0, _LONG)))
        elif fate == _CANCELS:
            at = max(now + minutes(5), starts_of(session) - _NOTICE)
            self.crew.expect(partial(self._cancel, session, chance), at=at)
        elif fate is None and self.crew.today(now) < self.crew.thorough_since:
            at = starts_of(session) + minutes(chance.randint(25, 60))
            self.crew.expect(partial(self._complete, session, fate, chance), at=at)
        else:
            at = starts_of(session) + minutes(chance.randint(-12, 4))
            self.crew.expect(partial(self._arrive, session, fate, chance), at=max(now, at))

    def _expect_missed(self, session: Session, *, reached_days: int) -> None:
        chance = self.crew.chance_of(session, session.starts_at, "missed")
        at = starts_of(session) + minutes(chance.randint(20, 90))
        self.crew.expect(partial(self._miss, session, chance, reached_days), at=at)

    def _miss(self, session: Session, chance: Random, reached_days: int, at: datetime) -> None:
        stands = still_stands(session)
        if stands is not None and starts_of(stands) > at:
            # The day runs late.
            self._expect_missed(stands, reached_days=reached_days)
        elif stands is not None:
            miss(session=stands, by=self.crew.reception, now=at)
            self._make_good(stands, chance, at + timedelta(days=reached_days))

    def _cancel(self, session: Session, chance: Random, at: datetime) -> None:
        if stands := still_stands(session):
            ending = Ending(chance.choice(_LATE_REASONS), CancelledBy.PATIENT)
            cancel_session(session=stands, ending=ending, by=self.crew.reception, now=at)
            self._make_good(stands, chance, at)

    def _make_good(self, session: Session, chance: Random, at: datetime) -> None:
        """In the evening the patient is called, and comes another day."""
        again = partial(self.front_desk.another_time, session, chance)
        self.crew.expect(again, at=self.crew.evening(at, chance))

    def _arrive(self, session: Session, fate: str | None, chance: Random, at: datetime) -> None:
        stands = still_stands(session)
        if stands is None:
            return
        if chance.random() < 0.8:
            stands = arrive(session=stands, by=self.crew.reception, now=at)
        begins = max(at, starts_of(stands)) + minutes(chance.randint(0, 6))
        self.crew.expect(partial(self._start, stands, fate, chance), at=begins)

    def _start(self, session: Session, fate: str | None, chance: Random, at: datetime) -> None:
        stands = as_it_stands(session)
        if stands.status not in _STARTED_FROM:
            return
        if stands.plan is not None:
            self.courses.clear_concerns(stands.plan, at)
        stands = start(session=stands, used=self._used(session, fate), by=self.crew.reception, now=at)
        if fate == _OTHER_KIND:
            stands = self._change_kind(stands, at)
        assert stands.ends_at is not None, "it has a time"
        over = at + (stands.ends_at - starts_of(stands)) + minutes(chance.randint(-2, 7))
        self.crew.expect(partial(self._complete, stands, fate, chance), at=over)

    def _change_kind(self, session: Session, at: datetime) -> Session:
        """After a failed draw what needs no blood is given, if the doctor is free so soon."""
        try:
            return change_session_type(
                session=session,
                session_type=self.crew.session_type("mesotherapy"),
                by=self.crew.reception,
                now=at,
            )
        except (Conflict, Refused):
            self._fates.came_to_nothing(_OTHER_KIND)
            return session

    def _used(self, session: Session, fate: str | None) -> Used | None:
        """Somebody else took the blood than the sheet says."""
        planned = next((part for part in session.cast if part["role"] == "assistant"), None)
        if fate != _STAND_IN or planned is None:
            return None
        others = [one for one in self.crew.premises.assistants if str(one.uuid) != planned["resource"]]
        return {"assistant": others[0].uuid}

    def _complete(self, session: Session, fate: str | None, chance: Random, at: datetime) -> None:
        stands = as_it_stands(session)
        if stands.status not in _COMPLETED_FROM or stands.local_date != self.crew.today(at):
            return
        completion = _completion(stands, fate, chance)
        done = complete(session=stands, completion=completion, by=self.crew.reception, now=at)
        if done.plan is None:
            self.front_desk.consult(done, at=at)
        elif done.counts:
            self.courses.after_treatment(done, at)
        else:
            self._make_good(done, chance, at)


def _possible(session: Session, now: datetime) -> Iterator[str]:
    yield _MISSED
    if starts_of(session) > now + _SOONEST:
        yield _CANCELS
    if _draws_blood(session):
        yield from (_FAILED, _PARTLY, _STAND_IN)
        if session.session_type.key == "prp-mesotherapy":
            yield _OTHER_KIND


def _draws_blood(session: Session) -> bool:
    return any(part["kind"] == ResourceKind.DEVICE for part in session.cast)


def _completion(session: Session, fate: str | None, chance: Random) -> Completion:
    if fate == _FAILED:
        return Completion(Outcome.NOT_GIVEN, "Failed draw: no vein was found")
    record = _record(session, chance)
    if fate == _PARTLY:
        return Completion(Outcome.PARTLY, "Stopped early: the patient felt faint", record=record)
    if fate == _OTHER_KIND and session.session_type.key == "mesotherapy":
        return Completion(Outcome.PARTLY, "Failed draw: mesotherapy alone", record=record)
    return Completion(record=record)


def _record(session: Session, chance: Random) -> dict[str, str]:
    """What the session type asks for; what it does not insist on is sometimes forgotten."""
    plan = session.plan
    said = {
        "harvest-site": plan.harvest_site if plan else "",
        "kit-lot": f"K{chance.randint(24, 26)}-{chance.randint(100, 999)}",
    }
    return {
        field["key"]: said[field["key"]]
        for field in session.session_type.record_fields
        if field["required"] or chance.random() < 0.9
    }
