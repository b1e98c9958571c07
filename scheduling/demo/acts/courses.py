"""Changes of the demo's courses: repeated, amended, paused, stopped, looked at by a doctor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from clinic.errors import Conflict, Refused
from scheduling.booking.book_course import book_course
from scheduling.course_changes.amend import Amendment, amend_course
from scheduling.course_changes.cancel import Ending, stop_plan
from scheduling.course_changes.concerns import clear_concern, raise_concern
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.course import course_of
from scheduling.demo.cast.crew import Crew, plan_as_it_stands
from scheduling.demo.cast.fates import Fates
from scheduling.models import CancelledBy, Session
from scheduling.moving.move import move_sessions, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import RippleAsked
from scheduling.search.propose import Asked, propose
from treatments.cadence import TREATMENT
from treatments.models import Concern, ConcernTopic, Plan, PlanState

_STOPPED, _PAUSED, _RESTS, _AMENDED, _CONCERN = "stopped", "paused", "rests", "amended", "concern"
# Of a hundred treatments that were given.
_SHARES = {_STOPPED: 0.8, _PAUSED: 0.7, _RESTS: 0.5, _AMENDED: 3, _CONCERN: 2}
_MORE = 6
_RUNNING = (PlanState.ACTIVE, PlanState.AWAITING_REVIEW)
_ANSWERS = (
    (ConcernTopic.MEDICINES, "Takes a blood thinner since last week."),
    (ConcernTopic.INFECTION, "A cold sore since Monday."),
    (ConcernTopic.OTHER, "Felt dizzy for a day after the last session."),
    (ConcernTopic.PREGNANCY, "May be pregnant; the test is next week."),
)
_REST_DAYS, _LONG_REST_DAYS = 12, 60
_SPARE_DAYS, _DAYS_A_SESSION = 28, 15


@dataclass
class Courses:
    """Receptionist and doctors about courses that have begun."""

    crew: Crew
    _fates: Fates = field(default_factory=lambda: Fates(_SHARES), init=False)

    def after_treatment(self, session: Session, at: datetime) -> None:
        """The patient says goodbye, or what else they have on their mind."""
        plan = session.plan
        assert plan is not None, "a treatment belongs to a course"
        chance = self.crew.chance_of(session, "afterwards")
        fate = self._fates.draw(chance, among=list(_possible(plan, session)))
        acts: dict[str, Callable[[Plan, Random, datetime], None]] = {
            _STOPPED: self._stop,
            _PAUSED: partial(self._pause, days=_REST_DAYS),
            _RESTS: partial(self._pause, days=_LONG_REST_DAYS),
            _AMENDED: self._amend,
            _CONCERN: self._ask_doctor,
        }
        if fate is not None:
            self.crew.expect(partial(acts[fate], plan, chance), at=self.crew.next_morning(at, chance))

    def book_again(self, plan: Plan, at: datetime) -> None:
        """Find a time for what is due anew, and let the rest follow it; what finds none stays due."""
        plan = plan_as_it_stands(plan)
        if plan.state not in _RUNNING:
            return
        ripple = preview_ripple(plan=plan, asked=RippleAsked(), by=self.crew.reception, now=at)
        if ripple.proposal is None:
            self.book_rest(plan, at)
            return
        terms = MoveTerms(reason="The session before it is repeated")
        try:
            move_sessions(plan=plan, proposal=ripple.proposal, terms=terms, by=self.crew.reception, now=at)
        except (Conflict, Refused):
            # It lies too far outside its window for the desk: a doctor has to say.
            return

    def book_rest(self, plan: Plan, at: datetime) -> None:
        """Book all that is due at the end of a course."""
        plan = plan_as_it_stands(plan)
        due = [one for one in course_of(plan=plan).treatments if one.is_due]
        if plan.state not in _RUNNING or not due:
            return
        today = self.crew.today(at)
        last_on = max([today, *(one.latest_on for one in due if one.latest_on)])
        asked = Asked(first_on=today + timedelta(days=1), last_on=last_on + timedelta(days=_SPARE_DAYS))
        if offers := propose(plan=plan, asked=asked, now=at).proposals:
            book_course(plan=plan, proposal=offers[0], by=self.crew.reception, now=at)

    def clear_concerns(self, plan: Plan, at: datetime) -> None:
        """A doctor looks at what is still open."""
        if plan.state == PlanState.AWAITING_REVIEW:
            for concern in Concern.objects.filter(plan=plan, cleared_at__isnull=True).order_by("pk"):
                self._clear(concern, at)

    def ask_doctor(self, plan: Plan, chance: Random, at: datetime) -> Concern | None:
        """A patient's answer that a doctor must look at."""
        topic, answer = chance.choice(_ANSWERS)
        try:
            return raise_concern(plan=plan, topic=topic, answer=answer, by=self.crew.reception, now=at)
        except Conflict:
            # Over by now.
            return None

    def _ask_doctor(self, plan: Plan, chance: Random, at: datetime) -> None:
        if concern := self.ask_doctor(plan, chance, at):
            soon = at + timedelta(hours=chance.randint(3, 30))
            self.crew.expect(partial(self._clear, concern), at=soon)

    def _clear(self, concern: Concern, at: datetime) -> None:
        by = self.crew.doctor_for(plan_as_it_stands(concern.plan))
        clear_concern(concern=concern, finding="Spoken with the patient; the course goes on.", by=by, now=at)

    def give_up(self, plan: Plan, at: datetime) -> None:
        """Who never made up their mind is not called for ever."""
        ending = Ending("Decided against it", CancelledBy.PATIENT)
        stop_plan(plan=plan_as_it_stands(plan), ending=ending, by=self.crew.reception, now=at)

    def _stop(self, plan: Plan, chance: Random, at: datetime) -> None:
        reason = chance.choice(("Moves to another city", "Is content as it is", "Costs too much"))
        if (stands := plan_as_it_stands(plan)).state in _RUNNING:
            ending = Ending(reason, CancelledBy.PATIENT)
            stop_plan(plan=stands, ending=ending, by=self.crew.reception, now=at)

    def _pause(self, plan: Plan, chance: Random, at: datetime, *, days: int) -> None:
        if (stands := plan_as_it_stands(plan)).state not in _RUNNING:
            return
        until = self.crew.today(at) + timedelta(days=days)
        reason = "On a journey" if days < _LONG_REST_DAYS else "Broke a leg"
        pause = Pause(reason, until=until, give_back=True)
        pause_course(plan=stands, pause=pause, by=self.crew.reception, now=at)
        if days < _LONG_REST_DAYS:
            self.crew.expect(partial(self._resume, plan), at=at + timedelta(days=days))

    def _resume(self, plan: Plan, at: datetime) -> None:
        stands = plan_as_it_stands(plan)
        resume_course(plan=stands, by=self.crew.reception, now=at)
        self.book_rest(stands, at)

    def _amend(self, plan: Plan, chance: Random, at: datetime) -> None:
        if (stands := plan_as_it_stands(plan)).state not in _RUNNING:
            return
        amendment = Amendment(session_count=_MORE, reason="It answers well: two more")
        amend_course(plan=stands, amendment=amendment, by=self.crew.doctor_for(stands), now=at)
        self.book_rest(stands, at)


def _possible(plan: Plan, session: Session) -> Iterator[str]:
    """The course has more than one session, and one of them ahead."""
    if session.kind != TREATMENT or session.number >= plan.session_count:
        return
    if session.number > 1:
        yield _STOPPED
    yield from (_CONCERN, _PAUSED, _RESTS)
    if plan.session_count < _MORE and session.number > 1:
        yield _AMENDED
