"""The question the desk asks: when can this patient's whole course happen? Reads only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clinic.errors import Problem, ProblemKind, Unknown, refuse_if_any
from clinic.lookup import find
from clinic.models import Resource, ResourceKind, Site
from clinic.places.sites import active_sites
from clinic.sentences import sentence as _
from clinic.time.cells import cell_at
from clinic.time.wall_clock import local_date
from scheduling.courses.course import Course, key_of, outline_of
from scheduling.engine.costs import dearness_from
from scheduling.engine.proposal import Found, Proposal
from scheduling.engine.search_dates import dates_searched
from scheduling.models import SCHEDULED, Session
from scheduling.rest.reading import beside
from scheduling.search.candidates import Candidate, candidates
from scheduling.search.nothing_fits import nothing_fits
from scheduling.search.proposal import named
from scheduling.search.reviews import Reviews
from scheduling.search.site_search import SearchRequest, SiteSearch
from scheduling.search.with_reseating import roomier_candidates
from treatments.cadence import TREATMENT, Key
from treatments.models import Plan
from treatments.wishes import Wishes, wishes_from

DEFAULT_DAYS, MOST_PROPOSALS = 120, 5
# So many calendars are looked at before what is left is taken for more of the same.
_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: site-local dates, both included, and wishes in place of the stored ones.

    `sessions` asks for the first so many of those that are due; `most` is how many calendars are wanted.
    """

    first_on: date | None = None
    last_on: date | None = None
    wishes: Wishes | None = None
    sessions: int | None = None
    most: int = MOST_PROPOSALS


def propose(*, plan: Plan, asked: Asked, now: datetime) -> Found:
    """Up to five whole calendars for the sessions that are due, the soonest first; and why there is none.

    Where none fits as things stand, up to two that fit once booked ones change seats; their `costs` say so.
    Where the whole does not fit, `partial` holds what does, and `relaxations` what would help.
    Raises Refused (`horizon_reversed`, `horizon_too_long`, `too_far_ahead`, `sessions_not_due`) and Unknown
    (`unknown_site`, `unknown_practitioner`, `unknown_plan` for a companion).
    """
    question = _question(plan=plan, asked=asked, now=now)
    searches = question.searches
    if not searches:
        return Found((), (_nothing_due(),))
    found = tuple(_different(candidates(searches), most=asked.most))
    if proposals := found or tuple(_different(roomier_candidates(searches), most=asked.most)):
        return Found(tuple(map(question.reviews.along, proposals)), ())
    return nothing_fits(searches)


@dataclass(frozen=True, slots=True)
class _Question:
    """One search a site for the treatments, and the reviews that come along."""

    searches: list[SiteSearch]
    reviews: Reviews


def searches_of(*, plan: Plan, asked: Asked, now: datetime) -> list[SiteSearch]:
    """One search a site, nothing of which is reckoned yet; none where nothing is due. Raises as `propose`."""
    return _question(plan=plan, asked=asked, now=now).searches


def _question(*, plan: Plan, asked: Asked, now: datetime) -> _Question:
    wishes = asked.wishes if asked.wishes is not None else wishes_from(plan.wishes)
    active = active_sites(clinic_id=plan.clinic_id, now=now)
    sites = [site for site in active if wishes.site in (None, site.uuid)]
    if not sites:
        raise Unknown("unknown_site", _("There is no such site in this clinic."))
    course = outline_of(plan=plan)
    due = _due(course, asked)
    treatments = [key for key in due if key.kind == TREATMENT]
    quest = quest_for(course=course, wishes=wishes, due=treatments, fixed=course.dates, now=now)
    reviews = Reviews(course, [key for key in due if key.kind != TREATMENT], quest, sites)
    if not treatments:
        return _Question([], reviews)
    searches = [SiteSearch(quest, site, *_horizon(asked, site=site, now=now)) for site in sites]
    return _Question(searches, reviews)


def _different(found: Iterable[Candidate], *, most: int) -> Iterator[Proposal]:
    """The first calendars that a patient would tell apart."""
    seen: list[Proposal] = []
    for __, candidate in zip(range(_LOOKED_AT), found, strict=False):
        proposal = named(candidate)
        if not any(proposal.is_like(other) for other in seen):
            seen.append(proposal)
            yield proposal
        if len(seen) == most:
            return


def _due(course: Course, asked: Asked) -> list[Key]:
    """What is looked for, in order."""
    due = [key_of(session) for session in course.due]
    if asked.sessions is not None and not 1 <= asked.sessions <= len(due):
        sentence = _(
            "This course has {count} sessions to book. Ask for 1 to {count} of them.", count=len(due)
        )
        refuse_if_any([Problem("sessions_not_due", ProblemKind.BLOCKER, sentence)])
    return due[: asked.sessions]


def quest_for(
    *, course: Course, wishes: Wishes, due: Sequence[Key], fixed: Mapping[Key, date], now: datetime
) -> SearchRequest:
    """The question for these sessions of one kind, among fixed ones.

    Raises Unknown for whom the wishes name.
    """
    plan, kinds = course.plan, {key.kind for key in due}
    return SearchRequest(
        plan=plan,
        rules=tuple(rule for rule in course.rules if rule.key.kind in kinds),
        due=tuple(due),
        fixed=_without_gaps(course, due, fixed),
        wishes=wishes,
        practitioner_diary=_practitioner_diary(plan, wishes, now),
        companion_cells=_companion_cells(plan, wishes),
        dearness=dearness_from(plan.clinic.search_prices),
        beside=beside(patient=plan.patient, plan=plan),
        now=now,
    )


def _without_gaps(course: Course, due: Sequence[Key], fixed: Mapping[Key, date]) -> Mapping[Key, date]:
    """What was left out of a course has no date: its target stands in for it, as it does for windows."""
    counted_from = {rule.anchor_key for rule in course.rules if rule.key in due}
    missing = [key for key in counted_from if key is not None and key not in {*due, *fixed}]
    if not missing:
        return fixed
    windows = course.windows(fixed)
    return {**fixed, **{key: windows[key].target for key in missing}}


def _practitioner_diary(plan: Plan, wishes: Wishes, now: datetime) -> int | None:
    if wishes.practitioner is None:
        return None
    people = Resource.objects.of_clinic(plan.clinic_id).not_retired(now)
    rows = people.filter(uuid=wishes.practitioner, kind=ResourceKind.PRACTITIONER)
    diary_id: int | None = rows.values_list("diary_id", flat=True).first()
    if diary_id is None:
        raise Unknown("unknown_practitioner", _("There is no such practitioner in this clinic."))
    return diary_id


def _companion_cells(plan: Plan, wishes: Wishes) -> tuple[int, ...]:
    """When the sessions of the other patient's plan start."""
    if wishes.companion is None:
        return ()
    companion = find(Plan.objects.of_clinic(plan.clinic_id), uuid=wishes.companion)
    rows = Session.objects.of_clinic(plan.clinic_id).filter(plan=companion, status__in=SCHEDULED)
    return tuple(cell_at(at) for at in rows.values_list("starts_at", flat=True) if at is not None)


def _horizon(asked: Asked, *, site: Site, now: datetime) -> tuple[date, date]:
    """First and last date of the search at the site."""
    return dates_searched(
        first_on=asked.first_on, last_on=asked.last_on, today=local_date(now, site.tz), days=DEFAULT_DAYS
    )


def _nothing_due() -> Problem:
    return Problem(
        "nothing_due", ProblemKind.WARNING, _("Every treatment of this course has its time already.")
    )
