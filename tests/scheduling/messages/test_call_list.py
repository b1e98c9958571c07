"""What no mail could bring: it is to be said by a person, until somebody did or the session is over."""

from datetime import datetime, timedelta

import pytest

from clinic.errors import NotAllowed, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Clinic, Patient
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.messages.call_list import NothingToSay, call_list, mark_told
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageKind, MessageState, Reason, Session
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.acts.moves import move
from tests.support.builders import a_practitioner, an_actor
from tests.support.cast import NOW
from tests.support.desk import reception
from tests.support.rest import a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(world) -> list[Session]:
    return a_booked_course(world=world, now=NOW - timedelta(days=7))


def given_up(kind: MessageKind, state: MessageState = MessageState.CALL, **about) -> list[Message]:
    rows = Message.objects.filter(kind=kind, **about)
    rows.update(state=state, reason=Reason.NO_ADDRESS)
    return list(rows.select_related("patient").order_by("pk"))


def moved(world: World, session: Session, state: MessageState = MessageState.CALL) -> Message:
    move(world, session, days=1)
    return given_up(MessageKind.NOTICE, state)[-1]


def on_day(session: Session, *, days: int = 0) -> str:
    day = times_of(session).on + timedelta(days=days)
    return f"{day:%a} {day.day} {day:%b}"


def to_call(world: World, now: datetime = NOW) -> list[int]:
    return [one.message.pk for one in call_list(by=world.reception, now=now)]


def test_a_reminder_is_to_be_said_until_its_session_begins(world, course):
    first, *_ = given_up(MessageKind.REMINDER, session=course[1])

    assert first.pk in to_call(world)
    assert to_call(world, times_of(course[1]).starts_at) == []


def test_a_reminder_that_came_too_late_is_said_by_nobody(world, course):
    given_up(MessageKind.REMINDER, MessageState.TOO_LATE, session=course[1])

    assert to_call(world) == []


def test_news_is_to_be_said_while_its_session_is_ahead(world, course):
    news = moved(world, course[3])
    starts = times_of(Session.objects.get(pk=course[3].pk)).starts_at

    assert to_call(world, starts - timedelta(minutes=1)) == [news.pk]
    assert to_call(world, starts) == []


def test_news_that_holds_no_more_is_said_by_nobody(world, course):
    moved(world, course[3])
    move(world, course[3], days=-1)

    assert to_call(world) == []


def test_what_changed_again_is_one_call_until_a_mail_tells_it(world, course):
    before = moved(world, course[3])
    move(world, course[3], days=1)

    assert to_call(world) == [before.pk]
    assert send_due(now=NOW).sent == 1
    assert to_call(world) == []


def test_of_two_notices_of_a_course_that_failed_the_last_is_a_call_about_all(world, course):
    moved(world, course[2])
    last = moved(world, course[3])

    [one] = call_list(by=world.reception, now=NOW)

    assert (one.message.pk, [session.pk for session in one.sessions]) == (
        last.pk,
        [course[2].pk, course[3].pk],
    )


def test_each_comes_with_the_sessions_it_tells_of(world, course):
    moved(world, course[3])

    [one] = call_list(by=world.reception, now=NOW)

    assert [session.pk for session in one.sessions] == [course[3].pk]


def test_who_was_erased_is_called_by_nobody(world, course):
    moved(world, course[3])
    Patient.objects.update(erased_at=NOW)

    assert to_call(world) == []


def test_a_practitioner_calls_their_own_patients_and_a_clinic_its_own(world, course):
    moved(world, course[3])
    colleague = a_practitioner(clinic=world.clinic, name="Dr Vos")
    other = an_actor(clinic=world.clinic, role=world.doctor.role, practitioner=colleague)

    assert call_list(by=other, now=NOW) == []
    assert to_call(a_course_world()) == []


def test_it_takes_as_many_queries_for_one_message_as_for_three(world, course, django_assert_num_queries):
    for number in (1, 2, 3):
        moved(world, course[number])
        with django_assert_num_queries(2):
            found = call_list(by=world.reception, now=NOW)
            assert [(one.message.patient.pk, one.message.plan, one.sessions) for one in found]


def test_what_was_said_is_said_and_in_the_trail(world, course):
    news = moved(world, course[3])

    mark_told(message=news, by=world.reception, now=NOW)

    assert to_call(world) == []
    assert Message.objects.get(pk=news.pk).state == MessageState.TOLD
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.about, entry.patients) == ("told_patient", news.uuid, news.patient.uuid.hex)


