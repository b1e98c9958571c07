"""Taking time in an open act: placed sessions get their hour and their claims."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError

from clinic.errors import Conflict, Problem
from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.identity.permissions import set_aside
from clinic.models import Patient, Resource
from clinic.people.care import take_into_care_of_those_with
from clinic.sentences import sentence as _
from clinic.time.cells import instant_of
from clinic.time.intervals import Stretch
from scheduling.courses.open_act import OpenAct
from scheduling.diaries.claims import claim
from scheduling.diaries.pages import LockedPages
from scheduling.diaries.requirements import shapes_of
from scheduling.engine import booking_rules
from scheduling.engine.placed import PlacedSession
from scheduling.models import HERE, SCHEDULED, Hold, Session, SessionStatus
from scheduling.reseating.apply import change_seats, find_seat_changes
from scheduling.reseating.conflicts import ReservationContext, crowded


class TimeTaken(Conflict):
    """A diary filled up since the calendar was made; `details["taken"]` says which and when."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Sessions and where they were placed, in order, for one patient; with `hold`, only held.

    `given_up` are sessions of the same course that were held and have no place among these. Sessions that
    have a time already give it up for the new one.
    """

    pairs: tuple[tuple[Session, PlacedSession], ...]
    patient: Patient
    hold: Hold | None = None
    given_up: tuple[Session, ...] = ()

    @property
    def leaving(self) -> list[Session]:
        """Those that give up time, here or elsewhere."""
        timed = [session for session, _ in self.pairs if session.starts_at is not None]
        return [*timed, *self.given_up]

    @property
    def stretches(self) -> list[Stretch]:
        diary_id = self.patient.diary_id
        return [s for _, placed in self.pairs for s in placed.stretches(patient_diary_id=diary_id)]

    @property
    def times(self) -> list[dict[str, Any]]:
        """For the trail."""
        return [
            {"session": session.uuid, "starts_at": placed.starts_at, "ends_at": placed.ends_at}
            for session, placed in self.pairs
        ]


def take_time(act: OpenAct, booked: Reservation, *, waiver: str = "") -> Sequence[Problem]:
    """Give sessions of an open act their times, claims and pages; returns what was set aside for it.

    Lock before looking: two desks may hold the same calendar on screen. What the sessions had so far
    is given up. Other sessions change seats if that makes room. Raises Refused for a need that is not
    filled, and for hours that are not kept unless the actor may set that aside and gives a reason
    (`waiver`); TimeTaken for a diary that is busy. Locks: sessions that change seats, pages.
    """
    calendar = [placed for _, placed in booked.pairs]
    plan_id, leaving = booked.pairs[0][0].plan_id, booked.leaving
    crowd = ReservationContext(booked.patient, plan_id, frozenset(session.pk for session in leaving), act.now)
    rooms = find_seat_changes(crowded(calendar=calendar, crowd=crowd))
    act.adopt(move.session for room in rooms for move in room.moves)
    moving = [stretch for room in rooms for stretch in room.stretches]
    pages = act.lock_pages([*booked.stretches, *moving], given_up=leaving)
    waived = set_aside(problems=_place_problems(act, booked), waiver=waiver, by=act.by)
    for room in rooms:
        act.reseat(change_seats(room, pages=pages)[1])
    take_locked(act, booked, pages=pages)
    act.make_due(booked.given_up)
    return waived


def take_locked(act: OpenAct, booked: Reservation, *, pages: LockedPages) -> None:
    """The same for pages that are locked already and a place that was found under that lock."""
    refuse_if_taken(pages.taken(booked.stretches), patient=booked.patient, zone=booked.pairs[0][1].zone)
    diary_id = booked.patient.diary_id
    for session, placed in booked.pairs:
        _set_time(session, placed, hold=booked.hold)
        stretches = placed.stretches(patient_diary_id=diary_id)
        act.shown_after[session.pk] = {stretch.diary_id for stretch in stretches}
    try:
        claim(pages=pages, booked=booked.pairs, patient_diary_id=diary_id)
    except IntegrityError as error:
        # Pages and claims disagree, or the calendar overlaps itself: the database has the last word.
        raise taken_by_someone() from error
    _take_into_care(act, booked)


def _place_problems(act: OpenAct, booked: Reservation) -> Iterator[Problem]:
    """Needs and hours, read after locking: leave entered a moment ago is seen."""
    by_site: dict[int, list[PlacedSession]] = {}
    for __, placed in booked.pairs:
        by_site.setdefault(placed.site_id, []).append(placed)
    for calendar in by_site.values():
        horizon = _horizon_of(calendar)
        working = working_at(site=act.rows.site(calendar[0].site_id), horizon=horizon)
        shapes = shapes_of(
            session_type_ids=[placed.session_type_id for placed in calendar], resources=working.resources
        )
        for placed in calendar:
            yield from booking_rules.needs_filled(placed, shape=shapes[placed.session_type_id])
            yield from booking_rules.hours_kept(placed, open_masks=working.open, horizon=horizon)


def _horizon_of(calendar: Sequence[PlacedSession]) -> Horizon:
    zone = calendar[0].zone
    cells = [a.start_cell for p in calendar for a in p.assignments] + [p.start_cell for p in calendar]
    ends = [a.end_cell for p in calendar for a in p.assignments] + [p.end_cell for p in calendar]
    first_on, last_on = (instant_of(cell).astimezone(zone).date() for cell in (min(cells), max(ends)))
    return Horizon(zone, first_on, last_on)


def taken_by_someone() -> TimeTaken:
    """The time is gone, and nobody can say which diary it was."""
    return TimeTaken("time_taken", _("That time is taken. Search again."), {"taken": []})


def refuse_if_taken(taken: Iterable[Stretch], *, patient: Patient, zone: ZoneInfo) -> None:
    """Raise TimeTaken naming every diary that is busy, in the site's time."""
    busy = list(taken)
    if not busy:
        return
    names = {row.diary_id: row for row in Resource.objects.filter(diary_id__in=[s.diary_id for s in busy])}

    def card(diary_id: int) -> dict[str, Any]:
        if diary_id == patient.diary_id:
            return {"id": str(patient.uuid), "kind": "patient", "name": str(patient)}
        row = names[diary_id]
        return {"id": str(row.uuid), "kind": row.kind, "name": row.name}

    details = [
        {
            "resource": card(stretch.diary_id),
            "starts_at": instant_of(stretch.start_cell).astimezone(zone),
            "ends_at": instant_of(stretch.end_cell).astimezone(zone),
        }
        for stretch in busy
    ]
    who = ", ".join(dict.fromkeys(card(stretch.diary_id)["name"] for stretch in busy))
    raise TimeTaken(
        "time_taken", _("That time was taken a moment ago: {who}. Search again.", who=who), {"taken": details}
    )


