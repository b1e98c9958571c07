"""What stood before an act, kept with it as JSON: all that it takes to put back exactly what was."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, time
from functools import cache
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from django.db import models

from clinic.models import Leave
from scheduling.diaries.claims import Claimed
from scheduling.models import CourseActKind, Session, Telling
from treatments.models import Plan


@dataclass(frozen=True, slots=True)
class Freed:
    """Hours at a site (its primary key), aware, that somebody else could have."""

    site_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Undoable:
    """That an act can be taken back, and until when; `about` is its course or session, if it is about one.

    `entered` is leave that it began with.
    """

    kind: CourseActKind
    about: Plan | Session | None
    until: datetime
    entered: Leave | None = None


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row that an act wrote: the version that it left, and the columns that it changed as they stood."""

    pk: int
    version: int
    was: Mapping[str, Any] = field(default_factory=dict)

    def is_as_left(self, row: "models.Model | None") -> bool:
        """Whether nobody wrote the row since; it may be gone."""
        return row is not None and getattr(row, "version", 0) == self.version


@dataclass(frozen=True, slots=True)
class KeptSession(KeptRow):
    """`claims` are those that it had, None if they stayed. One that is new was none before."""

    claims: tuple[Claimed, ...] | None = None
    is_new: bool = False

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        claims = said["claims"]
        had = None if claims is None else tuple(Claimed(**one) for one in claims)
        return cls(**{**said, "claims": had})


@dataclass(frozen=True, slots=True)
class Before:
    """Of each kind the rows that an act wrote; `gone` are whole sessions that it took away, `told` is how
    patients heard of it.

    `added` are sessions that are due by it, `holds` those that ended, `care` pairs of a patient and a
    practitioner who treats them since.
    """

    sessions: tuple[KeptSession, ...] = ()
    gone: tuple[KeptSession, ...] = ()
    added: tuple[KeptRow, ...] = ()
    plans: tuple[KeptRow, ...] = ()
    holds: tuple[KeptRow, ...] = ()
    waits: tuple[KeptRow, ...] = ()
    absences: tuple[KeptRow, ...] = ()
    care: tuple[tuple[int, int], ...] = ()
    told: Telling = Telling.BY_MAIL

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        kinds = ("added", "plans", "holds", "waits", "absences")
        return cls(
            sessions=tuple(map(KeptSession.from_json, said["sessions"])),
            gone=tuple(map(KeptSession.from_json, said["gone"])),
            care=tuple((patient, practitioner) for patient, practitioner in said["care"]),
            # What was kept before this was says nothing of it.
            told=Telling(said.get("told", Telling.BY_MAIL)),
            **{kind: tuple(KeptRow(**row) for row in said[kind]) for kind in kinds},
        )

    def as_json(self) -> dict[str, Any]:
        return {part.name: _as_json(getattr(self, part.name)) for part in fields(self)}

    @property
    def session_keys(self) -> set[int]:
        return {kept.pk for kept in (*self.sessions, *self.gone, *self.added)}

    def of_session(self, session: Session) -> KeptSession | None:
        return next((kept for kept in self.sessions if kept.pk == session.pk), None)


def _as_json(part: Any) -> Any:
    """Not `asdict`, which copies what nobody changes."""
    if isinstance(part, tuple):
        return [_as_json(one) for one in part]
    if is_dataclass(part):
        return {one.name: _as_json(getattr(part, one.name)) for one in fields(part)}
    return part


def changed_columns(row: models.Model, was: models.Model) -> list[str]:
    """The names of the fields that differ."""
    names, values_of = _columns(type(row))
    stands, stood = values_of(row), values_of(was)
    if stands == stood:
        return []
    return [name for name, now, then in zip(names, stands, stood, strict=True) if now != then]


@cache
def _columns(kind: type[models.Model]) -> tuple[list[str], Callable[[models.Model], tuple[Any, ...]]]:
    """The names of its fields, and how to read all of them: most rows are compared and few have changed."""
    columns = kind._meta.concrete_fields
    return [column.name for column in columns], attrgetter(*(column.attname for column in columns))


def said_of(row: models.Model, names: Iterable[str] | None = None) -> dict[str, Any]:
    """These fields of the row, or all of them, as JSON has them."""
    wanted = None if names is None else {*names}
    fields = [field for field in row._meta.concrete_fields if wanted is None or field.name in wanted]
    return {field.name: _plain(field.value_from_object(row)) for field in fields}


def put_back(row: models.Model, was: Mapping[str, Any]) -> None:
    """The fields of the row as they were said; not written yet."""
    for name, value in was.items():
        column: Any = row._meta.get_field(name)
        setattr(row, column.attname, column.to_python(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
