"""Who may do an act may undo it: another desk too, but no role or key that may not, and no other clinic."""

import pytest

from clinic.errors import NotAllowed, Unknown
from clinic.identity.actors import Actor, ActorKind, Role, Scope, Way
from clinic.models import AuditEntry
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.undoing.send_now import send_now
from scheduling.undoing.undo import undo
from tests.support.acts.absences import leave_of
from tests.support.builders import a_user, an_actor
from tests.support.cast import NOW
from tests.support.undoing.picture import last_act, undone
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

ENDING = Ending(reason="Moves away")
BUTTONS = [undo, send_now]


def a_key(world: World, *scopes: Scope) -> Actor:
    return Actor(world.clinic.pk, ActorKind.KEY, "Website", Way.REST, scopes=frozenset(scopes))


def test_another_receptionist_may(world, course):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    colleague = an_actor(clinic=world.clinic, user=a_user(clinic=world.clinic))

    undone(world, by=colleague)

    entry = AuditEntry.objects.get(act="undid_act")
    assert (entry.actor, entry.about) == (colleague.reference, course[1].uuid)


@pytest.mark.parametrize("button", BUTTONS)
def test_who_may_not_cancel_may_not_undo_it(world, course, button):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)

    for actor in (an_actor(clinic=world.clinic, role=Role.AUDITOR), a_key(world, Scope.PATIENTS_WRITE)):
        with pytest.raises(NotAllowed):
            button(act=last_act(), by=actor, now=NOW)


@pytest.mark.parametrize("button", BUTTONS)
def test_leave_is_undone_by_those_who_manage_places(world, button):
    leave_of(world, world.doctors[0])

    for actor in (world.reception, a_key(world, Scope.BOOKING_WRITE)):
        with pytest.raises(NotAllowed):
            button(act=last_act(), by=actor, now=NOW)
    button(act=last_act(), by=a_key(world, Scope.PLACES_WRITE), now=NOW)


@pytest.mark.parametrize("button", BUTTONS)
def test_another_clinics_act_is_unknown(world, course, button):
    with pytest.raises(Unknown) as unknown:
        button(act=last_act(), by=a_course_world(slug="other").owner, now=NOW)

    assert unknown.value.code == "unknown_act"
