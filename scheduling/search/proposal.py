"""A calendar with everything named: who and what serves, what the desk says of it, and what it costs."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, time, timedelta

from clinic.models import ResourceKind
from clinic.sentences import Sentence, counted, joined, listed
from clinic.sentences import sentence as _
from clinic.time.cells import ones
from clinic.time.wall_clock import local_date
from scheduling.diaries.assignment import Rank, assignments_of
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.costs import clock_of, snug_mask
from scheduling.engine.placed import PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.search.candidates import CalendarKind, Candidate
from scheduling.search.site_search import SiteSearch
from treatments.cadence import Key

_HALF_A_DAY = 96  # cells: eight hours before and after, a working day around the session
_MISSED = {
    "weekdays": _("not on a wished weekday"),
    "hours": _("outside the wished hours"),
    "practitioner": _("not with the wished practitioner"),
    "companion": _("not together with the other patient"),
}
# Any Monday: what a weekday is called, a date says in every language.
_MONDAY = date(2024, 1, 1)


def named(candidate: Candidate) -> Proposal:
    """The calendar with named resources, and what is to be said of it."""
    sessions = placed_sessions(candidate)
    quest = candidate.search.quest
    return Proposal(
        plan_uuid=quest.plan.uuid,
        plan_version=quest.plan.version,
        label=_label(candidate, sessions),
        sessions=tuple(sessions),
        advantages=tuple(_advantages(candidate, sessions)),
        costs=(*_costs(candidate, sessions), *_room_costs(candidate)),
    )


def placed_sessions(candidate: Candidate, *, stay: Collection[Key] = ()) -> list[PlacedSession]:
    """The sessions with named resources: the wished one, those of earlier sessions, whom it suits.

    Those that stay where they are have theirs and are left out.
    """
    search = candidate.search
    asked = candidate.practitioner or search.quest.practitioner_diary
    used = set(search.familiar)
    sessions: list[PlacedSession] = []
    for rule, start, window in candidate.placed:
        if rule.key in stay:
            continue
        shape = search.shape_at(start, rule.session_type_id, candidate.practitioner)
        cast = search.cast(shape, start, _rank(search, shape, start, asked, used))
        assignments = assignments_of(
            shape=shape, cast=cast, diaries=search.diaries, start=start, asked_for=asked
        )
        used |= {a.resource.diary_id for a in assignments if a.resource.kind == ResourceKind.PRACTITIONER}
        start_cell = search.diaries.horizon.first_cell + start
        sessions.append(
            PlacedSession(
                key=rule.key,
                session_type_id=rule.session_type_id,
                site_id=search.site.pk,
                site_uuid=search.site.uuid,
                zone=search.site.tz,
                start_cell=start_cell,
                end_cell=start_cell + shape.patient_cells,
                window=window,
                assignments=assignments,
            )
        )
    return sessions


def _rank(
    search: SiteSearch, shape: SessionRequirements, start: int, asked: int | None, used: set[int]
) -> Rank:
    """Whom to ask first. People: who leaves no useless gap and has least to do. Things: the least wanted one.

    A room or device that fewer session types could use is taken before one that many could.
    """
    lead, low = shape.lead, max(start - _HALF_A_DAY, 0)
    cards = search.diaries.cards

    def rank(diary: int) -> tuple[int, ...]:
        around = search.diaries.busy.get(diary, 0) >> low & ones(2 * _HALF_A_DAY)
        busy = around.bit_count()
        if cards[diary].kind != ResourceKind.PRACTITIONER:
            return (search.diaries.skill_counts[diary], -busy, diary)
        gap = 0
        if lead is not None and diary in lead.pool:
            begins, ends = min(part.start for part in lead.parts), max(part.end for part in lead.parts)
            free = search.diaries.free[diary] >> low & ones(2 * _HALF_A_DAY)
            gap = not snug_mask(free=free, busy=around, start=begins, end=ends) >> (start - low) & 1
        return (diary != asked, diary not in used, gap, search.diaries.skill_counts[diary], busy, diary)

    return rank


def _label(candidate: Candidate, sessions: Sequence[PlacedSession]) -> Sentence:
    """What it is called, and after a colon what that means."""
    first_on = sessions[0].local_date
    match candidate.family:
        case CalendarKind.SOONEST:
            return joined([_("Soonest"), _starts(first_on, candidate)], by=": ")
        case CalendarKind.STEADIEST:
            return joined([_("Best rhythm"), _("closest to the target days and wishes")], by=": ")
        case CalendarKind.SAME_HOUR:
            assert candidate.weekday is not None
            assert candidate.hour is not None
            always = _always(candidate.weekday, clock_of(candidate.hour))
            if candidate.practitioner:
                return _("{always} with {name}", always=always, name=sessions[0].lead)
            return always
        case CalendarKind.ONE_PRACTITIONER:
            return _("All with {name}", name=sessions[0].lead)
        case CalendarKind.LATER:
            return joined([_("Later"), _starts(first_on, candidate)], by=": ")
        case CalendarKind.PARTIAL:
            due = len(candidate.search.quest.due)
            return _("The first {count} of {due}", count=len(sessions), due=due)


def _always(weekday: int, at: time) -> Sentence:
    return _("Always {weekday:l} at {at:H:i}", weekday=_MONDAY + timedelta(days=weekday - 1), at=at)


def _advantages(candidate: Candidate, sessions: Sequence[PlacedSession]) -> Iterator[Sentence]:
    """What is good about it besides its label."""
    if len(sessions) < 2:
        return
    hours = {(placed.local_date.isoweekday(), placed.starts_at.time()) for placed in sessions}
    if len(hours) == 1 and candidate.family is not CalendarKind.SAME_HOUR:
        [(weekday, clock)] = hours
        yield _always(weekday, clock)
    later = [placed for placed in sessions[1:] if placed.window is not None]
    if all(placed.window is None or placed.local_date == placed.window.target for placed in later):
        yield _("Every session on its best day")
    leads = {placed.lead for placed in sessions}
    if len(leads) == 1 and leads != {""} and candidate.practitioner is None:
        yield _("All with {name}", name=sessions[0].lead)


def _costs(candidate: Candidate, sessions: Sequence[PlacedSession]) -> Iterator[Sentence]:
    """What is not as it should be, session by session, the same together in one sentence."""
    off: dict[Sentence, list[int]] = {}
    for (rule, __, window), placed in zip(candidate.placed, sessions, strict=True):
        # A course begins when it begins; what counts from something that happened is early or late.
        days = (placed.local_date - window.target).days if rule.anchor_key else 0
        if days:
            off.setdefault(_days_off(days), []).append(placed.number)
    first_cell = candidate.search.diaries.horizon.first_cell
    for placed in sessions:
        for wish in candidate.search.wishes_as_preferences(placed.session_type_id):
            if not wish.keeps >> (placed.start_cell - first_cell) & 1:
                off.setdefault(_MISSED[wish.name], []).append(placed.number)
    for words, numbers in off.items():
        yield counted(
            "{sessions} is {off}",
            "{sessions} are {off}",
            count=len(numbers),
            sessions=_sessions(numbers),
            off=words,
        )


def _days_off(days: int) -> Sentence:
    if days > 0:
        return counted("{count} day late", "{count} days late", count=days)
    return counted("{count} day early", "{count} days early", count=-days)


def _room_costs(candidate: Candidate) -> Iterator[Sentence]:
    """What booked sessions change so that these fit, in one sentence."""
    changed: set[Sentence] = set()
    numbers: list[int] = []
    for rule, start, __ in candidate.placed:
        shape = candidate.search.shape_at(start, rule.session_type_id, candidate.practitioner)
        if for_this_one := candidate.search.making_room(shape, start):
            changed |= for_this_one
            numbers.append(rule.key.number)
    if numbers:
        what = listed(sorted(changed, reverse=True))
        yield _("Other sessions change {what} for {sessions}", what=what, sessions=_sessions(numbers).lower())


def _sessions(numbers: Sequence[int]) -> Sentence:
    return counted("Session {numbers}", "Sessions {numbers}", count=len(numbers), numbers=listed(numbers))


def _starts(on: date, candidate: Candidate) -> Sentence:
    today = local_date(candidate.search.quest.now, candidate.search.site.tz)
    match (on - today).days:
        case 0:
            return _("starts today")
        case 1:
            return _("starts tomorrow")
    if on.year == today.year:
        return _("starts {on:l j F}", on=on)
    return _("starts {on:l j F Y}", on=on)
