"""Rules of booking: one function per rule, each answering with all its problems.

Pure: the rules look at a calendar (placed sessions), at shapes and at masks. Whoever books runs
all of them again, whatever the proposal promised.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from clinic.errors import Problem, ProblemKind
from clinic.hours.opening import Horizon
from clinic.sentences import Sentence, counted, joined
from clinic.sentences import sentence as _
from clinic.time.cells import ones
from scheduling.engine.availability import RequiredRole, SessionRequirements
from scheduling.engine.placed import Assignment, PlacedSession
from treatments.cadence import TREATMENT, Key, Window

Calendar = Sequence[PlacedSession]


def in_the_past(calendar: Calendar, *, now: datetime) -> Iterator[Problem]:
    for placed in calendar:
        if placed.starts_at < now:
            yield Problem(
                "starts_in_the_past",
                ProblemKind.BLOCKER,
                _("{when} is in the past. Search again for calendars from today.", when=_when(placed)),
            )


def first_of_course(calendar: Calendar, *, due: Sequence[Key]) -> Iterator[Problem]:
    """All that is due, or the first so many of it: nobody books the third session before the second."""
    if not calendar or [placed.key for placed in calendar] != list(due)[: len(calendar)]:
        yield Problem(
            "not_the_whole_course",
            ProblemKind.BLOCKER,
            _("The calendar does not hold the sessions that are due, or the first of them. Search again."),
        )


def window_kept(calendar: Calendar, *, windows: Mapping[Key, Window], now: datetime) -> Iterator[Problem]:
    """A window that has closed is open from today on."""
    for placed in calendar:
        window = windows.get(placed.key)
        today = now.astimezone(placed.zone).date()
        if window is not None and not window.reopened(today).holds(placed.local_date):
            yield Problem(
                "outside_window",
                ProblemKind.WAIVABLE,
                _(
                    "Session {number} on {on:l j F Y} lies outside its window, {earliest:l j F Y} to "
                    "{latest:l j F Y}.",
                    number=placed.number,
                    on=placed.local_date,
                    earliest=window.earliest,
                    latest=window.latest,
                ),
            )


def rhythm_kept(
    dates: Mapping[Key, date], *, windows: Mapping[Key, Window], today: date, near_days: int
) -> dict[Key, Problem]:
    """The sessions outside their windows; how far decides whether the desk may say otherwise.

    A window that has closed is open from today on, one that closes today from tomorrow on.
    """
    found = {}
    for key, on in dates.items():
        if (window := windows.get(key)) is None or window.holds(on):
            continue
        window, from_tomorrow = window.reopened(today), window.reopened(today + timedelta(days=1))
        if window.holds(on) or from_tomorrow.holds(on):
            continue
        days = max((window.earliest - on).days, (on - window.latest).days)
        outside = counted(
            "{session} on {on:l j F Y} lies {count} day outside its window, {earliest:l j F Y} to "
            "{latest:l j F Y}.",
            "{session} on {on:l j F Y} lies {count} days outside its window, {earliest:l j F Y} to "
            "{latest:l j F Y}.",
            count=days,
            session=key.words,
            on=on,
            earliest=window.earliest,
            latest=window.latest,
        )
        if days <= near_days:
            sentence = joined([outside, _("Give a reason to have it there.")])
            found[key] = Problem("outside_window", ProblemKind.WAIVABLE, sentence)
        else:
            sentence = joined([outside, _("A practitioner may have it there, with a reason.")])
            found[key] = Problem("far_outside_window", ProblemKind.WAIVABLE, sentence)
    return found


def in_turn(keys: Iterable[Key], *, due: Iterable[Key]) -> Iterator[Problem]:
    """Nobody books the third treatment while the second is due."""
    last = max((key.number for key in keys if key.kind == TREATMENT), default=0)
    earlier = [key.number for key in due if key.kind == TREATMENT and key.number < last]
    if earlier:
        yield Problem(
            "earlier_visit_due",
            ProblemKind.BLOCKER,
            _(
                "Session {number} has no time yet. Book it before session {last}.",
                number=min(earlier),
                last=last,
            ),
        )


def one_a_day(calendar: Calendar, *, standing: Mapping[int, date]) -> Iterator[Problem]:
    """`standing` are the dates of the course's other sessions, by number."""
    dates = sorted({**standing, **{placed.number: placed.local_date for placed in calendar}}.items())
    new = {placed.number for placed in calendar}
    for (number, on), (next_number, next_on) in pairwise(dates):
        if next_on <= on and not new.isdisjoint((number, next_number)):
            yield Problem(
                "out_of_order",
                ProblemKind.BLOCKER,
                _(
                    "Session {next_number} on {next_on:l j F Y} does not follow session {number} "
                    "on {on:l j F Y}. The sessions of a course follow each other on different "
                    "days.",
                    next_number=next_number,
                    next_on=next_on,
                    number=number,
                    on=on,
                ),
            )


