"""Walking a list while it changes: what is there throughout is seen once."""

from datetime import timedelta
from random import Random

import pytest
from django.db.models import F

from scheduling.models import Session
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_patient
from tests.support.rest import a_client_of
from tests.support.worlds import a_course_world

WALKS = 100


@pytest.mark.slow
@pytest.mark.damages_diaries
@pytest.mark.django_db
def test_no_session_is_lost_or_seen_twice_however_it_moves_meanwhile():
    world, chance = a_course_world(), Random(4)
    for number in range(3):
        a_booked_course(world=world, patient=a_patient(clinic=world.clinic, given_name=f"P{number}"))
    rest = a_client_of(world)
    there = {
        str(uuid) for uuid in Session.objects.filter(starts_at__isnull=False).values_list("uuid", flat=True)
    }
    assert len(there) >= 12

    for _ in range(WALKS):
        seen, address = [], "sessions/?limit=4"
        while address:
            page = rest.get(address).json
            seen += [one["id"] for one in page["results"]]
            address = page["next"]
            # Whoever moves it, and wherever to: as far as a walk by start would have lost it.
            days = timedelta(days=chance.randint(-20, 20))
            one = Session.objects.filter(uuid=chance.choice(sorted(there)))
            one.update(starts_at=F("starts_at") + days, ends_at=F("ends_at") + days)
        assert sorted(seen) == sorted(there)


@pytest.mark.django_db
def test_an_order_gives_one_page_and_no_cursor():
    world = a_course_world()
    a_booked_course(world=world, sessions=5)
    rest = a_client_of(world)

    page = rest.get("sessions/", order="start", limit=2).json
    both = rest.get("sessions/", order="start", cursor="anything")

    assert (len(page["results"]), page["next"], page["more"]) == (2, None, True)
    assert (both.status, both.code) == (400, "malformed")


@pytest.mark.django_db
def test_only_the_keys_that_are_asked_for_are_told():
    world = a_course_world()
    a_booked_course(world=world)
    rest = a_client_of(world)

    rows = rest.get("sessions/", fields="id,version").json["results"]
    unknown = rest.get("sessions/", fields="id,nonsense")

    assert all(row.keys() == {"id", "version"} for row in rows)
    assert (unknown.status, unknown.code) == (400, "malformed")


@pytest.mark.django_db
def test_what_was_not_written_since_is_left_out():
    world = a_course_world()
    first, *rest_of_it = a_booked_course(world=world)
    rest = a_client_of(world)
    assert first.changed_at is not None
    later = first.changed_at + timedelta(hours=1)
    Session.objects.filter(pk=rest_of_it[0].pk).update(changed_at=later)

    found = rest.get("sessions/", updated_since=later.isoformat()).json["results"]

    assert [one["id"] for one in found] == [str(rest_of_it[0].uuid)]


@pytest.mark.django_db
def test_sessions_are_found_by_several_states_site_and_kind_and_what_was_cancelled_by_who_served():
    world = a_course_world()
    first, second, *_ = a_booked_course(world=world)
    rest = a_client_of(world)
    doctor = next(part["resource"] for part in first.cast if part["kind"] == "practitioner")
    ending = {"cancelled_by": "clinic", "reason": "Flu"}
    assert rest.post(f"sessions/{first.uuid}/cancel/", ending).status == 200
    assert rest.post(f"sessions/{second.uuid}/confirm/", {}).status == 200

    def found(**asked):
        return {one["id"] for one in rest.get("sessions/", **asked).json["results"]}

    assert found(status="cancelled,confirmed") == {str(first.uuid), str(second.uuid)}
    assert str(first.uuid) in found(status="cancelled", resource=doctor)
    assert found(status="confirmed", site=str(world.site.uuid)) == {str(second.uuid)}
    assert found(status="confirmed", session_type=str(first.session_type.uuid)) == {str(second.uuid)}
    assert rest.get("sessions/", status="confirmed,nonsense").status == 400


@pytest.mark.django_db
def test_what_was_done_elsewhere_is_found_alone_and_left_out_and_heeds_the_other_filters():
    world = a_course_world()
    first, second, *_ = a_booked_course(world=world)
    rest = a_client_of(world)
    done = {"on": "2027-01-03", "place": "Clinic at Utrecht"}
    assert rest.post(f"sessions/{first.uuid}/elsewhere/", done).status == 200

    def found(**asked):
        return {one["id"] for one in rest.get("sessions/", **asked).json["results"]}

    assert found(done_elsewhere="true") == {str(first.uuid)}
    assert found(done_elsewhere="true", status="booked") == set()
    assert found(done_elsewhere="true", **{"from": "2027-01-04"}) == set()
    assert str(second.uuid) in found(done_elsewhere="false")
    assert str(first.uuid) not in found(done_elsewhere="false", status="completed,booked")
