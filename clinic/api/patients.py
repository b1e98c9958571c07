"""Patients over REST."""

from typing import Annotated, TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import ConsentWay, MailProblem, MessageConsent, NamedKind, Patient
from clinic.people.external_id_kinds import name_from
from clinic.people.external_ids import rows_named
from clinic.people.facts import LANGUAGE
from clinic.people.finding.find import find_patients, patients_seen
from clinic.people.finding.look_alikes import LookAlikes, look_alikes
from clinic.people.intake import facts_seen
from clinic.people.patients import NewPatient, register_patient
from clinic.web.clock import now
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Shape, Text
from clinic.web.rest.json_types import AnyObject, Date, Found, Page, Uuid, Words
from clinic.web.rest.lists import ChangingShape, ListShape, Piece, piece_of, ranked_piece_of
from clinic.web.trail import saw

# What facts of a patient may be refused for.
OF_FACTS = (
    "born_in_the_future",
    "consent_in_the_future",
    "consent_not_asked",
    "malformed_consent",
    "malformed_consent_way",
    "malformed_email",
    "malformed_intake_facts",
    "malformed_language",
    "malformed_phone",
    "patient_name_missing",
    "patient_name_too_long",
    "unknown_zone",
)
_BY_NAME = {"name": ("family_name", "given_name")}


class PatientFilter(ChangingShape):
    """All, or the one that another system calls so (`external`, as “till:K-1041”)."""

    orders = _BY_NAME
    gone = {"search": "Names never stand in an address, which is logged: POST them to /patients/search/."}

    external = serializers.CharField(required=False, max_length=260)


class PatientSearch(ListShape):
    """Each word of `name` must fit: part of the name, a slip of typing or two allowed; the end of a phone
    number or all of it; part of an e-mail address; a day of birth; what another system calls the patient.
    """

    orders = _BY_NAME

    name = Text(max_length=100)


class PatientShape(Shape):
    """Only a name is needed, and one of the two may be empty; several patients may share e-mail and phone.

    `external_ids` are what other systems call them, as “till:K-1041”.
    """

    given_name = Text(allow_blank=True)
    family_name = Text(allow_blank=True)
    born_on = Day(required=False)
    email = Text(required=False, allow_blank=True)
    phone = Text(required=False, allow_blank=True)
    language = Text(required=False, allow_blank=True, schema={"pattern": f"^({LANGUAGE.pattern})?$"})
    zone = Text(required=False, allow_blank=True)
    message_consent = Text(required=False, schema={"enum": MessageConsent.values})
    desk_note = Text(required=False, allow_blank=True)
    intake_facts = serializers.DictField(required=False)
    external_ids = serializers.ListField(
        child=Text(max_length=260), required=False, max_length=20, default=list
    )
    consent_on = Day(required=False)
    consent_how = Text(required=False, allow_blank=True, schema={"enum": ["", *ConsentWay.values]})


class PatientJson(TypedDict):
    """Who they are and how to reach them. A zone is given only if it is not the site's.

    `mail_problem` says why mail does not reach them; it is empty as long as it does.
    """

    id: Uuid
    version: int
    given_name: str
    family_name: str
    born_on: Date | None
    email: str
    phone: str
    language: str
    zone: str
    message_consent: Annotated[str, Words.of(MessageConsent)]
    mail_problem: Annotated[str, Words.of(MailProblem)]


class FullPatientJson(PatientJson):
    """What the desk noted besides; `intake_facts` is an object of the client's own making.

    What the clinic itself asks at intake is not among them: it never leaves by a key. `consent_on` and
    `consent_how` say when and how they said whether they want messages, if that was noted.
    """

    desk_note: str
    intake_facts: AnyObject
    consent_on: Date | None
    consent_how: Annotated[str, Words.of(ConsentWay)]


class RegisteredPatientJson(FullPatientJson):
    """Who was registered. They may have been there already: `may_be` are the ids of those who look alike, and
    `may_be_others` says that there are some whom the key may not see.
    """

    may_be: list[Uuid]
    may_be_others: bool


