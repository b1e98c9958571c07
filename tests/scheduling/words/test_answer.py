"""Who was named answers: right, or not mine. It undoes nothing, and stands."""

import json

import pytest

from clinic.errors import NotAllowed, Unknown
from clinic.identity.actors import Actor, Role
from clinic.models import AuditDetail, AuditEntry, Change, User
from scheduling.models import Session, SpokenWaiver, WordAnswer
from scheduling.models.spoken_waivers import TOLD_FOR
from scheduling.words.answer import AnsweredOtherwise, answer_word, words_on_first_page
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_user, an_actor
from tests.support.cast import NOW
from tests.support.words.spoken import a_speaker, a_word
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def word(world, doctor, desk) -> SpokenWaiver:
    return a_word(world=world, said_by=doctor, by=desk)


def as_doctor(world: World, user: User) -> Actor:
    [member] = user.memberships.all()
    return an_actor(clinic=world.clinic, role=Role(member.role), user=user, practitioner=member.practitioner)


def answered(word: SpokenWaiver, answer: WordAnswer, *, by: Actor, now=NOW) -> SpokenWaiver:
    return answer_word(word=word, answer=answer, member=by.reference, by=by, now=now)


@pytest.mark.parametrize("answer", [WordAnswer.RIGHT, WordAnswer.NOT_MINE])
def test_the_answer_is_kept_logged_and_stands_in_the_trail(world, doctor, word, answer):
    answered(word, answer, by=as_doctor(world, doctor))

    row = SpokenWaiver.objects.get()
    assert (row.answer, row.answered_at, row.version) == (answer, NOW, 2)
    assert Change.objects.filter(kind="word", version=2).count() == 1
    entry = AuditEntry.objects.get(act="answered_word")
    detail = json.loads(AuditDetail.objects.get(entry_uuid=entry.uuid).values)["after"]
    assert (entry.actor, entry.about) == (str(doctor.uuid), word.uuid)
    assert (detail["answer"], detail["entered_by"]) == (answer, word.entered_by)


def test_not_mine_undoes_nothing(world, doctor, word):
    before = list(Session.objects.order_by("pk").values())
    plan = word.plan

    answered(word, WordAnswer.NOT_MINE, by=as_doctor(world, doctor))

    plan.refresh_from_db()
    assert (plan.session_count, plan.state, len(plan.waived)) == (2, "active", 1)
    assert list(Session.objects.order_by("pk").values()) == before


def test_nobody_else_answers_not_another_doctor_and_not_an_owner(world, doctor, word):
    other = as_doctor(world, a_speaker(world=world, doctor=world.doctors[1]))
    owner = as_doctor(world, a_user(clinic=world.clinic, role=Role.OWNER))

    for by in (other, owner):
        for member in (by.reference, str(doctor.uuid)):
            with pytest.raises(NotAllowed, check=lambda raised: raised.code == "not_your_word"):
                answer_word(word=word, answer=WordAnswer.RIGHT, member=member, by=by, now=NOW)
    assert SpokenWaiver.objects.get().answer == WordAnswer.NONE


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_has_no_word_answers_none(world, word, role):
    by = an_actor(clinic=world.clinic, role=role, user=a_user(clinic=world.clinic, role=role))

    with pytest.raises(NotAllowed, check=lambda raised: raised.code == "not_allowed"):
        answered(word, WordAnswer.RIGHT, by=by)


def test_the_same_answer_twice_is_one_and_another_is_refused(world, doctor, word):
    by = as_doctor(world, doctor)

    answered(word, WordAnswer.NOT_MINE, by=by)
    answered(word, WordAnswer.NOT_MINE, by=by)
    with pytest.raises(AnsweredOtherwise) as refusal:
        answered(word, WordAnswer.RIGHT, by=by)

    assert (refusal.value.code, refusal.value.details) == ("word_answered", {"answer": "not_mine"})
    assert SpokenWaiver.objects.get().version == 2
    assert AuditEntry.objects.filter(act="answered_word").count() == 1


def test_a_word_of_another_clinic_is_unknown(world, doctor):
    other = a_course_world(name="Other")
    word = a_word(world=other)

    with pytest.raises(Unknown):
        answered(word, WordAnswer.RIGHT, by=as_doctor(world, doctor))


def first_page(by: Actor, now=NOW) -> tuple[int, int]:
    found = words_on_first_page(by=by, now=now)
    return len(found.to_answer), len(found.denied)


def test_who_hears_of_what_was_not_said(world, doctor, desk, word):
    by = as_doctor(world, doctor)
    owner = an_actor(clinic=world.clinic, role=Role.OWNER, user=a_user(clinic=world.clinic, role=Role.OWNER))
    administrator = an_actor(clinic=world.clinic, role=Role.ADMINISTRATOR)
    others = (
        an_actor(clinic=world.clinic, user=a_user(clinic=world.clinic)),
        as_doctor(world, a_speaker(world=world, doctor=world.doctors[1])),
    )
    assert [first_page(one) for one in (by, owner, administrator, desk)] == [(1, 0), (0, 0), (0, 0), (0, 0)]

    answered(word, WordAnswer.NOT_MINE, by=by)

    assert [first_page(one) for one in (by, owner, administrator, desk)] == [(0, 0), (0, 1), (0, 1), (0, 1)]
    assert [first_page(one) for one in others] == [(0, 0)] * 2
    assert first_page(owner, NOW + TOLD_FOR) == (0, 0)


def test_what_was_right_is_before_nobody(world, doctor, desk, word):
    answered(word, WordAnswer.RIGHT, by=as_doctor(world, doctor))

    assert first_page(desk) == first_page(as_doctor(world, doctor)) == (0, 0)


def test_a_doctor_hears_what_was_said_in_their_name_of_a_patient_whom_they_do_not_treat(world, desk):
    doctor = a_speaker(world=world, doctor=world.doctors[1])
    a_word(world=world, said_by=doctor, by=desk)
    by = as_doctor(world, doctor)

    assert not a_booked_course(world=world)[0].patient.care.filter(practitioner=world.doctors[1]).exists()
    assert first_page(by) == (1, 0)
