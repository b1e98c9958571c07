"""Leave is entered while bookings race for the same hours: each was told in time, or is in its list."""

import pytest

from scheduling.models import Session
from tests.faults.one_time import (
    DAY,
    RIVALS,
    ROUNDS,
    a_world_of_one_doctor,
    asking_for,
    assert_all_served,
    hour_of_this_week,
)
from tests.faults.rush import Rush, posting, report
from tests.rest import a_client_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_leave_that_is_entered_while_many_book_its_hours():
    """Each round on a day of its own: some ask for the hours that others have, all for hours of the leave."""
    world, rush, in_its_way = a_world_of_one_doctor(), Rush(), 0
    rest, [doctor, *_] = a_client_of(world), world.doctors

    for number in range(ROUNDS):
        weeks, days = divmod(number, 4)
        hours = [hour_of_this_week(days + 4 * hour) + 7 * weeks * DAY for hour in range(5)]
        rivals = [
            asking_for(world, rest, hours[rival % len(hours)], count=1)[0] for rival in range(RIVALS - 1)
        ]
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

    assert rush.statuses.keys() <= {201, 409, 422}
    assert rush.statuses[201] == ROUNDS + in_its_way
    assert_all_served(rush)
    report("leave", f"leave against bookings, {in_its_way} booked before it and told", rush.figures())
