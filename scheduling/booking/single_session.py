"""Booking one visit without a plan: a consultation, say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from clinic.audit_trail.write import Deed
from clinic.changelog.log import Written
from clinic.errors import Unknown, refuse_if_any
from clinic.hours.working_time import share_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Patient, Resource, Site
from clinic.people.patients import erasure_problems, lock_patient
from clinic.places.sites import active_sites
from clinic.time.intervals import Stretch
from scheduling.booking.release import lock_time
from scheduling.booking.reserve import (
    Booked,
    Taken,
    record,
    refuse_if_taken,
    take_locked,
    taken_by_someone,
    tell,
)
from scheduling.courses.course import key_of
from scheduling.diaries.pages import LockedPages
from scheduling.engine.placed import PlacedSession
from scheduling.messages.reminders import plan_reminders
from scheduling.models import Session
from scheduling.reseating.apply import find_rooms, make_room, with_room_made
from scheduling.reseating.conflicts import Visiting
from scheduling.search.single_start import Look, NamedStart, look_at, start_problems
from treatments.cadence import TREATMENT, Key
from treatments.models import SessionType
from treatments.versions.freeze import freeze_session_type


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a patient: what, when (aware), and where and with whom if it matters.

    A practitioner plays every role they can. `session` is the visit that takes the time instead of what it
    has; those of `keeps` (diaries) serve in it as far as they can, and a person chose those of `chosen`.
    """

    patient: Patient
    session_type: SessionType
    starts_at: datetime
    site: Site | None = None
    practitioner: Resource | None = None
    session: Session | None = None
    keeps: frozenset[int] = frozenset()
    chosen: frozenset[int] = frozenset()

    @property
    def leaving(self) -> list[Session]:
        """Whoever gives up time for it."""
        return [self.session] if self.session else []

    def named_start(self, site: Site) -> NamedStart:
        """The same, to be looked at."""
        return NamedStart(
            site=site,
            patient=self.patient,
            session_type_id=self.session_type.pk,
            starts_at=self.starts_at,
            practitioner=self.practitioner,
            leaving=frozenset(session.pk for session in self.leaving),
            familiar=self.keeps,
            chosen=self.chosen,
        )


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
        refuse_if_any(
            [*erasure_problems(patient=visit.patient), *start_problems(starts_at=visit.starts_at, now=now)]
        )
        share_hours(site_ids=[site.pk])
        session = Session.objects.create(
            clinic_id=site.clinic_id,
            patient=visit.patient,
            session_type=visit.session_type,
            version=0,
            created_at=now,
            changed_at=now,
        )
        place = find_place(visit, site=site, by=by, now=now)
        booked = Booked(((session, place.placed),), visit.patient)
        take_locked(booked, pages=place.pages, now=now)
        tell(Deed.BOOKED_VISIT, booked, about=session, by=by, now=now)
        plan_reminders(sessions=[session], clinic=site.clinic, now=now)
        record(booked, plan=None, also=(), taken=Taken(place.reseated), now=now)
    return session


@dataclass(frozen=True, slots=True)
class Place:
    """Where the visit goes, under the lock of its pages, and what made room for it."""

    placed: PlacedSession
    pages: LockedPages
    reseated: Sequence[Written]


def find_place(visit: Visit, *, site: Site, by: Actor, now: datetime) -> Place:
    """Lock whatever could serve, then look who is free; if need be others make room.

    Raises Refused (`nobody_can`, `resource_cannot_serve`, `outside_hours`) and TimeTaken. Locks: the sessions
    that make room, pages.
    """
    visiting, look = _looked_for(visit, site, now)
    [room] = find_rooms([visiting])
    stretches = [*look.stretches, *room.stretches]
    pages = lock_time(clinic_id=site.clinic_id, stretches=stretches, given_up=visit.leaving, now=now)
    diaries, reseated = make_room(room, pages=pages, by=by)
    look = replace(look, diaries=diaries)
    _refuse_unless_free(visit, look, pages.taken(look.stretches), visiting.now)
    return Place(look.placed(key=_key_of(visit)), pages, reseated)


def preview_place(visit: Visit, *, site: Site, now: datetime) -> PlacedSession:
    """Where the visit would go as things stand. Writes and locks nothing. Raises what `find_place` raises."""
    visiting, look = _looked_for(visit, site, now)
    look = replace(look, diaries=with_room_made(visiting))
    _refuse_unless_free(visit, look, look.busy, visiting.now)
    return look.placed(key=_key_of(visit))


def _looked_for(visit: Visit, site: Site, now: datetime) -> tuple[Visiting, Look]:
    look = look_at(wanted=visit.named_start(site), now=now)
    # A visit under way has begun before now, and its time is as free as it was then.
    since = min(now, visit.starts_at)
    return Visiting(look.shape, look.diaries, look.start, since, look.wanted.leaving), look


def _refuse_unless_free(visit: Visit, look: Look, busy: Sequence[Stretch], since: datetime) -> None:
    """Raise Refused (`outside_hours`), or TimeTaken with what is taken."""
    refuse_if_any(look.hours_problems())
    if not look.fits(now=since):
        refuse_if_taken(look.in_the_way(busy), patient=visit.patient, zone=look.wanted.site.tz)
        raise taken_by_someone()


def _key_of(visit: Visit) -> Key:
    return key_of(visit.session) if visit.session else Key(TREATMENT, 1)


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
