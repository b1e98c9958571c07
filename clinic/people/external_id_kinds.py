"""Kinds of rows that other systems may name. Pure."""

import re
from dataclasses import dataclass

from clinic.errors import Malformed
from clinic.plain_text import one_line
from clinic.sentences import sentence as _

LONGEST_SYSTEM, LONGEST_VALUE = 50, 200
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """What another system calls a row: whose name it is, and the name."""

    system: str
    value: str

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


def name_of(*, system: str, value: str) -> Name:
    """The name, checked. Raises Malformed (`malformed_external_id`)."""
    value = one_line(value)
    is_system = _SYSTEM.fullmatch(system) and len(system) <= LONGEST_SYSTEM
    if not is_system or not 0 < len(value) <= LONGEST_VALUE:
        raise Malformed(
            "malformed_external_id",
            _(
                "Name the other system in small letters, digits, - and _ (up to {longest}), and "
                "its id in 1 to {longest_id} letters.",
                longest=LONGEST_SYSTEM,
                longest_id=LONGEST_VALUE,
            ),
        )
    return Name(system, value)


def name_from(text: str) -> Name:
    """The name written as `system:value`. Raises Malformed (`malformed_external_id`)."""
    system, _, value = text.partition(":")
    return name_of(system=system, value=value)
