"""What REST says of plans, sessions and what happens to them; `output.py` fills it in."""

from typing import Annotated, TypedDict

from clinic.models import ResourceKind
from clinic.web.rest.json_types import AnyObject, Date, Instant, ProblemJson, Uuid, Words
from scheduling.models import CancelledBy, OfferState, Outcome, SessionStatus, WaitState
from treatments.models import PlanState, StepKind


class WindowJson(TypedDict):
    """On which dates a session is meant to be; all three included."""

    earliest: Date
    target: Date
    latest: Date


class ResourceName(TypedDict):
    """Who or what serves; of kind `patient` it is the patient, who can be in one place only."""

    id: Uuid
    kind: Annotated[str, Words((*ResourceKind.values, "patient"))]
    name: str


class PartJson(TypedDict):
    """One who, or that which, serves in a stage of a session, and when."""

    stage: str
    role: str
    resource: ResourceName
    starts_at: Instant | None
    ends_at: Instant | None


class CancelledJson(TypedDict):
    """By whom a session was cancelled, when, why, and whether that was late."""

    by: Annotated[str, Words.of(CancelledBy)]
    at: Instant
    reason: str
    is_late: bool


class DoneElsewhereJson(TypedDict):
    """On which date a session was done, and where."""

    on: Date
    place: str


class SessionJson(TypedDict):
    """One session. `claims` is who and what serves as booked, `used` who and what really did."""

    id: Uuid
    patient: Uuid
    plan: Uuid | None
    site: Uuid | None
    session_type: Uuid
    kind: Annotated[str, Words.of(StepKind)]
    number: int
    attempt: int
    status: Annotated[str, Words.of(SessionStatus)]
    version: int
    sequence: int
    starts_at: Instant | None
    ends_at: Instant | None
    window: WindowJson | None
    claims: list[PartJson]
    arrived_at: Instant | None
    started_at: Instant | None
    finished_at: Instant | None
    outcome: Annotated[str, Words(("", *Outcome.values))]
    outcome_reason: str
    counts: bool | None
    record: AnyObject
    used: list[PartJson]
    cancelled: CancelledJson | None
    done_elsewhere: DoneElsewhereJson | None


class ActJson(TypedDict):
    """What was done, to be undone until then."""

    id: Uuid
    undo_until: Instant


class BookedSessionJson(SessionJson):
    """A session that was booked."""

    act: ActJson | None


class CancelledSessionJson(SessionJson):
    """The cancelled session, what is due in its stead, and what was set aside or late."""

    replacement: SessionJson | None
    warnings: list[ProblemJson]
    act: ActJson | None


class PlanJson(TypedDict):
    """A course of treatment with all its sessions."""

    id: Uuid
    version: int
    state: Annotated[str, Words.of(PlanState)]
    doctor_must_look: bool
    patient: Uuid
    protocol: Uuid
    prescribed_by: Uuid | None
    prescribed_on: Date
    indication: str
    region: str
    harvest_site: str
    wishes: AnyObject
    session_count: int
    interval_days: int | None
    paused_until: Date | None
    sessions: list[SessionJson]


class PrescribedPlanJson(PlanJson):
    """Worth knowing: courses of the patient that still run."""

    warnings: list[ProblemJson]


class AmendedPlanJson(PlanJson):
    """What the amendment cancelled, and which booked sessions lie outside their windows now."""

    cancelled: list[SessionJson]
    problems: list[ProblemJson]


class CancelledPlanJson(PlanJson):
    """The course as it stands now, and what was cancelled."""

    cancelled: list[SessionJson]
    warnings: list[ProblemJson]
    act: ActJson | None


class BookedPlanJson(TypedDict):
    """The sessions that were booked."""

    plan: Uuid
    sessions: list[SessionJson]
    act: ActJson | None


class MovedJson(TypedDict):
    """What was moved. `plan_version` is what the course stands at now; null without a course."""

    sessions: list[SessionJson]
    plan_version: int | None
    act: ActJson | None


class SessionsJson(TypedDict):
    """Sessions as they stand now."""

    sessions: list[SessionJson]


class PlacedJson(TypedDict):
    """A session where a calendar would put it."""

    kind: Annotated[str, Words.of(StepKind)]
    number: int
    starts_at: Instant
    ends_at: Instant
    window: WindowJson | None
    claims: list[PartJson]


class ProposalJson(TypedDict):
    """A whole calendar on offer. `id` is a signed text, good for 30 minutes and one version of the plan."""

    id: str
    label: str
    advantages: list[str]
    costs: list[str]
    sessions: list[PlacedJson]


class RelaxationJson(TypedDict):
    """The smallest step of its kind that opens the course, and how many calendars it gives."""

    change: str
    sentence: str
    calendars: int
    value: str


class ProposalsJson(TypedDict):
    """`partial` is a calendar for the first sessions of a course that cannot be placed as a whole."""

    proposals: list[ProposalJson]
    partial: ProposalJson | None
    problems: list[ProblemJson]
    relaxations: list[RelaxationJson]


# `from` is a word of Python's own.
_Moving = TypedDict("_Moving", {"from": Instant | None})


class MovingJson(_Moving):
    """A session that moves along."""

    session: Uuid
    to: PlacedJson


class KeptJson(TypedDict):
    """A session that stays where it is."""

    session: Uuid
    kind: Annotated[str, Words.of(StepKind)]
    number: int
    starts_at: Instant | None


class RippleJson(TypedDict):
    """What a move does to its course. Without a course there is no `proposal`: move with the same body."""

    proposal: str | None
    moved: list[MovingJson]
    kept: list[KeptJson]
    problems: list[ProblemJson]


class HolderJson(TypedDict):
    """Who holds: a key, a user or a task."""

    kind: str
    id: str


class HoldJson(TypedDict):
    """A hold and what it holds: nothing, once it is over."""

    id: Uuid
    plan: Uuid | None
    patient: Uuid | None
    held_by: HolderJson
    reason: str
    expires_at: Instant
    released_at: Instant | None
    sessions: list[SessionJson]


_Wait = TypedDict("_Wait", {"from": Date | None})


class WaitJson(_Wait):
    """One who waits: for a session that is due, or for an earlier time than it `has`."""

    id: Uuid
    version: int
    state: Annotated[str, Words.of(WaitState)]
    patient: Uuid
    session: Uuid
    session_type: Uuid
    has: Instant | None
    until: Date | None
    notice_hours: int
    is_urgent: bool
    rank: int
    note: str
    since: Instant


class MatchJson(TypedDict):
    """Who would come, and when."""

    wait: WaitJson
    to: PlacedJson


class OfferJson(TypedDict):
    """A free time that is kept for one who waits, until they answer or it expires."""

    id: Uuid
    wait: Uuid
    patient: Uuid
    session: Uuid
    site: Uuid
    starts_at: Instant
    ends_at: Instant
    expires_at: Instant
    state: Annotated[str, Words.of(OfferState)]
