"""Types of answers, as the schema tells them: text in a form, and words that may grow."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, NotRequired, TypedDict, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text, in the words of JSON Schema (`format`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a text is one of today. Clients accept words that they do not know: more may come."""

    known: tuple[str, ...]

    @classmethod
    def of(cls, words: type[StrEnum] | Iterable[str]) -> "Words":
        return cls(tuple(str(word) for word in words))


Uuid = Annotated[str, Form("uuid")]
Date = Annotated[str, Form("date")]
# RFC 3339 with its offset; of what happens at a site, the site's.
Instant = Annotated[str, Form("date-time")]
# An object of the client's own making, or of the catalogue's.
AnyObject = dict[str, Any]


class Page(TypedDict, Generic[Row]):
    """A piece of a list, the address of the next one (null after the last), and whether there is more.

    In an order that was asked for there is one page alone.
    """

    results: list[Row]
    next: str | None
    more: bool


class Found(TypedDict, Generic[Row]):
    """A piece of what a search found, and the cursor to send for the next one (null after the last)."""

    results: list[Row]
    cursor: str | None
    more: bool


class Listed(TypedDict, Generic[Row]):
    """A whole list."""

    results: list[Row]


class ProblemJson(TypedDict):
    """One reason why something may not be, or should not."""

    code: str
    kind: Annotated[str, Words(("blocker", "waivable", "warning"))]
    sentence: str
    # The roles that may set it aside; of waivable ones alone.
    waivable_by: NotRequired[list[str]]


class FieldProblem(TypedDict):
    """What is wrong with one key of what was sent."""

    field: str
    sentence: str


class ProblemDetails(TypedDict):
    """Why a request was refused (RFC 9457). `code` is stable, `detail` may be read to whoever asked."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: NotRequired[list[ProblemJson]]
    fields: NotRequired[list[FieldProblem]]
    # The same calendar, good for another while.
    proposal: NotRequired[str]
