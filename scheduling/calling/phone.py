"""Calls by phone: who is calling whom, that nobody answered, and that a patient knows now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Patient
from clinic.sentences import sentence as _
from scheduling.calling.patients_to_call import stamp_of
from scheduling.messages import outbox
from scheduling.messages.call_list import Call, NothingToSay, call_list, mark_told
from scheduling.models import Message, MessageKind, MessageState, Offer, PhoneCall, PhoneOutcome
from scheduling.models.course_acts import text_of
from scheduling.waitlist.offers import start_clock

LATEST_AGAIN = timedelta(days=14)


class BeingCalled(Conflict):
    """Somebody else is on the phone with them; `details["by"]` says who."""


class LineChanged(Conflict):
    """What the patient was told is not all by now, or not so."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a call that did not reach them; not to be tried again before `again_at` (aware)."""

    outcome: PhoneOutcome
    again_at: datetime | None = None


def begin_call(*, patient: Patient, by: Actor, now: datetime) -> PhoneCall:
    """Say to the other desks that one is calling. Said again it is the same call.

    Raises NotAllowed, Unknown, NothingToSay and BeingCalled. Locks: patient, messages, change counter.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_foreign(by=by, unknown_patient=patient)
    with one_act():
        calls = _calls_to(patient, by, now)
        standing = _under_way(patient)
        if standing is not None and standing.by == text_of(by):
            return standing
        if standing is not None and standing.is_under_way(now):
            sentence = _("{name} is calling them.", name=standing.by_name)
            raise BeingCalled("being_called", sentence, {"by": standing.by_name})
        if standing is not None:
            _end(standing, Tried(PhoneOutcome.NOT_REACHED), now)
        call = _begun(patient, by, now)
        _show(calls, now)
    return call


def end_call(*, patient: Patient, tried: Tried, by: Actor, now: datetime) -> PhoneCall:
    """Nobody answered, or a message was left: they are to be told still.

    Raises NotAllowed, Unknown, NothingToSay and Refused (`call_again_out_of_range`).
    Locks: patient, messages, change counter.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_foreign(by=by, unknown_patient=patient)
    refuse_if_any(_again_problems(tried, now))
    with one_act():
        calls = _calls_to(patient, by, now)
        call = _ended(patient, tried, by, now)
        said = {"outcome": tried.outcome, "again_at": tried.again_at}
        record_audit(
            AuditRecord(AuditAction.TRIED_TO_CALL, patient, [patient.uuid], after=said), by=by, now=now
        )
        _show(calls, now)
    return call


def reach(*, patient: Patient, seen: str, by: Actor, now: datetime) -> list[Message]:
    """They were told all that is on the call list about them; returns what that was.

    `seen` is the stamp of the line that was read to them; without one, whatever is in it now. Raises
    NotAllowed, Unknown, NothingToSay, LineChanged and OfferOver. Locks: patient, hold and wait of an offer,
    the messages, what was heard, change counter.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_foreign(by=by, unknown_patient=patient)
    with one_act():
        calls = _calls_to(patient, by, now)
        if seen and seen != stamp_of(calls):
            sentence = _("What they are to be told has changed. Look again, and tell them that too.")
            raise LineChanged("line_changed", sentence)
        messages = [one.message for one in calls]
        # Holds are locked before messages.
        ordered = sorted(messages, key=lambda one: (one.kind != MessageKind.OFFER, one.pk))
        told = [tell(message=message, by=by, now=now) for message in ordered]
        _ended(patient, Tried(PhoneOutcome.REACHED), by, now)
    return told


def tell(*, message: Message, by: Actor, now: datetime) -> Message:
    """Somebody told the patient this. Of an offer they have from now on as long to answer as by mail.

    Raises what `mark_told` raises, and OfferOver. Twice is once.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_foreign(by=by, unknown_message=message)
    with one_act():
        state = Message.objects.values_list("state", flat=True).get(pk=message.pk)
        if message.kind == MessageKind.OFFER and state == MessageState.CALL:
            offers = Offer.objects.of_clinic(by.clinic_id).select_related("wait__patient__clinic", "hold")
            start_clock(offer=offers.get(uuid=message.about["offer"]), by=by, now=now)
        return mark_told(message=message, by=by, now=now)


def _calls_to(patient: Patient, by: Actor, now: datetime) -> list[Call]:
    """What they are to be told. Locks the patient: of two who begin to call, one is first."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    calls = call_list(by=by, now=now, patient=patient)
    if not calls:
        sentence = _("There is nothing to tell this patient any more. Look at the call list again.")
        raise NothingToSay("nothing_to_say", sentence)
    return calls


def _under_way(patient: Patient) -> PhoneCall | None:
    return PhoneCall.objects.filter(patient=patient, outcome=PhoneOutcome.UNDER_WAY).first()


def _begun(patient: Patient, by: Actor, now: datetime) -> PhoneCall:
    return PhoneCall.objects.create(
        clinic_id=patient.clinic_id, patient=patient, by=text_of(by), by_name=by.label[:150], began_at=now
    )


def _ended(patient: Patient, tried: Tried, by: Actor, now: datetime) -> PhoneCall:
    """Their own call that is under way, or one of which nobody said that it began.

    Whoever else is calling goes on, until the patient was reached.
    """
    standing = _under_way(patient)
    if standing is not None and standing.by != text_of(by):
        if tried.outcome == PhoneOutcome.REACHED or not standing.is_under_way(now):
            _end(standing, Tried(PhoneOutcome.NOT_REACHED), now)
        standing = None
    if standing is not None:
        return _end(standing, tried, now)
    return PhoneCall.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        by=text_of(by),
        by_name=by.label[:150],
        began_at=now,
        ended_at=now,
        outcome=tried.outcome,
        again_at=tried.again_at,
    )


def _end(call: PhoneCall, tried: Tried, now: datetime) -> PhoneCall:
    call.outcome, call.again_at, call.ended_at = tried.outcome, tried.again_at, now
    call.save(update_fields=["outcome", "again_at", "ended_at"])
    return call


def _show(calls: list[Call], now: datetime) -> None:
    """Other desks look anew: the line on the call list is another one."""
    outbox.show(sorted(one.message.pk for one in calls), now)


def _again_problems(tried: Tried, now: datetime) -> Iterator[Problem]:
    if tried.again_at is not None and not now < tried.again_at <= now + LATEST_AGAIN:
        yield Problem(
            "call_again_out_of_range",
            ProblemKind.BLOCKER,
            _("Try again later than now, and within {days} days.", days=LATEST_AGAIN.days),
        )
