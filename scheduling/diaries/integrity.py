"""The proof that diaries are sound: pages = claims, nothing overlaps, every session has its time.

Reads everything and writes nothing, except `rebuild_pages`, which writes pages anew from claims.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef

from clinic.models import Clinic, Diary, Resource
from clinic.time.cells import BYTES_A_DAY, CELLS_A_DAY, cell_at, instant_of
from clinic.time.intervals import Stretch
from scheduling.diaries.claims import claimed_masks
from scheduling.diaries.pages import lock_pages
from scheduling.models import SCHEDULED, Claim, Hold, Page, Session, SessionStatus

# What is promised or being kept for somebody; a completed session keeps the time it had.
HOLDING_TIME = (SessionStatus.HELD, *SCHEDULED)
_BATCH = 2_000

# Diary, first cell, cell after the last, role: what a session holds. The patient's own has no role.
_Held = tuple[int | None, int, int, str | None]


class _Timed(NamedTuple):
    """Of a session that holds time what its claims are reckoned from; the diary is the patient's."""

    pk: int
    uuid: UUID
    starts_at: datetime
    ends_at: datetime
    cast: list[dict[str, Any]]
    diary_id: int


_TIMED = ("pk", "uuid", "starts_at", "ends_at", "cast", "patient__diary_id")


def flaws() -> Iterator[str]:
    """Everything that is wrong, one sentence each; nothing, when every diary of every clinic is sound."""
    yield from pages_that_differ()
    yield from claims_that_overlap()
    yield from sessions_without_their_time()
    yield from claims_without_a_session()
    yield from holds_that_hold_amiss()
    yield from rows_across_clinics()


def pages_that_differ() -> Iterator[str]:
    """Pages that do not show exactly the claims of their day."""
    claimed = claimed_masks()
    rows = Page.objects.order_by("diary_id", "day").values_list("diary_id", "day", "busy")
    for diary_id, day, busy in rows.iterator(chunk_size=_BATCH):
        page, wanted = bytes(busy), claimed.pop((diary_id, day), 0)
        if len(page) != BYTES_A_DAY:
            yield f"{_page(diary_id, day)} is {len(page)} bytes long, not {BYTES_A_DAY}."
        elif (shown := int.from_bytes(page, "little")) != wanted:
            yield (
                f"{_page(diary_id, day)} shows {(shown & ~wanted).bit_count()} cells that nobody claims "
                f"and lacks {(wanted & ~shown).bit_count()} that are claimed."
            )
    for (diary_id, day), wanted in sorted(claimed.items()):
        yield f"{_page(diary_id, day)} is missing; {wanted.bit_count()} cells of it are claimed."


def claims_that_overlap() -> Iterator[str]:
    """Claims of one diary that share a cell."""
    rows = Claim.objects.order_by("diary_id", "start_cell").values_list(
        "pk", "diary_id", "start_cell", "end_cell"
    )
    last: tuple[int, int, int] | None = None
    for pk, diary_id, start, end in rows.iterator(chunk_size=_BATCH):
        if last and last[1] == diary_id and start < last[2]:
            at = f"{instant_of(start):%Y-%m-%d %H:%M} UTC"
            yield f"Claims {last[0]} and {pk} of diary {diary_id} overlap at {at}."
        if last is None or last[1] != diary_id or end > last[2]:
            last = (pk, diary_id, end)


def sessions_without_their_time() -> Iterator[str]:
    """Sessions whose claims are not exactly what their cast says, and the patient's from start to end.

    Who walked in, and what was done elsewhere, has no time here.
    """
    diaries = dict(Resource.objects.values_list("uuid", "diary_id"))
    holding = Session.objects.filter(
        status__in=HOLDING_TIME, starts_at__isnull=False, ends_at__isnull=False, is_done_elsewhere=False
    )
    rows = map(_Timed._make, holding.order_by("pk").values_list(*_TIMED).iterator(chunk_size=_BATCH))
    while batch := list(islice(rows, _BATCH)):
        held = _held_by([session.pk for session in batch])
        for session in batch:
            wanted, found = Counter(_wanted(session, diaries)), Counter(held[session.pk])
            for missing in (wanted - found).elements():
                yield f"Session {session.uuid} lacks a claim on {_said(missing)}."
            for surplus in (found - wanted).elements():
                yield f"Session {session.uuid} has a claim too many on {_said(surplus)}."


def claims_without_a_session() -> Iterator[str]:
    """Claims of sessions that hold no time: due, missed or cancelled ones."""
    rows = Claim.objects.exclude(session__status__in=HOLDING_TIME).order_by("pk")
    for pk, uuid, status in rows.values_list("pk", "session__uuid", "session__status").iterator():
        yield f"Claim {pk} belongs to session {uuid}, which is {status} and holds no time."


