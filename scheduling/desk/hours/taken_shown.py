"""What takes time out of a week ahead: leave, time kept free, closures, and what is busy elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext

from clinic.hours.rota import Rota
from clinic.identity.actors import Actor
from clinic.models import BusyTime, Closure, Leave, LeaveKind, LeaveState
from clinic.web.templatetags.desk import clock, plain_day


@dataclass(frozen=True, slots=True)
class TakenShown:
    """One stretch: what it is, from when until when, why, and its page, if it has one."""

    what: str
    span: str
    note: str
    page: str = ""
    uuid: UUID | None = None


def taken_ahead(*, rota: Rota, by: Actor, now: datetime) -> list[TakenShown]:
    """By when it begins, on the site's clock. At most two queries."""
    ahead = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    if rota.resource is None:
        shut = Closure.objects.seen_by(by).filter(site=rota.site, ends_at__gt=now)
        rows: list[Closure | Leave | BusyTime] = list(shut)
    else:
        leaves = Leave.objects.seen_by(by).filter(ahead, resource=rota.resource, state=LeaveState.GRANTED)
        busy = BusyTime.objects.seen_by(by).filter(resource=rota.resource, ends_at__gt=now)
        rows = [*leaves, *busy]
    return [_shown(row, rota.site.tz) for row in sorted(rows, key=lambda row: row.starts_at)]


def _shown(row: Closure | Leave | BusyTime, zone: ZoneInfo) -> TakenShown:
    span = " – ".join(_instants(row, zone))
    if isinstance(row, BusyTime):
        return TakenShown(gettext("Busy elsewhere"), span, "")
    if isinstance(row, Closure):
        return TakenShown(gettext("Shut"), span, row.reason, "closure", row.uuid)
    what = gettext("Kept free") if row.kind == LeaveKind.KEPT_FREE else gettext("Away")
    return TakenShown(what, span, row.reason, "leave", row.uuid)


def _instants(row: Closure | Leave | BusyTime, zone: ZoneInfo) -> Iterator[str]:
    for instant in (row.starts_at, row.ends_at):
        if instant is None:
            yield gettext("further notice")
        else:
            local = instant.astimezone(zone)
            yield f"{plain_day(local)}, {clock(local)}"
