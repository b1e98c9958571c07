"""One line a patient: who is calling, who has tried and when, and that they know."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.errors import NotAllowed, Refused, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Change, ExternalId, Patient
from scheduling.calling.patients_to_call import PatientToCall, patients_to_call
from scheduling.calling.phone import BeingCalled, LineChanged, Tried, begin_call, end_call, reach
from scheduling.messages.call_list import NothingToSay
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, PhoneCall, PhoneOutcome, Session
from scheduling.models.phone_calls import LONGEST_CALL
from tests.support.acts.courses import a_booked_course
from tests.support.acts.moves import move
from tests.support.builders import an_actor
from tests.support.cast import NOW
from tests.support.desk import reception
from tests.support.rest import a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
NOBODY = Tried(PhoneOutcome.NOT_REACHED)


@pytest.fixture
def course(world) -> list[Session]:
    """Two things to tell a patient without an address: a move, and a reminder that came back."""
    course = a_booked_course(world=world, now=NOW - timedelta(days=7))
    Patient.objects.update(mail_problem="comes_back", phone="+31612345678")
    move(world, course[3], days=1)
    send_due(now=NOW)
    Message.objects.filter(kind="reminder", session=course[1]).update(state="call", reason="bad_address")
    return course


@pytest.fixture
def thijs(world):
    return replace(an_actor(clinic=world.clinic), label="Thijs", reference="thijs")


def line_of(world: World, now: datetime = NOW) -> PatientToCall:
    [line] = patients_to_call(by=world.reception, now=now)
    return line


def test_all_that_a_patient_does_not_know_is_one_line(world, course):
    line = line_of(world)

    assert {one.message.kind for one in line.calls} == {"notice", "reminder"}
    assert reception(world).get("/calls/").text.count("They know now") == 1


def test_reached_once_they_know_everything(world, course):
    told = reach(patient=world.patient, seen="", by=world.reception, now=NOW)

    assert patients_to_call(by=world.reception, now=NOW) == []
    assert {Message.objects.get(pk=one.pk).state for one in told} == {MessageState.TOLD}
    assert PhoneCall.objects.get().outcome == PhoneOutcome.REACHED


def test_what_changed_while_they_were_told_is_told_by_nobody_yet(world, course):
    seen = line_of(world).stamp
    page = reception(world).get("/calls/")
    move(world, course[3], days=1)

    with pytest.raises(LineChanged):
        reach(patient=world.patient, seen=seen, by=world.reception, now=NOW)
    after = reception(world).send(page, "They know now")

    assert after.location == "/calls/"
    assert len(line_of(world).calls) == 2


def test_other_desks_see_who_is_calling_at_once(world, course, thijs):
    before = Change.objects.count()

    begin_call(patient=world.patient, by=thijs, now=NOW)

    call = line_of(world).under_way(NOW)
    assert call is not None
    assert call.by_name == "Thijs"
    assert Change.objects.count() > before
    assert "Thijs is calling, since 09:00." in reception(world).get("/calls/").text


def test_two_do_not_call_one_patient_at_once(world, course, thijs):
    begin_call(patient=world.patient, by=thijs, now=NOW)

    with pytest.raises(BeingCalled) as refused:
        begin_call(patient=world.patient, by=world.reception, now=NOW)

    assert (refused.value.code, refused.value.details) == ("being_called", {"by": "Thijs"})


def test_the_database_knows_one_call_of_a_patient_at_a_time(world, course, thijs):
    begin_call(patient=world.patient, by=thijs, now=NOW)
    row = PhoneCall.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_calling_twice_is_calling_once(world, course, thijs):
    for _ in range(2):
        begin_call(patient=world.patient, by=thijs, now=NOW)

    assert PhoneCall.objects.count() == 1


def test_who_forgot_to_hang_up_keeps_nobody_from_calling(world, course, thijs):
    begin_call(patient=world.patient, by=thijs, now=NOW)

    begin_call(patient=world.patient, by=world.reception, now=NOW + LONGEST_CALL)

    outcomes = list(PhoneCall.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == [PhoneOutcome.NOT_REACHED, PhoneOutcome.UNDER_WAY]


@pytest.mark.parametrize("outcome", [PhoneOutcome.NOT_REACHED, PhoneOutcome.LEFT_MESSAGE])
def test_who_was_not_reached_stays_with_who_tried_when_and_when_to_try_again(world, course, thijs, outcome):
    begin_call(patient=world.patient, by=thijs, now=NOW)

    end_call(patient=world.patient, tried=Tried(outcome, NOW + AN_HOUR), by=thijs, now=NOW)

    line = line_of(world)
    assert (line.under_way(NOW), line.again_at, line.waits(NOW)) == (None, NOW + AN_HOUR, True)
    assert [(one.by_name, one.outcome) for one in line.tries] == [("Thijs", outcome)]
    assert len(line.calls) == 2
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.patients) == ("tried_to_call", world.patient.uuid.hex)


def test_what_was_tried_before_they_were_reached_says_nothing_of_what_came_after(world, course):
    end_call(patient=world.patient, tried=NOBODY, by=world.reception, now=NOW)
    reach(patient=world.patient, seen="", by=world.reception, now=NOW + AN_HOUR)
    move(world, course[3], days=1, now=NOW + 2 * AN_HOUR)
    send_due(now=NOW + 2 * AN_HOUR)

    assert line_of(world, NOW + 2 * AN_HOUR).tries == ()


def test_a_call_of_who_is_calling_goes_on_though_another_could_not_reach_them(world, course, thijs):
    begin_call(patient=world.patient, by=thijs, now=NOW)

    end_call(patient=world.patient, tried=NOBODY, by=world.reception, now=NOW)

    call = line_of(world).under_way(NOW)
    assert call is not None
    assert call.by_name == "Thijs"


@pytest.mark.parametrize("again_at", [NOW, NOW - AN_HOUR, NOW + timedelta(days=15)])
def test_again_is_later_and_not_in_weeks(world, course, again_at):
    tried = Tried(PhoneOutcome.NOT_REACHED, again_at)

    with pytest.raises(Refused) as refused:
        end_call(patient=world.patient, tried=tried, by=world.reception, now=NOW)

    assert refused.value.code == "call_again_out_of_range"


def test_there_is_nobody_to_call_about_nothing(world):
    with pytest.raises(NothingToSay):
        begin_call(patient=world.patient, by=world.reception, now=NOW)
    with pytest.raises(NothingToSay):
        reach(patient=world.patient, seen="", by=world.reception, now=NOW)
    with pytest.raises(NothingToSay):
        end_call(patient=world.patient, tried=NOBODY, by=world.reception, now=NOW)


def test_another_clinic_calls_nobody_of_ours_and_an_auditor_nobody(world, course):
    strangers = a_course_world().reception

    with pytest.raises(Unknown):
        begin_call(patient=world.patient, by=strangers, now=NOW)
    with pytest.raises(NotAllowed):
        reach(patient=world.patient, seen="", by=an_actor(clinic=world.clinic, role=Role.AUDITOR), now=NOW)


def test_without_a_number_the_line_says_where_else_to_look(world, course):
    Patient.objects.update(phone="")
    ExternalId.objects.create(
        clinic=world.clinic,
        system="till",
        value="4711",
        kind="patient",
        named=world.patient.uuid,
        created_at=NOW,
    )

    text = reception(world).get("/calls/").text

    assert "There is no phone number." in text
    assert "till knows them as 4711: look there." in text


def test_as_many_queries_for_any_number_of_tries(world, course, django_assert_num_queries):
    for _ in range(3):
        end_call(patient=world.patient, tried=NOBODY, by=world.reception, now=NOW)
        with django_assert_num_queries(3):
            patients_to_call(by=world.reception, now=NOW)


def test_the_desk_begins_a_call_notes_that_nobody_answered_and_that_they_know(world, course):
    desk = reception(world)

    calling = desk.follow(desk.send(desk.get("/calls/"), "I am calling"))
    form = desk.get(f"/patients/{world.patient.uuid}/tried/")
    noted = desk.follow(desk.send(form, "Note it", outcome="left_message", again_time="11:30", again_on=""))
    done = desk.follow(desk.send(noted, "They know now"))

    assert "You are calling, since 09:00." in calling.text
    assert "Left a message: " in noted.text
    assert "Try again at 11:30." in noted.text
    assert "Marit de Vries knows." in done.text
    assert "Every message that was due has gone out." in done.text


def test_a_time_that_has_passed_is_said_at_its_field(world, course):
    desk = reception(world)
    form = desk.get(f"/patients/{world.patient.uuid}/tried/")

    answer = desk.send(form, "Note it", outcome="not_reached", again_time="08:00", again_on="")

    assert answer.status == 422
    assert "Try again later than now" in answer.text


def test_a_client_calls_too(world, course):
    rest = a_client_of(world)
    path = f"patients/{world.patient.uuid}"

    begun = rest.post(f"{path}/calling/", {})
    [line] = rest.get("calls/").json["results"]
    tried = rest.post(f"{path}/tried/", {"outcome": "not_reached"})
    changed = rest.post(f"{path}/reached/", {"seen": "of yesterday"})
    told = rest.post(f"{path}/reached/", {"seen": line["stamp"]})

    assert (begun.status, begun.json["outcome"]) == (201, "under_way")
    assert line["patient"] == str(world.patient.uuid)
    assert line["calling"]["outcome"] == "under_way"
    assert {one["reason"] for one in line["messages"]} == {"bad_address"}
    assert (tried.status, tried.json["outcome"]) == (201, "not_reached")
    assert (changed.status, changed.code) == (409, "line_changed")
    assert {one["state"] for one in told.json["messages"]} == {"told"}
    assert rest.get("calls/").json == {"results": []}
