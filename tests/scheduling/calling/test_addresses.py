"""An address that mail does not reach: corrected or confirmed, and what it kept goes out after all."""

from datetime import timedelta

import pytest

from clinic.errors import Malformed, NotAllowed, Refused, Unknown
from clinic.identity.actors import Role, Scope
from clinic.models import AuditEntry, Change, MailProblem, Patient
from clinic.people.finding.find import find_patients
from scheduling.calling.addresses import confirm_addresses, correct_address, doubted_addresses
from scheduling.calling.patients_to_call import patients_to_call
from scheduling.messages import outbox
from scheduling.messages.outbox import Verdict
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Reason
from tests.support.acts.courses import a_booked_course
from tests.support.acts.mailing import due_messages
from tests.support.acts.moves import move
from tests.support.builders import a_key, a_patient, an_actor
from tests.support.cast import NOW
from tests.support.desk import reception
from tests.support.rest import RestClient
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

RIGHT = "marit.right@patients.example"
# What earlier releases took for a wrong address, and what is one.
NOT_THE_ADDRESS = ("550 5.7.1 relay not permitted", "552 5.2.2 mailbox full", "554 Message refused as spam")
THE_ADDRESS = ("550 5.1.1 no such user", "It cannot write to an address like this.", "")


@pytest.fixture
def course(world):
    """A move that the patient did not hear of, for mail to her comes back."""
    course = a_booked_course(world=world, now=NOW - timedelta(days=7))
    Patient.objects.update(mail_problem="comes_back", mail_server_said="550 5.1.1 no such user")
    move(world, course[3], days=1)
    send_due(now=NOW)
    return course


def a_program(world, *scopes: Scope) -> RestClient:
    """One that may read patients, and `scopes`."""
    return RestClient(a_key(clinic=world.clinic, scopes=[Scope.PATIENTS_READ, *scopes])[1], now=NOW)


def test_a_corrected_address_gets_what_the_wrong_one_kept(world, course, mailoutbox):
    revived = correct_address(patient=world.patient, email=f" {RIGHT} ", by=world.reception, now=NOW)
    send_due(now=NOW)

    assert [one.kind for one in revived] == ["notice"]
    assert [mail.to for mail in mailoutbox] == [[RIGHT]]
    assert patients_to_call(by=world.reception, now=NOW) == []


def test_the_address_that_stands_is_confirmed_by_saving_it(world, course):
    correct_address(patient=world.patient, email=world.patient.email, by=world.reception, now=NOW)

    patient = Patient.objects.get()
    assert (patient.mail_problem, patient.mail_server_said) == ("", "")
    assert Message.objects.get(kind="notice").state == MessageState.WAITING


def test_the_patient_is_found_by_the_corrected_address_and_by_the_wrong_one_no_more(world, course):
    wrong = world.patient.email

    correct_address(patient=world.patient, email=RIGHT, by=world.reception, now=NOW)

    assert find_patients(by=world.reception, words=RIGHT).patients == (world.patient,)
    assert find_patients(by=world.reception, words=wrong).patients == ()


def test_who_corrected_what_stands_in_the_trail_and_in_the_log_once(world, course):
    version, changes = Patient.objects.get().version, Change.objects.filter(kind="patient").count()

    for _ in range(2):
        correct_address(patient=world.patient, email=RIGHT, by=world.reception, now=NOW)

    assert AuditEntry.objects.get(act="corrected_address").about == world.patient.uuid
    assert Patient.objects.get().version == version + 1
    assert Change.objects.filter(kind="patient").count() == changes + 1


@pytest.mark.damages_diaries
def test_that_an_address_is_marked_is_logged_like_any_change(mail_server):
    [message] = due_messages(1)
    mail_server.to_recipient[message.patient.email] = "550 5.1.1 no such user"
    version = Patient.objects.get().version

    send_due(now=NOW)

    patient = Patient.objects.get()
    assert (patient.mail_problem, patient.version) == ("comes_back", version + 1)
    assert Change.objects.filter(kind="patient", object_uuid=patient.uuid, version=patient.version).exists()


def test_what_the_old_address_refuses_after_it_was_corrected_goes_to_the_new_one(world, course, mailoutbox):
    """A sender was at it while the desk corrected it."""
    correct_address(patient=world.patient, email=world.patient.email, by=world.reception, now=NOW)
    message = Message.objects.select_related("patient").get(kind="notice")
    correct_address(patient=world.patient, email=RIGHT, by=world.reception, now=NOW)

    refused = Verdict(
        MessageState.CALL, Reason.BAD_ADDRESS, was_tried=True, mail_problem=MailProblem.COMES_BACK
    )
    outbox.record([message], refused, now=NOW)
    send_due(now=NOW)

    assert Patient.objects.get().mail_problem == ""
    assert [mail.to for mail in mailoutbox] == [[RIGHT]]


def test_of_several_things_to_tell_of_a_course_one_mail_goes_out(world, course, mailoutbox):
    move(world, course[2], days=1)
    send_due(now=NOW)
    move(world, course[2], days=1)

    correct_address(patient=world.patient, email=RIGHT, by=world.reception, now=NOW)
    send_due(now=NOW)

    assert len(mailoutbox) == 1
    assert patients_to_call(by=world.reception, now=NOW) == []


def test_what_would_help_nobody_any_more_stays_where_it_is(world, course):
    Message.objects.filter(kind="notice").update(useful_until=NOW)
    told = Message.objects.create(
        clinic=world.clinic,
        patient=world.patient,
        kind="reminder",
        key="reminder:one",
        due_at=NOW,
        useful_until=NOW + timedelta(days=1),
        state="call",
        reason="refused",
    )

    assert correct_address(patient=world.patient, email=RIGHT, by=world.reception, now=NOW) == []
    told.refresh_from_db()
    assert told.state == MessageState.CALL


