"""Loading the catalogue's files into a clinic. What is in use stays: a change makes its next version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from django.db.models import QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import refuse_if_any
from clinic.identity.actors import task_actor
from clinic.models import Clinic, Skill
from treatments.catalogue_files.rules import problems_of
from treatments.catalogue_files.text import (
    WrittenCatalogue,
    WrittenProtocol,
    WrittenSessionType,
    read_files,
)
from treatments.models import Need, Protocol, RestTable, SessionType, Stage, Step
from treatments.models.catalogue import Versioned
from treatments.regions import USUAL_REGION
from treatments.versions.freeze import lock_catalogue, refuse_if_frozen

CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue"

# Of a session type.
UNREAD = ("aftercare_text",)

Edition = TypeVar("Edition", bound=Versioned)


class Act(StrEnum):
    """What loading did to one entry."""

    ADDED = "added"
    CHANGED = "changed"
    NEW_VERSION = "new version"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One session type or protocol after loading; `unread` are values that nothing reads yet."""

    noun: str
    key: str
    version: int
    act: Act
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What an edition of a session type or protocol is to say, apart from its stages or steps."""

    key: str
    columns: Mapping[str, Any]
    digest: str = field(repr=False)


def load_catalogue(*, clinic: Clinic, now: datetime, folder: Path = CATALOGUE) -> list[Loaded]:
    """Bring the clinic's catalogue up to the files of the folder; what they do not name stays as it is.

    Unchanged entries are left alone. A changed one is edited in place while nobody has used it; after
    that the change becomes the next version. Raises Refused with everything that is wrong with the
    files; then nothing is written.
    """
    files = read_files({path.name: path.read_bytes() for path in folder.glob("*.toml")})
    refuse_if_any(problems_of(files))
    catalogue = WrittenCatalogue.joined(files.values())
    with one_act():
        # Two loaders at once would both make version 2.
        lock_catalogue(clinic_id=clinic.pk)
        skills = _load_skills(clinic, catalogue, now)
        session_types: dict[str, SessionType] = {}
        loaded = []
        for written in catalogue.session_type:
            row, act = _load_session_type(clinic, written, skills, now)
            session_types[row.key] = row
            unread = tuple(value for value in UNREAD if getattr(written, value))
            loaded.append(Loaded("session type", row.key, row.version, act, unread))
        for course in catalogue.protocol:
            protocol, act = _load_protocol(clinic, course, session_types, now)
            loaded.append(Loaded("protocol", protocol.key, protocol.version, act))
        if catalogue.rest:
            loaded.append(_load_rest(clinic, catalogue))
        _tell(loaded, clinic=clinic, now=now)
    return loaded


def _tell(loaded: list[Loaded], *, clinic: Clinic, now: datetime) -> None:
    changed = {f"{one.noun} {one.key}": one.version for one in loaded if one.act is not Act.UNCHANGED}
    if changed:
        operator = task_actor(clinic_id=clinic.pk, label="load_catalogue")
        record_audit(AuditRecord(AuditAction.LOADED_CATALOGUE, after=changed), by=operator, now=now)


@dataclass(frozen=True, slots=True)
class _KnownSkill:
    row: Skill
    kind: str


def _load_skills(clinic: Clinic, catalogue: WrittenCatalogue, now: datetime) -> dict[str, _KnownSkill]:
    found = {}
    for written in catalogue.skill:
        row, is_new = Skill.objects.get_or_create(
            clinic=clinic, key=written.key, defaults={"name": written.name, "changed_at": now}
        )
        if is_new:
            record_rows(added=[row], now=now)
        elif row.name != written.name:
            row.name = written.name
            row.save(update_fields=["name", *row.touch(now)])
            record_rows(changed=[row], now=now)
        found[written.key] = _KnownSkill(row, written.kind)
    return found


def _load_session_type(
    clinic: Clinic, written: WrittenSessionType, skills: Mapping[str, _KnownSkill], now: datetime
) -> tuple[SessionType, Act]:
    kinds = {
        role_skill: skills[role_skill].kind for stage in written.stage for role_skill in stage.needs.values()
    }
    wording = Wording(
        key=written.key,
        columns={
            "name": written.name,
            "patient_minutes": written.patient_minutes,
            "region": written.region,
            "aftercare_text": written.aftercare_text,
            "defaults": list(written.defaults),
            "record_fields": [
                {"key": one.key, "label": one.label, "required": one.required, "choices": list(one.choices)}
                for one in written.record
            ],
        },
        digest=_digest(_words_of(written), kinds),
    )
    row, act = _edition(SessionType, clinic, wording, now)
    if act is not Act.UNCHANGED:
        _write_stages(row, written, skills)
    return row, act


def _words_of(written: WrittenSessionType) -> dict[str, Any]:
    """What the digest is of. A type that says no more than it could before is the edition that it was."""
    words = asdict(written)
    if not words["record"]:
        del words["record"]
    if words["region"] == USUAL_REGION:
        del words["region"]
    return words


def _write_stages(row: SessionType, written: WrittenSessionType, skills: Mapping[str, _KnownSkill]) -> None:
    row.stages.all().delete()
    for stage in written.stage:
        starts_minute, ends_minute = stage.minutes
        made = Stage.objects.create(
            clinic_id=row.clinic_id,
            session_type=row,
            key=stage.key,
            name=stage.name,
            starts_minute=starts_minute,
            ends_minute=ends_minute,
        )
        Need.objects.bulk_create(
            Need(
                clinic_id=row.clinic_id,
                stage=made,
                role=role,
                skill=skills[skill].row,
                kind=skills[skill].kind,
            )
            for role, skill in stage.needs.items()
        )


def _load_protocol(
    clinic: Clinic, written: WrittenProtocol, session_types: Mapping[str, SessionType], now: datetime
) -> tuple[Protocol, Act]:
    # A protocol whose session type has a new version is itself a new one.
    sessions = {step.session_type: session_types[step.session_type].content_digest for step in written.step}
    wording = Wording(
        key=written.key,
        columns={
            "name": written.name,
            "description": written.description,
            "min_sessions": written.sessions[0],
            "max_sessions": written.sessions[1],
            "asks_harvest_site": written.asks_harvest_site,
            "defaults": list(written.defaults),
        },
        digest=_digest(asdict(written), sessions),
    )
    row, act = _edition(Protocol, clinic, wording, now)
    if act is not Act.UNCHANGED:
        _write_steps(row, written, session_types)
    return row, act


def _write_steps(row: Protocol, written: WrittenProtocol, session_types: Mapping[str, SessionType]) -> None:
    row.steps.all().delete()
    Step.objects.bulk_create(
        Step(
            clinic_id=row.clinic_id,
            protocol=row,
            position=position,
            kind=step.kind,
            booking=step.booking,
            session_type=session_types[step.session_type],
            anchor=step.anchor,
            repeats=step.repeats,
            interval_months=step.interval.months,
            interval_days=step.interval.days,
            earlier_months=step.earlier.months,
            earlier_days=step.earlier.days,
            later_months=step.later.months,
            later_days=step.later.days,
        )
        for position, step in enumerate(written.step, start=1)
    )


def _load_rest(clinic: Clinic, catalogue: WrittenCatalogue) -> Loaded:
    lines = json.loads(json.dumps([asdict(line) for line in catalogue.rest]))
    tables = RestTable.objects.of_clinic(clinic.pk)
    current = tables.filter(is_current=True).first()
    if current is not None and current.lines == lines:
        return Loaded("rest between", "courses", current.version, Act.UNCHANGED)
    tables.update(is_current=False)
    version = current.version + 1 if current else 1
    tables.create(clinic=clinic, version=version, lines=lines)
    return Loaded("rest between", "courses", version, Act.NEW_VERSION if current else Act.ADDED)


def _edition(kind: type[Edition], clinic: Clinic, wording: Wording, now: datetime) -> tuple[Edition, Act]:
    """The row that carries the wording: the current one, that one edited, or the next version."""
    editions: QuerySet[Edition] = QuerySet(kind).filter(clinic=clinic, key=wording.key)
    current = editions.filter(is_current=True).first()
    if current is not None and current.content_digest == wording.digest:
        return current, Act.UNCHANGED
    if current is not None and current.frozen_at is None:
        return _edited(current, wording, now), Act.CHANGED
    if current is not None:
        current.is_current, current.changed_at = False, now
        current.save(update_fields=["is_current", "changed_at"])
        record_rows(changed=[current], now=now)
    latest = editions.order_by("-version").values_list("version", flat=True).first() or 0
    row = editions.create(
        clinic=clinic,
        key=wording.key,
        version=latest + 1,
        content_digest=wording.digest,
        changed_at=now,
        **wording.columns,
    )
    record_rows(added=[row], now=now)
    return row, Act.NEW_VERSION if latest else Act.ADDED


def _edited(row: Edition, wording: Wording, now: datetime) -> Edition:
    refuse_if_frozen(row=row)
    for column, value in wording.columns.items():
        setattr(row, column, value)
    row.content_digest, row.changed_at = wording.digest, now
    row.save(update_fields=[*wording.columns, "content_digest", "changed_at"])
    record_rows(changed=[row], now=now)
    return row


def _digest(*content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