def pools_filled(shape: SessionRequirements) -> Iterator[Problem]:
    """Each role has somebody or something at the site that can play it at all."""
    for role in shape.roles:
        if not role.pool:
            yield Problem(
                "nobody_can",
                ProblemKind.BLOCKER,
                _("Nobody and nothing at this site can serve as {role}.", role=role.label),
            )


def serves(shape: SessionRequirements, *, diary_id: int, name: str) -> Iterator[Problem]:
    """Whoever is asked for can play one of the roles."""
    if not any(diary_id in role.pool for role in shape.roles):
        yield Problem(
            "resource_cannot_serve",
            ProblemKind.BLOCKER,
            _(
                "{name} does not serve in this kind of session. Ask for somebody else, or for anyone.",
                name=name,
            ),
        )


def needs_filled(placed: PlacedSession, *, shape: SessionRequirements) -> Iterator[Problem]:
    """Every need has one resource that can serve for it, at the minutes the session type says."""
    if placed.end_cell - placed.start_cell != shape.patient_cells:
        yield _misfit(placed)
        return
    for role in shape.roles:
        mine = sorted((a for a in placed.assignments if a.role == role.key), key=lambda a: a.start_cell)
        if _misfits(role, mine, placed.start_cell):
            yield _misfit(placed)
        elif any(assignment.resource.diary_id not in role.pool for assignment in mine):
            name = mine[0].resource.name
            yield Problem(
                "resource_cannot_serve",
                ProblemKind.BLOCKER,
                _(
                    "{name} can no longer serve as {role} on {when}. Search again.",
                    name=name,
                    role=role.label,
                    when=_when(placed),
                ),
            )
    if {a.role for a in placed.assignments} - {role.key for role in shape.roles}:
        yield _misfit(placed)


def hours_kept(
    placed: PlacedSession, *, open_masks: Mapping[int, int], horizon: Horizon
) -> Iterator[Problem]:
    """Every resource works throughout its stretch: inside hours, outside closures and leave."""
    for assignment in placed.assignments:
        low, length = assignment.start_cell - horizon.first_cell, assignment.end_cell - assignment.start_cell
        is_open = low >= 0 and ~open_masks.get(assignment.resource.diary_id, 0) >> low & ones(length) == 0
        if not is_open:
            yield Problem(
                "outside_hours",
                ProblemKind.WAIVABLE,
                _(
                    "{name} is not available on {when}. Search again.",
                    name=assignment.resource.name,
                    when=_when(placed),
                ),
            )


def _misfits(role: RequiredRole, assignments: Sequence[Assignment], start_cell: int) -> bool:
    parts = sorted((start_cell + part.start, start_cell + part.end, part.need_id) for part in role.parts)
    given = sorted((a.start_cell, a.end_cell, a.need_id) for a in assignments)
    return parts != given or len({a.resource.diary_id for a in assignments}) != 1


def _misfit(placed: PlacedSession) -> Problem:
    return Problem(
        "calendar_outdated",
        ProblemKind.BLOCKER,
        _(
            "Session {number} no longer matches what its session type needs. Search again.",
            number=placed.number,
        ),
    )


def _when(placed: PlacedSession) -> Sentence:
    return _("{on:l j F Y} at {at:H:i}", on=placed.local_date, at=placed.starts_at)
