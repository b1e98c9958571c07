"""Booking one visit without a plan: a consultation, say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from clinic.actors import Actor
from clinic.audit import Deed
from clinic.cells import CELL_MINUTES, cell_at, is_on_cell
from clinic.errors import Problem, ProblemKind, Unknown, refuse_if_any
from clinic.intervals import Stretch
from clinic.models import Patient, Resource, Site
from clinic.open_hours import share_hours
from clinic.patients import erasure_problems, lock_patient
from clinic.permissions import Act, refuse_unless_may
from clinic.sites import active_sites
from scheduling import messaging, rules
from scheduling.availability import Role, Shape, can_play, feasible_starts
from scheduling.casting import assignments_of, cast_of
from scheduling.changes import Written
from scheduling.crowding import Visiting
from scheduling.diary import LockedPages, SiteDiaries, diaries_around
from scheduling.giving_back import lock_time
from scheduling.horizons import FARTHEST_DAYS
from scheduling.models import Session
from scheduling.proposals import PlacedSession
from scheduling.seating import find_rooms, make_room
from scheduling.shapes import shapes_of
from scheduling.taking_time import Booked, Taken, record, refuse_if_taken, take_locked, taken_by_someone, tell
from treatments.freezing import freeze_session_type
from treatments.models import SessionType


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a patient: what, when (aware), and where and with whom if it matters.

    A practitioner plays every role they can.
    """

    patient: Patient
    session_type: SessionType
    starts_at: datetime
    site: Site | None = None
    practitioner: Resource | None = None


def book_visit(*, visit: Visit, by: Actor, now: datetime) -> Session:
    """Book one visit with whoever and whatever can serve at that time.

    Raises NotAllowed, Refused (`patient_erased`, `starts_in_the_past`, `too_far_ahead`,
    `start_not_on_a_cell`, `nobody_can`, `resource_cannot_serve`, `outside_hours`), TimeTaken when everyone
    who could serve, or the patient, is busy, and Unknown for what another clinic has. Unasked-for rooms,
    devices and assistants of other visits change if that makes room. Locks: catalogue at its first use,
    patient, site hours, the sessions that make room, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.BOOK)
    _refuse_strangers(visit, by=by)
    site = visit.site or active_sites(clinic_id=by.clinic_id)[0]
    with transaction.atomic():
        freeze_session_type(session_type=visit.session_type, now=now)
        visit = replace(visit, patient=lock_patient(patient_id=visit.patient.pk))
        refuse_if_any([*erasure_problems(patient=visit.patient), *_start_problems(visit, now)])
        share_hours(site_ids=[site.pk])
        session = Session.objects.create(
            clinic_id=site.clinic_id,
            patient=visit.patient,
            session_type=visit.session_type,
            version=0,
            created_at=now,
            changed_at=now,
        )
        place = _place(visit, site, by=by, now=now)
        booked = Booked(((session, place.placed),), visit.patient)
        take_locked(booked, pages=place.pages, now=now)
        tell(Deed.BOOKED_VISIT, booked, about=session, by=by, now=now)
        messaging.plan_reminders(sessions=[session], clinic=site.clinic, now=now)
        record(booked, plan=None, also=(), taken=Taken(place.reseated), now=now)
    return session


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the visit goes, under the lock of its pages, and what made room for it."""

    placed: PlacedSession
    pages: LockedPages
    reseated: Sequence[Written]


def _place(visit: Visit, site: Site, *, by: Actor, now: datetime) -> _Place:
    """Lock whatever could serve, then look who is free; if need be others make room."""
    on = visit.starts_at.astimezone(site.tz).date()
    diaries = diaries_around(site=site, patient=visit.patient, on=on).with_holds_yielding(now=now)
    shapes = shapes_of(session_type_ids=[visit.session_type.pk], resources=diaries.resources)
    shape = _shape_with(visit, shapes[visit.session_type.pk])
    start_cell = cell_at(visit.starts_at)
    visiting = Visiting(shape, diaries, start_cell - diaries.horizon.first_cell, now)
    wanted = _stretches(shape, start_cell, visit.patient)
    [room] = find_rooms([visiting])
    pages = lock_time(clinic_id=site.clinic_id, stretches=[*wanted, *room.stretches], now=now)
    diaries, reseated = make_room(room, pages=pages, by=by)
    refuse_if_any(_hours_problems(shape, diaries, visiting.start, visit))
    if not visiting.fits(diaries):
        taken = [s for s in pages.taken(wanted) if _is_open(diaries, s)]
        in_the_way = _in_the_way(taken, shape, diaries, visiting.start)
        refuse_if_taken(in_the_way, patient=visit.patient, zone=site.tz)
        raise taken_by_someone()
    return _Place(_placed(shape, diaries, start_cell, visit.practitioner), pages, reseated)


