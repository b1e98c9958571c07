"""Letters: each kind of mail ready for its templates, and the sessions of its calendar file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient, Site
from clinic.plain_text import one_line
from clinic.time.wall_clock import local_date
from scheduling.icalendar.text import CalendarSession, uid_of
from scheduling.messages.letters.labels import cancelled_labels, contact_labels, moved_labels, visit_labels
from scheduling.messages.letters.shown import (
    ChangeShown,
    Letter,
    Letterhead,
    NoticeShown,
    Place,
    SessionShown,
    TimeShown,
)
from scheduling.messages.letters.words import notice_words, offer_words, reminder_words
from scheduling.messages.offer_links import offer_link
from scheduling.messages.payload import BookedSession, News, ToldSession, booked_session
from scheduling.models import MessageKind, Session
from treatments.models import StepKind

_DAY = "l j F Y"
# A name of a thousand characters is a mistake or an attack; either way it is not read out.
_NAME_LENGTH = 80

Shown = TypeVar("Shown")


def letter_of(*, news: News, sender: str, now: datetime) -> Letter:
    """The letter of any kind, in the language that is active. Raises ValueError if it has nothing to tell."""
    message = news.message
    writer = _Writer(message.clinic, message.patient, sender, now)
    match message.kind:
        case MessageKind.REMINDER:
            return writer.reminder([booked_session(one.session) for one in news.messages])
        case MessageKind.OFFER:
            return writer.offer(news)
        case _:
            return writer.notice(news)


@dataclass(frozen=True, slots=True)
class _Writer:
    """One clinic writes to one patient, in the language that is active."""

    clinic: Clinic
    patient: Patient
    sender: str
    now: datetime

    def reminder(self, found: Sequence[BookedSession | None]) -> Letter:
        booked = sorted((one for one in found if one), key=lambda one: one.starts_at)
        if not booked:
            raise ValueError("The message is about no booked visit.")
        sessions = [self._session(one) for one in booked]
        shown = {
            "session": sessions[0],
            "sessions": sessions,
            "day": _shared([session.time.day for session in sessions]),
            "place": _shared([session.place for session in sessions]),
            "labels": visit_labels(),
            "contact": contact_labels(),
        }
        words = reminder_words(
            self._head, sessions[0].time, count=len(sessions), days=self._days_to(booked[0])
        )
        return Letter(self._head, words, shown, [self._in_calendar(one) for one in booked])

    def notice(self, news: News) -> Letter:
        if not (told := news.sessions):
            raise ValueError("The message is about no visit.")
        moved = [self._change(one) for one in told if not one.now.is_off]
        cancelled = [self._change(one) for one in told if one.now.is_off]
        booked = news.next.booked
        following = self._time(booked.site.tz, booked.starts_at) if booked else None
        place = _shared_place([*moved, *cancelled])
        notice = NoticeShown(moved, cancelled, place, news.next.comes, following)
        shown = {
            "moved": moved,
            "cancelled": cancelled,
            "place": notice.place,
            "moved_labels": moved_labels(),
            "cancelled_labels": cancelled_labels(),
            "contact": contact_labels(),
        }
        calendar = [self._in_calendar(one.booked, is_cancelled=one.now.is_off) for one in told]
        return Letter(self._head, notice_words(self._head, notice), shown, calendar)

    def offer(self, news: News) -> Letter:
        if (offer := news.offer) is None:
            raise ValueError("The message is about no offer.")
        session, zone = offer.wait.session, offer.site.tz
        offered = self._session(BookedSession(session, offer.site, offer.starts_at, offer.ends_at))
        until, booked = self._time(zone, offer.expires_at), booked_session(session)
        stays = self._time(booked.site.tz, booked.starts_at) if booked else None
        shown = {
            "session": offered,
            "until": until,
            "link": offer_link(offer),
            "labels": visit_labels(),
            "contact": contact_labels(),
        }
        return Letter(self._head, offer_words(self._head, offered.time, until=until, booked=stays), shown)

    def _days_to(self, booked: BookedSession) -> int | None:
        """From today on the site's clock; None where the patient's own may show another date."""
        if self._elsewhere(booked.site.tz, booked.starts_at, None):
            return None
        zone = booked.site.tz
        return (local_date(booked.starts_at, zone) - local_date(self.now, zone)).days

    @property
    def _head(self) -> Letterhead:
        clinic = self.clinic
        return Letterhead(_short(str(self.patient)), _short(clinic.name), clinic.phone, clinic.email)

    def _session(self, booked: BookedSession, *, names_city: bool = False) -> SessionShown:
        session = booked.session
        return SessionShown(
            time=self._time(booked.site.tz, booked.starts_at, booked.ends_at, names_city=names_city),
            numbered=_numbered(session, _("Visit {number} of {count}")),
            of_how_many=_numbered(session, _("{number} of {count}")),
            treatment=self._treatment(session),
            place=_place(booked.site),
        )

    def _change(self, told: ToldSession) -> ChangeShown:
        was, zone = told.was, told.was_site.tz
        is_another_clock = zone != told.site.tz
        is_same_start = was.starts_at == told.now.starts_at
        # Of a session that only became longer or shorter the start alone would tell nothing.
        until = was.ends_at if is_same_start else None
        return ChangeShown(
            now=self._session(told.booked, names_city=is_another_clock),
            was=self._time(zone, was.starts_at, until, names_city=is_another_clock),
            was_place="" if told.was_site == told.site else _short(told.was_site.name),
            is_at_another_time=not is_same_start,
            is_at_same_hours=is_same_start and was.ends_at == told.now.ends_at and not is_another_clock,
            is_on_again=was.is_off,
            was_with=_short(told.was_with),
            is_with=_short(told.now.lead),
        )

    def _treatment(self, session: Session) -> str:
        return _short(session.session_type.name) if self.clinic.names_treatments else ""

    def _time(
        self,
        zone: ZoneInfo,
        starts_at: datetime,
        ends_at: datetime | None = None,
        *,
        names_city: bool = False,
    ) -> TimeShown:
        at = starts_at.astimezone(zone)
        day, hours = _day_and_hours(zone, starts_at, ends_at)
        elsewhere = self._elsewhere(zone, starts_at, ends_at)
        is_ambiguous = names_city or bool(elsewhere)
        return TimeShown(
            day=day,
            start=f"{at:%H:%M}",
            hours=hours,
            in_city=_in_city(zone) if is_ambiguous else "",
            elsewhere=elsewhere,
            also=_("That is {time}.").format(time=elsewhere) if elsewhere else "",
        )

    def _elsewhere(self, zone: ZoneInfo, starts_at: datetime, ends_at: datetime | None) -> str:
        """The same time on the patient's own clock; empty if it is the same clock."""
        if not self.patient.zone or self.patient.zone == zone.key:
            return ""
        own = ZoneInfo(self.patient.zone)
        day, hours = _day_and_hours(own, starts_at, ends_at)
        is_same_day = day == _day_and_hours(zone, starts_at, ends_at)[0]
        return f"{'' if is_same_day else f'{day}, '}{hours} {_in_city(own)}"

    def _in_calendar(self, booked: BookedSession, *, is_cancelled: bool = False) -> CalendarSession:
        session, place, clinic_name = booked.session, _place(booked.site), _short(self.clinic.name)
        treatment = self._treatment(session)
        plain = _("Visit to {clinic}").format(clinic=clinic_name)
        summary = f"{treatment} · {clinic_name}" if treatment else plain
        return CalendarSession(
            uid=uid_of(session.uuid, host=settings.CALENDAR_HOST),
            sequence=session.sequence,
            changed_at=session.changed_at,
            starts_at=booked.starts_at,
            ends_at=booked.ends_at,
            # Several clients show a cancelled session like any other: the words must say it.
            summary=_("Cancelled: {summary}").format(summary=summary) if is_cancelled else summary,
            description=_numbered(session, _("Visit {number} of {count}")),
            location=", ".join(part for part in (place.name, place.address) if part),
            is_cancelled=is_cancelled,
            organizer_name=clinic_name,
            organizer_address=self.clinic.email or self.sender,
        )


