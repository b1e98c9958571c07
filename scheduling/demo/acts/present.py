"""This very moment in the demo: who has just come, who waits, what a doctor must look at."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.models import Patient
from clinic.time.cells import cell_at
from scheduling.attendance.attend import confirm_session, start
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.freed_time import FreeTime
from scheduling.booking.holds import HoldAsked, hold_course
from scheduling.demo.acts.front_desk import USUAL, FrontDesk
from scheduling.demo.cast.crew import Crew, minutes, plan_as_it_stands, sessions_on, starts_of
from scheduling.demo.cast.life import Act
from scheduling.models import AHEAD, Session, SessionStatus
from scheduling.models.sessions import SessionQuerySet
from scheduling.search.propose import Asked, propose
from scheduling.waitlist.offers import offer_freed
from treatments.cadence import TREATMENT
from treatments.models import Plan, PlanState

_WAITING, _HOLDS = 4, 2
_LONG_AHEAD_DAYS = 4
_OFFERED_DAYS = range(2, 12)


@dataclass
class Present:
    """What a visitor finds on the desk."""

    crew: Crew
    front_desk: FrontDesk
    moment: datetime

    @property
    def last_minutes(self) -> list[tuple[timedelta, Act]]:
        """What happens how long before now."""
        return [
            *([(minutes(25), self._treat_without_time)] if self._a_doctor_is_there() else []),
            (minutes(20), self._confirm_last),
            *([(minutes(3), self._come_in)] if self._a_doctor_is_there() else []),
            (minutes(0), self.arrange),
        ]

    def _a_doctor_is_there(self) -> bool:
        """After closing nobody is here without a time."""
        site, today = self.crew.premises.site, self.crew.today(self.moment)
        horizon = Horizon(site.tz, today, today)
        opens = working_at(site=site, horizon=horizon).open
        cell = cell_at(self.moment) - horizon.first_cell
        return any(opens[doctor.diary_id] >> cell & 1 for doctor in self.crew.premises.doctors)

    def _treat_without_time(self, now: datetime) -> None:
        """So that somebody is treated right now."""
        if came := self._come_in(now):
            begin = partial(start, session=came, by=self.crew.reception)
            self.crew.expect(lambda at: begin(now=at), at=now + minutes(15))

    def _confirm_last(self, now: datetime) -> None:
        """Who comes last today has just said that they will."""
        rest = [
            session for session in sessions_on(self.crew, self.crew.today(now)) if starts_of(session) > now
        ]
        if rest:
            confirm_session(session=rest[-1], by=self.crew.reception, now=now)

    def _come_in(self, now: datetime) -> Session | None:
        """Somebody who was treated before has a question, and has no time."""
        patient = self._not_here(now)
        if patient is None:
            return None
        new = WalkIn(patient, session_type=self.crew.session_type("review"))
        return walk_in(new=new, by=self.crew.reception, now=now)

    def arrange(self, now: datetime) -> None:
        """What is open: a course that a doctor must look at, calendars on hold, an offer."""
        self._ask_doctor(now)
        self._hold(now)
        self._wait(now)

    def _sessions(self) -> SessionQuerySet:
        rows: SessionQuerySet = Session.objects.of_clinic(self.crew.premises.clinic.pk)
        return rows

    def _not_here(self, now: datetime) -> Patient | None:
        today = self._sessions().filter(local_date=self.crew.today(now)).values("patient")
        known = Patient.objects.of_clinic(self.crew.premises.clinic.pk).exclude(pk__in=today)
        done = known.filter(sessions__status=SessionStatus.COMPLETED)
        found: Patient | None = done.order_by("pk").first()
        return found

    def _ask_doctor(self, now: datetime) -> None:
        """The first whose course goes on in some days was asked on the telephone today."""
        soon = now + timedelta(days=_LONG_AHEAD_DAYS)
        sessions = self._sessions().filter(status__in=AHEAD, plan__state=PlanState.ACTIVE, starts_at__gt=soon)
        session = sessions.select_related("plan").order_by("starts_at", "pk").first()
        if session is not None and session.plan is not None:
            self.front_desk.courses.ask_doctor(session.plan, self.crew.chance("asked"), now)

    def _hold(self, now: datetime) -> None:
        """Calendars kept for who was prescribed something last, and for one who had wanted to think."""
        of_clinic = Plan.objects.of_clinic(self.crew.premises.clinic.pk)
        begun = self._sessions().filter(kind=TREATMENT).exclude(status=SessionStatus.DUE).values("plan")
        undecided = of_clinic.filter(state=PlanState.ACTIVE).exclude(pk__in=begun)
        plans = list(undecided.order_by("-created_at", "-pk")[: _HOLDS - 1])
        seen = self._sessions().filter(status=SessionStatus.COMPLETED, session_type__key="consultation")
        thinking = seen.exclude(patient__in=of_clinic.values("patient"))
        if session := thinking.select_related("patient").order_by("-starts_at", "pk").first():
            chance = self.crew.chance_of(session, "thought it over")
            plans.append(self.front_desk.prescribe(session, USUAL, chance, now))
        for plan in plans:
            self._hold_for(plan_as_it_stands(plan), now)

    def _hold_for(self, plan: Plan, now: datetime) -> None:
        first_on = self.crew.today(now) + timedelta(days=3)
        asked = Asked(first_on=first_on, last_on=first_on + timedelta(days=120), most=1)
        if offers := propose(plan=plan, asked=asked, now=now).proposals:
            until = HoldAsked(until=now + timedelta(days=1), reason="Wants to sleep on it")
            hold_course(plan=plan, proposal=offers[0], asked=until, by=self.crew.reception, now=now)

    def _wait(self, now: datetime) -> None:
        """Some want an earlier time; the desk offers what is free on one of the next days."""
        later = now + timedelta(days=_LONG_AHEAD_DAYS)
        booked = self._sessions().filter(status__in=AHEAD, starts_at__gt=later, plan=None)
        due = self._sessions().filter(status=SessionStatus.DUE, plan__state=PlanState.ACTIVE, kind=TREATMENT)
        first_ones = self._sessions().filter(status__in=AHEAD, starts_at__gt=later, number=1)
        rows = [
            *booked.order_by("starts_at", "pk")[: _WAITING // 2],
            *due.filter(attempt__gt=1).order_by("pk")[:_WAITING],
            *first_ones.order_by("-starts_at", "pk")[: 2 * _WAITING],
        ]
        for session in list(dict.fromkeys(rows))[:_WAITING]:
            self.front_desk.waitlist.join(session, self.crew.chance_of(session, "waits"), now)
        self._offer(now)

    def _offer(self, now: datetime) -> None:
        site, today = self.crew.premises.site, self.crew.today(now)
        for days in _OFFERED_DAYS:
            on = today + timedelta(days=days)
            free = FreeTime(site, self.crew.instant(on, time(8)), self.crew.instant(on, time(20)))
            if offer_freed(free=free, by=self.crew.reception, now=now):
                return
