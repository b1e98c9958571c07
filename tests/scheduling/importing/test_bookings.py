"""Courses and sessions brought over from another system."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.identity.actors import task_actor
from clinic.models import AuditEntry, Care, Change, ExternalId
from clinic.people.external_id_kinds import Name
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.importing.csv_tables import Table
from scheduling.importing.outcomes import Fate
from scheduling.importing.run import import_bookings
from scheduling.models import Claim, Facts, Heard, Message, Session
from scheduling.privacy.erasure import erase_patient
from scheduling.privacy.export import export_patient
from scheduling.reports.adherence import course_adherence
from tests.support.acts.courses import away, everything_written
from tests.support.acts.imports import (
    a_patient_row,
    a_session_row,
    bookings_brought,
    course_rows,
    dry,
    fates,
    flaws,
    patients_brought,
    table,
)
from tests.support.cast import NOW
from treatments.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patients_are_known")]

DATES = ("2026-12-07", "2026-12-21", "2027-01-11", "2027-01-25")
AHEAD = ("2027-01-11", "2027-01-25", "2027-02-08", "2027-02-22")


def treatments() -> list[Session]:
    return list(Session.objects.filter(kind="treatment").order_by("number"))


def test_a_course_comes_with_what_was_done_and_what_is_booked(world):
    outcomes = bookings_brought(world, *course_rows(*DATES, done=2))

    plan, [first, second, third, fourth] = Plan.objects.get(), treatments()
    assert fates(outcomes) == [Fate.IMPORTED]
    assert [session.status for session in treatments()] == ["completed"] * 2 + ["booked"] * 2
    assert str(plan.prescribed_on) == DATES[0]
    assert (str(first.local_date), first.is_done_elsewhere, first.counts) == (DATES[0], True, True)
    assert (second.done_at, second.starts_at) == (world.site.name, None)
    assert third.starts_at == datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
    assert third.version == 1
    assert Claim.objects.filter(session=fourth).count() > 1
    assert not Claim.objects.filter(session__in=[first, second]).exists()
    assert Message.objects.filter(session=third).exists()


def test_who_is_brought_over_is_taken_to_know_their_times(world):
    bookings_brought(world, *course_rows(*DATES, done=2))

    booked = treatments()[2:]
    known = {row.session_id: row for row in Heard.objects.all()}
    assert known.keys() == {session.pk for session in booked}
    for session in booked:
        assert known[session.pk].facts == known[session.pk].facts_by_message == Facts.of(session)
    assert not Message.objects.exclude(kind="reminder").exists()


def test_what_the_table_leaves_out_stays_due_with_a_window_counted_from_the_rest(world):
    bookings_brought(world, *course_rows(*DATES[:3], done=2, sessions="6"))

    due = [session for session in treatments() if session.is_due]
    assert [session.number for session in due] == [4, 5, 6]
    assert str(due[0].target_on) == DATES[3]


def test_dates_outside_the_rhythm_are_imported_waived_and_measured(world):
    bookings_brought(world, *course_rows("2026-11-02", "2026-12-21", "2027-01-04", done=2, at="16:00"))

    _, second, third, _ = treatments()
    assert second.waived == [{"code": "outside_window", "reason": "import", "by": "user:Owner"}]
    assert third.waived == []
    found = course_adherence(plan=Plan.objects.get())
    assert [one.deviation.timing for one in found.sessions] == ["on_time", "late"]


def test_a_course_that_is_done_is_completed(world):
    dates = ("2026-10-05", "2026-10-19", "2026-11-02", "2026-11-16")

    bookings_brought(world, *course_rows(*dates, done=4, practitioner="dr osei"))

    assert Plan.objects.get().state == "completed"
    assert Care.objects.filter(practitioner=world.doctors[0]).exists()
    assert treatments()[0].desk_note == "Imported: with Dr Osei."


def test_sessions_without_a_plan_come_too(world):
    bookings_brought(world, a_session_row(practitioner="Dr Lindqvist", room="Treatment room 2", note="=1+1"))

    session = Session.objects.get()
    named = {part["name"] for part in session.cast}
    assert named == {"Dr Lindqvist", "Treatment room 2"}
    assert (session.plan, session.status, session.desk_note) == (None, "booked", "=1+1")
    assert set(Claim.objects.exclude(need=None).values_list("asked_for", flat=True)) == {True}


def test_everything_of_a_course_has_its_name_in_the_trail_and_the_change_log(world):
    before = Change.objects.count()

    bookings_brought(world, *course_rows(*AHEAD))

    names = set(ExternalId.objects.exclude(kind="patient").values_list("kind", "value"))
    assert names == {("plan", "C1"), *(("session", f"C1/{n}") for n in range(1, 5))}
    assert AuditEntry.objects.filter(act="imported").count() == 1
    written = list(Change.objects.order_by("number").values_list("number", flat=True))
    assert len(written) - before == 1 + Session.objects.count()
    assert written == list(range(written[0], written[0] + len(written)))


def test_the_same_table_twice_imports_nothing_twice(world):
    rows = [*course_rows(*DATES, done=2), a_session_row(course="V1", starts_at="2027-01-12 10:00")]
    bookings_brought(world, *rows)
    before = everything_written()

    outcomes = bookings_brought(world, *rows)

    assert fates(outcomes) == [Fate.KNOWN, Fate.KNOWN]
    assert everything_written() == before


def test_a_known_course_with_further_lines_is_told(world):
    bookings_brought(world, *course_rows(*AHEAD[:3]))

    outcomes = bookings_brought(world, *course_rows(*AHEAD))

    assert flaws(outcomes) == [(2, "course_known")]


def test_odd_minutes_are_rounded_outwards_and_remembered(world):
    bookings_brought(world, a_session_row(starts_at="2027-01-11 10:03", note="Bring the card"))

    session = Session.objects.get()
    assert session.starts_at == datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
    assert session.ends_at == datetime(2027, 1, 11, 9, 35, tzinfo=UTC)
    assert session.desk_note == "Bring the card\nImported: at 10:03."
    assert flaws(dry(world, a_session_row(course="V2", starts_at="2027-01-11 10:30"))) == [(2, "time_taken")]


def test_odd_minutes_of_several_stages_are_rounded_too(world):
    bookings_brought(world, *course_rows(*AHEAD, at="10:02"))

    assert [session.status for session in treatments()] == ["booked"] * 4


def test_a_course_is_imported_whole_or_not_at_all_and_the_rest_goes_on(world):
    away(world, *world.doctors, first=datetime(2027, 1, 25, tzinfo=UTC).date())
    before = everything_written()

    outcomes = bookings_brought(
        world, *course_rows(*AHEAD), a_session_row(course="V1", starts_at="2027-01-12 10:00")
    )

    assert fates(outcomes) == [Fate.REFUSED, Fate.IMPORTED]
    assert flaws(outcomes) == [(3, "outside_hours")]
    assert len(everything_written()["plans"]) == len(before["plans"])
    assert Session.objects.count() == 1


def test_what_overlaps_a_booking_is_told_and_not_imported(world):
    session = SingleSession(
        world.patient,
        world.session_types["consultation"],
        datetime(2027, 1, 11, 9, 15, tzinfo=UTC),
        practitioner=world.doctors[0],
    )
    book_session(wanted=session, by=world.reception, now=NOW)
    row = a_session_row(practitioner="Dr Osei")

    assert flaws(dry(world, row)) == flaws(bookings_brought(world, row)) == [(2, "time_taken")]
    assert Session.objects.count() == 1


def test_lines_that_overlap_each_other_are_told_in_the_dry_run_as_when_applied(world):
    patients_brought(world, a_patient_row(id="P2"), a_patient_row(id="P3"))
    rows = [
        a_session_row(course="A", practitioner="Dr Osei"),
        a_session_row(course="B", patient="P2", practitioner="Dr Osei", starts_at="2027-01-11 10:25"),
        a_session_row(course="C", patient="P3", starts_at="2027-01-11 10:00"),
        a_session_row(course="D", patient="P3", starts_at="2027-01-11 10:15"),
    ]

    told = dry(world, *rows)

    assert flaws(told) == [(3, "time_taken"), (5, "time_taken"), (5, "time_taken")]
    assert not Session.objects.exists()
    assert flaws(bookings_brought(world, *rows)) == flaws(told)


def test_a_refused_course_takes_no_time_from_the_lines_after_it(world):
    patients_brought(world, a_patient_row(id="P2"))
    rows = [
        *course_rows("2027-01-11", "2027-01-24", practitioner=""),
        *course_rows("2027-01-11", "2027-01-25", patient="P2", course="C2"),
    ]

    told = dry(world, *rows)

    assert fates(told) == [Fate.REFUSED, Fate.IMPORTED] == fates(bookings_brought(world, *rows))


def test_a_dry_run_knows_the_patients_of_the_same_import_and_their_overlaps(world):
    rows = [
        a_session_row(course="A", patient="P9"),
        a_session_row(course="B", patient="P9", starts_at="2027-01-11 10:15"),
        a_session_row(course="C", patient="P8"),
    ]

    told = bookings_brought(world, *rows, applies=False, patients={Name("till", "P9")})

    assert flaws(told) == [(3, "time_taken"), (4, "unknown_patient")]


def test_a_time_that_comes_twice_is_taken_with_its_offset(world):
    row = a_session_row(status="done", starts_at="2026-10-25 02:30+01:00")

    assert fates(bookings_brought(world, row)) == [Fate.IMPORTED]
    assert Session.objects.get().finished_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_operators_command_may_import(world):
    operator = task_actor(clinic_id=world.clinic.pk, label="import")

    assert fates(bookings_brought(world, a_session_row(), by=operator)) == [Fate.IMPORTED]


def test_as_many_queries_for_a_course_of_six_as_for_one_of_two(world):
    def queries(*rows: dict[str, str]) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert fates(bookings_brought(world, *rows)) == [Fate.IMPORTED]
        return len(asked)

    patients_brought(world, a_patient_row(id="P2"), a_patient_row(id="P3"))
    days = [f"{date(2027, 1, 11) + timedelta(weeks=2 * n)}" for n in range(6)]
    queries(*course_rows(*days[:2]))

    few = queries(*course_rows(*days[:2], patient="P2", course="C2", at="11:00", sessions="6"))
    many = queries(*course_rows(*days, patient="P3", course="C3", at="12:00"))

    assert many <= few


def test_courses_are_read_as_they_are_asked_for(world):
    def lines():
        yield from table([a_session_row(course="A"), a_session_row(course="B", starts_at="2027-01-12 10:00")])
        raise AssertionError("nobody asked for more")

    outcomes = import_bookings(table=Table(lines()), patients=(), applies=False, by=world.owner, now=NOW)

    assert next(outcomes).fate is Fate.IMPORTED


def test_what_others_call_a_patients_courses_is_exported_and_goes_when_they_are_erased(world):
    bookings_brought(world, *course_rows(*DATES, done=2))
    patient = Plan.objects.get().patient

    document = export_patient(patient=patient, by=world.owner, now=NOW).document
    erase_patient(patient=patient, by=world.owner, now=NOW + timedelta(days=60))

    assert {"system": "till", "id": "C1/2", "kind": "session"} in document["known_elsewhere_as"]
    assert not ExternalId.objects.exists()
