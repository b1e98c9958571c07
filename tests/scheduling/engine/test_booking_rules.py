"""Each rule of a booking, on its own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.hours.opening import Horizon
from clinic.time.cells import cell_at
from scheduling.engine import booking_rules
from scheduling.engine.availability import Part, RequiredRole, SessionRequirements
from scheduling.engine.placed import Assignment, PlacedSession, ResourceCard
from treatments.cadence import TREATMENT, Key, Window

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY_TEN = datetime(2027, 1, 4, 9, tzinfo=UTC)
DR_OSEI = ResourceCard(UUID(int=1), "practitioner", "Dr Osei", diary_id=1)
DR_LINDQVIST = ResourceCard(UUID(int=2), "practitioner", "Dr Lindqvist", diary_id=2)
SHAPE = SessionRequirements(
    1, 4, (RequiredRole("doctor", "Doctor", (Part(1, "talk", 0, 2), Part(2, "injection", 2, 4)), (1, 2)),)
)


def a_placed_session(*, number: int = 1, starts_at: datetime = MONDAY_TEN) -> PlacedSession:
    start = cell_at(starts_at)
    return PlacedSession(
        key=Key(TREATMENT, number),
        session_type_id=1,
        site_id=1,
        site_uuid=UUID(int=9),
        zone=AMSTERDAM,
        start_cell=start,
        end_cell=start + 4,
        window=None,
        assignments=(
            Assignment(1, "talk", "doctor", DR_OSEI, start, start + 2),
            Assignment(2, "injection", "doctor", DR_OSEI, start + 2, start + 4),
        ),
    )


def keys(*numbers: int) -> list[Key]:
    return [Key(TREATMENT, number) for number in numbers]


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def test_a_start_in_the_past_is_refused():
    calendar = [a_placed_session()]

    assert codes(booking_rules.in_the_past(calendar, now=MONDAY_TEN)) == []
    assert codes(booking_rules.in_the_past(calendar, now=MONDAY_TEN + timedelta(minutes=1))) == [
        "starts_in_the_past"
    ]


def test_a_calendar_holds_exactly_the_due_sessions():
    calendar = [
        a_placed_session(number=1),
        a_placed_session(number=2, starts_at=MONDAY_TEN + timedelta(days=14)),
    ]

    assert codes(booking_rules.first_of_course(calendar, due=keys(1, 2))) == []
    assert codes(booking_rules.first_of_course(calendar, due=keys(1, 2, 3))) == []
    assert codes(booking_rules.first_of_course(calendar, due=keys(2, 3))) == ["not_the_whole_course"]
    assert codes(booking_rules.first_of_course([], due=keys(1))) == ["not_the_whole_course"]


def test_a_date_outside_its_window_is_said_and_may_be_waived():
    window = Window(date(2027, 1, 5), date(2027, 1, 6), date(2027, 1, 7))

    problems = list(
        booking_rules.window_kept([a_placed_session()], windows={Key(TREATMENT, 1): window}, now=MONDAY_TEN)
    )

    assert [(problem.code, problem.kind) for problem in problems] == [("outside_window", "waivable")]
    assert "Monday 4 January 2027" in problems[0].sentence


def test_a_window_that_closed_is_open_from_today_for_a_week():
    calendar = [a_placed_session()]
    window = Window(date(2026, 12, 5), date(2026, 12, 6), date(2026, 12, 7))

    def problems_on(now: datetime) -> list[str]:
        return codes(booking_rules.window_kept(calendar, windows={Key(TREATMENT, 1): window}, now=now))

    assert problems_on(MONDAY_TEN) == []
    assert problems_on(MONDAY_TEN - timedelta(days=7)) == []
    assert problems_on(MONDAY_TEN - timedelta(days=8)) == ["outside_window"]


def test_for_a_move_a_window_that_closes_today_opens_tomorrow_for_a_week():
    key, today = Key(TREATMENT, 2), MONDAY_TEN.date()
    window = Window(today - timedelta(days=7), today - timedelta(days=4), today)

    def codes_in(days: int, *, of: Window = window) -> list[str]:
        dates = {key: today + timedelta(days=days)}
        found = booking_rules.rhythm_kept(dates, windows={key: of}, today=today, near_days=7)
        return codes(found.values())

    assert [codes_in(days) for days in (0, 1, 8)] == [[], [], []]
    assert codes_in(9) == ["far_outside_window"]
    still_open = replace(window, latest=today + timedelta(days=1))
    assert codes_in(2, of=still_open) == ["outside_window"]


def test_two_sessions_of_a_course_never_share_a_date():
    morning = a_placed_session(number=1)
    noon = a_placed_session(number=2, starts_at=MONDAY_TEN + timedelta(hours=3))

    assert codes(booking_rules.one_a_day([morning, noon], standing={})) == ["out_of_order"]
    assert codes(booking_rules.one_a_day([morning], standing={})) == []


def test_the_same_role_in_two_stages_is_the_same_person():
    placed = a_placed_session()
    second = replace(placed.assignments[1], resource=DR_LINDQVIST)
    two_doctors = replace(placed, assignments=(placed.assignments[0], second))

    assert codes(booking_rules.needs_filled(placed, shape=SHAPE)) == []
    assert codes(booking_rules.needs_filled(two_doctors, shape=SHAPE)) == ["calendar_outdated"]


def test_a_need_left_open_or_moved_is_no_longer_the_session_type():
    placed = a_placed_session()
    left_open = replace(placed, assignments=placed.assignments[:1])
    too_long = replace(placed, end_cell=placed.end_cell + 1)

    assert codes(booking_rules.needs_filled(left_open, shape=SHAPE)) == ["calendar_outdated"]
    assert codes(booking_rules.needs_filled(too_long, shape=SHAPE)) == ["calendar_outdated"]


def test_a_role_that_the_session_type_does_not_know_is_refused():
    placed = a_placed_session()
    stranger = replace(placed.assignments[0], role="singer", resource=DR_LINDQVIST)
    with_stranger = replace(placed, assignments=(*placed.assignments, stranger))

    assert codes(booking_rules.needs_filled(with_stranger, shape=SHAPE)) == ["calendar_outdated"]


def test_one_who_lost_the_skill_can_no_longer_serve():
    without_osei = SessionRequirements(1, 4, (replace(SHAPE.roles[0], pool=(2,)),))

    problems = list(booking_rules.needs_filled(a_placed_session(), shape=without_osei))

    assert codes(problems) == ["resource_cannot_serve"]
    assert "Dr Osei" in problems[0].sentence


def test_hours_are_kept_from_the_first_minute_to_the_last():
    horizon = Horizon(AMSTERDAM, date(2027, 1, 4), date(2027, 1, 4))
    placed = a_placed_session()
    ten_to_twenty_past = horizon.cells_mask(placed.start_cell, placed.end_cell)
    all_but_the_last = horizon.cells_mask(placed.start_cell, placed.end_cell - 1)

    assert codes(booking_rules.hours_kept(placed, open_masks={1: ten_to_twenty_past}, horizon=horizon)) == []
    assert codes(booking_rules.hours_kept(placed, open_masks={1: all_but_the_last}, horizon=horizon)) == [
        "outside_hours"
    ]
