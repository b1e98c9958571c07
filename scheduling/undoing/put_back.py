"""Putting back what stood before an act: rows, claims, and who treats whom."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError

from clinic.changelog.log import record_rows
from clinic.hours.absences import end_leave
from clinic.models import Leave, Resource
from clinic.people.care import release_from_care
from scheduling.booking.reserve import refuse_if_taken, taken_by_someone
from scheduling.courses.kept import Before, KeptRow, KeptSession, put_back
from scheduling.courses.open_act import OpenAct
from scheduling.diaries.claims import claim_again, diaries_in
from scheduling.models import (
    CancelledBy,
    CourseAct,
    Hold,
    OfferState,
    Session,
    SessionStatus,
    Wait,
    WaitState,
)
from scheduling.undoing.absences_since import refuse_if_away
from treatments.models import Plan

MISTAKE = "Entered by mistake"


def put_all_back(undoing: OpenAct, act: CourseAct, before: Before) -> None:
    """Everything of a locked act that nobody changed since; claims as they were, or nothing.

    Raises TimeTaken for time that the act gave back and that is taken by now, or closed. Locks: pages.
    """
    for leave in Leave.objects.filter(pk__in=[kept.pk for kept in before.absences]):
        end_leave(leave=leave, at=leave.starts_at, by=undoing.by, now=undoing.now)
    for kept in before.plans:
        put_back(undoing.rows.plans[kept.pk], kept.was)
    for kept in before.sessions:
        _put_session_back(undoing, kept)
    for kept in before.added:
        undoing.remove(undoing.rows.sessions[kept.pk])
    again = [_made_again(kept) for kept in before.gone]
    undoing.add(again)
    _let_stand(undoing, before.holds)
    _let_wait(undoing, before.waits)
    _take_time_back(undoing, act, before, again)
    _release_from_care(before)


def _put_session_back(undoing: OpenAct, kept: KeptSession) -> None:
    session = undoing.rows.sessions[kept.pk]
    if not kept.is_new:
        put_back(session, kept.was)
        return
    # Others may know it by its id, so it is not as if it never was.
    session.status = SessionStatus.CANCELLED
    session.cancelled_by, session.cancelled_at = CancelledBy.CLINIC, undoing.now
    session.cancel_reason = MISTAKE


def _made_again(kept: KeptSession) -> Session:
    session = Session()
    put_back(session, kept.was)
    # That it was gone was a version of its own.
    session.version = kept.version + 2
    return session


def _let_stand(undoing: OpenAct, kept: Sequence[KeptRow]) -> None:
    """Holds that the act ended: they run out when they were to."""
    if not kept:
        return
    holds = list(Hold.objects.filter(pk__in=[one.pk for one in kept]).select_related("plan__patient"))
    for hold in holds:
        hold.released_at = None
        hold.touch(undoing.now)
    Hold.objects.rewrite(holds, fields=["released_at", "version", "changed_at"])
    record_rows(changed=holds, now=undoing.now)


def _let_wait(undoing: OpenAct, kept: Iterable[KeptRow]) -> None:
    """Before what they wait for since goes."""
    waits = []
    for one in kept:
        wait = undoing.rows.waits[one.pk]
        put_back(wait, one.was)
        if wait.state == WaitState.OFFERED and not wait.offers.filter(state=OfferState.OPEN).exists():
            wait.state = WaitState.WAITING
        wait.touch(undoing.now)
        waits.append(wait)
    Wait.objects.rewrite(waits, fields=["session", "state", "version", "changed_at"])
    record_rows(changed=waits, now=undoing.now)


def _take_time_back(undoing: OpenAct, act: CourseAct, before: Before, again: Sequence[Session]) -> None:
    sessions = {one.pk: one for one in (*undoing.rows.sessions.values(), *again)}
    claims = {one.pk: one.claims for one in (*before.sessions, *before.gone) if one.claims is not None}
    if not claims:
        return
    claimed = [one.stretch for of_session in claims.values() for one in of_session]
    pages = undoing.lock_pages(claimed, given_up=[one for pk, one in sessions.items() if pk in claims])
    for pk, of_session in claims.items():
        session = sessions[pk]
        if session.site is not None:
            taken = pages.taken([one.stretch for one in of_session])
            refuse_if_taken(taken, patient=undoing.patient(session), zone=session.site.tz)
    refuse_if_away(act, {sessions[pk]: of_session for pk, of_session in claims.items() if of_session})
    try:
        claim_again(pages=pages, claims=claims, clinic_id=act.clinic_id)
    except IntegrityError as error:
        raise taken_by_someone() from error
    undoing.shown_after |= diaries_in(claims)


def _release_from_care(before: Before) -> None:
    """Whoever treats the patient by the act alone does so no more."""
    put = [kept.pk for kept in before.sessions]
    for patient_id, practitioner_id in before.care:
        uuid = str(Resource.objects.values_list("uuid", flat=True).get(pk=practitioner_id))
        others = Session.objects.filter(patient_id=patient_id).exclude(pk__in=put).values_list("cast", "used")
        serves = any(part["resource"] == uuid for parts in others for of in parts for part in of)
        if (
            not serves
            and not Plan.objects.filter(patient_id=patient_id, prescribed_by=practitioner_id).exists()
        ):
            release_from_care(patient_id=patient_id, practitioner_id=practitioner_id)
