"""The weeks ahead: how much of everyone's and everything's time is promised to courses already."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import ResourceKind
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from scheduling.desk.shared.wording import date_words
from scheduling.reports.capacity import ResourceTime, WeekOfTime, committed_capacity

WEEKS = 8
# In order: what heads them, and what is said of a week in which one is not there.
_KINDS = {
    ResourceKind.PRACTITIONER: (_("Practitioners"), _("away")),
    ResourceKind.ROOM: (_("Rooms"), _("closed")),
    ResourceKind.DEVICE: (_("Devices"), _("closed")),
}


@dataclass(frozen=True, slots=True)
class WeekShown:
    """Percent of the open hours: booked, and with what is expected; None where nothing is open."""

    booked: int
    promised: int | None


@dataclass(frozen=True, slots=True)
class ResourceShown:
    name: str
    weeks: tuple[WeekShown, ...]


@dataclass(frozen=True, slots=True)
class KindShown:
    """“Practitioners”, and what is said of a week in which one is not there."""

    name: str
    shut: str
    resources: tuple[ResourceShown, ...]


@require_safe
@desk_page(Act.SEE_CALENDAR)
def capacity(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = now()
    today = today_at_home(clinic_id=actor.clinic_id, now=at)
    found = committed_capacity(by=actor, weeks=WEEKS, now=at).resources
    weeks = found[0].weeks if found else ()
    shown = {
        "weeks": [date_words(week.starts_on, today=today) for week in weeks],
        "kinds": [kind for one in _KINDS if (kind := _kind(one, found)).resources],
    }
    return render(request, "scheduling/reports/capacity.html", shown)


def _kind(kind: ResourceKind, found: tuple[ResourceTime, ...]) -> KindShown:
    name, shut = _KINDS[kind]
    of_kind = (one for one in found if one.resource.kind == kind)
    return KindShown(
        name=str(name),
        shut=str(shut),
        resources=tuple(ResourceShown(one.resource.name, tuple(map(_week, one.weeks))) for one in of_kind),
    )


def _week(week: WeekOfTime) -> WeekShown:
    if not week.open_minutes:
        return WeekShown(0, None)
    promised = week.claimed_minutes + week.expected_minutes
    return WeekShown(_percent(week.claimed_minutes, week), _percent(promised, week))


def _percent(minutes: float, week: WeekOfTime) -> int:
    return round(100 * minutes / week.open_minutes)
