"""Whether booked sessions can take place as they stand: a site may close and people leave after booking."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.models import Site
from scheduling.models import Claim, Session

_DAY = timedelta(days=1)
_Claimed = tuple[int, int, int]


def cannot_take_place(*, sessions: Iterable[Session]) -> frozenset[int]:
    """The keys of those, with site and time, that cannot: their site is shut or given up, or somebody or
    something that they have claimed does not work then, is away or retired.

    One query for all, and one more for each site while its hours are remembered.
    """
    by_site: dict[Site, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.site is not None and session.local_date is not None:
            by_site[session.site].append(session)
    claimed = _claimed([one.pk for of_site in by_site.values() for one in of_site])
    return frozenset(pk for site, of_site in by_site.items() for pk in _stranded(site, of_site, claimed))


def _stranded(site: Site, sessions: Sequence[Session], claimed: dict[int, list[_Claimed]]) -> Iterable[int]:
    given_up = {one.pk for one in sessions if one.local_date and not site.is_valid_on(one.local_date)}
    dates = [session.local_date for session in sessions if session.pk in claimed and session.local_date]
    if not dates:
        return given_up
    # Stages may begin the day before and end the day after.
    horizon = Horizon(site.tz, min(dates) - _DAY, max(dates) + _DAY)
    works = working_at(site=site, horizon=horizon).open
    return [
        session.pk
        for session in sessions
        if session.pk in given_up
        or any(
            horizon.cells_mask(start, end) & ~works.get(diary, 0)
            for diary, start, end in claimed.get(session.pk, ())
        )
    ]


def _claimed(session_ids: Sequence[int]) -> dict[int, list[_Claimed]]:
    """By session, the diaries and cells of all but the patient."""
    found: dict[int, list[_Claimed]] = defaultdict(list)
    if session_ids:
        rows = Claim.objects.filter(session__in=session_ids, need__isnull=False)
        for session_id, *claim in rows.values_list("session", "diary", "start_cell", "end_cell"):
            diary, start, end = claim
            found[session_id].append((diary, start, end))
    return found
