"""F2: a hundred courses that overlap at random, and what must stand of what their patients were told."""

from collections.abc import Sequence
from datetime import date, datetime
from random import Random

from scheduling.models import Session
from scheduling.search.tokens import token_of
from tests.support.acts.courses import offers, times_of
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.faults.rush import Ask, Rush, ask_anew, assert_sound, posting, sized
from tests.support.rest import Answer, RestClient
from tests.support.worlds import World, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

COURSES = sized(full=100, short=8)
# Who comes first is chance. What must happen once is waited for, over so many clinics and no more: in none of
# them means never.
MOST_CLINICS = 10
# Twelve sessions take half a year.
UNTIL = date(2027, 10, 31)


def rival_plans(world: World, chance: Random) -> list[Plan]:
    """Six to twelve sessions each, and all want one of two weekdays: pages overlap in ever other orders."""
    return [
        a_plan(
            world=world,
            patient=a_patient(clinic=world.clinic),
            sessions=chance.randint(6, 12),
            wishes=Wishes(weekdays=frozenset({chance.choice([1, 2])})),
            waiver="As the doctor says",
            by=world.owner,
        )
        for _ in range(COURSES)
    ]


def assert_all_or_nothing(plans: Sequence[Plan]) -> None:
    for plan in plans:
        timed = Session.objects.filter(plan=plan).exclude(status="due").count()
        assert timed in (0, plan.session_count)


def assert_acknowledged(answers: Sequence[Answer]) -> None:
    """Whatever was said to be booked, held or moved stands so in the database."""
    stands = {str(row.uuid): (row.status, row.starts_at) for row in Session.objects.all()}
    for answer in answers:
        said = answer.json if answer.status < 300 and answer.text else {}
        for one in said.get("sessions", [said] if "starts_at" in said else []):
            assert stands[one["id"]] == (one["status"], datetime.fromisoformat(one["starts_at"]))


def assert_quick_and_clean(rush: Rush) -> None:
    assert not [status for status in rush.statuses if status >= 500], rush.figures()
    assert rush.is_quick(p99=3, slowest=3), rush.figures()
    assert_sound()


def book_all(rest: RestClient, plans: Sequence[Plan], chance: Random) -> None:
    for plan in plans:
        ask_anew()
        found = rest.post(f"plans/{plan.uuid}/proposals/", {"most": 5, "until": str(UNTIL)}).json["proposals"]
        rest.post(f"plans/{plan.uuid}/book/", {"proposal": chance.choice(found)["id"]})


def rippling(world: World, rest: RestClient, chance: Random) -> list[Ask]:
    """Move every second session that is booked by some days, and what follows it."""

    def elsewhen(session: Session) -> dict[str, str]:
        starts_at = times_of(session).starts_at.astimezone(world.site.tz)
        days = chance.choice([1, 2, 3, 7])
        return {"starts_at": starts_at.replace(day=1 + (starts_at.day + days) % 27).isoformat()}

    seconds = Session.objects.filter(clinic=world.clinic, status="booked", number=2).select_related(
        "plan", "site"
    )
    return [posting(rest, f"sessions/{one.uuid}/move/", elsewhen(one)) for one in seconds]


def taking(rest: RestClient, plans: Sequence[Plan], chance: Random) -> list[Ask]:
    """Book or hold any of the calendars that each course is offered."""
    ways = ["book", "book", "hold"]
    wanted = [(plan, chance.choice(ways), chance.choice(offers(plan=plan, last_on=UNTIL))) for plan in plans]
    return [
        posting(rest, f"plans/{plan.uuid}/{way}/", {"proposal": token_of(offer, now=NOW)})
        for plan, way, offer in wanted
    ]
