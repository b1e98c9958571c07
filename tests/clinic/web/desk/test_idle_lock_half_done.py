"""What was half done when the desk locked: it goes on once, for the one who began it, and for nobody else."""

import pytest

from clinic.access.shared_desk import MOST_WRONG_TRIES
from clinic.models import Clinic, Patient
from tests.support.sharing import OTHER_PIN, PIN, WRONG_PIN, ask, is_lock, leave_alone, take_over, unlock

pytestmark = pytest.mark.django_db

NEW_PATIENT = {
    "given_name": "Ilse",
    "family_name": "Kwikstaart",
    "language": "nl",
    "message_consent": "yes",
    "phone": "+31 20 123 45 67",
}


def test_a_form_that_meets_the_lock_goes_on_once_when_it_is_open(shared):
    form = shared.desk.get("/patients/new/")
    leave_alone(shared.desk)

    lock = shared.desk.send(form, "Register the patient", **NEW_PATIENT)
    assert is_lock(lock)
    assert not Patient.objects.filter(family_name="Kwikstaart").exists()
    answer = unlock(shared.desk, lock, PIN)
    again = unlock(shared.desk, lock, PIN)

    patient = Patient.objects.get(family_name="Kwikstaart")
    assert answer.location == f"/patients/{patient.uuid}/"
    assert patient.phone == "+31201234567"
    assert again.location == "/"
    assert "This was sent already" in shared.desk.get("/").text


def test_a_wrong_try_keeps_the_form_that_met_the_lock(shared):
    form = shared.desk.get("/patients/new/")
    leave_alone(shared.desk)
    lock = shared.desk.send(form, "Register the patient", **NEW_PATIENT)

    refused = unlock(shared.desk, lock, WRONG_PIN)
    unlock(shared.desk, refused, PIN)

    assert refused.status == 422
    assert Patient.objects.filter(family_name="Kwikstaart").count() == 1


def test_a_field_with_several_values_is_carried_whole(world, shared):
    url = f"/patients/{world.patient.uuid}/prescribe/"
    leave_alone(shared.desk)

    lock = shared.desk.post(url, {"weekdays": ["1", "3"], "indication": "<b>\"'"})

    assert lock.form("Unlock").fields["weekdays"] == ["1", "3"]
    assert lock.form("Unlock").fields["indication"] == ["<b>\"'"]


def test_a_form_that_met_the_lock_is_gone_for_another(shared):
    form = shared.desk.get("/patients/new/")
    leave_alone(shared.desk)
    lock = shared.desk.send(form, "Register the patient", **NEW_PATIENT)

    take_over(shared.desk, shared.bo, OTHER_PIN)
    answers = [unlock(shared.desk, lock, secret) for secret in (PIN, OTHER_PIN)]

    assert [answer.location for answer in answers] == ["/", "/"]
    assert "Someone else had begun this" in shared.desk.get("/").text
    assert not Patient.objects.filter(family_name="Kwikstaart").exists()


def test_a_form_with_the_marks_of_the_lock_and_no_secret_is_not_sent(desk):
    said = NEW_PATIENT | {"lock-id": "made-up", "lock-acting": str(desk.user.uuid)}

    assert desk.post("/patients/new/", said).location == "/"
    assert not Patient.objects.filter(family_name="Kwikstaart").exists()


def test_typing_for_long_keeps_the_desk_open(desk):
    for _ in range(4):
        leave_alone(desk, minutes=4)
        assert ask(desk, "/desk/awake/") == (204, None)

    assert not is_lock(desk.get("/"))


def test_a_locked_desk_is_not_woken_by_typing(desk):
    leave_alone(desk)

    status, said = ask(desk, "/desk/awake/")

    assert (status, said["state"]) == (200, "locked")
    assert is_lock(desk.get("/"))


def test_the_script_unlocks_without_leaving_the_page(shared):
    leave_alone(shared.desk)
    acting = str(shared.noor.uuid)

    refused = ask(shared.desk, "/desk/unlock/", {"lock-acting": acting, "lock-secret": WRONG_PIN})
    opened = ask(shared.desk, "/desk/unlock/", {"lock-acting": acting, "lock-secret": PIN})

    assert refused[0] == 422
    assert "4 tries are left" in refused[1]["sentence"]
    assert opened == (200, {"state": "open", "sentence": ""})
    assert not is_lock(shared.desk.get("/"))


def test_the_script_is_asked_for_the_secret_even_where_the_server_is_open(shared):
    said = {"lock-acting": str(shared.noor.uuid), "lock-secret": WRONG_PIN}

    status, answer = ask(shared.desk, "/desk/unlock/", said)

    assert (status, answer["state"]) == (422, "refused")


def test_the_script_of_one_opens_nothing_for_another(shared):
    take_over(shared.desk, shared.bo, OTHER_PIN)

    said = {"lock-acting": str(shared.noor.uuid), "lock-secret": OTHER_PIN}

    assert ask(shared.desk, "/desk/unlock/", said)[1]["state"] == "someone_else"


def test_the_script_hears_when_the_session_is_over(desk):
    leave_alone(desk)
    said = {"lock-acting": str(desk.user.uuid), "lock-secret": "not the password"}

    states = [ask(desk, "/desk/unlock/", said)[1]["state"] for _ in range(MOST_WRONG_TRIES)]

    assert states == ["refused"] * 4 + ["signed_out"]


def test_pages_tell_the_script_after_how_many_minutes(world, desk):
    Clinic.objects.filter(pk=world.clinic.pk).update(idle_lock_minutes=7)

    assert 'data-idle-minutes="7"' in desk.get("/").html
