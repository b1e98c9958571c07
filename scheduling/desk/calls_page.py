"""The call list: visits of earlier days that nobody has said anything of, and patients no mail reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.actors import Actor
from clinic.audit import Deed
from clinic.models import Patient
from clinic.permissions import Act
from clinic.sites import today_at_home
from clinic.web.clock import now
from clinic.web.desk_access import desk_page
from clinic.web.trail import saw
from scheduling.desk.visits_shown import visit_shown
from scheduling.models import Message, MessageKind
from scheduling.questions import unanswered, unreached


@dataclass(frozen=True, slots=True)
class Unreached:
    """A patient whom no mail reaches, and what they do not know."""

    patient: Patient
    plan_uuid: UUID | None
    what: str
    about: str
    why: str


@require_safe
@desk_page(Act.SEE_CALENDAR)
def calls(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    visits = [visit_shown(row, today=today) for row in unanswered(by=actor, now=at).call_list]
    reached = _once_each(unreached(by=actor, now=at))
    patients = [*(visit.patient for visit in visits), *(one.patient for one in reached)]
    saw(Deed.SAW_SESSIONS, [patient.uuid for patient in patients], by=actor)
    return render(request, "scheduling/calls.html", {"visits": visits, "unreached": reached})


def _once_each(messages: Sequence[Message]) -> list[Unreached]:
    """One line a patient and visit, however many mails about it failed."""
    first = {(row.patient_id, row.session_id): row for row in reversed(messages)}
    return [_unreached(row) for row in reversed(first.values())]


def _unreached(message: Message) -> Unreached:
    session = message.session
    starts = session.starts_local(session.site.tz) if session and session.site else None
    return Unreached(
        patient=message.patient,
        plan_uuid=message.plan.uuid if message.plan else None,
        what=MessageKind(message.kind).label,
        about=f"{starts:%a} {starts.day} {starts:%b}, {starts:%H:%M}" if starts else "",
        why=message.last_problem,
    )
