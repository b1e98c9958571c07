"""Addresses that mail does not reach: found, corrected, or confirmed as right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from clinic.audit_trail.write import AuditAction
from clinic.changelog.log import one_act
from clinic.errors import Malformed, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import MailProblem, Patient
from clinic.people.facts import checked_email
from clinic.people.patients import erasure_problems, lock_patient
from clinic.sentences import sentence as _
from scheduling.messages.mail_server.replies import ReplyAbout, reply_about
from scheduling.models import Message
from scheduling.people.facts import write_facts

MOST_DOUBTED = 500
# As replies are kept: the code, and what the server said.
_REPLY = re.compile(r"(\d{3})[ -](.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DoubtedAddress:
    """A patient whose address is marked. `is_in_doubt`: the server's reply does speak of the address.

    A mark of an earlier release may rest on a reply about a full mailbox, or about the clinic's own mail.
    """

    patient: Patient
    is_in_doubt: bool


def doubted_addresses(*, by: Actor) -> list[DoubtedAddress]:
    """Marked addresses, those marked wrongly first; at most `MOST_DOUBTED`. One query."""
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    ordered = _marked(Patient.objects.seen_by(by)).order_by("family_name", "given_name", "pk")[:MOST_DOUBTED]
    found = [DoubtedAddress(patient, _is_in_doubt(patient)) for patient in ordered]
    return sorted(found, key=lambda one: one.is_in_doubt)


def count_marked(*, by: Actor) -> int:
    """How many patients that the actor may see have a marked address. One query."""
    return _marked(Patient.objects.seen_by(by)).count()


def correct_address(*, patient: Patient, email: str, by: Actor, now: datetime) -> list[Message]:
    """Write down where mail reaches the patient; the address that stands is confirmed by that.

    Nothing is marked any more, and what it kept from the patient and would still help goes out. Returns those
    messages. The same twice is once. Raises NotAllowed, Unknown, Refused (`patient_erased`) and Malformed
    (`malformed_email`, `email_missing`). Locks: patient, messages, change counter.
    """
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    refuse_foreign(by=by, unknown_patient=patient)
    email = checked_email(email)
    if not email:
        raise Malformed("email_missing", _("Enter the address that mail is to go to."))
    with one_act():
        locked = lock_patient(patient_id=patient.pk)
        refuse_if_any(erasure_problems(patient=locked))
        return _corrected(locked, email, by, now)


def confirm_addresses(*, patients: Sequence[Patient], by: Actor, now: datetime) -> int:
    """The addresses that these patients have are right; returns how many were marked.

    Whoever is not marked by now, or was erased meanwhile, is passed over. Raises NotAllowed and Unknown.
    Locks: patients, messages, change counter.
    """
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    for patient in patients:
        refuse_foreign(by=by, unknown_patient=patient)
    with one_act():
        rows = Patient.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in patients])
        marked = list(_marked(rows).order_by("pk"))
        for patient in marked:
            _corrected(patient, patient.email, by, now)
    return len(marked)


def _marked(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    return patients.filter(erased_at__isnull=True).exclude(mail_problem="")


def _corrected(patient: Patient, email: str, by: Actor, now: datetime) -> list[Message]:
    facts = {"email": email, "mail_problem": "", "mail_server_said": ""}
    return write_facts(patient=patient, facts=facts, deed=AuditAction.CORRECTED_ADDRESS, by=by, now=now)


def _is_in_doubt(patient: Patient) -> bool:
    reply = _REPLY.fullmatch(patient.mail_server_said)
    if patient.mail_problem != MailProblem.COMES_BACK or reply is None:
        return True
    return reply_about(int(reply[1]), reply[2]) is ReplyAbout.ADDRESS
