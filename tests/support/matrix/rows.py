"""A clinic with one row behind every door."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.access.invitations import NewInvitation, invite_member
from clinic.hours.rota import NewClosure, NewLeave, close_site, grant_leave
from clinic.identity.actors import Role
from clinic.models import (
    AccessKey,
    Closure,
    Invitation,
    Leave,
    Membership,
    NamedKind,
    Patient,
    Skill,
    TrustedDevice,
)
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from scheduling.models import CourseAct, Feed, Hold, Message, MessageState, Offer, Session, SpokenWaiver, Wait
from tests.support.acts.courses import a_booked_course
from tests.support.acts.feeds import a_feed
from tests.support.acts.holds import a_hold
from tests.support.acts.waits import an_offer
from tests.support.builders import a_key, a_user
from tests.support.cast import NOW
from tests.support.sharing import a_trusted_device
from tests.support.words.spoken import a_word
from tests.support.worlds import World, a_course_world
from treatments.models import Plan

# What a till calls the patient.
TILL = Name("till", "K/1")


@dataclass(frozen=True)
class Rows:
    """A clinic: a patient with courses booked (by `act`) and held, an offer, a failed mail; ways in."""

    world: World
    plan: Plan
    session: Session
    hold: Hold
    member: Membership
    key: AccessKey
    invitation: Invitation
    device: TrustedDevice
    offer: Offer
    leave: Leave
    closure: Closure
    message: Message
    act: CourseAct
    word: SpokenWaiver
    feed: Feed
    skill: Skill

    @property
    def wait(self) -> Wait:
        return self.offer.wait

    @property
    def patient(self) -> Patient:
        return self.world.patient


def rows_of_a_clinic(*, family_name: str = "de Vries", **fields: Any) -> Rows:
    """A clinic of its own, whose patient has that name."""
    world = a_course_world(**fields)
    Patient.objects.filter(pk=world.patient.pk).update(
        family_name=family_name, search_key=f"marit {family_name.casefold()}"
    )
    world.patient.refresh_from_db()
    name_elsewhere(kind=NamedKind.PATIENT, row=world.patient, name=TILL, by=world.owner, now=NOW)
    first, *_ = a_booked_course(world=world)
    assert first.plan is not None
    message = Message.objects.filter(plan=first.plan).earliest("pk")
    Message.objects.filter(pk=message.pk).update(state=MessageState.CALL, reason="refused")
    hold = a_hold(world=world)
    user = a_user(clinic=world.clinic, role=Role.ADMINISTRATOR)
    member = Membership.objects.get(user=user)
    invitation = invite_member(
        new=NewInvitation(email="new@clinic.example", name="New", role=Role.RECEPTIONIST),
        by=world.owner,
        now=NOW,
    ).invitation
    key, _ = a_key(clinic=world.clinic)
    device = a_trusted_device(clinic=world.clinic, label="Front desk").device
    starts_at, ends_at = NOW + timedelta(days=300), NOW + timedelta(days=301)
    away, shut = NewLeave(world.doctors[0], starts_at), NewClosure(world.site, starts_at, ends_at)
    leave = grant_leave(new=away, by=world.owner, now=NOW)
    closure = close_site(new=shut, by=world.owner, now=NOW)
    offer = an_offer(world=world)
    act = CourseAct.objects.filter(plan=first.plan).earliest("pk")
    word = a_word(world=world)
    ways_in = member, key, invitation, device
    feed = a_feed(clinic=world.clinic, label=f"Of {family_name}", diary=world.patient.diary).feed
    skill = Skill.objects.filter(clinic=world.clinic).earliest("pk")
    course = world, first.plan, first, hold
    return Rows(*course, *ways_in, offer, leave, closure, message, act, word, feed, skill)