def _set_time(session: Session, placed: PlacedSession, *, hold: Hold | None) -> None:
    was_promised = session.status in SCHEDULED and session.starts_at is not None
    is_seen = (session.site_id, session.starts_at, session.ends_at) != (
        placed.site_id,
        placed.starts_at,
        placed.ends_at,
    )
    session.site_id = placed.site_id
    session.hold = hold
    # Who is here stays here, whenever their turn comes.
    if session.status not in HERE and (is_seen or not was_promised):
        session.status = SessionStatus.HELD if hold else SessionStatus.BOOKED
    # A held session keeps the window it had: it may be due again in a minute.
    if placed.window is not None and hold is None:
        session.window = placed.window
    session.local_date = placed.local_date
    session.local_time = placed.starts_at.time()
    session.starts_at, session.ends_at = placed.starts_at, placed.ends_at
    session.cast = placed.cast()


def _take_into_care(act: OpenAct, booked: Reservation) -> None:
    """The practitioners who serve treat the patient from now on; a hold is no treatment yet."""
    if booked.hold is None:
        serving = {a.resource.diary_id for _, placed in booked.pairs for a in placed.assignments}
        taken = take_into_care_of_those_with(patient=booked.patient, diary_ids=serving, now=act.now)
        act.take_care(booked.pairs[0][0], taken)
