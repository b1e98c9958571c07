"""Hours over REST: the week and single dates, of a site and of who works there."""

import pytest

from clinic.identity.actors import Scope
from clinic.models import DayHours, WeeklyHours
from tests.support.acts.absences import a_session
from tests.support.builders import a_key, a_practitioner
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

TUESDAY = {"from": "2027-01-05", "until": "2027-01-05"}
EVENING = {"weekday": 2, "opens": "17:00", "closes": "20:00"}


@pytest.fixture
def rest(world: World) -> RestClient:
    return a_client_of(world)


def of_site(world: World) -> str:
    return f"sites/{world.site.uuid}/hours/"


def of(world: World, resource) -> str:
    return f"sites/{world.site.uuid}/resources/{resource.uuid}/hours/"


def test_the_week_is_read_as_it_can_be_sent_back(world, rest):
    week = rest.get(of_site(world), on="2027-01-04").json

    answer = rest.put(of_site(world), {key: week[key] for key in ("from", "hours")}, If_Match="*")

    assert week["hours"][0] == {
        "weekday": 1,
        "opens": "09:00",
        "closes": "17:00",
        "every_weeks": 1,
        "counted_from": None,
        "valid_until": None,
    }
    assert answer.status == 200
    assert answer.json["week"]["hours"] == week["hours"]
    assert answer.json["left_out"] == []


def test_an_evening_that_is_set_can_be_booked_at_once(world, rest):
    doctor = a_practitioner(clinic=world.clinic, name="Dr Vos")
    said = {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "practitioner": str(doctor.uuid),
        "starts_at": "2027-01-05T18:00:00+01:00",
    }
    asked = {name: said[name] for name in ("session_type", "practitioner")} | TUESDAY
    before, free = rest.post("sessions/", said), rest.get("starts/", **asked).json["starts"]

    for path in (of_site(world), of(world, doctor)):
        assert rest.put(path, {"from": "2027-01-04", "hours": [EVENING]}).status == 200

    found = [start["starts_at"][11:16] for start in rest.get("starts/", **asked).json["starts"]]
    assert (free, found[0], found[-1]) == ([], "17:00", "19:30")
    assert (before.status, rest.post("sessions/", said).status) == (422, 201)


def test_what_the_hours_leave_out_is_told_and_stays(world, rest):
    session = a_session(world, "15:00", practitioner=world.doctors[0])

    answer = rest.put(of(world, world.doctors[0]), {"from": "2027-01-04", "hours": []})

    assert [one["id"] for one in answer.json["left_out"]] == [str(session.uuid)]
    assert answer.json["week"]["hours"] == []
    session.refresh_from_db()
    assert session.status == "booked"


def test_who_read_other_hours_is_told_to_read_again(world, rest):
    version = rest.get(of_site(world)).version
    said = {"from": "2027-01-04", "hours": [EVENING]}

    unread = rest.put(of_site(world), said, If_Match=None)
    first = rest.put(of_site(world), said, If_Match=f'"{version}"')
    second = rest.put(of_site(world), said, If_Match=f'"{version}"')

    assert (unread.status, first.status, second.status) == (428, 200, 412)
    assert first.version > version


def test_every_second_week_stays_where_it_was_when_the_week_is_sent_back(world, rest):
    path = of(world, world.doctors[0])
    alternate = {"weekday": 1, "opens": "09:00", "closes": "17:00", "every_weeks": 2}
    rest.put(path, {"from": "2027-01-04", "hours": [alternate]})

    week = rest.get(path, on="2027-01-12").json
    rest.put(path, {key: week[key] for key in ("from", "hours")})

    assert week["hours"][0]["counted_from"] == "2027-01-04"
    row = WeeklyHours.objects.filter(resource=world.doctors[0]).latest("pk")
    assert (str(row.valid_from), str(row.counted_from)) == ("2027-01-12", "2027-01-04")


