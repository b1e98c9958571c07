"""Sites and resources over REST."""

import pytest

from tests.support.builders import a_clinic, a_device, a_key, a_practitioner, a_room, a_site
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


def test_sites_are_listed_with_their_zone():
    clinic, elsewhere = a_clinic(), a_clinic()
    lisbon = a_site(clinic=clinic, name="Lisboa", zone="Europe/Lisbon", country="PT", address="Rua Augusta 1")
    a_site(clinic=clinic, name="Closed for good", is_active=False)
    a_site(clinic=elsewhere)

    answer = RestClient(secret=a_key(clinic=clinic)[1]).get("sites/")

    assert answer.json == {
        "results": [
            {
                "id": str(lisbon.uuid),
                "name": "Lisboa",
                "address": "Rua Augusta 1",
                "zone": "Europe/Lisbon",
                "country": "PT",
                "subdivision": "",
            }
        ],
        "next": None,
        "more": False,
    }


def test_resources_are_listed_by_name_with_their_kind_and_site():
    clinic, elsewhere = a_clinic(), a_clinic()
    site = a_site(clinic=clinic)
    doctor = a_practitioner(clinic=clinic, name="Dr Osei")
    room = a_room(site=site, name="Treatment room 1")
    device = a_device(site=site, name="Centrifuge 1")
    a_practitioner(clinic=elsewhere, name="Dr Elsewhere")

    answer = RestClient(secret=a_key(clinic=clinic)[1]).get("resources/", order="name")

    assert answer.json["results"] == [
        {"id": str(device.uuid), "kind": "device", "name": "Centrifuge 1", "site": str(site.uuid)},
        {"id": str(doctor.uuid), "kind": "practitioner", "name": "Dr Osei", "site": None},
        {"id": str(room.uuid), "kind": "room", "name": "Treatment room 1", "site": str(site.uuid)},
    ]


def test_resources_that_left_are_not_listed():
    clinic = a_clinic()
    doctor = a_practitioner(clinic=clinic)
    doctor.is_active = False
    doctor.save()

    answer = RestClient(secret=a_key(clinic=clinic)[1]).get("resources/")

    assert answer.json["results"] == []


def test_listing_takes_as_many_queries_for_many_rooms_as_for_one(django_assert_num_queries):
    clinic = a_clinic()
    site = a_site(clinic=clinic)
    rest = RestClient(secret=a_key(clinic=clinic)[1])
    for number in range(1, 21):
        a_room(site=site, name=f"Room {number}")

    with django_assert_num_queries(2):
        assert len(rest.get("resources/").json["results"]) == 20
    with django_assert_num_queries(2):
        assert len(rest.get("resources/", limit=1).json["results"]) == 1
