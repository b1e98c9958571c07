"""Who gets in, and how far: access keys and their scopes."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.access.keys import NewKey, issue_key, revoke_key, rotate_key
from clinic.access.members import remove_member
from clinic.errors import Refused
from clinic.identity.actors import Role, Scope
from clinic.models import AccessKey, Membership, Patient
from tests.support.builders import a_clinic, a_key, a_user, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db

ANY = UUID(int=4)
# Every door of the interface, and the one scope that opens it.
DOORS = [
    ("get", "patients/", Scope.PATIENTS_READ),
    ("post", "patients/", Scope.PATIENTS_WRITE),
    ("get", f"patients/{ANY}/", Scope.PATIENTS_READ),
    ("patch", f"patients/{ANY}/", Scope.PATIENTS_WRITE),
    ("put", "patients/by-external-id/till/K-1/", Scope.PATIENTS_WRITE),
    ("get", "protocols/", Scope.CALENDAR_READ),
    ("get", "session-types/", Scope.CALENDAR_READ),
    ("get", "resources/", Scope.CALENDAR_READ),
    ("get", "sites/", Scope.CALENDAR_READ),
    ("post", "plans/", Scope.BOOKING_WRITE),
    ("get", f"plans/{ANY}/", Scope.CALENDAR_READ),
    ("post", f"plans/{ANY}/proposals/", Scope.BOOKING_WRITE),
    ("post", f"plans/{ANY}/book/", Scope.BOOKING_WRITE),
    ("get", "sessions/", Scope.CALENDAR_READ),
    ("post", "sessions/", Scope.BOOKING_WRITE),
    ("get", f"sessions/{ANY}/", Scope.CALENDAR_READ),
    ("get", "leave/", Scope.CALENDAR_READ),
    ("post", f"resources/{ANY}/leave/", Scope.PLACES_WRITE),
    ("post", f"sites/{ANY}/closures/", Scope.PLACES_WRITE),
    ("post", f"leave/{ANY}/swap/", Scope.BOOKING_WRITE),
]


def ask(rest, method, path):
    return rest.get(path) if method == "get" else rest.send(method.upper(), path, {})


def test_a_new_key_opens_the_doors_of_its_scopes():
    clinic = a_clinic()
    boss = a_user(clinic=clinic)

    key, secret = issue_key(
        new=NewKey("Website", [Scope.PATIENTS_READ]),
        by=an_owner(clinic=clinic, user=boss),
        now=NOW,
    )

    assert RestClient(secret=secret).get("patients/").status == 200
    assert RestClient(secret=secret).get("sites/").status == 403
    assert (key.created_by, key.created_at, key.scopes) == (boss, NOW, ["patients:read"])


def test_of_a_key_only_a_digest_and_its_first_letters_are_kept():
    clinic = a_clinic()

    key, secret = issue_key(new=NewKey("Website", Scope), by=an_owner(clinic=clinic), now=NOW)

    stored = AccessKey.objects.values().get(pk=key.pk)
    assert secret.startswith(stored["prefix"])
    assert len(secret) - len(stored["prefix"]) > 32
    assert secret not in str(stored)


def test_nobody_makes_or_rotates_a_key_that_may_do_more_than_they():
    clinic = a_clinic()
    boss, manager = an_owner(clinic=clinic), an_actor(clinic=clinic, role=Role.ADMINISTRATOR)
    doctors = NewKey("Website", [Scope.BOOKING_WRITE, Scope.WAIVE_AS_PRACTITIONER])
    key = issue_key(new=doctors, by=boss, now=NOW).key

    for forbidden in (
        lambda: issue_key(new=doctors, by=manager, now=NOW),
        lambda: rotate_key(key=key, by=manager, now=NOW),
    ):
        with pytest.raises(Refused) as refused:
            forbidden()
        assert refused.value.code == "scopes_beyond_own"
        assert "booking:waive:practitioner" in refused.value.sentence

    assert list(AccessKey.objects.all()) == [key]
    own = NewKey("Website", [Scope.BOOKING_WRITE, Scope.WAIVE_AS_ADMINISTRATOR])
    assert rotate_key(key=issue_key(new=own, by=manager, now=NOW).key, by=manager, now=NOW)
    assert rotate_key(key=key, by=boss, now=NOW)


@pytest.mark.parametrize(("method", "path", "scope"), DOORS)
def test_no_door_opens_without_a_key(method, path, scope):
    answer = ask(RestClient(secret=None), method, path)

    assert (answer.status, answer.code) == (401, "key_missing")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "scope"), DOORS)
def test_a_door_opens_to_its_own_scope_alone(method, path, scope):
    clinic = a_clinic()
    _, all_but_one = a_key(clinic=clinic, scopes=[other for other in Scope if other is not scope])
    _, only_one = a_key(clinic=clinic, scopes=[scope])

    refused = ask(RestClient(secret=all_but_one), method, path)
    let_in = ask(RestClient(secret=only_one), method, path)

    assert (refused.status, refused.code) == (403, "scope_missing")
    assert scope in refused.json["detail"]
    assert let_in.status in {200, 400, 404, 422}
    assert not Patient.objects.exists()


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "Bearer x y", "bearer Ω"])
def test_a_key_that_is_none_is_refused(header):
    a_key(clinic=a_clinic())
    rest = RestClient(secret=None)

    answer = rest._ask("get", "sites/", headers={"Authorization": header})

    assert (answer.status, answer.code) == (401, "key_refused")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Token abc", "nonsense", ""])
def test_another_kind_of_proof_is_no_key(header):
    answer = RestClient(secret=None)._ask("get", "sites/", headers={"Authorization": header})

    assert (answer.status, answer.code) == (401, "key_missing")


def test_the_word_bearer_is_read_in_any_case():
    _, secret = a_key(clinic=a_clinic())

    answer = RestClient(secret=None)._ask("get", "sites/", headers={"Authorization": f"bearer {secret}"})

    assert answer.status == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"expires_at": NOW + timedelta(seconds=1)}, 200),
        ({"expires_at": NOW}, 401),
        ({"expires_at": NOW - timedelta(days=1)}, 401),
        ({"revoked_at": NOW}, 401),
        ({"revoked_at": NOW - timedelta(days=1)}, 401),
    ],
)
def test_an_expired_or_revoked_key_opens_nothing(fields, status):
    _, secret = a_key(clinic=a_clinic(), **fields)

    answer = RestClient(secret=secret).get("sites/")

    assert answer.status == status


def test_the_keys_of_a_disabled_user_open_nothing():
    clinic = a_clinic()
    boss = a_user(clinic=clinic)
    _, secret = a_key(clinic=clinic, created_by=boss)
    assert RestClient(secret=secret).get("sites/").status == 200

    boss.is_active = False
    boss.save()

    answer = RestClient(secret=secret).get("sites/")
    assert (answer.status, answer.code) == (401, "key_refused")


@pytest.mark.reads_clock
def test_a_signed_in_browser_is_no_client(client):
    clinic = a_clinic()
    client.force_login(a_user(clinic=clinic))

    answer = client.get("/api/v1/patients/")

    assert answer.status_code == 401


def last_used_at(key):
    return AccessKey.objects.get(pk=key.pk).last_used_at


def test_when_a_key_was_last_used_is_known_to_five_minutes():
    key, secret = a_key(clinic=a_clinic(), last_used_at=None)
    rest = RestClient(secret=secret)

    rest.get("sites/")
    rest.now = NOW + timedelta(minutes=4, seconds=59)
    rest.get("sites/")
    assert last_used_at(key) == NOW
    rest.now = NOW + timedelta(minutes=5)
    rest.get("sites/")

    assert last_used_at(key) == NOW + timedelta(minutes=5)


def test_a_refused_use_is_no_use():
    key, secret = a_key(clinic=a_clinic(), revoked_at=NOW, last_used_at=None)

    RestClient(secret=secret).get("sites/")

    assert last_used_at(key) is None


@pytest.mark.only_on("sqlite")  # by its own way to forbid writing
@pytest.mark.django_db(transaction=True)
def test_who_reads_is_served_though_nothing_can_be_written():
    _, secret = a_key(clinic=a_clinic(), last_used_at=None)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only=ON")
        try:
            answer = RestClient(secret=secret).get("sites/")
        finally:
            cursor.execute("PRAGMA query_only=OFF")

    assert answer.status == 200


def test_a_key_in_use_costs_no_write_within_five_minutes():
    _, secret = a_key(clinic=a_clinic())
    rest = RestClient(secret=secret)
    rest.get("sites/")

    with CaptureQueriesContext(connection) as asked:
        rest.get("sites/")

    assert [query["sql"] for query in asked if "UPDATE" in query["sql"]] == []


def test_a_revoked_key_is_dead_at_the_next_request_and_the_clinic_s_others_live():
    clinic = a_clinic()
    owner = an_owner(clinic=clinic)
    (dead, secret), (_, other) = a_key(clinic=clinic), a_key(clinic=clinic)
    assert RestClient(secret=secret).get("sites/").status == 200

    revoke_key(key=dead, by=owner, now=NOW)

    assert RestClient(secret=secret).get("sites/").status == 401
    assert RestClient(secret=other).get("sites/").status == 200


def test_the_keys_of_a_member_who_was_removed_are_dead_at_once():
    clinic = a_clinic()
    owner, gone = an_owner(clinic=clinic), a_user(clinic=clinic, role=Role.ADMINISTRATOR)
    _, secret = a_key(clinic=clinic, created_by=gone)
    assert RestClient(secret=secret).get("sites/").status == 200

    remove_member(member=Membership.objects.get(user=gone), by=owner, now=NOW)

    answer = RestClient(secret=secret).get("sites/")
    assert (answer.status, answer.code) == (401, "key_refused")


def test_the_new_key_of_a_rotation_works_at_once_and_the_old_one_for_a_day_more():
    clinic = a_clinic()
    old, old_secret = a_key(clinic=clinic, scopes=[Scope.CALENDAR_READ])

    new, new_secret = rotate_key(key=old, by=an_owner(clinic=clinic), now=NOW)

    def statuses(after):
        return [
            RestClient(secret=secret, now=NOW + after).get("sites/").status
            for secret in (old_secret, new_secret)
        ]

    assert statuses(timedelta(0)) == [200, 200]
    assert statuses(timedelta(hours=24) - timedelta(seconds=1)) == [200, 200]
    assert statuses(timedelta(hours=24)) == [401, 200]
    assert new.scopes == old.scopes
