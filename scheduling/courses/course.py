"""A course: a plan with its rules and its live sessions as one value, and what follows from them.

Each attempt at a rule is a row of its own, and begins as due.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import takewhile
from types import MappingProxyType
from typing import Self

from django.db import connection
from django.db.models import Max

from clinic.models import Site
from clinic.places.sites import active_sites
from scheduling.models import AHEAD, LIVE, Session
from treatments import cadence
from treatments.cadence import TREATMENT, Key, Rule, Window
from treatments.models import Plan, PlanState
from treatments.versions.cache import Frozen
from treatments.wishes import wishes_from

_rules: Frozen[tuple[int, int, int | None], list[Rule]] = Frozen()


@dataclass(frozen=True)
class Course:
    """A plan and its live sessions: treatments, then reviews, by number.

    Rules are read once, when they are first asked for: a plan that is amended makes another course. What
    follows from the sessions is asked of the rows as they are.
    """

    plan: Plan
    sessions: tuple[Session, ...]

    @classmethod
    def among(cls, sessions: Iterable[Session], *, plan: Plan) -> Self:
        """The live ones of the plan's among these sessions."""
        own = [s for s in sessions if s.plan_id == plan.pk and s.status in LIVE and s.counts]
        return cls(plan, tuple(sorted(own, key=_in_order)))

    def with_sessions(self, sessions: Iterable[Session]) -> Self:
        """The same course with these sessions in place of its own; its rules are not read again."""
        # A copy keeps what is cached: all of that follows from the plan.
        other = copy(self)
        object.__setattr__(other, "sessions", tuple(sorted(sessions, key=_in_order)))
        return other

    @cached_property
    def rules(self) -> Sequence[Rule]:
        """Of its sessions, treatments first. One query, none for a protocol in use."""
        return rules_of_plan(plan=self.plan)

    @cached_property
    def session_types(self) -> Mapping[Key, int]:
        """What the rules have in each session; one beyond the end of the course has no rule."""
        return {rule.key: rule.session_type_id for rule in self.rules}

    @cached_property
    def _begins(self) -> frozenset[Key]:
        """What is counted from the start of the course."""
        return frozenset(rule.key for rule in self.rules if rule.anchor_key is None)

    @property
    def by_key(self) -> dict[Key, Session]:
        return {key_of(session): session for session in self.sessions}

    @property
    def treatments(self) -> list[Session]:
        return [session for session in self.sessions if session.kind == TREATMENT]

    @property
    def untimed(self) -> list[Session]:
        """Treatments without a time, or with one that is only held, in order."""
        return [session for session in self.treatments if session.is_due or session.is_held]

    @property
    def due(self) -> list[Session]:
        """What is booked together, in order: treatments up to the first that is booked when it is due.

        Where no such one is among them, the reviews that are booked with the course follow.
        """
        untimed = self.untimed
        together = list(takewhile(lambda one: key_of(one) not in self._booked_alone, untimed))
        if not together or len(together) < len(untimed):
            return together
        reviews = [one for one in self.sessions if one.kind == cadence.REVIEW]
        along = [one for one in reviews if key_of(one) not in self._booked_alone]
        return [*together, *(one for one in along if one.is_due or one.is_held)]

    @cached_property
    def _booked_alone(self) -> frozenset[Key]:
        """What waits until it is due; and reviews that no rule knows any more."""
        alone = {rule.key for rule in self.rules if not rule.is_booked_with_course}
        known = {rule.key for rule in self.rules}
        reviews = {key_of(one) for one in self.sessions if one.kind == cadence.REVIEW}
        return frozenset(alone | (reviews - known))

    @property
    def dates(self) -> dict[Key, date]:
        """Of what is booked or done. A hold is no date: it gives way to its plan."""
        dated = [(key_of(one), one.local_date) for one in self.sessions if not one.is_held]
        return {key: on for key, on in dated if on is not None}

    @property
    def treatment_dates(self) -> dict[int, date]:
        """By number."""
        return {key.number: on for key, on in self.dates.items() if key.kind == TREATMENT}

    def windows(self, dates: Mapping[Key, date] | None = None) -> dict[Key, Window]:
        """Every window, counted from these dates of what happened or is booked, or from its own."""
        happened = self.dates if dates is None else dates
        return cadence.windows(rules=self.rules, starts_on=self.plan.prescribed_on, happened=happened)

    def following(self, dates: Mapping[Key, date]) -> dict[Key, Window]:
        """The windows of what is counted from another session: what begins a course may begin any day."""
        return {key: one for key, one in self.windows(dates).items() if key not in self._begins}

    def windows_of(
        self,
        sessions: Iterable[Session],
        *,
        dates: Mapping[Key, date] | None = None,
        searched: Mapping[Key, Window] = MappingProxyType({}),
    ) -> dict[Key, Window]:
        """The windows that these sessions of the course are to have by now, counted like `windows`.

        What is counted from the start of the course keeps the one that it was `searched` in, or has.
        """
        windows = self.windows(dates)
        for session in sessions:
            if (key := key_of(session)) in self._begins:
                windows[key] = searched.get(key) or self._kept(session) or windows[key]
        return windows

    def _kept(self, session: Session) -> Window | None:
        """The window it has; what is due and closed in a pause opens when that is over."""
        if session.window is None or not session.is_due or self.plan.state == PlanState.PAUSED:
            return session.window
        return session.window.reopened(self.plan.paused_until)

    def home_site(self, now: datetime) -> Site:
        """Where most of its sessions are; where none is anywhere yet, as it is wished. One query at most."""
        sites = [session.site for session in self.sessions if session.site is not None]
        if sites:
            return max(sites, key=lambda site: (sites.count(site), -site.pk))
        active = active_sites(clinic_id=self.plan.clinic_id, now=now)
        wished = wishes_from(self.plan.wishes).site
        return next((site for site in active if site.uuid == wished), active[0])

    @property
    def wants_times(self) -> bool:
        """Whether the desk is to look for calendars next. The plan's patient must be loaded."""
        # One that awaits review may be booked: it only may not begin.
        may_go_on = self.plan.state in (PlanState.ACTIVE, PlanState.AWAITING_REVIEW)
        return may_go_on and not self.plan.patient.is_erased and bool(self.due)

    @property
    def has_gap(self) -> bool:
        """Whether a treatment lacks its time before others that have theirs: what a ripple mends."""
        last_timed = max((one.number for one in self.treatments if one.status in AHEAD), default=0)
        return self.wants_times and self.untimed[0].number < last_timed

    @property
    def still_meant(self) -> list[Session]:
        """Without what is due for someone who was erased: it will never be booked. As `wants_times`."""
        return [one for one in self.sessions if not (one.is_due and self.plan.patient.is_erased)]

    def to_show(self) -> tuple[Session, ...]:
        """Its sessions with the plan and its patient, which must be loaded: pages and answers say both."""
        for session in self.sessions:
            session.plan, session.patient = self.plan, self.plan.patient
        return self.sessions