@pytest.mark.damages_diaries
def test_whoever_got_a_first_address_is_reminded_by_mail(mailoutbox):
    [message] = due_messages(1)
    Patient.objects.update(email="")
    send_due(now=NOW)

    by = an_actor(clinic=message.clinic)
    correct_address(patient=Patient.objects.get(), email=RIGHT, by=by, now=NOW)
    send_due(now=NOW)

    assert [mail.to for mail in mailoutbox] == [[RIGHT]]


@pytest.mark.parametrize(
    ("email", "code"), [("", "email_missing"), ("  ", "email_missing"), ("marit@", "malformed_email")]
)
def test_what_is_no_address_changes_nothing(world, course, email, code):
    with pytest.raises(Malformed) as refused:
        correct_address(patient=world.patient, email=email, by=world.reception, now=NOW)

    assert refused.value.code == code
    assert Patient.objects.get().mail_problem == "comes_back"


def test_who_was_erased_gets_no_address(world, course):
    Patient.objects.update(erased_at=NOW)

    with pytest.raises(Refused):
        correct_address(patient=world.patient, email=RIGHT, by=world.reception, now=NOW)
    assert confirm_addresses(patients=[world.patient], by=world.reception, now=NOW) == 0


def test_an_auditor_and_another_clinic_correct_nothing(world, course):
    auditor, elsewhere = an_actor(clinic=world.clinic, role=Role.AUDITOR), a_course_world().reception

    for act in (
        lambda by: correct_address(patient=world.patient, email=RIGHT, by=by, now=NOW),
        lambda by: confirm_addresses(patients=[world.patient], by=by, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act(auditor)
        with pytest.raises(Unknown):
            act(elsewhere)


@pytest.mark.parametrize("said", NOT_THE_ADDRESS + THE_ADDRESS)
def test_marks_of_an_earlier_release_are_judged_by_what_the_server_said(world, said):
    Patient.objects.update(mail_problem="comes_back", mail_server_said=said)

    [one] = doubted_addresses(by=world.reception)

    assert one.is_in_doubt == (said in THE_ADDRESS)


def test_the_desk_confirms_many_at_once_and_those_marked_wrongly_are_ticked(world):
    others = [
        a_patient(clinic=world.clinic, family_name=f"Jansen {one}", email="one@patients.example")
        for one in range(3)
    ]
    Patient.objects.exclude(pk=others[2].pk).update(
        mail_problem="comes_back", mail_server_said="550 5.1.1 no"
    )
    Patient.objects.filter(pk=others[0].pk).update(mail_server_said="550 5.7.1 relay not permitted")
    desk = reception(world)

    assert "Mail to 3 patients comes back" in desk.get("/calls/").text
    form = desk.get("/addresses/").form("Send mail to them again")
    assert form.fields["right"] == [str(others[0].uuid)]
    desk.post("/addresses/", {"right": [str(others[0].uuid), str(others[1].uuid)]})

    assert "Mail goes to 2 patients again." in desk.get("/addresses/").text
    assert list(Patient.objects.exclude(mail_problem="")) == [world.patient]


def test_the_desk_corrects_one_on_the_patients_page(world, course):
    desk = reception(world)
    address = f"/patients/{world.patient.uuid}/address/"

    assert address in desk.get(f"/patients/{world.patient.uuid}/").seen.links
    assert "not an e-mail address" in desk.post(address, {"email": "marit@"}).text
    said = desk.get(desk.post(address, {"email": RIGHT}).location)

    assert "1 message that could not be sent goes out now." in said.text
    assert Patient.objects.get().email == RIGHT


def test_a_program_reads_marks_corrects_one_and_confirms_many(world, course):
    other = a_patient(clinic=world.clinic, email="two@patients.example")
    Patient.objects.filter(pk=other.pk).update(mail_problem="comes_back", mail_server_said="552 mailbox full")
    client = a_program(world, Scope.PATIENTS_WRITE)

    listed = client.get("mail-problems/").json["results"]
    assert [(one["id"], one["is_in_doubt"]) for one in listed] == [
        (str(other.uuid), False),
        (str(world.patient.uuid), True),
    ]
    corrected = client.post(f"patients/{world.patient.uuid}/address/", {"email": RIGHT})
    assert (corrected.status, corrected.json["email"], corrected.json["mail_problem"]) == (200, RIGHT, "")
    confirmed = client.post("mail-problems/confirm/", {"patients": [str(other.uuid)]})
    assert confirmed.json == {"confirmed": 1}
    assert client.get("mail-problems/").json["results"] == []


def test_a_program_that_may_only_read_confirms_nothing(world, course):
    client = a_program(world)

    assert client.post(f"patients/{world.patient.uuid}/address/", {"email": RIGHT}).status == 403
    assert client.post("mail-problems/confirm/", {"patients": [str(world.patient.uuid)]}).status == 403


def test_one_patient_of_another_clinic_and_none_is_confirmed(world, course):
    foreign = a_course_world().patient
    client = a_program(world, Scope.PATIENTS_WRITE)

    said = client.post("mail-problems/confirm/", {"patients": [str(world.patient.uuid), str(foreign.uuid)]})

    assert (said.status, said.code) == (404, "unknown_patient")
    assert Patient.objects.get(pk=world.patient.pk).mail_problem == "comes_back"
