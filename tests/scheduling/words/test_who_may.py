"""Who may name whom: reception a practitioner or owner who works in the clinic, if it lets them."""

from dataclasses import replace
from uuid import uuid4

import pytest

from clinic.access.members import remove_member
from clinic.access.speakers import on_word_of, speakers_for
from clinic.errors import NotAllowed, Refused, Unknown
from clinic.identity.actors import Actor, ActorKind, Role, Scope, Way
from clinic.models import Clinic, Membership, Resource, User
from scheduling.models import SpokenWaiver
from tests.support.acts.courses import everything_written
from tests.support.builders import a_practitioner, a_user, an_actor
from tests.support.cast import NOW, OVER
from tests.support.words.spoken import a_speaker, on_the_word_of, two_sessions
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def refused(code: str, kind=NotAllowed):
    return pytest.raises(kind, check=lambda raised: raised.code == code)


def test_nobody_names_themselves_another_receptionist_or_an_administrator(world, desk):
    own = User.objects.get(uuid=desk.reference)
    others = [
        a_user(clinic=world.clinic, role=role) for role in Role if role.value not in ("owner", "practitioner")
    ]

    for user in (own, *others):
        with refused("has_no_word"):
            on_the_word_of(user, by=desk)
    assert [user.memberships.get().role for user in others] == ["administrator", "receptionist", "auditor"]


def test_an_owner_has_a_word_with_a_diary_or_without(world, desk):
    owner = a_user(clinic=world.clinic, role=Role.OWNER)

    two_sessions(world=world, by=on_the_word_of(owner, by=desk))

    assert SpokenWaiver.objects.get().said_by == owner


def test_a_doctor_of_another_clinic_is_as_unknown_as_one_who_never_was(desk):
    stranger = a_speaker(world=a_course_world(name="Other"))

    for who in (stranger, uuid4()):
        with refused("unknown_member", Unknown):
            on_the_word_of(who, by=desk)


def test_who_has_left_has_no_word(world, doctor, desk):
    retired, shut_out, removed = (
        doctor,
        a_speaker(world=world, doctor=world.doctors[1]),
        a_speaker(world=world),
    )
    Resource.objects.filter(pk=world.doctors[0].pk).update(valid_until=OVER)
    User.objects.filter(pk=shut_out.pk).update(is_active=False)
    remove_member(member=Membership.objects.get(user=removed), by=world.owner, now=NOW)

    with refused("has_no_word"):
        on_the_word_of(retired, by=desk)
    for user in (shut_out, removed):
        with refused("unknown_member", Unknown):
            on_the_word_of(user, by=desk)
    assert speakers_for(by=desk, now=NOW) == []


@pytest.mark.parametrize("leaves", ["member", "account", "role", "switch"])
def test_a_word_that_counts_no_more_when_the_act_closes_leaves_nothing(world, doctor, on_word, leaves):
    member = Membership.objects.filter(user=doctor)
    {
        "member": member.delete,
        "account": lambda: User.objects.filter(pk=doctor.pk).update(is_active=False),
        "role": lambda: member.update(role=Role.RECEPTIONIST),
        "switch": lambda: Clinic.objects.filter(pk=world.clinic.pk).update(takes_words=False),
    }[leaves]()
    before = everything_written()

    with refused("words_switched_off" if leaves == "switch" else "has_no_word"):
        two_sessions(world=world, by=on_word)

    assert everything_written() == before
    assert not SpokenWaiver.objects.exists()


def test_a_word_that_was_made_up_is_refused_when_the_act_closes(world, desk, on_word):
    said = on_word.on_word_of
    receptionist = a_user(clinic=world.clinic)
    made_up = replace(said, user_id=receptionist.pk, reference=str(receptionist.uuid))

    with refused("has_no_word"):
        two_sessions(world=world, by=replace(on_word, on_word_of=made_up))


def test_the_clinic_may_switch_it_off(world, doctor, desk):
    assert [one.name for one in speakers_for(by=desk, now=NOW)] == ["Dr Osei"]
    Clinic.objects.filter(pk=world.clinic.pk).update(takes_words=False)

    with refused("words_switched_off"):
        on_the_word_of(doctor, by=desk)
    assert speakers_for(by=desk, now=NOW) == []


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.OWNER])
def test_who_decides_in_person_names_nobody(world, doctor, role):
    by = an_actor(clinic=world.clinic, role=role, practitioner=world.doctors[1])

    with refused("word_not_needed"):
        on_the_word_of(doctor, by=by)
    assert speakers_for(by=by, now=NOW) == []
    two_sessions(world=world, by=by)
    assert not SpokenWaiver.objects.exists()


def test_an_administrator_acts_on_a_word_as_reception_does(world, doctor):
    by = an_actor(clinic=world.clinic, role=Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        two_sessions(world=world, by=by)

    two_sessions(world=world, by=on_the_word_of(doctor, by=by))

    assert SpokenWaiver.objects.get().said_by == doctor


@pytest.mark.parametrize("scope", [Scope.BOOKING_WRITE, Scope.IMPORT])
def test_a_key_that_sets_nothing_aside_does_so_on_nobodys_word(world, doctor, scope):
    key = Actor(world.clinic.pk, ActorKind.KEY, "App", Way.REST, "key", scopes=frozenset({scope}))

    with refused("may_not_take_word"):
        on_word_of(by=key, member=doctor.uuid, now=NOW)


def test_a_doctor_who_retired_as_a_resource_and_owns_the_clinic_has_a_word(world, desk):
    away = a_practitioner(clinic=world.clinic, name="Dr Away")
    owner = a_user(clinic=world.clinic, role=Role.OWNER, practitioner=away)
    Resource.objects.filter(pk=away.pk).update(valid_until=OVER)

    said = on_the_word_of(owner, by=desk).on_word_of
    assert said is not None
    assert said.name == owner.name
