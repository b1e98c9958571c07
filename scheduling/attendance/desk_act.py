"""An act at the desk on one session: what it changes, and what it leaves to be undone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.identity.actors import Actor
from clinic.lookup import refuse_foreign
from clinic.places.sites import zone_at_home
from clinic.time.intervals import Stretch
from clinic.time.wall_clock import local_date
from scheduling.courses.act import course_act
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.courses.states import SessionAct
from scheduling.diaries.claims import claim
from scheduling.engine.placed import PlacedSession
from scheduling.models import Session
from treatments.models import Plan

# What acts at the desk change, and undoing puts back.
_RESTORED = (
    "status", "site", "local_date", "local_time", "starts_at", "ends_at", "cast", "arrived_at", "started_at",
    "finished_at", "outcome", "outcome_reason", "counts", "used", "record", "cancelled_by", "cancelled_at",
    "cancel_reason",
)  # fmt: skip


@dataclass
class AtDesk:
    """One session under the desk's hands.

    `keeps` goes into `Session.undoable`, `changes` (before, after) into the trail.
    """

    act: OpenAct
    session: Session
    keeps: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan | None:
        return self.session.plan

    @property
    def now(self) -> datetime:
        return self.act.now

    @property
    def today(self) -> date:
        """The date on the wall where the session is."""
        site = self.session.site
        return local_date(self.now, site.tz if site else zone_at_home(clinic_id=self.session.clinic_id))


@contextmanager
def at_desk(*, session: Session, by: Actor, now: datetime, scope: ActScope | None = None) -> Iterator[AtDesk]:
    """Open an act on the session; a wider `scope` may be named. Raises Unknown.

    Locks: what the scope says, else plan, hold, sessions of the course.
    """
    refuse_foreign(by=by, unknown_session=session)
    with course_act(by=by, now=now, scope=scope or scope_at_desk(session)) as act:
        yield AtDesk(act, act.session(session))


def scope_at_desk(session: Session) -> ActScope:
    """The session with its course. Its patient may be written for by others meanwhile."""
    plans = frozenset() if session.plan_id is None else frozenset([session.plan_id])
    return ActScope(plans=plans, sessions=frozenset([session.pk]))


def values_of(session: Session) -> dict[str, Any]:
    """What undoing puts back, as JSON has it."""
    values = {name: Session._meta.get_field(name).value_from_object(session) for name in _RESTORED}  # type: ignore[union-attr]  # no relation of others
    return {
        name: value.isoformat() if isinstance(value, datetime | date | time) else value
        for name, value in values.items()
    }


def restore(session: Session, *, values: Mapping[str, Any]) -> None:
    """Put back what stood before an act."""
    for name, value in values.items():
        column: Any = Session._meta.get_field(name)
        setattr(session, column.attname, column.to_python(value))


def take_again(desk: AtDesk, *, placed: PlacedSession) -> list[Stretch]:
    """Claim the time that the session gave back, or answer with what of it is taken. Locks: pages."""
    patient = desk.act.patient(desk.session)
    stretches = placed.stretches(patient_diary_id=patient.diary_id)
    pages = desk.act.lock_pages(stretches)
    taken = pages.taken(stretches)
    if not taken:
        claim(pages=pages, booked=[(desk.session, placed)], patient_diary_id=patient.diary_id)
        desk.act.shown_after[desk.session.pk] = {stretch.diary_id for stretch in stretches}
    return taken


def finish(desk: AtDesk, *, deed: AuditAction, act: SessionAct | None = None) -> None:
    """What the act leaves on the session and in the trail.

    With a session's `act` it can be undone until the site's day is over.
    """
    session, stood = desk.session, values_of(desk.act.stood[desk.session.pk])
    stands = values_of(session)
    changed = [name for name in _RESTORED if stands[name] != stood[name]]
    was = {name: stood[name] for name in changed}
    session.undoable = {"act": act.value, "at": desk.now.isoformat(), "was": was, **desk.keeps} if act else {}
    told = {name: (was[name], stands[name]) for name in changed} | desk.changes
    before, after = ({name: pair[n] for name, pair in told.items()} for n in (0, 1))
    desk.act.record(AuditRecord(deed, session, [desk.act.patient(session).uuid], before, after))
