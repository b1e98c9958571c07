"""Prescribing a protocol to a patient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict, Problem, ProblemKind, Unknown
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may_waive, refuse_unless_may, set_aside, waived_entry
from clinic.lookup import find, refuse_foreign
from clinic.models import Patient, Resource, ResourceKind, Site
from clinic.people.care import take_into_care
from clinic.people.patients import erasure_problems, lock_patient
from clinic.places.sites import today_at_home
from clinic.plain_text import text_problems
from clinic.sentences import counted, joined
from clinic.sentences import sentence as _
from treatments.cadence import MOST_SESSIONS
from treatments.models import HarvestSite, Plan, Protocol
from treatments.regions import is_region
from treatments.versions.freeze import freeze_protocol
from treatments.wishes import Wishes

OUT_OF_RANGE = "sessions_out_of_range"
LONGEST_INDICATION = 200


@dataclass(frozen=True, slots=True)
class Prescription:
    """What is prescribed, to whom and by whom; `waiver` is the reason for setting rules aside, if any.

    `prescribed_on` is today, unless the course began before it was entered. `region` is where on the body, if
    not where its session types say.
    """

    patient: Patient
    protocol: Protocol
    session_count: int
    prescribed_by: Resource | None = None
    wishes: Wishes = field(default_factory=Wishes)
    indication: str = ""
    region: str = ""
    harvest_site: str = ""
    waiver: str = ""
    prescribed_on: date | None = None


def prescribe(*, prescription: Prescription, by: Actor, now: datetime) -> Plan:
    """Write the plan and freeze the protocol it follows. Its sessions are the next storey’s work.

    Raises NotAllowed, Unknown (`unknown_patient`, `unknown_protocol`, `unknown_practitioner`,
    `unknown_site`, `unknown_plan` for a companion), Conflict (`protocol_outdated`) and Refused
    (`no_sessions`, `too_many_sessions`, `sessions_out_of_range`, `harvest_site_not_asked`,
    `unknown_harvest_site`, `indication_too_long`, `region_malformed`, `patient_erased`). Locks: catalogue
    at its first use, patient.
    """
    refuse_unless_may(by=by, act=Act.PRESCRIBE)
    refuse_strangers(prescription, by=by, now=now)
    with transaction.atomic():
        freeze_protocol(protocol=prescription.protocol, now=now)
        patient = lock_patient(patient_id=prescription.patient.pk)
        prescription = replace(prescription, patient=patient)
        # Read after freezing: until then a loader may have edited or replaced it.
        protocol = Protocol.objects.get(pk=prescription.protocol.pk)
        if not protocol.is_current:
            raise Conflict(
                "protocol_outdated",
                _("{protocol} has a newer version. Choose the protocol again.", protocol=protocol.name),
            )
        problems = problems_with(prescription, protocol=protocol, by=by)
        waived = set_aside(problems=problems, waiver=prescription.waiver, by=by)
        plan = _written(prescription, protocol, waived, by, now)
        _take_into_care(plan, by=by, now=now)
        told = AuditRecord(AuditAction.PRESCRIBED_COURSE, plan, [plan.patient.uuid], after=_values(plan))
        record_audit(told, by=by, now=now)
    return plan


def _written(
    prescription: Prescription, protocol: Protocol, waived: Sequence[Problem], by: Actor, now: datetime
) -> Plan:
    plan: Plan = Plan.objects.create(
        clinic_id=by.clinic_id,
        patient=prescription.patient,
        protocol=protocol,
        prescribed_by=prescription.prescribed_by,
        entered_by_id=by.user_id,
        entered_with_id=by.key_id,
        prescribed_on=prescription.prescribed_on or today_at_home(clinic_id=by.clinic_id, now=now),
        session_count=prescription.session_count,
        indication=prescription.indication,
        wishes=prescription.wishes.as_json(),
        region=prescription.region,
        harvest_site=prescription.harvest_site,
        waived=[
            waived_entry(code=problem.code, reason=prescription.waiver, by=by, now=now) for problem in waived
        ],
        created_at=now,
    )
    return plan


def problems_with(prescription: Prescription, *, protocol: Protocol, by: Actor) -> Iterator[Problem]:
    """Every rule that the prescription does not keep."""
    yield from erasure_problems(patient=prescription.patient)
    yield from _session_count(prescription.session_count, protocol, by)
    if prescription.harvest_site and not protocol.asks_harvest_site:
        yield Problem(
            "harvest_site_not_asked",
            ProblemKind.BLOCKER,
            _("{protocol} takes no fat. Leave the harvest site empty.", protocol=protocol.name),
        )
    elif prescription.harvest_site and prescription.harvest_site not in HarvestSite.values:
        known = ", ".join(HarvestSite.values)
        yield Problem(
            "unknown_harvest_site",
            ProblemKind.BLOCKER,
            _(
                "“{site}” is no harvest site. Choose one of: {known}.",
                site=prescription.harvest_site,
                known=known,
            ),
        )
    if prescription.region and not is_region(prescription.region):
        sentence = _("Write a region in small letters, digits and hyphens: “scalp”, “left-cheek”.")
        yield Problem("region_malformed", ProblemKind.BLOCKER, sentence)
    yield from text_problems(prescription.indication, "indication", most=LONGEST_INDICATION)


def _session_count(asked: int, protocol: Protocol, by: Actor) -> Iterator[Problem]:
    fewest, most = protocol.min_sessions, protocol.max_sessions
    if asked < 1:
        yield Problem(
            "no_sessions", ProblemKind.BLOCKER, _("A course has at least one session. Enter how many.")
        )
    elif asked > MOST_SESSIONS:
        yield Problem(
            "too_many_sessions",
            ProblemKind.BLOCKER,
            _("A course has {most} sessions at most.", most=MOST_SESSIONS),
        )
    elif not fewest <= asked <= most:
        next_step = (
            _("Give a reason to prescribe another number.")
            if may_waive(by=by, code=OUT_OF_RANGE)
            else _("Ask the doctor, who may prescribe another number with a reason.")
        )
        span = str(most) if fewest == most else _("{fewest} to {most}", fewest=fewest, most=most)
        meant = counted(
            "{protocol} is a course of {span} session, not {asked}.",
            "{protocol} is a course of {span} sessions, not {asked}.",
            count=most,
            protocol=protocol.name,
            span=span,
            asked=asked,
        )
        yield Problem(OUT_OF_RANGE, ProblemKind.WAIVABLE, joined([meant, next_step]))


def _take_into_care(plan: Plan, *, by: Actor, now: datetime) -> None:
    practitioners = {plan.prescribed_by_id, by.practitioner_id} - {None}
    take_into_care(patient=plan.patient, practitioner_ids=filter(None, practitioners), now=now)


def _values(plan: Plan) -> dict[str, Any]:
    """What the trail keeps of a prescription."""
    return {
        "protocol": plan.protocol.key,
        "protocol_version": plan.protocol.version,
        "session_count": plan.session_count,
        "prescribed_by": plan.prescribed_by and plan.prescribed_by.uuid,
        "indication": plan.indication,
        "region": plan.region,
        "harvest_site": plan.harvest_site,
        "wishes": plan.wishes,
        "waived": plan.waived,
    }


def refuse_strangers(prescription: Prescription, *, by: Actor, now: datetime) -> None:
    """Whoever and whatever the prescription names belongs to the clinic. Raises Unknown."""
    refuse_foreign(by=by, unknown_patient=prescription.patient, unknown_protocol=prescription.protocol)
    people = Resource.objects.of_clinic(by.clinic_id).not_retired(now)
    practitioners = people.filter(kind=ResourceKind.PRACTITIONER)
    prescriber, wished = prescription.prescribed_by, prescription.wishes.practitioner
    named = {uuid for uuid in (prescriber.uuid if prescriber else None, wished) if uuid is not None}
    if practitioners.filter(uuid__in=named).count() < len(named):
        raise Unknown("unknown_practitioner", _("There is no such practitioner in this clinic."))
    if prescription.wishes.site is not None:
        find(Site.objects.of_clinic(by.clinic_id).not_retired(now), uuid=prescription.wishes.site)
    if prescription.wishes.companion is not None:
        find(Plan.objects.seen_by(by), uuid=prescription.wishes.companion)
