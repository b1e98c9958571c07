"""Entering a prescription: what can be prescribed, each as a card with what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient, Skill
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.trail import saw
from clinic.wording import told
from scheduling.courses.prescribe import prescribe_course
from scheduling.desk.search.prescription_form import PrescriptionFields, protocols_on_offer, sessions_words
from scheduling.desk.search.rest_shown import default_rest
from scheduling.desk.shared.choices import on_offer
from scheduling.rest.running import running_courses
from scheduling.search.nobody_has import skills_nobody_has
from treatments.cadence import TREATMENT
from treatments.models import Protocol, Step

# Under which field a refusal is said.
FIELDS = {
    "no_sessions": "session_count",
    "too_many_sessions": "session_count",
    "sessions_out_of_range": "session_count",
    "harvest_site_not_asked": "harvest_site",
    "indication_too_long": "indication",
    "region_malformed": "region",
    "wishes_contradict": "before",
    "protocol_outdated": "protocol",
}


@dataclass(frozen=True, slots=True)
class ProtocolCard:
    """One radio button with its words; `defaults` are ours and not the clinic's own page's."""

    uuid: str
    name: str
    description: str
    sessions: str
    rhythm: str
    min_sessions: int
    max_sessions: int
    asks_harvest_site: bool
    defaults: tuple[str, ...]
    is_chosen: bool
    # What it asks for and nobody can serve for yet.
    missing: tuple[Skill, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.PRESCRIBE)
def prescribe(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    form = _form(request, actor)
    if request.method != "POST" and patient.is_erased:
        return redirect("patient", patient.uuid)
    sent = send(
        request,
        form,
        lambda: prescribe_course(prescription=form.prescription(patient=patient), by=form.actor, now=now()),
        fields=FIELDS,
    )
    if sent.done is None:
        protocols = list(form.protocols.values())
        missing = skills_nobody_has(protocols=protocols, by=actor, now=now())
        running = [told(problem.sentence) for problem in running_courses(patient=patient)]
        rest = default_rest(clinic_id=actor.clinic_id)
        shown = {
            "patient": patient,
            "form": form,
            "cards": protocol_cards(form, missing=missing),
            "missing": {skill for skills in missing.values() for skill in skills},
            "running": running,
            "rest": rest,
        }
        return render(request, "scheduling/search/prescribe.html", shown, status=sent.status)
    messages.info(
        request,
        gettext("The prescription is entered. Choose its calendar now, or later from the patient’s page."),
    )
    return redirect("calendars", sent.done.uuid)


def _form(request: HttpRequest, actor: Actor) -> PrescriptionFields:
    me = desk_of(request).practitioner
    return PrescriptionFields(
        request.POST if request.method == "POST" else None,
        offer=on_offer(by=actor),
        protocols=protocols_on_offer(by=actor),
        by=actor,
        initial={"prescribed_by": str(me.uuid) if me else ""},
    )


def protocol_cards(form: PrescriptionFields, *, missing: Mapping[int, Sequence[Skill]]) -> list[ProtocolCard]:
    """No queries: the form's protocols come with their steps. `missing` is by their keys."""
    chosen = str(form["protocol"].value() or "")
    return [_card(one, chosen, tuple(missing.get(one.pk, ()))) for one in form.protocols.values()]


def _card(protocol: Protocol, chosen: str, missing: tuple[Skill, ...]) -> ProtocolCard:
    return ProtocolCard(
        uuid=str(protocol.uuid),
        name=protocol.name,
        description=protocol.description,
        sessions=sessions_words(protocol),
        rhythm=_rhythm(protocol),
        min_sessions=protocol.min_sessions,
        max_sessions=protocol.max_sessions,
        asks_harvest_site=protocol.asks_harvest_site,
        defaults=tuple(protocol.defaults),
        is_chosen=str(protocol.uuid) == chosen,
        missing=missing,
    )


def _rhythm(protocol: Protocol) -> str:
    """“every 2 weeks”, where all steps after the first say the same."""
    steps = sorted(protocol.steps.all(), key=lambda step: step.position)
    later = [step for step in steps if step.kind == TREATMENT][1:]
    spans = {_every(step) for step in later}
    return spans.pop() if len(spans) == 1 else ""


def _every(step: Step) -> str:
    months, days = step.interval_months, step.interval_days
    if months and days:
        words = ngettext("every month and {days} days", "every {count} months and {days} days", months)
        return words.format(count=months, days=days)
    if months:
        return ngettext("every month", "every {count} months", months).format(count=months)
    if days % 7 == 0:
        return ngettext("every week", "every {count} weeks", days // 7).format(count=days // 7)
    return ngettext("every day", "every {count} days", days).format(count=days)
