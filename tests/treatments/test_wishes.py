"""What a patient may wish, as it is said in JSON."""

from datetime import time
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import Malformed
from treatments.wishes import Wishes, wishes_from


@st.composite
def wishes(draw) -> Wishes:
    after, before = sorted(draw(st.lists(whole_minutes, min_size=2, max_size=2, unique=True)))
    return Wishes(
        weekdays=draw(st.frozensets(st.integers(min_value=1, max_value=7))),
        after=draw(st.none() | st.just(after)),
        before=draw(st.none() | st.just(before)),
        practitioner=draw(st.none() | st.uuids()),
        site=draw(st.none() | st.uuids()),
        hard=draw(st.booleans()),
    )


whole_minutes = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(wished=wishes())
def test_wishes_come_back_from_the_plan_as_they_were_said(wished):
    assert wishes_from(wished.as_json()) == wished


def test_nothing_wished_is_stored_as_nothing():
    assert Wishes().as_json() == {}
    assert wishes_from({}) == Wishes()


def test_a_wish_may_be_left_empty():
    said: dict[str, object] = {
        "weekdays": [],
        "after": None,
        "before": "",
        "practitioner": None,
        "site": None,
    }

    assert wishes_from(said) == Wishes()


def test_midnight_is_a_time_to_wish_for():
    assert wishes_from({"after": "00:00"}).after == time(0)
    assert Wishes(after=time(0)).as_json() == {"after": "00:00"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"weekday": [1]}, "unknown_wish"),
        ({"weekdays": [0]}, "malformed_wishes"),
        ({"weekdays": [8]}, "malformed_wishes"),
        ({"weekdays": [True]}, "malformed_wishes"),
        ({"weekdays": ["1"]}, "malformed_wishes"),
        ({"weekdays": 1}, "malformed_wishes"),
        ({"weekdays": False}, "malformed_wishes"),
        ({"weekdays": "1"}, "malformed_wishes"),
        ({"hard": "yes"}, "malformed_wishes"),
        ({"hard": 1}, "malformed_wishes"),
        ({"hard": None}, "malformed_wishes"),
        ({"after": "9:00"}, "malformed_time"),
        ({"after": "24:00"}, "malformed_time"),
        ({"before": "12:60"}, "malformed_time"),
        ({"before": 1200}, "malformed_time"),
        ({"before": "12:00\n"}, "malformed_time"),
        ({"after": "١٢:٠٠"}, "malformed_time"),
        ({"after": "15:00", "before": "15:00"}, "wishes_contradict"),
        ({"after": "15:00", "before": "09:00"}, "wishes_contradict"),
        ({"practitioner": "Dr Osei"}, "malformed_id"),
        ({"site": 7}, "malformed_id"),
        (["weekdays"], "malformed_wishes"),
        ("weekdays", "malformed_wishes"),
        (None, "malformed_wishes"),
    ],
)
def test_a_wish_that_means_nothing_is_malformed(said, code):
    with pytest.raises(Malformed) as refused:
        wishes_from(said)

    assert refused.value.code == code


def test_a_wish_names_resources_by_their_public_id():
    practitioner, site = uuid4(), uuid4()

    wished = wishes_from({"practitioner": str(practitioner), "site": str(site)})

    assert (wished.practitioner, wished.site) == (practitioner, site)


def test_a_whole_number_is_one_however_json_writes_it():
    assert wishes_from({"weekdays": [7.0, 1]}).weekdays == frozenset({1, 7})
    with pytest.raises(Malformed):
        wishes_from({"weekdays": [1.5]})
    with pytest.raises(Malformed):
        wishes_from({"weekdays": [True]})
