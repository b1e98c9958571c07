"""The rota: when sites are open and who is there. Every write locks the hours that bookings share."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import F, Q, QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Unknown, refuse_if_any
from clinic.hours.locks import alone_in_turn
from clinic.hours.opening import WeeklySpan
from clinic.hours.span_problems import absence_problems, day_problems, refuse_malformed, week_problems
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import (
    Closure,
    DayHours,
    Leave,
    LeaveKind,
    LeaveState,
    Resource,
    ResourceKind,
    Site,
    SiteHours,
    WeeklyHours,
)
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _

Hours = TypeVar("Hours", WeeklyHours, DayHours)
LONGEST_NOTE = 200
_DEEDS = {LeaveKind.AWAY: AuditAction.GRANTED_LEAVE, LeaveKind.KEPT_FREE: AuditAction.KEPT_FREE}


@dataclass(frozen=True, slots=True)
class Rota:
    """Whose hours: the site's own, or a resource's at the site."""

    site: Site
    resource: Resource | None = None

    @property
    def whose(self) -> Site | Resource:
        return self.resource or self.site

    @property
    def columns(self) -> dict[str, Any]:
        return {"clinic_id": self.site.clinic_id, "site": self.site, "resource": self.resource}


@dataclass(frozen=True, slots=True)
class NewDayHours:
    """The hours of one date: spans (opens, closes) in place of the week's; none at all: closed."""

    on: date
    spans: Sequence[tuple[time, time]] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewClosure:
    """A site is shut from an instant to another (aware)."""

    site: Site
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewLeave:
    """A resource is away or broken from an instant (aware); without an end, until further notice.

    What is only kept free has an end.
    """

    resource: Resource
    starts_at: datetime
    ends_at: datetime | None = None
    reason: str = ""
    kind: LeaveKind = LeaveKind.AWAY


def set_weekly_hours(
    *, rota: Rota, spans: Sequence[WeeklySpan], by: Actor, now: datetime, begins_on: date | None = None
) -> list[WeeklyHours]:
    """Set the week from `begins_on`, or the earliest `valid_from` of the spans, on; hours before that stay.

    With `begins_on` and no spans the hours end there. Raises what `refuse_week` raises.
    """
    refuse_week(rota=rota, spans=spans, by=by, begins_on=begins_on)
    first_days = [*(span.valid_from for span in spans), *([begins_on] if begins_on else [])]
    changes_on = min(first_days)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=rota.site)
        standing = _standing(WeeklyHours, rota)
        replaced = _taken_out(standing.filter(valid_from__gte=changes_on))
        shortened = _shortened(standing, changes_on, now)
        rows = WeeklyHours.objects.bulk_create(
            WeeklyHours(**rota.columns, **asdict(span), changed_at=now) for span in spans
        )
        hours = [f"{span.weekday} {span.opens:%H:%M}–{span.closes:%H:%M}" for span in spans]
        record_audit(
            AuditRecord(AuditAction.SET_WEEKLY_HOURS, rota.whose, after={"from": changes_on, "hours": hours}),
            by=by,
            now=now,
        )
        record_rows(gone=replaced, changed=shortened, added=rows, now=now)
    return rows


def refuse_week(*, rota: Rota, spans: Sequence[WeeklySpan], by: Actor, begins_on: date | None = None) -> None:
    """Raise what keeps the actor from setting this week.

    NotAllowed, Refused (`no_hours`, `hours_empty`, `hours_overlap`, `valid_until_reversed`), Malformed
    (`malformed_weekday`, `malformed_weeks`) or Unknown for a site or resource of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    _refuse_strangers(rota, by=by)
    refuse_malformed(spans)
    refuse_if_any(week_problems(spans, may_be_none=begins_on is not None))


def set_day_hours(*, rota: Rota, day: NewDayHours, by: Actor, now: datetime) -> list[DayHours]:
    """Replace the hours of one date, also of a public holiday. Raises what `refuse_day` raises."""
    refuse_day(rota=rota, day=day, by=by)
    note = one_line(day.note)
    times: list[tuple[time, time] | tuple[None, None]] = [*day.spans] or [(None, None)]
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=rota.site)
        replaced = _taken_out(_standing(DayHours, rota).filter(on=day.on))
        rows = DayHours.objects.bulk_create(
            DayHours(**rota.columns, on=day.on, opens=opens, closes=closes, note=note, changed_at=now)
            for opens, closes in times
        )
        spans = [f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in day.spans]
        record_audit(
            AuditRecord(AuditAction.SET_DAY_HOURS, rota.whose, after={"on": day.on, "hours": spans}),
            by=by,
            now=now,
        )
        record_rows(gone=replaced, added=rows, now=now)
    return rows


def take_back_day_hours(*, rota: Rota, on: date, by: Actor, now: datetime) -> list[DayHours]:
    """The date goes by the week again. Returns what is gone: nothing, if the date had no hours of its own.

    Raises NotAllowed and Unknown for a site or resource of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    _refuse_strangers(rota, by=by)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=rota.site)
        gone = _taken_out(_standing(DayHours, rota).filter(on=on))
        if gone:
            record_audit(
                AuditRecord(AuditAction.TOOK_BACK_DAY_HOURS, rota.whose, before={"on": on}), by=by, now=now
            )
            record_rows(gone=gone, now=now)
    return gone


