"""The scope of an act: the rows it may change, and how they are locked in the one order."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Self, TypeVar

from django.db.models import Model, Q, QuerySet

from clinic.hours.locks import share_hours
from clinic.hours.rota import lock_hours
from clinic.models import Clinic, Leave, Patient, Site
from scheduling.models import Hold, Session, Wait
from scheduling.models.sessions import LIVE_SESSIONS
from treatments.models import Plan, Protocol, SessionType
from treatments.versions.freeze import freeze_protocol, freeze_session_type

Row = TypeVar("Row", bound=Model)
Keys = frozenset[int]
_NONE: Keys = frozenset()


@dataclass(frozen=True, slots=True)
class ActScope:
    """Primary keys of all that an act may change, and of the sites by whose hours it goes.

    A plan brings its live sessions and its standing hold with it, a hold its sessions; and with `is_whole`
    a patient all their plans and sessions, whatever became of them. `catalogue` are session types and
    protocols that may be used for the first time: then they are frozen. `absences` are leave that is taken
    back: the hours of its sites are locked alone.
    """

    catalogue: frozenset[SessionType | Protocol] = frozenset()
    patients: Keys = _NONE
    plans: Keys = _NONE
    absences: Keys = _NONE
    sites: Keys = _NONE
    holds: Keys = _NONE
    waits: Keys = _NONE
    sessions: Keys = _NONE
    is_whole: bool = False

    @classmethod
    def of_plan(cls, plan: Plan, *, sites: Iterable[int] = ()) -> Self:
        """One course of one patient."""
        return cls(patients=frozenset([plan.patient_id]), plans=frozenset([plan.pk]), sites=frozenset(sites))

    @classmethod
    def of_session(cls, session: Session, *, sites: Iterable[int] = ()) -> Self:
        """One session of one patient, with its course if it has one."""
        return cls(
            patients=frozenset([session.patient_id]),
            plans=frozenset() if session.plan_id is None else frozenset([session.plan_id]),
            sites=frozenset(sites),
            sessions=frozenset([session.pk]),
        )

    def covers(self, other: "ActScope") -> bool:
        """Whether whoever has this scope may do whatever the other allows."""
        return all(getattr(other, one.name) <= getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class LockedRows:
    """What this transaction alone may write, by primary key, as it stands now."""

    patients: dict[int, Patient]
    plans: dict[int, Plan]
    holds: dict[int, Hold]
    waits: dict[int, Wait]
    sessions: dict[int, Session]
    # Read, not locked.
    sites: dict[int, Site] = field(default_factory=dict)

    @property
    def clinic(self) -> Clinic | None:
        """No query: of a row that knows it."""
        known = [*self.plans.values(), *self.patients.values(), *self.holds.values()]
        return next((row.clinic for row in (*known, *(one.patient for one in self.sessions.values()))), None)

    def site(self, pk: int) -> Site:
        """A site and its clinic. One query, however often it is asked for."""
        if pk not in self.sites:
            rows, clinic = Site.objects.all(), self.clinic
            self.sites[pk] = site = (rows if clinic else rows.select_related("clinic")).get(pk=pk)
            site.clinic = clinic or site.clinic
        return self.sites[pk]


def lock_scope(scope: ActScope, *, now: datetime) -> LockedRows:
    """Lock everything in the scope, steps 2 to 7 of the lock order; one statement for each kind there is.

    Sessions know their patient and their plan. Must run inside a transaction.
    """
    _freeze(scope, now)
    patients = _lock_patients(scope.patients, with_clinic=not scope.plans)
    if scope.is_whole:
        scope = _with_all_of(scope)
    plans = _lock_plans(scope.plans, patients)
    _lock_hours(scope.absences)
    if scope.sites:
        share_hours(site_ids=scope.sites)
    holds, waits = _lock_holds(scope), _lock_waits(scope.waits)
    sessions = _lock_sessions(scope)
    for session in sessions.values():
        if session.plan_id in plans:
            session.plan = plans[session.plan_id]
            session.patient = session.plan.patient
        elif session.patient_id in patients:
            session.patient = patients[session.patient_id]
    return LockedRows(patients, plans, holds, waits, sessions)


def _with_all_of(scope: ActScope) -> ActScope:
    """Who writes for a patient has locked them, so from here on there is nothing new."""
    plans = Plan.objects.filter(patient_id__in=scope.patients).values_list("pk", flat=True)
    sessions = Session.objects.filter(patient_id__in=scope.patients).values_list("pk", flat=True)
    return replace(scope, plans=frozenset(plans), sessions=frozenset(sessions))


def _freeze(scope: ActScope, now: datetime) -> None:
    for row in sorted(scope.catalogue, key=lambda row: (row._meta.label, row.pk)):
        if isinstance(row, Protocol):
            freeze_protocol(protocol=row, now=now)
        else:
            freeze_session_type(session_type=row, now=now)


def _lock_patients(keys: Keys, *, with_clinic: bool) -> dict[int, Patient]:
    # Rows that point at a patient must not wait: hence the weaker lock.
    rows = Patient.objects.select_for_update(no_key=True, of=("self",))
    return _by_key(rows.select_related("clinic") if with_clinic else rows, keys)


def _lock_plans(keys: Keys, patients: dict[int, Patient]) -> dict[int, Plan]:
    """Their patients are those that are locked, or else as they are; they know their clinic."""
    rows = Plan.objects.select_for_update(no_key=True, of=("self",)).select_related("clinic", "protocol")
    plans = _by_key(rows, keys)
    others = {plan.patient_id for plan in plans.values()} - patients.keys()
    patients_of = patients | (Patient.objects.in_bulk(others) if others else {})
    for plan in plans.values():
        plan.patient = patients_of[plan.patient_id]
        # All that an act locks is of one clinic.
        for patient in patients_of.values():
            patient.clinic = plan.clinic
    return plans


def _by_key(rows: QuerySet[Row], keys: Keys) -> dict[int, Row]:
    """In the order of their keys, in which everybody locks."""
    if not keys:
        return {}
    # To word an order takes Django longer than all the rest of so small a question.
    ordered = rows.filter(pk__in=keys).order_by("pk") if len(keys) > 1 else rows.filter(pk=min(keys))
    return {row.pk: row for row in ordered}


def _lock_hours(absences: Keys) -> None:
    if absences:
        rows = Leave.objects.filter(pk__in=absences).select_related("resource__site").order_by("pk")
        for leave in rows:
            lock_hours(clinic_id=leave.clinic_id, site=leave.resource.site)


def _lock_holds(scope: ActScope) -> dict[int, Hold]:
    """Those that stand. Nobody writes a held session without its hold: a sweep under way is waited for."""
    keys = Hold.objects.standing_keys(plan_ids=scope.plans, hold_ids=scope.holds)
    rows = Hold.objects.standing().select_for_update(no_key=True, of=("self",))
    return _by_key(rows.select_related("clinic", "plan__patient", "offer__wait__patient"), keys)


def _lock_waits(keys: Keys) -> dict[int, Wait]:
    rows = Wait.objects.select_for_update(no_key=True, of=("self",)).select_related("session", "patient")
    return _by_key(rows, keys)


def _lock_sessions(scope: ActScope) -> dict[int, Session]:
    if not scope.sessions:
        locked = Session.objects.locked(plan_ids=scope.plans, hold_ids=scope.holds)
        return {row.pk: row for row in locked}
    wanted = Q(pk__in=scope.sessions) | Q(hold_id__in=scope.holds)
    wanted |= Q(plan_id__in=scope.plans) & LIVE_SESSIONS
    rows = Session.objects.select_for_update(no_key=True, of=("self",)).filter(wanted)
    # Whoever names a session says something of it.
    rows = rows.select_related("patient__clinic", "site", "session_type")
    return {row.pk: row for row in rows.order_by("pk")}
