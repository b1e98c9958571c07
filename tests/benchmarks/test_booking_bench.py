"""What a booking is compared with writes no less than the service does, and looks where it looks."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Model

from benchmarks.clinic import NOW, SESSIONS, Measure, a_bench
from benchmarks.jobs.ripple import previewed
from benchmarks.raw_booking import RawDiary
from benchmarks.rehearsal import NEW, Written, actor_of, rehearsed
from clinic.models import Change, ChangeCounter
from scheduling.booking.book_course import book_course
from scheduling.models import Page, Session, SessionStatus
from treatments.models import Plan

pytestmark = pytest.mark.deep

TABLES: tuple[type[Model], ...] = (*NEW, Change, Page, Session)


def counted() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in TABLES}


def written_by(act) -> dict[str, int]:
    before = counted()
    act()
    return {name: count - before[name] for name, count in counted().items()}


def said_of(written: Written) -> dict[str, int]:
    new = {model.__name__: len(rows.values) for model, rows in zip(NEW, written.new, strict=True)}
    return new | {"Change": len(written.changes.values), "Page": 0, "Session": 0}


@pytest.fixture
def bench():
    return a_bench(Measure(sets=2, occupancy=0.3))


@pytest.mark.django_db(transaction=True)
def test_the_bare_driver_writes_the_same_rows_as_a_booking(bench):
    by_service, by_driver = rehearsed(bench, 2)
    driver = RawDiary()

    def serve() -> None:
        book_course(plan=by_service.plan, proposal=by_service.proposal, by=actor_of(bench), now=NOW)

    served, driven = written_by(serve), written_by(lambda: driver.book(by_driver.written))

    driver.close()
    # Who serves, and which pages stand already, is a matter of where each course lies.
    assert served | {"Page": 0} == said_of(by_service.written)
    assert driven | {"Page": 0} == said_of(by_driver.written)
    assert len(served) == len(TABLES)
    plans = [by_service.plan.pk, by_driver.plan.pk]
    assert set(Session.objects.filter(plan__in=plans).values_list("status", flat=True)) == {
        SessionStatus.BOOKED
    }
    assert list(Plan.objects.filter(pk__in=plans).values_list("version", flat=True)) == [2, 2]
    assert ChangeCounter.objects.get().last_number == Change.objects.count()
    call_command("check_diary", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_the_bare_driver_takes_no_time_twice(bench):
    (course,) = rehearsed(bench, 1)
    driver = RawDiary()
    driver.book(course.written)
    before = counted()

    with pytest.raises(RuntimeError, match="changed"):
        driver.book(course.written)

    driver.close()
    assert counted() == before


@pytest.mark.django_db
def test_the_ripple_that_is_measured_moves_all_that_follows(bench):
    ripple = previewed(bench)()

    assert len(ripple.moved) == SESSIONS
    assert ripple.proposal is not None


@pytest.mark.django_db
def test_a_booking_asks_as_often_however_much_is_booked(bench, django_assert_max_num_queries):
    early, *_, late = rehearsed(bench, 5)
    by = actor_of(bench)

    with django_assert_max_num_queries(45) as first:
        book_course(plan=early.plan, proposal=early.proposal, by=by, now=NOW)
    with django_assert_max_num_queries(45) as second:
        book_course(plan=late.plan, proposal=late.proposal, by=by, now=NOW)

    assert len(first) == len(second)


@pytest.mark.django_db
def test_a_ripple_asks_as_often_however_much_is_booked(django_assert_max_num_queries):
    empty = previewed(a_bench(Measure(sets=2, occupancy=0.05)))
    full = previewed(a_bench(Measure(sets=2, occupancy=0.5)))

    with django_assert_max_num_queries(40) as few:
        empty()
    with django_assert_max_num_queries(40) as many:
        full()

    assert len(few) == len(many)
