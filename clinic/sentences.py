"""Sentences for people: English text that remembers its message and what fills it. Pure.

A sentence is made where its facts are known, for nobody in particular: it is stored, logged and told to
programs in English. Whoever shows it to a person words it in the reader's language (`clinic/wording.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol


class Language(Protocol):
    """How a language words messages, names, and dates by the letters of Django's `date` filter."""

    def pattern(self, messages: tuple[str, ...], number: int) -> str: ...

    def named(self, name: str) -> str: ...

    def dated(self, at: date | time, style: str) -> str: ...


class Sentence(str):
    """The English text. `messages` is its id in the catalogues, of what is counted with the plural."""

    __slots__ = ("is_lower", "messages", "number", "parameters")

    messages: tuple[str, ...]
    number: int
    parameters: Mapping[str, object]
    is_lower: bool

    def worded(self, language: Language) -> str:
        text = _filled(self.messages, self.number, self.parameters, language)
        return text.lower() if self.is_lower else text

    def lower(self) -> "Sentence":
        """For a label in the midst of a sentence."""
        return _made(self.messages, self.number, self.parameters, is_lower=True)


def sentence(message: str, /, **parameters: object) -> Sentence:
    """`sentence("Session {number} is on {on:l j F Y}.", number=3, on=monday)`.

    A parameter is a name, a number, a date, a time, or a sentence of its own.
    """
    return _made((message,), 1, parameters)


def counted(one: str, many: str, /, *, count: int, **parameters: object) -> Sentence:
    """`counted("{count} day", "{count} days", count=days)`."""
    return _made((one, many), count, {**parameters, "count": count})


def verbatim(text: str) -> Sentence:
    """Text that is the same in every language: what people wrote, and what operators and programs read."""
    return joined([text])


def joined(parts: Iterable[object], by: str = " ") -> Sentence:
    """One after the other, each a parameter in its own right."""
    named = {f"part_{place}": part for place, part in enumerate(parts)}
    return sentence(by.join(f"{{{name}}}" for name in named), **named)


def listed(parts: Iterable[object]) -> Sentence:
    """“a”, “a and b”, “a, b and c”."""
    *others, last = parts
    if not others:
        return joined([last])
    return sentence("{others} and {last}", others=joined(others, by=", "), last=last)


def _made(
    messages: tuple[str, ...], number: int, parameters: Mapping[str, object], *, is_lower: bool = False
) -> Sentence:
    text = _filled(messages, number, parameters, _English())
    made = Sentence(text.lower() if is_lower else text)
    made.messages, made.number, made.parameters, made.is_lower = messages, number, parameters, is_lower
    return made


def _filled(
    messages: tuple[str, ...], number: int, parameters: Mapping[str, object], language: Language
) -> str:
    fitted = {name: _fitted(value, language) for name, value in parameters.items()}
    return language.pattern(messages, number).format_map(fitted)


def _fitted(value: object, language: Language) -> object:
    match value:
        case Sentence():
            return value.worded(language)
        case str():
            return language.named(value)
        case date() | time():
            return _Dated(value, language)
    return value


@dataclass(frozen=True, slots=True)
class _Dated:
    """A date that its place in the message formats; without a style it is an ISO one."""

    at: date | time
    language: Language

    def __format__(self, style: str) -> str:
        return self.language.dated(self.at, style) if style else str(self.at)


class _English:
    _LETTERS = {"l": "%A", "D": "%a", "F": "%B", "M": "%b", "Y": "%Y", "H": "%H", "i": "%M"}

    def pattern(self, messages: tuple[str, ...], number: int) -> str:
        return messages[0] if number == 1 else messages[-1]

    def named(self, name: str) -> str:
        return name

    def dated(self, at: date | time, style: str) -> str:
        day = str(at.day) if isinstance(at, date) else ""
        return "".join(
            day if letter == "j" else at.strftime(self._LETTERS[letter]) if letter.isalpha() else letter
            for letter in style
        )


NOTHING = joined([])
