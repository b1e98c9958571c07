"""How often one may ask."""

import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings as in_use
from django.test import RequestFactory

from clinic.models import AuditEntry, Patient
from clinic.sentences import verbatim
from clinic.web.limits import TooManyRequests, address_of
from clinic.web.tally import Tally
from tests.support.acts.feeds import a_feed, fetch
from tests.support.builders import a_clinic, a_key, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.house.source import ROOT
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


def test_what_is_allowed_is_more_than_anyone_needs():
    assert in_use.SEARCHES_A_MINUTE == 120
    assert in_use.KEY_REQUESTS_A_MINUTE == 600
    assert in_use.FEED_FETCHES_A_MINUTE == 60
    assert in_use.UNKNOWN_LINKS_A_MINUTE == 30


def test_who_searches_too_often_is_told_how_long_to_wait_and_sees_nobody(settings):
    settings.SEARCHES_A_MINUTE = 2
    clinic = a_clinic()
    desk = Desk(a_user(clinic=clinic), now=NOW + timedelta(seconds=20))
    desk.get("/patients/", search="mar")
    desk.get("/patients/")
    looks = AuditEntry.objects.count()

    page = desk.get("/patients/", search="mar")

    assert page.status == 429
    assert page.headers["Retry-After"] == "40"
    assert "Too many searches for patients within one minute. Wait 40 seconds, then go on." in page.text
    assert AuditEntry.objects.count() == looks


def test_the_next_minute_is_a_new_one(settings):
    settings.SEARCHES_A_MINUTE = 1
    desk = Desk(a_user(clinic=a_clinic()), now=NOW + timedelta(seconds=59))
    desk.get("/patients/")
    assert desk.get("/patients/").status == 429

    desk.now += timedelta(seconds=1)

    assert desk.get("/patients/").status == 200


def test_each_one_at_the_desk_has_their_own_measure(settings):
    settings.SEARCHES_A_MINUTE = 1
    clinic = a_clinic()
    first, second = Desk(a_user(clinic=clinic)), Desk(a_user(clinic=clinic))
    first.get("/patients/")

    assert first.get("/patients/").status == 429
    assert second.get("/patients/").status == 200


def test_a_program_that_searches_too_often_gets_a_problem(settings):
    settings.SEARCHES_A_MINUTE = 1
    rest = RestClient(secret=a_key(clinic=a_clinic())[1])
    rest.get("patients/")

    answer = rest.get("patients/")

    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "60"
    assert answer.json["retry_after"] == 60
    assert rest.get("sites/").status == 200


@pytest.mark.parametrize(("method", "path"), [("get", "sites/"), ("post", "patients/")])
def test_a_key_that_asks_too_often_is_refused_before_anything_is_read_or_written(method, path, settings):
    settings.KEY_REQUESTS_A_MINUTE = 1
    clinic = a_clinic()
    busy, other = (RestClient(secret=a_key(clinic=clinic)[1]) for _ in range(2))
    busy.get("sites/")

    answer = busy._ask(method, path, data={"given_name": "Ada", "family_name": "Byron"})

    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert not Patient.objects.exists()
    assert other.get("sites/").status == 200


def test_a_calendar_that_is_fetched_too_often_is_refused_in_plain_text(settings, client):
    settings.FEED_FETCHES_A_MINUTE = 1
    clinic = a_clinic()
    busy, other = a_feed(clinic=clinic), a_feed(clinic=clinic)
    fetch(client, busy.token)

    answer = fetch(client, busy.token)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().startswith("Too many fetches of one calendar within one minute.")
    assert b"VCALENDAR" not in answer.content
    assert fetch(client, other.token).status_code == 200


def test_who_tries_out_addresses_is_stopped_and_calendars_behind_the_same_address_are_not(settings, client):
    settings.UNKNOWN_LINKS_A_MINUTE = 2
    opened = a_feed(clinic=a_clinic())

    statuses = [fetch(client, f"guess-{number}").status_code for number in range(4)]

    assert statuses == [404, 404, 429, 429]
    assert fetch(client, opened.token).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_an_address_is_the_one_that_our_own_proxies_saw(proxies, told, address, settings):
    settings.PROXIES = proxies

    assert address_of(RequestFactory().get("/", headers={"X-Forwarded-For": told})) == address


def test_no_refusal_goes_out_without_its_wait():
    refusal = TooManyRequests("too_many_requests", verbatim("Wait."), {"retry_after": 7})

    assert refusal.wait_seconds == 7


COUNT = """
import sys
from pathlib import Path
from clinic.web.tally import Tally
tally = Tally(Path(sys.argv[1]), secret="s")
for _ in range(2000):
    last = tally.count(who="somebody", minute=5)
"""


def test_the_web_processes_of_a_host_count_together_and_lose_nothing(tmp_path):
    path = tmp_path / "tally"
    others = [subprocess.Popen([sys.executable, "-c", COUNT, str(path)], cwd=ROOT) for _ in range(2)]
    assert [other.wait(60) for other in others] == [0, 0]

    assert Tally(path, secret="s").count(who="somebody", minute=5) == 4001


def test_threads_of_one_process_lose_nothing_either(tmp_path):
    tally = Tally(tmp_path / "tally", secret="s")

    with ThreadPoolExecutor(8) as pool:
        counts = sorted(pool.map(lambda _: tally.count(who="somebody", minute=5), range(2000)))

    assert counts == list(range(1, 2001))


def test_the_file_has_its_room_on_the_disk_from_the_first_count_on(tmp_path):
    # What a sparse file lacks on a full disk ends the process that writes there: SIGBUS, and no exception.
    Tally(tmp_path / "tally", secret="s").count(who="somebody", minute=5)

    file = (tmp_path / "tally").stat()
    assert file.st_blocks * 512 >= file.st_size


def test_without_room_for_the_file_each_process_counts_for_itself(tmp_path):
    path, ours = tmp_path / "tally", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, ours[1]))
    try:
        tally = Tally(path, secret="s")
        counts = [tally.count(who="somebody", minute=5) for _ in range(3)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, ours)

    assert counts == [1, 2, 3]


def test_a_flood_of_addresses_neither_grows_the_file_nor_hides_who_asks_most(tmp_path):
    tally = Tally(tmp_path / "tally", secret="s")
    size_of = (tmp_path / "tally").stat
    for _ in range(50):
        tally.count(who="busy", minute=5)
    before = size_of().st_size

    for number in range(100_000):
        tally.count(who=f"address {number}", minute=5)

    assert tally.count(who="busy", minute=5) == 51
    assert size_of().st_size == before < 1_000_000


def test_the_file_names_nobody(tmp_path):
    path = tmp_path / "tally"

    Tally(path, secret="s").count(who="203.0.113.9", minute=5)

    assert b"203.0" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
