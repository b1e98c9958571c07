"""What the clinic offers, over REST."""

import pytest

from tests.support.rest import a_client_of
from tests.support.worlds import a_course_world
from treatments.models import Protocol, SessionType

pytestmark = pytest.mark.django_db


def test_protocols_say_between_how_many_sessions_the_doctor_may_choose():
    world = a_course_world()

    answer = a_client_of(world).get("protocols/")

    by_key = {protocol["key"]: protocol for protocol in answer.json["results"]}
    assert by_key.keys() == world.protocols.keys()
    prp = world.protocols["prp-mesotherapy"]
    assert by_key["prp-mesotherapy"] == {
        "id": str(prp.uuid),
        "key": "prp-mesotherapy",
        "name": prp.name,
        "sessions": {"min": 4, "max": 6},
    }
    assert by_key["svf-combination"]["sessions"] == {"min": 1, "max": 1}


def test_session_types_say_how_long_the_patient_stays():
    world = a_course_world()

    answer = a_client_of(world).get("session-types/")

    minutes = {kind["key"]: kind["minutes"] for kind in answer.json["results"]}
    assert minutes.keys() == world.session_types.keys()
    assert minutes["consultation"] == 30
    assert minutes["review"] == 15


def test_only_current_versions_are_listed():
    world = a_course_world()
    rest = a_client_of(world)
    Protocol.objects.filter(pk=world.protocols["prp-mesotherapy"].pk).update(is_current=False)
    SessionType.objects.filter(pk=world.session_types["review"].pk).update(is_current=False)

    assert "prp-mesotherapy" not in [row["key"] for row in rest.get("protocols/").json["results"]]
    assert "review" not in [row["key"] for row in rest.get("session-types/").json["results"]]


@pytest.mark.parametrize("path", ["protocols/", "session-types/"])
def test_the_catalogue_of_another_clinic_is_not_listed(path):
    world, elsewhere = a_course_world(), a_course_world()
    theirs = {row["id"] for row in a_client_of(elsewhere).get(path).json["results"]}

    ours = {row["id"] for row in a_client_of(world).get(path).json["results"]}

    assert ours
    assert not ours & theirs


@pytest.mark.parametrize("path", ["protocols/", "session-types/"])
def test_listing_the_catalogue_takes_two_queries(path, django_assert_num_queries):
    world = a_course_world()
    rest = a_client_of(world)

    with django_assert_num_queries(2):
        assert len(rest.get(path).json["results"]) > 1
    with django_assert_num_queries(2):
        assert len(rest.get(path, limit=1).json["results"]) == 1
