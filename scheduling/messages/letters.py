"""Letters: each kind of mail ready for its templates, and the sessions of its calendar file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format

from clinic.models import Clinic, Patient, Site
from clinic.plain_text import one_line
from scheduling.icalendar.languages import WORDS, Words
from scheduling.icalendar.text import CalendarSession, uid_of
from scheduling.messages.offer_links import offer_link
from scheduling.messages.payload import BookedSession, News, ToldSession, booked_session
from scheduling.models import MessageKind, Session
from treatments.models import StepKind

_DAY = "l j F Y"
# A name of a thousand characters is a mistake or an attack; either way it is not read out.
_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes to whom, and how to answer."""

    patient: str
    clinic: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class TimeShown:
    """A time on the site's clock: `hours` is “14:30–14:55”, or “14:30” where only the start counts.

    On the patient's own clock, if that is another: `elsewhere` is “08:30–08:55 in New York”, `also` the
    sentence that says it. `in_city` is “in Amsterdam” where one clock could be taken for another.
    """

    day: str
    start: str
    hours: str
    in_city: str
    elsewhere: str
    also: str


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class SessionShown:
    """`numbered` is “Visit 2 of 5” and `number` its 2, for a treatment of a course; others have none."""

    time: TimeShown
    numbered: str
    number: int | None
    count: int | None
    treatment: str
    place: Place


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A session as it is now and as the patient knows it; `was_place` and `was_with` only if they changed."""

    now: SessionShown
    was: TimeShown
    was_place: str
    is_at_another_time: bool
    was_with: str
    is_with: str


@dataclass(frozen=True, slots=True)
class Letter:
    """`shown` is what the templates of this kind of mail show beside the letterhead."""

    head: Letterhead
    shown: Mapping[str, object]
    calendar: Sequence[CalendarSession] = ()


def letter_of(*, news: News, language: str, sender: str) -> Letter:
    """The letter of any kind, in the language that is active. Raises ValueError if it has nothing to tell."""
    message = news.message
    wording = _Wording(message.clinic, message.patient, WORDS[language], sender)
    match message.kind:
        case MessageKind.REMINDER:
            return wording.reminder(booked_session(message.session))
        case MessageKind.OFFER:
            return wording.offer(news)
        case MessageKind.CANCELLED:
            return wording.cancelled(news.sessions)
        case _:
            return wording.moved(news.sessions)


@dataclass(frozen=True, slots=True)
class _Wording:
    """One clinic writes to one patient in one language."""

    clinic: Clinic
    patient: Patient
    words: Words
    sender: str

    def reminder(self, session: BookedSession | None) -> Letter:
        if session is None:
            raise ValueError("The message is about no booked visit.")
        return Letter(self._head, {"session": self._session(session)}, [self._in_calendar(session)])

    def moved(self, told: Sequence[ToldSession]) -> Letter:
        changes = [self._change(one) for one in _some(told)]
        shown = {
            "changes": changes,
            "place": _shared_place(changes),
            "is_all_moved": all(change.is_at_another_time for change in changes),
        }
        return Letter(self._head, shown, [self._in_calendar(one.session) for one in told])

    def cancelled(self, told: Sequence[ToldSession]) -> Letter:
        changes = [self._change(one) for one in _some(told)]
        shown = {"changes": changes, "place": _shared_place(changes)}
        calendar = [self._in_calendar(one.session, is_cancelled=True) for one in told]
        return Letter(self._head, shown, calendar)

    def offer(self, news: News) -> Letter:
        if (offer := news.offer) is None:
            raise ValueError("The message is about no offer.")
        session, zone = offer.wait.session, offer.site.tz
        booked = booked_session(session)
        shown = {
            "session": self._session(BookedSession(session, offer.site, offer.starts_at, offer.ends_at)),
            "until": self._time(zone, offer.expires_at),
            "booked": self._time(booked.site.tz, booked.starts_at) if booked else None,
            "link": offer_link(offer),
        }
        return Letter(self._head, shown)

    @property
    def _head(self) -> Letterhead:
        clinic = self.clinic
        return Letterhead(_short(str(self.patient)), _short(clinic.name), clinic.phone, clinic.email)

    def _session(self, booked: BookedSession, *, names_city: bool = False) -> SessionShown:
        session = booked.session
        number = session.number if session.kind == StepKind.TREATMENT and session.plan else None
        return SessionShown(
            time=self._time(booked.site.tz, booked.starts_at, booked.ends_at, names_city=names_city),
            numbered=self._session_words(session),
            number=number,
            count=session.plan.session_count if session.plan else None,
            treatment=self._treatment(session),
            place=_place(booked.site),
        )

    def _change(self, told: ToldSession) -> ChangeShown:
        session, before = told.session, told.before
        zone = ZoneInfo(before.was_zone) if before.was_zone else session.site.tz
        is_another_clock = zone != session.site.tz
        is_same_start = before.was_at == session.starts_at
        # Of a session that only became longer or shorter the start alone would tell nothing.
        until = (before.was_until or session.ends_at) if is_same_start else None
        return ChangeShown(
            now=self._session(session, names_city=is_another_clock),
            was=self._time(zone, before.was_at, until, names_city=is_another_clock),
            was_place=_short(before.was_site),
            is_at_another_time=not is_same_start,
            was_with=_short(before.was_with),
            is_with=_short(session.session.lead),
        )

    def _session_words(self, session: Session) -> str:
        if session.kind != StepKind.TREATMENT or session.plan is None:
            return ""
        words = self.words
        return words.session_of.format(
            session=words.session, number=session.number, count=session.plan.session_count
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
            in_city=self._in_city(zone) if is_ambiguous else "",
            elsewhere=elsewhere,
            also=self.words.also.format(time=elsewhere) if elsewhere else "",
        )

    def _elsewhere(self, zone: ZoneInfo, starts_at: datetime, ends_at: datetime | None) -> str:
        """The same time on the patient's own clock; empty if it is the same clock."""
        if not self.patient.zone or self.patient.zone == zone.key:
            return ""
        own = ZoneInfo(self.patient.zone)
        day, hours = _day_and_hours(own, starts_at, ends_at)
        is_same_day = day == _day_and_hours(zone, starts_at, ends_at)[0]
        return f"{'' if is_same_day else f'{day}, '}{hours} {self._in_city(own)}"

    def _in_city(self, zone: ZoneInfo) -> str:
        return self.words.in_city.format(city=zone.key.rpartition("/")[2].replace("_", " "))

    def _in_calendar(self, booked: BookedSession, *, is_cancelled: bool = False) -> CalendarSession:
        session, place, clinic_name = booked.session, _place(booked.site), _short(self.clinic.name)
        treatment = self._treatment(session)
        plain = self.words.session_to.format(clinic=clinic_name)
        summary = f"{treatment} · {clinic_name}" if treatment else plain
        return CalendarSession(
            uid=uid_of(session.uuid, host=settings.CALENDAR_HOST),
            sequence=session.sequence,
            changed_at=session.changed_at,
            starts_at=booked.starts_at,
            ends_at=booked.ends_at,
            # Several clients show a cancelled session like any other: the words must say it.
            summary=f"{self.words.cancelled}: {summary}" if is_cancelled else summary,
            description=self._session_words(session),
            location=", ".join(part for part in (place.name, place.address) if part),
            is_cancelled=is_cancelled,
            organizer_name=clinic_name,
            organizer_address=self.clinic.email or self.sender,
        )


def _some(told: Sequence[ToldSession]) -> Sequence[ToldSession]:
    if not told:
        raise ValueError("The message is about no visit.")
    return told


def _shared_place(changes: Sequence[ChangeShown]) -> Place | None:
    """Where all of them are; None if they are at several sites, or one was at another."""
    places = {change.now.place for change in changes}
    is_told_once = len(places) == 1 and not any(change.was_place for change in changes)
    return places.pop() if is_told_once else None


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
