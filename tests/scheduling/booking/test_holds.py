"""Holding a calendar while the patient decides: what stands meanwhile, and how it ends."""

from datetime import timedelta

import pytest

from clinic.errors import Conflict, NotAllowed, Refused
from clinic.identity.actors import Actor, ActorKind, Role, Scope, Way
from clinic.models import AuditEntry, Change
from scheduling.booking.book_course import AlreadyBooked, book_course
from scheduling.booking.holds import MOST_HOLDS, HoldOver, book_hold, release_expired, release_hold
from scheduling.booking.reserve import TimeTaken
from scheduling.models import Claim, Hold, Message, Session, SessionStatus
from tests.support.acts.courses import everything_written, offers, times_of
from tests.support.acts.holds import A_WHILE, a_hold, a_rival, from_tomorrow
from tests.support.builders import an_actor
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan

pytestmark = pytest.mark.django_db

LATER = NOW + A_WHILE
FIELDS = ("status", "site_id", "starts_at", "ends_at", "local_date", "local_time", "cast", "hold_id",
          "earliest_on", "target_on", "latest_on")  # fmt: skip


def as_they_stand(plan: Plan) -> list[tuple]:
    return list(plan.sessions.order_by("kind", "number").values_list(*FIELDS))


def key_of(world: World) -> Actor:
    return Actor(world.clinic.pk, ActorKind.KEY, "Website", Way.REST, "a-key", scopes=frozenset(Scope))


def test_a_course_is_held_exactly_as_it_was_proposed(world, plan):
    proposal = from_tomorrow(plan)[0]

    hold = a_hold(world=world, plan=plan, proposal=proposal, reason="Will call\nback")

    held = list(Session.objects.order_by("number"))
    assert {session.status for session in held} == {SessionStatus.HELD}
    assert [times_of(s).starts_at for s in held] == [placed.starts_at for placed in proposal.sessions]
    assert [session.cast for session in held] == [placed.cast() for placed in proposal.sessions]
    assert {session.hold for session in held} == {hold}
    assert (hold.expires_at, hold.reason, hold.released_at) == (LATER, "Will call back", None)


def test_a_hold_is_logged_for_the_patient_alone_and_reminds_nobody_and_takes_nobody_into_care(world, plan):
    changes, carers = Change.objects.count(), world.patient.care.count()

    a_hold(world=world, plan=plan)

    told = Change.objects.filter(number__gt=changes, kind="session")
    assert told.count() == plan.session_count
    seen_in = {diary for change in told for diary in (*change.diaries_before, *change.diaries_after)}
    assert seen_in == {world.patient.diary_id}
    assert not Message.objects.exists()
    assert world.patient.care.count() == carers


def test_held_time_is_taken_for_everyone_else(world, plan):
    rival = a_rival(world)
    wanted = from_tomorrow(rival)[0]
    a_hold(world=world, plan=plan)

    with pytest.raises(TimeTaken):
        book_course(plan=rival, proposal=wanted, by=world.reception, now=NOW)

    assert wanted.sessions not in [offer.sessions for offer in from_tomorrow(rival)]


def test_booking_a_hold_books_every_session_where_it_was_held(world, plan):
    hold = a_hold(world=world, plan=plan)
    held = [(row.pk, row.starts_at, row.cast) for row in Session.objects.order_by("number")]

    booked = book_hold(hold=hold, by=world.reception, now=LATER - timedelta(seconds=1))

    assert [(row.pk, row.starts_at, row.cast) for row in booked] == held
    assert {row.status for row in Session.objects.all()} == {SessionStatus.BOOKED}
    assert Message.objects.exists()
    hold.refresh_from_db()
    assert hold.released_at == LATER - timedelta(seconds=1)


def test_a_booked_hold_leaves_what_a_booking_without_a_hold_leaves(world, plan):
    book_hold(hold=a_hold(world=world, plan=plan), by=world.reception, now=NOW)

    other = a_course_world()
    twin = a_plan(world=other)
    book_course(plan=twin, proposal=from_tomorrow(twin)[0], by=other.reception, now=NOW)

    def windows(of: Plan) -> list[tuple]:
        columns = ("number", "status", "starts_at", "earliest_on", "target_on", "latest_on", "sequence")
        return list(of.sessions.order_by("number").values_list(*columns))

    assert windows(plan) == windows(twin)
    assert (
        Claim.objects.filter(clinic=world.clinic).count() == Claim.objects.filter(clinic=other.clinic).count()
    )


def test_releasing_a_hold_leaves_the_course_as_it_was_and_its_time_free(world, plan):
    before, calendars = as_they_stand(plan), from_tomorrow(plan)
    hold = a_hold(world=world, plan=plan)

    release_hold(hold=hold, by=world.reception, now=NOW)

    plan.refresh_from_db()
    assert as_they_stand(plan) == before
    assert not Claim.objects.exists()
    assert [offer.sessions for offer in from_tomorrow(plan)] == [offer.sessions for offer in calendars]
    with pytest.raises(HoldOver):
        release_hold(hold=hold, by=world.reception, now=NOW)


def test_holding_and_releasing_count_up_the_plan_and_running_out_does_not(world, plan):
    versions = []
    for end in ("released", "ran out"):
        plan.refresh_from_db()
        hold = a_hold(world=world, plan=plan)
        if end == "released":
            release_hold(hold=hold, by=world.reception, now=NOW)
        else:
            release_expired(now=LATER)
        plan.refresh_from_db()
        versions.append(plan.version)

    assert versions == [3, 4]


def test_what_was_released_cannot_be_booked_as_held(world, plan):
    hold = a_hold(world=world, plan=plan)
    release_hold(hold=hold, by=world.reception, now=NOW)
    hold.refresh_from_db()

    with pytest.raises(HoldOver):
        book_hold(hold=hold, by=world.reception, now=NOW)


