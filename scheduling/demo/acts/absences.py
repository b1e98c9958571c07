"""Absences and delays of the demo, over sessions that are booked."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from clinic.hours.rota import NewClosure, NewLeave
from clinic.models import Leave, Resource
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.demo.acts.front_desk import FrontDesk
from scheduling.demo.acts.moves import put_off
from scheduling.demo.cast.crew import Crew, as_it_stands, sessions_on, starts_of
from scheduling.demo.cast.fates import Fates
from scheduling.disruption.absences import OnConflict, enter_closure, enter_leave, swap_all
from scheduling.disruption.clear_absence import Cleared
from scheduling.disruption.delay_preview import Delay
from scheduling.disruption.delays import Agreed, preview_delay, push_day
from scheduling.models import CancelledBy, Session
from scheduling.moving.retime import MoveTerms

_DOCTOR_ILL, _ASSISTANT_ILL, _LATE = "doctor ill", "assistant ill", "late"
# Of a hundred working days.
_SHARES = {_LATE: 15, _ASSISTANT_ILL: 4, _DOCTOR_ILL: 3}
_LATE_MINUTES = 10
_BUSY = 12
_AHEAD_DAYS = range(4, 18)


@dataclass
class Absences:
    """What comes between, as the desk learns of it."""

    crew: Crew
    front_desk: FrontDesk
    _fates: Fates = field(default_factory=lambda: Fates(_SHARES), init=False)

    def morning(self, now: datetime) -> None:
        """The telephone at half past eight: somebody does not come today."""
        today = self.crew.today(now)
        chance = self.crew.chance("absences", today)
        premises = self.crew.premises
        doctor, assistant = chance.choice(premises.doctors), chance.choice(premises.assistants)
        sessions = sessions_on(self.crew, today)
        possible = [_LATE] if _count(sessions, doctor) else []
        possible += [_DOCTOR_ILL] if 0 < _count(sessions, doctor) <= _BUSY else []
        possible += [_ASSISTANT_ILL] if _count(sessions, assistant) else []
        fate = self._fates.draw(chance, among=possible)
        if fate == _LATE:
            # Just before the post goes: who is to come later must hear of it in time.
            at = self.crew.instant(today, time(chance.randint(9, 15), 55))
            self.crew.expect(partial(self._run_late, doctor), at=at)
        elif fate is not None:
            away = doctor if fate == _DOCTOR_ILL else assistant
            self._ill(away, today, now)

    def _run_late(self, doctor: Resource, at: datetime) -> None:
        """What remains of the doctor's day comes later, if nobody else is in the way."""
        by = self.crew.reception
        delay = Delay(doctor, _LATE_MINUTES, only_as_needed=True)
        found = preview_delay(delay=delay, by=by, now=at)
        if found and not any(push.problems for push in found):
            agreed = Agreed({push.session.uuid: push.session.version for push in found})
            push_day(delay=delay, agreed=agreed, by=by, now=at)
        else:
            self._fates.came_to_nothing(_LATE)

    def enter_what_comes(self, now: datetime) -> None:
        """Leave and a closure of the coming weeks, over sessions; one is left for the desk to move."""
        today, taken = self.crew.today(now), set[date]()
        first, second = self.crew.premises.doctors
        if on := self._busiest(second, today, taken):
            leave = self._day_of(second, on, "Family", now)
            left = swap_all(leave=leave, also_practitioners=True, by=self.crew.owner, now=now)
            self._move_all(left, now)
        if on := self._busiest(self.crew.premises.assistants[1], today, taken):
            new = NewLeave(self.crew.premises.assistants[1], *self._whole(on), "Moving house")
            entered = enter_leave(new=new, on_conflict=OnConflict.SWAP, by=self.crew.owner, now=now)
            self._move_all(entered.cleared, now)
        if on := self._busiest(first, today, taken):
            session = next(session for session in sessions_on(self.crew, on) if _has(session, first))
            self._hour_away(first, session, now)
        if on := self._busiest(first, today, taken):
            starts_at, ends_at = self.crew.instant(on, time(14)), self.crew.instant(on, time(18))
            closure = NewClosure(self.crew.premises.site, starts_at, ends_at, "The water is shut off")
            self._move_all(enter_closure(new=closure, by=self.crew.owner, now=now).cleared, now)

    def _ill(self, away: Resource, today: date, now: datetime) -> None:
        """Others stand in as far as they can; whom nobody can see today is called and comes another day."""
        leave = self._day_of(away, today, "Ill", now)
        left = swap_all(leave=leave, also_practitioners=True, by=self.crew.owner, now=now)
        for one in left.in_the_way:
            session = as_it_stands(one.session)
            ending = Ending(f"{away.name} is ill", CancelledBy.CLINIC)
            cancel_session(session=session, ending=ending, by=self.crew.reception, now=now)
            chance = self.crew.chance_of(session, "ill")
            again = partial(self.front_desk.another_time, session, chance)
            self.crew.expect(again, at=self.crew.evening(now, chance))

    def _day_of(self, away: Resource, on: date, reason: str, now: datetime) -> Leave:
        new = NewLeave(away, *self._whole(on), reason)
        entered = enter_leave(new=new, on_conflict=OnConflict.LIST, by=self.crew.owner, now=now)
        assert isinstance(entered.absence, Leave)
        return entered.absence

    def _hour_away(self, doctor: Resource, session: Session, now: datetime) -> None:
        """An hour away at which a patient expects this doctor: nobody has called them yet."""
        assert session.ends_at is not None, "it has a time"
        new = NewLeave(doctor, starts_of(session), session.ends_at, "Dentist")
        enter_leave(new=new, on_conflict=OnConflict.SWAP, by=self.crew.owner, now=now)

    def _move_all(self, cleared: Cleared, now: datetime) -> None:
        """What nobody can stand in for goes to another time, with its course; some find none."""
        for one in cleared.in_the_way:
            session = as_it_stands(one.session)
            if session.plan is not None:
                self.front_desk.courses.book_again(session.plan, now)
            else:
                terms = MoveTerms(reason="The clinic asks for it")
                put_off(self.crew, session, terms, self.crew.chance_of(session, "away"), now)

    def _whole(self, on: date) -> tuple[datetime, datetime]:
        return self.crew.instant(on, time(0)), self.crew.instant(on + timedelta(days=1), time(0))

    def _busiest(self, resource: Resource, today: date, taken: set[date]) -> date | None:
        """The day of the coming weeks on which most sessions need them, of those not looked at yet."""
        days = [today + timedelta(days=days) for days in _AHEAD_DAYS]
        counts = {on: _count(sessions_on(self.crew, on), resource) for on in days if on not in taken}
        on = max(counts, key=lambda day: counts[day])
        taken.add(on)
        return on if counts[on] else None


def _has(session: Session, resource: Resource) -> bool:
    return any(part["resource"] == str(resource.uuid) for part in session.cast)


def _count(sessions: list[Session], resource: Resource) -> int:
    return sum(_has(session, resource) for session in sessions)
