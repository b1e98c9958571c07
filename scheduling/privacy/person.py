"""The patient's own facts in their file, and what was changed, without what whoever asked may not see."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from clinic.audit_trail.write import patient_values
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.models import AuditDetail, Patient
from clinic.people.intake import facts_seen


def left_out(*, patient: Patient, by: Actor) -> Iterator[str]:
    """The parts of the file that whoever asked may not see."""
    if not may(by=by, act=Act.SEE_CONCERNS):
        yield "questions"
    if facts_seen(facts=patient.intake_facts, by=by) != patient.intake_facts:
        yield "intake_facts"


def person(*, patient: Patient, by: Actor) -> dict[str, Any]:
    return {
        "id": str(patient.uuid),
        **patient_values(patient),
        "born_on": _on(patient.born_on),
        "zone": patient.zone,
        "mail_problem": patient.mail_problem,
        "mail_server_said": patient.mail_server_said,
        "desk_note": patient.desk_note,
        "consent_on": _on(patient.consent_on),
        "intake_facts": facts_seen(facts=patient.intake_facts, by=by),
        "registered_at": patient.created_at.isoformat(),
    }


def changes(*, patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """What was written before and after each act, as far as the trail still keeps it."""
    rows = AuditDetail.objects.of_clinic(by.clinic_id).filter(patient_uuid=patient.uuid)
    return [{"at": row.written_at.isoformat(), **_values_seen(row, by)} for row in rows.order_by("pk")]


def _values_seen(row: AuditDetail, by: Actor) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(row.values)
    for side in values.values():
        if "intake_facts" in side:
            side["intake_facts"] = facts_seen(facts=side["intake_facts"], by=by)
    return values


def _on(day: date | None) -> str | None:
    return day.isoformat() if day else None
