"""What moving the first session of a booked course does to the five after it, beside a course search."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from benchmarks.clinic import NOW, SESSIONS, TODAY, Bench
from benchmarks.jobs.booking import FEW_CLAIMS, roomy_bench
from benchmarks.jobs.search import OLD_CLAIMS, bare_kernel, found
from benchmarks.rehearsal import actor_of, rehearsed
from benchmarks.table import Row
from benchmarks.timing import medians
from scheduling.booking.book_course import book_course
from scheduling.models import Session
from scheduling.moving.move import preview_move
from scheduling.moving.ripple import Destination, Ripple, RippleAsked
from scheduling.search.propose import Asked, propose

# Past the four days of play that each session has: all five have to follow.
_LATER = timedelta(days=35)


def rows() -> Iterator[Row]:
    young = roomy_bench(FEW_CLAIMS)
    ripple = previewed(young)
    assert len(ripple().moved) == SESSIONS
    taken = medians({"search": lambda: found(young), "ripple": ripple})
    ratio, note = taken["ripple"] / taken["search"], f"{taken['ripple']:.1f} against {taken['search']:.1f} ms"
    yield Row("ripple preview of 5 later sessions to a course search", ratio, "×", most=3, note=note)
    few = _to_kernel(young)
    many = _to_kernel(roomy_bench(OLD_CLAIMS))
    yield Row(
        f"ripple preview at {OLD_CLAIMS:,} claims to that at {FEW_CLAIMS:,}", many / few, "×", most=1.35
    )


def previewed(bench: Bench) -> Callable[[], Ripple]:
    """Books a course; its first session, as a view loads it, is to go where another course could begin."""
    (one,) = rehearsed(bench, 1)
    by = actor_of(bench)
    booked = book_course(plan=one.plan, proposal=one.proposal, by=by, now=NOW)
    begins = Asked(first_on=TODAY + _LATER, last_on=TODAY + _LATER + timedelta(days=90), most=1)
    to = Destination(propose(plan=bench.plan(), asked=begins, now=NOW).proposals[0].sessions[0].starts_at)

    def preview() -> Ripple:
        rows = Session.objects.select_related("plan__clinic", "plan__patient", "plan__protocol", "patient")
        session = rows.select_related("site", "session_type").get(pk=booked[0].pk)
        return preview_move(session=session, to=to, asked=RippleAsked(), by=by, now=NOW)

    return preview


def _to_kernel(bench: Bench) -> float:
    taken = medians({"kernel": bare_kernel(bench), "ripple": previewed(bench)})
    return taken["ripple"] / taken["kernel"]