@speaks(
    "list_patients",
    Act.SEE_PATIENTS,
    query=PatientFilter,
    answers={200: Page[PatientJson]},
    refuses=("malformed_external_id",),
)
def list_patients(call: Call) -> Answer[Page[PatientJson]]:
    """List patients.

    It counts as a search: at most 120 a minute.
    """
    found = patients_seen(by=call.by)
    if external := call.asked.get("external"):
        named = rows_named(clinic_id=call.by.clinic_id, kind=NamedKind.PATIENT, names=[name_from(external)])
        found = found.filter(uuid__in=named.values())
    _count(call)
    return _seen(call, piece_of(call, found)).answer(patient_json)


@speaks("search_patients", Act.SEE_PATIENTS, body=PatientSearch, answers={200: Found[PatientJson]})
def search(call: Call) -> Answer[Found[PatientJson]]:
    """Find patients by name, phone, e-mail, day of birth or external id: the likest first, at most 200.

    At most 120 searches a minute.
    """
    _count(call)
    found = find_patients(by=call.by, words=call.said["name"]).patients
    if "order_by" in call.said:
        rows = patients_seen(by=call.by).filter(pk__in=[patient.pk for patient in found])
        return _seen(call, piece_of(call, rows)).answer_to_post(patient_json)
    return _seen(call, ranked_piece_of(call, found)).answer_to_post(patient_json)


@speaks(
    "register_patient",
    Act.REGISTER_PATIENT,
    does=Does.MAKES,
    body=PatientShape,
    answers={201: RegisteredPatientJson},
    refuses=(*OF_FACTS, "external_id_erased", "external_id_taken", "malformed_external_id"),
)
def register(call: Call) -> Answer[RegisteredPatientJson]:
    """Register a patient, also under the names that other systems have for them.

    Whoever may be the same is told of in the answer, and the patient is registered all the same. 409
    `external_id_erased` if somebody was erased under one of the names: a table or a till brings nobody back.
    """
    names = tuple(name_from(said) for said in call.said["external_ids"])
    new = NewPatient(**{**call.said, "external_ids": names})
    # Before: afterwards everybody looks like themselves.
    alike = look_alikes(new=new, by=call.by)
    patient = register_patient(new=new, by=call.by, now=now())
    location = f"{call.path}{patient.uuid}/"
    return Answer(_registered(call, patient, alike), status=201, version=patient.version, location=location)


@speaks("show_patient", Act.SEE_PATIENTS, answers={200: FullPatientJson})
def show(call: Call, patient_id: UUID) -> Answer[FullPatientJson]:
    """Show a patient."""
    patient = find(Patient.objects.seen_by(call.by), uuid=patient_id)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=call.by, about=patient)
    return Answer(full_patient_json(patient, by=call.by), version=patient.version)


def _registered(call: Call, patient: Patient, alike: LookAlikes) -> RegisteredPatientJson:
    if alike.patients:
        saw(AuditAction.SAW_PATIENTS, [one.uuid for one in alike.patients], by=call.by)
    return {
        **full_patient_json(patient, by=call.by),
        "may_be": [str(one.uuid) for one in alike.patients],
        "may_be_others": alike.has_others,
    }


def _count(call: Call) -> None:
    refuse_if_too_many(SEARCHES, who=call.by.reference, now=now())


def _seen(call: Call, piece: Piece[Patient]) -> Piece[Patient]:
    saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in piece.rows], by=call.by)
    return piece


def patient_json(patient: Patient) -> PatientJson:
    return {
        "id": str(patient.uuid),
        "version": patient.version,
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "born_on": str(patient.born_on) if patient.born_on else None,
        "email": patient.email,
        "phone": patient.phone,
        "language": patient.language,
        "zone": patient.zone,
        "message_consent": patient.message_consent,
        "mail_problem": patient.mail_problem,
    }


def full_patient_json(patient: Patient, *, by: Actor) -> FullPatientJson:
    return {
        **patient_json(patient),
        "desk_note": patient.desk_note,
        "intake_facts": facts_seen(facts=patient.intake_facts, by=by),
        "consent_on": str(patient.consent_on) if patient.consent_on else None,
        "consent_how": patient.consent_how,
    }
