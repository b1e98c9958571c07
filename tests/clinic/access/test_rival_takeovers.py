"""Many tries at the same moment are worth no more than one after the other."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from clinic.access.shared_desk import MOST_WRONG_TRIES, take_over
from clinic.errors import Refused
from clinic.models import AuditEntry, DeskPin, Patient
from tests.support.builders import a_user
from tests.support.cast import NOW, PASSWORD
from tests.support.desk import Desk
from tests.support.rest import all_at_once
from tests.support.sharing import PIN, a_pin, a_trusted_device, leave_alone, shared_by_two, unlock

RIVALS = 20

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def sent_by_a_twin(desk: Desk, url: str, said: dict[str, str]) -> Any:
    """The same browser once more: a request of its own, with the same cookies."""
    twin = Client()
    for name, cookie in desk.client.cookies.items():
        twin.cookies[name] = cookie.value
    return lambda: twin.post(url, said)


def test_twenty_wrong_pins_at_once_are_five_tries(world):
    noor = a_user(clinic=world.clinic, name="Noor")
    device = a_trusted_device(clinic=world.clinic).device
    a_pin(device=device, user=noor)

    def guess(pin: str) -> Any:
        def code():
            with pytest.raises(Refused) as refused:
                take_over(device=device, user=noor.uuid, pin=pin, now=NOW)
            return refused.value.code

        return code

    codes: list[Any] = all_at_once([guess(str(9020 + number)) for number in range(RIVALS)])

    assert sorted(codes) == ["pin_refused"] * (MOST_WRONG_TRIES - 1) + ["pin_void"] * (RIVALS - 4)
    assert DeskPin.objects.get().wrong_tries == MOST_WRONG_TRIES
    assert guess(PIN)() == "pin_void"
    assert AuditEntry.objects.filter(act="pin_refused").count() == RIVALS + 1


def test_twenty_wrong_passwords_at_once_are_five_tries(world):
    shared = shared_by_two(clinic=world.clinic)
    desk = Desk(shared.noor, now=NOW - timedelta(minutes=10))
    desk.get("/")
    said = {"lock-acting": str(shared.noor.uuid), "lock-secret": "not the password", "lock-next": "/"}

    answers: list[Any] = all_at_once([sent_by_a_twin(desk, "/desk/unlock/", said) for _ in range(RIVALS)])

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(422) == MOST_WRONG_TRIES - 1
    assert set(statuses) <= {422, 302, 403}
    desk.now = NOW
    assert desk.post("/desk/unlock/", said | {"lock-secret": PASSWORD}).location.startswith("/sign-in/")


def test_a_form_that_met_the_lock_goes_on_once_however_often_it_is_sent(world):
    shared = shared_by_two(clinic=world.clinic)
    form = shared.desk.get("/patients/new/")
    leave_alone(shared.desk)
    lock = shared.desk.send(form, "Register the patient", given_name="Ilse", family_name="Kwikstaart")
    said = {name: values[0] for name, values in lock.form("Unlock").fields.items()} | {"lock-secret": PIN}

    answers: list[Any] = all_at_once(
        [sent_by_a_twin(shared.desk, "/patients/new/", said) for _ in range(RIVALS)]
    )

    # Tries are counted before anyone looks: of more than five at once, some are told that they were too many.
    assert {answer.status_code for answer in answers} <= {302, 422}
    patient = Patient.objects.get(family_name="Kwikstaart")
    assert [answer.headers.get("Location") for answer in answers].count(f"/patients/{patient.uuid}/") == 1
    assert unlock(shared.desk, lock, PIN).location == "/"
    assert Patient.objects.filter(family_name="Kwikstaart").count() == 1
