"""Acts at the desk: lone sessions, attendance, who walks in, who is late, and time that passes."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from clinic.models import Resource
from scheduling.attendance.attend import arrive, complete, confirm_session, miss, start
from scheduling.attendance.change_type import TypeTerms, change_session_type
from scheduling.attendance.completion import Completion
from scheduling.attendance.correct import Correction, correct
from scheduling.attendance.enter_day import (
    PaperDay,
    SheetLine,
    WalkInLine,
    enter_session,
    enter_walk_in,
)
from scheduling.attendance.undo import undo
from scheduling.attendance.walk_in import TimeAsked, WalkIn, give_time, walk_in
from scheduling.booking.holds import release_expired
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.disruption.delay_preview import Delay
from scheduling.disruption.delays import Agreed, preview_delay, push_day
from scheduling.messages.sending import send_due
from scheduling.models import (
    AHEAD,
    HERE,
    CourseAct,
    CourseActKind,
    Outcome,
    Session,
    SessionStatus,
    Telling,
)
from scheduling.undoing.undo import undo as undo_act
from scheduling.waitlist.offers import end_expired_offers
from tests.support.faults.small_clinic import DAY, TOLD, UNDOING, WHICH, SmallClinic

DAY_ACTS = {
    "book a session", "confirm", "arrive", "come after all", "start", "miss", "complete", "complete, partly",
    "complete, not given", "put right", "enter a line", "enter who came", "undo", "walk in",
    "walk in for a course", "give time", "change the type", "push the day", "mails go out", UNDOING,
}  # fmt: skip
KIND = st.sampled_from(["consultation", "mesotherapy", "prp", "prp-mesotherapy"])


class ActsOfTheDay(SmallClinic):
    @rule(which=WHICH, days=st.integers(0, 9), cells=st.integers(0, 95), kind=KIND, told=TOLD)
    def lone_session(self, which: int, days: int, cells: int, kind: str, told: Telling) -> None:
        opens = datetime.combine(self.today + days * DAY, time(9), self.world.site.tz)
        session = SingleSession(
            patient=self.patient(which),
            session_type=self.world.session_types[kind],
            starts_at=opens + timedelta(minutes=5 * cells),
            practitioner=self.world.doctors[0] if which % 4 == 0 else None,
            reason="Wedding" if which % 3 else "",
            told=told,
        )
        by = self.world.doctor if which % 2 else self.world.reception
        self.attempt("book a session", book_session, wanted=session, by=by, telling=told)

    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        self._attend("confirm", confirm_session, self.session(which, SessionStatus.BOOKED))

    @rule(which=WHICH)
    def arrive(self, which: int) -> None:
        self._attend("arrive", arrive, self._of_today(which, *AHEAD))

    @rule(which=WHICH)
    def come_after_all(self, which: int) -> None:
        missed = SessionStatus.MISSED
        if (session := self.session(which, missed, local_date=self.today)) is None:
            # Whoever comes next is late.
            self.it_is_nearly_time(minutes=30)
            late = self.session(which, *AHEAD, local_date=self.today, starts_at__lte=self.now)
            self._attend("miss", miss, late)
            session = late or self.session(which, missed)
        self._attend("come after all", arrive, session)

    @rule(which=WHICH)
    def start(self, which: int) -> None:
        self._attend("start", start, self._of_today(which, SessionStatus.ARRIVED, *AHEAD))

    def _of_today(self, which: int, *statuses: SessionStatus) -> Session | None:
        """Or of days that are over; now and then of any day, though nothing is done before its day."""
        if which % 7 == 0:
            return self.session(which, *statuses)
        if (found := self.session(which, *statuses, local_date__lte=self.today)) is None:
            self.it_is_nearly_time(minutes=which - 15)
            found = self.session(which, *statuses, local_date__lte=self.today)
        return found

    @rule(which=WHICH)
    def miss(self, which: int) -> None:
        begun = self.session(which, *AHEAD, starts_at__lte=self.now)
        self._attend("miss", miss, begun or self.session(which, *AHEAD))

    @rule(which=WHICH, outcome=st.sampled_from(list(Outcome)))
    def complete(self, which: int, outcome: Outcome) -> None:
        kind = {Outcome.GIVEN: "", Outcome.PARTLY: ", partly", Outcome.NOT_GIVEN: ", not given"}[outcome]
        begun = self.session(which, *HERE) or self.session(which, *AHEAD, starts_at__lte=self.now)
        if begun is None:
            self.arrive(which=which)
        if (session := begun or self.session(which, *HERE)) is None:
            return
        asked = session.session_type.record_fields if which % 5 else []
        record = {one["key"]: (one.get("choices") or ["K-17"])[0] for one in asked}
        done = Completion(outcome=outcome, reason="Failed draw", counts=which % 2 == 0, record=record)
        self._attend(f"complete{kind}", complete, session, completion=done)

    @rule(which=WHICH, was_there=st.booleans())
    def put_right(self, which: int, was_there: bool) -> None:
        session = self.session(which, SessionStatus.COMPLETED, SessionStatus.MISSED, *HERE)
        done = Completion(outcome=Outcome.NOT_GIVEN, reason="Failed draw") if was_there else None
        self._attend("put right", correct, session, correction=Correction("Read the wrong line", done))

    @rule(which=WHICH, came=st.booleans())
    def enter_line(self, which: int, came: bool) -> None:
        """From the printed sheet; now and then somebody said something of it meanwhile."""
        session = self._of_today(which, *AHEAD, *HERE)
        if session is not None and session.local_date is not None:
            done = Completion(outcome=Outcome.NOT_GIVEN, reason="Failed draw") if came else None
            line = SheetLine(session, session.version - (which % 6 == 0), done)
            day = PaperDay(session.local_date, self.world.site, "The computers were down")
            self.attempt("enter a line", enter_session, line=line, day=day, by=self.world.reception)

    @rule(which=WHICH, days=st.integers(0, 9), is_due=st.booleans())
    def enter_who_came(self, which: int, days: int, is_due: bool) -> None:
        came_at = self.now - days * DAY
        due = self.session(which, SessionStatus.DUE) if is_due else None
        kind = None if due else self.world.session_types["mesotherapy"]
        line = WalkInLine(due.patient if due else self.patient(which), came_at, kind, due)
        day = PaperDay(came_at.astimezone(self.world.site.tz).date(), self.world.site, "On paper")
        self.attempt("enter who came", enter_walk_in, line=line, day=day, by=self.world.reception)

    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        undoable = CourseAct.objects.filter(kind=CourseActKind.ATTENDED, undone_at__isnull=True).values(
            "session"
        )
        self._attend("undo", undo, self.session(which, pk__in=undoable))

    @rule(which=WHICH)
    def undo_any(self, which: int) -> None:
        """One of the last acts on courses, or leave."""
        rows = CourseAct.objects.open(self.now).exclude(kind=CourseActKind.ATTENDED)
        found = list(rows.select_related("patient", "plan", "session")[:3])
        if found:
            chosen = partial(undo_act, act=found[which % len(found)])
            self.attempt(UNDOING, chosen, by=self.world.owner)

    @rule(which=WHICH, kind=KIND, told=TOLD)
    def change_type(self, which: int, kind: str, told: Telling) -> None:
        session, to = self.session(which, *HERE, *AHEAD), self.world.session_types[kind]
        said = {"session_type": to, "terms": TypeTerms(told=told), "telling": told}
        self._attend("change the type", change_session_type, session, **said)

    @rule(which=WHICH, is_due=st.booleans())
    def walk_in(self, which: int, is_due: bool) -> None:
        if not is_due:
            kind, reason = self.world.session_types["mesotherapy"], "Comes now" if which % 3 else ""
            new = WalkIn(self.patient(which), session_type=kind, reason=reason)
            by = self.world.doctor if which % 2 else self.world.reception
            self.attempt("walk in", walk_in, new=new, by=by)
        elif (session := self.session(which, SessionStatus.DUE)) is not None:
            new = WalkIn(session.patient, session=session)
            self.attempt("walk in for a course", walk_in, new=new, by=self.world.reception)

    @rule(which=WHICH, minutes=st.integers(0, 60))
    def give_time(self, which: int, minutes: int) -> None:
        waits = {"starts_at__isnull": True, "local_date": self.today}
        if (here := self.session(which, SessionStatus.ARRIVED, **waits)) is None:
            self.walk_in(which=which, is_due=which % 2 == 0)
            here = self.session(which, SessionStatus.ARRIVED, **waits)
        cell = self.now.replace(minute=self.now.minute // 5 * 5, second=0) + timedelta(minutes=5)
        asked = TimeAsked(cell + timedelta(minutes=5 * minutes) if minutes % 2 else None)
        self._attend("give time", give_time, here, asked=asked)

    @rule(which=WHICH, cells=st.integers(1, 24), only_as_needed=st.booleans(), told=TOLD)
    def push(self, which: int, cells: int, only_as_needed: bool, told: Telling) -> None:
        """Of whoever or whatever serves in some session of what remains of the day, or else of the next."""
        to_come = {"local_date": self.today, "starts_at__gte": self.now}
        if self.session(which, *AHEAD, **to_come) is None:
            self.it_is_nearly_time(minutes=-30)
            to_come = {"local_date": self.today, "starts_at__gte": self.now}
        if (session := self.session(which, *AHEAD, **to_come)) is None:
            return
        part = session.cast[which % len(session.cast)]
        delay = Delay(Resource.objects.get(uuid=part["resource"]), 5 * cells, only_as_needed)
        by = self.world.owner
        found = self.attempt("preview", preview_delay, delay=delay, by=by)
        agreed = Agreed({push.session.uuid: push.session.version for push in found or ()}, told, "Late")
        self.attempt("push the day", push_day, delay=delay, agreed=agreed, by=by, telling=told)

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self._show(self.now + timedelta(hours=hours))

    @rule()
    def mails_go_out(self) -> None:
        self.attempt("mails go out", send_due)

    @rule(minutes=st.integers(-30, 45))
    def it_is_nearly_time(self, minutes: int) -> None:
        ahead = Session.objects.filter(status__in=AHEAD, starts_at__gt=self.now)
        if (first := ahead.order_by("starts_at").first()) is not None and first.starts_at is not None:
            self._show(first.starts_at + timedelta(minutes=minutes))

    def _show(self, now: datetime) -> None:
        """The clock shows a later time, and what ran out by then is swept up."""
        self.now = max(self.now, now)
        for kind, sweep in (("holds run out", release_expired), ("offers run out", end_expired_offers)):
            self.attempt(kind, sweep)

    def _attend(self, kind: str, act: Callable[..., Any], session: Session | None, **said: Any) -> None:
        if session is not None:
            self.attempt(kind, act, session=session, by=self.world.reception, **said)
