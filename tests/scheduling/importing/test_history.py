"""What another system says has failed: missed, cancelled, with somebody who has left."""

import pytest

from scheduling.desk.courses.course_page import attempts_of
from scheduling.importing.outcomes import Fate
from scheduling.models import Claim, Message, Session
from scheduling.reports.adherence import course_adherence
from tests.support.acts.courses import everything_written
from tests.support.acts.imports import a_session_row, bookings_brought, course_rows, fates, flaws
from tests.support.cast import NOW
from treatments.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patients_are_known")]

DATES = ("2026-12-07", "2026-12-21", "2027-01-11")


def a_course_with_a_missed_session() -> list[dict[str, str]]:
    """Session 2 was missed, then cancelled, then done; session 3 is booked."""
    rows = course_rows(*DATES, done=2)
    failed = [
        {**rows[1], "starts_at": "2026-12-14 10:00", "status": "missed", "note": "Had the flu"},
        {**rows[1], "starts_at": "2026-12-17 10:00", "status": "cancelled"},
    ]
    return [rows[0], *failed, *rows[1:]]


def test_a_session_that_failed_leaves_its_number_to_the_next_attempt(world):
    outcomes = bookings_brought(world, *a_course_with_a_missed_session())

    seconds = list(Session.objects.filter(number=2).order_by("attempt"))
    assert fates(outcomes) == [Fate.IMPORTED]
    assert [(one.status, str(one.local_date), one.attempt) for one in seconds] == [
        ("missed", "2026-12-14", 1),
        ("cancelled", "2026-12-17", 2),
        ("completed", "2026-12-21", 3),
    ]
    assert seconds[0].desk_note == "Had the flu"
    assert not Claim.objects.filter(session__in=seconds).exists()
    assert not Message.objects.filter(session__in=seconds).exists()


def test_what_failed_is_shown_and_measured(world):
    bookings_brought(world, *a_course_with_a_missed_session())

    plan = Plan.objects.get()
    shown = attempts_of(plan=plan, by=world.owner, today=NOW.date())
    timings = [one.deviation.timing.value for one in course_adherence(plan=plan).sessions]
    assert [one.session.status for one in shown] == ["missed", "cancelled"]
    assert timings.count("missed") == 1


def test_what_failed_last_is_due_again(world):
    rows = course_rows(*DATES[:2], done=2)
    rows[1]["status"] = "missed"

    bookings_brought(world, *rows)

    due = Session.objects.filter(status="due", kind="treatment").order_by("number")
    assert [(one.number, one.attempt) for one in due] == [(2, 2), (3, 1), (4, 1)]


def test_the_same_history_twice_is_imported_once(world):
    rows = a_course_with_a_missed_session()
    bookings_brought(world, *rows)
    before = everything_written()

    assert fates(bookings_brought(world, *rows)) == [Fate.KNOWN]
    assert everything_written() == before


@pytest.mark.parametrize("status", ["done", "missed", "cancelled"])
def test_who_has_left_is_kept_as_a_text(world, status):
    row = a_session_row(starts_at="2026-12-07 10:00", status=status, practitioner="Dr Gone", room="Old wing")

    outcomes = bookings_brought(world, row)

    assert fates(outcomes) == [Fate.IMPORTED]
    assert Session.objects.get().desk_note == "Imported: with Dr Gone, Old wing."


def test_who_has_left_can_have_nothing_booked(world):
    assert flaws(bookings_brought(world, a_session_row(practitioner="Dr Gone"))) == [
        (2, "unknown_practitioner")
    ]


def test_what_was_cancelled_may_lie_ahead(world):
    outcomes = bookings_brought(world, a_session_row(status="cancelled", session_type="consultation"))

    assert fates(outcomes) == [Fate.IMPORTED]
    assert not Claim.objects.exclude(session=None).exists()


def test_a_session_that_failed_stands_for_no_number(world):
    rows = course_rows("2026-12-07", "2026-12-21", "2027-01-11", done=2)
    rows[1]["status"] = "missed"

    assert flaws(bookings_brought(world, *rows)) == [(4, "number_missing")]
