"""Public holidays of a site at the desk: day by day, closed or open all the same."""

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from clinic.desk.places.forms import HolidayFields
from clinic.errors import Malformed
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.places.holidays import holidays_ahead, override_holiday
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send

# A year and a half: whoever books a long course meets those of next year.
_AHEAD = timedelta(days=550)
_FIELDS = {"hours_reversed": "closes"}


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def holidays(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    site = find(Site.objects.seen_by(actor), uuid=uuid)
    at = database_now()
    if "closed" in request.POST:
        override_holiday(site=site, on=_day(request), spans=(), by=actor, now=at)
        messages.info(request, gettext("Closed on that day."))
        return redirect("site-holidays", site.uuid)
    today = local_date(at, site.tz)
    found = holidays_ahead(site=site, first=today, last=today + _AHEAD)
    typed = request.POST if request.method == "POST" else None
    form = HolidayFields(typed, holidays=found, initial={"on": request.GET.get("on", "")})
    sent = send(
        request,
        form,
        lambda: override_holiday(site=site, on=form.day, spans=form.spans, by=actor, now=at),
        fields=_FIELDS,
    )
    if sent.done is None:
        shown = {"site": site, "holidays": found, "form": form}
        return render(request, "clinic/places/holidays.html", shown, status=sent.status)
    messages.info(request, gettext("Open on that day."))
    return redirect("site-holidays", site.uuid)


def _day(request: HttpRequest) -> date:
    """Raises Malformed."""
    try:
        return date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise Malformed("malformed_day", _("Choose a day of the list.")) from None
