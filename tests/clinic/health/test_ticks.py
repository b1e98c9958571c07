"""Ticks: what beat and the workers leave, and when a worker counts as hung."""

from datetime import timedelta

import pytest
from celery.beat import SchedulingError

from clinic.celery import app
from clinic.health import ticks
from clinic.health.ticks import BEAT, MAIL, note_beat, note_begun, note_ended, worker_hangs
from clinic.models import Tick
from clinic.running.beat import TickingBeat
from scheduling.tasks import send_due_messages
from tests.support.cast import NOW
from tests.support.clock import clocks_show

pytestmark = pytest.mark.django_db


def seconds(number):
    return timedelta(seconds=number)


def beaten(*, since, until, every=60):
    for passed in range(0, int((until - since).total_seconds()) + 1, every):
        note_beat(now=since + seconds(passed))


def test_each_round_that_a_worker_ends_leaves_its_time_once_for_a_host():
    with clocks_show(NOW):
        send_due_messages()
    with clocks_show(NOW + seconds(30)):
        send_due_messages()

    [tick] = Tick.objects.all()
    assert (tick.name, tick.host) == (MAIL, ticks.this_host())
    assert tick.began == tick.ended == NOW + seconds(30)


def test_a_round_that_fails_has_begun_and_not_ended(monkeypatch):
    def fail(**_):
        raise RuntimeError

    with clocks_show(NOW):
        send_due_messages()
    monkeypatch.setattr("scheduling.tasks.send_due", fail)

    with clocks_show(NOW + seconds(30)), pytest.raises(RuntimeError):
        send_due_messages()

    [tick] = Tick.objects.all()
    assert (tick.began, tick.ended) == (NOW + seconds(30), NOW)


def test_hosts_have_ticks_of_their_own_and_any_of_them_has_looked(monkeypatch):
    note_begun(name=MAIL, now=NOW)
    note_ended(name=MAIL, now=NOW)
    monkeypatch.setattr(ticks, "this_host", lambda: "other")

    note_begun(name=MAIL, now=NOW + seconds(9))
    note_ended(name=MAIL, now=NOW + seconds(9))

    assert Tick.objects.count() == 2
    assert ticks.mail_last_looked_at() == NOW + seconds(9)


def test_a_worker_that_ends_nothing_while_beat_goes_on_hangs_after_two_minutes():
    note_begun(name=MAIL, now=NOW)
    note_ended(name=MAIL, now=NOW)
    beaten(since=NOW - seconds(60), until=NOW + seconds(120))
    note_begun(name=MAIL, now=NOW + seconds(119))

    assert not worker_hangs(now=NOW + seconds(119))
    assert worker_hangs(now=NOW + seconds(120))


def test_any_round_that_ends_shows_that_the_worker_works():
    beaten(since=NOW, until=NOW + seconds(300))
    note_begun(name="scheduling.seal_audit_trails", now=NOW + seconds(280))
    note_ended(name="scheduling.seal_audit_trails", now=NOW + seconds(280))

    assert not worker_hangs(now=NOW + seconds(300))


def test_without_beat_no_worker_hangs():
    note_begun(name=MAIL, now=NOW)
    note_ended(name=MAIL, now=NOW)
    beaten(since=NOW, until=NOW + seconds(60))

    assert not worker_hangs(now=NOW + timedelta(hours=1))


def test_a_beat_that_is_back_gives_the_worker_its_two_minutes():
    note_begun(name=MAIL, now=NOW)
    note_ended(name=MAIL, now=NOW)
    beaten(since=NOW, until=NOW + seconds(60))
    back = NOW + timedelta(hours=1)

    beaten(since=back, until=back + seconds(60))

    assert not worker_hangs(now=back + seconds(60))
    assert Tick.objects.get(name=BEAT).began == back


def test_another_host_s_worker_is_judged_there(monkeypatch):
    beaten(since=NOW, until=NOW + seconds(180))
    monkeypatch.setattr(ticks, "this_host", lambda: "other")
    note_begun(name=MAIL, now=NOW + seconds(180))
    note_ended(name=MAIL, now=NOW + seconds(180))

    assert not worker_hangs(now=NOW + seconds(180))
    monkeypatch.setattr(ticks, "this_host", lambda: "third")
    assert worker_hangs(now=NOW + seconds(180))


def test_hosts_that_are_long_gone_are_forgotten(monkeypatch):
    monkeypatch.setattr(ticks, "this_host", lambda: "gone")
    note_begun(name=MAIL, now=NOW - timedelta(days=31))
    note_ended(name=MAIL, now=NOW - timedelta(days=31))
    monkeypatch.undo()

    note_beat(now=NOW)

    assert [tick.name for tick in Tick.objects.all()] == [BEAT]


def test_no_tick_expires_for_a_worker_s_clock_would_judge_it():
    schedule = app.conf.beat_schedule

    assert MAIL in {entry["task"] for entry in schedule.values()}
    assert not [name for name, entry in schedule.items() if "expires" in entry.get("options", {})]


@pytest.mark.django_db(transaction=True)
def test_beat_leaves_its_time_only_when_somebody_was_told(monkeypatch):
    beat = TickingBeat(app)  # type: ignore[arg-type]  # generic in the stubs only
    entry = next(iter(beat.schedule.values()))
    told = []

    def publish(*_, **__):
        told.append(1)
        if len(told) == 1:
            raise OSError("the broker is gone")

    monkeypatch.setattr(app.tasks[str(entry.task)], "apply_async", publish)
    with clocks_show(NOW):
        with pytest.raises(SchedulingError):
            beat.apply_async(entry)
        assert not Tick.objects.exists()
        beat.apply_async(entry)

    assert Tick.objects.get().ended == NOW