def holds_that_hold_amiss() -> Iterator[str]:
    """Sessions kept by a hold that is over, and holds that stand and keep nothing."""
    kept = Session.objects.filter(status=SessionStatus.HELD, hold__released_at__isnull=False).order_by("pk")
    for uuid, over in kept.values_list("uuid", "hold__uuid").iterator():
        yield f"Session {uuid} is held by hold {over}, which is over."
    holding = Session.objects.filter(hold=OuterRef("pk"))
    empty = Hold.objects.standing().exclude(Exists(holding)).order_by("pk")
    for uuid in empty.values_list("uuid", flat=True).iterator():
        yield f"Hold {uuid} stands and holds nothing."


def rows_across_clinics() -> Iterator[str]:
    """Rows that point at a row of another clinic, whatever the model. Two queries, or one of one clinic."""
    if len(Clinic.objects.values_list("pk")[:2]) < 2:
        return
    pointers = _pointers_between_tenants()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_strangers(n, field) for n, field in enumerate(pointers)))
        found = cursor.fetchall()
    for n, pk in found:
        kind, other = pointers[n].model._meta.verbose_name, pointers[n].verbose_name
        yield f"{kind} {pk} points at the {other} of another clinic.".capitalize()


def rebuild_pages() -> int:
    """Write the pages of every diary anew from its claims; returns how many pages there are then.

    One transaction a diary, pages locked in the order in which bookings lock them.
    """
    days: dict[int, set[int]] = defaultdict(set)
    for diary_id, day in Page.objects.values_list("diary_id", "day"):
        days[diary_id].add(day)
    for diary_id, day in claimed_masks():
        days[diary_id].add(day)
    clinics = dict(Diary.objects.values_list("pk", "clinic_id"))
    for diary_id in sorted(days):
        with transaction.atomic():
            _rebuild(diary_id, clinic_id=clinics[diary_id], days=days[diary_id])
    return sum(len(of_diary) for of_diary in days.values())


def _rebuild(diary_id: int, *, clinic_id: int, days: set[int]) -> None:
    whole = [Stretch(diary_id, day * CELLS_A_DAY, (day + 1) * CELLS_A_DAY) for day in days]
    pages = lock_pages(clinic_id=clinic_id, stretches=whole)
    # Read after locking: whoever books now waits for these pages.
    claims = Claim.objects.filter(diary_id=diary_id).values_list("diary_id", "start_cell", "end_cell")
    parts = [
        Stretch(diary_id, day * CELLS_A_DAY + low, day * CELLS_A_DAY + high)
        for claim in claims
        for day, low, high in Stretch(*claim).by_day()
        if day in days
    ]
    pages.mark(whole, busy=False)
    pages.mark(parts, busy=True)


def _held_by(session_ids: list[int]) -> dict[int, list[_Held]]:
    found: dict[int, list[_Held]] = defaultdict(list)
    rows = Claim.objects.filter(session_id__in=session_ids)
    of_claims = rows.values_list("session_id", "diary_id", "start_cell", "end_cell", "need__role")
    for session_id, diary_id, start, end, role in of_claims:
        found[session_id].append((diary_id, start, end, role))
    return found


def _wanted(session: _Timed, diaries: dict[UUID, int]) -> Iterator[_Held]:
    yield session.diary_id, cell_at(session.starts_at), cell_at(session.ends_at), None
    for part in session.cast:
        starts_at = session.starts_at + timedelta(minutes=part["starts_minute"])
        ends_at = session.starts_at + timedelta(minutes=part["ends_minute"])
        yield diaries.get(UUID(part["resource"])), cell_at(starts_at), cell_at(ends_at), part["role"]


@cache
def _pointers_between_tenants() -> tuple[models.ForeignKey[models.Model], ...]:
    """Every column by which a row of one clinic points at another row of a clinic."""
    return tuple(
        field
        for model in apps.get_models()
        if _has_clinic(model)
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and _has_clinic(field.related_model)
    )


def _has_clinic(kind: Any) -> bool:
    return any(field.name == "clinic" for field in kind._meta.fields)


def _strangers(n: int, pointer: models.ForeignKey[models.Model]) -> str:
    """SQL for the number of the pointer and the keys of the rows whose clinic is not the other's."""

    def quoted(name: str | None) -> str:
        return str(connection.ops.quote_name(str(name)))

    own, other = pointer.model._meta, pointer.target_field.model._meta
    return (
        f"SELECT {n}, own.{quoted(own.pk.column)} FROM {quoted(own.db_table)} AS own "  # nosec # our own names
        f"JOIN {quoted(other.db_table)} AS other "
        f"ON other.{quoted(pointer.target_field.column)} = own.{quoted(pointer.column)} "
        "WHERE other.clinic_id <> own.clinic_id"
    )


def _page(diary_id: int, day: int) -> str:
    return f"Page {instant_of(day * CELLS_A_DAY):%Y-%m-%d} of diary {diary_id}"


def _said(held: _Held) -> str:
    diary_id, start, end, role = held
    return (
        f"diary {diary_id} as {role or 'patient'}, "
        f"{instant_of(start):%Y-%m-%d %H:%M} to {instant_of(end):%H:%M} UTC"
    )
