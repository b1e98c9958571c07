"""The call list: sessions of earlier days that nobody has said anything of, and patients no mail reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.trail import saw
from scheduling.attendance.unresolved import unanswered
from scheduling.desk.shared.mails_shown import problem_words
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.messages.call_list import Unsaid, mark_told, unreached
from scheduling.models import Message, MessageKind

# What the times are that stand behind it.
_WHAT = {
    MessageKind.REMINDER: "Reminder",
    MessageKind.MOVED: "Moved to",
    MessageKind.CANCELLED: "Cancelled",
    MessageKind.OFFER: "An earlier time on offer instead of",
}


@dataclass(frozen=True, slots=True)
class Unreached:
    """A patient whom no mail reaches, and what they do not know: of each session how it stands."""

    uuid: UUID
    patient: Patient
    plan_uuid: UUID | None
    what: str
    sessions: tuple[SessionShown, ...]
    why: str


@require_safe
@desk_page(Act.SEE_CALENDAR)
def calls(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    sessions = [session_shown(row, today=today) for row in unanswered(by=actor, now=at).call_list]
    reached = [_unreached(one, today) for one in _once_each(unreached(by=actor, now=at))]
    patients = [*(session.patient for session in sessions), *(one.patient for one in reached)]
    saw(AuditAction.SAW_SESSIONS, [patient.uuid for patient in patients], by=actor)
    return render(request, "scheduling/day/call_list.html", {"sessions": sessions, "unreached": reached})


@require_POST
@desk_page(Act.TELL)
def told(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """The patient knows now."""
    message = find(Message.objects.seen_by(actor).select_related("patient", "plan", "session"), uuid=uuid)
    mark_told(message=message, by=actor, now=database_now())
    messages.info(request, f"{message.patient} knows.")
    return _way_back(request, message)


def _once_each(unsaid: Sequence[Unsaid]) -> list[Unsaid]:
    """Of a session's reminders the last: whoever is called about one needs no call about the other."""
    first: dict[tuple[int, int | None, str], Unsaid] = {}
    for one in unsaid:
        first.setdefault((one.message.patient_id, one.message.session_id, one.message.kind), one)
    return list(first.values())


def _unreached(one: Unsaid, today: date) -> Unreached:
    message = one.message
    for session in one.sessions:
        session.patient = message.patient
    return Unreached(
        uuid=message.uuid,
        patient=message.patient,
        plan_uuid=message.plan.uuid if message.plan else None,
        what=_WHAT[MessageKind(message.kind)],
        sessions=tuple(session_shown(session, today=today) for session in one.sessions),
        why=problem_words(message),
    )


def _way_back(request: HttpRequest, message: Message) -> HttpResponse:
    match request.GET.get("from"):
        case "plan" if message.plan is not None:
            return redirect("plan", message.plan.uuid)
        case "visit" if message.session is not None:
            return redirect("session", message.session.uuid)
        case _:
            return redirect("calls")
