"""Sites, resources and skills change: what is kept of it, and what is refused with nothing written."""

from datetime import timedelta

import pytest

from clinic.errors import ClinicError, NotAllowed, Unknown
from clinic.identity.actors import Role
from clinic.models import (
    AuditDetail,
    AuditEntry,
    Clinic,
    Resource,
    ResourceSkill,
    Site,
    SiteHours,
    Skill,
)
from clinic.places.lifespans import Lifespan, set_lifespan
from clinic.places.resources_changed import NewResource, add_alike, add_resource, change_resource
from clinic.places.sites_changed import NewSite, change_site, open_site
from clinic.places.skills import add_skill, rename_skill, retire_skill
from tests.support.builders import a_clinic, a_practitioner, a_room, a_site, a_skill, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
WEST = NewSite("West", "Europe/Amsterdam", country="NL", address="Lindengracht 1")


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def owner(clinic):
    return an_owner(clinic=clinic)


def values_of(entry: AuditEntry) -> str:
    return AuditDetail.objects.get(entry_uuid=entry.uuid).values


def test_a_site_changes_and_the_trail_and_the_log_tell_of_it(clinic, owner):
    site = a_site(clinic=clinic, name="East")
    version = SiteHours.objects.get(site=site).version

    with logged(clinic) as written:
        changed = change_site(site=site, to=WEST, by=owner, now=LATER)

    assert (changed.name, changed.address) == ("West", "Lindengracht 1")
    assert [told(change) for change in written] == [("site", site.uuid, site.version + 1)]
    assert '"before": {"address": "", "country": "NL", "name": "East"' in values_of(
        AuditEntry.objects.get(act="changed_site")
    )
    assert SiteHours.objects.get(site=site).version == version + 1


def test_the_same_site_once_more_is_no_change(clinic, owner):
    site = change_site(site=a_site(clinic=clinic), to=WEST, by=owner, now=NOW)

    with logged(clinic) as written:
        change_site(site=site, to=WEST, by=owner, now=LATER)

    assert written == []
    assert AuditEntry.objects.filter(act="changed_site").count() == 1


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (NewSite(" ", "Europe/Amsterdam"), "name_missing"),
        (NewSite("x" * 201, "Europe/Amsterdam"), "place_name_too_long"),
        (NewSite("West", "Europe/Amsterdam", address="x" * 301), "place_address_too_long"),
        (NewSite("West", "Europe/Atlantis"), "unknown_zone"),
        (NewSite("West", "Europe/Amsterdam", country="XX"), "unknown_country"),
        (NewSite("West", "Europe/Berlin", country="DE", subdivision="ZZ"), "unknown_country"),
        (NewSite("South", "Europe/Amsterdam"), "site_exists"),
    ],
)
@pytest.mark.parametrize("does", ["open", "change"])
def test_a_site_that_makes_no_sense_is_refused_and_nothing_is_written(clinic, owner, to, code, does):
    site, _south = a_site(clinic=clinic, name="East"), a_site(clinic=clinic, name="South")

    acts = {
        "open": lambda: open_site(new=to, by=owner, now=NOW),
        "change": lambda: change_site(site=site, to=to, by=owner, now=NOW),
    }
    with logged(clinic) as written, pytest.raises(ClinicError) as refused:
        acts[does]()

    assert refused.value.code == code
    assert refused.value.sentence
    assert written == []
    assert set(Site.objects.values_list("name", flat=True)) == {"East", "South"}


def test_a_room_moves_to_another_site_and_both_hear_of_it(clinic, owner):
    east, west = a_site(clinic=clinic, name="East"), a_site(clinic=clinic, name="West")
    room = a_room(site=east)
    to = NewResource(room.kind, "Room 2", west, ["treatment-room"], "Rooms")
    versions = [SiteHours.objects.get(site=site).version for site in (east, west)]

    with logged(clinic) as written:
        changed = change_resource(resource=room, to=to, by=owner, now=LATER)

    assert (changed.name, changed.site, changed.group) == ("Room 2", west, "Rooms")
    assert reach(written[0]) == (([room.diary_id], [room.diary_id]), ([east.pk], [west.pk]), None)
    after = [SiteHours.objects.get(site=site).version for site in (east, west)]
    assert after == [version + 1 for version in versions]


def test_skills_are_what_is_said_and_no_other(clinic, owner):
    osei = a_practitioner(clinic=clinic, skills=["doctor", "laser"])
    a_skill(clinic=clinic, key="peeling")
    to = NewResource(osei.kind, "Dr Osei", skills=["doctor", "peeling"])

    changed = change_resource(resource=osei, to=to, by=owner, now=LATER)

    assert {skill.key for skill in changed.skills.all()} == {"doctor", "peeling"}
    values = values_of(AuditEntry.objects.get(act="changed_resource"))
    assert '"skills": ["doctor", "laser"]' in values
    assert '"skills": ["doctor", "peeling"]' in values


