"""A session that was missed or does not count is due once more, under its number."""

from collections.abc import Iterator
from copy import copy

from clinic.changelog.log import record_rows
from clinic.errors import Conflict, Problem, ProblemKind, refuse_if_any
from clinic.sentences import sentence as _
from scheduling.attendance.desk_act import AtDesk
from scheduling.courses.course import key_of, next_attempts
from scheduling.models import SessionStatus, Wait
from treatments.cadence import TREATMENT
from treatments.models import PlanState


class RepeatedAlready(Conflict):
    """What stands for the session in its course was booked, held or waited for by now."""


def repeat(desk: AtDesk) -> None:
    """Make the next attempt, due: what the protocol says, whatever happened in this one.

    To be called when the session stands for its number no more. A course that was stopped while they were
    in treatment repeats nothing.
    """
    session, plan = desk.session, desk.plan
    if plan is None or (plan.state == PlanState.STOPPED and session.kind == TREATMENT):
        return
    rules = [rule for rule in desk.act.course(plan).rules if rule.key == key_of(session)]
    for due in next_attempts(plan=plan, rules=rules, now=desk.now):
        # Where nothing comes before it, its window is the one it had.
        due.window = session.window
        desk.act.add([due])
        desk.act.replace(session, due)


def take_back_repeat(desk: AtDesk) -> None:
    """The session stands for its number again, so its next attempt goes.

    Raises RepeatedAlready, and Refused (`out_of_order`) when another session has overtaken it since.
    """
    session = desk.session
    if desk.plan is None:
        return
    refuse_if_any(_order_problems(desk))
    course = desk.act.course(desk.plan)
    later = next(
        (one for one in course.sessions if key_of(one) == key_of(session) and one is not session), None
    )
    if later is None:
        return
    waits = Wait.objects.of_clinic(session.clinic_id).filter(session=later)
    if later.status != SessionStatus.DUE or waits.filter(created_at__gte=later.created_at).exists():
        raise RepeatedAlready(
            "repeated_already",
            _("This session was booked anew, or waits to be. Open its course: the new one stands for it."),
        )
    back = list(waits.select_related("patient"))
    for wait in back:
        desk.act.waits_written.append((wait, copy(wait)))
        wait.session = session
        wait.touch(desk.now)
    Wait.objects.rewrite(back, fields=["session", "version", "changed_at"])
    record_rows(changed=back, now=desk.now)
    desk.act.remove(later)


def _order_problems(desk: AtDesk) -> Iterator[Problem]:
    """While it did not count, an earlier session may have got a later date."""
    session, on = desk.session, desk.session.local_date
    if desk.plan is None or on is None or session.kind != TREATMENT:
        return
    for number, date in desk.act.course(desk.plan).treatment_dates.items():
        is_other = number != session.number
        if is_other and (date == on or (date < on) != (number < session.number)):
            yield Problem(
                "out_of_order",
                ProblemKind.BLOCKER,
                _(
                    "Session {other} is on {date} by now, so session {number} cannot be on {on}. "
                    "Move that one first.",
                    other=number,
                    date=date,
                    number=session.number,
                    on=on,
                ),
            )
