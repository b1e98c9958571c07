"""Random acts on a small clinic: whatever happens in whatever order, nothing overlaps and nothing is lost."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from clinic.errors import ClinicError
from clinic.models import Leave
from clinic.open_hours import forget_hours
from clinic.rota import NewLeave
from scheduling.absences import OnConflict, enter_leave, swap_all
from scheduling.amending import Amendment, amend_course
from scheduling.attendance import arrive, complete, confirm_visit, miss, start
from scheduling.booking import book_course
from scheduling.cancelling import cancel_rest, cancel_visit
from scheduling.check_diary import flaws
from scheduling.completing import Completion
from scheduling.ending import Ending
from scheduling.holding import HoldAsked, hold_course, release_expired
from scheduling.models import AHEAD, Offer, OfferState, Outcome, Session, SessionStatus
from scheduling.moving import move_visit, move_visits, preview_move, preview_ripple
from scheduling.pausing import Pause, pause_course, resume_course
from scheduling.retiming import MoveTerms
from scheduling.rippling import Destination, RippleAsked
from scheduling.search import Asked, propose
from scheduling.undoing import undo
from scheduling.waiting import WaitAsked, accept_offer, decline_offer, join_waitlist, offer_freed
from scheduling.waitlist import FreeTime
from tests.builders import a_patient
from tests.cast import NOW
from tests.faults.rush import report, sized
from tests.worlds import a_course_world, a_plan
from treatments.models import Plan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)
WHICH = st.integers(0, 30)
# (status, version, sequence, start, end, site) of a session as it was seen.
Seen = tuple[str, int, int, datetime | None, datetime | None, int | None]


class Clinic(RuleBasedStateMachine):
    """Three patients with a course each, two doctors, and a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self.now, self.done = NOW, 0
        self.seen: dict[int, Seen] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)
        forget_hours()

    @initialize()
    def opens(self) -> None:
        self.world = a_course_world()
        patients = [a_patient(clinic=self.world.clinic) for _ in range(3)]
        self.plans = [a_plan(world=self.world, patient=patient, sessions=4) for patient in patients]
        self.seen = {row.pk: seen(row) for row in Session.objects.all()}

    @rule(which=WHICH, days=st.integers(1, 20), hold=st.booleans())
    def book(self, which: int, days: int, hold: bool) -> None:
        plan = self._plan(which)
        found = propose(plan=plan, asked=Asked(first_on=self._today + days * DAY), now=self.now)
        if not found.proposals:
            return
        proposal, by = found.proposals[which % len(found.proposals)], self.world.reception
        if hold:
            self._try(hold_course, plan=plan, proposal=proposal, asked=HoldAsked(), by=by)
        else:
            self._try(book_course, plan=plan, proposal=proposal, by=by)

    @rule(which=WHICH, days=st.integers(-9, 9), minutes=st.integers(-12, 12), alone=st.booleans())
    def move(self, which: int, days: int, minutes: int, alone: bool) -> None:
        if (session := self._session(which, *AHEAD)) is None or session.starts_at is None:
            return
        to = Destination(session.starts_at + days * DAY + timedelta(minutes=5 * minutes))
        asked, by = RippleAsked(alone=alone, moves_confirmed=which % 2 == 0), self.world.doctor
        ripple = self._try(preview_move, session=session, to=to, asked=asked, by=by)
        if ripple is not None:
            self._try(move_visit, session=session, ripple=ripple, terms=MoveTerms("Asked for"), by=by)

    @rule(which=WHICH)
    def ripple(self, which: int) -> None:
        plan, by = self._plan(which), self.world.doctor
        found = self._try(preview_ripple, plan=plan, asked=RippleAsked(), by=by)
        if found is not None and found.proposal is not None:
            self._try(move_visits, plan=plan, proposal=found.proposal, terms=MoveTerms("Leave"), by=by)

    @rule(which=WHICH, act=st.sampled_from([confirm_visit, arrive, start, miss, undo]))
    def attend(self, which: int, act: Callable[..., Any]) -> None:
        if (session := self._session(which)) is not None:
            self._try(act, session=session, by=self.world.reception)

    @rule(which=WHICH, outcome=st.sampled_from(list(Outcome)))
    def finish(self, which: int, outcome: Outcome) -> None:
        if (session := self._session(which)) is not None:
            completion = Completion(outcome=outcome, reason="Failed draw")
            self._try(complete, session=session, completion=completion, by=self.world.reception)

    @rule(which=WHICH, whole=st.booleans())
    def cancel(self, which: int, whole: bool) -> None:
        ending, by = Ending(reason="Flu"), self.world.reception
        if whole and which % 5 == 0:
            self._try(cancel_rest, plan=self._plan(which), ending=ending, keep_due=True, by=by)
        elif (session := self._session(which, *AHEAD)) is not None:
            self._try(cancel_visit, session=session, ending=ending, by=by)

    @rule(which=WHICH, count=st.integers(4, 6))
    def amend(self, which: int, count: int) -> None:
        amendment = Amendment(session_count=count)
        self._try(amend_course, plan=self._plan(which), amendment=amendment, by=self.world.doctor)

    @rule(which=WHICH, pauses=st.booleans())
    def rest(self, which: int, pauses: bool) -> None:
        plan, by = self._plan(which), self.world.reception
        if pauses and which % 3 == 0:
            self._try(pause_course, plan=plan, pause=Pause("Abroad", give_back=True), by=by)
        else:
            self._try(resume_course, plan=plan, by=by)

    @rule(which=WHICH, days=st.integers(0, 30), swap=st.booleans())
    def leave(self, which: int, days: int, swap: bool) -> None:
        people = [*self.world.doctors, *self.world.assistants, *self.world.treatment_rooms]
        at = self.now + days * DAY
        new = NewLeave(people[which % len(people)], at, at + timedelta(hours=9))
        self._try(enter_leave, new=new, on_conflict=OnConflict.SWAP, by=self.world.owner)
        latest = Leave.objects.order_by("-pk").first()
        if swap and latest is not None:
            self._try(swap_all, leave=latest, also_practitioners=True, by=self.world.owner)

    @rule(which=WHICH, days=st.integers(1, 10))
    def wait(self, which: int, days: int) -> None:
        by = self.world.reception
        if (session := self._session(which, SessionStatus.DUE, *AHEAD)) is not None:
            self._try(join_waitlist, session=session, asked=WaitAsked(notice_hours=0), by=by)
        at = self.now + days * DAY
        self._try(offer_freed, free=FreeTime(self.world.site, at, at + timedelta(hours=9)), by=by)

    @rule(accepts=st.booleans())
    def answer(self, accepts: bool) -> None:
        rows = Offer.objects.filter(state=OfferState.OPEN).select_related(
            "wait__session__plan", "wait__patient", "hold", "site__clinic"
        )
        if (offer := rows.first()) is not None:
            act = accept_offer if accepts else decline_offer
            self._try(act, offer=offer, by=self.world.reception)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        release_expired(now=self.now)

    @invariant()
    def nothing_overlaps_and_pages_are_claims(self) -> None:
        assert list(flaws()) == []

    @invariant()
    def versions_grow_and_sequences_tell_what_patients_see(self) -> None:
        for row in Session.objects.all():
            if row.pk in self.seen:
                assert_honest(self.seen[row.pk], seen(row))
            self.seen[row.pk] = seen(row)

    @property
    def _today(self) -> date:
        return self.now.date()

    def _plan(self, which: int) -> Plan:
        plan = self.plans[which % len(self.plans)]
        return Plan.objects.select_related("clinic", "patient", "protocol").get(pk=plan.pk)

    def _session(self, which: int, *statuses: SessionStatus) -> Session | None:
        rows = Session.objects.filter(stands_for__isnull=True).order_by("pk")
        rows = rows.filter(status__in=statuses) if statuses else rows
        rows = rows.select_related("plan__clinic", "plan__patient", "patient__clinic", "site__clinic")
        found = list(rows)
        return found[which % len(found)] if found else None

    def _try(self, act: Callable[..., Any], **said: Any) -> Any:
        """What the act answers; None if a rule said no. Anything else that goes wrong is a fault."""
        try:
            with transaction.atomic():
                answer = act(**said, now=self.now)
        except ClinicError:
            return None
        self.done += 1
        return answer


def seen(row: Session) -> Seen:
    return row.status, row.version, row.sequence, row.starts_at, row.ends_at, row.site_id


def assert_honest(before: Seen, after: Seen) -> None:
    """Any write is a new version; a new sequence comes with what the patient sees, and only with that."""
    was, now = before[3:], after[3:]
    assert after[1] >= before[1]
    assert after == before or after[1] > before[1]
    is_gone = after[0] == SessionStatus.CANCELLED != before[0]
    if after[2] > before[2]:
        assert was != now or is_gone
    if before[0] in AHEAD and after[0] in AHEAD and was != now:
        assert after[2] > before[2]


def test_whatever_happens_in_whatever_order_the_diaries_stay_sound():
    examples, steps = sized(full=150, short=6), sized(full=60, short=25)
    run_state_machine_as_test(
        Clinic,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    report("acts", f"{examples} clinics of up to {steps} random acts", "every state sound")
