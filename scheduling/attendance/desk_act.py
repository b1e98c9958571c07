"""An act at the desk on one session, which can be undone until the site's day is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import NotAllowed
from clinic.identity.actors import Actor, ActorKind
from clinic.identity.permissions import Act, may
from clinic.lookup import refuse_foreign
from clinic.places.sites import zone_at_home
from clinic.sentences import counted
from clinic.time.intervals import Stretch
from clinic.time.wall_clock import day_starts_at, local_date
from scheduling.courses.act import course_act
from scheduling.courses.kept import changed_columns, said_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.diaries.claims import claim
from scheduling.engine.placed import PlacedSession
from scheduling.models import CourseActKind, Session
from treatments.models import Plan

# What is older is for those who answer for the treatment.
DESK_DAYS = 7


def may_say_of(on: date | None, *, today: date, by: Actor) -> bool:
    """Whether the actor may still say what became of that day: whoever sits at the desk for seven days."""
    is_recent = on is not None and on >= today - timedelta(days=DESK_DAYS)
    return is_recent or may(by=by, act=Act.CORRECT_RECORD)


def refuse_what_is_old(on: date | None, *, today: date, by: Actor) -> None:
    """Raise NotAllowed unless they `may_say_of` it."""
    if may_say_of(on, today=today, by=by):
        return
    sentence = counted(
        "That was more than {count} day ago: a practitioner or the owner says what became of it.",
        "That was more than {count} days ago: a practitioner or the owner says what became of it.",
        count=DESK_DAYS,
    )
    raise NotAllowed("scope_missing" if by.kind is ActorKind.KEY else "not_allowed", sentence)


@dataclass
class AtDesk:
    """One session under the desk's hands; `changes` (before, after) go into the trail."""

    act: OpenAct
    session: Session
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan | None:
        return self.session.plan

    @property
    def now(self) -> datetime:
        return self.act.now

    @property
    def zone(self) -> ZoneInfo:
        """Of where the session is."""
        site = self.session.site
        return site.tz if site else zone_at_home(clinic_id=self.session.clinic_id)

    @property
    def today(self) -> date:
        """The date on the wall there."""
        return local_date(self.now, self.zone)


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


def finish(desk: AtDesk, *, deed: AuditAction, can_be_undone: bool = True) -> None:
    """What the act leaves in the trail, and that it can be undone until the site's day is over."""
    session, was = desk.session, desk.act.stood[desk.session.pk]
    changed = changed_columns(session, was)
    if can_be_undone:
        ends_at = day_starts_at(desk.today + timedelta(days=1), desk.zone)
        desk.act.can_be_undone(CourseActKind.ATTENDED, session, until=ends_at)
    said = desk.changes | ({"why": (None, desk.act.why)} if desk.act.why else {})
    before = said_of(was, changed) | {name: pair[0] for name, pair in said.items()}
    after = said_of(session, changed) | {name: pair[1] for name, pair in said.items()}
    desk.act.record(AuditRecord(deed, session, [desk.act.patient(session).uuid], before, after))
