"""Patients to be called, as the desk reads them: what to tell them, who has tried, and who is calling."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.identity.actors import Actor
from clinic.models import Patient
from clinic.places.sites import zone_at_home
from clinic.plain_text import isolated
from clinic.web.templatetags.desk import clock
from clinic.wording import label_of
from scheduling.calling.patients_to_call import PatientToCall, patients_to_call
from scheduling.desk.shared.mails_shown import reason_words
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.desk.shared.wording import date_words
from scheduling.messages.call_list import Call
from scheduling.models import MessageKind, PhoneCall, PhoneOutcome
from scheduling.models.course_acts import text_of

# What the times are that stand behind it.
_WHAT = {
    MessageKind.REMINDER: _("Reminder"),
    MessageKind.OFFER: _("An earlier time on offer instead of"),
}
_MOVED, _CANCELLED = _("Moved to"), _("Cancelled")


@dataclass(frozen=True, slots=True)
class Unsaid:
    """“Moved to”, the sessions as they stand, and why no mail says it."""

    what: str
    sessions: tuple[SessionShown, ...]
    why: str
    plan_uuid: UUID | None


@dataclass(frozen=True, slots=True)
class LineToCall:
    """A patient whom no mail reaches, and what they do not know.

    `calling` says who else is on the phone with them, `again` from when on to try, `look` where else a number
    may be.
    """

    patient: Patient
    unsaid: tuple[Unsaid, ...]
    seen: str
    calling: str
    is_mine: bool
    tried: tuple[str, ...]
    again: str
    look: tuple[str, ...]


def lines_to_call(*, by: Actor, today: date, now: datetime) -> list[LineToCall]:
    zone = zone_at_home(clinic_id=by.clinic_id)
    return [_line(one, by, _Clock(zone, today, now)) for one in patients_to_call(by=by, now=now)]


@dataclass(frozen=True, slots=True)
class _Clock:
    zone: ZoneInfo
    today: date
    now: datetime

    def words(self, instant: datetime) -> str:
        at = instant.astimezone(self.zone)
        if at.date() == self.today:
            return str(clock(at))
        return f"{date_words(at.date(), today=self.today)}, {clock(at)}"


def _line(one: PatientToCall, by: Actor, at: _Clock) -> LineToCall:
    call = one.under_way(at.now)
    is_mine = call is not None and call.by == text_of(by)
    return LineToCall(
        patient=one.patient,
        unsaid=tuple(part for told in one.calls for part in _unsaid(told, one.patient, at.today)),
        seen=f"seen={one.stamp}",
        calling="" if call is None else _calling(call, at, is_mine=is_mine),
        is_mine=is_mine,
        tried=tuple(_tried(each, at) for each in one.ended),
        again=_again(one, at),
        look=() if one.patient.phone else tuple(_look(one)),
    )


def _calling(call: PhoneCall, at: _Clock, *, is_mine: bool) -> str:
    since = at.words(call.began_at)
    if is_mine:
        return gettext("You are calling, since {time}.").format(time=since)
    return gettext("{name} is calling, since {time}.").format(name=isolated(call.by_name), time=since)


def _tried(call: PhoneCall, at: _Clock) -> str:
    outcome, name = label_of(PhoneOutcome(call.outcome)), isolated(call.by_name)
    return gettext("{outcome}: {name}, {time}.").format(
        outcome=outcome, name=name, time=at.words(call.ended_at or call.began_at)
    )


def _again(one: PatientToCall, at: _Clock) -> str:
    if one.again_at is None:
        return ""
    return gettext("Try again at {time}.").format(time=at.words(one.again_at))


def _look(one: PatientToCall) -> Iterator[str]:
    for known in one.known_as:
        yield gettext("{system} knows them as {id}: look there.").format(
            system=isolated(known.system), id=isolated(known.value)
        )
    if one.patient.desk_note:
        yield gettext("There is a note on their page.")
    yield gettext("Ask whoever comes with them, or write to them by post.")


def _unsaid(one: Call, patient: Patient, today: date) -> Iterator[Unsaid]:
    message = one.message
    by_what: dict[str, list[SessionShown]] = {}
    for session in one.sessions:
        session.patient = patient
        news = _CANCELLED if session.is_off else _MOVED
        what = str(_WHAT.get(MessageKind(message.kind), news))
        by_what.setdefault(what, []).append(session_shown(session, today=today))
    plan_uuid = message.plan.uuid if message.plan else None
    return (Unsaid(what, tuple(shown), reason_words(message), plan_uuid) for what, shown in by_what.items())
