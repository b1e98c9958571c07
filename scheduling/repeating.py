"""A session that was missed or does not count is due once more, under its number."""

from collections.abc import Iterator

from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from scheduling import changes
from scheduling.attending import AtDesk
from scheduling.course_sessions import sessions_of, standing_dates
from scheduling.models import Session, SessionStatus, Wait
from treatments.cadence import TREATMENT


class RepeatedAlready(Conflict):
    """What stands for the visit in its course was booked, held or waited for by now."""


def repeat(desk: AtDesk) -> None:
    """Make the next attempt, due: what the protocol says, whatever happened in this one.

    To be called when the visit stands for its number no more, and is saved so: two cannot.
    """
    session = desk.session
    if session.plan_id is None:
        return
    # A session that fails again has a row of its own for each attempt.
    due = Session.objects.create(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        plan_id=session.plan_id,
        step_id=session.step_id,
        session_type_id=session.step.session_type_id if session.step else session.session_type_id,
        kind=session.kind,
        number=session.number,
        attempt=session.attempt + 1,
        earliest_on=session.earliest_on,
        target_on=session.target_on,
        latest_on=session.latest_on,
        created_at=desk.now,
        changed_at=desk.now,
    )
    desk.repeats.append(due)


def take_back_repeat(desk: AtDesk) -> None:
    """The visit stands for its number again, so its next attempt goes.

    Raises RepeatedAlready, and Refused (`out_of_order`) when another session has overtaken it since.
    """
    session = desk.session
    if session.plan_id is None:
        return
    refuse_if_any(_order_problems(desk))
    rows = Session.objects.of_clinic(session.clinic_id).live()
    mine = rows.filter(plan_id=session.plan_id, kind=session.kind, number=session.number)
    later = mine.exclude(pk=session.pk).first()
    if later is None:
        return
    if later.status != SessionStatus.DUE or Wait.objects.filter(session=later).exists():
        raise RepeatedAlready(
            "repeated_already",
            "This visit was booked anew, or waits to be. Open its course: the new one stands for it.",
        )
    # Readers of the log hear of it once more, as of something that nobody sees.
    later.version += 1
    desk.also.append(changes.of_session(later, before=[desk.diary_id]))
    later.delete()


def _order_problems(desk: AtDesk) -> Iterator[Problem]:
    """While it did not count, an earlier session may have got a later date."""
    session, on = desk.session, desk.session.local_date
    if desk.plan is None or on is None or session.kind != TREATMENT:
        return
    for key, date in standing_dates(sessions_of(plan=desk.plan)).items():
        is_other = key.kind == TREATMENT and key.number != session.number
        if is_other and (date == on or (date < on) != (key.number < session.number)):
            yield Problem(
                "out_of_order",
                ProblemKind.BLOCKER,
                f"Session {key.number} is on {date} by now, so session {session.number} cannot be on {on}. "
                "Move that one first.",
            )
