"""The clinic over REST: what patients read of it, and all that it has set."""

from datetime import time
from typing import Any, TypedDict

from rest_framework import serializers

from clinic.access.policy import HOUSE_RULES
from clinic.identity.permissions import Act
from clinic.models import Clinic
from clinic.people.clinic_facts import CLINIC_FACTS
from clinic.places.policy import (
    BoundedSetting,
    ClockSetting,
    Policies,
    Setting,
    Switch,
    TextSetting,
    WordSetting,
    set_policy,
)
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Clock, Shape, Text, WholeNumber, YesNo
from clinic.web.rest.json_types import Uuid
from scheduling.courses.policy import COURSE_RULES, REMINDER_RULES
from scheduling.privacy.policy import KEEPING_RULES
from scheduling.search.policy import SEARCH_RULES

ALL_RULES = Policies.of_all(
    CLINIC_FACTS, HOUSE_RULES, REMINDER_RULES, COURSE_RULES, SEARCH_RULES, KEEPING_RULES
)
_REFUSES = (
    "clinic_email_malformed",
    "clinic_phone_malformed",
    "clinic_web_malformed",
    "clock_missing",
    "course_rule_out_of_range",
    "hold_minutes_out_of_range",
    "idle_minutes_out_of_range",
    "keeping_out_of_range",
    "name_missing",
    "price_out_of_range",
    "quiet_hours_endless",
    "setting_too_long",
    "clinic_language_unknown",
    "unknown_start_grid",
)


class ClinicShape(Shape):
    """What is left out stays. Times of day are on the clock of each site.

    `rhythm` to `load` say how much a calendar avoids that, from 0 to 1000; 10 is a session one day off.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {setting.name: _field(setting) for setting in ALL_RULES.settings}


class ClinicJson(TypedDict):
    """The clinic. Times of day are on the clock of each site; `keep_patients_days` null: until erased.

    `rhythm` to `load` say how much a calendar avoids that; 10 is a session one day off.
    """

    id: Uuid
    name: str
    phone: str
    email: str
    web: str
    language: str
    demands_second_factor: bool
    idle_lock_minutes: int
    hold_minutes: int
    reminder_days_before: int
    reminder_time: str
    reminder_hours_before: int
    quiet_from: str
    quiet_until: str
    names_treatments: bool
    notice_hours: int
    patient_moves: int
    missed_after_minutes: int
    desk_window_days: int
    takes_words: bool
    offer_minutes: int
    phone_offer_minutes: int
    phones_reminders: bool
    undo_seconds: int
    start_grid_minutes: int
    rhythm: int
    soonest: int
    weekdays: int
    hours: int
    practitioner: int
    companion: int
    gaps: int
    load: int
    keep_audit_days: int
    keep_audit_details_days: int
    keep_messages_days: int
    keep_patients_days: int | None


@speaks("show_clinic", Act.SEE_PLACES, answers={200: ClinicJson})
def show(call: Call) -> Answer[ClinicJson]:
    """Show the clinic and what it has set."""
    clinic = Clinic.objects.get(pk=call.by.clinic_id)
    return Answer(_clinic_json(clinic), version=clinic.version)


@speaks(
    "change_clinic",
    Act.MANAGE_CLINIC,
    does=Does.CHANGES,
    body=ClinicShape,
    answers={200: ClinicJson},
    refuses=_REFUSES,
)
def change(call: Call) -> Answer[ClinicJson]:
    """Change what the clinic has set; it holds from the next act on."""
    call.refuse_if_stale(version=Clinic.objects.get(pk=call.by.clinic_id).version)
    clinic = set_policy(ALL_RULES, values=call.said, by=call.by, now=database_now())
    return Answer(_clinic_json(clinic), version=clinic.version)


def _clinic_json(clinic: Clinic) -> ClinicJson:
    told: Any = {"id": str(clinic.uuid)}
    told |= {name: _told(value) for name, value in ALL_RULES.of(clinic).items()}
    shown: ClinicJson = told
    return shown


def _told(value: Any) -> Any:
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _field(setting: Setting) -> serializers.Field[Any, Any, Any, Any]:
    """Shape only: bounds are the policy's own."""
    match setting:
        case Switch():
            return YesNo(required=False)
        case ClockSetting():
            return Clock(required=False)
        case WordSetting() | TextSetting():
            return Text(required=False, allow_blank=True)
        case BoundedSetting(may_be_empty=may_be_empty):
            return WholeNumber(required=False, allow_null=may_be_empty)
