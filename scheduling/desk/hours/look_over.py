"""What is to be looked over before it is saved: what changes, and the sessions that stand in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinic.identity.actors import Actor
from clinic.models.tenant import PublicRow
from clinic.places.sites import today_at_home
from clinic.sentences import sentence as _
from clinic.web.database_clock import database_now
from scheduling.desk.shared.in_the_way import HELD, seen_sessions, staying
from scheduling.models import Session

_HOLD_ENDS = _("It is only held, for a patient who has not decided. Its hold ends.")
# What the form of the page before sent along, and is not typed in.
_BUTTONS = frozenset({"csrfmiddlewaretoken", "confirmed", "back", "copy"})


@dataclass(frozen=True, slots=True)
class ToLookOver:
    """What is about to be saved: of what, sent where, what changes, and the sessions in its way."""

    title: str
    address: str
    lines: Sequence[str]
    left_out: Sequence[Session]
    about: PublicRow
    # Whether saving ends the holds that are in the way.
    ends_holds: bool = False


def look_over(request: HttpRequest, what: ToLookOver, *, by: Actor) -> HttpResponse:
    """The page between typing and saving: all that was typed is sent again by its buttons."""
    seen_sessions(what.left_out, by=by, about=what.about)
    today = today_at_home(clinic_id=by.clinic_id, now=database_now())
    held = _HOLD_ENDS if what.ends_holds else HELD
    shown = {
        "title": what.title,
        "address": what.address,
        "lines": what.lines,
        "obstacles": staying(what.left_out, today=today, held=held),
        "typed": list(_typed(request)),
    }
    return render(request, "scheduling/hours/look_over.html", shown)


def _typed(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if name not in _BUTTONS:
            yield from ((name, str(value)) for value in values)
