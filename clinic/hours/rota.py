"""The rota: when sites are open and who is there. Every write locks the hours that bookings share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db.models import F, Q, QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Malformed, Problem, ProblemKind, Unknown, refuse_if_any
from clinic.hours.opening import WeeklySpan
from clinic.hours.working_time import alone_in_turn
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import (
    Closure,
    DayHours,
    Leave,
    LeaveState,
    Resource,
    ResourceKind,
    Site,
    SiteHours,
    WeeklyHours,
)
from clinic.sentences import sentence as _

Hours = TypeVar("Hours", WeeklyHours, DayHours)


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
    """A resource is away or broken from an instant (aware); without an end, until further notice."""

    resource: Resource
    starts_at: datetime
    ends_at: datetime | None = None
    reason: str = ""


def set_weekly_hours(
    *, rota: Rota, spans: Sequence[WeeklySpan], by: Actor, now: datetime
) -> list[WeeklyHours]:
    """Set the week from the earliest `valid_from` of the spans on; the hours before that date stay.

    Raises NotAllowed, Refused (`no_hours`, `valid_until_reversed`), Malformed (`malformed_weekday`,
    `malformed_weeks`) and Unknown for a site or resource of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    _refuse_strangers(rota, by=by)
    _refuse_malformed(spans)
    refuse_if_any(_span_problems(spans))
    changes_on = min(span.valid_from for span in spans)
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


def set_day_hours(*, rota: Rota, day: NewDayHours, by: Actor, now: datetime) -> list[DayHours]:
    """Replace the hours of one date, also of a public holiday.

    Raises NotAllowed and Unknown for a site or resource of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    _refuse_strangers(rota, by=by)
    times: list[tuple[time, time] | tuple[None, None]] = [*day.spans] or [(None, None)]
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=rota.site)
        replaced = _taken_out(_standing(DayHours, rota).filter(on=day.on))
        rows = DayHours.objects.bulk_create(
            DayHours(**rota.columns, on=day.on, opens=opens, closes=closes, note=day.note, changed_at=now)
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


def close_site(*, new: NewClosure, by: Actor, now: datetime) -> Closure:
    """Shut a site for a while. Sessions already booked there stay, and have to be moved by hand.

    Raises NotAllowed, Refused (`absence_reversed`) and Unknown for a site of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    _refuse_strangers(Rota(new.site), by=by)
    refuse_if_any(_absence_problems(new.starts_at, new.ends_at))
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
    """Enter granted leave: from now on nobody books the resource there. What is booked stays.

    Raises NotAllowed, Refused (`absence_reversed`) and Unknown for a resource of another clinic.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    sentence = _("There is no such practitioner, room or device in this clinic.")
    refuse_foreign(by=by, unknown_resource=new.resource, sentence=sentence)
    refuse_if_any(_absence_problems(new.starts_at, new.ends_at))
    with one_act():
        # A practitioner may be booked at any site.
        lock_hours(clinic_id=by.clinic_id, site=new.resource.site)
        leave = Leave.objects.create(
            clinic_id=by.clinic_id,
            resource=new.resource,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            state=LeaveState.GRANTED,
            reason=new.reason,
            changed_at=now,
        )
        away = {"starts_at": new.starts_at, "ends_at": new.ends_at}
        record_audit(AuditRecord(AuditAction.GRANTED_LEAVE, new.resource, after=away), by=by, now=now)
        record_rows(added=[leave], now=now)
    return leave


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


def _refuse_malformed(spans: Iterable[WeeklySpan]) -> None:
    for span in spans:
        if not 1 <= span.weekday <= 7:
            raise Malformed("malformed_weekday", _("Weekdays are numbers from 1 (Monday) to 7 (Sunday)."))
        if span.every_weeks < 1:
            raise Malformed("malformed_weeks", _("Hours recur every week or every so many weeks, from 1."))


def _span_problems(spans: Sequence[WeeklySpan]) -> Iterator[Problem]:
    if not spans:
        yield Problem(
            "no_hours",
            ProblemKind.BLOCKER,
            _("Enter the hours of at least one weekday, or leave for the time."),
        )
    for span in spans:
        if span.valid_until is not None and span.valid_until < span.valid_from:
            yield Problem(
                "valid_until_reversed",
                ProblemKind.BLOCKER,
                _(
                    "Hours valid from {first} cannot end on {last}. Enter a later end.",
                    first=span.valid_from,
                    last=span.valid_until,
                ),
            )


def _absence_problems(starts_at: datetime, ends_at: datetime | None) -> Iterator[Problem]:
    if ends_at is not None and ends_at <= starts_at:
        yield Problem(
            "absence_reversed",
            ProblemKind.BLOCKER,
            _("The absence ends before it begins. Enter a later end."),
        )
