"""Taking time: placed sessions get their hour, their claims and their place in the change log.

All of it or nothing: whoever calls has a transaction open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import Written, plan_written, record_changes, session_written
from clinic.errors import Conflict, Problem
from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.identity.actors import Actor
from clinic.identity.permissions import set_aside
from clinic.models import Patient, Resource, Site
from clinic.models.tenant import PublicRow
from clinic.people.care import take_into_care_of_those_with
from clinic.time.cells import instant_of
from clinic.time.intervals import Stretch
from scheduling.booking.release import lock_time, reset_to_due
from scheduling.diaries.claims import claim, diaries_of
from scheduling.diaries.pages import LockedPages
from scheduling.diaries.requirements import shapes_of
from scheduling.engine import booking_rules
from scheduling.engine.placed import PlacedSession
from scheduling.models import AHEAD, HERE, SCHEDULED, Hold, Session, SessionStatus
from scheduling.reseating.apply import change_seats, find_seat_changes
from scheduling.reseating.conflicts import ReservationContext, crowded
from treatments.models import Plan


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


@dataclass(frozen=True, slots=True)
class ReservationEffects:
    """What taking time did besides: other sessions that changed seats, who saw these ones before, and what
    was set aside for it.
    """

    reseated: Sequence[Written] = ()
    before: Mapping[int, set[int]] = field(default_factory=dict)
    waived: Sequence[Problem] = ()


def take_time(booked: Reservation, *, by: Actor, now: datetime, waiver: str = "") -> ReservationEffects:
    """Write times, claims and pages of sessions whose rows exist and are locked.

    Lock before looking: two desks may hold the same calendar on screen. What the sessions had so far
    is given up. Other sessions change seats if that makes room. Raises Refused for a need that is not
    filled, and for hours that are not kept unless the actor may set that aside and gives a reason
    (`waiver`); TimeTaken for a diary that is busy.
    """
    calendar = [placed for _, placed in booked.pairs]
    plan_id, leaving = booked.pairs[0][0].plan_id, booked.leaving
    # A hold was seen by nobody.
    before = diaries_of(session_ids=[session.pk for session in leaving if session.status in AHEAD])
    crowd = ReservationContext(booked.patient, plan_id, frozenset(session.pk for session in leaving), now)
    rooms = find_seat_changes(crowded(calendar=calendar, crowd=crowd))
    moving = [stretch for room in rooms for stretch in room.stretches]
    pages = lock_time(
        clinic_id=booked.patient.clinic_id,
        stretches=[*booked.stretches, *moving],
        given_up=leaving,
        now=now,
    )
    waived = set_aside(problems=_place_problems(booked), waiver=waiver, by=by)
    reseated = [written for room in rooms for written in change_seats(room, pages=pages, by=by)[1]]
    take_locked(booked, pages=pages, now=now)
    reset_to_due(booked.given_up, now=now)
    return ReservationEffects(reseated, before, waived)


def take_locked(booked: Reservation, *, pages: LockedPages, now: datetime) -> None:
    """The same for pages that are locked already and a place that was found under that lock."""
    refuse_if_taken(pages.taken(booked.stretches), patient=booked.patient, zone=booked.pairs[0][1].zone)
    for session, placed in booked.pairs:
        _set_time(session, placed, hold=booked.hold, now=now)
    Session.objects.rewrite([session for session, _ in booked.pairs], fields=_TIME_FIELDS)
    try:
        claim(pages=pages, booked=booked.pairs, patient_diary_id=booked.patient.diary_id)
    except IntegrityError as error:
        # Pages and claims disagree, or the calendar overlaps itself: the database has the last word.
        raise taken_by_someone() from error


def _place_problems(booked: Reservation) -> Iterator[Problem]:
    """Needs and hours, read after locking: leave entered a moment ago is seen."""
    by_site: dict[int, list[PlacedSession]] = {}
    for _, placed in booked.pairs:
        by_site.setdefault(placed.site_id, []).append(placed)
    for calendar in by_site.values():
        horizon = _horizon_of(calendar)
        working = working_at(site=Site.objects.get(pk=calendar[0].site_id), horizon=horizon)
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
    return TimeTaken("time_taken", "That time is taken. Search again.", {"taken": []})


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
        "time_taken", f"That time was taken a moment ago: {who}. Search again.", {"taken": details}
    )


_TIME_FIELDS = [
    "site", "status", "hold", "earliest_on", "target_on", "latest_on", "local_date", "local_time",
    "starts_at", "ends_at", "cast", "sequence", "version", "changed_at",
]  # fmt: skip


def _set_time(session: Session, placed: PlacedSession, *, hold: Hold | None, now: datetime) -> None:
    was_promised = session.status in SCHEDULED and session.starts_at is not None
    is_seen = (session.site_id, session.starts_at, session.ends_at) != (
        placed.site_id,
        placed.starts_at,
        placed.ends_at,
    )
    session.site_id = placed.site_id
    session.hold = hold
    if was_promised and is_seen:
        session.sequence += 1
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
    session.version += 1
    session.changed_at = now


def tell(deed: AuditAction, booked: Reservation, *, about: PublicRow, by: Actor, now: datetime) -> None:
    """Who takes the time becomes a carer of the patient, and the trail learns who booked what."""
    take_into_care_of(booked, now=now)
    times = {"sessions": booked.times}
    record_audit(AuditRecord(deed, about, [booked.patient.uuid], after=times), by=by, now=now)


def take_into_care_of(booked: Reservation, *, now: datetime) -> None:
    """The practitioners who serve treat the patient from now on."""
    serving = {a.resource.diary_id for _, placed in booked.pairs for a in placed.assignments}
    take_into_care_of_those_with(patient=booked.patient, diary_ids=serving, now=now)


def record(
    booked: Reservation,
    *,
    plan: Plan | None,
    also: Sequence[Session],
    taken: ReservationEffects,
    now: datetime,
) -> None:
    """Append what was written to the change log. The transaction's last act."""
    patient_diary = booked.patient.diary_id
    written = [] if plan is None else [plan_written(plan, patient_diary_id=patient_diary)]
    for session, placed in booked.pairs:
        diaries = {stretch.diary_id for stretch in placed.stretches(patient_diary_id=patient_diary)}
        known = set() if plan is None else {patient_diary}
        before = known | taken.before.get(session.pk, set())
        written.append(session_written(session, before=before, after=diaries))
    others = diaries_of(session_ids=[session.pk for session in also if session.starts_at is not None])
    for session in also:
        seen_in = {patient_diary, *others.get(session.pk, ())}
        written.append(session_written(session, before=seen_in, after=seen_in))
    record_changes(clinic_id=booked.patient.clinic_id, written=[*written, *taken.reseated], now=now)


def record_reseated(taken: ReservationEffects, *, clinic_id: int, now: datetime) -> None:
    """The same for what only changed seats, where what made them is no change that anybody sees."""
    if taken.reseated:
        record_changes(clinic_id=clinic_id, written=taken.reseated, now=now)
