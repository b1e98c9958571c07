"""The demo's front desk: a call, a consultation, a prescription, a course booked."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from clinic.models import Patient, Resource
from clinic.people.patients import NewPatient, register_patient
from scheduling.booking.book_course import book_course
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.courses.prescribe import prescribe_course
from scheduling.demo.acts.courses import Courses
from scheduling.demo.acts.outlook import Outlook
from scheduling.demo.acts.waitlist import Waitlist
from scheduling.demo.cast.crew import Crew
from scheduling.demo.cast.fates import Fates
from scheduling.models import Session
from scheduling.search.propose import MOST_PROPOSALS, Asked, propose
from treatments.models import HarvestSite, Plan, Protocol
from treatments.prescribing import Prescription
from treatments.wishes import Wishes

# Of a hundred patients who came for a consultation; the others are prescribed the usual.
USUAL, _NOTHING = "prp-mesotherapy", "nothing"
_PRESCRIBED = {"svf-combination": 9, "prp": 12, "mesotherapy": 12, _NOTHING: 11}
_BOOKED_AT_ONCE, _BOOKED_LATER = 0.82, 0.12
_INDICATIONS = ("Androgenetic alopecia", "Telogen effluvium", "Diffuse thinning", "Alopecia areata", "")
# Days until a consultation that is not urgent.
_WAITS = (1, 2, 2, 3, 4, 6, 8)
_TAKES_THE_FIRST = 0.5
_MOST_TRIES = 5
# The desk looks for a course over this much more than it takes.
_SPARE_DAYS, _DAYS_A_SESSION = 28, 15


@dataclass
class FrontDesk:
    """Receptionist and doctors with those who are new. Each patient's luck is their own."""

    crew: Crew
    courses: Courses
    waitlist: Waitlist

    def __post_init__(self) -> None:
        clinic = self.crew.premises.clinic
        self._protocols = {row.key: row for row in Protocol.objects.current().of_clinic(clinic.pk)}
        kind = self.crew.session_type("consultation")
        self._fates = Fates(_PRESCRIBED)
        self._outlook = Outlook(self.crew.premises.site, kind, clinic.start_grid_minutes)

    def take_call(self, new: NewPatient, *, at: datetime, soon: bool = False) -> None:
        """A new patient calls and gets a consultation; `soon`, the first one that is free."""
        patient = register_patient(new=new, by=self.crew.reception, now=at)
        self.book_consultation(patient, self.crew.chance(patient), at=at, soon=soon)

    def book_consultation(
        self, patient: Patient, chance: Random, *, at: datetime, soon: bool = False
    ) -> None:
        wait = timedelta(days=1 if soon else chance.choice(_WAITS))
        for _ in range(_MOST_TRIES):
            today = self.crew.today(at)
            starts = [start for start in self._outlook.starts(today=today) if start.date() >= today + wait]
            if not starts:
                return
            # Not soon: some time on the first day that suits.
            of_day = [start for start in starts if start.date() == starts[0].date()]
            wanted = SingleSession(
                patient, self._outlook.session_type, starts[0] if soon else chance.choice(of_day)
            )
            try:
                session = book_session(wanted=wanted, by=self.crew.reception, now=at)
            except TimeTaken:
                self._outlook.look_again()
            else:
                self.waitlist.consider(session, chance, at)
                return

    def another_time(self, session: Session, chance: Random, at: datetime) -> None:
        """Instead of a session that came to nothing."""
        if session.plan is not None:
            self.courses.book_again(session.plan, at)
        else:
            self.book_consultation(session.patient, chance, at=at)

    def consult(self, session: Session, *, at: datetime) -> None:
        """The doctor prescribes, or sends the patient home to think it over."""
        chance = self.crew.chance(session.patient, "consulted")
        key = self._fates.draw(chance, among=_PRESCRIBED) or USUAL
        if key == _NOTHING:
            return
        plan = self.prescribe(session, key, chance, at)
        luck = chance.random()
        if luck < _BOOKED_AT_ONCE:
            self.crew.expect(partial(self._book, plan, chance), at=at + timedelta(minutes=10))
        elif luck < _BOOKED_AT_ONCE + _BOOKED_LATER:
            again = at + timedelta(days=chance.randint(1, 5), minutes=chance.randint(5, 55))
            self.crew.expect(partial(self._book, plan, chance), at=again)
        else:
            at += timedelta(days=chance.randint(10, 18))
            self.crew.expect(partial(self.courses.give_up, plan), at=self.crew.evening(at, chance))

    def prescribe(self, session: Session, key: str, chance: Random, at: datetime) -> Plan:
        """What the doctor of that consultation thinks right."""
        doctor = self._doctor_of(session)
        by = self.crew.doctors.get(doctor.name, self.crew.reception)
        prescription = self._prescription(session.patient, self._protocols[key], doctor, chance)
        done = self._done_elsewhere(prescription, at, chance)
        return prescribe_course(prescription=prescription, done=done, by=by, now=at)

    def _done_elsewhere(
        self, prescription: Prescription, at: datetime, chance: Random
    ) -> tuple[Elsewhere, ...]:
        """Who began elsewhere had a session there two weeks ago."""
        if not prescription.waiver:
            return ()
        on = self.crew.today(at) - timedelta(days=chance.randint(12, 16))
        return (Elsewhere(on, "Another clinic, at Utrecht"),)

    def _doctor_of(self, session: Session) -> Resource:
        uuids = {part["resource"] for part in session.cast}
        return next(doctor for doctor in self.crew.premises.doctors if str(doctor.uuid) in uuids)

    def _prescription(
        self, patient: Patient, protocol: Protocol, doctor: Resource, chance: Random
    ) -> Prescription:
        sessions = chance.randint(protocol.min_sessions, protocol.max_sessions)
        is_course, may_waive = protocol.max_sessions > 1, doctor.name in self.crew.doctors
        begun_elsewhere = is_course and may_waive and chance.random() < 0.05
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
        today = self.crew.today(at)
        first_on = today + timedelta(days=chance.choice((1, 1, 2, 4, 7, 7, 10)))
        days = _SPARE_DAYS + _DAYS_A_SESSION * (plan.session_count - 1)
        # Many take the first calendar that is named.
        most = 1 if chance.random() < _TAKES_THE_FIRST else MOST_PROPOSALS
        asked = Asked(first_on, first_on + timedelta(days=days), most=most)
        offers = propose(plan=plan, asked=asked, now=at).proposals
        if not offers:
            # The patient gives way: another hour, another doctor.
            any_time = replace(asked, first_on=today + timedelta(days=1), wishes=Wishes())
            offers = propose(plan=plan, asked=any_time, now=at).proposals
        if offers:
            booked = book_course(plan=plan, proposal=chance.choice(offers), by=self.crew.reception, now=at)
            self.waitlist.consider(booked[0], chance, at)


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
