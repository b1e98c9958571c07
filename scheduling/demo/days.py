"""The days of the demo: who calls when, when the post goes, what each morning brings, and this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from clinic.models import MessageConsent
from clinic.people.patients import NewPatient
from scheduling.demo.acts.absences import Absences
from scheduling.demo.acts.attendance import Attendance
from scheduling.demo.acts.courses import Courses
from scheduling.demo.acts.front_desk import FrontDesk
from scheduling.demo.acts.phone import Phone
from scheduling.demo.acts.present import Present
from scheduling.demo.acts.rush import Rush
from scheduling.demo.acts.waitlist import Waitlist
from scheduling.demo.cast.crew import Crew
from scheduling.demo.cast.people import invented_patients
from scheduling.demo.cast.premises import SUNDAY
from scheduling.messages import sending
from scheduling.models import Message, MessageState

_FIRST_CALL, _LAST_CALL = 9 * 60, 17 * 60
# Every hour, and when the desk has had its first and its last calls.
_POST_AT = (*(time(hour) for hour in range(8, 21)), time(8, 25), time(20, 50))
_MAILS_AT_ONCE = 100
_DOORS_OPEN, _AFTERNOON = time(8, 20), time(16, 10)
# Of so many sessions of the last working days, the last one first, nobody said what became of them.
_UNSAID = (2, 1)
_LIVE_ALL_WEEKS = 180
# When the desk has its last calls; over so many last evenings it fills the days that come.
_RUSH_AT, _RUSH_EVENINGS = time(17, 20), 5


@dataclass(frozen=True, slots=True)
class Size:
    """How many patients and weeks of past; over how many weeks ahead occupancy is told."""

    patients: int = 300
    weeks_lived: int = 8
    weeks_ahead: int = 12
    # So many of these call in the last days only, and take what the doctors have free around today.
    in_the_end: int = 0
    # Patients who call at this very moment: a newcomer sees the reminders of their sessions arrive.
    calling_now: int = 6

    @classmethod
    def of(cls, patients: int) -> "Size":
        """So many live the weeks; all beyond them come in the end."""
        return cls(patients=patients, in_the_end=max(0, patients - _LIVE_ALL_WEEKS))


class Days:
    """Everything that is going to happen until now, written into the life of the crew."""

    def __init__(self, crew: Crew, days: Sequence[date], now: datetime) -> None:
        self._crew, self._days, self._now = crew, days, now
        self._open_days = [on for on in days if on.isoweekday() != SUNDAY]
        self._courses, self._waitlist = Courses(crew), Waitlist(crew)
        self._desk = FrontDesk(crew, self._courses, self._waitlist)
        self._phone = Phone(crew, self._desk)
        self._attendance = Attendance(crew, self._desk, self._courses)
        self._absences = Absences(crew, self._desk)

    def expect(self, size: Size) -> None:
        # The post goes first: who calls at this very moment finds it gone.
        self._expect_post()
        self._expect_mornings()
        self._expect_absences_to_come()
        present = Present(self._crew, self._desk, self._now)
        for before, act in present.last_minutes:
            self._crew.expect(act, at=self._now - before)
        self._expect_calls(size)

    def _expect_post(self) -> None:
        """Every hour of the day, what is due goes out: soon enough for every mail to be of use."""
        for on in self._days:
            for clock in _POST_AT:
                self._crew.expect(self._round, at=self._crew.instant(on, clock))
        self._crew.expect(self._round, at=self._now)

    def _round(self, now: datetime) -> None:
        # A look costs less than a sender who finds nothing.
        if Message.objects.filter(state=MessageState.WAITING, due_at__lte=now).exists():
            while sending.send_due(now=now, limit=_MAILS_AT_ONCE).found == _MAILS_AT_ONCE:
                pass
        self._waitlist.round(now)

    def _expect_mornings(self) -> None:
        past = [on for on in self._open_days if on < self._days[-1]]
        unsaid = dict(zip(reversed(past), _UNSAID, strict=False))
        for on in self._open_days:
            self._expect_morning(on, unsaid.get(on, 0))

    def _expect_absences_to_come(self) -> None:
        """Entered on the last working afternoon: whoever must be told has been told by now."""
        past = [at for on in self._open_days if (at := self._crew.instant(on, _AFTERNOON)) < self._now]
        if past:
            self._crew.expect(self._absences.enter_what_comes, at=past[-1])

    def _expect_morning(self, on: date, unsaid: int) -> None:
        def begin(now: datetime) -> None:
            self._absences.morning(now)
            self._phone.morning(now)
            self._attendance.morning(now, unsaid=unsaid)

        self._crew.expect(begin, at=self._crew.instant(on, _DOORS_OPEN))

    def _expect_calls(self, size: Size) -> None:
        """New patients call on working days, more of them at first; the last few call at this moment."""
        chance = self._crew.chance("calls")
        people = list(invented_patients(count=size.patients, seed=self._crew.seed, today=self._days[-1]))
        reachable = [p for p in people if p.email and p.message_consent == MessageConsent.YES]
        calling_now = reachable[: size.calling_now]
        people = self._without_rush(people, calling_now, size.in_the_end)
        weights = [2 * len(self._open_days) - number for number in range(len(self._open_days))]
        for new in people:
            if new in calling_now:
                self._expect_call(new, at=self._now, soon=True)
                continue
            at = self._now
            while at >= self._now:
                minute = chance.randrange(_FIRST_CALL, _LAST_CALL)
                on = chance.choices(self._open_days, weights=weights)[0]
                at = self._crew.instant(on, time(minute // 60, minute % 60))
            self._expect_call(new, at=at)

    def _without_rush(
        self, people: list[NewPatient], calling_now: list[NewPatient], count: int
    ) -> list[NewPatient]:
        """Who calls on any day; of the others some call each evening, and whoever is left on the last one."""
        last = [new for new in people if new not in calling_now][len(people) - len(calling_now) - count :]
        evenings = [at for on in self._open_days if (at := self._crew.instant(on, _RUSH_AT)) < self._now]
        if not last or not evenings:
            return people
        rush = Rush(self._crew, self._desk, last)
        for at in evenings[-_RUSH_EVENINGS:-1]:
            self._crew.expect(rush.evening, at=at)
        self._crew.expect(rush.last_evening, at=evenings[-1])
        return [new for new in people if new not in last]

    def _expect_call(self, new: NewPatient, *, at: datetime, soon: bool = False) -> None:
        self._crew.expect(lambda now: self._desk.take_call(new, at=now, soon=soon), at=at)