def test_the_kind_of_a_resource_stays(clinic, owner):
    osei = a_practitioner(clinic=clinic)

    changed = change_resource(
        resource=osei, to=NewResource("device", "Dr O", skills=["doctor"]), by=owner, now=NOW
    )

    assert (changed.kind, changed.name) == ("practitioner", "Dr O")


def test_n_alike_are_numbered_on_from_those_there_are_under_one_group(clinic, owner):
    site = a_site(clinic=clinic)
    a_room(site=site, name="Chair 2", skills=["draw-chair"])
    new = NewResource("room", "Chair", site, ["draw-chair"])

    with logged(clinic) as written:
        chairs = add_alike(new=new, count=3, by=owner, now=NOW)

    assert [chair.name for chair in chairs] == ["Chair 1", "Chair 3", "Chair 4"]
    assert {chair.group for chair in chairs} == {"Chair"}
    assert len({chair.diary_id for chair in chairs}) == len(written) == 3


@pytest.mark.parametrize("count", [0, -1, 51])
def test_fifty_alike_are_the_most(clinic, owner, count):
    new = NewResource("room", "Chair", a_site(clinic=clinic))

    with pytest.raises(ClinicError) as refused:
        add_alike(new=new, count=count, by=owner, now=NOW)

    assert refused.value.code == "count_out_of_range"
    assert not Resource.objects.filter(clinic=clinic).exists()


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"site": None}, "site_missing"),
        ({"name": "\n"}, "name_missing"),
        ({"name": "x" * 101}, "place_name_too_long"),
        ({"group": "x" * 101}, "group_name_too_long"),
        ({"skills": ["flying"]}, "unknown_skill"),
        ({"name": "Room 9"}, "resource_exists"),
    ],
)
def test_a_resource_that_makes_no_sense_is_refused_and_nothing_is_written(clinic, owner, to, code):
    site = a_site(clinic=clinic)
    room, _other = a_room(site=site, name="Room 1"), a_room(site=site, name="Room 9")
    facts = {"kind": "room", "name": "Room 1", "site": site} | to

    with logged(clinic) as written, pytest.raises(ClinicError) as refused:
        change_resource(resource=room, to=NewResource(**facts), by=owner, now=LATER)

    assert refused.value.code == code
    assert written == []
    assert ResourceSkill.objects.filter(resource=room).count() == 1


def test_a_lifespan_is_one_change_and_one_entry_and_counts_the_hours_up(clinic, owner):
    site = a_site(clinic=clinic)
    room = a_room(site=site)
    version, today = SiteHours.objects.get(site=site).version, NOW.date()

    with logged(clinic) as written:
        retired = set_lifespan(place=room, lifespan=Lifespan(None, today), by=owner, now=NOW)
        set_lifespan(place=room, lifespan=Lifespan(None, today), by=owner, now=LATER)

    assert retired.valid_until == today
    assert [told(change) for change in written] == [("resource", room.uuid, room.version + 1)]
    assert AuditEntry.objects.filter(act="set_lifespan").count() == 1
    assert SiteHours.objects.get(site=site).version > version


def test_a_last_day_before_the_first_is_refused(clinic, owner):
    site, today = a_site(clinic=clinic), NOW.date()
    reversed_ = Lifespan(today, today - timedelta(days=1))

    with pytest.raises(ClinicError) as refused:
        set_lifespan(place=site, lifespan=reversed_, by=owner, now=NOW)

    assert refused.value.code == "lifespan_reversed"
    assert Site.objects.get(pk=site.pk).valid_from is None


def acts_of(site: Site, room: Resource, skill: Skill, by) -> list:
    return [
        lambda: open_site(new=WEST, by=by, now=NOW),
        lambda: change_site(site=site, to=WEST, by=by, now=NOW),
        lambda: add_resource(new=NewResource("practitioner", "Dr Ito"), by=by, now=NOW),
        lambda: add_alike(new=NewResource("practitioner", "Dr Ito"), count=2, by=by, now=NOW),
        lambda: change_resource(resource=room, to=NewResource("room", "R", site), by=by, now=NOW),
        lambda: set_lifespan(place=room, lifespan=Lifespan(), by=by, now=NOW),
        lambda: set_lifespan(place=site, lifespan=Lifespan(), by=by, now=NOW),
        lambda: add_skill(name="Flying", by=by, now=NOW),
        lambda: rename_skill(skill=skill, name="Flying", by=by, now=NOW),
        lambda: retire_skill(skill=skill, by=by, now=NOW),
    ]


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER, Role.AUDITOR])
def test_who_does_not_manage_places_changes_none(clinic, role):
    site = a_site(clinic=clinic)
    room, by = a_room(site=site), an_actor(clinic=clinic, role=role)

    for act in acts_of(site, room, Skill.objects.get(), by):
        with pytest.raises(NotAllowed):
            act()


def test_what_another_clinic_has_is_as_unknown_as_what_never_was(clinic):
    site = a_site(clinic=clinic)
    room, stranger = a_room(site=site), an_owner(clinic=a_clinic())

    for number in (1, 4, 5, 6, 8, 9):
        with pytest.raises(Unknown):
            acts_of(site, room, Skill.objects.get(), stranger)[number]()
