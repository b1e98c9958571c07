"""Booking one session without a plan: a consultation, say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Patient, Resource, Site
from clinic.people.patients import erasure_problems
from clinic.places.sites import active_sites
from clinic.time.intervals import Stretch
from scheduling.booking.reserve import (
    Reservation,
    refuse_if_taken,
    take_locked,
    taken_by_someone,
)
from scheduling.courses.act import course_act
from scheduling.courses.course import key_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.diaries.pages import LockedPages
from scheduling.engine.placed import PlacedSession
from scheduling.models import CourseActKind, Session, Telling
from scheduling.reseating.apply import change_seats, find_seat_changes, with_room_made
from scheduling.reseating.conflicts import ConflictingSession
from scheduling.search.single_start import NamedStart, SingleStartCheck, look_at, start_problems
from treatments.cadence import TREATMENT, Key
from treatments.models import SessionType


@dataclass(frozen=True, slots=True)
class SingleSession:
    """One session of a patient: what, when (aware), and where and with whom if it matters.

    A practitioner plays every role they can. `session` is the session that takes the time instead of what
    it has; those of `keeps` (diaries) serve in it as far as they can, and a person chose those of `chosen`.
    With a `reason` the rest from a course is set aside, if the actor may do that; `told` is how the patient
    hears of it.
    """

    patient: Patient
    session_type: SessionType
    starts_at: datetime
    site: Site | None = None
    practitioner: Resource | None = None
    session: Session | None = None
    keeps: frozenset[int] = frozenset()
    chosen: frozenset[int] = frozenset()
    reason: str = ""
    told: Telling = Telling.BY_MAIL

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


def book_session(*, wanted: SingleSession, by: Actor, now: datetime) -> Session:
    """Book one session with whoever and whatever can serve at that time.

    Raises NotAllowed, Refused (`patient_erased`, `starts_in_the_past`, `too_far_ahead`,
    `start_not_on_a_cell`, `nobody_can`, `resource_cannot_serve`, `outside_hours`, too little rest),
    TimeTaken when everyone who could serve, or the patient, is busy, and Unknown for what another clinic
    has. Unasked-for rooms, devices and assistants of other sessions change if that makes room. Locks:
    catalogue at its first use, patient, site hours, the sessions that make room, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.BOOK)
    refuse_foreign(
        by=by,
        unknown_patient=wanted.patient,
        unknown_session_type=wanted.session_type,
        unknown_site=wanted.site,
        unknown_practitioner=wanted.practitioner,
    )
    site = wanted.site or active_sites(clinic_id=by.clinic_id, now=now)[0]
    scope = ActScope(
        catalogue=frozenset([wanted.session_type]),
        patients=frozenset([wanted.patient.pk]),
        sites=frozenset([site.pk]),
    )
    with course_act(by=by, now=now, scope=scope) as act:
        act.waiver, act.told = wanted.reason, wanted.told
        wanted = replace(wanted, patient=act.rows.patients[wanted.patient.pk])
        wanted.patient.clinic = site.clinic
        refuse_if_any(
            [*erasure_problems(patient=wanted.patient), *start_problems(starts_at=wanted.starts_at, now=now)]
        )
        session = due_alone(patient=wanted.patient, session_type=wanted.session_type, now=now)
        act.begin([session])
        booked = take_place(act, session, find_place(act, wanted, site=site))
        act.can_be_undone(CourseActKind.BOOKED, session)
        after = {"sessions": booked.times} | ({"reason": wanted.reason} if wanted.reason else {})
        act.record(AuditRecord(AuditAction.BOOKED_SESSION, session, [wanted.patient.uuid], after=after))
    return session


@dataclass(frozen=True, slots=True)
class Place:
    """Where the session goes, under the lock of its pages."""

    placed: PlacedSession
    pages: LockedPages


def due_alone(*, patient: Patient, session_type: SessionType, now: datetime) -> Session:
    """A session of its own, due; not written yet."""
    return Session(
        clinic_id=patient.clinic_id,
        patient=patient,
        session_type=session_type,
        created_at=now,
        changed_at=now,
    )


def find_place(act: OpenAct, wanted: SingleSession, *, site: Site) -> Place:
    """Lock whatever could serve, then look who is free; if need be others make room.

    Raises Refused (`nobody_can`, `resource_cannot_serve`, `outside_hours`) and TimeTaken. Locks: the
    sessions that make room, pages.
    """
    visiting, look = _looked_for(wanted, site, act.now)
    [room] = find_seat_changes([visiting])
    act.adopt(move.session for move in room.moves)
    pages = act.lock_pages([*look.stretches, *room.stretches], given_up=wanted.leaving)
    diaries, reseated = change_seats(room, pages=pages)
    act.reseat(reseated)
    look = replace(look, diaries=diaries)
    _refuse_unless_free(wanted, look, pages.taken(look.stretches), visiting.now)
    return Place(look.placed(key=_key_of(wanted)), pages)


def take_place(act: OpenAct, session: Session, place: Place) -> Reservation:
    """The locked session takes the place. Raises TimeTaken."""
    booked = Reservation(((session, place.placed),), act.patient(session))
    take_locked(act, booked, pages=place.pages)
    return booked


def preview_place(wanted: SingleSession, *, site: Site, now: datetime) -> PlacedSession:
    """Where the session would go as things stand. Writes and locks nothing. Raises as `find_place`."""
    visiting, look = _looked_for(wanted, site, now)
    look = replace(look, diaries=with_room_made(visiting))
    _refuse_unless_free(wanted, look, look.busy, visiting.now)
    return look.placed(key=_key_of(wanted))


def _looked_for(
    wanted: SingleSession, site: Site, now: datetime
) -> tuple[ConflictingSession, SingleStartCheck]:
    look = look_at(wanted=wanted.named_start(site), now=now)
    # A session under way has begun before now, and its time is as free as it was then.
    since = min(now, wanted.starts_at)
    return ConflictingSession(look.shape, look.diaries, look.start, since, look.wanted.leaving), look


def _refuse_unless_free(
    wanted: SingleSession, look: SingleStartCheck, busy: Sequence[Stretch], since: datetime
) -> None:
    """Raise Refused (`outside_hours`), or TimeTaken with what is taken."""
    refuse_if_any(look.hours_problems())
    if not look.fits(now=since):
        refuse_if_taken(look.in_the_way(busy), patient=wanted.patient, zone=look.wanted.site.tz)
        raise taken_by_someone()


def _key_of(wanted: SingleSession) -> Key:
    return key_of(wanted.session) if wanted.session else Key(TREATMENT, 1)
