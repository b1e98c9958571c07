"""Feeds over REST: the address is told once and kept nowhere, not even among recorded answers."""

import json

import pytest

from clinic.access.members import remove_member
from clinic.identity.actors import Role, Scope
from clinic.models import AuditEntry, IdempotentReply, Membership
from scheduling.icalendar.feeds import feed_at
from scheduling.models import Feed
from tests.support.acts.feeds import a_feed, fetch
from tests.support.builders import a_key, a_user, an_actor
from tests.support.cast import NOW
from tests.support.rest import RestClient
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(world) -> RestClient:
    return RestClient(secret=a_key(clinic=world.clinic, scopes=[Scope.FEEDS_WRITE])[1])


def token_in(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(".ics")


def test_a_program_opens_a_feed_that_a_phone_reads_and_is_never_told_its_address_again(
    client, world, program
):
    said = {"label": "Room 1", "detail": "busy", "resource": str(world.treatment_rooms[0].uuid)}

    opened = program.post("feeds/", said)

    address = opened.json["address"]
    assert opened.status == 201
    assert address.startswith("http://testserver/feeds/")
    assert fetch(client, token_in(address)).status_code == 200
    shown = program.get(f"feeds/{opened.json['id']}/")
    [listed] = program.get("feeds/").json["results"]
    assert shown.json == listed
    assert "address" not in listed
    assert (listed["resource"], listed["detail"], listed["is_open"]) == (said["resource"], "busy", True)
    assert listed["last_used_at"] == NOW.isoformat()


@pytest.mark.parametrize("whose", ["site", "patient"])
def test_a_feed_is_of_a_site_or_a_patient_and_who_saw_which_patient_is_in_the_trail(world, program, whose):
    row = {"site": world.site, "patient": world.patient}[whose]

    opened = program.post("feeds/", {"label": "One", whose: str(row.uuid)}).json

    assert opened[whose] == str(row.uuid)
    assert program.get("feeds/").json["results"][0][whose] == str(row.uuid)
    looks = AuditEntry.objects.filter(act="saw_patients", patients=world.patient.uuid.hex).count()
    assert looks == (2 if whose == "patient" else 0)


def test_the_same_request_again_opens_one_feed_and_nobody_keeps_its_address(world, program):
    said, named = {"label": "Everything"}, {"Idempotency_Key": "once"}

    first = program.post("feeds/", said, **named)
    again = program.post("feeds/", said, **named)

    assert Feed.objects.count() == 1
    assert again.json == {**first.json, "address": None}
    assert again.status == 201
    token = token_in(first.json["address"])
    assert token not in json.dumps(list(IdempotentReply.objects.values("headers", "body")))


def test_a_feed_gets_another_address_from_whoever_read_how_it_stands(world, program):
    feed, token = a_feed(clinic=world.clinic)

    assert program.post(f"feeds/{feed.uuid}/rotate/", {}, If_Match=None).status == 428
    assert program.post(f"feeds/{feed.uuid}/rotate/", {}, If_Match='"7"').status == 412
    assert feed_at(token=token) == feed
    rotated = program.post(f"feeds/{feed.uuid}/rotate/", {}, If_Match='"1"')

    assert (rotated.status, rotated.version) == (200, 2)
    assert feed_at(token=token) is None
    assert feed_at(token=token_in(rotated.json["address"])) == feed


def test_a_feed_is_shut_once_and_stays_so(world, program):
    feed, token = a_feed(clinic=world.clinic)

    answers = [program.post(f"feeds/{feed.uuid}/revoke/", {}) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert [answer.json["is_open"] for answer in answers] == [False, False]
    assert feed_at(token=token) is None
    assert program.post(f"feeds/{feed.uuid}/rotate/", {}).code == "feed_revoked"


def test_what_a_program_opened_goes_with_the_member_who_made_its_key(client, world):
    user = a_user(clinic=world.clinic, role=Role.ADMINISTRATOR)
    by = an_actor(clinic=world.clinic, role=Role.ADMINISTRATOR, user=user)
    _, secret = a_key(clinic=world.clinic, scopes=[Scope.FEEDS_WRITE], created_by=user)
    token = token_in(RestClient(secret).post("feeds/", {"label": "Everything"}).json["address"])
    assert fetch(client, token).status_code == 200

    remove_member(member=Membership.objects.get(user=by.user_id), by=world.owner, now=NOW)

    assert fetch(client, token).status_code == 404
    assert RestClient(secret).get("feeds/").status == 401


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"label": " "}, 400, "malformed"),
        ({"label": "\u202e"}, 400, "malformed_label"),
        ({"label": "x" * 101}, 400, "malformed_label"),
        ({"label": "One", "detail": "all"}, 400, "malformed"),
        ({"label": "One", "site": "x"}, 400, "malformed"),
        ({"label": "One", "colour": "red"}, 400, "malformed"),
    ],
)
def test_what_makes_no_feed_is_refused_and_opens_none(program, said, status, code):
    answer = program.post("feeds/", said)

    assert (answer.status, answer.code) == (status, code)
    assert not Feed.objects.exists()


def test_two_at_once_make_no_feed(world, program):
    said = {"label": "One", "site": str(world.site.uuid), "patient": str(world.patient.uuid)}

    assert program.post("feeds/", said).status == 400
    assert not Feed.objects.exists()


def test_a_key_without_the_scope_does_nothing_with_feeds(world):
    feed, token = a_feed(clinic=world.clinic)
    scopes = [scope for scope in Scope if scope is not Scope.FEEDS_WRITE and "waive" not in scope]
    other = RestClient(secret=a_key(clinic=world.clinic, scopes=scopes)[1])

    assert other.get("feeds/").code == "scope_missing"
    assert other.post("feeds/", {"label": "One"}).code == "scope_missing"
    for act in ("rotate", "revoke"):
        assert other.post(f"feeds/{feed.uuid}/{act}/", {}).code == "scope_missing"
    assert feed_at(token=token) == feed


def test_what_is_of_another_clinic_is_not_there(program):
    foreign = a_course_world()
    feed, token = a_feed(clinic=foreign.clinic)

    rows = {"site": foreign.site, "resource": foreign.doctors[0], "patient": foreign.patient}

    for whose, row in rows.items():
        answer = program.post("feeds/", {"label": "One", whose: str(row.uuid)})
        assert (answer.status, answer.code) == (404, f"unknown_{whose}")
    assert program.get(f"feeds/{feed.uuid}/").status == 404
    for act in ("rotate", "revoke"):
        assert program.post(f"feeds/{feed.uuid}/{act}/", {}).status == 404
    assert program.get("feeds/").json["results"] == []
    assert feed_at(token=token) == feed