def test_saying_it_twice_is_saying_it_once(world, course):
    news = moved(world, course[3])
    mark_told(message=news, by=world.reception, now=NOW)
    wrote = everything_written()

    mark_told(message=news, by=world.reception, now=NOW)

    assert everything_written() == wrote


def test_who_was_reminded_by_phone_is_reminded_of_that_session(world):
    Clinic.objects.update(reminder_hours_before=20)
    world.clinic.refresh_from_db()
    course = a_booked_course(world=world, now=NOW - timedelta(days=7))
    first, *others = given_up(MessageKind.REMINDER, session=course[1])
    [another] = given_up(MessageKind.REMINDER, session=course[2])[:1]
    assert others

    mark_told(message=first, by=world.reception, now=NOW)

    assert {row.pk for row in others} & set(to_call(world)) == set()
    assert another.pk in to_call(world)


@pytest.mark.parametrize("state", [MessageState.WAITING, MessageState.SENT, MessageState.VOID])
def test_what_mail_does_needs_nobody_to_say_it(world, course, state):
    news = moved(world, course[3])
    Message.objects.filter(pk=news.pk).update(state=state, sent_at=NOW)

    with pytest.raises(NothingToSay):
        mark_told(message=news, by=world.reception, now=NOW)


def test_another_clinic_says_nothing_to_our_patients(world, course):
    news = moved(world, course[3])

    with pytest.raises(Unknown):
        mark_told(message=news, by=a_course_world().reception, now=NOW)
    with pytest.raises(NotAllowed):
        mark_told(message=news, by=an_actor(clinic=world.clinic, role=Role.AUDITOR), now=NOW)


def test_the_call_list_has_each_patient_with_the_time_to_tell_and_takes_the_answer(world, course):
    moved(world, course[3])
    Patient.objects.update(phone="+31612345678")
    starts = times_of(Session.objects.get(pk=course[3].pk)).starts_at.astimezone(world.site.tz)
    desk = reception(world)

    page = desk.get("/calls/")
    after = desk.follow(desk.send(page, "They know now"))

    assert f"{starts:%a} {starts.day} {starts:%b}, {starts:%H:%M}" in page.text
    assert "+31612345678" in page.text
    assert "There is no e-mail address." in page.text
    assert after.url == "/calls/"
    assert "Marit de Vries knows." in after.text
    assert "Every message that was due has gone out." in after.text


def test_what_moved_and_what_is_off_stand_apart_in_one_call(world, course):
    move(world, course[2], days=1)
    ending = Ending(reason="Flu", cancelled_by="patient")
    cancel_session(session=course[3], ending=ending, by=world.reception, now=NOW)
    given_up(MessageKind.NOTICE)

    page = reception(world).get("/calls/")

    said = page.text.partition("No mail reaches them")[2]
    moved, off = said.partition("Cancelled")[::2]
    assert "Moved to" in moved
    assert f"{on_day(course[2], days=1)}, " in moved
    assert f"{on_day(course[3])}, " in off
    assert said.count("They know now") == 1


def test_a_session_with_two_reminders_is_one_call(world, course):
    given_up(MessageKind.REMINDER, session=course[1])

    assert reception(world).get("/calls/").text.count("They know now") == 1


def test_a_client_reads_what_is_to_be_said_and_says_so(world, course):
    news = moved(world, course[3])
    rest = a_client_of(world)

    listed = rest.get("messages/unsaid/")
    told = rest.post(f"messages/{news.uuid}/told/", {})

    assert listed.json["results"] == [
        {
            "id": str(news.uuid),
            "version": Message.objects.get(pk=news.pk).version - 1,
            "patient": str(world.patient.uuid),
            "plan": str(course[3].plan and course[3].plan.uuid),
            "kind": "notice",
            "state": "call",
            "problem": "There is no e-mail address.",
            "reason": "no_address",
            "server_said": "",
            "visits": [str(course[3].uuid)],
        }
    ]
    assert (told.status, told.json["state"]) == (200, "told")
    assert rest.get("messages/unsaid/").json == {"results": []}


def test_a_client_hears_that_there_is_nothing_to_say(world, course):
    waiting = Message.objects.filter(state=MessageState.WAITING).first()
    assert waiting is not None

    answer = a_client_of(world).post(f"messages/{waiting.uuid}/told/", {})

    assert (answer.status, answer.code) == (409, "nothing_to_say")
