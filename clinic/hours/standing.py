"""Hours as they were entered, of a site or a resource there: earlier, present and coming ones. Reads."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from django.db.models import Q

from clinic.hours.opening import DaySpan, Hours, WeeklySpan
from clinic.hours.rota import Rota
from clinic.identity.actors import Actor
from clinic.lookup import find
from clinic.models import DayHours, Resource, ResourceKind, Site, SiteHours, WeeklyHours

_WEEKLY = ("weekday", "opens", "closes", "every_weeks", "valid_from", "valid_until", "counted_from")


def hours_of(*, rota: Rota) -> Hours:
    """All of them. Two queries."""
    where = rota.columns
    weekly = WeeklyHours.objects.filter(**where).order_by("weekday", "opens", "pk").values_list(*_WEEKLY)
    days = DayHours.objects.filter(**where).order_by("on", "opens", "pk").values_list("on", "opens", "closes")
    return Hours(
        weekly=tuple(WeeklySpan(*span) for span in weekly), days=tuple(DaySpan(*span) for span in days)
    )


def weeks_in_clinic(*, clinic_id: int) -> defaultdict[tuple[int, int | None], list[WeeklySpan]]:
    """The weekly spans of a whole clinic, by the keys of the site and of the resource there. One query."""
    found: defaultdict[tuple[int, int | None], list[WeeklySpan]] = defaultdict(list)
    rows = WeeklyHours.objects.of_clinic(clinic_id).order_by("weekday", "opens", "pk")
    for site_id, resource_id, *span in rows.values_list("site_id", "resource_id", *_WEEKLY):
        found[site_id, resource_id].append(WeeklySpan(*span))
    return found


def notes_of_days(*, rota: Rota) -> dict[date, str]:
    """The notes of dates that have hours of their own. One query."""
    return dict(DayHours.objects.filter(**rota.columns).values_list("on", "note"))


def find_rota(*, by: Actor, site: UUID, resource: UUID | None = None) -> Rota:
    """That of the site, or of a resource that may serve there. Raises Unknown."""
    there = find(Site.objects.seen_by(by), uuid=site)
    if resource is None:
        return Rota(there)
    may_serve = Q(site=there) | Q(kind=ResourceKind.PRACTITIONER)
    resources = Resource.objects.seen_by(by).select_related("site").filter(may_serve)
    return Rota(there, find(resources, uuid=resource))


def own_hours_on(*, rota: Rota, on: date) -> list[DayHours]:
    """The rows of that date, if it has hours of its own; one row without times if it is closed."""
    return list(DayHours.objects.filter(**rota.columns, on=on).order_by("opens", "pk"))


def version_of_hours(*, rota: Rota) -> int:
    """It grows with every write of hours, leave, closures and resources at the site."""
    return SiteHours.objects.of_clinic(rota.site.clinic_id).get(site=rota.site).version
