"""The idle lock of the server: it holds without a script, and opens for who was acting."""

import pytest

from clinic.access.shared_desk import MOST_WRONG_TRIES
from clinic.models import AuditEntry, Clinic
from tests.support.cast import PASSWORD
from tests.support.sharing import OTHER_PIN, PIN, WRONG_PIN, is_lock, leave_alone, take_over, unlock

pytestmark = pytest.mark.django_db


def test_after_ten_idle_minutes_every_page_is_the_lock(world, desk):
    urls = [
        "/",
        "/patients/",
        "/patients/?search=vries",
        f"/patients/{world.patient.uuid}/",
        "/desk/",
        "/account/",
    ]
    leave_alone(desk)

    pages = [desk.get(url) for url in urls]

    assert all(is_lock(page) for page in pages)
    assert {page.status for page in pages} == {200}
    assert "de Vries" not in "".join(page.html for page in pages)
    assert "Marit" not in "".join(page.html for page in pages)


def test_a_desk_in_use_does_not_lock(desk):
    for _ in range(5):
        leave_alone(desk, minutes=8)
        assert not is_lock(desk.get("/"))


def test_a_desk_locks_at_most_a_minute_early(desk):
    leave_alone(desk, minutes=0.9)
    desk.get("/")

    leave_alone(desk, minutes=9)

    assert not is_lock(desk.get("/"))


@pytest.mark.reads_clock
def test_use_is_written_at_most_once_a_minute(desk, django_assert_num_queries):
    desk.get("/account/")
    leave_alone(desk, minutes=0.5)
    before = desk.client.session["idle_lock"]

    desk.get("/account/")

    assert desk.client.session["idle_lock"] == before
    leave_alone(desk, minutes=0.5)
    desk.get("/account/")
    assert desk.client.session["idle_lock"]["at"] == before["at"] + 60


def test_a_clinic_says_after_how_many_minutes(world, desk):
    Clinic.objects.filter(pk=world.clinic.pk).update(idle_lock_minutes=2)
    desk.get("/")

    leave_alone(desk, minutes=2)

    assert is_lock(desk.get("/"))


def test_a_locked_desk_stays_locked_however_often_it_is_asked(desk):
    leave_alone(desk)
    desk.get("/")

    leave_alone(desk, minutes=1)

    assert is_lock(desk.get("/"))


def test_the_password_opens_the_lock_and_leads_back(desk):
    leave_alone(desk)

    answer = unlock(desk, desk.get("/patients/?page=1"), PASSWORD)

    assert answer.location == "/patients/?page=1"
    assert "de Vries" in desk.follow(answer).text


def test_the_lock_leads_to_a_page_of_ours_alone(desk):
    leave_alone(desk)
    said = {"lock-acting": str(desk.user.uuid), "lock-secret": PASSWORD, "lock-next": "https://evil.example/"}

    assert desk.post("/desk/unlock/", said).location == "/"


def test_a_wrong_password_keeps_the_lock(desk):
    leave_alone(desk)

    page = unlock(desk, desk.get("/patients/"), "not the password")

    assert page.status == 422
    assert "That is not the password of Noor Bakker" in page.text
    assert is_lock(desk.get("/"))
    assert unlock(desk, page, PASSWORD).location == "/patients/"


def test_after_five_wrong_passwords_the_session_is_over(desk):
    leave_alone(desk)
    page = desk.get("/")

    answers = [unlock(desk, page, "not the password") for _ in range(MOST_WRONG_TRIES)]

    assert [answer.status for answer in answers] == [422] * 4 + [302]
    assert "After 5 wrong tries you are signed out" in desk.follow(answers[-1]).text
    assert desk.get("/").location.startswith("/sign-in/")
    assert AuditEntry.objects.filter(act="sign_in_refused").count() == MOST_WRONG_TRIES


def test_the_pin_opens_the_lock_of_a_shared_desk(shared):
    leave_alone(shared.desk)
    page = shared.desk.get("/patients/")

    answer = unlock(shared.desk, page, PIN)

    assert "PIN or password of Noor Bakker" in page.text
    assert answer.location == "/patients/"
    assert not is_lock(shared.desk.get("/"))


def test_what_a_pin_has_opened_is_by_pin(shared):
    assert "You came in by PIN" not in shared.desk.get("/desk/").text
    leave_alone(shared.desk)

    unlock(shared.desk, shared.desk.get("/"), PIN)

    assert "You came in by PIN" in shared.desk.get("/desk/").text


def test_wrong_pins_at_the_lock_count_as_wrong_pins_anywhere(shared):
    leave_alone(shared.desk)
    page = shared.desk.get("/")

    refused = [unlock(shared.desk, page, WRONG_PIN) for _ in range(MOST_WRONG_TRIES)]

    assert "4 tries are left" in refused[0].text
    assert "void" in unlock(shared.desk, page, PIN).text
    assert take_over(shared.desk, shared.noor, PIN).status == 422
    assert "Password of Noor Bakker" in shared.desk.get("/").text
    assert unlock(shared.desk, page, PASSWORD).location == "/"


def test_the_pin_of_another_does_not_open_the_lock(shared):
    leave_alone(shared.desk)

    assert unlock(shared.desk, shared.desk.get("/"), OTHER_PIN).status == 422


def test_another_may_take_over_a_locked_desk(shared):
    leave_alone(shared.desk)
    page = shared.desk.get("/patients/")

    answer = take_over(shared.desk, shared.bo, OTHER_PIN)

    assert "/desk/switch/" in page.seen.links
    assert "Bo Smit" in shared.desk.follow(answer).text


def test_who_locks_up_may_sign_out_instead(desk):
    leave_alone(desk)

    answer = desk.send(desk.get("/"), "Sign out")

    assert desk.follow(answer).status == 200
    assert desk.get("/").location.startswith("/sign-in/")
