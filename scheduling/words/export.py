"""What was set aside about a patient on somebody's word, to be handed to them."""

from typing import Any

from clinic.identity.actors import Actor
from clinic.models import Patient
from scheduling.models import SpokenWaiver


def words_kept(*, patient: Patient, by: Actor) -> list[dict[str, Any]]:
    """Plain JSON, the oldest first; who said and entered it is not named. One query."""
    rows = SpokenWaiver.objects.of_clinic(by.clinic_id).filter(patient=patient).select_related("plan")
    return [
        {
            "at": word.said_at.isoformat(),
            "course": word.plan and str(word.plan.uuid),
            "visit": word.session and str(word.session),
            "rules": word.codes,
            "reason": word.reason,
            "answer": word.answer,
            "answered_at": word.answered_at and word.answered_at.isoformat(),
        }
        for word in rows.order_by("pk")
    ]
