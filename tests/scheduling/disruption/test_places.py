"""Places change and are given up: first what is booked that this would leave stranded, then who decided."""

from datetime import date, timedelta

import pytest

from clinic.errors import NotAllowed, Refused, Unknown
from clinic.models import Resource, Site
from clinic.places.lifespans import Lifespan
from clinic.places.resources_changed import NewResource
from clinic.places.sites_changed import NewSite
from scheduling.diaries.can_take_place import cannot_take_place
from scheduling.disruption.places import PlaceEdit, change_place, in_the_way
from scheduling.models import Claim, Session
from scheduling.search.free_starts import StartsAsked, free_starts
from tests.support.acts.absences import TUESDAY, a_session, served
from tests.support.acts.courses import everything_written
from tests.support.acts.holds import a_hold
from tests.support.builders import a_clinic, a_site, a_skill, an_owner
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

THURSDAY = TUESDAY + timedelta(days=2)
LAST_ON_WEDNESDAY = PlaceEdit(lifespan=Lifespan(valid_until=TUESDAY + timedelta(days=1)))
WHATEVER_IS_BOOKED = PlaceEdit(lifespan=LAST_ON_WEDNESDAY.lifespan, keeps_booked=True)


def two_sessions(world: World) -> tuple[Session, Session]:
    """Of the first doctor, on Tuesday and on Thursday."""
    doctor = world.doctors[0]
    return (
        a_session(world, "10:00", practitioner=doctor),
        a_session(world, "10:00", on=THURSDAY, practitioner=doctor),
    )


def starts_with(world: World, doctor: Resource, first: date, last: date) -> set[date]:
    """On which dates a session with the doctor can be booked."""
    asked = StartsAsked(world.session_types["mesotherapy"], first, last, practitioner=doctor, most=500)
    starts = free_starts(asked=asked, now=NOW).starts
    return {one.starts_at.astimezone(world.site.tz).date() for one in starts}


def test_what_lies_beyond_the_last_day_is_in_the_way_and_nothing_before(world):
    _tuesday, thursday = two_sessions(world)
    doctor = Resource.objects.get(pk=world.doctors[0].pk)

    assert in_the_way(place=doctor, edit=LAST_ON_WEDNESDAY, by=world.owner, now=NOW) == [thursday]
    assert in_the_way(place=world.site, edit=LAST_ON_WEDNESDAY, by=world.owner, now=NOW) == [thursday]


@pytest.mark.parametrize("of", ["doctor", "site"])
def test_what_is_in_the_way_refuses_and_nothing_is_written(world, of):
    two_sessions(world)
    place = world.doctors[0] if of == "doctor" else world.site
    before = everything_written()

    with pytest.raises(Refused) as refused:
        change_place(place=place, edit=LAST_ON_WEDNESDAY, by=world.owner, now=NOW)

    assert refused.value.code == "sessions_in_the_way"
    assert refused.value.sentence == "1 session is in the way. Move it first, or say that it stays booked."
    assert everything_written() == before
    assert type(place).objects.get(pk=place.pk).valid_until is None


@pytest.mark.parametrize("of", ["doctor", "site"])
def test_what_stays_booked_is_shown_as_what_cannot_take_place(world, of):
    tuesday, thursday = two_sessions(world)
    place = world.doctors[0] if of == "doctor" else world.site
    claims = Claim.objects.count()

    change_place(place=place, edit=WHATEVER_IS_BOOKED, by=world.owner, now=NOW)

    rows = list(Session.objects.filter(pk__in=[tuesday.pk, thursday.pk]).select_related("site"))
    assert cannot_take_place(sessions=rows) == {thursday.pk}
    assert Claim.objects.count() == claims


def test_what_is_only_held_is_in_the_way_too(world):
    hold = a_hold(world=world)
    edit = PlaceEdit(lifespan=Lifespan(valid_until=NOW.date() - timedelta(days=1)))

    found = in_the_way(place=world.site, edit=edit, by=world.owner, now=NOW)

    assert {one.hold_id for one in found} == {hold.pk}


