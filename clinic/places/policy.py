"""Settings of a clinic: whole numbers within bounds, and switches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Clinic
from clinic.sentences import NOTHING, Sentence

# By the name of the setting.
Values = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BoundedSetting:
    """A whole number: one of a range, or one of a few, each with its words.

    `refusal` is what is said of any other.
    """

    name: str
    allowed: range | Mapping[int, Sentence]
    refusal: Problem
    label: Sentence
    hint: Sentence = NOTHING


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    name: str
    label: Sentence
    hint: Sentence = NOTHING


@dataclass(frozen=True, slots=True)
class Policy:
    """What a clinic sets together: each a column of the clinic, unless a subclass says otherwise."""

    settings: tuple[BoundedSetting | Switch, ...]

    def of(self, clinic: Clinic) -> dict[str, int]:
        return {setting.name: getattr(clinic, setting.name) for setting in self.settings}

    def audited(self, values: Values) -> dict[str, Any]:
        """The values as the trail keeps them."""
        return dict(values)

    def columns(self, values: Values) -> dict[str, Any]:
        """The values as the clinic's row keeps them."""
        return dict(values)

    def problems(self, values: Values) -> Iterator[Problem]:
        for setting in self.settings:
            if isinstance(setting, BoundedSetting) and values[setting.name] not in setting.allowed:
                yield setting.refusal


def set_policy(policy: Policy, *, values: Values, by: Actor, now: datetime) -> Clinic:
    """The clinic, with a value for every setting of the policy; they hold from the next act on.

    Raises NotAllowed and Refused (what the settings refuse). Locks: clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_CLINIC)
    # Settings that share a refusal say it once.
    refuse_if_any(dict.fromkeys(policy.problems(values)))
    with transaction.atomic():
        clinic: Clinic = Clinic.objects.select_for_update().get(pk=by.clinic_id)
        before, after = policy.audited(policy.of(clinic)), policy.audited(values)
        columns = policy.columns(values)
        for column, value in columns.items():
            setattr(clinic, column, value)
        clinic.save(update_fields=[*columns])
        if before != after:
            record_audit(AuditRecord(AuditAction.SET_CLINIC, before=before, after=after), by=by, now=now)
    return clinic
