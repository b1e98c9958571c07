"""Unresolved sessions, whose patients are to be asked about. Reads; nothing is marked or mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from clinic.identity.actors import Actor
from clinic.models import Clinic, Site
from clinic.time.wall_clock import local_date
from scheduling.models import AHEAD, Session

# Older ones are found in the calendar; nobody calls about them any more.
LOOK_BACK_DAYS = 60
MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Sessions whose hour has passed while they still count as booked: today's, and those of earlier days."""

    today: Sequence[Session]
    call_list: Sequence[Session]


def unanswered(*, by: Actor, now: datetime, site: Site | None = None) -> Unanswered:
    """What the desk is asked: did they come? Each day is the site's own.

    Today's by start, the call list with the last day first; at most `MOST_QUESTIONS` of each. Five
    queries, however many sessions. Sessions come with patient, plan, site and session type.
    """
    grace = Clinic.objects.values_list("missed_after_minutes", flat=True).get(pk=by.clinic_id)
    sites = [site] if site else list(Site.objects.seen_by(by))
    is_today, was_before = Q(pk__in=()), Q(pk__in=())
    for place in sites:
        today = local_date(now, place.tz)
        is_today |= Q(site_id=place.pk, local_date=today)
        was_before |= Q(site_id=place.pk, local_date__lt=today)
    rows = (
        Session.objects.seen_by(by)
        .filter(status__in=AHEAD, starts_at__lte=now - timedelta(minutes=grace))
        .filter(starts_at__gt=now - timedelta(days=LOOK_BACK_DAYS))
        .to_show()
    )
    return Unanswered(
        today=list(rows.filter(is_today).order_by("starts_at", "pk")[:MOST_QUESTIONS]),
        call_list=list(rows.filter(was_before).order_by("-local_date", "starts_at", "pk")[:MOST_QUESTIONS]),
    )
