"""A session that was missed or does not count is due once more, under its number."""

from collections.abc import Iterator

from django.db.models import F

from clinic.changelog.log import session_written
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from scheduling.attendance.desk_act import AtDesk
from scheduling.courses.course import key_of, next_attempts, outline_of, rules_of_plan, transfer_waits
from scheduling.models import Session, SessionStatus, Wait
from treatments.cadence import TREATMENT
from treatments.models import PlanState


class RepeatedAlready(Conflict):
    """What stands for the session in its course was booked, held or waited for by now."""


def repeat(desk: AtDesk) -> None:
    """Make the next attempt, due: what the protocol says, whatever happened in this one.

    To be called when the session stands for its number no more, and is saved so: two cannot. A course that
    was stopped while they were in treatment repeats nothing.
    """
    session, plan = desk.session, desk.plan
    if plan is None or (plan.state == PlanState.STOPPED and session.kind == TREATMENT):
        return
    rules = [rule for rule in rules_of_plan(plan=plan) if rule.key == key_of(session)]
    for due in next_attempts(plan=plan, rules=rules, now=desk.now):
        # Where nothing comes before it, its window is the one it had.
        due.window = session.window
        due.save()
        transfer_waits(of=session, to=due)
        desk.repeats.append(due)


def take_back_repeat(desk: AtDesk) -> None:
    """The session stands for its number again, so its next attempt goes.

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
    waits = Wait.objects.of_clinic(session.clinic_id).filter(session=later)
    if later.status != SessionStatus.DUE or waits.filter(created_at__gte=later.created_at).exists():
        raise RepeatedAlready(
            "repeated_already",
            "This session was booked anew, or waits to be. Open its course: the new one stands for it.",
        )
    waits.update(session=session, version=F("version") + 1)
    # Readers of the log hear of it once more, as of something that nobody sees.
    later.version += 1
    desk.also.append(session_written(later, before=[desk.diary_id]))
    later.delete()


def _order_problems(desk: AtDesk) -> Iterator[Problem]:
    """While it did not count, an earlier session may have got a later date."""
    session, on = desk.session, desk.session.local_date
    if desk.plan is None or on is None or session.kind != TREATMENT:
        return
    for number, date in outline_of(plan=desk.plan).treatment_dates.items():
        is_other = number != session.number
        if is_other and (date == on or (date < on) != (number < session.number)):
            yield Problem(
                "out_of_order",
                ProblemKind.BLOCKER,
                f"Session {number} is on {date} by now, so session {session.number} cannot be on {on}. "
                "Move that one first.",
            )
