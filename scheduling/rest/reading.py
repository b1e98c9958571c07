"""What stands beside a course: its patient's sessions of other courses and of none. Reads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from clinic.models import Patient
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from scheduling.engine.rest import NEVER_CLOSED, ClosedDates, OtherSession, RestLine, RestTable
from scheduling.models import SCHEDULED, Outcome, Session
from treatments.cadence import REVIEW
from treatments.models import Plan, SessionType
from treatments.models import RestTable as StoredTable


@dataclass(frozen=True, slots=True)
class RestRules:
    """The clinic's table; the key of each version of a session type, and where on the body that is by now."""

    table: RestTable
    keys: Mapping[int, str]
    regions: Mapping[str, str]

    @classmethod
    def of_clinic(cls, clinic_id: int) -> Self:
        """As the current versions have it, whatever was current when a session was booked. Two queries."""
        stored = StoredTable.objects.of_clinic(clinic_id).filter(is_current=True).first()
        types = SessionType.objects.of_clinic(clinic_id).order_by("is_current", "version")
        rows = list(types.values_list("pk", "key", "region"))
        return cls(
            table=RestTable(tuple(_line(said) for said in stored.lines)) if stored else RestTable(),
            keys={pk: key for pk, key, _ in rows},
            regions={key: region for _, key, region in rows},
        )

    def region_of(self, session: Session) -> str:
        """Where on the body, as its plan says or else its session type."""
        return (session.plan.region if session.plan else "") or self.regions[
            self.keys[session.session_type_id]
        ]


@dataclass(frozen=True)
class Standing:
    """Everything that patients have which other courses rest from: booked, or given wholly or partly."""

    clinic_id: int
    sessions: tuple[Session, ...]

    @classmethod
    def of_patients(cls, patients: Collection[int], *, clinic_id: int, but: Collection[int] = ()) -> Self:
        """As it is written, but for some sessions. One query."""
        # Asked for in SQL, the clinic – which is the patients' – or a date would make SQLite read all of it.
        rows = Session.objects.filter(patient_id__in=patients, status__in=SCHEDULED).exclude(pk__in=but)
        rows = rows.exclude(outcome=Outcome.NOT_GIVEN).select_related("plan")
        return cls(clinic_id, tuple(row for row in rows if row.local_date is not None))

    def closed_to(self, session: Session, *, session_type_id: int | None = None) -> ClosedDates:
        """The dates that a session cannot have. What stands for another one is where that is."""
        of = session.stands_for or session
        others = [one for one in self.sessions if one.pk != of.pk and one.patient_id == of.patient_id]
        if of.plan_id is not None:
            others = [one for one in others if one.plan_id != of.plan_id]
        region = of.plan.region if of.plan else ""
        return self.closed(others, session_type_id or session.session_type_id, region)

    def closed(self, others: Sequence[Session], session_type_id: int, region: str = "") -> ClosedDates:
        """The dates that a session of that type cannot have beside others. No query where there are none."""
        if not others:
            return NEVER_CLOSED
        key = self._rules.keys[session_type_id]
        return ClosedDates.of(
            map(self._other, others),
            kind=key,
            region=region or self._rules.regions[key],
            table=self._rules.table,
        )

    @cached_property
    def _rules(self) -> RestRules:
        return RestRules.of_clinic(self.clinic_id)

    def _other(self, session: Session) -> OtherSession:
        assert session.local_date is not None, "what counts has its date"
        key, region = self._rules.keys[session.session_type_id], self._rules.region_of(session)
        return OtherSession(key, region, session.local_date, _words(session))


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the sessions of a course, or beside one of its own."""

    standing: Standing
    others: Sequence[Session]
    region: str = ""

    def closed(self, session_type_id: int) -> ClosedDates:
        """The dates that a session of that type cannot have."""
        return self.standing.closed(self.others, session_type_id, self.region)


def beside(*, patient: Patient, plan: Plan | None = None, but: Collection[int] = ()) -> Beside:
    """What a patient has beside the sessions of that plan, or at all, without those of `but`. One query."""
    standing = Standing.of_patients([patient.pk], clinic_id=patient.clinic_id, but=but)
    others = [one for one in standing.sessions if plan is None or one.plan_id != plan.pk]
    return Beside(standing, others, plan.region if plan else "")


def counts(session: Session) -> bool:
    """Whether other courses rest from it."""
    is_dated = session.status in SCHEDULED and session.local_date is not None
    return is_dated and session.outcome != Outcome.NOT_GIVEN


def _line(said: Mapping[str, Any]) -> RestLine:
    either, after, before = (frozenset(said[name]) for name in ("either", "after", "before"))
    return RestLine(said["days"], either, after, before, said["same"])


def _words(session: Session) -> Sentence:
    if session.plan_id is None:
        return _("a session without a course")
    if session.kind == REVIEW:
        return _("review {number} of another course", number=session.number)
    return _("session {number} of another course", number=session.number)