def _shared(values: Sequence[Shown]) -> Shown | None:
    """What several have in common, and need not be told of each."""
    return values[0] if len(values) > 1 and len(set(values)) == 1 else None


def _shared_place(changes: Sequence[ChangeShown]) -> Place | None:
    """Where all of them are; None if they are at several sites, or one was at another."""
    places = {change.now.place for change in changes}
    is_told_once = len(places) == 1 and not any(change.was_place for change in changes)
    return places.pop() if is_told_once else None


def _numbered(session: Session, pattern: str) -> str:
    """Which of how many a treatment of a course is."""
    if session.kind != StepKind.TREATMENT or session.plan is None:
        return ""
    return pattern.format(number=session.number, count=session.plan.session_count)


def _in_city(zone: ZoneInfo) -> str:
    return _("in {city}").format(city=zone.key.rpartition("/")[2].replace("_", " "))


def _place(site: Site) -> Place:
    address = ", ".join(line.strip() for line in site.address.splitlines() if line.strip())
    return Place(_short(site.name), address)


def _day_and_hours(zone: ZoneInfo, starts_at: datetime, ends_at: datetime | None) -> tuple[str, str]:
    starts = starts_at.astimezone(zone)
    until = f"–{ends_at.astimezone(zone):%H:%M}" if ends_at else ""
    return date_format(starts.date(), _DAY), f"{starts:%H:%M}{until}"


def _short(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
