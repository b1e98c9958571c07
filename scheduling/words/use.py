"""What an act set aside on somebody's word is written down as it closes: said by whom, entered by whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from clinic.access.speakers import refuse_unless_word_counts
from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.changelog.log import record_rows
from clinic.identity.actors import Actor, Speaker
from clinic.identity.permissions import LONGEST_WAIVER
from clinic.models import Patient, User
from scheduling.models import Session, SpokenWaiver
from scheduling.models.course_acts import text_of
from treatments.models import Plan

Entry = dict[str, str]


class LockedRows(Protocol):
    """Rows that this transaction alone may write."""

    @property
    def plans(self) -> dict[int, Plan]: ...
    @property
    def sessions(self) -> dict[int, Session]: ...


class WaivingAct(Protocol):
    """An act under way (`scheduling/courses/open_act.py`)."""

    by: Actor
    now: datetime
    stood: dict[int, Session]
    plans_stood: dict[int, Plan]
    begun: set[int]

    @property
    def rows(self) -> LockedRows: ...

    def patient(self, of: Plan | Session) -> Patient: ...

    def record(self, record: AuditRecord) -> None: ...


@dataclass(slots=True)
class _Use:
    """What was set aside about one patient: of one course, or of sessions of their own."""

    patient: Patient
    plan: Plan | None
    sessions: list[Session] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def write_words(act: WaivingAct) -> None:
    """Write a row for each patient and course of which the act set something aside on a word.

    One entry of the trail each: by who entered it, about who is said to have said it. Raises NotAllowed if
    that word does not count, or not any more.
    """
    speaker = act.by.on_word_of
    uses = _uses(act, speaker) if speaker else []
    if speaker is None or not uses:
        return
    refuse_unless_word_counts(by=act.by, now=act.now)
    said_by = User.objects.get(pk=speaker.user_id)
    rows = [_row(use, act, said_by) for use in uses]
    SpokenWaiver.objects.bulk_create(rows)
    record_rows(added=rows, now=act.now)
    for row in rows:
        after = {"word": row.uuid, "on_word_of": said_by.uuid, "rules": row.codes, "reason": row.reason}
        act.record(AuditRecord(AuditAction.TOOK_WORD, said_by, [row.patient.uuid], after=after))


def _uses(act: WaivingAct, speaker: Speaker) -> list[_Use]:
    found: dict[tuple[int, int | None], _Use] = {}
    for session in act.rows.sessions.values():
        entries = _new(session.waived, act.stood[session.pk].waived, speaker)
        if entries:
            patient = act.patient(session)
            use = found.setdefault((patient.pk, session.plan_id), _Use(patient, session.plan))
            use.sessions.append(session)
            use.entries += entries
    for plan in act.rows.plans.values():
        stood = () if plan.pk in act.begun else act.plans_stood[plan.pk].waived
        entries = _new(plan.waived, stood, speaker)
        if entries:
            patient = act.patient(plan)
            use = found.setdefault((patient.pk, plan.pk), _Use(patient, plan))
            use.entries += entries
    return list(found.values())


def _new(waived: Iterable[Entry], stood: Iterable[Entry], speaker: Speaker) -> list[Entry]:
    known = list(stood)
    return [one for one in waived if one.get("on_word_of") == speaker.reference and one not in known]


def _row(use: _Use, act: WaivingAct, said_by: User) -> SpokenWaiver:
    return SpokenWaiver(
        clinic_id=act.by.clinic_id,
        patient=use.patient,
        plan=use.plan,
        session=use.sessions[0].uuid if len(use.sessions) == 1 else None,
        said_by=said_by,
        entered_by=text_of(act.by),
        entered_by_name=act.by.label[:150],
        codes=sorted({entry["code"] for entry in use.entries}),
        reason="; ".join(dict.fromkeys(entry["reason"] for entry in use.entries))[:LONGEST_WAIVER],
        said_at=act.now,
        changed_at=act.now,
    )
