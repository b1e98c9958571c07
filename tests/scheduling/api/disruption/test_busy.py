"""Busy elsewhere: another system closes the time of a resource, by ids of its own."""

import pytest

from clinic.errors import Malformed, NotAllowed, Unknown
from clinic.hours.busy_elsewhere import NewBusyTime, forget_busy, note_busy
from clinic.identity.actors import Role, Scope
from clinic.models import AuditEntry, BusyTime, Leave
from tests.support.acts.absences import a_session, at
from tests.support.builders import a_key, an_actor
from tests.support.cast import NOW
from tests.support.database.log import logged, told
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

MORNING = {"starts_at": "2027-01-05T09:00:00+01:00", "ends_at": "2027-01-05T12:00:00+01:00"}


@pytest.fixture
def rest(world: World) -> RestClient:
    return a_client_of(world)


def path(world: World, name: str = "roster-1") -> str:
    return f"resources/{world.doctors[0].uuid}/busy/{name}/"


def bookable(rest: RestClient, world: World, clock: str) -> int:
    said = {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "practitioner": str(world.doctors[0].uuid),
        "starts_at": at(clock).isoformat(),
    }
    return rest.post("sessions/", said).status


def test_busy_time_is_closed_moved_and_open_again(world, rest):
    noted = rest.put(path(world), MORNING)
    closed = bookable(rest, world, "10:00")
    moved = rest.put(path(world), MORNING | {"starts_at": "2027-01-05T11:00:00+01:00"})
    after_moving = bookable(rest, world, "10:00")
    still_closed = bookable(rest, world, "11:00")
    gone = rest.delete(path(world))

    assert (noted.status, closed) == (201, 422)
    assert (moved.status, moved.version, after_moving, still_closed) == (200, 2, 201, 422)
    assert gone.json["forgotten"]["external_id"] == "roster-1"
    assert bookable(rest, world, "13:00") == 201
    assert not BusyTime.objects.exists()


def test_the_same_put_twice_changes_nothing(world, rest):
    first = rest.put(path(world), MORNING)
    entries = AuditEntry.objects.filter(act="noted_busy").count()

    with logged(world.clinic) as written:
        second = rest.put(path(world), MORNING)

    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json
    assert (written, entries) == ([], 1)
    assert AuditEntry.objects.filter(act="noted_busy").count() == 1


def test_what_is_booked_there_is_named_and_stays(world, rest):
    session = a_session(world, "10:00", practitioner=world.doctors[0])
    a_session(world, "10:00", practitioner=world.doctors[1])

    answer = rest.put(path(world), MORNING)

    assert (answer.json["conflict_count"], answer.json["conflicts"]) == (1, [str(session.uuid)])
    session.refresh_from_db()
    assert session.status == "booked"


def test_it_is_no_leave_and_has_no_title(world, rest):
    rest.put(path(world), MORNING)

    assert rest.get("leave/").json["results"] == []
    assert not Leave.objects.exists()
    [row] = rest.get(f"resources/{world.doctors[0].uuid}/busy/").json["results"]
    assert row == {"external_id": "roster-1", "version": 1, **MORNING}
    assert rest.get(f"resources/{world.doctors[1].uuid}/busy/").json["results"] == []


def test_each_resource_has_names_of_its_own(world, rest):
    other = f"resources/{world.doctors[1].uuid}/busy/roster-1/"

    assert rest.put(path(world), MORNING).status == rest.put(other, MORNING).status == 201
    assert rest.delete(other).status == 200
    assert BusyTime.objects.get().resource == world.doctors[0]


def test_the_log_tells_of_it_in_the_diary_of_the_resource(world):
    new = NewBusyTime(world.doctors[0], "roster-1", at("09:00"), at("12:00"))

    with logged(world.clinic) as written:
        busy = note_busy(new=new, by=world.owner, now=NOW).busy
        forget_busy(resource=world.doctors[0], external_id="roster-1", by=world.owner, now=NOW)

    assert [told(change) for change in written] == [("busy_time", busy.uuid, 1), ("busy_time", busy.uuid, 2)]
    assert [change.diaries_after for change in written] == [[world.doctors[0].diary_id], []]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({}, 400, "malformed"),
        (MORNING | {"title": "Golf"}, 400, "malformed"),
        (MORNING | {"starts_at": "2027-02-30T09:00:00+01:00"}, 400, "malformed"),
        (MORNING | {"ends_at": MORNING["starts_at"]}, 422, "absence_reversed"),
    ],
)
def test_what_is_no_stretch_is_refused_and_nothing_is_written(world, rest, said, status, code):
    answer = rest.put(path(world), said)

    assert (answer.status, answer.code) == (status, code)
    assert not BusyTime.objects.exists()


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines"])
def test_a_name_that_cannot_be_kept_is_malformed(world, name):
    with pytest.raises(Malformed) as malformed:
        note_busy(new=NewBusyTime(world.doctors[0], name, at("09:00"), at("12:00")), by=world.owner, now=NOW)

    assert malformed.value.code == "malformed_external_id"


def test_what_is_forgotten_or_never_was_is_not_there(world, rest):
    rest.put(path(world), MORNING)

    answers = [rest.delete(path(world)), rest.delete(path(world))]

    assert [answer.status for answer in answers] == [200, 404]
    assert answers[1].code == "unknown_busy_time"


def test_who_names_another_version_changes_nothing(world, rest):
    rest.put(path(world), MORNING)

    assert rest.put(path(world), MORNING, If_Match='"7"').status == 412
    assert rest.delete(path(world), If_Match='"7"').status == 412
    assert BusyTime.objects.count() == 1


def test_only_who_manages_the_places_and_only_in_their_clinic(world, rest):
    theirs = a_course_world(zone="Europe/Berlin")
    places = RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.PLACES_WRITE])[1])
    reader = RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])
    new = NewBusyTime(world.doctors[0], "roster-1", at("09:00"), at("12:00"))

    assert places.put(path(world), MORNING).status == 201
    assert reader.put(path(world), MORNING).code == "scope_missing"
    assert rest.put(path(theirs), MORNING).code == "unknown_resource"
    with pytest.raises(NotAllowed):
        note_busy(new=new, by=an_actor(clinic=world.clinic, role=Role.RECEPTIONIST), now=NOW)
    with pytest.raises(Unknown):
        note_busy(new=new, by=theirs.owner, now=NOW)
