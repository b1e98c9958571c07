"""Acts that come from around the day: leave and swaps, who waits for freed time, and imports."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from clinic.hours.rota import NewClosure, NewLeave
from clinic.models import Closure, Leave, NamedKind, Resource
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from clinic.people.patients import NewPatient, register_patient
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.freed_time import FreeTime
from scheduling.disruption.absences import (
    Entered,
    OnConflict,
    end_leave,
    enter_closure,
    enter_leave,
    reopen,
    swap_all,
)
from scheduling.importing.csv_tables import Table
from scheduling.importing.outcomes import Fate
from scheduling.importing.run import import_bookings
from scheduling.models import AHEAD, Offer, OfferState, SessionStatus, Telling, Wait, WaitState
from scheduling.privacy.erasure import erase_patient
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer, decline_offer, offer_freed
from scheduling.waitlist.queue import WaitAsked, join_waitlist, leave_waitlist, put_first
from tests.support.acts.imports import a_session_row, table
from tests.support.cast import OPENS
from tests.support.faults.small_clinic import DAY, TOLD, WHICH, SmallClinic, one_of, rotated

ACTS_AROUND = {
    "enter leave", "enter leave and swap", "swap", "swap who treats", "end leave", "wait", "wait no more",
    "offer", "accept", "decline", "put first", "import", "close", "reopen", "register", "erase",
}  # fmt: skip


class ActsAround(SmallClinic):
    @rule(which=WHICH, swap=st.booleans())
    def leave(self, which: int, swap: bool) -> None:
        """Of whoever or whatever serves in some session, on its day; or of somebody on some day."""
        serving = [*self.world.doctors, *self.world.assistants, *self.world.treatment_rooms]
        resource, at = serving[which % len(serving)], self.now + which * DAY
        if (session := self.session(which, *AHEAD)) is not None and session.starts_at is not None:
            part = session.cast[which % len(session.cast)]
            resource, at = Resource.objects.get(uuid=part["resource"]), session.starts_at - timedelta(hours=1)
        self._leaves(resource, at, OnConflict.SWAP if swap else OnConflict.LIST)

    def _leaves(self, resource: Resource, at: datetime, how: OnConflict = OnConflict.LIST) -> Leave | None:
        new = NewLeave(resource, at, at + timedelta(hours=9))
        kind = "enter leave and swap" if how is OnConflict.SWAP else "enter leave"
        said = {"new": new, "on_conflict": how, "by": self.world.owner}
        entered: Entered | None = self.attempt(kind, enter_leave, **said)
        return Leave.objects.get(pk=entered.absence.pk) if entered else None

    @rule(which=WHICH, also=st.booleans(), told=TOLD)
    def swap(self, which: int, also: bool, told: Telling) -> None:
        if (leave := self._leave_to_come(which)) is not None:
            said = {"also_practitioners": also, "told": told, "by": self.world.owner}
            self.attempt("swap", swap_all, leave=leave, telling=told, **said)

    @rule(which=WHICH, told=TOLD)
    def swap_who_treats(self, which: int, told: Telling) -> None:
        """Somebody else at the same minutes: whoever treats the patient is away."""
        session = self.session(which, *AHEAD, starts_at__gt=self.now)
        if session is None or session.starts_at is None or not session.lead:
            return
        [lead] = {part["resource"] for part in session.cast if part["name"] == session.lead}
        leave = self._leaves(Resource.objects.get(uuid=lead), session.starts_at - timedelta(hours=1))
        if leave is not None:
            said = {"leave": leave, "also_practitioners": True, "told": told, "by": self.world.owner}
            self.attempt("swap who treats", swap_all, telling=told, **said)

    @rule(which=WHICH)
    def come_back(self, which: int) -> None:
        if (leave := self._leave_to_come(which)) is not None:
            self.attempt("end leave", end_leave, leave=leave, at=self.now, by=self.world.owner)

    def _leave_to_come(self, which: int) -> Leave | None:
        rows = Leave.objects.filter(ends_at__gt=self.now).order_by("pk")
        if not rows.exists():
            self.leave(which=which, swap=False)
        found: Leave | None = one_of(rows, which)
        return found

    @rule(which=WHICH)
    def wait(self, which: int) -> None:
        if (session := self.session(which, SessionStatus.DUE, *AHEAD)) is not None:
            asked = WaitAsked(notice_hours=which, is_urgent=which % 2 == 0)
            self.attempt("wait", join_waitlist, session=session, asked=asked, by=self.world.reception)

    @rule(which=WHICH)
    def wait_no_more(self, which: int) -> None:
        rows = Wait.objects.standing().select_related("patient").order_by("pk")
        if (wait := one_of(rows, which)) is None:
            self.wait(which=which)
        elif which % 2 == 0:
            self.attempt("wait no more", leave_waitlist, wait=wait, by=self.world.reception)

    @rule(which=WHICH, days=st.integers(-4, 4), told=TOLD)
    def offer(self, which: int, days: int, told: Telling = Telling.BY_MAIL) -> None:
        """A whole day in the window of one who waits, or soon: the first that suits anybody."""
        waiting = Wait.objects.filter(state=WaitState.WAITING).select_related("session").order_by("pk")
        if not waiting.exists():
            self.wait(which=which)
        days_of = [list(self._days(wait, days)) for wait in rotated(list(waiting), which)[:3]]
        suits = (free for freed in days_of for free in freed if any(matches(free=free, now=self.now)))
        if days_of:
            free = next(suits, days_of[0][0])
            self.attempt("offer", offer_freed, free=free, told=told, by=self.world.reception, telling=told)

    def _days(self, wait: Wait, days: int) -> Iterator[FreeTime]:
        first = max(wait.session.earliest_on or self.today, self.today)
        for shift in range(9):
            opens = datetime.combine(first + (days + shift) % 9 * DAY, OPENS, self.world.site.tz)
            yield FreeTime(self.world.site, opens, opens + timedelta(hours=8))

    @rule(which=WHICH, accepts=st.booleans(), told=TOLD)
    def answer(self, which: int, accepts: bool, told: Telling) -> None:
        rows = Offer.objects.filter(state=OfferState.OPEN).order_by("pk")
        related = ("wait__session__plan", "wait__session__patient", "wait__patient", "hold", "site__clinic")
        rows = rows.select_related(*related)
        if (offer := one_of(rows, which)) is None:
            self.offer(which=which, days=0)
            offer = one_of(rows.all(), which)
        if offer is None:
            return
        said = {"offer": offer, "by": self.world.reception}
        if accepts:
            self.attempt("accept", accept_offer, told=told, telling=told, **said)
        else:
            self.attempt("decline", decline_offer, **said)

    @rule(which=WHICH)
    def put_first(self, which: int) -> None:
        rows = Wait.objects.standing().select_related("patient").order_by("pk")
        if (wait := one_of(rows, which)) is not None:
            self.attempt("put first", put_first, wait=wait, by=self.world.reception)

    @rule(days=st.integers(1, 20), opens=st.booleans())
    def close(self, days: int, opens: bool) -> None:
        """For an hour of a day, and perhaps open again at once."""
        at = datetime.combine(self.today + days * DAY, OPENS, self.world.site.tz)
        new, by = NewClosure(self.world.site, at, at + timedelta(hours=1)), self.world.owner
        entered: Entered | None = self.attempt("close", enter_closure, new=new, by=by)
        if entered is not None and opens:
            closure = Closure.objects.get(pk=entered.absence.pk)
            self.attempt("reopen", reopen, closure=closure, at=self.now, by=by)

    @rule()
    def forget(self) -> None:
        """Somebody who came once, without a time, and wants to be forgotten."""
        new, by = NewPatient(given_name="Ada", family_name="Once"), self.world.owner
        once = self.attempt("register", register_patient, new=new, by=by)
        visit = WalkIn(once, session_type=self.world.session_types["consultation"])
        self.attempt("walk in", walk_in, new=visit, by=by)
        self.attempt("erase", erase_patient, patient=once, by=by)

    @rule(which=WHICH, days=st.integers(1, 20), half_hours=st.integers(0, 15))
    def bring_over(self, which: int, days: int, half_hours: int) -> None:
        patient = self.patient(which)
        starts_at = f"{self.today + days * DAY} {9 + half_hours // 2:02}:{half_hours % 2 * 30:02}"
        self.imported = getattr(self, "imported", 0) + 1
        name = Name("till", f"P{patient.pk}")
        naming = partial(name_elsewhere, kind=NamedKind.PATIENT)
        self.attempt("name elsewhere", naming, row=patient, name=name, by=self.world.owner)
        row = a_session_row(patient=name.value, course=f"C{self.imported}", starts_at=starts_at)
        self.attempt("import", brought, row=row, by=self.world.owner)


def brought(*, row: dict[str, str], **said: Any) -> list[Fate]:
    """What became of it: an import tells what it cannot bring over, and goes on."""
    outcomes = import_bookings(table=Table(table([row])), patients=set(), applies=True, **said)
    return [one.fate for one in outcomes]
