"""Moving a visit: say where to, look what follows in the course, move it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.actors import Actor
from clinic.audit import Deed
from clinic.errors import ClinicError, Problem, ProblemKind
from clinic.localtime import instant_at
from clinic.lookup import find
from clinic.permissions import Act, may_waive
from clinic.sites import today_at_home
from clinic.web.api_errors import status_of
from clinic.web.clock import now
from clinic.web.desk_access import desk_page
from clinic.web.desk_errors import refuse_form
from clinic.web.templatetags.desk import clock
from clinic.web.trail import saw
from scheduling.database_clock import database_now
from scheduling.desk.forms import OnOffer, on_offer
from scheduling.desk.wording import date_words
from scheduling.models import Session
from scheduling.moving import move_visit, preview_move
from scheduling.proposals import PlacedSession
from scheduling.retiming import MoveTerms
from scheduling.rippling import Destination, Ripple, RippleAsked

LONGEST_REASON = 200
FIELDS = {"starts_in_the_past": "on", "too_far_ahead": "on", "start_not_on_a_cell": "at", "time_taken": "at"}


class MoveFields(forms.Form):
    """Where to, and what may move along; with the button that moves, why and on whose wish."""

    use_required_attribute = False

    on = forms.DateField(label="New day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    at = forms.TimeField(
        label="Arrives at", widget=forms.TimeInput(attrs={"type": "time", "step": 300}, format="%H:%M")
    )
    practitioner = forms.ChoiceField(required=False, label="With")
    alone = forms.BooleanField(required=False, label="Move this visit alone")
    moves_confirmed = forms.BooleanField(
        required=False, label="Visits that the patient confirmed may move too"
    )
    bends_wishes = forms.BooleanField(required=False, label="The patient’s firm wishes may give way")
    reason = forms.CharField(required=False, label="Why", max_length=LONGEST_REASON)
    by_patient = forms.BooleanField(required=False, label="The patient asked for it")

    def __init__(self, *args: Any, offer: OnOffer, **named: Any) -> None:
        super().__init__(*args, **named)
        self.people = {str(row.uuid): row for row in offer.practitioners}
        choices = [
            ("", "As before, if they are free"),
            *((key, row.name) for key, row in self.people.items()),
        ]
        self.fields["practitioner"].choices = choices  # type: ignore[attr-defined]  # a choice field has them

    def destination(self, session: Session) -> Destination:
        """Raises Malformed for a local time that the site's clock skips or shows twice."""
        assert session.site is not None
        said = self.cleaned_data
        starts_at = instant_at(said["on"], said["at"], session.site.tz)
        return Destination(starts_at, practitioner=self.people.get(said["practitioner"]))

    def asked(self) -> RippleAsked:
        said = self.cleaned_data
        return RippleAsked(said["alone"], said["moves_confirmed"], said["bends_wishes"])


@dataclass(frozen=True, slots=True)
class _Screen:
    """Who looks at which visit, with what in the form; and what a look found."""

    request: HttpRequest
    session: Session
    form: MoveFields
    by: Actor
    ripple: Ripple | None = None


@dataclass(frozen=True, slots=True)
class MoveShown:
    """One line of what would change, in the site's time."""

    about: str
    was: str
    becomes: str
    people: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MOVE)
def move(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    rows = Session.objects.seen_by(actor).select_related(
        "patient__clinic", "plan__patient", "plan__clinic", "site__clinic", "session_type"
    )
    session = find(rows.filter(starts_at__isnull=False, site__isnull=False), uuid=uuid)
    saw(Deed.SAW_CALENDARS, [session.patient.uuid], by=actor, about=session)
    typed = request.POST if request.method == "POST" else request.GET
    form = MoveFields(typed or None, offer=on_offer(by=actor), initial=_initial(session))
    screen = _Screen(request, session, form, actor)
    if not form.is_bound:
        return _page(screen)
    if not form.is_valid():
        return _page(screen, status=422)
    return _answer(screen)


def _answer(screen: _Screen) -> HttpResponse:
    """The preview, or the move itself."""
    session, form, by = screen.session, screen.form, screen.by
    said = form.cleaned_data
    try:
        to = form.destination(session)
        ripple = preview_move(session=session, to=to, asked=form.asked(), by=by, now=now())
        screen = replace(screen, ripple=ripple)
        if screen.request.method != "POST":
            return _page(screen)
        terms = MoveTerms(reason=said["reason"], by_patient=said["by_patient"])
        moved = move_visit(session=session, ripple=ripple, terms=terms, by=by, now=database_now())
    except ClinicError as refusal:
        refuse_form(form, refusal=refusal, fields=FIELDS)
        return _page(screen, status=status_of(refusal=refusal))
    count = len(moved)
    messages.info(screen.request, "The visit is moved." if count == 1 else f"{count} visits are moved.")
    return redirect("plan", session.plan.uuid) if session.plan else redirect("patient", session.patient.uuid)


def _page(screen: _Screen, *, status: int = 200) -> HttpResponse:
    session, by, ripple = screen.session, screen.by, screen.ripple
    today = today_at_home(clinic_id=by.clinic_id, now=now())
    problems: Sequence[Problem] = ripple.problems if ripple else ()
    stands = [p for p in problems if p.kind is ProblemKind.BLOCKER or not may_waive(by=by, code=p.code)]
    shown = {
        "session": session,
        "now_words": _when(session.starts_at, session, today),
        "form": screen.form,
        "moves": [_line(one, placed, today) for one, placed in ripple.moved] if ripple else [],
        "kept": [_about(one) for one in ripple.kept if one.pk != session.pk] if ripple else [],
        "problems": [problem.sentence for problem in problems],
        "is_looked_at": ripple is not None,
        "may_move": ripple is not None and not stands,
        "wants_reason": bool(problems),
    }
    return render(screen.request, "scheduling/move.html", shown, status=status)


def _initial(session: Session) -> dict[str, Any]:
    assert session.site is not None
    assert session.starts_at is not None
    local = session.starts_at.astimezone(session.site.tz)
    return {"on": local.date(), "at": local.time()}


def _line(session: Session, placed: PlacedSession, today: date) -> MoveShown:
    people = (a.resource.name for a in placed.assignments if a.resource.kind == "practitioner")
    return MoveShown(
        about=_about(session),
        was=_when(session.starts_at, session, today),
        becomes=f"{date_words(placed.local_date, today=today)}, {clock(placed.starts_at)}",
        people=tuple(dict.fromkeys(people)),
    )


def _about(session: Session) -> str:
    return f"Visit {session.number}" if session.plan else session.session_type.name


def _when(at: datetime | None, session: Session, today: date) -> str:
    if at is None or session.site is None:
        return "no time yet"
    local = at.astimezone(session.site.tz)
    return f"{date_words(local.date(), today=today)}, {clock(local)}"
