"""Settings of a clinic: whole numbers within bounds, times of day, words of few, texts, and switches."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import Written, one_act, record_changes
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import ChangeKind, Clinic
from clinic.plain_text import one_line
from clinic.sentences import NOTHING, Sentence
from clinic.sentences import sentence as _

# By the name of the setting: a number, yes or no, a time of day, a text, or None where that may be empty.
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BoundedSetting:
    """A whole number: one of a range, or one of a few, each with its words.

    `refusal` is what is said of any other. One that may be empty has None as well.
    """

    name: str
    allowed: range | Mapping[int, Sentence]
    refusal: Problem
    label: Sentence
    hint: Sentence = NOTHING
    may_be_empty: bool = False

    def problems(self, value: Any) -> Iterator[Problem]:
        if not (value is None and self.may_be_empty) and value not in self.allowed:
            yield self.refusal


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    name: str
    label: Sentence
    hint: Sentence = NOTHING

    def problems(self, value: Any) -> Iterator[Problem]:
        return iter(())


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """A time of day, on the wall clock of each site."""

    name: str
    label: Sentence
    hint: Sentence = NOTHING

    def problems(self, value: Any) -> Iterator[Problem]:
        if not isinstance(value, time):
            sentence = _("{label}: enter a time of day such as 09:30.", label=self.label)
            yield Problem("clock_missing", ProblemKind.BLOCKER, sentence)


@dataclass(frozen=True, slots=True)
class WordSetting:
    """One word of a few, each with its name."""

    name: str
    allowed: Mapping[str, Sentence]
    refusal: Problem
    label: Sentence
    hint: Sentence = NOTHING

    def problems(self, value: Any) -> Iterator[Problem]:
        if value not in self.allowed:
            yield self.refusal


def _nothing_wrong(text: str) -> Iterator[Problem]:
    return iter(())


@dataclass(frozen=True, slots=True)
class TextSetting:
    """A line of text of at most `longest` letters. `wrong` says what else is wrong with it."""

    name: str
    longest: int
    label: Sentence
    hint: Sentence = NOTHING
    wrong: Callable[[str], Iterator[Problem]] = _nothing_wrong
    form: str = "text"

    def problems(self, value: Any) -> Iterator[Problem]:
        if len(value) > self.longest:
            sentence = _("{label}: write {longest} letters or fewer.", label=self.label, longest=self.longest)
            yield Problem("setting_too_long", ProblemKind.BLOCKER, sentence)
        else:
            yield from self.wrong(value)


Setting = BoundedSetting | Switch | ClockSetting | WordSetting | TextSetting


@dataclass(frozen=True, slots=True)
class Policy:
    """What a clinic sets together: each a column of the clinic, unless a subclass says otherwise."""

    settings: tuple[Setting, ...]

    def of(self, clinic: Clinic) -> dict[str, Any]:
        return {setting.name: getattr(clinic, setting.name) for setting in self.settings}

    def audited(self, values: Values) -> dict[str, Any]:
        """The values as the trail keeps them."""
        return {name: _as_noted(value) for name, value in values.items()}

    def columns(self, values: Values) -> dict[str, Any]:
        """The values as the clinic's row keeps them."""
        return dict(values)

    def problems(self, values: Values, *, changed: AbstractSet[str]) -> Iterator[Problem]:
        """What is wrong with those that change: what stood wrongly before hinders nothing else."""
        for setting in self.settings:
            if setting.name in changed:
                yield from setting.problems(values[setting.name])


@dataclass(frozen=True, slots=True)
class Policies(Policy):
    """Several policies as one: what a program sets at once."""

    parts: tuple[Policy, ...] = ()

    @classmethod
    def of_all(cls, *parts: Policy) -> "Policies":
        return cls(tuple(setting for part in parts for setting in part.settings), parts)

    def of(self, clinic: Clinic) -> dict[str, Any]:
        return {name: value for part in self.parts for name, value in part.of(clinic).items()}

    def audited(self, values: Values) -> dict[str, Any]:
        return {
            name: value for part in self.parts for name, value in part.audited(_own(part, values)).items()
        }

    def columns(self, values: Values) -> dict[str, Any]:
        return {
            name: value for part in self.parts for name, value in part.columns(_own(part, values)).items()
        }

    def problems(self, values: Values, *, changed: AbstractSet[str]) -> Iterator[Problem]:
        for part in self.parts:
            yield from part.problems(_own(part, values), changed=changed)


def set_policy(policy: Policy, *, values: Values, by: Actor, now: datetime) -> Clinic:
    """The clinic, with these values of settings of the policy; they hold from the next act on.

    What is not named stays as it is. Raises NotAllowed and Refused (what the settings refuse). Locks: clinic,
    change counter.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_CLINIC)
    with one_act():
        clinic: Clinic = Clinic.objects.select_for_update().get(pk=by.clinic_id)
        standing = policy.of(clinic)
        wanted = standing | {name: _as_kept(value) for name, value in values.items()}
        changed = {name for name, value in wanted.items() if value != standing[name]}
        # Settings that share a refusal say it once.
        refuse_if_any(dict.fromkeys(policy.problems(wanted, changed=changed)))
        before, after = policy.audited(standing), policy.audited(wanted)
        if before != after:
            columns = policy.columns(wanted)
            for column, value in columns.items():
                setattr(clinic, column, value)
            clinic.version += 1
            clinic.save(update_fields=[*columns, "version"])
            record_audit(AuditRecord(AuditAction.SET_CLINIC, before=before, after=after), by=by, now=now)
            written = [Written(ChangeKind.CLINIC, clinic.uuid, clinic.version)]
            record_changes(clinic_id=clinic.pk, written=written, now=now)
    return clinic


def _as_kept(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _as_noted(value: Any) -> Any:
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _own(part: Policy, values: Values) -> dict[str, Any]:
    return {setting.name: values[setting.name] for setting in part.settings}
