"""Facts of a patient as they are written: what reaches the patient from now on, and still helps, goes out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Actor
from clinic.models import MessageConsent, Patient
from clinic.people.patients import write_patient
from scheduling.messages import outbox
from scheduling.messages.send_checks import out_of_reach_by_mail
from scheduling.models import Message

_OF_THE_ADDRESS = frozenset({"email", "mail_problem"})
# For the operator alone: it may hold whatever the server liked to say.
_NOT_IN_TRAIL = frozenset({"mail_server_said"})


def write_facts(
    *, patient: Patient, facts: Mapping[str, Any], deed: AuditAction, by: Actor, now: datetime
) -> list[Message]:
    """Write those of the facts, by column, that differ of a patient who is locked; the trail says which.

    Another address is not marked. Returns the messages that were kept from the patient and go out now. Inside
    an act. Locks: messages.
    """
    changed = {name: value for name, value in facts.items() if getattr(patient, name) != value}
    if "email" in changed:
        changed |= {name: "" for name in ("mail_problem", "mail_server_said") if getattr(patient, name)}
    if not changed:
        return []
    before = {name: getattr(patient, name) for name in changed}
    for name, value in changed.items():
        setattr(patient, name, value)
    write_patient(patient=patient, columns=changed, now=now)
    revived = outbox.revive(patient=patient, now=now) if _reaches_again(patient, changed) else []
    record = AuditRecord(deed, patient, [patient.uuid], *_told(before, changed))
    record_audit(record, by=by, now=now)
    return [] if out_of_reach_by_mail(patient) else revived


def _reaches_again(patient: Patient, changed: Mapping[str, Any]) -> bool:
    """Whether mail that was kept back is to be looked at again; who wants none is told as before."""
    wants_it_now = "message_consent" in changed and patient.message_consent != MessageConsent.NO
    return bool(patient.email) and (wants_it_now or not _OF_THE_ADDRESS.isdisjoint(changed))


def _told(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the trail keeps; of the intake facts those that changed."""
    told = [{name: side[name] for name in side if name not in _NOT_IN_TRAIL} for side in (before, after)]
    if "intake_facts" in after:
        was, now = before["intake_facts"], after["intake_facts"]
        differ = {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
        for side, facts in zip(told, (was, now), strict=True):
            side["intake_facts"] = {key: facts[key] for key in differ & facts.keys()}
    return told[0], told[1]
