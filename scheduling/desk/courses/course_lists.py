"""All courses together: what is to be booked, and how the clinic's courses keep their rhythm."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.inputs import StretchFields
from clinic.web.trail import saw
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.wording import date_words, window_words
from scheduling.models import Session
from scheduling.reports.adherence import REPORT_DAYS, clinic_adherence, to_be_booked
from scheduling.reports.deviation import Tally
from treatments.models import StepKind

DUE_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class DueShown:
    """One session that waits for its time."""

    session: Session
    about: str
    window: str
    overdue_since: str
    is_treatment: bool
    is_booked_alone: bool


@dataclass(frozen=True, slots=True)
class TallyShown:
    """The figures of one protocol, or of all."""

    name: str
    tally: Tally

    @property
    def percent_on_time(self) -> int:
        return round(100 * (self.tally.share_on_time or 0))

    @property
    def days_off(self) -> str:
        """“1.5 days”; nothing where nothing was done."""
        mean = self.tally.mean_days_off_target
        if mean is None:
            return ""
        is_one = f"{mean:.1f}" == "1.0"
        return ngettext("{days} day", "{days} days", 1 if is_one else 2).format(days=number_format(mean, 1))


@require_safe
@desk_page(Act.SEE_CALENDAR)
def due(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    today = today_at_home(clinic_id=actor.clinic_id, now=now())
    rows: Any = to_be_booked(by=actor)
    page = Paginator(rows.order_by("due_by", "uuid"), DUE_A_PAGE).get_page(request.GET.get("page"))
    shown = [_due_shown(session, today) for session in page.object_list]
    saw(AuditAction.SAW_SESSIONS, [one.session.patient.uuid for one in shown], by=actor)
    return render(request, "scheduling/courses/to_be_booked.html", {"page": page, "shown": shown})


@require_safe
@desk_page(Act.SEE_CALENDAR)
def adherence(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    today = today_at_home(clinic_id=actor.clinic_id, now=now())
    usual = {"first_on": str(today - timedelta(days=REPORT_DAYS)), "last_on": str(today)}
    form = StretchFields(usual | request.GET.dict())
    if not form.is_valid():
        return render(request, "scheduling/courses/adherence.html", {"form": form}, status=422)
    found = clinic_adherence(by=actor, **form.cleaned_data)
    protocols = [TallyShown(one.name, one.tally) for one in found.protocols]
    shown = [*protocols, TallyShown(gettext("All together"), found.tally)] if protocols else []
    return render(request, "scheduling/courses/adherence.html", {"form": form, "shown": shown})


def _due_shown(session: Session, today: date) -> DueShown:
    window, is_treatment = session.window, session.kind == StepKind.TREATMENT
    number = about_session(session)
    is_overdue = window is not None and window.latest < today
    return DueShown(
        session=session,
        about=gettext("{number} of {count}").format(number=number, count=session.plan.session_count)
        if session.plan and is_treatment
        else number,
        window=window_words(window, today=today) if window else gettext("no window"),
        overdue_since=date_words(window.latest, today=today) if window and is_overdue else "",
        is_treatment=is_treatment,
        is_booked_alone=session.is_booked_alone,
    )
