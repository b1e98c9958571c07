"""Everything the clinic keeps of one patient, to be handed to them: JSON, and a calendar of sessions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from clinic.audit_trail.read import TrailAsked, entries_asked
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may, refuse_unless_may
from clinic.lookup import find
from clinic.models import Care, ExternalId, Patient
from clinic.people.patients import erasure_problems
from scheduling.models import Feed, Heard, Hold, Message, PhoneCall, Session, Wait
from scheduling.privacy.patient_calendar import calendar_of
from scheduling.privacy.person import changes, left_out, person
from scheduling.words.export import words_kept
from treatments.models import Concern, Plan


@dataclass(frozen=True, slots=True)
class PatientExport:
    """`document` is plain JSON; `calendar` is iCalendar text of every session that was given a time.

    What the one who asked may not see is named under `left_out`.
    """

    document: dict[str, Any]
    calendar: str


def export_patient(*, patient: Patient, by: Actor, now: datetime) -> PatientExport:
    """Collect what is kept of the patient, and note that it was. As many queries whatever the history.

    Raises NotAllowed, Unknown (`unknown_patient`) and Refused (`patient_erased`).
    """
    refuse_unless_may(by=by, act=Act.EXPORT_PATIENT)
    patient = find(Patient.objects.seen_by(by).select_related("clinic"), uuid=patient.uuid)
    refuse_if_any(erasure_problems(patient=patient))
    sessions, sees_concerns = _sessions(patient, by), may(by=by, act=Act.SEE_CONCERNS)
    with transaction.atomic():
        document = {
            "made_at": _at(now),
            "clinic": patient.clinic.name,
            "person": person(patient=patient, by=by),
            "in_the_care_of": _care(patient, by),
            "courses": _courses(patient, by),
            "holds": _holds(patient, by),
            "visits": [_session(session) for session in sessions],
            "questions": _questions(patient, by) if sees_concerns else [],
            "waits": _waits(patient, by),
            "known_elsewhere_as": _known_elsewhere(patient, by),
            "messages": _messages(patient, by),
            "phone_calls": _phone_calls(patient, by),
            "words": words_kept(patient=patient, by=by),
            "heard": _heard(patient, by),
            "calendars": _calendars(patient, by),
            "changes": changes(patient=patient, by=by),
            "trail": _trail(patient, by, now),
            "left_out": list(left_out(patient=patient, by=by)),
        }
        record_audit(AuditRecord(AuditAction.EXPORTED_PATIENT, patient, [patient.uuid]), by=by, now=now)
    return PatientExport(document, calendar_of(patient=patient, sessions=sessions))


def _care(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    rows = Care.objects.of_clinic(by.clinic_id).filter(patient=patient).select_related("practitioner")
    return [
        {"practitioner": care.practitioner.name, "since": _at(care.since_at)} for care in rows.order_by("pk")
    ]


def _courses(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    rows = Plan.objects.seen_by(by).filter(patient=patient).select_related("protocol", "prescribed_by")
    return [
        {
            "id": str(plan.uuid),
            "protocol": plan.protocol.name,
            "sessions": plan.session_count,
            "state": plan.state,
            "prescribed_on": _on(plan.prescribed_on),
            "prescribed_by": plan.prescribed_by and plan.prescribed_by.name,
            "indication": plan.indication,
            "region": plan.region,
            "harvest_site": plan.harvest_site,
            "wishes": plan.wishes,
            "rules_set_aside": plan.waived,
        }
        for plan in rows.order_by("pk")
    ]


def _holds(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """Calendars that were kept for the patient, and why; `ended_at` is null while one still is."""
    rows = Hold.objects.seen_by(by).filter(plan__patient=patient).select_related("plan")
    return [
        {
            "course": hold.plan and str(hold.plan.uuid),
            "reason": hold.reason,
            "held_at": _at(hold.created_at),
            "until": _at(hold.expires_at),
            "ended_at": _at(hold.released_at),
        }
        for hold in rows.order_by("pk")
    ]


def _sessions(patient: Patient, by: Actor) -> list[Session]:
    rows = Session.objects.seen_by(by).filter(patient=patient)
    return list(rows.select_related("plan", "site", "session_type").order_by("starts_at", "pk"))


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": str(session.uuid),
        "course": session.plan and str(session.plan.uuid),
        "what": session.session_type.name,
        "kind": session.kind,
        "number": session.number,
        "attempt": session.attempt,
        "status": session.status,
        "outcome": session.outcome,
        "outcome_reason": session.outcome_reason,
        "recorded": session.record,
        "is_done_elsewhere": session.is_done_elsewhere,
        "done_at": session.done_at,
        "cancelled_by": session.cancelled_by,
        "cancel_reason": session.cancel_reason,
        "site": session.site and session.site.name,
        "window": [_on(session.earliest_on), _on(session.target_on), _on(session.latest_on)],
        "starts_at": _at(session.starts_at, session),
        "ends_at": _at(session.ends_at, session),
        "arrived_at": _at(session.arrived_at, session),
        "started_at": _at(session.started_at, session),
        "finished_at": _at(session.finished_at, session),
        "people_and_places": session.cast,
        "desk_note": session.desk_note,
        "rules_set_aside": session.waived,
    }


def _questions(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """What a practitioner had to look at before a course went on."""
    rows = Concern.objects.of_clinic(by.clinic_id).filter(plan__patient=patient).select_related("plan")
    return [
        {
            "course": str(concern.plan.uuid),
            "topic": concern.topic,
            "answer": concern.answer,
            "asked_at": _at(concern.raised_at),
            "finding": concern.finding,
            "cleared_at": _at(concern.cleared_at),
        }
        for concern in rows.order_by("pk")
    ]


def _waits(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """What the patient waited for, and the times that were offered."""
    rows = Wait.objects.of_clinic(by.clinic_id).filter(patient=patient)
    waits = rows.select_related("session").prefetch_related("offers")
    return [
        {
            "visit": str(wait.session.uuid),
            "note": wait.note,
            "state": wait.state,
            "since": _at(wait.created_at),
            "offered": [
                {"starts_at": _at(offer.starts_at), "state": offer.state} for offer in wait.offers.all()
            ],
        }
        for wait in waits.order_by("pk")
    ]


def _known_elsewhere(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """What other systems call them, their courses and their sessions."""
    plans, sessions = Plan.objects.filter(patient=patient), Session.objects.filter(patient=patient)
    own = Q(named=patient.uuid) | Q(named__in=plans.values("uuid")) | Q(named__in=sessions.values("uuid"))
    rows = ExternalId.objects.of_clinic(by.clinic_id).filter(own)
    return [{"system": row.system, "id": row.value, "kind": row.kind} for row in rows.order_by("pk")]


def _messages(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """That mails went out, and the sessions and old times they told of; their words are not kept."""
    rows = Message.objects.seen_by(by).filter(patient=patient).select_related("session")
    return [
        {
            "kind": message.kind,
            "about": message.session and str(message.session.uuid),
            "tells": message.about,
            "due_at": _at(message.due_at),
            "sent_at": _at(message.sent_at),
            "state": message.state,
            "reason": message.reason,
            "server_said": message.server_said,
        }
        for message in rows.order_by("due_at", "pk")
    ]


def _phone_calls(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """That somebody tried to reach them; who it was is in nobody's export."""
    rows = PhoneCall.objects.seen_by(by).filter(patient=patient).order_by("began_at", "pk")
    return [
        {"at": _at(call.began_at), "outcome": call.outcome, "again_at": _at(call.again_at)} for call in rows
    ]


