"""Who leads a session: one rule, wherever somebody asks."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.lead import lead_of

STRETCHES = st.lists(
    st.tuples(st.integers(-4, 10), st.integers(1, 6)).map(lambda at: (at[0], at[0] + at[1])), max_size=3
)


def test_whoever_has_the_last_of_the_patients_time_leads():
    serving = {"assistant": [(0, 15)], "doctor": [(15, 25)]}

    assert lead_of(serving, leaves=25) == "doctor"


def test_what_is_done_before_the_patient_comes_or_after_they_left_counts_for_nothing():
    serving = {"assistant": [(0, 15), (30, 45)], "doctor": [(15, 25)]}

    assert lead_of(serving, leaves=25) == "doctor"
    assert lead_of({"assistant": [(-15, 0)]}, leaves=25) is None


def test_of_two_who_stay_until_the_patient_leaves_the_one_who_is_there_longer_leads():
    serving = {"assistant": [(20, 45)], "doctor": [(10, 25)]}

    assert lead_of(serving, leaves=25) == "doctor"


def test_nobody_leads_where_nobody_serves_while_the_patient_is_there():
    assert lead_of({"assistant": [(30, 45)]}, leaves=25) is None
    assert lead_of({}, leaves=25) is None


@given(st.dictionaries(st.sampled_from("abc"), STRETCHES), st.integers(1, 8))
def test_the_lead_is_with_the_patient_and_nobody_is_with_them_later(serving, leaves):
    lead = lead_of(serving, leaves=leaves)

    minutes = {
        person: {minute for start, end in stretches for minute in range(max(start, 0), min(end, leaves))}
        for person, stretches in serving.items()
    }
    last = max((max(of_one) for of_one in minutes.values() if of_one), default=None)
    assert (lead is None) == (last is None)
    assert lead is None or last in minutes[lead]
