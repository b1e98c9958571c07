"""Writing the audit trail: who looked at whom, who did what."""

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from clinic.identity.actors import Actor
from clinic.models import AuditCut, AuditDetail, AuditEntry, Patient, User
from clinic.models.lawful_cut import CUT_DEED
from clinic.models.tenant import PublicRow

_SALT_BYTES = 32


class AuditAction(StrEnum):
    """Every look and act that leaves an entry, one word each."""

    # Looks at patients' data.
    SAW_PATIENTS = "saw_patients"
    SAW_PATIENT = "saw_patient"
    SAW_DAY = "saw_day"
    SAW_PLAN = "saw_plan"
    SAW_CALENDARS = "saw_calendars"
    SAW_SESSIONS = "saw_sessions"
    SAW_CONCERNS = "saw_concerns"
    SAW_FEED = "saw_feed"
    SAW_TRAIL = "saw_trail"
    # Acts on patients and their courses.
    REGISTERED_PATIENT = "registered_patient"
    CORRECTED_ADDRESS = "corrected_address"
    CHANGED_PATIENT = "changed_patient"
    PRESCRIBED_COURSE = "prescribed_course"
    BOOKED_COURSE = "booked_course"
    BOOKED_SESSION = "booked_visit"
    MOVED_SESSIONS = "moved_visits"
    CANCELLED_SESSION = "cancelled_visit"
    CANCELLED_COURSE = "cancelled_course"
    STOPPED_COURSE = "stopped_course"
    AMENDED_COURSE = "amended_course"
    PAUSED_COURSE = "paused_course"
    RESUMED_COURSE = "resumed_course"
    RECORDED_ELSEWHERE = "recorded_elsewhere"
    JOINED_WAITLIST = "joined_waitlist"
    LEFT_WAITLIST = "left_waitlist"
    RANKED_WAIT = "ranked_wait"
    OFFERED_TIME = "offered_time"
    ENDED_OFFER = "ended_offer"
    SAW_WAITLIST = "saw_waitlist"
    RESEATED_SESSION = "reseated_visit"
    HELD_COURSE = "held_course"
    RELEASED_HOLD = "released_hold"
    PUSHED_SESSION = "pushed_visit"
    TOLD_PATIENT = "told_patient"
    TRIED_TO_CALL = "tried_to_call"
    RAISED_CONCERN = "raised_concern"
    CLEARED_CONCERN = "cleared_concern"
    CONFIRMED_SESSION = "confirmed_visit"
    PATIENT_ARRIVED = "patient_arrived"
    STARTED_SESSION = "started_visit"
    COMPLETED_SESSION = "completed_visit"
    MISSED_SESSION = "missed_visit"
    CORRECTED_SESSION = "corrected_visit"
    UNDID_ACT = "undid_act"
    SENT_AT_ONCE = "sent_at_once"
    CHANGED_SESSION_TYPE = "changed_session_type"
    WALKED_IN = "walked_in"
    GAVE_TIME = "gave_time"
    EXPORTED_PATIENT = "exported_patient"
    ERASED_PATIENT = "erased_patient"
    NAMED_ELSEWHERE = "named_elsewhere"
    IMPORTED = "imported"
    TOOK_WORD = "took_word"
    ANSWERED_WORD = "answered_word"
    # Acts on the clinic.
    FOUNDED_CLINIC = "founded_clinic"
    OPENED_SITE = "opened_site"
    ADDED_RESOURCE = "added_resource"
    SET_WEEKLY_HOURS = "set_weekly_hours"
    SET_DAY_HOURS = "set_day_hours"
    CLOSED_SITE = "closed_site"
    GRANTED_LEAVE = "granted_leave"
    ENDED_LEAVE = "ended_leave"
    REOPENED_SITE = "reopened_site"
    SWAPPED_SESSIONS = "swapped_visits"
    TOOK_BACK_DAY_HOURS = "took_back_day_hours"
    KEPT_FREE = "kept_free"
    NOTED_BUSY = "noted_busy"
    FORGOT_BUSY = "forgot_busy"
    LOADED_CATALOGUE = "loaded_catalogue"
    SET_CLINIC = "set_clinic"
    CHANGED_SITE = "changed_site"
    CHANGED_RESOURCE = "changed_resource"
    SET_LIFESPAN = "set_lifespan"
    ADDED_SKILL = "added_skill"
    RENAMED_SKILL = "renamed_skill"
    RETIRED_SKILL = "retired_skill"
    RETAINED = "retained"
    WENT_ON_RESTORED = "went_on_restored"
    CUT_TRAIL = CUT_DEED
    # Who gets in, and with what.
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    CHANGED_SIGN_IN = "changed_sign_in"
    INVITED_MEMBER = "invited_member"
    REVOKED_INVITATION = "revoked_invitation"
    ADDED_MEMBER = "added_member"
    CHANGED_ROLE = "changed_role"
    REMOVED_MEMBER = "removed_member"
    TRUSTED_DEVICE = "trusted_device"
    REVOKED_DEVICE = "revoked_device"
    SET_PIN = "set_pin"
    TOOK_OVER_DESK = "took_over_desk"
    PIN_REFUSED = "pin_refused"
    ISSUED_KEY = "issued_key"
    ROTATED_KEY = "rotated_key"
    REVOKED_KEY = "revoked_key"
    OPENED_FEED = "opened_feed"
    REVOKED_FEED = "revoked_feed"
    ROTATED_FEED = "rotated_feed"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What was looked at or done: about which row, about which patients, and what it changed."""

    deed: AuditAction
    about: PublicRow | User | AuditCut | None = None
    patients: Iterable[UUID] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def record_audit(noted: AuditRecord, *, by: Actor, now: datetime) -> AuditEntry:
    """Write one entry, and its detail if something changed, in the transaction of the act.

    A look is one INSERT. Values are kept apart from the entry, so that erasing them leaves the chain whole.
    """
    patients = list(dict.fromkeys(noted.patients))
    entry = AuditEntry(
        clinic_id=by.clinic_id,
        at=now,
        actor_kind=by.kind,
        actor=(by.reference or by.label)[:100],
        role=by.role or "",
        way=by.way,
        act=noted.deed,
        about_kind=str(noted.about._meta.verbose_name) if noted.about else "",
        about=noted.about.uuid if noted.about else None,
        patients=" ".join(patient.hex for patient in patients),
    )
    if not (noted.before or noted.after):
        AuditEntry.objects.insert([entry])
        return entry
    entry.fields = sorted({*noted.before, *noted.after})
    detail = _detail(noted, entry, patients, now)
    entry.digest = digest_of(salt=detail.salt, values=detail.values)
    AuditEntry.objects.insert([entry])
    AuditDetail.objects.insert([detail])
    return entry


def digest_of(*, salt: str, values: str) -> str:
    """HMAC-SHA-256 of the values under the detail's own salt, hexadecimal."""
    return hmac.new(bytes.fromhex(salt), values.encode(), sha256).hexdigest()


def patient_values(patient: Patient) -> dict[str, Any]:
    """What the trail keeps of a patient's own facts."""
    return {
        "given_name": patient.given_name,
        "family_name": patient.family_name,
        "born_on": patient.born_on,
        "email": patient.email,
        "phone": patient.phone,
        "language": patient.language,
        "message_consent": patient.message_consent,
        "consent_on": patient.consent_on,
        "consent_how": patient.consent_how,
    }


def _detail(noted: AuditRecord, entry: AuditEntry, patients: list[UUID], now: datetime) -> AuditDetail:
    values = {"before": dict(noted.before), "after": dict(noted.after)}
    return AuditDetail(
        clinic_id=entry.clinic_id,
        entry_uuid=entry.uuid,
        patient_uuid=patients[0] if patients else None,
        salt=secrets.token_hex(_SALT_BYTES),
        values=json.dumps(values, default=str, sort_keys=True, ensure_ascii=False),
        written_at=now,
    )
