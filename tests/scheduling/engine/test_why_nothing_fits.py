"""The sentence the desk reads aloud when nothing fits."""

from datetime import date
from zoneinfo import ZoneInfo

from clinic.hours.opening import Horizon
from scheduling.engine.availability import Kernel, Part, RequiredRole, SessionRequirements
from scheduling.engine.placement import DeadEnd
from scheduling.engine.why_nothing_fits import Closed, closed_window

WEEK = Horizon(ZoneInfo("Europe/Amsterdam"), date(2027, 1, 4), date(2027, 1, 10))
END = DeadEnd(index=1, earliest=date(2027, 1, 5).toordinal(), latest=date(2027, 1, 8).toordinal())
DOCTOR, CENTRIFUGE = 1, 2


def a_shape(
    *, doctors: tuple[int, ...] = (DOCTOR,), centrifuges: tuple[int, ...] = (CENTRIFUGE,)
) -> SessionRequirements:
    return SessionRequirements(
        session_type_id=1,
        patient_cells=5,
        roles=(
            RequiredRole("doctor", "Doctor", (Part(1, "injection", 3, 5),), doctors),
            RequiredRole("centrifuge", "Centrifuge", (Part(2, "preparation", 0, 3),), centrifuges),
        ),
    )


def why(*, shape: SessionRequirements, free: dict[int, int], starts: tuple[int, int] = (0, 0)):
    closed = Closed(number=2, shape=shape, kernel=Kernel(free), wished_starts=starts[0], all_starts=starts[1])
    return closed_window(closed=closed, end=END, horizon=WEEK)


def test_a_skill_that_nobody_has_is_named():
    problem = why(shape=a_shape(centrifuges=()), free={DOCTOR: WEEK.full})

    assert problem.code == "nobody_can"
    assert "Session 2 needs Centrifuge" in problem.sentence


def test_the_need_that_closes_the_window_is_named_with_its_dates():
    problem = why(shape=a_shape(), free={DOCTOR: WEEK.full, CENTRIFUGE: 0})

    assert problem.code == "no_time_in_window"
    assert "between 5 January 2027 and 8 January 2027: Centrifuge is booked or away" in problem.sentence


def test_two_that_are_never_free_together_are_said_to_be_so():
    wednesday = WEEK.day_mask(WEEK.days[2])
    problem = why(shape=a_shape(), free={DOCTOR: wednesday, CENTRIFUGE: WEEK.full & ~wednesday})

    assert "everyone it needs is free together" in problem.sentence


def test_wishes_that_rule_out_what_is_free_are_blamed():
    problem = why(shape=a_shape(), free={DOCTOR: WEEK.full, CENTRIFUGE: WEEK.full}, starts=(0, WEEK.full))

    assert problem.code == "wishes_rule_out"


def test_a_window_that_opens_after_the_search_ends_blames_nobody():
    nobody_looked = WEEK.last_on.toordinal() + 2
    closed = Closed(number=3, shape=a_shape(), kernel=Kernel({}), wished_starts=0, all_starts=0)

    problem = closed_window(
        closed=closed, end=DeadEnd(index=2, earliest=nobody_looked, latest=nobody_looked + 7), horizon=WEEK
    )

    assert problem.sentence == (
        "Session 3 cannot be before 12 January 2027, and the search ends on 10 January 2027. "
        "Search further ahead."
    )


def test_only_dates_that_were_looked_at_are_said():
    closed = Closed(number=3, shape=a_shape(), kernel=Kernel({}), wished_starts=0, all_starts=0)
    friday = date(2027, 1, 8).toordinal()

    problem = closed_window(
        closed=closed, end=DeadEnd(index=2, earliest=friday, latest=friday + 7), horizon=WEEK
    )

    assert problem.sentence == (
        "Session 3 finds no free time between 8 January 2027 and 10 January 2027: "
        "Doctor and Centrifuge are booked or away. Try later dates."
    )
