"""A course: its rules, its sessions as they stand, and those that a rule asks for anew.

Each attempt at a rule is a row of its own, and begins as due.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import connection
from django.db.models import F, Max

from clinic.models import Site
from clinic.places.sites import active_sites
from scheduling.models import AHEAD, LIVE, Session, Wait
from treatments import cadence
from treatments.cadence import Key, Rule
from treatments.models import Plan, PlanState
from treatments.versions.cache import Frozen
from treatments.wishes import wishes_from

_rules: Frozen[tuple[int, int, int | None], list[Rule]] = Frozen()


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


def sessions_of(*, plan: Plan) -> list[Session]:
    """The live sessions of the plan: treatments, then reviews, by number."""
    return sessions_of_all(plans=[plan])[plan.pk]


def sessions_of_all(*, plans: Collection[Plan]) -> dict[int, list[Session]]:
    """Plan id → its live sessions in that order, for plans of one clinic. One query; none without plans."""
    found: dict[int, list[Session]] = {plan.pk: [] for plan in plans}
    if not found:
        return found
    clinic_id = next(iter(plans)).clinic_id
    rows = Session.objects.of_clinic(clinic_id).live().filter(plan_id__in=found)
    for session in sorted(rows.select_related("site", "session_type"), key=_in_order):
        assert session.plan_id is not None, "asked for by their plans"
        found[session.plan_id].append(session)
    return found


def _in_order(session: Session) -> tuple[bool, int]:
    return session.kind == cadence.REVIEW, session.number


def dates_of(*, plan: Plan) -> list[Session]:
    """The same sessions with nothing but their numbers, states and dates: all that a search asks."""
    table = connection.ops.quote_name(Session._meta.db_table)
    # In SQL: the ORM would take longer to word the question than the database to answer it.
    asked = f"SELECT id, kind, number, status, local_date FROM {table} "  # nosec # our own table
    asked += 'WHERE plan_id = %s AND "clinic_id" = %s AND counts'
    of_plan = Session.objects.raw(asked, [plan.pk, plan.clinic_id])
    rows = [session for session in of_plan if session.status in LIVE]
    return sorted(rows, key=_in_order)


def home_site(*, plan: Plan, sessions: Iterable[Session]) -> Site:
    """Where most of these sessions are; where none is anywhere yet, as it is wished. One query at most."""
    sites = [session.site for session in sessions if session.site is not None]
    if sites:
        return max(sites, key=lambda site: (sites.count(site), -site.pk))
    active = active_sites(clinic_id=plan.clinic_id)
    wished = wishes_from(plan.wishes).site
    return next((site for site in active if site.uuid == wished), active[0])


def key_of(session: Session) -> Key:
    return Key(session.kind, session.number)


def standing_dates(sessions: Sequence[Session]) -> dict[Key, date]:
    """The dates of what is booked or done. A hold is no date: it gives way to its plan."""
    return {
        key_of(session): session.local_date
        for session in sessions
        if session.local_date is not None and not session.is_held
    }


def due_treatments(sessions: Sequence[Session]) -> list[Session]:
    """Those that are to be booked together, in order: without a time, or with one that is only held."""
    return [s for s in sessions if s.kind == cadence.TREATMENT and (s.is_due or s.is_held)]


def wants_times(*, plan: Plan, sessions: Sequence[Session]) -> bool:
    """Whether the desk is to look for calendars next. The plan's patient must be loaded."""
    # One that awaits review may be booked: it only may not begin.
    may_go_on = plan.state in (PlanState.ACTIVE, PlanState.AWAITING_REVIEW) and not plan.patient.is_erased
    return may_go_on and bool(due_treatments(sessions))


def has_gap(*, plan: Plan, sessions: Sequence[Session]) -> bool:
    """Whether a treatment lacks its time before others that have theirs: what a ripple mends."""
    due = [session.number for session in due_treatments(sessions)]
    timed = [s.number for s in sessions if s.kind == cadence.TREATMENT and s.status in AHEAD]
    return wants_times(plan=plan, sessions=sessions) and bool(timed) and min(due) < max(timed)


def still_meant(sessions: Iterable[Session]) -> list[Session]:
    """Without what is due for someone who was erased: it will never be booked. Patients must be loaded."""
    return [session for session in sessions if not (session.is_due and session.patient.is_erased)]


def due_session(*, plan: Plan, rule: Rule, attempt: int = 1, now: datetime) -> Session:
    """A session by that rule, without a time and yet without a window; not saved."""
    return Session(
        clinic_id=plan.clinic_id,
        patient_id=plan.patient_id,
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


def transfer_waits(*, of: Session, to: Session) -> None:
    """Transfer waitlist entries to the replacement session: who waited for an earlier time waits for any."""
    waits = Wait.objects.of_clinic(of.clinic_id).standing().filter(session=of)
    waits.update(session=to, version=F("version") + 1)


def _tried(plan: Plan) -> dict[Key, int]:
    rows = Session.objects.of_clinic(plan.clinic_id).filter(plan=plan).values_list("kind", "number")
    return {Key(kind, number): last for kind, number, last in rows.annotate(Max("attempt")).order_by()}


def lock_plan(plan: Plan) -> Plan:
    """The plan as it stands now, locked until commit: of an act on a course only the patient comes before."""
    rows = Plan.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("patient", "clinic", "protocol").get(pk=plan.pk)


def lock_sessions(sessions: Sequence[Session]) -> list[Session]:
    """The sessions as they stand now, locked in the order of their ids; returned by number."""
    rows = Session.objects.select_for_update(no_key=True).filter(pk__in=[s.pk for s in sessions])
    return sorted(rows.order_by("pk"), key=lambda session: session.number)
