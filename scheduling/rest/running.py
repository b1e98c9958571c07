"""Courses that are still running: said to whoever prescribes another one. Reads."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from clinic.errors import Problem, ProblemKind
from clinic.models import Patient
from clinic.sentences import counted
from scheduling.models import AHEAD, HERE, Session, SessionStatus
from scheduling.rest.reading import RestRules
from treatments.cadence import TREATMENT
from treatments.models import Plan, PlanState

_RUNS = (PlanState.ACTIVE, PlanState.AWAITING_REVIEW, PlanState.PAUSED)
_TO_COME = (SessionStatus.DUE, SessionStatus.HELD, *AHEAD, *HERE)


def running_courses(*, patient: Patient, beside: Plan | None = None) -> list[Problem]:
    """A warning for each course of the patient with treatments to come; beside a plan, those of its region.

    Three queries at most.
    """
    rows = Session.objects.of_clinic(patient.clinic_id).filter(patient=patient, kind=TREATMENT, counts=True)
    rows = rows.filter(status__in=_TO_COME, plan__state__in=_RUNS, stands_for__isnull=True)
    to_come = list(rows.select_related("plan__protocol").order_by("plan_id", "number"))
    others = [one for one in to_come if beside is None or one.plan_id != beside.pk]
    if others and beside is not None:
        rules = RestRules.of_clinic(patient.clinic_id)
        regions = {rules.region_of(one) for one in to_come if one.plan_id == beside.pk}
        others = [one for one in others if rules.region_of(one) in regions]
    return list(_warnings(others))


def _warnings(to_come: Sequence[Session]) -> Iterator[Problem]:
    of_plan: dict[Plan, list[Session]] = defaultdict(list)
    for session in to_come:
        if session.plan is not None:
            of_plan[session.plan].append(session)
    for plan, sessions in of_plan.items():
        sentence = counted(
            "A course of {protocol} is running: {count} session is to come. Sessions of both keep their "
            "rest in one region.",
            "A course of {protocol} is running: {count} sessions are to come. Sessions of both keep their "
            "rest in one region.",
            count=len(sessions),
            protocol=plan.protocol.name,
        )
        yield Problem("course_running", ProblemKind.WARNING, sentence)
