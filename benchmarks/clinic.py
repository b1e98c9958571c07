"""A clinic made to measure: so many people and things, so full, with so much of a past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils.crypto import get_random_string

from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import Rota, set_weekly_hours
from clinic.identity.actors import Actor, task_actor
from clinic.models import Clinic, Diary, Patient, Resource, ResourceKind, Site
from clinic.people.patients import NewPatient, register_patient
from clinic.places.founding import NewClinic, found_clinic
from clinic.places.resources_changed import NewResource, add_resource
from clinic.places.sites_changed import NewSite, open_site
from clinic.time.cells import BYTES_A_DAY, CELL_MINUTES, CELLS_A_DAY, cell_at, instant_of, ones
from clinic.time.wall_clock import dates_between, instant_at
from scheduling.courses.prescribe import prescribe_course
from scheduling.models import Claim, Page, Session, SessionStatus
from treatments.catalogue_files.load import load_catalogue
from treatments.models import Need, Plan, Protocol
from treatments.prescribing import Prescription

NOW = datetime.fromisoformat("2027-01-04T07:00:00+00:00")
TODAY = NOW.date()
OPENS, CLOSES = time(9), time(17)

PROTOCOL, SESSIONS = "prp-mesotherapy", 6
# For each set: 2 + 3 + 6 + 2 = 13 diaries.
_STAFF = {"doctor": 2, "assistant": 3}
_ROOMS = {"treatment-room": 3, "draw-chair": 2, "procedure-room": 1}
_DEVICES = {"centrifuge": 2}
_BATCH = 5_000
_SHORTEST, _LONGEST = 2, 9  # cells of a session


@dataclass(frozen=True, slots=True)
class Measure:
    """How many sets of thirteen diaries, how full each is ahead and how far, and how many old claims."""

    sets: int = 1
    occupancy: float = 0.7
    old_claims: int = 0
    days_ahead: int = 100


@dataclass(frozen=True)
class Bench:
    """The clinic, and a course of six to be placed in it."""

    clinic: Clinic
    site: Site
    resources: Sequence[Resource]
    plan_id: int

    def plan(self) -> Plan:
        """As a view loads it."""
        return Plan.objects.select_related("patient", "protocol", "clinic").get(pk=self.plan_id)


def a_bench(measure: Measure) -> Bench:
    """The same clinic for the same measure, apart from its name."""
    clinic = found_clinic(
        new=NewClinic(name="Bench", slug=f"bench-{get_random_string(8).lower()}", phone="+31600000000"),
        now=NOW,
    )
    by = task_actor(clinic_id=clinic.pk, label="bench")
    load_catalogue(clinic=clinic, now=NOW)
    site = open_site(new=NewSite(name="Bench", zone="Europe/Amsterdam", country="NL"), by=by, now=NOW)
    _work_weekdays(Rota(site), by)
    resources = [
        _added(new, site, by) for n in range(1, measure.sets + 1) for new in _one_set(site, f"{n:02}")
    ]
    plan = a_course(clinic, by)
    ahead = [
        on for on in dates_between(TODAY, TODAY + timedelta(days=measure.days_ahead)) if on.isoweekday() < 6
    ]
    fill = _Filling(clinic, site, by, Random(measure.sets * 1000 + round(measure.occupancy * 100)))
    fill.write(fill.bookings(resources, ahead, measure.occupancy))
    if measure.old_claims:
        fill.write(fill.past(resources, measure.old_claims))
    return Bench(clinic, site, resources, plan.pk)


def _one_set(site: Site, suffix: str) -> Iterator[NewResource]:
    for kind, wanted in (
        (ResourceKind.PRACTITIONER, _STAFF),
        (ResourceKind.ROOM, _ROOMS),
        (ResourceKind.DEVICE, _DEVICES),
    ):
        for skill, count in wanted.items():
            for number in range(1, count + 1):
                place = None if kind == ResourceKind.PRACTITIONER else site
                yield NewResource(kind, f"{skill} {suffix}-{number}", place, [skill])


def _added(new: NewResource, site: Site, by: Actor) -> Resource:
    resource = add_resource(new=new, by=by, now=NOW)
    if new.kind == ResourceKind.PRACTITIONER:
        _work_weekdays(Rota(site, resource), by)
    return resource


def _work_weekdays(rota: Rota, by: Actor) -> None:
    since = date(2000, 1, 3)
    spans = [WeeklySpan(weekday, OPENS, CLOSES, 1, since, None) for weekday in range(1, 6)]
    set_weekly_hours(rota=rota, spans=spans, by=by, now=NOW)


def a_course(clinic: Clinic, by: Actor) -> Plan:
    """A course of six, prescribed to a new patient and not booked yet."""
    patient = register_patient(new=NewPatient(given_name="Bench", family_name="Patient"), by=by, now=NOW)
    protocol = Protocol.objects.of_clinic(clinic.pk).get(key=PROTOCOL, is_current=True)
    prescription = Prescription(patient=patient, protocol=protocol, session_count=SESSIONS)
    return prescribe_course(prescription=prescription, by=by, now=NOW)


@dataclass(frozen=True, slots=True)
class _Booking:
    """One resource and one patient, from cell to cell."""

    resource: Resource
    patient: Patient
    start: int
    end: int


@dataclass
class _Filling:
    """Sessions in bulk: rows as bookings leave them, written without the bookings."""

    clinic: Clinic
    site: Site
    by: Actor
    chance: Random

    def __post_init__(self) -> None:
        rows = Need.objects.of_clinic(self.clinic.pk).select_related("stage", "skill").order_by("pk")
        self._needs = {need.skill.key: need for need in rows}
        self._patients: dict[int, Patient] = {}

    def bookings(
        self, resources: Sequence[Resource], days: Sequence[date], full: float
    ) -> Iterator[_Booking]:
        """Sessions of all lengths, strewn until so much of each open day is taken."""
        for resource in resources:
            for on in days:
                yield from self._day(resource, on, full)

    def past(self, resources: Sequence[Resource], claims: int) -> Iterator[_Booking]:
        """Every open cell of day before day, backwards, until there are so many claims."""
        left, on = claims, TODAY
        while left > 0:
            on -= timedelta(days=1)
            if on.isoweekday() < 6:
                for resource in resources:
                    for booking in self._day(resource, on, 1.0, shortest=3, longest=3):
                        yield booking
                        left -= 2

    def _day(
        self,
        resource: Resource,
        on: date,
        full: float,
        *,
        shortest: int = _SHORTEST,
        longest: int = _LONGEST,
    ) -> Iterator[_Booking]:
        first = cell_at(instant_at(on, OPENS, self.site.tz))
        end = cell_at(instant_at(on, CLOSES, self.site.tz))
        at = first
        while at + shortest <= end:
            length = min(self.chance.randint(shortest, longest), end - at)
            if full >= 1 or self.chance.random() < full:
                yield _Booking(resource, self._patient_of(resource), at, at + length)
            at += length

    def _patient_of(self, resource: Resource) -> Patient:
        """One patient a resource: whoever shares no resource is never in two places."""
        if resource.pk not in self._patients:
            self._patients[resource.pk] = Patient.objects.create(
                clinic=self.clinic,
                diary=Diary.objects.create(clinic=self.clinic),
                given_name="Patient",
                family_name=f"of {resource.name}",
                created_at=NOW,
                changed_at=NOW,
            )
        return self._patients[resource.pk]

    def write(self, bookings: Iterator[_Booking]) -> None:
        pages: dict[tuple[int, int], int] = {}
        batch: list[_Booking] = []
        for booking in bookings:
            batch.append(booking)
            for diary in (booking.resource.diary_id, booking.patient.diary_id):
                day, low = divmod(booking.start, CELLS_A_DAY)
                pages[diary, day] = pages.get((diary, day), 0) | ones(booking.end - booking.start) << low
            if len(batch) == _BATCH:
                self._write(batch)
                batch = []
        self._write(batch)
        rows = (
            Page(clinic=self.clinic, diary_id=diary, day=day, busy=busy.to_bytes(BYTES_A_DAY, "little"))
            for (diary, day), busy in pages.items()
        )
        Page.objects.bulk_create(rows, batch_size=_BATCH)

    def _write(self, bookings: Sequence[_Booking]) -> None:
        sessions = Session.objects.bulk_create([self._session(booking) for booking in bookings])
        claims = []
        for booking, session in zip(bookings, sessions, strict=True):
            need = self._need_of(booking.resource)
            for diary_id, need_id in ((booking.resource.diary_id, need.pk), (booking.patient.diary_id, None)):
                claims.append(
                    Claim(
                        clinic=self.clinic,
                        session=session,
                        diary_id=diary_id,
                        need_id=need_id,
                        start_cell=booking.start,
                        end_cell=booking.end,
                    )
                )
        Claim.objects.bulk_create(claims)

    def _need_of(self, resource: Resource) -> Need:
        return self._needs[resource.name.split()[0]]

    def _session(self, booking: _Booking) -> Session:
        starts_at, need = instant_of(booking.start), self._need_of(booking.resource)
        local = starts_at.astimezone(self.site.tz)
        part = {
            "stage": need.stage.name,
            "role": need.role,
            "resource": str(booking.resource.uuid),
            "kind": booking.resource.kind,
            "name": booking.resource.name,
            "starts_minute": 0,
            "ends_minute": (booking.end - booking.start) * CELL_MINUTES,
        }
        return Session(
            clinic=self.clinic,
            site=self.site,
            patient=booking.patient,
            session_type_id=need.stage.session_type_id,
            status=SessionStatus.BOOKED,
            local_date=local.date(),
            local_time=local.time(),
            starts_at=starts_at,
            ends_at=instant_of(booking.end),
            cast=[part],
            created_at=NOW,
            changed_at=NOW,
        )
