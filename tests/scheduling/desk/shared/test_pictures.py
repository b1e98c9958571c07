"""The small pictures of a course: months, and the thread with its beads."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.desk.search.proposal_cards import EDGE, WIDTH, Scale, thread_of
from scheduling.desk.shared.month import MOST_MONTHS, months_of
from treatments.cadence import Window

DATES = st.dates(min_value=date(2026, 1, 1), max_value=date(2029, 1, 1))


def test_a_month_begins_on_its_own_weekday_and_marks_its_sessions():
    month = months_of({date(2027, 2, 1): "1", date(2027, 2, 15): "2"})[0]

    assert month.first == date(2027, 2, 1)
    assert [day.number for day in month.weeks[0]] == [1, 2, 3, 4, 5, 6, 7]
    assert [day.mark for week in month.weeks for day in week if day.mark] == ["1", "2"]


def test_only_months_with_a_session_are_drawn():
    months = months_of({date(2027, 1, 31): "1", date(2027, 3, 1): "2"})

    assert [month.first.month for month in months] == [1, 3]


@given(st.dictionaries(DATES, st.just("1"), max_size=30))
def test_every_day_of_a_drawn_month_stands_once_under_its_weekday(marks):
    months = months_of(marks)

    assert len(months) <= MOST_MONTHS
    for month in months:
        placed = [
            (day.number, column) for week in month.weeks for column, day in enumerate(week) if day.number
        ]
        on = [month.first + timedelta(days=number - 1) for number, _ in placed]
        assert [day.weekday() for day in on] == [column for _, column in placed]
        assert (month.first + timedelta(days=len(placed))).day == 1


@given(DATES, DATES, DATES)
def test_beads_hang_between_the_ends_of_the_thread_in_the_order_of_their_dates(one, two, three):
    first, second, last = sorted([one, two, three])

    beads = thread_of([("1", first, None), ("2", second, None), ("3", last, None)], scale=Scale(first, last))

    places = [bead.x for bead in beads]
    assert places == sorted(places)
    assert places[0] == EDGE
    assert places[-1] == (WIDTH - EDGE if last > first else EDGE)


def test_a_window_is_drawn_around_its_best_day_and_never_leaves_the_picture():
    window = Window(date(2027, 1, 1), date(2027, 1, 15), date(2027, 6, 1))

    bead = thread_of([("1", date(2027, 1, 16), window)], scale=Scale(date(2027, 1, 11), date(2027, 1, 20)))[0]

    assert bead.window_x == EDGE
    assert bead.window_x + bead.window_width == WIDTH - EDGE
    assert bead.best_x is not None
    assert bead.best_x < bead.x
