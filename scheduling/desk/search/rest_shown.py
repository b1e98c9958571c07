"""Rest between courses as the desk reads it: the lines of the clinic's table that are only defaults."""

from collections.abc import Iterator, Mapping
from typing import Any

from clinic.sentences import Sentence, counted, joined, listed
from clinic.sentences import sentence as _
from clinic.wording import told
from treatments.models import RestTable, SessionType


def default_rest(*, clinic_id: int) -> list[str]:
    """“After SVF combination: 28 days”, in the order in which the lines count. Two queries."""
    table = RestTable.objects.of_clinic(clinic_id).filter(is_current=True).first()
    lines = [line for line in table.lines if line["default"]] if table else []
    names = dict(SessionType.objects.of_clinic(clinic_id).current().values_list("key", "name"))
    return [told(_line(line, names)) for line in lines]


def _line(line: Mapping[str, Any], names: Mapping[str, str]) -> Sentence:
    days = counted("{count} day", "{count} days", count=line["days"])
    pairs = list(_pairs(line, names)) or [_("Any two sessions")]
    return _("{pairs}: {days}", pairs=joined(pairs, by=", "), days=days)


def _pairs(line: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Sentence]:
    said = {
        name: listed(names.get(key, key) for key in line[name])
        for name in ("either", "after", "before")
        if line[name]
    }
    if "either" in said:
        yield _("Before or after {sessions}", sessions=said["either"])
    if "after" in said:
        yield _("After {sessions}", sessions=said["after"])
    if "before" in said:
        yield _("Before {sessions}", sessions=said["before"])
    if line["same"]:
        yield _("Two sessions of one kind")
