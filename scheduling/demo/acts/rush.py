"""The rush of the last days: new patients who take the doctors' free hours around today."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from clinic.people.patients import NewPatient, register_patient
from clinic.time.cells import cells_in
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.demo.acts.front_desk import FrontDesk
from scheduling.demo.acts.occupancy import occupancy_of
from scheduling.demo.acts.outlook import Outlook
from scheduling.demo.cast.crew import Crew

# Of the doctors' open cells; some cancel again, and some courses come to a day after it was filled.
_FULL = 0.64
# How many days ahead the desk fills, on each evening and on the last one.
_SOON, _AHEAD = 3, 14


@dataclass
class Rush:
    """Receptionist and those who only ask for a consultation, as soon as there is one."""

    crew: Crew
    front_desk: FrontDesk
    callers: Sequence[NewPatient]
    _calls: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        clinic = self.crew.premises.clinic
        kind = self.crew.session_type("consultation")
        self._outlook = Outlook(self.crew.premises.site, kind, clinic.start_grid_minutes)

    def evening(self, now: datetime) -> None:
        self._fill(now, days=_SOON)

    def last_evening(self, now: datetime) -> None:
        """The days that come are filled one after the other, as far as there are callers."""
        self._fill(now, days=_AHEAD)
        for new in self.callers[self._calls :]:
            self.front_desk.take_call(new, at=now)
        self._calls = len(self.callers)

    def _fill(self, now: datetime, *, days: int) -> None:
        today = self.crew.today(now)
        self._outlook.look_again()
        for ahead in range(1, days + 1):
            on = today + timedelta(days=ahead)
            for _ in range(self._consultations_until_full(on)):
                self._book_one(on, now)

    def _consultations_until_full(self, on: date) -> int:
        premises = self.crew.premises
        found = occupancy_of(site=premises.site, of=premises.doctors, first_on=on, last_on=on)
        wanted = _FULL * found.open - found.claimed
        return max(0, round(wanted / cells_in(self._outlook.session_type.patient_minutes)))

    def _book_one(self, on: date, now: datetime) -> None:
        if self._calls == len(self.callers):
            return
        chance = self.crew.chance("rush", self._calls)
        starts = self._starts(on, now)
        if not starts:
            return
        patient = register_patient(new=self.callers[self._calls], by=self.crew.reception, now=now)
        self._calls += 1
        while starts:
            wanted = SingleSession(patient, self._outlook.session_type, chance.choice(starts))
            try:
                book_session(wanted=wanted, by=self.crew.reception, now=now)
            except TimeTaken:
                self._outlook.look_again()
                starts = self._starts(on, now)
            else:
                return

    def _starts(self, on: date, now: datetime) -> list[datetime]:
        return [start for start in self._outlook.starts(today=self.crew.today(now)) if start.date() == on]
