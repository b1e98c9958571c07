"""Words over REST: keys name them, programs read who may be named and what was said, and answer for them."""

import pytest

from clinic.identity.actors import Role, Scope
from clinic.models import Clinic
from scheduling.models import Session, SpokenWaiver
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.builders import a_key, a_user
from tests.support.rest import RestClient
from tests.support.words.spoken import a_speaker, a_word

pytestmark = pytest.mark.django_db

FAR = "2027-04-02T09:00:00+02:00"
WAIVES = (Scope.WAIVE_AS_RECEPTIONIST, Scope.WAIVE_AS_ADMINISTRATOR, Scope.WAIVE_AS_PRACTITIONER)


def a_client(world, *scopes: Scope) -> RestClient:
    known = [Scope.BOOKING_WRITE, Scope.CALENDAR_READ, *scopes]
    return RestClient(a_key(clinic=world.clinic, scopes=known, label="Front desk app")[1])


@pytest.fixture
def app(world) -> RestClient:
    return a_client(world, Scope.WAIVE_AS_RECEPTIONIST)


@pytest.fixture
def last(world) -> Session:
    return a_booked_course(world=world, sessions=5)[4]


def asked(last: Session, **said) -> tuple[str, dict]:
    return f"sessions/{last.uuid}/move/", {"starts_at": FAR, "alone": True, "reason": "Wedding", **said}


def test_a_key_of_reception_names_a_doctor_and_both_are_kept(world, app, doctor, last):
    assert app.post(*asked(last)).code == "far_outside_window"

    answer = app.post(*asked(last, on_word_of=str(doctor.uuid)))

    assert answer.status == 200, answer.text
    [word] = app.get("words/").json["results"]
    assert (word["on_word_of"], word["entered_by"]) == (str(doctor.uuid), "Front desk app")
    assert (word["session"], word["rules"], word["reason"], word["answer"]) == (
        str(last.uuid),
        ["far_outside_window"],
        "Wedding",
        "none",
    )


@pytest.mark.parametrize("scope", WAIVES)
def test_every_waiving_scope_may_name_a_doctor(world, doctor, last, scope):
    answer = a_client(world, scope).post(*asked(last, on_word_of=str(doctor.uuid)))

    assert (answer.status, SpokenWaiver.objects.count()) == (200, 1)


def test_a_key_without_one_may_not(world, doctor, last):
    before = everything_written()

    answer = a_client(world).post(*asked(last, on_word_of=str(doctor.uuid)))

    assert (answer.status, answer.code) == (403, "may_not_take_word")
    assert everything_written() == before


def test_a_preview_offers_what_could_be_done_on_somebodys_word(world, app, last):
    path, said = f"sessions/{last.uuid}/move/preview/", {"starts_at": FAR, "alone": True}
    assert app.post(path, said).json["proposal"] is None

    a_speaker(world=world)
    assert app.post(path, said).json["proposal"]
    Clinic.objects.filter(pk=world.clinic.pk).update(takes_words=False)
    assert app.post(path, said).json["proposal"] is None


def test_the_same_request_with_one_key_is_said_once(app, doctor, last):
    path, said = asked(last, on_word_of=str(doctor.uuid))

    answers = [app.post(path, said, Idempotency_Key="once") for _ in range(3)]

    assert {(one.status, one.text) for one in answers} == {(200, answers[0].text)}
    assert SpokenWaiver.objects.count() == 1


def test_with_that_key_another_doctor_is_another_request(world, app, doctor, last):
    other = a_speaker(world=world, doctor=world.doctors[1])
    path, said = asked(last, on_word_of=str(doctor.uuid))
    app.post(path, said, Idempotency_Key="once")

    answer = app.post(path, said | {"on_word_of": str(other.uuid)}, Idempotency_Key="once")

    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert SpokenWaiver.objects.get().said_by == doctor


def test_whose_word_counts_is_listed_with_their_diaries(world, app, doctor):
    owner = a_user(clinic=world.clinic, role=Role.OWNER, name="Ada")
    a_user(clinic=world.clinic, role=Role.ADMINISTRATOR)

    assert app.get("speakers/").json["results"] == [
        {"member": str(owner.uuid), "name": "Ada", "role": "owner", "resource": None},
        {
            "member": str(doctor.uuid),
            "name": "Dr Osei",
            "role": "practitioner",
            "resource": str(world.doctors[0].uuid),
        },
    ]
    Clinic.objects.filter(pk=world.clinic.pk).update(takes_words=False)
    assert app.get("speakers/").json["results"] == []


def test_the_list_tells_of_one_member_or_of_one_answer(world, app, doctor):
    word = a_word(world=world, said_by=doctor)
    other = a_speaker(world=world, doctor=world.doctors[1])

    def found(**query) -> list[str]:
        return [row["id"] for row in app.get("words/", **query).json["results"]]

    assert found(on_word_of=str(doctor.uuid)) == found(answer="none") == [str(word.uuid)]
    assert found(on_word_of=str(other.uuid)) == found(answer="not_mine") == []


def test_a_program_answers_for_who_was_named_and_for_nobody_else(world, doctor):
    word, rest = a_word(world=world, said_by=doctor), a_client(world, Scope.ANSWER_WORDS)
    other = a_speaker(world=world, doctor=world.doctors[1])
    path = f"words/{word.uuid}/answer/"

    foreign = rest.post(path, {"member": str(other.uuid), "answer": "right"})
    done = rest.post(path, {"member": str(doctor.uuid), "answer": "not_mine"})
    again = rest.post(path, {"member": str(doctor.uuid), "answer": "right"})

    assert (foreign.status, foreign.code) == (403, "not_your_word")
    assert (done.status, done.json["answer"], done.json["version"]) == (200, "not_mine", 2)
    assert (again.status, again.code, again.json["answer"]) == (409, "word_answered", "not_mine")


def test_who_names_a_doctor_does_not_answer_for_them(world, doctor):
    word = a_word(world=world, said_by=doctor)

    answer = a_client(world, *WAIVES).post(
        f"words/{word.uuid}/answer/", {"member": str(doctor.uuid), "answer": "right"}
    )

    assert (answer.status, answer.code) == (403, "scope_missing")
