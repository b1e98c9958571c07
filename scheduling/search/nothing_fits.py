"""The answer where no calendar fits: which session gets stuck and why, and what would help.

What would help is the smallest step of each kind that opens the course.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import reduce
from operator import and_

from clinic.errors import Problem, ProblemKind
from clinic.models import Site
from clinic.places.sites import active_sites
from clinic.sentences import Sentence, counted
from clinic.sentences import sentence as _
from scheduling.engine import placement
from scheduling.engine.costs import options_of
from scheduling.engine.placement import Course, DeadEnd, Weights
from scheduling.engine.proposal import Found, Relaxation
from scheduling.engine.why_nothing_fits import Closed, closed_window
from scheduling.search.candidates import CalendarKind, Candidate
from scheduling.search.proposal import named
from scheduling.search.site_search import SiteSearch

MOST_TOLERANCE_DAYS = 7
FURTHER_DAYS = 60
# More than this nobody counts.
_MANY = 999
_WISH_WORDS = {
    "weekdays": _("the wished weekdays"),
    "hours": _("the wished hours"),
    "practitioner": _("the wished practitioner"),
    "companion": _("the other patient’s company"),
}


def nothing_fits(searches: Sequence[SiteSearch]) -> Found:
    """What is told in place of calendars, for searches of which none has any."""
    ends = [(placement.dead_end(search.course(search.options())), search) for search in searches]
    stuck = [(end, search) for end, search in ends if end is not None]
    if not stuck:
        sentence = _("Calendars fit, but none keeps one hour or one practitioner throughout. Drop that wish.")
        problem = Problem("wishes_rule_out", ProblemKind.BLOCKER, sentence)
        return Found((), (problem,), relaxations=tuple(_relaxations(searches[0])))
    end, search = max(stuck, key=lambda found: found[0].index)
    partial = _as_far_as_it_goes(search, end=end)
    looked_at = {search.site.pk for search in searches}
    active = active_sites(clinic_id=search.site.clinic_id, now=search.quest.now)
    others = [site for site in active if site.pk not in looked_at]
    return Found(
        proposals=(),
        problems=tuple(_why_not(search, end=end) for end, search in stuck),
        partial=None if partial is None else named(partial),
        relaxations=tuple(_relaxations(search, other_sites=others)),
    )


def _why_not(search: SiteSearch, *, end: DeadEnd) -> Problem:
    """Which session finds no date at the site, and why."""
    rule = search.quest.rules_in_question()[end.index]
    shape = search.shapes[rule.session_type_id]
    closed = Closed(
        number=rule.key.number,
        shape=shape,
        kernel=search.kernel,
        wished_starts=search.starts()[rule.session_type_id],
        all_starts=search.starts_of(shape),
        unrested_starts=search.unrested_starts_of(shape),
        resting=search.quest.beside.closed(rule.session_type_id),
    )
    return closed_window(closed=closed, end=end, horizon=search.diaries.horizon)


def _as_far_as_it_goes(search: SiteSearch, *, end: DeadEnd) -> Candidate | None:
    """The sessions before the dead end, placed as soon as they can be."""
    course = search.course(search.options()).first_ones(end.index)
    if all(placeable.is_fixed for placeable in course.sessions):
        return None
    dear = search.quest.dearness
    calendar = placement.best_calendar(course, Weights(rhythm=dear.rhythm, soonest=dear.soonest))
    assert calendar is not None, "what comes before a dead end can be placed"
    return Candidate(CalendarKind.PARTIAL, search, course, calendar)


def _relaxations(search: SiteSearch, *, other_sites: Sequence[Site] = ()) -> Iterator[Relaxation]:
    """The smallest step of each kind that gives calendars at the site, or at another one."""
    course = search.course(search.options())
    yield from _without_a_wish(search)
    yield from _smallest_tolerance(course)
    yield from _other_sites(search, other_sites)
    yield from _longer_search(search)


def _without_a_wish(search: SiteSearch) -> Iterator[Relaxation]:
    wishes = search.quest.wishes
    if not wishes.hard:
        return
    names = [wish.name for wish in search.wishes_as_preferences(search.due_rules[0].session_type_id)]
    for name in names:
        count = placement.count_calendars(search.course(_options_without(search, name)))
        if count:
            sentence = _("Without {wish} there {are}.", wish=_WISH_WORDS[name], are=_are(count))
            yield Relaxation(f"without_{name}", sentence, count)
    is_coupled = wishes.same_hour or wishes.same_practitioner
    if is_coupled and (count := placement.count_calendars(search.course(search.options()))):
        sentence = _("Without the same hour or practitioner each time there {are}.", are=_are(count))
        yield Relaxation("without_sameness", sentence, count)


def _options_without(search: SiteSearch, name: str) -> dict[int, dict[int, placement.Option]]:
    found = {}
    for pk, shape in search.shapes.items():
        kept = [wish.keeps for wish in search.wishes_as_preferences(pk) if wish.name != name]
        starts = reduce(and_, kept, search.starts_of(shape))
        found[pk] = options_of(horizon=search.diaries.horizon, starts=starts)
    return found


def _smallest_tolerance(course: Course) -> Iterator[Relaxation]:
    for days in range(1, MOST_TOLERANCE_DAYS + 1):
        if count := placement.count_calendars(course.loosened(days)):
            sentence = counted(
                "With windows {count} day wider there {are}.",
                "With windows {count} days wider there {are}.",
                count=days,
                are=_are(count),
            )
            yield Relaxation("wider_tolerance", sentence, count, str(days))
            return


def _other_sites(search: SiteSearch, sites: Sequence[Site]) -> Iterator[Relaxation]:
    for site in sites:
        there = SiteSearch(search.quest, site, search.first_on, search.last_on)
        if count := placement.count_calendars(there.course(there.options())):
            sentence = _("At {site} there {are}.", site=site.name, are=_are(count))
            yield Relaxation("other_site", sentence, count, str(site.uuid))


def _longer_search(search: SiteSearch) -> Iterator[Relaxation]:
    # The first session may be on any date of a search, so beginning later means searching longer.
    until = search.last_on + timedelta(days=FURTHER_DAYS)
    further = SiteSearch(search.quest, search.site, search.first_on, until)
    if count := placement.count_calendars(further.course(further.options())):
        sentence = _("Searching until {until:j F Y} there {are}.", until=until, are=_are(count))
        yield Relaxation("later_end", sentence, count, str(until))


def _are(count: int) -> Sentence:
    if count > _MANY:
        return _("are more than {most} calendars", most=_MANY)
    return counted("is {count} calendar", "are {count} calendars", count=count)
