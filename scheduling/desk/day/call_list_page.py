"""The call list: sessions of earlier days that nobody has said anything of, and patients no mail reaches."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import today_at_home, zone_at_home
from clinic.plain_text import isolated
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.trail import saw
from scheduling.attendance.desk_act import may_say_of
from scheduling.attendance.unresolved import unanswered
from scheduling.calling.addresses import count_marked
from scheduling.calling.phone import tell
from scheduling.desk.day.calls_shown import lines_to_call
from scheduling.desk.shared.late_mail import mail_trouble
from scheduling.desk.shared.sessions_shown import session_shown
from scheduling.models import Message


@require_safe
@desk_page(Act.SEE_CALENDAR)
def calls(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    sessions = [session_shown(row, today=today) for row in unanswered(by=actor, now=at).call_list]
    days = dict.fromkeys(one.on for one in sessions if may_say_of(one.on, today=today, by=actor))
    unreached = lines_to_call(by=actor, today=today, now=at)
    patients = [*(session.patient for session in sessions), *(one.patient for one in unreached)]
    saw(AuditAction.SAW_SESSIONS, [patient.uuid for patient in patients], by=actor)
    trouble = mail_trouble(zone=zone_at_home(clinic_id=actor.clinic_id))
    shown = {
        "sessions": sessions,
        "days": days,
        "unreached": unreached,
        "mail_trouble": trouble,
        "marked": count_marked(by=actor),
    }
    return render(request, "scheduling/day/call_list.html", shown)


@require_POST
@desk_page(Act.TELL)
def told(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """The patient knows now."""
    message = find(Message.objects.seen_by(actor).select_related("patient", "plan", "session"), uuid=uuid)
    tell(message=message, by=actor, now=database_now())
    messages.info(request, gettext("{patient} knows.").format(patient=isolated(message.patient)))
    return _way_back(request, message)


def _way_back(request: HttpRequest, message: Message) -> HttpResponse:
    """To the page of the course, or of the session that is named, from which it was said."""
    came_from = request.GET.get("from", "")
    if came_from == "plan" and message.plan is not None:
        return redirect("plan", message.plan.uuid)
    try:
        return redirect("session", UUID(came_from))
    except ValueError:
        return redirect("calls")
