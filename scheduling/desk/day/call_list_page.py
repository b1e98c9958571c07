"""The call list: sessions of earlier days that nobody has said anything of, and patients no mail reaches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.places.sites import today_at_home, zone_at_home
from clinic.plain_text import isolated
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.trail import saw
from scheduling.attendance.unresolved import unanswered
from scheduling.desk.shared.late_mail import mail_unseen_since
from scheduling.desk.shared.mails_shown import reason_words
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.messages.call_list import Call, call_list, mark_told
from scheduling.models import Message, MessageKind

# What the times are that stand behind it.
_WHAT = {
    MessageKind.REMINDER: _("Reminder"),
    MessageKind.OFFER: _("An earlier time on offer instead of"),
}
_MOVED, _CANCELLED = _("Moved to"), _("Cancelled")


@dataclass(frozen=True, slots=True)
class Unsaid:
    """“Moved to”, and the sessions as they stand."""

    what: str
    sessions: tuple[SessionShown, ...]


@dataclass(frozen=True, slots=True)
class Unreached:
    """A patient whom no mail reaches, and what they do not know."""

    uuid: UUID
    patient: Patient
    plan_uuid: UUID | None
    unsaid: tuple[Unsaid, ...]
    why: str


@require_safe
@desk_page(Act.SEE_CALENDAR)
def calls(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    sessions = [session_shown(row, today=today) for row in unanswered(by=actor, now=at).call_list]
    reached = [_unreached(one, today) for one in _once_each(call_list(by=actor, now=at))]
    patients = [*(session.patient for session in sessions), *(one.patient for one in reached)]
    saw(AuditAction.SAW_SESSIONS, [patient.uuid for patient in patients], by=actor)
    unseen = mail_unseen_since(zone=zone_at_home(clinic_id=actor.clinic_id))
    shown = {"sessions": sessions, "unreached": reached, "mail_unseen_since": unseen}
    return render(request, "scheduling/day/call_list.html", shown)


@require_POST
@desk_page(Act.TELL)
def told(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """The patient knows now."""
    message = find(Message.objects.seen_by(actor).select_related("patient", "plan", "session"), uuid=uuid)
    mark_told(message=message, by=actor, now=database_now())
    messages.info(request, gettext("{patient} knows.").format(patient=isolated(message.patient)))
    return _way_back(request, message)


def _once_each(calls: Sequence[Call]) -> list[Call]:
    """Of a session's reminders the last: whoever is called about one needs no call about the other."""
    first: dict[tuple[int, int | None, str], Call] = {}
    for one in calls:
        first.setdefault((one.message.patient_id, one.message.session_id, one.message.kind), one)
    return list(first.values())


def _unreached(one: Call, today: date) -> Unreached:
    message = one.message
    for session in one.sessions:
        session.patient = message.patient
    return Unreached(
        uuid=message.uuid,
        patient=message.patient,
        plan_uuid=message.plan.uuid if message.plan else None,
        unsaid=tuple(_unsaid(one, today)),
        why=reason_words(message),
    )


def _unsaid(one: Call, today: date) -> Iterator[Unsaid]:
    by_what: dict[str, list[SessionShown]] = {}
    for session in one.sessions:
        news = _CANCELLED if session.is_off else _MOVED
        what = str(_WHAT.get(MessageKind(one.message.kind), news))
        by_what.setdefault(what, []).append(session_shown(session, today=today))
    return (Unsaid(what, tuple(sessions)) for what, sessions in by_what.items())


def _way_back(request: HttpRequest, message: Message) -> HttpResponse:
    """To the page of the course, or of the session that is named, from which it was said."""
    came_from = request.GET.get("from", "")
    if came_from == "plan" and message.plan is not None:
        return redirect("plan", message.plan.uuid)
    try:
        return redirect("session", UUID(came_from))
    except ValueError:
        return redirect("calls")
