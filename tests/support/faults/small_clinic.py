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
from clinic.models import Patient
from scheduling.models import Session, SessionStatus
from scheduling.waitlist.offers import offer_free_times
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.faults import pictures
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan
from treatments.versions.cache import Frozen

DAY = timedelta(days=1)
WHICH = st.integers(0, 30)


class SmallClinic(RuleBasedStateMachine):
    """Three patients with a course each and one without, two doctors, and a clock that only goes forward.

    `succeeded` counts, over all examples, the acts that changed something; `refused` those that a rule
    forbade, with the rule.
    """

    succeeded: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[tuple[str, str]]] = Counter()
    begins_with: ClassVar[tuple[World, list[Patient], pictures.Picture]]

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[None]:
        """What each example begins with, and leaves as it was."""
        with transaction.atomic():
            world = a_course_world()
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
        self.last, self.tried = "", True

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)
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
        broken = list(pictures.broken(before, self.seen, world=self.world, now=self.now))
        assert not broken, "\n".join([f"After “{self.last}”:", *broken])

    def attempt(self, kind: str, act: Callable[..., Any], **said: Any) -> Any:
        """What the act answers; None if a rule forbade it, which leaves nothing behind.

        Anything else that goes wrong is a fault. Whatever writes is done here: the picture that the last act
        left is the one before this one.
        """
        self.last, self.tried, answer, code = kind, True, None, ""
        try:
            answer = act(**said, now=self.now)
        except ClinicError as refusal:
            code = refusal.code
        # The tick that follows: what the act gave back is offered.
        offer_free_times(now=self.now)
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
