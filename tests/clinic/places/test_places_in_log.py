"""Whoever syncs hears of each site and resource, and of nothing that REST does not show."""

import pytest

from clinic.access.policy import HOUSE_RULES
from clinic.errors import Conflict, Refused
from clinic.models import Change, Clinic, ResourceKind
from clinic.places.founding import NewClinic, found_clinic
from clinic.places.policy import set_policy
from clinic.places.resources_changed import NewResource, add_resource
from clinic.places.sites_changed import NewSite, open_site
from tests.support.builders import a_clinic, a_site, a_skill, an_owner
from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def owner(clinic):
    return an_owner(clinic=clinic)


def test_a_new_site_is_one_change_at_that_site(clinic, owner):
    with logged(clinic) as written:
        site = open_site(new=NewSite("West", "Europe/Amsterdam"), by=owner, now=NOW)

    assert [told(change) for change in written] == [("site", site.uuid, 1)]
    assert reach(written[0]) == (([], []), ([], [site.pk]), None)
    assert (site.version, site.changed_at, written[0].changed_at) == (1, NOW, NOW)


def test_a_new_room_is_one_change_in_its_diary_and_at_its_site(clinic, owner):
    site = a_site(clinic=clinic)

    with logged(clinic) as written:
        room = add_resource(new=NewResource(ResourceKind.ROOM, "Room 1", site), by=owner, now=NOW)

    assert [told(change) for change in written] == [("resource", room.uuid, 1)]
    assert reach(written[0]) == (([], [room.diary_id]), ([], [site.pk]), None)
    assert (room.version, room.changed_at) == (1, NOW)


def test_a_new_practitioner_is_of_no_one_site(clinic, owner):
    a_skill(clinic=clinic, key="doctor")
    new = NewResource(ResourceKind.PRACTITIONER, "Dr Osei", skills=["doctor"])

    with logged(clinic) as written:
        osei = add_resource(new=new, by=owner, now=NOW)

    assert [told(change) for change in written] == [("resource", osei.uuid, 1)]
    assert reach(written[0]) == (([], [osei.diary_id]), ([], []), None)


def test_what_is_refused_leaves_no_change(clinic, owner):
    site = a_site(clinic=clinic, name="West")

    with logged(clinic) as written:
        with pytest.raises(Conflict):
            open_site(new=NewSite("West", "Europe/Amsterdam"), by=owner, now=NOW)
        with pytest.raises(Refused):
            add_resource(new=NewResource(ResourceKind.PRACTITIONER, "Dr Osei", site), by=owner, now=NOW)

    assert written == []


def test_a_new_clinic_has_nobody_yet_who_could_hear_of_it():
    found_clinic(new=NewClinic("Another"), now=NOW)

    assert not Change.objects.exists()


def test_what_the_clinic_sets_is_one_change_of_the_whole_clinic_and_the_same_again_is_none(clinic, owner):
    with logged(clinic) as written:
        set_policy(HOUSE_RULES, values={"hold_minutes": 30}, by=owner, now=NOW)
        set_policy(HOUSE_RULES, values={"hold_minutes": 30}, by=owner, now=NOW)

    assert [told(change) for change in written] == [("clinic", clinic.uuid, 2)]
    assert reach(written[0]) == (([], []), ([], []), None)
