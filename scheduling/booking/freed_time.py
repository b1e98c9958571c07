"""Time that an act gave back is offered to who waits, once the act is committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.module_loading import import_string

from clinic.identity.actors import Way, task_actor
from clinic.models import Site
from scheduling.models import Session

# The waitlist stands above every act that gives time back, so it is named and not imported.
OFFER_FREED = "scheduling.waitlist.offers.offer_freed"
TASK = "waitlist"


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A stretch at a site, aware, in which somebody who waits could come: sessions begin and end in it."""

    site: Site
    starts_at: datetime
    ends_at: datetime


def offer_given_back(*, sessions: Iterable[Session], now: datetime) -> None:
    """Offer the hours that these sessions had, each to the first who waits for such a time.

    After the transaction: an offer takes locks that come before the act's last one. What goes wrong then
    is logged, and undoes nothing.
    """
    hours = [
        (session.site_id, session.starts_at, session.ends_at)
        for session in sessions
        if session.site_id and session.starts_at and session.ends_at and session.starts_at > now
    ]
    for site_id, starts_at, ends_at in hours:
        transaction.on_commit(partial(_offer, site_id, starts_at, ends_at, now), robust=True)


def _offer(site_id: int, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    site = Site.objects.select_related("clinic").get(pk=site_id)
    queue = task_actor(clinic_id=site.clinic_id, label=TASK, way=Way.TASK)
    import_string(OFFER_FREED)(free=FreeTime(site, starts_at, ends_at), by=queue, now=now)
