"""What must be told of every act: each version in the log, hours given back to who waits, and reminders."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scheduling.courses.kept import Before
from scheduling.messages.outbox import UNSENT
from scheduling.messages.reminder_times import APART, reminder_times
from scheduling.messages.reminders import rule_of
from scheduling.models import (
    AHEAD,
    SCHEDULED,
    Heard,
    Message,
    MessageKind,
    MessageState,
    OfferState,
    SessionStatus,
    Telling,
)
from tests.support.faults.pictures import Picture, Row
from tests.support.worlds import World

Hours = tuple[int, datetime, datetime]
# Of a reminder: when it is due, until when it is of use.
Span = tuple[datetime, datetime]
_LONG_BEFORE = timedelta(days=365)
# What each write counts up.
_COUNTED = {"version", "sequence", "changed_at"}
_WINDOW = {"earliest_on", "target_on", "latest_on"}
_WITHOUT_REMINDERS = (SessionStatus.DUE, SessionStatus.HELD)


def untold(before: Picture, after: Picture, **_: object) -> Iterator[str]:
    """Any write is a new version, and the log tells of each version once, and of nothing else."""
    stood, stands = _logged(before), _logged(after)
    for uuid in stood.keys() & stands.keys():
        if stands[uuid] != stood[uuid] and stands[uuid]["version"] <= stood[uuid]["version"]:
            yield f"{_named(stands[uuid])} was written, and has no new version."
    last_told = _last_told(before, stood, after)
    written = Counter(
        (uuid, version)
        for uuid, row in stands.items()
        for version in range(last_told.get(uuid, 0) + 1, row["version"] + 1)
    )
    written.update((uuid, row["version"] + 1) for uuid, row in stood.items() if uuid not in stands)
    told = Counter(after.changes[number] for number in after.changes.keys() - before.changes.keys())
    for uuid, version in written - told:
        yield f"{_named(stands.get(uuid) or stood[uuid])} has a version {version} that the log does not tell."
    for uuid, version in told - written:
        yield f"The log tells of version {version} of {uuid}, which nobody wrote."


def _logged(picture: Picture) -> dict[UUID, Row]:
    """What REST shows. A session that stands for another one while that has an offer, nobody sees."""
    rows: Iterable[Row] = [
        *picture.sessions.values(),
        *picture.plans.values(),
        *(row for of_kind in picture.shown.values() for row in of_kind.values()),
    ]
    return {row["uuid"]: row for row in rows if not row.get("stands_for_id")}


def _last_told(before: Picture, stood: Mapping[UUID, Row], after: Picture) -> dict[UUID, int]:
    """The version that was told last, also of what was gone and is there once more.

    Of a message none is told until it shows, though it had a first one.
    """
    last = dict.fromkeys(after.shown.get("Message", {}), 1)
    for uuid, version in before.changes.values():
        last[uuid] = max(version, last.get(uuid, 0))
    return last | {uuid: row["version"] for uuid, row in stood.items()}


def _named(row: Row) -> str:
    return f"The row {row['uuid']} ({row.get('status') or row.get('state') or 'without a state'})"


def not_freed(before: Picture, after: Picture, *, now: datetime, **_: object) -> Iterator[str]:
    """All hours ahead that an act gave back wait to be offered, once each, and no others do."""
    given_back = Counter(hours for hours in _given_back(before, after) if hours[1] > now)
    freed = Counter(
        (row["site_id"], row["starts_at"], row["ends_at"])
        for key, row in after.freed.items()
        if key not in before.freed
    )
    for site, starts_at, ends_at in given_back - freed:
        yield f"{starts_at} to {ends_at} at site {site} was given back, and nobody is offered it."
    for site, starts_at, ends_at in freed - given_back:
        yield f"{starts_at} to {ends_at} at site {site} is free, and nobody gave it back."


def _given_back(before: Picture, after: Picture) -> Iterator[Hours]:
    """What a session held and holds no more, and what an offer kept that nobody took."""
    for key in before.claims:
        was, row = before.sessions[key], after.sessions.get(key)
        keeps = row is not None and key in after.claims and _hours(row) == _hours(was)
        if not keeps and not was["stands_for_id"]:
            yield _hours(was)
    offers = after.shown.get("Offer", {})
    for uuid, was in before.shown.get("Offer", {}).items():
        state = offers[uuid]["state"]
        if was["state"] == OfferState.OPEN and state not in (OfferState.OPEN, OfferState.ACCEPTED):
            yield was["site_id"], was["free_from"], was["free_until"]


def _hours(row: Row) -> Hours:
    return row["site_id"], row["starts_at"], row["ends_at"]


def not_reminded(
    before: Picture,
    after: Picture,
    *,
    world: World,
    now: datetime,
    telling: Telling = Telling.BY_MAIL,
    **_: object,
) -> Iterator[str]:
    """A booked session ahead has the reminders that the rules ask for, once each, and no other has any."""
    waiting: dict[int, set[Span]] = defaultdict(set)
    sent: dict[int, set[datetime]] = defaultdict(set)
    for message in after.reminders.values():
        if message["state"] == MessageState.WAITING and message["useful_until"] > now:
            waiting[message["session_id"]].add((message["due_at"], message["useful_until"]))
        if message["state"] == MessageState.SENT:
            sent[message["session_id"]].add(message["useful_until"])
    for key, row in after.sessions.items():
        if row["status"] in AHEAD and row["starts_at"] is not None and row["starts_at"] > now:
            was, is_silent = before.sessions.get(key), telling is Telling.SILENT
            reminders = _Reminders(row, was, waiting[key], sent[key], world, now, is_silent)
            yield from (f"Session {key} ({row['status']}) {what}" for what in reminders.broken())
        elif waiting[key] and (row["status"] not in SCHEDULED or row["starts_at"] is None):
            yield f"Session {key} is {row['status']}, and a reminder of it waits."


@dataclass(frozen=True)
class _Reminders:
    """Those of one booked session: when what waits is due, and until when it and what went out is of use."""

    row: Row
    was: Row | None
    waiting: set[Span]
    sent: set[datetime]
    world: World
    now: datetime
    is_silent: bool = False

    def broken(self) -> Iterator[str]:
        asked = self._asked_for(now=self.row["starts_at"] - _LONG_BEFORE)
        # What is due within the hour another mail may have said.
        for due_at, _ in {span for span in asked if span[0] >= self.now + APART} - self.waiting:
            yield f"is not reminded at {due_at}."
        due = {until: due_at for due_at, until in asked}
        for due_at, until in self.waiting:
            if until not in due or due_at < due[until] or (due[until] >= self.now and due_at > due[until]):
                yield f"is reminded at {due_at}, and no rule asks for it."
        untils = Counter([*(until for _, until in self.waiting), *self.sent])
        if twice := [until for until, count in untils.items() if count > 1]:
            yield f"is reminded twice until {twice}."
        yield from self._broken_anew()

    def _broken_anew(self) -> Iterator[str]:
        """Of a session that got its time a moment ago they are all known, those that come late as well."""
        is_ahead = self.was is not None and self.was["status"] in AHEAD
        if self.was is not None and is_ahead and _hours(self.was) == _hours(self.row):
            return
        if self.was is not None and not is_ahead and self.was["status"] not in _WITHOUT_REMINDERS:
            return
        asked = self._asked_for(now=self.now, is_told=is_ahead)
        for due_at, _ in self.waiting - asked:
            yield f"is reminded at {due_at}, and was given its time a moment ago."
        if self.is_silent:
            # Nothing goes out at once.
            asked = self._asked_for(now=self.now, is_told=True)
        for due_at, until in asked - self.waiting:
            if until not in self.sent:
                yield f"is not reminded at {due_at}, and was given its time a moment ago."

    def _asked_for(self, *, now: datetime, is_told: bool = False) -> set[Span]:
        found = reminder_times(
            starts_at=self.row["starts_at"],
            zone=self.world.site.tz,
            rule=rule_of(self.world.clinic),
            now=now,
            is_told=is_told,
        )
        return {(one.due_at, one.useful_until) for one in found}


def not_put_back(stood: Picture, after: Picture, *, act: Row) -> Iterator[str]:
    """Of an act that was undone a moment ago, sessions that are not exactly as they `stood` before it.

    Windows of what is due follow from the course as it is by now.
    """
    for kept in Before.from_json(act["before"]).sessions:
        was, row = stood.sessions.get(kept.pk), after.sessions[kept.pk]
        if was is None:
            continue
        differs = [name for name in was.keys() - _COUNTED if was[name] != row[name]]
        if row["status"] == SessionStatus.DUE:
            differs = [name for name in differs if name not in _WINDOW]
        if differs:
            yield f"Session {kept.pk} was put back, and differs in {', '.join(sorted(differs))}."
        if stood.claims.get(kept.pk) != after.claims.get(kept.pk):
            yield f"Session {kept.pk} was put back, and has other claims than before."


def unheard(before: Picture, after: Picture, *, now: datetime, **_: object) -> Iterator[str]:
    """Of each session ahead its patient heard; where that is not so, a mail waits or somebody must call."""
    telling = Message.objects.filter(kind=MessageKind.NOTICE, state__in=(MessageState.WAITING, *UNSENT))
    told_of = set(telling.values_list("patient", "plan"))
    heard = {row.session_id: row for row in Heard.objects.select_related("session__site")}
    for row in heard.values():
        session = row.session
        if (session.patient_id, session.plan_id) in told_of:
            continue
        for known in dict.fromkeys((row.facts, row.facts_by_message)):
            truth = known.truth(session)
            if truth is not None and truth.starts_at > now and truth.is_news_after(known):
                what = f"is {truth}, its patient believes {known}"
                yield f"Session {session.pk} {what}, and nothing tells them."
    for key, session_row in after.sessions.items():
        is_ahead = session_row["status"] in AHEAD and session_row["starts_at"] is not None
        if is_ahead and session_row["starts_at"] > now and key not in heard:
            yield f"Session {key} was promised, and nobody counts its patient as told."


def heard_otherwise(
    before: Picture, after: Picture, *, telling: Telling, now: datetime, **_: object
) -> Iterator[str]:
    """Whoever knows of an act believes what it left; the last mail said so only where none is to go."""
    if telling is Telling.BY_MAIL:
        return
    for row in Heard.objects.select_related("session__site"):
        stood, stands = before.sessions.get(row.session_id), after.sessions[row.session_id]
        if stood is None or not _is_otherwise(stood, stands):
            continue
        truth, was = row.facts.truth(row.session), before.heard.get(row.pk)
        if truth is not None and truth.starts_at > now and truth.is_news_after(row.facts):
            yield f"Session {row.session_id} is {truth}, and its patient, who knows it, believes {row.facts}."
        if telling is Telling.SILENT and row.facts_by_message != row.facts:
            yield f"A mail about session {row.session_id} is to say what its patient was told: {row.facts}."
        if telling is Telling.KNOWN and was is not None and was["by_message"] != row.by_message:
            yield f"Of session {row.session_id} a mail counts as sent that was not: {row.by_message}."


def _is_otherwise(stood: Row, stands: Row) -> bool:
    """Whether a patient notices what became of a session that was or is ahead."""
    is_ahead = [row["status"] in AHEAD for row in (stood, stands)]
    return any(is_ahead) and (is_ahead[0] != is_ahead[1] or _hours(stood) != _hours(stands))
