"""Reviews that are booked with their course: each calendar on offer brings them along. Reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from clinic.models import Site
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from scheduling.courses.course import Course
from scheduling.engine import placement
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.placed import PlacedSession
from scheduling.engine.placement import Weights
from scheduling.engine.proposal import Proposal
from scheduling.engine.search_dates import FARTHEST_DAYS
from scheduling.search.candidates import CalendarKind, Candidate
from scheduling.search.proposal import placed_sessions
from scheduling.search.site_search import SearchRequest, SiteSearch
from treatments.cadence import Key, Window


@dataclass
class ReviewSearch(SiteSearch):
    """A search for one review; the days of the calendar that it goes with are left out."""

    others: frozenset[date] = field(default_factory=frozenset)

    def unrested_starts_of(self, shape: SessionRequirements) -> int:
        horizon = self.diaries.horizon
        taken = sum(horizon.day_mask(day) for day in horizon.days if day.on in self.others)
        return super().unrested_starts_of(shape) & ~taken


@dataclass(frozen=True, slots=True)
class Reviews:
    """The due reviews of a course, in order, and the question that its treatments are looked for with."""

    course: Course
    keys: Sequence[Key]
    quest: SearchRequest
    sites: Sequence[Site]

    def along(self, proposal: Proposal) -> Proposal:
        """The calendar with its reviews, each in its window, up to the first that finds no time there."""
        for key in self.keys:
            found = self._placed(key, proposal)
            if found is None:
                late = _("{review} finds no time in its window: book it when it is due", review=key.words)
                return replace(proposal, costs=(*proposal.costs, late))
            proposal = replace(proposal, sessions=(*proposal.sessions, found))
        return proposal

    def _placed(self, key: Key, proposal: Proposal) -> PlacedSession | None:
        dates = self.course.dates | {placed.key: placed.local_date for placed in proposal.sessions}
        site = next(one for one in self.sites if one.pk == proposal.sessions[0].site_id)
        window = _still_to_come(self.course.windows(dates)[key], site, self.quest.now)
        if window is None:
            return None
        rules = tuple(rule for rule in self.course.rules if rule.key == key)
        quest = replace(self.quest, rules=rules, due=(key,), fixed=self._fixed(key, dates))
        search = ReviewSearch(quest, site, window.earliest, window.latest, frozenset(dates.values()))
        course = search.course(search.options())
        calendar = placement.best_calendar(course, Weights(rhythm=quest.dearness.rhythm))
        if calendar is None:
            return None
        [placed] = placed_sessions(Candidate(CalendarKind.STEADIEST, search, course, calendar))
        return replace(placed, window=window)

    def _fixed(self, key: Key, dates: dict[Key, date]) -> dict[Key, date]:
        """What was left out of a course has no date: its target stands in for it."""
        targets = {other: window.target for other, window in self.course.windows(dates).items()}
        known = targets | dates
        return {other: on for other, on in known.items() if other != key}


def _still_to_come(window: Window, site: Site, now: datetime) -> Window | None:
    """As far as sessions are booked, from today on."""
    today = local_date(now, site.tz)
    window = window.reopened(today)
    last = min(window.latest, today + timedelta(days=FARTHEST_DAYS))
    first = max(window.earliest, today)
    return None if first > last else Window(first, min(max(window.target, first), last), last)
