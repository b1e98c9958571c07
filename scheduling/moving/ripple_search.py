"""New places of the later sessions when one moves: the fewest and smallest moves. Reads.

The search is the one that books a course. A session that stays where it is costs nothing, any other date
costs a move and every day of it: so the cheapest calendar is the one with the fewest moves, then the
fewest days moved, then the best by what the clinic minds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cached_property

from clinic.models import ResourceKind
from clinic.time.cells import cell_at, ones
from clinic.time.intervals import Stretch
from scheduling.diaries.claims import claims_of
from scheduling.diaries.site_diaries import SiteDiaries
from scheduling.engine.costs import Preference, hours_mask, options_of
from scheduling.engine.ordinals import looser
from scheduling.engine.placement import Option, Placeable
from scheduling.engine.search_dates import FARTHEST_DAYS
from scheduling.models import AHEAD, Session
from scheduling.search.site_search import OptionsByType, SiteSearch
from treatments.cadence import Key, Rule

# A session moved weighs more than any number of days, a day more than everything that a clinic minds.
MOVE_PRICE, DAY_PRICE = 100_000_000, 100_000
# Who came at ten comes best at about ten.
_ABOUT = timedelta(minutes=30)
_HOUR_PRICE = 20


@dataclass
class RippleSearch(SiteSearch):
    """A search for sessions that have a time already, and for those due or only held between them.

    `standing` are the sessions that may be moved; the time of all of them counts as free. What lies outside
    its window with a reason (`set_aside`) is no reason to move another.
    """

    standing: Mapping[Key, Session]
    set_aside: frozenset[Key] = frozenset()

    @cached_property
    def diaries(self) -> SiteDiaries:
        return super().diaries.without([session.pk for session in self.standing.values()])

    @cached_property
    def stays(self) -> dict[Key, tuple[int, Option]]:
        """Where each session is now, if it can stay there: (date ordinal, option)."""
        found, horizon = {}, self.diaries.horizon
        for key, session in self.standing.items():
            if session.status not in AHEAD or session.starts_at is None or session.local_date is None:
                continue
            starts = cell_at(session.starts_at) - horizon.first_cell
            is_free = all(self._is_free(stretch) for stretch in self._claims.get(session.pk, ()))
            if is_free and 0 <= starts < horizon.length:
                found[key] = (session.local_date.toordinal(), Option(starts))
        return found

    @cached_property
    def familiar(self) -> frozenset[int]:
        """The practitioners who treat the patient in this course."""
        cards = self.diaries.cards
        diaries = {stretch.diary_id for of_session in self._claims.values() for stretch in of_session}
        return frozenset(d for d in diaries if d in cards and cards[d].kind == ResourceKind.PRACTITIONER)

    @cached_property
    def _claims(self) -> dict[int, list[Stretch]]:
        claims = claims_of(session_ids=[session.pk for session in self.standing.values()])
        return {key: [one.stretch for one in of_session] for key, of_session in claims.items()}

    def _is_free(self, stretch: Stretch) -> bool:
        free = self.diaries.free.get(stretch.diary_id)
        if free is None:
            # The patient's own diary: their other sessions.
            free = ~self.diaries.busy.get(stretch.diary_id, 0)
        low = stretch.start_cell - self.diaries.horizon.first_cell
        return low < 0 or not ~free >> low & ones(stretch.end_cell - stretch.start_cell)

    def _placeable(self, rule: Rule, options: OptionsByType) -> Placeable:
        found = super()._placeable(rule, options)
        if rule.key in self.set_aside:
            return replace(found, rule=looser(rule, FARTHEST_DAYS))
        session = self.standing.get(rule.key)
        if found.is_fixed or session is None:
            return found
        if session.status not in AHEAD or session.local_date is None:
            return self._from_tomorrow(found)
        now_on = session.local_date.toordinal()
        if now_on != self.first_on.toordinal():
            found = self._from_tomorrow(found)
        moved = {
            on: Option(option.start, option.cost + MOVE_PRICE + DAY_PRICE * abs(on - now_on))
            for on, option in self._about_the_same_hour(rule, session).items()
            if on in found.options
        }
        if rule.key in self.stays:
            on, option = self.stays[rule.key]
            moved[on] = option
        return Placeable(found.rule, moved)

    def _from_tomorrow(self, found: Placeable) -> Placeable:
        """Nobody who is to be told of a new time can be here in five minutes; what closes today goes on."""
        tomorrow = self.first_on + timedelta(days=1)
        options = {on: option for on, option in found.options.items() if on >= tomorrow.toordinal()}
        return Placeable(replace(found.rule, not_before=tomorrow), options)

    def _about_the_same_hour(self, rule: Rule, session: Session) -> Mapping[int, Option]:
        """The cheapest start of each date; sessions of one kind at one hour have the same."""
        assert session.starts_at is not None
        key = rule.session_type_id, session.starts_at.astimezone(self.site.tz).time()
        if key not in self._by_hour:
            near = self._near(session.starts_at, self.shapes[rule.session_type_id].patient_cells)
            likes = self.preferences(rule.session_type_id)
            self._by_hour[key] = options_of(
                horizon=self.diaries.horizon,
                starts=self._starts[rule.session_type_id],
                preferences=[*likes, Preference(near, _HOUR_PRICE)],
            )
        return self._by_hour[key]

    @cached_property
    def _by_hour(self) -> dict[tuple[int, time], dict[int, Option]]:
        return {}

    @cached_property
    def _starts(self) -> Mapping[int, int]:
        return self.starts()

    def _near(self, starts_at: datetime, patient_cells: int) -> int:
        local = starts_at.astimezone(self.site.tz)
        length = timedelta(minutes=5 * patient_cells)
        after, before = local - _ABOUT, local + length + _ABOUT
        if after.date() != local.date() or before.date() != local.date():
            return -1
        return hours_mask(
            horizon=self.diaries.horizon,
            after=after.time(),
            before=before.time(),
            patient_cells=patient_cells,
        )
