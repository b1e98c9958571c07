"""Founding a clinic: what is made, and what is refused with a sentence."""

import pytest

from clinic.access.members import NewMember, add_member, open_account
from clinic.errors import Conflict, Malformed, Refused, Unknown
from clinic.identity.actors import Role, task_actor
from clinic.models import Clinic, Diary, Membership, Resource, ResourceKind, Site, SiteHours, User
from clinic.places.founding import NewClinic, found_clinic
from clinic.places.resources_changed import NewResource, add_resource
from clinic.places.sites_changed import NewSite, open_site
from tests.support.builders import a_clinic, a_practitioner, a_room, a_site, a_skill, an_owner
from tests.support.cast import NOW, PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def owner(clinic):
    return an_owner(clinic=clinic)


def test_a_clinic_gets_its_slug_from_its_name():
    clinic = found_clinic(new=NewClinic(name="  Lindengracht\nKliniek "), now=NOW)

    assert (clinic.name, clinic.slug, clinic.created_at) == (
        "Lindengracht Kliniek",
        "lindengracht-kliniek",
        NOW,
    )


def test_a_clinic_without_a_name_is_not_founded():
    with pytest.raises(Refused) as refused:
        found_clinic(new=NewClinic(name=" \n"), now=NOW)

    assert refused.value.code == "name_missing"
    assert not Clinic.objects.exists()


@pytest.mark.parametrize("slug", ["Not A Slug", "ünder", "a/b"])
def test_a_slug_is_small_letters_digits_and_hyphens(slug):
    with pytest.raises(Malformed) as malformed:
        found_clinic(new=NewClinic(name="Clinic", slug=slug), now=NOW)

    assert malformed.value.code == "malformed_slug"


def test_a_name_without_one_plain_letter_needs_a_slug_of_its_own():
    with pytest.raises(Malformed) as malformed:
        found_clinic(new=NewClinic(name="診所"), now=NOW)

    assert malformed.value.code == "malformed_slug"


def test_two_clinics_do_not_share_a_slug(clinic):
    with pytest.raises(Conflict) as conflict:
        found_clinic(new=NewClinic(name="Another", slug=clinic.slug), now=NOW)

    assert conflict.value.code == "clinic_exists"


def test_a_site_is_opened_with_the_row_its_hours_are_locked_by(clinic, owner):
    new = NewSite(name="Keizersgracht", zone="Europe/Amsterdam", country="nl")

    site = open_site(new=new, by=owner, now=NOW)

    assert (site.clinic, site.zone, site.country) == (clinic, "Europe/Amsterdam", "NL")
    assert SiteHours.objects.get(site=site).clinic == clinic


def test_a_site_in_an_unknown_zone_is_refused(owner):
    with pytest.raises(Malformed) as malformed:
        open_site(new=NewSite(name="Moon", zone="Europe/Atlantis"), by=owner, now=NOW)

    assert malformed.value.code == "unknown_zone"
    assert "“Europe/Atlantis” is not an IANA time zone" in malformed.value.sentence
    assert not Site.objects.exists()


@pytest.mark.parametrize(("country", "subdivision"), [("XX", ""), ("DE", "ZZ")])
def test_a_site_in_a_country_without_known_holidays_is_refused(owner, country, subdivision):
    new = NewSite(name="Nowhere", zone="Europe/Berlin", country=country, subdivision=subdivision)

    with pytest.raises(Malformed) as malformed:
        open_site(new=new, by=owner, now=NOW)

    assert malformed.value.code == "unknown_country"
    assert not Site.objects.exists()


def test_a_site_may_do_without_public_holidays(owner):
    site = open_site(new=NewSite(name="Ship", zone="UTC"), by=owner, now=NOW)

    assert site.country == ""


def test_two_sites_of_a_clinic_do_not_share_a_name_but_two_clinics_may(clinic, owner):
    a_site(clinic=a_clinic(), name="West")
    new = NewSite(name="West", zone="Europe/Amsterdam")
    open_site(new=new, by=owner, now=NOW)

    with pytest.raises(Conflict) as conflict:
        open_site(new=new, by=owner, now=NOW)

    assert conflict.value.code == "site_exists"


def test_a_practitioner_has_skills_and_a_diary_and_no_site(clinic, owner):
    doctor, review = a_skill(clinic=clinic, key="doctor"), a_skill(clinic=clinic, key="review")
    new = NewResource(ResourceKind.PRACTITIONER, "Dr Osei", skills=["doctor", "review", "doctor"])

    osei = add_resource(new=new, by=owner, now=NOW)

    assert set(osei.skills.all()) == {doctor, review}
    assert osei.site is None
    assert osei.diary.clinic == clinic


@pytest.mark.parametrize("kind", [ResourceKind.ROOM, ResourceKind.DEVICE])
def test_a_room_or_a_device_without_a_site_is_refused(owner, kind):
    with pytest.raises(Refused) as refused:
        add_resource(new=NewResource(kind, "Number 1"), by=owner, now=NOW)

    assert refused.value.code == "site_missing"
    assert refused.value.sentence == f"Say at which site the {kind} “Number 1” is."
    assert not Diary.objects.exists()


