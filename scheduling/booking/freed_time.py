"""Hours that acts gave back: rows that a tick works off, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.models import Site
from scheduling.models import CourseAct, FreedTime

# Longer than one offer ever takes: when it runs out, the tick that worked on the row is dead.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A stretch at a site, aware, in which somebody who waits could come: sessions begin and end in it."""

    site: Site
    starts_at: datetime
    ends_at: datetime


def due_free_times(*, now: datetime) -> Iterator[FreeTime]:
    """The hours that are due to be offered, each in the caller's hands alone until it asks for the next.

    What lies in the past by now is let go. A caller that dies in between leaves the row to a later tick.
    """
    rows = FreedTime.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    for freed in list(rows.select_related("site__clinic")):
        mine = FreedTime.objects.filter(pk=freed.pk, due_at=freed.due_at)
        if not mine.update(due_at=now + LEASE):
            continue
        if freed.starts_at > now:
            yield FreeTime(freed.site, freed.starts_at, freed.ends_at)
        FreedTime.objects.filter(pk=freed.pk).delete()


def take_back(*, act: CourseAct) -> None:
    """Nobody is offered any more what the act gave back and nobody has got yet."""
    FreedTime.objects.filter(act=act).delete()


def offer_at_once(*, act: CourseAct, now: datetime) -> None:
    """Let nothing wait any more that the act gave back; what a tick works on already stays in its hands."""
    FreedTime.objects.filter(act=act, due_at=act.goes_out_at).update(due_at=now)
