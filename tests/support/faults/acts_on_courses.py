"""Acts that take and give the time of courses, with whatever somebody may ask."""

from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef
from hypothesis import strategies as st
from hypothesis.stateful import rule

from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldAsked, book_hold, hold_course, release_hold
from scheduling.course_changes.amend import Amendment, Interval, amend_course
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session, stop_plan
from scheduling.course_changes.concerns import clear_concern, raise_concern
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.engine.proposal import Proposal
from scheduling.models import AHEAD, Hold, Session, SessionStatus, SpokenWaiver, Telling, WordAnswer
from scheduling.moving.move import move_session, move_sessions, preview_move, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, Ripple, RippleAsked
from scheduling.search.propose import Asked, propose
from scheduling.words.answer import answer_word
from tests.support.faults.small_clinic import DAY, TOLD, WHICH, SmallClinic, one_of, rotated
from tests.support.worlds import a_plan
from treatments.cadence import REVIEW, TREATMENT
from treatments.models import Concern, ConcernTopic, Plan

COURSE_ACTS = {
    "prescribe", "book", "book again what failed", "hold", "book a hold", "release a hold", "move",
    "move alone", "move with ripple", "ripple", "cancel a session", "cancel the rest", "stop", "amend",
    "amend the interval", "pause", "resume", "record elsewhere", "time for a due treatment",
    "time for a due review", "raise a concern", "clear a concern", "answer a word",
}  # fmt: skip
SVF = "svf-combination"


