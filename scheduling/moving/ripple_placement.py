"""A calendar for sessions that may move, each at its own site, among those that stand. Reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from clinic.models import Site
from clinic.time.wall_clock import local_date
from scheduling.courses.course import Course, key_of
from scheduling.engine import placement
from scheduling.engine.placed import PlacedSession
from scheduling.engine.placement import Weights
from scheduling.engine.search_dates import FARTHEST_DAYS
from scheduling.moving.ripple_search import MOVE_PRICE, RippleSearch
from scheduling.search.candidates import CalendarKind, Candidate
from scheduling.search.proposal import placed_sessions
from scheduling.search.propose import quest_for
from treatments.cadence import Key
from treatments.wishes import Wishes

# How far behind the last session of a course the ripple looks for room.
_ROOM_DAYS = 90


@dataclass(frozen=True, slots=True)
class Movable:
    """A course of only those sessions that may move, all of one kind; the dates of all, and what is wished.

    `set_aside` lie outside their windows with a reason, and stay there.
    """

    course: Course
    dates: Mapping[Key, date]
    wishes: Wishes
    set_aside: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Placing:
    """Where those go that move; or, with nothing placed, the first that finds no time."""

    placed: tuple[PlacedSession, ...] = ()
    stuck: Key | None = None


def place_anew(movable: Movable, *, now: datetime) -> Placing:
    """The calendar with the fewest moves, then the smallest. A fixed number of queries per site."""
    site_of = _sites(movable, now)
    searches = {site.pk: _search(movable, site, now) for site in site_of.values()}
    course = _course({key: searches[site.pk] for key, site in site_of.items()})
    calendar = placement.best_calendar(course, _weights(searches))
    if calendar is None:
        return Placing(stuck=_stuck(course))
    placed: list[PlacedSession] = []
    for pk, search in searches.items():
        found = Candidate(CalendarKind.STEADIEST, search, course, calendar)
        elsewhere = {key for key, site in site_of.items() if site.pk != pk}
        placed += placed_sessions(found, stay=_stay(found) | elsewhere)
    return Placing(tuple(sorted(placed, key=lambda one: one.number)))


def _sites(movable: Movable, now: datetime) -> dict[Key, Site]:
    """Where each is; what is nowhere yet goes where most are, and where none is, as it is wished."""
    home = movable.course.home_site(now)
    return {key_of(session): session.site or home for session in movable.course.sessions}


def _search(movable: Movable, site: Site, now: datetime) -> RippleSearch:
    standing = movable.course.by_key
    today = local_date(now, site.tz)
    last_on = max([*movable.dates.values(), today]) + timedelta(days=_ROOM_DAYS)
    return RippleSearch(
        quest=quest_for(
            course=movable.course,
            wishes=movable.wishes,
            due=list(standing),
            fixed={key: on for key, on in movable.dates.items() if key not in standing},
            now=now,
        ),
        site=site,
        first_on=today,
        last_on=min(last_on, today + timedelta(days=FARTHEST_DAYS)),
        standing=standing,
        set_aside=movable.set_aside,
    )


def _course(search_of: Mapping[Key, RippleSearch]) -> placement.Course:
    """One course, each session with the options that its own site has."""
    searches = {search.site.pk: search for search in search_of.values()}
    by_site = {pk: search.course(search.options()) for pk, search in searches.items()}
    courses = {key: by_site[search.site.pk] for key, search in search_of.items()}
    any_of_them = next(iter(by_site.values()))
    sessions = (
        courses.get(placeable.rule.key, any_of_them).sessions[index]
        for index, placeable in enumerate(any_of_them.sessions)
    )
    return replace(any_of_them, sessions=tuple(sessions))


def _weights(searches: Mapping[int, RippleSearch]) -> Weights:
    quest = next(iter(searches.values())).quest
    return Weights(rhythm=quest.dearness.rhythm, outside=10 * MOVE_PRICE)


def _stay(found: Candidate) -> set[Key]:
    search = found.search
    assert isinstance(search, RippleSearch)
    return {
        rule.key
        for rule, start, _ in found.placed
        if rule.key in search.stays and search.stays[rule.key][1].start == start
    }


def _stuck(course: placement.Course) -> Key:
    end = placement.dead_end(course)
    return course.sessions[0 if end is None else end.index].rule.key
