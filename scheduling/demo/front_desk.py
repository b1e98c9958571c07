"""What the demo's people do: a call, a consultation, a prescription, a course booked at the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from clinic.actors import Actor
from clinic.localtime import local_date
from clinic.models import Patient, Resource
from clinic.patients import NewPatient, register_patient
from scheduling.booking import book_course
from scheduling.courses import prescribe_course
from scheduling.demo.life import Life
from scheduling.demo.outlook import Outlook
from scheduling.demo.premises import Premises
from scheduling.models import Session
from scheduling.proposals import Proposal
from scheduling.search import Asked, propose
from scheduling.taking_time import TimeTaken
from scheduling.visits import Visit, book_visit
from treatments.models import HarvestSite, Plan, Protocol, SessionType
from treatments.prescribing import Prescription
from treatments.wishes import Wishes

# Of a hundred patients who came for a consultation.
_PRESCRIBED = {"prp-mesotherapy": 56, "prp": 12, "mesotherapy": 12, "svf-combination": 9, None: 11}
_BOOKED_AT_ONCE, _BOOKED_LATER = 0.82, 0.12
_INDICATIONS = ("Androgenetic alopecia", "Telogen effluvium", "Diffuse thinning", "Alopecia areata", "")
# Days until a consultation that is not urgent.
_WAITS = (1, 2, 2, 3, 4, 6, 8)
_MOST_TRIES = 5
# The desk looks for a course over this much more than it takes.
_SPARE_DAYS, _DAYS_A_SESSION = 28, 15


@dataclass
class FrontDesk:
    """Receptionist and doctors at work. Each patient's luck is their own: it depends on no other's."""

    premises: Premises
    life: Life
    reception: Actor
    doctors: Mapping[str, Actor]
    seed: str

    def __post_init__(self) -> None:
        clinic = self.premises.clinic
        self._protocols = {row.key: row for row in Protocol.objects.current().of_clinic(clinic.pk)}
        types = SessionType.objects.current().of_clinic(clinic.pk)
        self._outlook = Outlook(self.premises.site, types.get(key="consultation"), clinic.start_grid_minutes)

    def take_call(self, new: NewPatient, *, at: datetime, soon: bool = False) -> None:
        """A new patient calls and gets a consultation; `soon`, the first one that is free."""
        chance = Random(f"{self.seed}/{new.given_name} {new.family_name}")  # nosec B311 # the same demo from the same seed
        patient = register_patient(new=new, by=self.reception, now=at)
        wait = timedelta(days=1 if soon else chance.choice(_WAITS))
        for _ in range(_MOST_TRIES):
            today = local_date(at, self.premises.site.tz)
            starts = [
                start
                for start in self._outlook.starts(patient=patient, today=today)
                if start.date() >= today + wait
            ]
            if not starts:
                return
            # Not soon: some time on the first day that suits.
            of_day = [start for start in starts if start.date() == starts[0].date()]
            visit = Visit(patient, self._outlook.session_type, starts[0] if soon else chance.choice(of_day))
            try:
                session = book_visit(visit=visit, by=self.reception, now=at)
            except TimeTaken:
                self._outlook.look_again()
            else:
                assert session.ends_at is not None
                self.life.expect(partial(self._consult, session, chance), at=session.ends_at)
                return

    def _consult(self, session: Session, chance: Random, at: datetime) -> None:
        """The doctor prescribes, or sends the patient home to think it over."""
        key = chance.choices(list(_PRESCRIBED), weights=list(_PRESCRIBED.values()))[0]
        if key is None:
            return
        doctor = self._doctor_of(session)
        by = self.doctors.get(doctor.name, self.reception)
        prescription = self._prescription(session.patient, self._protocols[key], doctor, chance)
        plan = prescribe_course(prescription=prescription, by=by, now=at)
        luck = chance.random()
        if luck < _BOOKED_AT_ONCE:
            self.life.expect(partial(self._book, plan, chance), at=at + timedelta(minutes=10))
        elif luck < _BOOKED_AT_ONCE + _BOOKED_LATER:
            again = at + timedelta(days=chance.randint(1, 5), minutes=chance.randint(5, 55))
            self.life.expect(partial(self._book, plan, chance), at=again)

    def _doctor_of(self, session: Session) -> Resource:
        uuids = {part["resource"] for part in session.cast}
        return next(doctor for doctor in self.premises.doctors if str(doctor.uuid) in uuids)

    def _prescription(
        self, patient: Patient, protocol: Protocol, doctor: Resource, chance: Random
    ) -> Prescription:
        sessions = chance.randint(protocol.min_sessions, protocol.max_sessions)
        begun_elsewhere = protocol.max_sessions > 1 and doctor.name in self.doctors and chance.random() < 0.05
        return Prescription(
            patient=patient,
            protocol=protocol,
            session_count=3 if begun_elsewhere else sessions,
            prescribed_by=doctor,
            wishes=_wishes(chance, doctor),
            indication=chance.choice(_INDICATIONS),
            harvest_site=chance.choice(HarvestSite.values) if protocol.asks_harvest_site else "",
            waiver="The course was begun elsewhere." if begun_elsewhere else "",
        )

    def _book(self, plan: Plan, chance: Random, at: datetime) -> None:
        """The desk offers calendars and books the one the patient picks; some never make up their mind."""
        today = local_date(at, self.premises.site.tz)
        first_on = today + timedelta(days=chance.choice((1, 1, 2, 4, 7, 7, 10)))
        days = _SPARE_DAYS + _DAYS_A_SESSION * (plan.session_count - 1)
        asked = Asked(first_on=first_on, last_on=first_on + timedelta(days=days))
        offers = propose(plan=plan, asked=asked, now=at).proposals
        if not offers:
            # The patient gives way: another hour, another doctor.
            offers = propose(plan=plan, asked=Asked(today, asked.last_on, Wishes()), now=at).proposals
        if offers:
            book_course(plan=plan, proposal=_picked(offers, chance), by=self.reception, now=at)


def _picked(offers: tuple[Proposal, ...], chance: Random) -> Proposal:
    return offers[0] if chance.random() < 0.4 else chance.choice(offers)


def _wishes(chance: Random, doctor: Resource) -> Wishes:
    """Half of the patients do not mind; the others have work, children or a favourite doctor."""
    kind = chance.choices(("none", "weekdays", "early", "late", "doctor"), weights=(50, 15, 12, 12, 11))[0]
    match kind:
        case "weekdays":
            return Wishes(weekdays=frozenset(chance.sample(range(1, 6), k=2)), hard=chance.random() < 0.3)
        case "early":
            return Wishes(before=time(11), hard=chance.random() < 0.3)
        case "late":
            return Wishes(after=time(15, 30))
        case "doctor":
            return Wishes(practitioner=doctor.uuid)
    return Wishes()
