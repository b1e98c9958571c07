"""Patients on the phone days before a session: they confirm, move, cancel, or were treated elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from clinic.errors import Conflict, Refused
from scheduling.attendance.attend import confirm_session
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.demo.acts.front_desk import FrontDesk
from scheduling.demo.acts.moves import put_off
from scheduling.demo.cast.crew import Crew, minutes, sessions_on, still_stands
from scheduling.demo.cast.fates import Fates
from scheduling.models import CancelledBy, Session
from scheduling.moving.retime import MoveTerms

_MOVES, _CANCELS, _CLINIC, _ELSEWHERE = "moves", "cancels", "clinic cancels", "elsewhere"
# Of a hundred sessions that are six days away.
_SHARES = {_MOVES: 6, _CANCELS: 4, _CLINIC: 1.5, _ELSEWHERE: 0.7}
_CALLS_DAYS, _REMINDED_DAYS = 6, 2
_CONFIRMED = 0.55
_REASONS = ("Is abroad that week", "Has an exam", "Found no babysitter", "Must work")


@dataclass
class Phone:
    """The desk's telephone."""

    crew: Crew
    front_desk: FrontDesk
    _fates: Fates = field(default_factory=lambda: Fates(_SHARES), init=False)

    def __post_init__(self) -> None:
        self._acts: Mapping[str, Callable[[Session, Random, datetime], None]] = {
            _MOVES: self._move,
            _CANCELS: self._cancel,
            _CLINIC: self._cancel_for_clinic,
            _ELSEWHERE: self._elsewhere,
        }

    def morning(self, now: datetime) -> None:
        """Who is going to call today."""
        today = self.crew.today(now)
        session_on = today + timedelta(days=_REMINDED_DAYS)
        for session in sessions_on(self.crew, session_on):
            chance = self.crew.chance_of(session, session.starts_at, "confirms")
            if session_on >= self.crew.thorough_since and chance.random() < _CONFIRMED:
                # The reminder of ten o'clock has come.
                at = self.crew.instant(today, time(10, 15)) + minutes(chance.randint(0, 360))
                self.crew.expect(partial(self._confirm, session), at=at)
        for session in sessions_on(self.crew, today + timedelta(days=_CALLS_DAYS)):
            chance = self.crew.chance_of(session, session.starts_at, "calls")
            is_of_many = session.plan is not None and session.plan.session_count > 1
            possible = [*_SHARES] if is_of_many else [_MOVES, _CANCELS, _CLINIC]
            if fate := self._fates.draw(chance, among=possible):
                at = self.crew.instant(today, time(9, 30)) + minutes(chance.randint(0, 420))
                self.crew.expect(partial(self._acts[fate], session, chance), at=at)

    def _confirm(self, session: Session, at: datetime) -> None:
        if stands := still_stands(session):
            confirm_session(session=stands, by=self.crew.reception, now=at)

    def _move(self, session: Session, chance: Random, at: datetime) -> None:
        if stands := still_stands(session):
            terms = MoveTerms(reason=chance.choice(_REASONS), by_patient=True)
            if not put_off(self.crew, stands, terms, chance, at):
                self._fates.came_to_nothing(_MOVES)

    def _cancel(self, session: Session, chance: Random, at: datetime) -> None:
        if stands := still_stands(session):
            ending = Ending(chance.choice(_REASONS), CancelledBy.PATIENT)
            cancel_session(session=stands, ending=ending, by=self.crew.reception, now=at)
            if chance.random() < 0.7:
                self._call_back(stands, chance, at)

    def _cancel_for_clinic(self, session: Session, chance: Random, at: datetime) -> None:
        if stands := still_stands(session):
            ending = Ending("The doctor is at a congress", CancelledBy.CLINIC)
            cancel_session(session=stands, ending=ending, by=self.crew.reception, now=at)
            self._call_back(stands, chance, at)

    def _call_back(self, session: Session, chance: Random, at: datetime) -> None:
        again = partial(self.front_desk.another_time, session, chance)
        self.crew.expect(again, at=self.crew.evening(at, chance))

    def _elsewhere(self, session: Session, chance: Random, at: datetime) -> None:
        """Given yesterday where the patient was on a journey, if the course lets it."""
        stands = still_stands(session)
        if stands is None:
            return
        yesterday = self.crew.today(at) - timedelta(days=1)
        done = Elsewhere(yesterday, chance.choice(("Clínica Sol, Málaga", "Praxis am Markt, Köln")))
        try:
            record_elsewhere(session=stands, done=done, by=self.crew.reception, now=at)
        except (Conflict, Refused):
            # The session before it was never given.
            self._fates.came_to_nothing(_ELSEWHERE)
