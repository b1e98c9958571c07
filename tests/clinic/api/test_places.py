"""Sites and resources over REST."""

import pytest

from tests.support.builders import a_clinic, a_device, a_key, a_practitioner, a_room, a_site, a_skill
from tests.support.cast import OVER
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


def test_sites_are_listed_with_their_zone():
    clinic, elsewhere = a_clinic(), a_clinic()
    lisbon = a_site(clinic=clinic, name="Lisboa", zone="Europe/Lisbon", country="PT", address="Rua Augusta 1")
    a_site(clinic=clinic, name="Closed for good", valid_until=OVER)
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
                "valid_from": None,
                "valid_until": None,
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

    told = [
        (device, "device", site, ["centrifuge"]),
        (doctor, "practitioner", None, ["doctor"]),
        (room, "room", site, ["treatment-room"]),
    ]
    assert answer.json["results"] == [
        {
            "id": str(row.uuid),
            "kind": kind,
            "name": row.name,
            "site": str(at.uuid) if at else None,
            "group": "",
            "skills": skills,
            "valid_from": None,
            "valid_until": None,
        }
        for row, kind, at, skills in told
    ]


def test_resources_that_left_are_not_listed():
    clinic = a_clinic()
    doctor = a_practitioner(clinic=clinic)
    doctor.valid_until = OVER
    doctor.save()
    rest = RestClient(secret=a_key(clinic=clinic)[1])

    answer = rest.get("resources/")

    assert answer.json["results"] == []
    everybody = rest.get("resources/", retired="true")
    assert [one["valid_until"] for one in everybody.json["results"]] == ["2020-01-31"]
    since = rest.get("resources/", updated_since="2020-01-01T00:00:00Z")
    assert [one["id"] for one in since.json["results"]] == [str(doctor.uuid)]


def test_listing_takes_as_many_queries_for_many_rooms_as_for_one(django_assert_num_queries):
    clinic = a_clinic()
    site = a_site(clinic=clinic)
    rest = RestClient(secret=a_key(clinic=clinic)[1])
    for number in range(1, 21):
        a_room(site=site, name=f"Room {number}")

    with django_assert_num_queries(3):
        assert len(rest.get("resources/").json["results"]) == 20
    with django_assert_num_queries(3):
        assert len(rest.get("resources/", limit=1).json["results"]) == 1


def test_a_site_is_opened_and_rooms_are_added_there_many_at_once():
    clinic = a_clinic()
    a_skill(clinic=clinic, key="draw-chair")
    rest = RestClient(secret=a_key(clinic=clinic)[1])

    site = rest.post("sites/", {"name": "West", "zone": "Europe/Amsterdam", "country": "NL"})
    said = {"kind": "room", "name": "Chair", "site": site.json["id"], "skills": ["draw-chair"], "count": 2}
    chairs = rest.post("resources/", said)
    doctor = rest.post("resources/", {"kind": "practitioner", "name": "Dr Ito"})

    assert (site.status, site.headers["Location"]) == (201, f"/api/v1/sites/{site.json['id']}/")
    assert [(one["name"], one["group"]) for one in chairs.json["results"]] == [
        ("Chair 1", "Chair"),
        ("Chair 2", "Chair"),
    ]
    assert doctor.json["results"][0]["skills"] == []


@pytest.mark.parametrize(
    ("path", "said", "code"),
    [
        ("sites/", {"name": "West", "zone": "Mars/Olympus"}, "unknown_zone"),
        ("sites/", {"name": "West", "zone": "UTC", "country": "XX"}, "unknown_country"),
        ("resources/", {"kind": "room", "name": "Room"}, "site_missing"),
        ("resources/", {"kind": "practitioner", "name": "Dr Ito", "skills": ["x"]}, "unknown_skill"),
        ("resources/", {"kind": "practitioner", "name": "Dr Ito", "count": 99}, "count_out_of_range"),
        ("skills/", {"name": " \n "}, "malformed"),
        ("skills/", {"name": "Light", "key": "Not a slug"}, "malformed_slug"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_code(path, said, code):
    rest = RestClient(secret=a_key(clinic=a_clinic())[1])

    assert rest.post(path, said).code == code
    assert rest.get(path).json["results"] == []


def test_a_skill_is_added_renamed_and_taken_out():
    rest = RestClient(secret=a_key(clinic=a_clinic())[1])

    added = rest.post("skills/", {"name": "Prepares blood"})
    path = f"skills/{added.json['id']}/"
    renamed = rest.patch(path, {"name": "Blood"}, If_Match=added.headers["ETag"])
    stale = rest.patch(path, {"name": "Bloods"}, If_Match=added.headers["ETag"])
    unread = rest.patch(path, {"name": "Bloods"}, If_Match=None)
    retired = rest.post(f"{path}retire/", {})

    assert (renamed.json["name"], renamed.json["key"]) == ("Blood", "prepares-blood")
    assert (stale.code, unread.code) == ("version_stale", "version_missing")
    assert retired.json == {"retired": "prepares-blood"}
    assert rest.get(path).code == "unknown_skill"