class ActsOnCourses(SmallClinic):
    @rule(which=WHICH)
    def prescribe(self, which: int) -> None:
        runs = Plan.objects.exclude(state__in=["completed", "stopped"])
        has_one = set(runs.values_list("patient", flat=True))
        if not (without := [one for one in self.patients if one.pk not in has_one]):
            # Then there is somebody to prescribe for the next time.
            self.cancel_the_rest(which=which, how="all")
            return
        treatment = {"sessions": 4 + which % 3} if which % 3 else {"sessions": 1, "protocol": SVF}
        patient = without[which % len(without)]
        self.attempt("prescribe", a_plan, world=self.world, patient=patient, **treatment)

    @rule(which=WHICH, days=st.integers(0, 20), hold=st.booleans(), told=TOLD)
    def book(self, which: int, days: int, hold: bool, told: Telling = Telling.BY_MAIL) -> None:
        # Nobody holds a time for longer than until it begins.
        if (found := self._calendar(which, days + 3 * hold)) is None:
            self.prescribe(which=which)
            return
        plan, proposal = found
        said = {"plan": plan, "proposal": proposal, "by": self.world.reception}
        if hold:
            until = self.now + 2 * DAY if which % 2 else None
            self.attempt("hold", hold_course, asked=HoldAsked(until=until), **said)
        else:
            is_repeat = plan.sessions.filter(status=SessionStatus.DUE, attempt__gt=1).exists()
            kind = "book again what failed" if is_repeat else "book"
            self.attempt(kind, book_course, told=told, telling=told, **said)

    def _calendar(self, which: int, days: int) -> tuple[Plan, Proposal] | None:
        """Of a course that finds one; every other time of one in which something failed."""
        due = {"sessions__status": SessionStatus.DUE, "sessions__kind": TREATMENT}
        failed = self.plans(sessions__attempt__gt=1, **due) if which % 2 else []
        if which % 2 and not failed:
            self.cancel(which=which)
            failed = self.plans(sessions__attempt__gt=1, **due)
        for plan in rotated(failed, which) or rotated(self.plans(**due), which):
            # What failed lies among others.
            first_on = self.today + (days % 3 if failed else days) * DAY
            found = propose(plan=plan, asked=Asked(first_on=first_on), now=self.now)
            if offered := [*found.proposals, *([found.partial] if found.partial else [])]:
                return plan, offered[which % len(offered)]
        return None

    @rule(which=WHICH, books=st.booleans(), told=TOLD)
    def end_a_hold(self, which: int, books: bool, told: Telling) -> None:
        rows = Hold.objects.standing().filter(plan__isnull=False).order_by("pk")
        rows = rows.select_related("plan__clinic")
        if (hold := one_of(rows, which)) is None:
            self.book(which=which, days=0, hold=True)
            hold = one_of(rows.all(), which)
        if hold is None:
            return
        said = {"hold": hold, "by": self.world.reception}
        if books:
            self.attempt("book a hold", book_hold, told=told, telling=told, **said)
        else:
            self.attempt("release a hold", release_hold, **said)

    @rule(which=WHICH, days=st.integers(-9, 9), minutes=st.integers(-12, 12), alone=st.booleans(), told=TOLD)
    def move(self, which: int, days: int, minutes: int, alone: bool, told: Telling) -> None:
        # Nothing follows a lone session.
        of = {} if alone else {"plan__isnull": False, "kind": TREATMENT}
        if (session := self.session(which, *AHEAD, **of)) is None or session.starts_at is None:
            return
        to = Destination(session.starts_at + days * DAY + timedelta(minutes=5 * minutes))
        asked = RippleAsked(alone=alone, moves_confirmed=which % 2 == 0)
        by = self.on_a_word if which % 4 == 1 else self.world.doctor
        ripple = self.attempt("preview", preview_move, session=session, to=to, asked=asked, by=by)
        if ripple is not None:
            terms = MoveTerms("Asked for" if which % 3 else "", which % 5 == 0, told)
            kind = "move alone" if alone else _kind(ripple)
            said = {"session": session, "ripple": ripple, "terms": terms, "by": by}
            self.attempt(kind, move_session, telling=told, **said)

    @rule(which=WHICH, days=st.integers(-3, 3), told=TOLD)
    def give_the_due_a_time(self, which: int, days: int, told: Telling) -> None:
        """A review, or a treatment whose turn it is."""
        earlier = Session.objects.filter(
            plan=OuterRef("plan"), kind=TREATMENT, number__lt=OuterRef("number"), status=SessionStatus.DUE
        )
        reviews = Session.objects.filter(kind=REVIEW)
        firsts = Session.objects.filter(~Exists(earlier), kind=TREATMENT)
        its_turn = {"pk__in": (reviews if which % 2 else firsts).values("pk"), "target_on__isnull": False}
        session = self.session(which, SessionStatus.DUE, **its_turn)
        if session is None or session.target_on is None:
            return
        on = max(session.target_on, self.today + DAY) + days * DAY
        at = datetime.combine(on, time(9 + which % 7), self.world.site.tz)
        asked, by = RippleAsked(), self.world.doctor
        said = {"session": session, "to": Destination(at), "asked": asked, "by": by}
        if (ripple := self.attempt("preview", preview_move, **said)) is not None:
            terms = MoveTerms("Asked for", told=told)
            kind = f"time for a due {session.kind}"
            said = {"session": session, "ripple": ripple, "terms": terms, "by": by}
            self.attempt(kind, move_session, telling=told, **said)

    @rule(which=WHICH, told=TOLD)
    def ripple(self, which: int, told: Telling) -> None:
        """Of a course in which something is amiss; where nothing is, it is the next time."""
        by = self.world.doctor
        for plan in rotated(self.plans(sessions__status__in=AHEAD), which):
            found = self.attempt("preview", preview_ripple, plan=plan, asked=RippleAsked(), by=by)
            if found is not None and found.proposal is not None:
                said = {"proposal": found.proposal, "terms": MoveTerms("Leave", told=told), "by": by}
                self.attempt("ripple", move_sessions, plan=plan, telling=told, **said)
                return
        self.cancel(which=which)

    @rule(which=WHICH, told=TOLD)
    def cancel(self, which: int, told: Telling = Telling.BY_MAIL) -> None:
        session = self.session(which, SessionStatus.HELD, SessionStatus.ARRIVED, *AHEAD)
        if session is not None:
            said = {"ending": Ending(reason="Flu", told=told), "by": self.world.reception}
            self.attempt("cancel a session", cancel_session, session=session, telling=told, **said)

    @rule(which=WHICH, how=st.sampled_from(["rest", "their times", "their times", "all"]), told=TOLD)
    def cancel_the_rest(self, which: int, how: str, told: Telling = Telling.BY_MAIL) -> None:
        ending, by = Ending("Moves away", cancelled_by="patient", told=told), self.world.reception
        if (plan := self.plan(which, sessions__status__in=AHEAD)) is None:
            return
        if how == "all":
            self.attempt("stop", stop_plan, plan=plan, ending=ending, by=by, telling=told)
        else:
            said = {"keep_due": how == "their times", "by": by}
            self.attempt("cancel the rest", cancel_rest, plan=plan, ending=ending, telling=told, **said)

    @rule(which=WHICH, count=st.integers(3, 6), told=TOLD)
    def amend(self, which: int, count: int, told: Telling) -> None:
        if (plan := self.plan(which)) is not None:
            amendment = Amendment(session_count=count, reason="Dense loss" if which % 2 else "", told=told)
            said = {"amendment": amendment, "by": self.world.doctor}
            self.attempt("amend", amend_course, plan=plan, telling=told, **said)

    @rule(which=WHICH, days=st.sampled_from([7, 14, 21]))
    def amend_the_interval(self, which: int, days: int) -> None:
        if (plan := self.plan(which)) is not None:
            said = {"amendment": Amendment(interval=Interval(days)), "by": self.world.doctor}
            self.attempt("amend the interval", amend_course, plan=plan, **said)

    @rule(which=WHICH, told=TOLD)
    def pause(self, which: int, told: Telling = Telling.BY_MAIL) -> None:
        if which % 3 == 0 and (plan := self.plan(which, state="active")) is not None:
            away = Pause("Abroad", give_back=which % 2 == 0, told=told)
            said = {"pause": away, "by": self.world.reception}
            self.attempt("pause", pause_course, plan=plan, telling=told, **said)

    @rule(which=WHICH)
    def resume(self, which: int) -> None:
        if (plan := self.plan(which, state="paused")) is None:
            self.pause(which=6 * which)
            plan = self.plan(which, state="paused")
        if plan is None:
            return
        self.attempt("resume", resume_course, plan=plan, by=self.world.reception)

    @rule(which=WHICH, topic=st.sampled_from(ConcernTopic))
    def raise_concern(self, which: int, topic: ConcernTopic) -> None:
        if which % 3 == 0 and (plan := self.plan(which)) is not None:
            said = {"topic": topic, "answer": "Not sure", "by": self.world.reception}
            self.attempt("raise a concern", raise_concern, plan=plan, **said)

    @rule(which=WHICH)
    def clear_concern(self, which: int) -> None:
        rows = Concern.objects.filter(cleared_at__isnull=True).select_related("plan__patient").order_by("pk")
        if (concern := one_of(rows, which)) is None:
            self.raise_concern(which=3 * which, topic=ConcernTopic.MEDICINES)
        else:
            said = {"concern": concern, "finding": "Harmless", "by": self.world.doctor}
            self.attempt("clear a concern", clear_concern, **said)

    @rule(which=WHICH, answer=st.sampled_from((WordAnswer.RIGHT, WordAnswer.NOT_MINE)))
    def answer_a_word(self, which: int, answer: WordAnswer) -> None:
        rows = SpokenWaiver.objects.filter(answer=WordAnswer.NONE).select_related("said_by").order_by("pk")
        if (word := one_of(rows, which)) is not None:
            said = {"word": word, "answer": answer, "member": str(word.said_by.uuid)}
            self.attempt("answer a word", answer_word, by=self.world.doctor, **said)

    @rule(which=WHICH, days=st.integers(0, 9), told=TOLD)
    def elsewhere(self, which: int, days: int, told: Telling) -> None:
        session = self.session(which, SessionStatus.DUE, SessionStatus.HELD, *AHEAD)
        if session is not None and which % 2 == 0:
            done = Elsewhere(self.today - days * DAY, "Clinic at Utrecht")
            said = {"done": done, "told": told, "by": self.world.reception}
            self.attempt("record elsewhere", record_elsewhere, session=session, telling=told, **said)


def _kind(ripple: Ripple) -> str:
    return "move with ripple" if len(ripple.moved) > 1 else "move"