def test_a_date_is_set_read_and_taken_back(world, rest):
    late = a_session(world, "15:00")
    path = f"{of_site(world)}2027-01-05/"
    said = {"hours": [{"opens": "09:00", "closes": "12:00"}], "note": "Training"}

    before, answer, again = rest.get(path), rest.put(path, said), rest.put(path, said)
    after, gone, twice = rest.get(path), rest.delete(path), rest.delete(path)

    assert (before.json["is_own"], before.json["hours"]) == (False, [{"opens": "09:00", "closes": "17:00"}])
    assert [one["id"] for one in answer.json["left_out"]] == [str(late.uuid)]
    assert again.json["left_out"] == []
    assert after.json == {"on": "2027-01-05", "is_own": True, **said}
    assert (gone.status, twice.status) == (200, 200)
    assert gone.json["day"] == twice.json["day"] == before.json
    assert not DayHours.objects.exists()


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"from": "2027-01-04"}, 400, "malformed"),
        ({"from": "2027-02-30", "hours": []}, 400, "malformed"),
        ({"from": "0000-01-01", "hours": []}, 400, "malformed"),
        ({"from": "2027-01-04", "hours": [EVENING | {"opens": "25:00"}]}, 400, "malformed_time"),
        ({"from": "2027-01-04", "hours": [EVENING | {"weekday": 0}]}, 400, "malformed_weekday"),
        ({"from": "2027-01-04", "hours": [EVENING | {"every_weeks": 0}]}, 400, "malformed_weeks"),
        ({"from": "2027-01-04", "hours": [EVENING, EVENING]}, 422, "hours_overlap"),
        ({"from": "2027-01-04", "hours": [EVENING | {"closes": "17:00"}]}, 422, "hours_empty"),
        (
            {"from": "2027-01-04", "hours": [EVENING | {"valid_until": "2027-01-03"}]},
            422,
            "valid_until_reversed",
        ),
    ],
)
def test_a_week_that_cannot_be_is_refused_and_nothing_is_written(world, rest, said, status, code):
    before = set(WeeklyHours.objects.values_list("pk", "version"))

    answer = rest.put(of_site(world), said)

    assert (answer.status, answer.code) == (status, code)
    assert set(WeeklyHours.objects.values_list("pk", "version")) == before


@pytest.mark.parametrize("on", ["2027-02-30", "0000-01-01", "tomorrow"])
def test_a_date_that_never_was_is_refused(world, rest, on):
    path = f"{of_site(world)}{on}/"

    for answer in (rest.get(path), rest.put(path, {"hours": []}), rest.delete(path)):
        assert (answer.status, answer.code) == (400, "malformed_day")
    assert not DayHours.objects.exists()


def test_only_a_key_that_may_write_places_sets_hours_and_only_here(world, rest):
    theirs = a_course_world(zone="Europe/Berlin")
    reader = RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.CALENDAR_READ])[1])
    places = RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.PLACES_WRITE])[1])
    said = {"from": "2027-01-04", "hours": [EVENING]}

    assert reader.get(of_site(world)).status == 200
    assert reader.put(of_site(world), said).code == "scope_missing"
    assert places.put(of_site(world), said).status == 200
    assert rest.put(of_site(theirs), said).code == "unknown_site"
    assert rest.put(of(world, theirs.doctors[0]), said).code == "unknown_resource"


def test_time_is_kept_free_over_rest_and_has_an_end(world, rest):
    path = f"resources/{world.doctors[0].uuid}/leave/"
    said = {"starts_at": "2027-01-05T10:00:00+01:00", "kind": "kept_free", "reason": "Paperwork"}

    endless = rest.post(path, said)
    kept = rest.post(path, said | {"ends_at": "2027-01-05T12:00:00+01:00"})

    assert (endless.status, endless.code) == (422, "kept_free_endless")
    assert (kept.status, kept.json["leave"]["kind"]) == (201, "kept_free")
    assert [row["kind"] for row in rest.get("leave/").json["results"]] == ["kept_free"]
