"""The question the desk asks: when can this patient's whole course happen? Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.errors import Problem, ProblemKind, Unknown, refuse_if_any
from clinic.lookup import find
from clinic.models import Resource, ResourceKind, Site
from scheduling.calendars import CalendarFinder, Quest
from scheduling.course_sessions import due_treatments, key_of, rules_of_plan, sessions_of
from scheduling.proposals import Found, Proposal
from treatments.cadence import TREATMENT
from treatments.models import Plan
from treatments.wishes import Wishes, wishes_from

DEFAULT_DAYS, MOST_DAYS, FARTHEST_DAYS, MOST_PROPOSALS = 120, 400, 730, 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: site-local dates, both included, and wishes in place of the stored ones."""

    first_on: date | None = None
    last_on: date | None = None
    wishes: Wishes | None = None


def propose(*, plan: Plan, asked: Asked, now: datetime) -> Found:
    """Up to five whole calendars for the sessions that are due, the soonest first; and why there is none.

    Raises Refused (`horizon_reversed`, `horizon_too_long`, `too_far_ahead`) and Unknown (`unknown_site`,
    `unknown_practitioner`).
    """
    wishes = asked.wishes if asked.wishes is not None else wishes_from(plan.wishes)
    sites = _sites(plan, wishes)
    practitioner_diary = _practitioner_diary(plan, wishes)
    quest = _quest(plan, wishes, practitioner_diary, now)
    proposals: list[Proposal] = []
    problems: list[Problem] = [] if quest.due else [_nothing_due()]
    for site in sites if quest.due else ():
        first_on, last_on = _horizon(asked, site=site, now=now)
        finder = CalendarFinder(quest=quest, site=site, first_on=first_on, last_on=last_on)
        found = list(finder.proposals())
        proposals += found
        if not found:
            problems.append(finder.why_not())
    return Found(tuple(_distinct(proposals))[:MOST_PROPOSALS], () if proposals else tuple(problems))


def _quest(plan: Plan, wishes: Wishes, practitioner_diary: int | None, now: datetime) -> Quest:
    sessions = sessions_of(plan=plan)
    return Quest(
        plan=plan,
        rules=tuple(rules_of_plan(plan=plan)),
        due=tuple(key_of(session) for session in due_treatments(sessions)),
        known={
            key_of(session): session.local_date
            for session in sessions
            if session.local_date is not None and session.kind == TREATMENT
        },
        wishes=wishes,
        practitioner_diary=practitioner_diary,
        now=now,
    )


def _sites(plan: Plan, wishes: Wishes) -> Sequence[Site]:
    active = Site.objects.of_clinic(plan.clinic_id).filter(is_active=True)
    if wishes.site:
        return [find(active, uuid=wishes.site)]
    if not (sites := list(active.order_by("pk"))):
        raise Unknown("unknown_site", "This clinic has no site yet. Enter one with its opening hours.")
    return sites


def _practitioner_diary(plan: Plan, wishes: Wishes) -> int | None:
    if wishes.practitioner is None:
        return None
    rows = Resource.objects.of_clinic(plan.clinic_id).filter(
        uuid=wishes.practitioner, kind=ResourceKind.PRACTITIONER, is_active=True
    )
    diary_id: int | None = rows.values_list("diary_id", flat=True).first()
    if diary_id is None:
        raise Unknown("unknown_practitioner", "There is no such practitioner in this clinic.")
    return diary_id


def _horizon(asked: Asked, *, site: Site, now: datetime) -> tuple[date, date]:
    """First and last date of the search. Refuses before it reckons: the calendar itself ends in 9999."""
    today = now.astimezone(site.tz).date()
    asked_first = asked.first_on or today
    refuse_if_any(_horizon_problems(asked_first, asked.last_on, today))
    last_on = asked.last_on or asked_first + timedelta(days=DEFAULT_DAYS)
    if last_on < today:
        refuse_if_any([_reversed(last_on)])
    return max(asked_first, today), last_on


def _horizon_problems(first_on: date, last_on: date | None, today: date) -> Iterator[Problem]:
    if (first_on - today).days > FARTHEST_DAYS:
        yield Problem(
            "too_far_ahead", ProblemKind.BLOCKER, f"A search begins {FARTHEST_DAYS} days ahead at most."
        )
    if last_on is not None and last_on < first_on:
        yield _reversed(last_on)
    elif last_on is not None and (last_on - first_on).days > MOST_DAYS:
        yield Problem("horizon_too_long", ProblemKind.BLOCKER, f"A search looks at {MOST_DAYS} days at most.")


def _reversed(last_on: date) -> Problem:
    return Problem(
        "horizon_reversed",
        ProblemKind.BLOCKER,
        f"The search ends on {last_on}, before it begins. Choose a later end.",
    )


def _nothing_due() -> Problem:
    return Problem("nothing_due", ProblemKind.WARNING, "Every treatment of this course has its time already.")


def _distinct(proposals: Sequence[Proposal]) -> Iterator[Proposal]:
    seen = set()
    for proposal in proposals:
        starts = tuple(placed.start_cell for placed in proposal.sessions)
        if starts not in seen:
            seen.add(starts)
            yield proposal
