"""A form that leads to one act, and what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from django import forms
from django.http import HttpRequest

from clinic.errors import ClinicError
from clinic.web.desk.desk_errors import refuse_form

Done = TypeVar("Done")
_NOWHERE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sent(Generic[Done]):
    """What the act answered; while it answered nothing, `status` is that of the page with the form."""

    done: Done | None
    status: int = 200


def send(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[[], Done],
    *,
    fields: Mapping[str, str] = _NOWHERE,
) -> Sent[Done]:
    """Act, if the form was sent and makes sense. A refusal stands beside the field that `fields` names."""
    if request.method != "POST":
        return Sent(None)
    if not form.is_valid():
        return Sent(None, 422)
    try:
        return Sent(act())
    except ClinicError as refusal:
        return Sent(None, refuse_form(form, refusal=refusal, fields=fields))