def test_a_hold_that_was_released_after_it_was_read_is_not_booked(world, plan):
    hold = a_hold(world=world, plan=plan)
    read = Hold.objects.select_related("plan").get()
    assert read.plan
    release_hold(hold=hold, by=world.reception, now=NOW)

    with pytest.raises(Conflict) as refused:
        book_hold(hold=read, by=world.reception, now=NOW)

    assert refused.value.code == "proposal_stale"
    assert not Claim.objects.exists()


def test_a_plan_that_is_held_is_offered_its_own_time_and_may_book_another_calendar(world, plan):
    before = from_tomorrow(plan)
    hold = a_hold(world=world, plan=plan, proposal=before[0])
    plan.refresh_from_db()

    after = from_tomorrow(plan)
    assert [offer.sessions for offer in after] == [offer.sessions for offer in before]
    booked = book_course(plan=plan, proposal=after[1], by=world.reception, now=NOW)

    assert [row.starts_at for row in booked] == [placed.starts_at for placed in after[1].sessions]
    hold.refresh_from_db()
    assert hold.released_at == NOW
    assert set(Claim.objects.values_list("session__status", flat=True)) == {SessionStatus.BOOKED}


def test_holding_another_calendar_ends_the_first_hold(world, plan):
    first = a_hold(world=world, plan=plan)
    plan.refresh_from_db()
    other = from_tomorrow(plan)[1]

    second = a_hold(world=world, plan=plan, proposal=other)

    first.refresh_from_db()
    assert first.released_at == NOW
    assert {row.hold for row in plan.sessions.all()} == {second}
    assert times_of(plan.sessions.get(number=1)).starts_at == other.sessions[0].starts_at


def test_a_course_that_is_booked_cannot_be_held(world, plan):
    proposal = from_tomorrow(plan)[0]
    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    with pytest.raises(AlreadyBooked):
        a_hold(world=world, plan=plan, proposal=proposal)


@pytest.mark.parametrize(
    ("role", "longest"),
    [
        (Role.RECEPTIONIST, timedelta(days=3)),
        (Role.PRACTITIONER, timedelta(days=3)),
        (Role.ADMINISTRATOR, timedelta(days=7)),
        (Role.OWNER, timedelta(days=7)),
        (None, timedelta(hours=2)),
    ],
)
def test_each_role_holds_for_so_long_and_no_longer(world, plan, role, longest):
    by = an_actor(clinic=world.clinic, role=role) if role else key_of(world)
    calendar = offers(plan=plan, first_on=(NOW + timedelta(days=10)).date())[0]
    before = everything_written()

    with pytest.raises(Refused) as refused:
        a_hold(world=world, plan=plan, proposal=calendar, by=by, until=NOW + longest + timedelta(seconds=1))

    words = f"{longest.days} days" if longest.days else "2 hours"
    assert refused.value.code == "hold_too_long"
    assert words in refused.value.sentence
    assert everything_written() == before
    assert (
        a_hold(world=world, plan=plan, proposal=calendar, by=by, until=NOW + longest).expires_at
        == NOW + longest
    )


def test_an_auditor_holds_nothing(world, plan):
    with pytest.raises(NotAllowed):
        a_hold(world=world, plan=plan, by=an_actor(clinic=world.clinic, role=Role.AUDITOR))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"until": NOW}, "hold_ends_in_the_past"),
        ({"until": NOW + timedelta(days=2)}, "hold_outlives_its_start"),
        ({"reason": "x" * 201}, "reason_too_long"),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused_and_nothing_is_written(world, plan, asked, code):
    proposal = from_tomorrow(plan)[0]
    assert proposal.sessions[0].starts_at < NOW + timedelta(days=2)
    before = everything_written()

    with pytest.raises(Refused) as refused:
        a_hold(world=world, plan=plan, proposal=proposal, **asked)

    assert refused.value.code == code
    assert everything_written() == before
    assert not Hold.objects.exists()


def test_a_hold_without_a_named_end_lasts_as_long_as_the_clinic_says(world, plan):
    world.clinic.hold_minutes = 45
    world.clinic.save(update_fields=["hold_minutes"])

    assert a_hold(world=world, plan=plan).expires_at == NOW + timedelta(minutes=45)


def test_one_person_holds_so_many_calendars_and_no_more(world):
    plans = [a_rival(world) for _ in range(MOST_HOLDS + 1)]
    for plan in plans[:-1]:
        a_hold(world=world, plan=plan)

    with pytest.raises(Refused) as refused:
        a_hold(world=world, plan=plans[-1])

    assert refused.value.code == "too_many_holds"
    a_hold(world=world, plan=plans[-1], by=key_of(world))
    plans[0].refresh_from_db()
    a_hold(world=world, plan=plans[0], proposal=from_tomorrow(plans[0])[0])


def test_the_trail_says_who_held_and_released_and_what_ran_out(world, plan):
    hold = a_hold(world=world, plan=plan)
    release_hold(hold=hold, by=world.reception, now=NOW)
    plan.refresh_from_db()
    a_hold(world=world, plan=plan)
    release_expired(now=LATER)

    entries = AuditEntry.objects.filter(act__in=["held_course", "released_hold"]).order_by("pk")
    assert [(entry.act, entry.actor_kind, entry.way) for entry in entries] == [
        ("held_course", "user", "page"),
        ("released_hold", "user", "page"),
        ("held_course", "user", "page"),
        ("released_hold", "task", "task"),
    ]
    assert {entry.patients for entry in entries} == {world.patient.uuid.hex}
