"""A session as the pages show it: local time, words, who and where. No queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from clinic.models import Patient, ResourceKind
from clinic.plain_text import isolated
from clinic.wording import label_of, worded
from scheduling.courses.course import key_of
from scheduling.desk.shared.wording import date_words, hours_words, window_words
from scheduling.models import AHEAD, CancelledBy, Session, SessionStatus
from treatments.cadence import REVIEW
from treatments.models import HarvestSite

MOST_BEADS = 12


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of a session, in local time: the people, and the rooms and devices."""

    name: str
    starts: datetime
    ends: datetime
    people: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionShown:
    """One session. While it is due, `window` says when it may be and there is no time."""

    uuid: UUID
    what: str
    number: str
    in_course: str
    beads: tuple[str, ...]
    is_review: bool
    is_due: bool
    is_booked_alone: bool
    status: str
    status_words: str
    on: date | None
    is_of_the_past: bool
    day_words: str
    starts: datetime | None
    ends: datetime | None
    window: str
    site_name: str
    stages: tuple[StageLine, ...]
    patient: Patient
    plan_uuid: UUID | None
    harvest_site: str
    elsewhere: str

    @property
    def hours(self) -> str:
        return hours_words(self.starts, self.ends)

    @property
    def may_move(self) -> bool:
        return self.status in AHEAD and not self.is_of_the_past

    @property
    def may_book(self) -> bool:
        """By itself: treatments are booked together, unless their step says otherwise."""
        return self.is_due and (self.is_review or self.is_booked_alone)

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for stage in self.stages for name in stage.people))


def session_shown(session: Session, *, today: date) -> SessionShown:
    """Needs `patient`, `plan`, `site`, `session_type` and `step` loaded with the session."""
    plan, zone = session.plan, session.site.tz if session.site else None
    starts = session.starts_at.astimezone(zone) if session.starts_at and zone else None
    ends = session.ends_at.astimezone(zone) if session.ends_at and zone else None
    is_review = session.kind == REVIEW
    on = starts.date() if starts else session.local_date
    return SessionShown(
        uuid=session.uuid,
        what=session.session_type.name,
        number=str(session.number) if plan else "",
        in_course=_in_course(session, is_review),
        beads=_beads(session.number, plan.session_count) if plan and not is_review else (),
        is_review=is_review,
        is_due=session.is_due,
        is_booked_alone=session.is_booked_alone,
        status=session.status,
        status_words=label_of(SessionStatus(session.status)),
        on=on,
        is_of_the_past=on is not None and on < today,
        day_words=date_words(on, today=today) if on else "",
        starts=starts,
        ends=ends,
        window=_window(session, today),
        site_name=session.site.name if session.site else "",
        stages=stage_lines(session.cast, starts=starts) if starts else (),
        patient=session.patient,
        plan_uuid=plan.uuid if plan else None,
        elsewhere=_elsewhere(session, today),
        harvest_site=label_of(HarvestSite(plan.harvest_site))
        if plan and plan.harvest_site and not is_review
        else "",
    )


def stage_lines(cast: Sequence[Mapping[str, Any]], *, starts: datetime) -> tuple[StageLine, ...]:
    """The cast by stage, in order of time. `starts` is the patient's arrival on the site's clock."""
    stages: dict[tuple[int, int, str], list[Mapping[str, Any]]] = {}
    for part in cast:
        stages.setdefault((part["starts_minute"], part["ends_minute"], part["stage"]), []).append(part)
    return tuple(
        StageLine(
            name=name,
            starts=_later(starts, from_minute),
            ends=_later(starts, to_minute),
            people=tuple(p["name"] for p in parts if p["kind"] == ResourceKind.PRACTITIONER),
            places=tuple(p["name"] for p in parts if p["kind"] != ResourceKind.PRACTITIONER),
        )
        for (from_minute, to_minute, name), parts in sorted(stages.items(), key=lambda stage: stage[0])
    )


def _later(starts: datetime, minutes: int) -> datetime:
    """So many real minutes later: the clock may change in between."""
    zone = starts.tzinfo
    assert isinstance(zone, ZoneInfo), "A local time has its site's zone."
    utc = starts.astimezone(ZoneInfo("UTC"))
    return (utc + timedelta(minutes=minutes)).astimezone(zone)


def _elsewhere(session: Session, today: date) -> str:
    """When and where it was done, if not here."""
    if not session.is_done_elsewhere or session.local_date is None:
        return ""
    return f"{date_words(session.local_date, today=today)}, {isolated(session.done_at)}"


def _in_course(session: Session, is_review: bool) -> str:
    if session.plan is None:
        return ""
    if is_review:
        return about_session(session)
    words = gettext("Session {number} of {count}")
    if session.attempt > 1:
        words = gettext("Session {number} of {count}, attempt {attempt}")
    return words.format(number=session.number, count=session.plan.session_count, attempt=session.attempt)


def _beads(number: int, count: int) -> tuple[str, ...]:
    """One class a bead: done, this one, still to come. Long courses go without."""
    if count > MOST_BEADS or count == 1:
        return ()
    return tuple(
        "is-done" if n < number else "is-this" if n == number else "is-ahead" for n in range(1, count + 1)
    )


def _window(session: Session, today: date) -> str:
    return window_words(session.window, today=today) if session.window else ""


def about_session(session: Session) -> str:
    """“Session 2”, “Review 1”; of a lone session what it is."""
    if session.plan_id is None:
        return session.session_type.name
    return worded(key_of(session).words)


def cancelled_by(session: Session) -> str:
    """“by the patient, late”."""
    who = label_of(CancelledBy(session.cancelled_by or CancelledBy.CLINIC)).lower()
    return (gettext("by {who}, late") if session.is_late_cancel else gettext("by {who}")).format(who=who)