def _shape_with(visit: Visit, shape: Shape) -> Shape:
    """The visit's shape with whoever it names. Raises Refused (`nobody_can`, `resource_cannot_serve`)."""
    refuse_if_any(rules.pools_filled(shape))
    if (named := visit.practitioner) is None:
        return shape
    refuse_if_any(rules.serves(shape, diary_id=named.diary_id, name=named.name))
    return shape.narrowed_to(named.diary_id)


def _placed(
    shape: Shape, diaries: SiteDiaries, start_cell: int, practitioner: Resource | None
) -> PlacedSession:
    start = start_cell - diaries.horizon.first_cell

    def rank(diary: int) -> tuple[int, ...]:
        return (diaries.busy.get(diary, 0).bit_count(), diary)

    return PlacedSession(
        number=1,
        session_type_id=shape.session_type_id,
        site_id=diaries.site.pk,
        site_uuid=diaries.site.uuid,
        zone=diaries.site.tz,
        start_cell=start_cell,
        end_cell=start_cell + shape.patient_cells,
        window=None,
        assignments=assignments_of(
            shape=shape,
            cast=cast_of(shape=shape, diaries=diaries, start=start, rank=rank),
            diaries=diaries,
            start=start,
            asked_for=practitioner.diary_id if practitioner else None,
        ),
    )


def _start_problems(visit: Visit, now: datetime) -> Iterator[Problem]:
    if visit.starts_at < now:
        yield Problem(
            "starts_in_the_past", ProblemKind.BLOCKER, "That start is in the past. Choose a time from now on."
        )
    if visit.starts_at > now + timedelta(days=FARTHEST_DAYS):
        yield Problem(
            "too_far_ahead", ProblemKind.BLOCKER, f"Visits are booked {FARTHEST_DAYS} days ahead at most."
        )
    if not is_on_cell(visit.starts_at):
        yield Problem(
            "start_not_on_a_cell",
            ProblemKind.BLOCKER,
            f"Visits start on a multiple of {CELL_MINUTES} minutes. Choose such a time.",
        )


def _hours_problems(shape: Shape, diaries: SiteDiaries, start: int, visit: Visit) -> Iterator[Problem]:
    if not feasible_starts(shape=shape, free=diaries.open, patient_free=diaries.horizon.full) >> start & 1:
        local = visit.starts_at.astimezone(diaries.site.tz)
        yield Problem(
            "outside_hours",
            ProblemKind.BLOCKER,
            f"{diaries.site.name} cannot do this at {local:%H:%M} on {local:%A} {local.day} {local:%B}: "
            "it is closed, or those who are needed do not work then. Choose another time.",
        )


def _stretches(shape: Shape, start_cell: int, patient: Patient) -> list[Stretch]:
    """Everything that any of those who could serve might be asked for, and the patient."""

    def of_role(role: Role) -> list[Stretch]:
        return [
            Stretch(diary, start_cell + part.start, start_cell + part.end)
            for diary in role.pool
            for part in role.parts
        ]

    wanted = [stretch for role in shape.roles for stretch in of_role(role)]
    return [*wanted, Stretch(patient.diary_id, start_cell, start_cell + shape.patient_cells)]


def _in_the_way(taken: list[Stretch], shape: Shape, diaries: SiteDiaries, start: int) -> list[Stretch]:
    """Of what is taken, what prevents the visit: the patient, else those of the roles nobody is left for."""
    if patient := [stretch for stretch in taken if stretch.diary_id == diaries.patient_diary_id]:
        return patient
    closed = {
        diary
        for role in shape.roles
        if not any(can_play(role=role, diary_id=diary, free=diaries.free, start=start) for diary in role.pool)
        for diary in role.pool
    }
    return [stretch for stretch in taken if stretch.diary_id in closed] or taken


def _is_open(diaries: SiteDiaries, stretch: Stretch) -> bool:
    mask = diaries.open.get(stretch.diary_id, diaries.horizon.full)
    return bool(mask & diaries.horizon.cells_mask(stretch.start_cell, stretch.end_cell))


def _refuse_strangers(visit: Visit, *, by: Actor) -> None:
    """Whoever and whatever the visit names belongs to the clinic. Raises Unknown."""
    if visit.patient.clinic_id != by.clinic_id:
        raise Unknown("unknown_patient", "There is no such patient in this clinic.")
    if visit.session_type.clinic_id != by.clinic_id:
        raise Unknown("unknown_session_type", "There is no such session type in this clinic.")
    if visit.site is not None and visit.site.clinic_id != by.clinic_id:
        raise Unknown("unknown_site", "There is no such site in this clinic.")
    if visit.practitioner is not None and visit.practitioner.clinic_id != by.clinic_id:
        raise Unknown("unknown_practitioner", "There is no such practitioner in this clinic.")