def test_search_offers_who_retires_until_the_last_day_and_again_once_they_are_back(world):
    doctor, week = world.doctors[0], (TUESDAY, TUESDAY + timedelta(days=3))
    days = {TUESDAY + timedelta(days=n) for n in range(4)}
    assert starts_with(world, doctor, *week) == days

    change_place(place=doctor, edit=LAST_ON_WEDNESDAY, by=world.owner, now=NOW)
    retired = starts_with(world, doctor, *week)
    back = PlaceEdit(lifespan=Lifespan())
    change_place(place=Resource.objects.get(pk=doctor.pk), edit=back, by=world.owner, now=NOW)

    assert retired == {TUESDAY, TUESDAY + timedelta(days=1)}
    assert starts_with(world, doctor, *week) == days


def test_a_skill_that_a_booked_session_needs_is_not_simply_lost(world):
    session = a_session(world, "10:00")
    serving = served(session, "treatment-room")
    a_skill(clinic=world.clinic, key="store-room")
    facts = NewResource(serving.kind, serving.name, serving.site, ["store-room"])

    with pytest.raises(Refused) as refused:
        change_place(place=serving, edit=PlaceEdit(facts), by=world.owner, now=NOW)
    changed = change_place(place=serving, edit=PlaceEdit(facts, keeps_booked=True), by=world.owner, now=NOW)

    assert refused.value.code == "sessions_in_the_way"
    assert [skill.key for skill in changed.skills.all()] == ["store-room"]


def test_a_skill_more_and_another_name_stand_in_nobodys_way(world):
    session = a_session(world, "10:00")
    serving = served(session, "treatment-room")
    a_skill(clinic=world.clinic, key="store-room")
    facts = NewResource(serving.kind, "Blue room", serving.site, ["treatment-room", "store-room"])

    assert change_place(place=serving, edit=PlaceEdit(facts), by=world.owner, now=NOW).name == "Blue room"


def test_a_room_with_sessions_to_come_does_not_simply_move_to_another_site(world):
    room = served(a_session(world, "10:00"), "treatment-room")
    west = a_site(clinic=world.clinic, name="West")
    edit = PlaceEdit(NewResource(room.kind, room.name, west, ["treatment-room"]))

    with pytest.raises(Refused) as refused:
        change_place(place=room, edit=edit, by=world.owner, now=NOW)

    assert refused.value.code == "sessions_in_the_way"
    assert Resource.objects.get(pk=room.pk).site == world.site


def test_the_clock_of_a_site_stays_while_sessions_are_booked_by_it(world):
    a_session(world, "10:00")
    facts = NewSite(world.site.name, "Europe/Lisbon", country="NL")

    with pytest.raises(Refused) as refused:
        change_place(place=world.site, edit=PlaceEdit(facts, keeps_booked=True), by=world.owner, now=NOW)

    assert refused.value.code == "zone_has_sessions"
    assert Site.objects.get(pk=world.site.pk).zone == "Europe/Amsterdam"


def test_what_is_over_is_in_nobodys_way(world):
    two_sessions(world)
    later = NOW + timedelta(days=10)

    edit = PlaceEdit(lifespan=Lifespan(valid_until=NOW.date()))

    assert in_the_way(place=world.site, edit=edit, by=world.owner, now=later) == []


def test_only_who_manages_places_asks_and_changes_and_only_in_their_clinic(world):
    stranger = an_owner(clinic=a_clinic())

    for place in (world.site, world.doctors[0]):
        for by, refusal in ((world.reception, NotAllowed), (world.doctor, NotAllowed), (stranger, Unknown)):
            with pytest.raises(refusal):
                in_the_way(place=place, edit=LAST_ON_WEDNESDAY, by=by, now=NOW)
            with pytest.raises(refusal):
                change_place(place=place, edit=WHATEVER_IS_BOOKED, by=by, now=NOW)
