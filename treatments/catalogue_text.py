"""The catalogue as its files say it: TOML text to values. Pure; `catalogue_rules` says whether they make sense."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from clinic.errors import Problem, ProblemKind, Refused


class WrongShape(Exception):
    """A value of the file is not what its place asks for; the message says where."""


@dataclass(frozen=True, slots=True)
class WrittenSkill:
    key: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class WrittenStage:
    """`minutes` are [from, to) after the patient's arrival; `needs` says which skill plays which role."""

    key: str
    name: str
    minutes: tuple[int, int]
    needs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WrittenSessionType:
    key: str
    name: str
    patient_minutes: int
    stage: tuple[WrittenStage, ...]
    defaults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Months:
    """A length of time on the calendar."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class WrittenStep:
    session_type: str
    anchor: str
    kind: str = "treatment"
    booking: str = "with_course"
    repeats: bool = False
    interval: Months = Months()
    earlier: Months = Months()
    later: Months = Months()


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

    def joined_with(self, other: Self) -> Self:
        return type(self)(
            skill=self.skill + other.skill,
            session_type=self.session_type + other.session_type,
            protocol=self.protocol + other.protocol,
        )


def catalogue_from(texts: Mapping[str, str]) -> WrittenCatalogue:
    """The catalogue out of TOML texts by file name.

    Raises Refused (`catalogue_malformed`) with one problem for each file that cannot be read.
    """
    whole = WrittenCatalogue()
    problems = []
    for file, text in sorted(texts.items()):
        try:
            whole = whole.joined_with(_made(WrittenCatalogue, tomllib.loads(text), file))
        except tomllib.TOMLDecodeError as error:
            problems.append(_malformed(f"{file} is not TOML: {error}."))
        except WrongShape as error:
            problems.append(_malformed(str(error)))
    if problems:
        raise Refused(problems)
    return whole


def _malformed(sentence: str) -> Problem:
    return Problem("catalogue_malformed", ProblemKind.BLOCKER, sentence)


def _made[T](kind: type[T], said: Any, place: str) -> T: ...