def course_of(*, plan: Plan) -> Course:
    """The plan and its live sessions, whole, with site and session type. One query."""
    return courses_of(plans=[plan])[plan.pk]


def courses_of(*, plans: Collection[Plan]) -> dict[int, Course]:
    """Plan id → its course, for plans of one clinic. One query; none without plans."""
    if not plans:
        return {}
    rows = Session.objects.of_clinic(next(iter(plans)).clinic_id).live()
    found: dict[int | None, list[Session]] = defaultdict(list)
    for session in rows.filter(plan__in=plans).select_related("site", "session_type", "step"):
        found[session.plan_id].append(session)
    return {plan.pk: Course.among(found[plan.pk], plan=plan) for plan in plans}


def outline_of(*, plan: Plan) -> Course:
    """The same with nothing of the sessions but numbers, states and dates: all that a search asks."""
    table = connection.ops.quote_name(Session._meta.db_table)
    # In SQL: the ORM would take longer to word the question than the database to answer it.
    asked = f"SELECT id, kind, number, status, local_date FROM {table} "  # nosec # our own table
    asked += 'WHERE plan_id = %s AND "clinic_id" = %s AND counts'
    of_plan = Session.objects.raw(asked, [plan.pk, plan.clinic_id])
    rows = [session for session in of_plan if session.status in LIVE]
    return Course(plan, tuple(sorted(rows, key=_in_order)))


def rules_of_plan(*, plan: Plan) -> list[Rule]:
    """The rules of the plan's sessions, treatments first. One query, none for a protocol in use."""
    rules = _written_rules(plan)
    if plan.paused_until is None:
        return list(rules)
    return [replace(rule, not_before=plan.paused_until) for rule in rules]


def _written_rules(plan: Plan) -> list[Rule]:
    """As the protocol has them, with the number of sessions and the interval of the plan."""
    key = (plan.protocol_id, plan.session_count, plan.interval_days)
    if known := _rules.known([key]):
        return known[key]
    # Whoever prescribed it has frozen the protocol.
    steps = plan.protocol.steps.order_by("position")
    rules = cadence.rules_of(steps=steps, session_count=plan.session_count, interval_days=plan.interval_days)
    _rules.keep({key: rules})
    return rules


def key_of(session: Session) -> Key:
    return Key(session.kind, session.number)


def _in_order(session: Session) -> tuple[bool, int]:
    return session.kind == cadence.REVIEW, session.number


def due_session(*, plan: Plan, rule: Rule, attempt: int = 1, now: datetime) -> Session:
    """A session by that rule, without a time and yet without a window; not saved."""
    return Session(
        clinic_id=plan.clinic_id,
        patient=plan.patient,
        plan=plan,
        step_id=rule.step_id,
        session_type_id=rule.session_type_id,
        kind=rule.key.kind,
        number=rule.key.number,
        attempt=attempt,
        created_at=now,
        changed_at=now,
    )


def next_attempts(*, plan: Plan, rules: Sequence[Rule], now: datetime) -> list[Session]:
    """A due session for each rule, numbered on where there were earlier attempts; not yet saved.

    One query, none without rules.
    """
    if not rules:
        return []
    tried = _tried(plan)
    return [due_session(plan=plan, rule=rule, attempt=tried.get(rule.key, 0) + 1, now=now) for rule in rules]


def _tried(plan: Plan) -> dict[Key, int]:
    rows = Session.objects.of_clinic(plan.clinic_id).filter(plan=plan).values_list("kind", "number")
    return {Key(kind, number): last for kind, number, last in rows.annotate(Max("attempt")).order_by()}
