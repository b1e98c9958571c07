"""A day of consultations, and lines of its printed sheet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clinic.models import Site
from scheduling.attendance.completion import Completion
from scheduling.attendance.enter_day import Entered, PaperDay, SheetLine, enter_day
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from tests.support.acts.attendance import again
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World

ON, DAY, WHY = NOW.date(), timedelta(days=1), "The computers were down"
EVENING = NOW + timedelta(hours=11)


def a_consultation(
    world: World, *, minutes: int = 60, kind: str = "consultation", site: Site | None = None, **patient
) -> Session:
    """That many minutes after nine, of a patient of its own."""
    wanted = SingleSession(
        patient=a_patient(clinic=world.clinic, **{"given_name": f"Anna{minutes}"} | patient),
        session_type=world.session_types[kind],
        starts_at=NOW + timedelta(minutes=minutes),
        site=site or world.site,
    )
    return book_session(wanted=wanted, by=world.reception, now=NOW)


def at(hour: int, minute: int = 0) -> datetime:
    """That time on the wall of the site, on the day of the sheet."""
    return datetime(ON.year, ON.month, ON.day, hour - 1, minute, tzinfo=UTC)


def line(session: Session, completion: Completion | None = Completion(), **said) -> SheetLine:
    """As it was shown a moment ago."""
    return SheetLine(again(session), again(session).version, completion, **said)


def entered(world: World, *lines, by=None, now: datetime = EVENING, **day) -> list[Entered]:
    sheet = replace(PaperDay(ON, world.site, WHY), **day)
    return enter_day(day=sheet, lines=lines, by=by or world.reception, now=now)


def codes(said: list[Entered]) -> list[str]:
    return [one.refusal.code if one.refusal else "" for one in said]
