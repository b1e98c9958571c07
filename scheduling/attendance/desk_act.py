"""The frame of an act at the desk on one session: locks, what it leaves to be undone, log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import Written, plan_written, record_changes, session_written
from clinic.hours.working_time import share_hours
from clinic.identity.actors import Actor
from clinic.lookup import refuse_foreign
from clinic.places.sites import zone_at_home
from clinic.time.intervals import Stretch
from clinic.time.wall_clock import local_date
from scheduling.booking.release import lock_time
from scheduling.courses.course import lock_plan
from scheduling.courses.states import SessionAct
from scheduling.courses.windows import count_windows_anew
from scheduling.diaries.claims import claim, diaries_of
from scheduling.engine.placed import PlacedSession
from scheduling.models import Session
from treatments.models import Plan

# What acts at the desk change, and undoing puts back.
_RESTORED = (
    "status", "site", "local_date", "local_time", "starts_at", "ends_at", "cast", "arrived_at", "started_at",
    "finished_at", "outcome", "outcome_reason", "counts", "used", "record", "cancelled_by", "cancelled_at",
    "cancel_reason",
)  # fmt: skip
_WRITTEN = [*_RESTORED, "undoable", "session_type", "version", "sequence", "changed_at"]


@dataclass
class AtDesk:
    """One session under the desk's hands: it and its plan are locked; `also` is what else was written.

    `repeats` are sessions that were just made to be due; `keeps` goes into `Session.undoable`, `changes`
    (before, after) into the trail.
    """

    session: Session
    plan: Plan | None
    by: Actor
    now: datetime
    version: int
    stood: Mapping[str, Any]
    seen_by: frozenset[int]
    repeats: list[Session] = field(default_factory=list)
    also: list[Written] = field(default_factory=list)
    keeps: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def diary_id(self) -> int:
        return self.session.patient.diary_id

    @property
    def today(self) -> date:
        """The date on the wall where the session is."""
        site = self.session.site
        return local_date(self.now, site.tz if site else zone_at_home(clinic_id=self.session.clinic_id))


def at_desk(*, session: Session, by: Actor, now: datetime, takes_time: bool = False) -> AtDesk:
    """Lock the session and what it belongs to. Raises Unknown.

    Locks: plan, site hours if the act is to find time, session.
    """
    refuse_foreign(by=by, unknown_session=session)
    plan = lock_plan(session.plan) if session.plan is not None else None
    if takes_time and session.site_id is not None:
        share_hours(site_ids=[session.site_id])
    rows = Session.objects.select_for_update(no_key=True, of=("self",))
    locked = rows.select_related("patient", "plan", "site", "session_type", "step").get(pk=session.pk)
    seen_by = frozenset(diaries_of(session_ids=[locked.pk]).get(locked.pk, ()))
    return AtDesk(locked, plan, by, now, locked.version, values_of(locked), seen_by)


def values_of(session: Session) -> dict[str, Any]:
    """What undoing puts back, as JSON has it."""
    values = {name: Session._meta.get_field(name).value_from_object(session) for name in _RESTORED}  # type: ignore[union-attr]  # no relation of others
    return {
        name: value.isoformat() if isinstance(value, datetime | date | time) else value
        for name, value in values.items()
    }


def restore(session: Session, *, values: Mapping[str, Any]) -> None:
    """Put back what stood before an act. Nothing is saved."""
    for name, value in values.items():
        column: Any = Session._meta.get_field(name)
        setattr(session, column.attname, column.to_python(value))


def take_again(desk: AtDesk, *, placed: PlacedSession) -> list[Stretch]:
    """Claim the time that the session gave back, or answer with what of it is taken. Locks: pages."""
    stretches = placed.stretches(patient_diary_id=desk.diary_id)
    pages = lock_time(clinic_id=desk.session.clinic_id, stretches=stretches, now=desk.now)
    taken = pages.taken(stretches)
    if not taken:
        claim(pages=pages, booked=[(desk.session, placed)], patient_diary_id=desk.diary_id)
    return taken


def finish(desk: AtDesk, *, deed: AuditAction, act: SessionAct | None = None) -> Session:
    """Write the session, its course, the trail and the change log. The transaction's last act.

    With an `act` it can be undone until the site's day is over.
    """
    session, stands = desk.session, values_of(desk.session)
    changed = [name for name in _RESTORED if stands[name] != desk.stood[name]]
    was = {name: desk.stood[name] for name in changed}
    session.undoable = {"act": act.value, "at": desk.now.isoformat(), "was": was, **desk.keeps} if act else {}
    # One act, one version, however often the row was written for it.
    session.version = desk.version + 1
    session.changed_at = desk.now
    session.save(update_fields=_WRITTEN)
    told = {name: (was[name], stands[name]) for name in changed} | desk.changes
    before, after = ({name: pair[n] for name, pair in told.items()} for n in (0, 1))
    record_audit(AuditRecord(deed, session, [session.patient.uuid], before, after), by=desk.by, now=desk.now)
    record_changes(clinic_id=session.clinic_id, written=_written(desk), now=desk.now)
    return session


def _written(desk: AtDesk) -> list[Written]:
    session, own = desk.session, {desk.diary_id}
    after = set(diaries_of(session_ids=[session.pk]).get(session.pk, ())) | own
    written = [session_written(session, before=desk.seen_by | own, after=after), *desk.also]
    if desk.plan is None:
        return written
    desk.plan.version += 1
    desk.plan.save(update_fields=["version", "state"])
    new = {repeat.pk: repeat for repeat in desk.repeats}
    due = {row.pk: row for row in count_windows_anew(plan=desk.plan, now=desk.now)}
    if session.pk in due:
        session.refresh_from_db(fields=["earliest_on", "target_on", "latest_on", "version"])
    written += [
        session_written(row, before=() if pk in new else own, after=own) for pk, row in (new | due).items()
    ]
    return [plan_written(desk.plan, patient_diary_id=desk.diary_id), *written]
