"""The waitlist: who waits for which session, and whose turn it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.people.patients import erasure_problems, lock_patient
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from scheduling.models import OfferState, Session, SessionStatus, Wait, WaitState
from scheduling.models.waitlist import CAN_WAIT
from scheduling.waitlist.matching import queue_of
from scheduling.waitlist.offers import end_offer, refuse_strange_wait

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class WaitAsked:
    """From which date to which (site-local, both included) a patient would come, at how short a notice."""

    from_on: date | None = None
    until_on: date | None = None
    notice_hours: int = 24
    is_urgent: bool = False
    note: str = ""


def join_waitlist(*, session: Session, asked: WaitAsked, by: Actor, now: datetime) -> Wait:
    """Let a patient wait for a session that is due, or for an earlier time than it has.

    Asking again changes what was asked. Raises NotAllowed, Unknown, Conflict `cannot_wait` and Refused
    (`patient_erased`, `wait_dates_reversed`, `note_too_long`). Locks: patient.
    """
    refuse_unless_may(by=by, act=Act.WAIT)
    refuse_foreign(by=by, unknown_session=session)
    with one_act():
        patient = lock_patient(patient_id=session.patient_id)
        refuse_if_any([*erasure_problems(patient=patient), *_problems(asked)])
        session = Session.objects.get(pk=session.pk)
        if session.status not in CAN_WAIT:
            status = SessionStatus(session.status).label.lower()
            raise Conflict(
                "cannot_wait", _("This session is {status}: there is nothing to wait for.", status=status)
            )
        wished = {
            "session_type_id": session.session_type_id,
            "from_on": asked.from_on,
            "until_on": asked.until_on,
            "notice_hours": asked.notice_hours,
            "is_urgent": asked.is_urgent,
            "note": one_line(asked.note),
        }
        standing = Wait.objects.of_clinic(by.clinic_id).standing().filter(session=session)
        if standing.touch(now, **wished):
            wait = standing.select_related("patient").get()
            record_rows(changed=[wait], now=now)
        else:
            of = {"clinic_id": by.clinic_id, "patient": patient, "plan_id": session.plan_id}
            wait = Wait.objects.create(session=session, created_at=now, changed_at=now, **of, **wished)
            record_rows(added=[wait], now=now)
        said = {"from": asked.from_on, "until": asked.until_on, "is_urgent": asked.is_urgent}
        record_audit(
            AuditRecord(AuditAction.JOINED_WAITLIST, wait, [patient.uuid], after=said), by=by, now=now
        )
    return wait


def leave_waitlist(*, wait: Wait, by: Actor, now: datetime) -> None:
    """The patient waits no more; an open offer of theirs goes to the next. Raises NotAllowed and Unknown."""
    refuse_unless_may(by=by, act=Act.WAIT)
    refuse_strange_wait(wait, by=by)
    with one_act():
        standing = Wait.objects.of_clinic(by.clinic_id).standing().filter(pk=wait.pk)
        if standing.touch(now, state=WaitState.WITHDRAWN):
            _log(wait, now)
        record_audit(AuditRecord(AuditAction.LEFT_WAITLIST, wait, [wait.patient.uuid]), by=by, now=now)
    for offer in wait.offers.filter(state=OfferState.OPEN):
        end_offer(offer, OfferState.WITHDRAWN, by=by, now=now)


def put_in_turn(*, wait: Wait, rank: int, by: Actor, now: datetime) -> None:
    """Say when somebody's turn is: the lowest rank comes first among equally urgent ones."""
    refuse_unless_may(by=by, act=Act.WAIT)
    refuse_strange_wait(wait, by=by)
    ranked = AuditRecord(
        AuditAction.RANKED_WAIT, wait, [wait.patient.uuid], {"rank": wait.rank}, {"rank": rank}
    )
    with one_act():
        Wait.objects.filter(pk=wait.pk).touch(now, rank=rank)
        record_audit(ranked, by=by, now=now)
        _log(wait, now)


def put_first(*, wait: Wait, by: Actor, now: datetime) -> None:
    """Before all others who are as urgent. Raises NotAllowed and Unknown."""
    ranks = queue_of(clinic_id=by.clinic_id).values_list("rank", flat=True)
    put_in_turn(wait=wait, rank=min(ranks, default=0) - 1, by=by, now=now)


def _log(wait: Wait, now: datetime) -> None:
    record_rows(changed=[Wait.objects.select_related("patient").get(pk=wait.pk)], now=now)


def _problems(asked: WaitAsked) -> Iterator[Problem]:
    if asked.from_on and asked.until_on and asked.until_on < asked.from_on:
        yield Problem(
            "wait_dates_reversed", ProblemKind.BLOCKER, _("The last date comes before the first one.")
        )
    yield from text_problems(one_line(asked.note), "note", most=LONGEST_NOTE)
