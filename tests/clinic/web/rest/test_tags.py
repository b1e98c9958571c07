"""Tags: one rule for what was read, what is asked for again, and what is changed."""

import gzip

import pytest

from clinic.web.rest.contract import Does
from scheduling.models import Session
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.matrix.doors import address, contracts_of, doors, paths
from tests.support.matrix.rows import rows_of_a_clinic
from tests.support.openapi.bodies import body_for
from tests.support.rest import a_client_of

pytestmark = pytest.mark.django_db

CONTRACTS = {name: contracts_of(pattern.callback) for name, pattern in paths()}


def endpoints(*does):
    return [
        door
        for door in doors()
        if not door.is_page and CONTRACTS[door.name][door.method].does in does and door.method != "GET"
    ]


@pytest.fixture
def rows():
    return rows_of_a_clinic()


@pytest.fixture
def rest(rows):
    return a_client_of(rows.world)


def test_what_has_not_changed_is_not_sent_again(rows, rest):
    reads = [door for door in doors() if not door.is_page and door.method == "GET"]

    for door in reads:
        where = address(door, rows)
        first = rest.get(where)
        again = rest._ask("get", where, headers={"If-None-Match": first.headers["ETag"]})
        other = rest._ask("get", where, headers={"If-None-Match": '"0", W/"nonsense"'})

        assert first.status == 200, door
        # An export is made anew each time, and says when.
        if door.name != "api-patient-export":
            assert (again.status, again.text) == (304, ""), door
            assert again.headers["ETag"] == first.headers["ETag"]
        assert (other.status, bool(other.text)) == (200, True), door


def test_what_changed_is_sent_though_the_version_of_the_path_stays(rows, rest):
    where = f"plans/{rows.plan.uuid}/"
    first = rest.get(where)

    # As where others change seats: the session is another one, and the course has the version that it had.
    Session.objects.filter(pk=rows.session.pk).update(record={"kit-lot": "K-17"})
    again = rest._ask("get", where, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status, again.status) == (200, 200)
    assert first.version == again.version


def test_whatever_changes_what_its_path_names_asks_which_version_was_read(rows, rest):
    changing = endpoints(Does.CHANGES)

    answers = {
        door: rest.send(door.method, address(door, rows), body_for(door, rows), If_Match=None).code
        for door in changing
    }

    assert len(answers) > 15
    assert set(answers.values()) == {"version_missing"}


def test_an_old_version_is_refused_wherever_one_is_heard(rows, rest):
    heard = endpoints(Does.CHANGES, Does.REPEATS)

    for door in heard:
        answer = rest.send(
            door.method, address(door, rows), body_for(door, rows), If_Match='"4711", W/"4712-abc"'
        )
        assert (answer.status, answer.code) == (412, "version_stale"), door


def test_what_was_read_may_be_named_with_its_digest_or_without(rows, rest):
    where = f"plans/{rows.plan.uuid}/"
    tag = rest.get(where).headers["ETag"]
    said = {"reason": "Abroad", "give_back": True}

    with_digest = rest.post(f"{where}pause/", said, If_Match=tag)
    without = rest.post(f"{where}resume/", {}, If_Match=f'W/"{with_digest.version}"')

    assert (with_digest.status, without.status) == (200, 200)


def test_what_only_looks_refuses_a_key_that_it_would_pass_over(rows, rest):
    for door in endpoints(Does.READS):
        answer = rest.send(door.method, address(door, rows), body_for(door, rows), Idempotency_Key="once")
        assert (answer.status, answer.code) == (400, "useless_idempotency_key"), door


def test_an_answer_is_compressed_for_who_can_read_it_and_its_tag_is_as_good(rows, rest):
    where = f"/api/v1/plans/{rows.plan.uuid}/"
    plain = rest.get(where)
    headers = {"Authorization": f"Bearer {rest.secret}", "Accept-Encoding": "gzip"}

    with clocks_show(NOW):
        packed = rest.client.get(where, headers=headers)
        again = rest.client.get(where, headers=headers | {"If-None-Match": packed.headers["ETag"]})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content).decode() == plain.text
    assert packed.headers["ETag"] == f"W/{plain.headers['ETag']}"
    assert again.status_code == 304
