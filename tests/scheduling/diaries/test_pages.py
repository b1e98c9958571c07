"""How the database finds the pages of a booking: by diary and day, however many pages there are."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.time.intervals import Stretch
from scheduling.diaries.bitmaps import busy_pages
from scheduling.diaries.pages import lock_pages

pytestmark = pytest.mark.django_db


def plans_of(asked: CaptureQueriesContext) -> list[str]:
    """What SQLite does for each of the questions about pages."""
    found = []
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            if query["sql"].startswith("SELECT") and "scheduling_page" in query["sql"]:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                found += [row[3] for row in cursor.fetchall() if "scheduling_page" in row[3]]
    return found


@pytest.mark.only_on("sqlite")  # PostgreSQL goes by what it counted, and has its indexes
def test_pages_are_looked_up_by_diary_and_day(world):
    diaries = [doctor.diary_id for doctor in world.doctors]

    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        busy_pages(pages=[(diary, 77000) for diary in diaries])
        lock_pages(
            clinic_id=world.clinic.pk,
            stretches=[Stretch(diary, 77000 * 288, 77000 * 288 + 6) for diary in diaries],
        )

    plans = plans_of(asked)
    assert len(plans) == 3
    assert all("(diary_id=? AND day=?)" in plan for plan in plans), plans
