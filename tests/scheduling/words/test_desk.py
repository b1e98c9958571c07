"""At the desk: beside the reason stands on whose word, and who was named sees it on their first page."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import AuditEntry, Clinic, User
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session, SpokenWaiver, WordAnswer
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.acts.delays import LATE, a_consultation, at
from tests.support.builders import a_user
from tests.support.cast import AMSTERDAM, NOW
from tests.support.desk import Desk, Page, doctors_desk, reception
from tests.support.words.spoken import a_word

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def course(world) -> list[Session]:
    """Five treatments on Mondays at nine."""
    return a_booked_course(world=world, sessions=5)


@pytest.fixture
def front(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, name="Noor"))


def far(session: Session, **more: str) -> dict[str, str]:
    local = times_of(session).starts_at.astimezone(AMSTERDAM) + 18 * DAY
    return {"on": str(local.date()), "at": f"{local:%H:%M}", "alone": "on", **more}


def move_page(session: Session) -> str:
    return reverse("session-move", args=[session.uuid])


def prescription(world, doctor: User, **more: str) -> dict[str, str]:
    return {
        "protocol": str(world.protocols["prp-mesotherapy"].uuid),
        "session_count": "2",
        "prescribed_by": str(world.doctors[0].uuid),
        **more,
    }


def words_said() -> list[tuple[list[str], str]]:
    return [(word.codes, word.said_by.name) for word in SpokenWaiver.objects.order_by("pk")]


def test_what_only_a_doctor_decides_is_moved_on_their_word(front, doctor, course):
    looked = front.get(move_page(course[4]), **far(course[4]))
    without = front.post(move_page(course[4]), far(course[4], reason="Wedding"))
    done = front.post(move_page(course[4]), far(course[4], reason="Wedding", on_word_of=str(doctor.uuid)))

    assert "On the word of" in looked.text
    assert "Move 1 session" in looked.text
    assert without.status == 422
    assert "One of these may decide it: Dr Osei. Choose who said so, and say why." in without.text
    assert done.status == 302
    assert words_said() == [(["far_outside_window"], "Dr Osei")]


def test_whose_word_it_is_wants_a_reason(front, doctor, course):
    page = front.post(move_page(course[4]), far(course[4], on_word_of=str(doctor.uuid)))

    assert page.status == 422
    assert "Say why: it is kept with who said so." in page.text


def test_where_there_is_nobody_to_name_nobody_is_asked(world, front, doctor, course):
    Clinic.objects.filter(pk=world.clinic.pk).update(takes_words=False)

    page = front.get(move_page(course[4]), **far(course[4]))
    sent = front.post(move_page(course[4]), far(course[4], reason="Wedding", on_word_of=str(doctor.uuid)))

    assert "On the word of" not in page.text
    assert "As it stands this cannot be done." in page.text
    assert (sent.status, SpokenWaiver.objects.count()) == (422, 0)


def test_a_doctor_at_the_screen_names_nobody(world, doctor, course):
    page = doctors_desk(world).get(move_page(course[4]), **far(course[4]))

    assert "Move 1 session" in page.text
    assert "On the word of" not in page.text


def test_a_receptionist_is_not_on_the_list_and_cannot_be_sent(world, front, doctor, course):
    own = front.user
    assert own is not None

    page = front.post(move_page(course[4]), far(course[4], reason="Wedding", on_word_of=str(own.uuid)))

    assert page.status == 422
    assert "They cannot be named any more. Choose again." in page.text
    assert not SpokenWaiver.objects.exists()


def test_another_number_of_sessions_is_prescribed_on_a_doctors_word(world, front, doctor):
    url = reverse("prescribe", args=[world.patient.uuid])

    without = front.post(url, prescription(world, doctor, waiver="Begun elsewhere"))
    said = prescription(world, doctor, waiver="Begun elsewhere", on_word_of=str(doctor.uuid))

    assert "Reason for another number" in front.get(url).text
    assert "One of these may decide it: Dr Osei." in without.text
    assert front.post(url, said).status == 302
    assert words_said() == [(["sessions_out_of_range"], "Dr Osei")]


def test_a_course_is_amended_on_a_doctors_word(front, doctor, course):
    assert course[0].plan is not None
    url = reverse("plan-amend", args=[course[0].plan.uuid])
    said = {"session_count": "8", "reason": "Slow", "on_word_of": str(doctor.uuid)}

    assert front.post(url, said | {"on_word_of": ""}).status == 422
    assert front.post(url, said).status == 302
    assert words_said() == [(["sessions_out_of_range"], "Dr Osei")]


def test_a_late_cancellation_is_set_aside_on_a_doctors_word(world, doctor, course):
    front = Desk(a_user(clinic=world.clinic), now=times_of(course[0]).starts_at - DAY / 24)
    url = reverse("session-cancel", args=[course[0].uuid])
    said = {"cancelled_by": "patient", "reason": "Flu", "waive": "on"}

    without = front.post(url, said)

    assert (without.status, "One of these may decide it: Dr Osei." in without.text) == (403, True)
    assert front.post(url, said | {"on_word_of": str(doctor.uuid)}).status == 302
    assert words_said() == [(["late_cancel"], "Dr Osei")]
    assert not Session.objects.get(pk=course[0].pk).is_late_cancel


def test_a_day_is_pushed_past_its_hours_on_a_doctors_word(world, doctor):
    a_consultation(world, at(16, 30))
    front = Desk(a_user(clinic=world.clinic), now=LATE)
    page = front.get(reverse("late"), resource=str(world.doctors[0].uuid), minutes="20")

    done = front.send(page, "Push these sessions", reason="She agreed", on_word_of=str(doctor.uuid))

    assert done.status == 302
    assert words_said() == [(["outside_hours"], "Dr Osei")]


def near(world, course: list[Session], **more: str) -> dict[str, str]:
    starts_at = (times_of(course[0]).starts_at + DAY).replace(hour=14)
    kind = str(world.session_types["mesotherapy"].uuid)
    return {"session_type": kind, "starts_at": starts_at.isoformat(), "on": str(starts_at.date()), **more}


def test_a_session_too_near_to_a_course_is_booked_on_a_doctors_word(world, front, doctor, course):
    url = reverse("book-session", args=[world.patient.uuid])

    without = front.post(url, near(world, course, reason="Wedding"))
    asked = near(world, course, reason="Wedding", on_word_of=str(doctor.uuid))
    del asked["starts_at"]
    page = front.get(url, **asked)
    start = next(one for one in page.seen.forms if one.method == "post" and "on_word_of" in one.fields)

    assert "One of these may decide it: Dr Osei." in without.text
    assert start.fields["on_word_of"] == [str(doctor.uuid)]
    assert front.post(url, near(world, course, reason="Wedding", on_word_of=str(doctor.uuid))).status == 302
    assert words_said() == [(["rest_far_too_short"], "Dr Osei")]


def test_who_walks_in_too_near_to_a_course_is_taken_on_a_doctors_word(world, doctor, course):
    front = Desk(a_user(clinic=world.clinic), now=times_of(course[0]).starts_at + DAY)
    url = reverse("session-walk-in", args=[world.patient.uuid])
    kind = str(world.session_types["mesotherapy"].uuid)
    said = {"session_type": kind, "reason": "Here now"}

    without = front.post(url, said)

    assert "One of these may decide it: Dr Osei." in without.text
    assert front.post(url, said | {"on_word_of": str(doctor.uuid)}).status == 302
    assert words_said() == [(["rest_far_too_short"], "Dr Osei")]


def test_another_kind_too_near_to_a_course_is_made_of_a_session_on_a_doctors_word(
    world, front, doctor, course
):
    starts_at = (times_of(course[0]).starts_at + DAY).replace(hour=14)
    wanted = SingleSession(world.patient, world.session_types["consultation"], starts_at)
    lone = book_session(wanted=wanted, by=world.reception, now=NOW)
    url = reverse("session-kind", args=[lone.uuid])
    said = {"session_type": str(world.session_types["mesotherapy"].uuid), "reason": "Better so"}

    without = front.post(url, said)
    done = front.send(without, "Make it", reason="Better so", on_word_of=str(doctor.uuid))

    assert "One of these may decide it: Dr Osei." in without.text
    assert done.status == 302
    assert words_said() == [(["rest_far_too_short"], "Dr Osei")]


def test_two_injections_on_one_day_are_offered_on_nobodys_word(world, front, doctor, course):
    starts_at = times_of(course[0]).starts_at.replace(hour=14)
    said = near(world, course, reason="Here now") | {"starts_at": starts_at.isoformat()}

    page = front.post(reverse("book-session", args=[world.patient.uuid]), said)

    assert "Only a practitioner or the owner may have both on one day." in page.text
    assert "One of these may decide it" not in page.text


@pytest.fixture
def named(doctor) -> Desk:
    return Desk(doctor)


@pytest.fixture
def word(world, doctor, desk) -> SpokenWaiver:
    """Entered by Noor."""
    return a_word(world=world, said_by=doctor, by=desk)


def desk_of_who_entered(word: SpokenWaiver) -> Desk:
    return Desk(User.objects.get(uuid=word.entered_by.partition(":")[2]))


def first_page(desk: Desk) -> Page:
    return desk.get(reverse("day-sheet"))


def test_who_was_named_sees_it_first_with_what_when_by_whom_and_why(named, word):
    page = first_page(named)

    assert "It was set aside on your word. Was that so?" in page.text
    assert "another number of sessions than the protocol says" in page.text
    assert "Mon 4 Jan, 09:00, entered by Noor: Begun elsewhere" in page.text


def test_right_takes_it_off_the_page(named, word):
    done = named.post(reverse("word-right", args=[word.uuid]))

    assert done.location == reverse("day-sheet")
    assert "It was set aside on your word." not in first_page(named).text
    assert SpokenWaiver.objects.get().answer == WordAnswer.RIGHT


def test_not_mine_is_before_the_owner_the_administrator_and_who_entered_it(world, named, word):
    named.post(reverse("word-not-mine", args=[word.uuid]))

    told = [Desk(a_user(clinic=world.clinic, role=role)) for role in (Role.OWNER, Role.ADMINISTRATOR)]
    for desk in (*told, desk_of_who_entered(word)):
        page = first_page(desk)
        assert "They were named, and say that they did not say so." in page.text
        assert "in the name of Dr Osei" in page.text
        assert "Not mine" in page.text
    assert "They were named" not in first_page(reception(world)).text
    assert "They were named" not in first_page(named).text


def test_nobody_else_has_the_buttons_or_their_addresses(world, word):
    other = Desk(a_user(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[1]))
    owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER))

    assert other.post(reverse("word-right", args=[word.uuid])).status == 404
    page = owner.follow(owner.post(reverse("word-right", args=[word.uuid])))
    assert "This was said in the name of Dr Osei. Only they can answer it." in page.text
    assert SpokenWaiver.objects.get().answer == WordAnswer.NONE
    assert reverse("word-right", args=[word.uuid]) not in owner.get(reverse("words")).html


def test_the_list_of_all_words_is_noted_as_a_look_at_their_patients(world, word, named):
    owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER))

    assert "another number of sessions" in owner.get(reverse("words")).text
    assert "another number of sessions" in named.get(reverse("words")).text
    assert "Nothing was said" in reception(world).get(reverse("words")).text
    looks = AuditEntry.objects.filter(act="saw_sessions", patients=world.patient.uuid.hex)
    assert looks.count() == 2


def test_the_clinics_page_switches_it_off_and_on(world, front, doctor):
    owner, url = Desk(a_user(clinic=world.clinic, role=Role.OWNER)), reverse("course-rules")
    page = owner.get(url)
    kept = page.form("Keep").fields
    assert kept["takes_words"] == ["on"]

    owner.post(url, {name: value for name, value in kept.items() if name != "takes_words"})

    assert not Clinic.objects.get(pk=world.clinic.pk).takes_words
