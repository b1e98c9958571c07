"""A small clinic as it stands between two acts, and what must hold of any two such pictures."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from clinic.models import Change, Closure, Leave, LeaveState, Patient
from clinic.time.cells import instant_of
from scheduling.diaries.integrity import flaws
from scheduling.messages.outbox import UNSENT
from scheduling.models import (
    AHEAD,
    LIVE,
    Claim,
    CourseAct,
    FreedTime,
    Heard,
    Hold,
    Message,
    MessageKind,
    MessageState,
    Offer,
    Session,
    SessionStatus,
    SpokenWaiver,
    Wait,
)
from tests.support.cast import CLOSES, OPENS, WORKING_DAYS
from tests.support.worlds import World
from treatments.cadence import TREATMENT
from treatments.models import Concern, Plan, PlanState

Row = Mapping[str, Any]
# Whatever a session has with what the patient sees of it.
_SEEN = ("starts_at", "ends_at", "site_id")
_OUTSIDE = {"outside_window", "far_outside_window"}
_UNPROMISED = (SessionStatus.CANCELLED, SessionStatus.DUE, SessionStatus.HELD)
_UNNOTED = {"version", "changed_at"}


@dataclass(frozen=True)
class Picture:
    """Every row that an act may write, by key; claims by session: diary, first cell, cell after the last.

    `shown` are the other rows of which REST shows each version, by kind and id; `changes` what the log tells:
    of which row, and of which version.
    """

    sessions: Mapping[int, Row] = field(default_factory=dict)
    plans: Mapping[int, Row] = field(default_factory=dict)
    claims: Mapping[int, frozenset[tuple[int, int, int]]] = field(default_factory=dict)
    shown: Mapping[str, Mapping[UUID, Row]] = field(default_factory=dict)
    freed: Mapping[int, Row] = field(default_factory=dict)
    reminders: Mapping[int, Row] = field(default_factory=dict)
    heard: Mapping[int, Row] = field(default_factory=dict)
    changes: Mapping[int, tuple[UUID, int]] = field(default_factory=dict)
    acts: Mapping[int, Row] = field(default_factory=dict)


def taken() -> Picture:
    claims: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
    for session, *cells in Claim.objects.values_list("session_id", "diary_id", "start_cell", "end_cell"):
        claims[session].add((cells[0], cells[1], cells[2]))
    return Picture(
        sessions=_rows(Session.objects.all()),
        plans=_rows(Plan.objects.all()),
        claims={key: frozenset(found) for key, found in claims.items()},
        shown={
            model.__name__: {row["uuid"]: row for row in model._default_manager.values()}
            for model in (Hold, Offer, Wait, Leave, Closure, Patient, Concern, SpokenWaiver)
        }
        | {"Message": _on_the_call_list()},
        freed=_rows(FreedTime.objects.all()),
        acts=_rows(CourseAct.objects.all()),
        reminders=_rows(Message.objects.filter(kind=MessageKind.REMINDER)),
        heard=_rows(Heard.objects.all()),
        changes={
            key: (uuid, version)
            for key, uuid, version in Change.objects.values_list("pk", "object_uuid", "version")
        },
    )


def _on_the_call_list() -> dict[UUID, Row]:
    """What a person must bring, or has. Before that a message shows nowhere."""
    rows = Message.objects.filter(state__in=(*UNSENT, MessageState.TOLD))
    return {row["uuid"]: row for row in rows.values("uuid", "version", "state")}


def _rows(rows: QuerySet[Any]) -> dict[int, Row]:
    return {row["id"]: row for row in rows.values()}


def broken(
    before: Picture,
    after: Picture,
    *,
    world: World,
    now: datetime,
    is_undoing: bool = False,
    **_: object,
) -> Iterator[str]:
    """Every promise that does not hold after what was done at `now`, in a sentence each."""
    yield from flaws()
    yield from _versions(before, after, is_undoing=is_undoing)
    yield from _sequences(before, after)
    yield from _rhythm(after)
    if is_undoing:
        # What is put back kept the rules when it was placed, or said who set them aside.
        return
    yield from outside_windows(before, after, today=now.astimezone(world.site.tz).date())
    yield from _hours(before, after, world)
    yield from _past(before, after, now)
    yield from placed_at_rest(before, after)


def _pairs(before: Picture, after: Picture) -> Iterator[tuple[Row, Row]]:
    for key, row in after.sessions.items():
        if (was := before.sessions.get(key)) is not None and was != row:
            yield was, row


def _differs(was: Row, row: Row, columns: Iterator[str] | tuple[str, ...]) -> bool:
    return any(was[name] != row[name] for name in columns)


def _versions(before: Picture, after: Picture, *, is_undoing: bool) -> Iterator[str]:
    """Any write is a new version of the plan; what ran out or changed seats leaves the plan’s.

    So does what is held again when leave is undone.
    """
    for was, row in _pairs(before, after):
        is_plans = not (was["status"] == SessionStatus.HELD and row["status"] == SessionStatus.DUE)
        is_plans = is_plans and not (is_undoing and row["status"] == SessionStatus.HELD)
        columns = tuple(name for name in row if name not in {*_UNNOTED, "cast"})
        if row["plan_id"] and is_plans and _differs(was, row, columns):
            plan_was, plan = before.plans[row["plan_id"]], after.plans[row["plan_id"]]
            if plan["version"] <= plan_was["version"]:
                yield f"{_name(row)} was written without a version of its plan."


def _sequences(before: Picture, after: Picture) -> Iterator[str]:
    """A new sequence comes with what the patient sees, and only with that."""
    for was, row in _pairs(before, after):
        is_off = [one["status"] in _UNPROMISED for one in (was, row)]
        shows = _differs(was, row, _SEEN) or is_off[0] != is_off[1]
        if row["sequence"] < was["sequence"]:
            yield f"{_name(row)} has an older sequence."
        if row["sequence"] > was["sequence"] and not shows:
            yield f"{_name(row)} has a new sequence, and nothing that shows changed."
        is_promised = was["status"] in AHEAD and row["status"] in (*AHEAD, SessionStatus.CANCELLED)
        if is_promised and shows and row["sequence"] <= was["sequence"]:
            yield f"{_name(row)} shows something else under its old sequence."


def _rhythm(after: Picture) -> Iterator[str]:
    """The treatments of a course follow each other on different days."""
    for key in after.plans:
        of_plan = sorted(
            (row["number"], row["local_date"])
            for row in after.sessions.values()
            if row["plan_id"] == key and row["kind"] == TREATMENT and row["local_date"] is not None
            if row["status"] in LIVE and row["counts"]
        )
        for (number, on), (later, later_on) in pairwise(of_plan):
            if later_on <= on:
                yield f"Session {later} on {later_on} does not follow session {number} on {on} (plan {key})."


def _placed(before: Picture, after: Picture) -> Iterator[Row]:
    """Sessions to come that have another time than before."""
    for key, row in after.sessions.items():
        was = before.sessions.get(key)
        is_new = was is None or _differs(was, row, ("starts_at", "site_id")) or was["status"] == "held"
        if row["status"] in (*AHEAD, SessionStatus.HELD) and is_new:
            yield row


_DAY_AND_WINDOW = ("local_date", "earliest_on", "latest_on")
_KEPT_BY_A_DELAY = (*_DAY_AND_WINDOW, "site_id", "cast")


def _is_delayed(before: Picture, row: Row) -> bool:
    """A day that is pushed takes along all that is booked on it: later, with everyone, and no new date.

    A move on the same date is none: it may go back, or to others.
    """
    was = before.sessions.get(row["id"])
    if was is None or was["status"] not in AHEAD or _differs(was, row, _KEPT_BY_A_DELAY):
        return False
    return bool(was["starts_at"] < row["starts_at"])


def _is_as_far_outside(before: Picture, row: Row) -> bool:
    """On its day at another hour, in the window that it had."""
    was = before.sessions.get(row["id"])
    return was is not None and was["status"] in AHEAD and not _differs(was, row, _DAY_AND_WINDOW)


def outside_windows(before: Picture, after: Picture, *, today: date) -> Iterator[str]:
    """A session that was given a time lies in its window, or says who set that aside.

    A window that closed is open from today, for a week at least; so is one that closes today, from tomorrow.
    A first session begins its course wherever it is put, and what is held keeps the window it had while due.
    """
    for row in _placed(before, after):
        is_first = row["kind"] == TREATMENT and row["number"] == 1
        if row["plan_id"] is None or is_first or row["status"] == SessionStatus.HELD:
            continue
        # What an amendment left outside and told of is no further outside.
        if _is_as_far_outside(before, row):
            continue
        is_inside = row["earliest_on"] <= row["local_date"] <= row["latest_on"]
        for_days = max((row["latest_on"] - row["target_on"]).days, 7)
        # A ripple gives no time of today, so the week that moves have begins tomorrow.
        is_late = row["latest_on"] <= today <= row["local_date"] <= today + timedelta(days=1 + for_days)
        if not (is_inside or is_late) and not _OUTSIDE & {entry["code"] for entry in row["waived"]}:
            yield f"{_name(row)} on {row['local_date']} lies outside its window, and nobody waived that."


def _hours(before: Picture, after: Picture, world: World) -> Iterator[str]:
    """New claims keep to the hours and to all leave and closures, or the session says who set that aside."""
    granted = Leave.objects.filter(state=LeaveState.GRANTED)
    away = list(granted.values_list("resource__diary_id", "starts_at", "ends_at"))
    shut = list(Closure.objects.values_list("starts_at", "ends_at"))
    for key, claims in after.claims.items():
        row, was = after.sessions[key], before.sessions.get(key)
        # Who was given up and comes after all has the time that was theirs.
        is_again = was is not None and was["status"] == SessionStatus.MISSED
        if is_again or "outside_hours" in {entry["code"] for entry in row["waived"]}:
            continue
        for diary, start_cell, end_cell in claims - before.claims.get(key, frozenset()):
            starts_at, ends_at = instant_of(start_cell), instant_of(end_cell)
            opens, closes = (at.astimezone(world.site.tz) for at in (starts_at, ends_at))
            is_open = opens.isoweekday() in WORKING_DAYS and opens.time() >= OPENS and closes.time() <= CLOSES
            if not is_open:
                yield f"{_name(row)} claims {opens:%a %H:%M} to {closes:%H:%M}, outside the hours."
            for of, gone_at, back_at in away:
                if of == diary and starts_at < (back_at or ends_at) and gone_at < ends_at:
                    yield f"{_name(row)} claims {opens} of diary {diary}, which is away."
            if any(starts_at < until and since < ends_at for since, until in shut):
                yield f"{_name(row)} claims {opens}, when the site is closed."


def _past(before: Picture, after: Picture, now: datetime) -> Iterator[str]:
    for row in _placed(before, after):
        was = before.sessions.get(row["id"])
        if row["starts_at"] < now and (was is None or was["starts_at"] != row["starts_at"]):
            yield f"{_name(row)} was put into the past."


def placed_at_rest(before: Picture, after: Picture) -> Iterator[str]:
    """Nothing of a course is given a time that rests, or is over, but for the reviews of one that is."""
    for row in _placed(before, after):
        plan = before.plans.get(row["plan_id"], {"state": PlanState.ACTIVE})
        # A start that is undone in a course that was stopped meanwhile is booked, and may be delayed.
        runs = plan["state"] in (PlanState.ACTIVE, PlanState.AWAITING_REVIEW) or _is_delayed(before, row)
        if not runs and (row["kind"] == TREATMENT or plan["state"] == PlanState.PAUSED):
            yield f"{_name(row)} was given a time, and its course is {plan['state']}."


def _name(row: Row) -> str:
    return f"Session {row['number']}.{row['attempt']} of plan {row['plan_id']} ({row['status']}, {row['id']})"
