"""Leave is entered while bookings race for the same hours: each was told in time, or is in its list."""

import pytest

from scheduling.models import Session
from tests.support.faults.one_time import (
    DAY,
    ROUNDS,
    a_world_of_one_doctor,
    asking_for,
    assert_all_served,
    hour_of_this_week,
    patients,
)
from tests.support.faults.rush import posting
from tests.support.rest import a_client_of

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.experiment("leave", "leave that is entered while many book its hours")
def test_leave_that_is_entered_while_many_book_its_hours(rush):
    """Each round on a day of its own: some ask for the hours that others have, all for hours of the leave."""
    world, in_its_way = a_world_of_one_doctor(), 0
    rest, wanting, [doctor, *_] = a_client_of(world), patients(world), world.doctors

    for number in range(ROUNDS):
        weeks, days = divmod(number, 4)
        hours = [hour_of_this_week(days + 4 * hour) + 7 * weeks * DAY for hour in range(5)]
        rivals = [
            ask
            for first, at in enumerate(hours)
            for ask in asking_for(world, rest, at, who=wanting[first :: len(hours)])
        ][1:]
        said = {"starts_at": hours[0].isoformat(), "ends_at": (hours[-1] + DAY / 8).isoformat()}
        enters = posting(rest, f"resources/{doctor.uuid}/leave/", said)
        half = len(rivals) // 3
        answers = rush.add([*rivals[:half], enters, *rivals[half:]])
        entered = answers.pop(half)
        booked = {answer.json["id"] for answer in answers if answer.status == 201}
        told = {one["session"]["id"] for one in entered.json["in_the_way"]}
        day = Session.objects.filter(starts_at__gte=hours[0], starts_at__lt=hours[0] + DAY / 2)
        assert {str(uuid) for uuid in day.values_list("uuid", flat=True)} == told == booked
        in_its_way += len(told)

    rush.notes.append(f"{in_its_way} were in its way, and told")
    assert rush.statuses.keys() <= {201, 409, 422}
    assert rush.statuses[201] == ROUNDS + in_its_way
    assert_all_served(rush)