def test_a_practitioner_with_a_site_is_refused_and_told_of_hours(clinic, owner):
    site = a_site(clinic=clinic, name="West")

    with pytest.raises(Refused) as refused:
        add_resource(new=NewResource(ResourceKind.PRACTITIONER, "Dr Osei", site), by=owner, now=NOW)

    assert refused.value.code == "site_not_wanted"
    assert "give Dr Osei hours at West instead" in refused.value.sentence


def test_a_resource_without_a_name_and_a_site_is_told_both(owner):
    with pytest.raises(Refused) as refused:
        add_resource(new=NewResource(ResourceKind.ROOM, " "), by=owner, now=NOW)

    assert [problem.code for problem in refused.value.problems] == ["name_missing", "site_missing"]


def test_a_room_at_another_clinics_site_is_unknown(owner):
    strange = a_site(clinic=a_clinic())

    with pytest.raises(Unknown) as unknown:
        add_resource(new=NewResource(ResourceKind.ROOM, "Room", strange), by=owner, now=NOW)

    assert unknown.value.code == "unknown_site"


def test_a_skill_that_the_clinic_does_not_know_is_said_with_those_it_knows(clinic, owner):
    a_skill(clinic=clinic, key="doctor")
    a_skill(clinic=a_clinic(), key="juggler")

    with pytest.raises(Unknown) as unknown:
        add_resource(
            new=NewResource(ResourceKind.PRACTITIONER, "Dr Osei", skills=["juggler"]), by=owner, now=NOW
        )

    assert unknown.value.code == "unknown_skill"
    assert unknown.value.sentence == "“juggler” is no skill in this clinic. There are: doctor."
    assert not Resource.objects.exists()


def test_two_resources_of_a_clinic_do_not_share_a_name(clinic, owner):
    a_practitioner(clinic=clinic, name="Dr Osei")

    with pytest.raises(Conflict) as conflict:
        add_resource(new=NewResource(ResourceKind.PRACTITIONER, " Dr  Osei"), by=owner, now=NOW)

    assert conflict.value.code == "resource_exists"


def test_a_kind_that_is_none_is_malformed(owner):
    with pytest.raises(Malformed) as malformed:
        add_resource(new=NewResource("robot", "R2"), by=owner, now=NOW)

    assert malformed.value.code == "unknown_kind"


def test_an_account_keeps_only_a_digest_of_the_password():
    user = open_account(email="Desk@Clinic.example", name="Thijs", password=PASSWORD)

    assert user.check_password(PASSWORD)
    assert PASSWORD not in user.password
    assert user.email == "Desk@clinic.example"


@pytest.mark.parametrize("password", ["short", "", "password1234"])
def test_a_weak_password_is_refused_with_the_reason(password):
    with pytest.raises(Refused) as refused:
        open_account(email="desk@clinic.example", name="Thijs", password=password)

    assert {problem.code for problem in refused.value.problems} == {"weak_password"}
    assert not User.objects.exists()


def test_an_address_that_is_none_opens_no_account():
    with pytest.raises(Malformed) as malformed:
        open_account(email="desk", name="Thijs", password=PASSWORD)

    assert malformed.value.code == "malformed_email"


def test_one_address_has_one_account_however_it_is_written():
    open_account(email="desk@clinic.example", name="Thijs", password=PASSWORD)

    with pytest.raises(Conflict) as conflict:
        open_account(email="DESK@clinic.example", name="Thijs", password=PASSWORD)

    assert conflict.value.code == "account_exists"


def test_one_user_may_be_something_in_two_clinics_but_once_in_each(clinic, owner):
    user = open_account(email="desk@clinic.example", name="Thijs", password=PASSWORD)
    other = task_actor(clinic_id=a_clinic().pk, label="test")
    add_member(new=NewMember(user, Role.RECEPTIONIST), by=owner, now=NOW)
    add_member(new=NewMember(user, Role.OWNER), by=other, now=NOW)

    with pytest.raises(Conflict) as conflict:
        add_member(new=NewMember(user, Role.AUDITOR), by=owner, now=NOW)

    assert conflict.value.code == "already_a_member"
    assert Membership.objects.get(clinic=clinic).role == Role.RECEPTIONIST


def test_a_member_may_have_a_diary_of_their_own(clinic, owner):
    osei = a_practitioner(clinic=clinic)
    user = open_account(email="osei@clinic.example", name="Dr Osei", password=PASSWORD)

    member = add_member(new=NewMember(user, Role.PRACTITIONER, osei), by=owner, now=NOW)

    assert member.practitioner == osei


def test_nobodys_own_diary_is_a_rooms_or_another_clinics(clinic, owner):
    user = open_account(email="osei@clinic.example", name="Dr Osei", password=PASSWORD)
    room = a_room(site=a_site(clinic=clinic))
    foreign = a_practitioner(clinic=a_clinic())

    for resource in (room, foreign):
        with pytest.raises(Unknown) as unknown:
            add_member(new=NewMember(user, Role.PRACTITIONER, resource), by=owner, now=NOW)
        assert unknown.value.code == "unknown_practitioner"
