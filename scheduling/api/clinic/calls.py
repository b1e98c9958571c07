"""Calls by phone over REST: who is to be called, who is calling, and what came of it."""

from typing import Annotated, TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Instant, Shape, Text
from clinic.web.rest.json_types import Instant as InstantText
from clinic.web.rest.json_types import Listed, Uuid, Words
from clinic.web.trail import saw
from scheduling.api.clinic.messages import CallJson, MessageJson, call_json, message_json
from scheduling.calling.patients_to_call import PatientToCall, patients_to_call
from scheduling.calling.phone import Tried, begin_call, end_call, reach
from scheduling.models import UNREACHED, PhoneCall, PhoneOutcome


class TriedShape(Shape):
    """What came of a call that did not reach them, and when to try again."""

    outcome = serializers.ChoiceField(choices=[(one.value, one.value) for one in UNREACHED])
    again_at = Instant(required=False)


class ReachedShape(Shape):
    """`seen` is the `stamp` of the line that was read to the patient."""

    seen = Text(required=False, allow_blank=True, max_length=36)


class PhoneCallJson(TypedDict):
    """One try: by whom, and what came of it."""

    by: str
    began_at: InstantText
    outcome: Annotated[str, Words.of(PhoneOutcome)]
    again_at: InstantText | None


class PatientToCallJson(TypedDict):
    """A patient to be called: what to tell, who is calling now, and who has tried in vain so far."""

    patient: Uuid
    phone: str
    stamp: Uuid
    messages: list[CallJson]
    calling: PhoneCallJson | None
    tries: list[PhoneCallJson]
    again_at: InstantText | None


class ReachedJson(TypedDict):
    """What was told."""

    messages: list[MessageJson]


@speaks("list_patients_to_call", Act.SEE_CALENDAR, answers={200: Listed[PatientToCallJson]})
def list_patients(call: Call) -> Answer[Listed[PatientToCallJson]]:
    """List whom to call, one line a patient.

    The most urgent first, and after them who is to be tried again later.
    """
    at = now()
    found = patients_to_call(by=call.by, now=at)
    saw(AuditAction.SAW_SESSIONS, [one.patient.uuid for one in found], by=call.by)
    told: list[PatientToCallJson] = []
    for one in found:
        calling = one.under_way(at)
        told.append(
            {
                "patient": str(one.patient.uuid),
                "phone": one.patient.phone,
                "stamp": one.stamp,
                "messages": [call_json(each) for each in one.calls],
                "calling": phone_call_json(calling) if calling else None,
                "tries": [phone_call_json(each) for each in one.ended],
                "again_at": _again_at(one),
            }
        )
    return Answer({"results": told})


@speaks(
    "begin_phone_call",
    Act.TELL,
    does=Does.MAKES,
    answers={201: PhoneCallJson},
    refuses=("being_called", "nothing_to_say"),
)
def begin(call: Call, patient_id: UUID) -> Answer[PhoneCallJson]:
    """Say that somebody is calling the patient.

    For a quarter of an hour, or until it is said what came of it, the others see who.
    """
    begun = begin_call(patient=_patient(call, patient_id), by=call.by, now=database_now())
    return Answer(phone_call_json(begun), status=201)


@speaks(
    "end_phone_call",
    Act.TELL,
    does=Does.MAKES,
    body=TriedShape,
    answers={201: PhoneCallJson},
    refuses=("call_again_out_of_range", "nothing_to_say"),
)
def tried(call: Call, patient_id: UUID) -> Answer[PhoneCallJson]:
    """Note that the patient was not reached.

    They stay on the call list.
    """
    tried = Tried(PhoneOutcome(call.said["outcome"]), call.said.get("again_at"))
    ended = end_call(patient=_patient(call, patient_id), tried=tried, by=call.by, now=database_now())
    return Answer(phone_call_json(ended), status=201)


@speaks(
    "reach_patient",
    Act.TELL,
    does=Does.MAKES,
    body=ReachedShape,
    answers={200: ReachedJson},
    refuses=("line_changed", "nothing_to_say", "offer_over"),
)
def reached(call: Call, patient_id: UUID) -> Answer[ReachedJson]:
    """Note that the patient was told everything.

    They are taken to know how all sessions stand that they are on the call list for. Of an offer among it
    they have from then on as long to answer as by mail.
    """
    patient, seen = _patient(call, patient_id), call.said.get("seen", "")
    messages = reach(patient=patient, seen=seen, by=call.by, now=database_now())
    return Answer({"messages": [message_json(one) for one in messages]})


def phone_call_json(call: PhoneCall) -> PhoneCallJson:
    return {
        "by": call.by_name,
        "began_at": call.began_at.isoformat(),
        "outcome": call.outcome,
        "again_at": call.again_at.isoformat() if call.again_at else None,
    }


def _again_at(one: PatientToCall) -> str | None:
    return one.again_at.isoformat() if one.again_at else None


def _patient(call: Call, uuid: UUID) -> Patient:
    return find(Patient.objects.seen_by(call.by).select_related("clinic"), uuid=uuid)