def _heard(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """What the patient is taken to believe of each visit; `written` is what a mail said of it last."""
    rows = Heard.objects.seen_by(by).filter(session__patient=patient).select_related("session__site", "site")
    return [
        {
            "visit": str(heard.session.uuid),
            "site": heard.site.name,
            "starts_at": _at(heard.starts_at, heard.session),
            "ends_at": _at(heard.ends_at, heard.session),
            "with": heard.lead,
            "is_off": heard.is_off,
            "at": _at(heard.at),
            "written": heard.by_message and {k: v for k, v in heard.by_message.items() if k != "site"},
        }
        for heard in rows.order_by("starts_at", "pk")
    ]


def _calendars(patient: Patient, by: Actor) -> list[dict[str, Any]]:
    rows = Feed.objects.seen_by(by).filter(diary=patient.diary_id)
    return [
        {
            "label": feed.label,
            "detail": feed.detail,
            "opened_at": _at(feed.created_at),
            "revoked_at": _at(feed.revoked_at),
            "last_used_at": _at(feed.last_used_at),
            "last_program": feed.last_program,
        }
        for feed in rows.order_by("pk")
    ]


def _trail(patient: Patient, by: Actor, now: datetime) -> list[dict[str, Any]]:
    """Who looked and acted, by role: a member of staff is not named, nor are others who were on the page."""
    asked = TrailAsked(first=patient.created_at, end=now, patient=patient.uuid)
    return [
        {
            "at": _at(entry.at),
            "what": entry.act,
            "by": entry.role or entry.actor_kind,
            "way": entry.way,
            "fields": entry.fields,
        }
        for entry in entries_asked(asked=asked, by=by)
    ]


def _at(instant: datetime | None, session: Session | None = None) -> str | None:
    """RFC 3339; of a session on its site's wall clock."""
    if instant is None:
        return None
    if session is not None and session.site is not None:
        instant = instant.astimezone(session.site.tz)
    return instant.isoformat()


def _on(day: date | None) -> str | None:
    return day.isoformat() if day else None