def refuse_day(*, rota: Rota, day: NewDayHours, by: Actor) -> None:
    """Raise what keeps the actor from giving a date these hours.

    NotAllowed, Refused (`hours_empty`, `hours_overlap`, `note_too_long`) or Unknown for a site or resource
    of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    _refuse_strangers(rota, by=by)
    refuse_if_any([*day_problems(day.spans), *text_problems(one_line(day.note), "note", most=LONGEST_NOTE)])


def close_site(*, new: NewClosure, by: Actor, now: datetime) -> Closure:
    """Shut a site for a while. Sessions already booked there stay, and have to be moved by hand.

    Raises NotAllowed, Refused (`absence_reversed`) and Unknown for a site of another clinic.
    """
    refuse_new_absence(new=new, by=by)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=new.site)
        closure = Closure.objects.create(
            clinic_id=by.clinic_id,
            site=new.site,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            reason=new.reason,
            changed_at=now,
        )
        away = {"starts_at": new.starts_at, "ends_at": new.ends_at}
        record_audit(AuditRecord(AuditAction.CLOSED_SITE, new.site, after=away), by=by, now=now)
        record_rows(added=[closure], now=now)
    return closure


def grant_leave(*, new: NewLeave, by: Actor, now: datetime) -> Leave:
    """Enter granted leave, or time kept free: from now on nobody books the resource. What is booked stays.

    Raises NotAllowed, Refused (`absence_reversed`, `kept_free_endless`) and Unknown for a resource of another
    clinic.
    """
    refuse_new_absence(new=new, by=by)
    with one_act():
        # A practitioner may be booked at any site.
        lock_hours(clinic_id=by.clinic_id, site=new.resource.site)
        leave = Leave.objects.create(
            clinic_id=by.clinic_id,
            resource=new.resource,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            kind=new.kind,
            state=LeaveState.GRANTED,
            reason=new.reason,
            changed_at=now,
        )
        away = {"starts_at": new.starts_at, "ends_at": new.ends_at}
        record_audit(AuditRecord(_DEEDS[new.kind], new.resource, after=away), by=by, now=now)
        record_rows(added=[leave], now=now)
    return leave


def refuse_new_absence(*, new: NewLeave | NewClosure, by: Actor) -> None:
    """Raise what keeps the actor from entering it, as `close_site` and `grant_leave` do."""
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    if isinstance(new, NewClosure):
        _refuse_strangers(Rota(new.site), by=by)
    else:
        sentence = _("There is no such practitioner, room or device in this clinic.")
        refuse_foreign(by=by, unknown_resource=new.resource, sentence=sentence)
    is_kept_free = isinstance(new, NewLeave) and new.kind == LeaveKind.KEPT_FREE
    refuse_if_any(absence_problems(new.starts_at, new.ends_at, is_kept_free=is_kept_free))


def lock_hours(*, clinic_id: int, site: Site | None) -> None:
    """Wait for the bookings under way, keep new ones out until commit, and count the change.

    Without a site, all of the clinic's, in the order in which bookings share them.
    """
    rows = SiteHours.objects.of_clinic(clinic_id).order_by("site_id")
    if site is not None:
        rows = rows.filter(site=site)
    locked = [row.pk for row in alone_in_turn(rows).select_for_update()]
    SiteHours.objects.filter(pk__in=locked).update(version=F("version") + 1)


def _standing(kind: type[Hours], rota: Rota) -> QuerySet[Hours]:
    rows: QuerySet[Hours] = QuerySet(kind).filter(**rota.columns)
    return rows.select_related("resource").order_by("pk")


def _taken_out(rows: QuerySet[Hours]) -> list[Hours]:
    taken = list(rows)
    rows.delete()
    return taken


def _shortened(standing: QuerySet[WeeklyHours], changes_on: date, now: datetime) -> list[WeeklyHours]:
    """Those that would go on, until the day before."""
    goes_on = Q(valid_until__isnull=True) | Q(valid_until__gte=changes_on)
    shortened = list(standing.filter(goes_on))
    for row in shortened:
        row.valid_until = changes_on - timedelta(days=1)
        row.touch(now)
    WeeklyHours.objects.rewrite(shortened, fields=["valid_until", "version", "changed_at"])
    return shortened


def _refuse_strangers(rota: Rota, *, by: Actor) -> None:
    """The site is the clinic's; so is the resource, which is there or goes from site to site."""
    refuse_foreign(by=by, unknown_site=rota.site)
    resource = rota.resource
    sentence = _("There is no such practitioner, room or device at {site}.", site=rota.site)
    refuse_foreign(by=by, unknown_resource=resource, sentence=sentence)
    if resource and resource.kind != ResourceKind.PRACTITIONER and resource.site_id != rota.site.pk:
        raise Unknown("unknown_resource", sentence)
