"""Holds on pages: what stands for a course, and the form that asks for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from clinic.audit_trail.read import names_of_actors
from clinic.errors import Problem, ProblemKind, Refused
from clinic.identity.actors import Actor
from clinic.identity.permissions import longest_hold
from clinic.places.sites import zone_at_home
from clinic.sentences import sentence as _
from clinic.time.wall_clock import instant_at
from clinic.web.desk.inputs import ClockField, DayField
from scheduling.booking.holds import LONGEST_REASON, HoldAsked
from scheduling.desk.shared.wording import date_words
from scheduling.models import Hold
from treatments.models import Plan


@dataclass(frozen=True, slots=True)
class HoldShown:
    """A hold in words. One that ran out is shown until its time is given back."""

    hold: Hold
    until: str
    holder: str
    has_run_out: bool


@dataclass(frozen=True, slots=True)
class HoldOffer:
    """What the form beside a calendar begins with."""

    minutes: int
    first_on: date
    last_on: date
    longest_reason: int = LONGEST_REASON


class EndFields(forms.Form):
    """An end that somebody names, on the wall clock, and why."""

    until_on = DayField()
    until_at = ClockField()
    reason = forms.CharField(required=False)


def hold_offer(*, by: Actor, minutes: int, today: date) -> HoldOffer:
    return HoldOffer(minutes, today, today + timedelta(days=longest_hold(by=by).days))


def asked_hold(typed: QueryDict, *, zone: ZoneInfo) -> HoldAsked:
    """What the form asks for. Raises Refused (`hold_end_missing`, `no_such_time`, `time_twice`)."""
    form = EndFields(typed)
    is_named = typed.get("hold") == "until"
    if form.is_valid() and is_named:
        said = form.cleaned_data
        return HoldAsked(instant_at(said["until_on"], said["until_at"], zone), said["reason"])
    if is_named or "reason" in form.errors:
        sentence = _("Say until when to hold the calendar: a date and a time.")
        raise Refused([Problem("hold_end_missing", ProblemKind.BLOCKER, sentence)])
    return HoldAsked(reason=form.cleaned_data["reason"])


def standing_hold(*, plan: Plan, by: Actor, now: datetime) -> HoldShown | None:
    """What is held for the plan. One query while nothing is."""
    return standing_holds(plans=[plan], by=by, now=now).get(plan.pk)


def standing_holds(*, plans: Iterable[Plan], by: Actor, now: datetime) -> dict[int, HoldShown]:
    """Plan id → what is held for it. One query while nothing is."""
    plan_ids = [plan.pk for plan in plans]
    holds = list(Hold.objects.seen_by(by).standing().filter(plan_id__in=plan_ids))
    if not holds:
        return {}
    names, zone = names_of_actors(by=by), zone_at_home(clinic_id=by.clinic_id)
    return {
        hold.plan_id: HoldShown(
            hold=hold,
            until=_until_words(hold.expires_at, zone=zone, now=now),
            holder=names.get(hold.holder, ""),
            has_run_out=hold.has_run_out(now),
        )
        for hold in holds
        if hold.plan_id is not None
    }


def until_words(at: datetime, *, clinic_id: int, now: datetime) -> str:
    """“14:20”, or “Tue 5 Jan, 12:00” when it is another day; on the clinic's wall clock."""
    return _until_words(at, zone=zone_at_home(clinic_id=clinic_id), now=now)


def _until_words(at: datetime, *, zone: ZoneInfo, now: datetime) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    day = "" if local.date() == today else f"{date_words(local.date(), today=today)}, "
    return f"{day}{local:%H:%M}"
