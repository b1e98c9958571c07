"""The catalogue as its files say it: TOML text to values. Pure.

`rules` says whether the values make sense.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

from clinic.errors import Problem, ProblemKind, Refused
from clinic.sentences import verbatim
from treatments.regions import USUAL_REGION

Made = TypeVar("Made")


class WrongShape(Exception):
    """A value of the file is not what its place asks for; the message says where."""


@dataclass(frozen=True, slots=True)
class WrittenSkill:
    key: str
    name: str
    kind: Literal["practitioner", "room", "device"]


@dataclass(frozen=True, slots=True)
class WrittenStage:
    """`minutes` are [from, to) after the patient's arrival; `needs` says which skill plays which role."""

    key: str
    name: str
    minutes: tuple[int, int]
    needs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WrittenRecordField:
    """What is written down when a session of the type is done; with `choices`, one of them."""

    key: str
    label: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenSessionType:
    key: str
    name: str
    patient_minutes: int
    stage: tuple[WrittenStage, ...]
    region: str = USUAL_REGION
    aftercare_text: str = ""
    defaults: tuple[str, ...] = ()
    record: tuple[WrittenRecordField, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenRest:
    """So many days between sessions of different courses in one region, if all that the line names is so.

    `either`, `after` and `before` are keys of session types; the first line that fits counts.
    """

    days: int
    either: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    same: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time on the calendar."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class WrittenStep:
    session_type: str
    anchor: Literal["start", "previous", "first", "last"]
    kind: Literal["treatment", "review"] = "treatment"
    booking: Literal["with_course", "when_due"] = "with_course"
    repeats: bool = False
    interval: Span = Span()
    earlier: Span = Span()
    later: Span = Span()


@dataclass(frozen=True, slots=True)
class WrittenProtocol:
    key: str
    name: str
    sessions: tuple[int, int]
    step: tuple[WrittenStep, ...]
    description: str = ""
    asks_harvest_site: bool = False
    defaults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenCatalogue:
    """Everything that the files of one catalogue say."""

    skill: tuple[WrittenSkill, ...] = ()
    session_type: tuple[WrittenSessionType, ...] = ()
    protocol: tuple[WrittenProtocol, ...] = ()
    rest: tuple[WrittenRest, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """What the parts say together."""
        each = list(parts)
        return cls(
            skill=tuple(row for part in each for row in part.skill),
            session_type=tuple(row for part in each for row in part.session_type),
            protocol=tuple(row for part in each for row in part.protocol),
            rest=tuple(row for part in each for row in part.rest),
        )


def read_files(files: Mapping[str, bytes]) -> dict[str, WrittenCatalogue]:
    """What each TOML file says, by its name and in the order of the names.

    Raises Refused (`catalogue_malformed`) with one problem for each file that cannot be read.
    """
    found = {}
    problems = [] if files else [_malformed("There is no catalogue file to load.")]
    for file, text in sorted(files.items()):
        try:
            found[file] = _made(WrittenCatalogue, tomllib.loads(text.decode()), file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(_malformed(f"{file} is not TOML: {error}."))
        except WrongShape as error:
            problems.append(_malformed(str(error)))
    if problems:
        raise Refused(problems)
    return found


def _malformed(text: str) -> Problem:
    return Problem("catalogue_malformed", ProblemKind.BLOCKER, verbatim(text))


def _made(kind: type[Made], said: Any, place: str) -> Made:
    """A dataclass out of a table: no key unknown, none missing, each value of the field's own type."""
    if not isinstance(said, dict):
        raise WrongShape(f"{place} is no table.")
    hints = get_type_hints(kind)
    if unknown := sorted(said.keys() - hints.keys()):
        known = ", ".join(sorted(hints))
        raise WrongShape(f"{place} has an unknown key “{unknown[0]}”. Known are {known}.")
    needed = {field.name for field in fields(kind) if field.default is MISSING}  # type: ignore[arg-type]  # a dataclass
    if missing := sorted(needed - said.keys()):
        raise WrongShape(f"{place} lacks “{missing[0]}”.")
    return kind(**{key: _value(hints[key], value, f"{place}, {key}") for key, value in said.items()})


def _value(wanted: Any, said: Any, place: str) -> Any:
    if is_dataclass(wanted) and isinstance(wanted, type):
        return _made(wanted, said, place)
    if get_origin(wanted) is Literal:
        return _choice(get_args(wanted), said, place)
    if get_origin(wanted) is Mapping:
        return _roles(said, place)
    if get_origin(wanted) is tuple:
        return _listed(get_args(wanted), said, place)
    if type(said) is not wanted:
        raise WrongShape(f"{place} is “{said}”, which is no {wanted.__name__}.")
    return said


def _choice(known: tuple[Any, ...], said: Any, place: str) -> Any:
    if said not in known:
        raise WrongShape(f"{place} is “{said}”, which is none of {', '.join(known)}.")
    return said


def _listed(wanted: tuple[Any, ...], said: Any, place: str) -> tuple[Any, ...]:
    length = None if wanted[-1] is Ellipsis else len(wanted)
    if not isinstance(said, list) or (length is not None and len(said) != length):
        raise WrongShape(f"{place} is no list" + (f" of {length}." if length else "."))
    return tuple(_value(wanted[0], one, f"{place} {number}") for number, one in enumerate(said, start=1))


def _roles(said: Any, place: str) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(skill, str) for skill in said.values()):
        raise WrongShape(f"{place} is no table of role = skill.")
    return said
