"""The numbers of a course follow what happened: what was given stands before what is still due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from scheduling.attendance.desk_act import AtDesk
from scheduling.courses.course import key_of
from scheduling.courses.kept import Before
from scheduling.models import Session, SessionStatus
from treatments.cadence import TREATMENT


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a session stands in its course, and the how manieth attempt at it this is."""

    number: int
    attempt: int
    step_id: int | None

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(session.number, session.attempt, session.step_id)

    @classmethod
    def kept(cls, session: Session, was: Mapping[str, Any]) -> Self:
        """Where it stood before an act that kept what it changed."""
        attempt, step_id = was.get("attempt", session.attempt), was.get("step", session.step_id)
        return cls(was["number"], attempt, step_id)


def number_as_given(desk: AtDesk) -> None:
    """Let treatments that were given change places with those before them that are due.

    Who missed the second session and comes to the third gets the second treatment on that day; the
    third is due. Nothing changes while a session between them is still to come, or where another
    treatment is given in its place.
    """
    if desk.plan is None or desk.session.kind != TREATMENT:
        return
    course = desk.act.course(desk.plan)
    span = _overtaken(course.treatments)
    # A course that was cut short has no rule for a session beyond its end.
    if not span or len({course.session_types.get(key_of(one)) for one in span}) > 1:
        return
    in_turn = sorted(span, key=lambda one: (one.is_due, one.number))
    _put(desk, list(zip(in_turn, sorted(map(_Place.of, span)), strict=True)))


def number_back(desk: AtDesk, before: Before) -> None:
    """Put back what an act at the desk did to numbers; nothing once a session went on since."""
    kept = {one.pk: one.was for one in before.sessions if "number" in one.was}
    if not kept or desk.plan is None:
        return
    course = desk.act.course(desk.plan).sessions
    places = [(one, _Place.kept(one, kept[one.pk])) for one in course if one.pk in kept]
    is_as_left = all(one.is_due or one.status == SessionStatus.COMPLETED for one, _ in places)
    if is_as_left and sorted(place for _, place in places) == sorted(_Place.of(one) for one, _ in places):
        _put(desk, places)


def _overtaken(course: Sequence[Session]) -> list[Session]:
    """From the first that is due to the last that was given; none while one of them is to come."""
    due = [one.number for one in course if one.is_due]
    given = [one.number for one in course if one.status == SessionStatus.COMPLETED]
    if not due or not given:
        return []
    span = [one for one in course if min(due) <= one.number <= max(given)]
    is_settled = all(one.is_due or one.status == SessionStatus.COMPLETED for one in span)
    return span if is_settled else []


def _put(desk: AtDesk, places: Sequence[tuple[Session, _Place]]) -> None:
    for one, place in places:
        if one is desk.session and one.number != place.number:
            desk.changes["number"] = one.number, place.number
        one.number, one.attempt, one.step_id = place.number, place.attempt, place.step_id
