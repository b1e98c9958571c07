"""What is frozen is read once; what a transaction may take back is not kept."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from scheduling.courses.course import rules_of_plan
from scheduling.diaries.requirements import shapes_of
from tests.support.worlds import a_course_world, a_plan


def queries(read) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


@pytest.mark.django_db(transaction=True)
def test_the_catalogue_of_a_plan_is_read_once():
    plan = a_plan(world=a_course_world())
    types = {rule.session_type_id for rule in rules_of_plan(plan=plan)}
    read = [lambda: rules_of_plan(plan=plan), lambda: shapes_of(session_type_ids=types, resources=())]

    first, again = ([queries(one) for one in read] for _ in range(2))

    assert (first, again) == ([0, 2], [0, 0])
    assert shapes_of(session_type_ids=types, resources=()).keys() == types


@pytest.mark.django_db(transaction=True)
def test_what_was_read_inside_a_transaction_is_read_again():
    plan = a_plan(world=a_course_world())

    with transaction.atomic():
        inside = queries(lambda: rules_of_plan(plan=plan))

    assert (inside, queries(lambda: rules_of_plan(plan=plan))) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_session_type_that_nobody_used_yet_is_read_every_time():
    consultation = a_course_world().session_types["consultation"]

    read = [queries(lambda: shapes_of(session_type_ids=[consultation.pk], resources=())) for _ in range(2)]

    assert read == [2, 2]
