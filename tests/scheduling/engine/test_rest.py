"""Rest between courses against an oracle that looks at each pair of dates by itself."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.hours.opening import Horizon
from clinic.sentences import sentence as _
from scheduling.engine.rest import SHORT_DAYS, ClosedDates, OtherSession, RestLine, RestTable
from tests.support.cast import AMSTERDAM
from treatments.cadence import TREATMENT, Key

MONDAY = date(2027, 1, 4)
KINDS, REGIONS = ("prp", "svf", "consultation"), ("scalp", "cheek")
SOME = st.frozensets(st.sampled_from(KINDS), max_size=2)
LINES = st.builds(RestLine, days=st.integers(0, 9), either=SOME, after=SOME, before=SOME, same=st.booleans())
TABLES = st.builds(RestTable, st.lists(LINES, max_size=4).map(tuple))
DATES = st.integers(-12, 12).map(lambda days: MONDAY + timedelta(days=days))
WORDS = _("session {number} of another course", number=6)
OTHERS = st.lists(
    st.builds(
        OtherSession,
        kind=st.sampled_from(KINDS),
        region=st.sampled_from(REGIONS),
        on=DATES,
        words=st.just(WORDS),
    ),
    max_size=4,
)
PRACTICE = RestTable(
    (
        RestLine(0, either=frozenset(["consultation", "review"])),
        RestLine(28, after=frozenset(["svf"])),
        RestLine(11, same=True),
        RestLine(7),
    )
)


def needed(table: RestTable, earlier: str, later: str) -> int:
    for line in table.lines:
        named = [line.either, line.after, line.before]
        said = [{earlier, later}, {earlier}, {later}]
        fits = all(not keys or keys & there for keys, there in zip(named, said, strict=True))
        if fits and (not line.same or earlier == later):
            return line.days
    return 0


def missing(table: RestTable, kind: str, on: date, other: OtherSession) -> int:
    """How many days are missing between the two."""
    apart = abs((on - other.on).days)
    if on > other.on:
        wanted = needed(table, other.kind, kind)
    elif on < other.on:
        wanted = needed(table, kind, other.kind)
    else:
        wanted = max(needed(table, other.kind, kind), needed(table, kind, other.kind))
    return max(0, wanted - apart)


def closed_to(kind, others, table=PRACTICE, region="scalp") -> ClosedDates:
    return ClosedDates.of(others, kind=kind, region=region, table=table)


def on_monday(kind: str, on: date = MONDAY) -> OtherSession:
    return OtherSession(kind, "scalp", on, WORDS)


@given(TABLES, OTHERS, st.sampled_from(KINDS), st.sampled_from(REGIONS), DATES)
@settings(max_examples=400, deadline=None)
def test_a_date_is_closed_exactly_if_it_is_too_near_to_a_session_there(table, others, kind, region, on):
    closed = closed_to(kind, others, table, region)
    there = [other for other in others if other.region == region]

    short = max((missing(table, kind, on, other) for other in there), default=0)
    assert closed.short(on) == short
    problem = closed.problem(Key(TREATMENT, 1), on)
    assert (problem is None) == (short == 0)
    if problem is not None:
        is_same_day = any(other.on == on and missing(table, kind, on, other) for other in there)
        far = "rest_short" if short <= SHORT_DAYS else "rest_far_too_short"
        assert problem.code == ("rest_same_day" if is_same_day else far)


@given(TABLES, OTHERS, st.sampled_from(KINDS), DATES)
@settings(max_examples=200, deadline=None)
def test_the_first_open_date_is_the_first_that_no_session_closes(table, others, kind, on):
    closed = closed_to(kind, others, table)
    there = [other for other in others if other.region == "scalp"]

    later = (on + timedelta(days=n) for n in range(80))
    first = next(d for d in later if not any(missing(table, kind, d, other) for other in there))
    assert closed.first_open(on) == first


@given(TABLES, st.sampled_from(KINDS), st.sampled_from(KINDS), DATES, DATES)
@settings(max_examples=200, deadline=None)
def test_whichever_of_two_is_booked_last_needs_the_same_rest(table, one, other, on, other_on):
    first = closed_to(one, [on_monday(other, other_on)], table).short(on)
    assert first == closed_to(other, [on_monday(one, on)], table).short(other_on)


@given(TABLES, OTHERS, st.sampled_from(KINDS))
@settings(max_examples=50, deadline=None)
def test_a_search_loses_exactly_the_closed_dates(table, others, kind):
    closed = closed_to(kind, others, table)
    horizon = Horizon(AMSTERDAM, MONDAY - timedelta(days=20), MONDAY + timedelta(days=90))

    kept = sum(horizon.day_mask(day) for day in horizon.days if not closed.short(day.on))
    assert closed.mask(horizon) & horizon.full == kept


def test_the_first_line_that_fits_counts():
    assert PRACTICE.days("svf", "consultation") == 0
    assert PRACTICE.days("svf", "svf") == 28
    assert PRACTICE.days("svf", "prp") == 28
    assert PRACTICE.days("prp", "svf") == 7
    assert PRACTICE.days("prp", "prp") == 11
    assert PRACTICE.days("prp", "mesotherapy") == 7


def test_two_on_one_date_are_refused_unless_their_rest_is_none():
    assert closed_to("prp", [on_monday("consultation")]).problem(Key(TREATMENT, 1), MONDAY) is None
    problem = closed_to("prp", [on_monday("mesotherapy")]).problem(Key(TREATMENT, 1), MONDAY)
    assert problem is not None
    assert problem.code == "rest_same_day"


def test_the_sentence_says_after_what_and_from_when():
    problem = closed_to("mesotherapy", [on_monday("prp")]).problem(
        Key(TREATMENT, 1), MONDAY + timedelta(days=5)
    )
    assert problem is not None
    assert problem.sentence == (
        "Session 1 on Saturday 9 January 2027 has too little rest: 7 days after session 6 of another course; "
        "from 11 January. Give a reason to have it there."
    )
