"""A small clinic to which anything may happen: what acts on it share, and what must hold after each."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from clinic.errors import ClinicError
from clinic.hours.working_time import forget_hours
from clinic.identity.actors import Actor
from clinic.models import Patient
from scheduling.models import Session, SessionStatus, Telling
from scheduling.waitlist.offers import offer_free_times
from tests.support.acts.courses import a_booked_course
from tests.support.acts.mailing import forget_the_ledger
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.faults import pictures, rested, told
from tests.support.words.spoken import a_speaker, on_the_word_of, unwritten
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan
from treatments.versions.cache import Frozen

DAY = timedelta(days=1)
WHICH = st.integers(0, 30)
TOLD = st.sampled_from(Telling)
# Each answers with what is broken, in a sentence each.
PROMISES: tuple[Callable[..., Iterator[str]], ...] = (
    pictures.broken,
    told.untold,
    told.not_freed,
    told.not_reminded,
    told.unheard,
    told.heard_otherwise,
    rested.too_near,
    unwritten,
)
UNDOING = "undo an act"


class SmallClinic(RuleBasedStateMachine):
    """Three patients with a course each and one without, two doctors, and a clock that only goes forward.

    `succeeded` counts, over all examples, the acts that changed something; `refused` those that a rule
    forbade, with the rule.
    """

    succeeded: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[tuple[str, str]]] = Counter()
    begins_with: ClassVar[tuple[World, list[Patient], pictures.Picture]]
    # Reception, on the word of a doctor.
    on_a_word: ClassVar[Actor]

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[None]:
        """What each example begins with, and leaves as it was."""
        with transaction.atomic():
            world = a_course_world()
            cls.on_a_word = on_the_word_of(a_speaker(world=world), by=world.reception)
            due, booked, with_reviews, without = (a_patient(clinic=world.clinic) for _ in range(4))
            a_plan(world=world, patient=due)
            a_booked_course(world=world, patient=booked)
            a_booked_course(world=world, patient=with_reviews, protocol="svf-combination", sessions=1)
            cls.begins_with = world, [due, booked, with_reviews, without], pictures.taken()
            yield
            transaction.set_rollback(True)

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self.now = NOW
        self.last, self.tried, self.telling = "", True, Telling.BY_MAIL
        self.stood: dict[int, pictures.Picture] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)
        forget_the_ledger()
        forget_hours()
        Frozen.forget()

    @initialize()
    def opens(self) -> None:
        # Acts write into the rows that they are given.
        self.world, self.patients = deepcopy(self.begins_with[:2])
        self.seen = self.begins_with[2]

    @invariant()
    def every_promise_holds(self) -> None:
        """After what was refused, or only looked, as well; what changed something is asked at once."""
        if self.tried:
            self._check(self.seen)
        self.tried = False

    def _check(self, before: pictures.Picture) -> None:
        at = {"world": self.world, "now": self.now, "is_undoing": self.last == UNDOING}
        at |= {"telling": self.telling}
        broken = [sentence for promise in PROMISES for sentence in promise(before, self.seen, **at)]
        broken += self._not_put_back(before)
        assert not broken, "\n".join([f"After “{self.last}”:", *broken])

    def _not_put_back(self, before: pictures.Picture) -> Iterator[str]:
        """What an act that can be undone will have to put back is remembered, and looked at once it is."""
        for key, act in self.seen.acts.items():
            if key not in before.acts:
                self.stood[key] = before
            elif key in self.stood and act["undone_at"] and not before.acts[key]["undone_at"]:
                yield from told.not_put_back(self.stood[key], self.seen, act=act)

    def attempt(self, kind: str, act: Callable[..., Any], **said: Any) -> Any:
        """What the act answers; None if a rule forbade it, which leaves nothing behind.

        Anything else that goes wrong is a fault. Whatever writes is done here, and the tick that offers what
        an act gave back follows it: the picture that the last act left is the one before this one.
        """
        # How the patient hears of it, which acts are told in ways of their own.
        self.telling = said.pop("telling", Telling.BY_MAIL)
        answer = self._done(kind, act, said)
        self.telling = Telling.BY_MAIL
        if self.seen.freed:
            self._done(f"the tick after “{kind}”", offer_free_times, {})
        return answer

    def _done(self, kind: str, act: Callable[..., Any], said: dict[str, Any]) -> Any:
        self.last, self.tried, answer, code = kind, True, None, ""
        try:
            answer = act(**said, now=self.now)
        except ClinicError as refusal:
            code = refusal.code
        before, self.seen = self.seen, pictures.taken()
        if code:
            assert self.seen == before, f"“{kind}” was refused ({code}) and left something."
            self.refused[kind, code] += 1
        elif self.seen != before:
            self.succeeded[kind] += 1
            self.tried = False
            self._check(before)
        return answer

    @property
    def today(self) -> date:
        return self.now.date()

    def patient(self, which: int) -> Patient:
        return self.patients[which % len(self.patients)]

    def plans(self, **asked: Any) -> list[Plan]:
        rows = Plan.objects.filter(**asked).order_by("pk").distinct()
        return list(rows.select_related("clinic", "patient", "protocol"))

    def plan(self, which: int, **asked: Any) -> Plan | None:
        found = self.plans(**asked)
        return found[which % len(found)] if found else None

    def session(self, which: int, *statuses: SessionStatus, **asked: Any) -> Session | None:
        """A session in one of these states, or in any."""
        rows = Session.objects.filter(stands_for__isnull=True, **asked).order_by("pk")
        rows = rows.filter(status__in=statuses) if statuses else rows
        related = ("plan__clinic", "plan__patient", "patient__clinic", "site__clinic", "session_type")
        rows = rows.select_related(*related)
        found: Session | None = one_of(rows, which)
        return found


def rotated(rows: list[Any], which: int) -> list[Any]:
    """All of them, beginning with that one."""
    at = which % len(rows) if rows else 0
    return rows[at:] + rows[:at]


def one_of(rows: QuerySet, which: int) -> Any:
    found = list(rows)
    return found[which % len(found)] if found else None
