"""The day sheet: who comes when, to whom and where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import Site
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.trail import saw
from scheduling.attendance.desk_act import may_say_of
from scheduling.attendance.unresolved import unanswered
from scheduling.desk.day.attendance_buttons import SheetRow, sheet_row
from scheduling.desk.day.site_days import date_asked, instants_of, sites_of, today_at, zone_at
from scheduling.desk.shared.late_mail import mail_trouble
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.desk.shared.words_shown import first_words
from scheduling.models import Session, SessionStatus
from scheduling.reports.agenda import beside_the_hours, sessions_between
from scheduling.undoing.last_acts import undoable_at_desk

LOOK_AHEAD_DAYS = 366


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of the strip above the sheet: how many sessions it has."""

    on: date
    count: int
    is_shown: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class DaySheet:
    """Everything the page shows; `next_on` is only looked up for an empty day.

    `is_entered_late` is whether it is over, and the reader may still say what became of it.
    """

    on: date
    today: date
    sites: tuple[Site, ...]
    sessions: tuple[SheetRow, ...]
    walked_in: tuple[SheetRow, ...]
    missed: tuple[SheetRow, ...]
    week: tuple[WeekDay, ...]
    next_on: date | None
    asked_about: tuple[SessionShown, ...]
    is_entered_late: bool

    @property
    def rows(self) -> tuple[SheetRow, ...]:
        return (*self.sessions, *self.walked_in, *self.missed)

    @property
    def week_before(self) -> date:
        return self.on - timedelta(days=7)

    @property
    def week_after(self) -> date:
        return self.on + timedelta(days=7)


@require_safe
@desk_page(Act.SEE_CALENDAR)
def day_sheet(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    sites, at = sites_of(by=actor), now()
    on = date_asked(request.GET.get("on", ""), otherwise=today_at(sites=sites, now=at))
    sheet = _read(by=actor, sites=sites, on=on, now=at)
    shown = [*(row.session for row in sheet.rows), *sheet.asked_about]
    zone = zone_at(sites=sites)
    words = first_words(by=actor, zone=zone, now=at)
    patients = [*(session.patient for session in shown), *(word.patient for word in words.all)]
    saw(AuditAction.SAW_DAY, [patient.uuid for patient in patients], by=actor)
    page = {"sheet": sheet, "mail_trouble": mail_trouble(zone=zone), "words": words}
    return render(request, "scheduling/day/day_sheet.html", page)


def _read(*, by: Actor, sites: Sequence[Site], on: date, now: datetime) -> DaySheet:
    today = today_at(sites=sites, now=now)
    first, end = instants_of(first_on=on, last_on=on, sites=sites)
    rows = sessions_between(by=by, first=first, end=end).filter(local_date=on)

    timed, beside = list(rows), list(beside_the_hours(by=by, on=on))
    can_undo = undoable_at_desk(sessions=[*timed, *beside], now=now).keys()

    def shown(sessions: Iterable[Session]) -> tuple[SheetRow, ...]:
        return tuple(
            sheet_row(session, today=today, now=now, can_undo=session.pk in can_undo) for session in sessions
        )

    on_sheet = shown(timed)
    return DaySheet(
        on=on,
        today=today,
        sites=tuple(sites),
        sessions=on_sheet,
        walked_in=shown(session for session in beside if session.status != SessionStatus.MISSED),
        missed=shown(session for session in beside if session.status == SessionStatus.MISSED),
        week=_week(by=by, sites=sites, on=on, today=today),
        next_on=None if on_sheet else _next_on(by=by, sites=sites, on=on),
        asked_about=_asked_about(by=by, today=today, now=now) if on == today else (),
        is_entered_late=on < today and may_say_of(on, today=today, by=by),
    )


def _asked_about(*, by: Actor, today: date, now: datetime) -> tuple[SessionShown, ...]:
    rows = unanswered(by=by, now=now).today
    return tuple(session_shown(row, today=today) for row in rows)


def _week(*, by: Actor, sites: Sequence[Site], on: date, today: date) -> tuple[WeekDay, ...]:
    monday = on - timedelta(days=on.weekday())
    sunday = monday + timedelta(days=6)
    first, end = instants_of(first_on=monday, last_on=sunday, sites=sites)
    rows = sessions_between(by=by, first=first, end=end).order_by()
    counts = dict(rows.values_list("local_date").annotate(sessions=Count("pk")))
    days = [monday + timedelta(days=n) for n in range(7)]
    return tuple(WeekDay(day, counts.get(day, 0), day == on, day == today) for day in days)


def _next_on(*, by: Actor, sites: Sequence[Site], on: date) -> date | None:
    """The next date with a session, within a year."""
    tomorrow = on + timedelta(days=1)
    first, end = instants_of(
        first_on=tomorrow, last_on=tomorrow + timedelta(days=LOOK_AHEAD_DAYS), sites=sites
    )
    rows = sessions_between(by=by, first=first, end=end).filter(local_date__gt=on)
    found: date | None = rows.values_list("local_date", flat=True).first()
    return found
