"""Poisoned addresses, names and templates: the poison is parked where staff see it, the rest is on time."""

import logging

import pytest
from django.template import TemplateSyntaxError

from clinic.models import Clinic, Patient, Site
from scheduling.messages import compose as mail_text
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState
from tests.support.acts.mailing import due_messages
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

INJECTION = "x@patients.example\r\nBcc: thief@elsewhere.example"


def with_second_patient(**fields):
    _, second, _ = due_messages(3)
    Patient.objects.filter(pk=second.patient_id).update(**fields)
    return second


@pytest.mark.parametrize(
    "email",
    [
        f"{'a' * 230}@patients.example",
        INJECTION,
        "x@patients.example\nsubject: hello",
        "nobody",
        "two@patients.example, more@patients.example",
        "Marit <marit@patients.example>",
        "marit@patients..example",
    ],
)
def test_an_address_that_cannot_be_right_is_parked_and_the_rest_is_sent(email, mail_server):
    second = with_second_patient(email=email)

    posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (2, 1)
    second.refresh_from_db()
    assert second.state == MessageState.CALL
    assert second.reason == "bad_address"
    assert Patient.objects.get(pk=second.patient_id).mail_problem == "impossible"
    assert "thief@elsewhere.example" not in mail_server.times_asked


def test_an_address_in_an_international_domain_gets_its_mail(mail_server):
    with_second_patient(email="marit@bücher.example")

    posting = send_due(now=NOW)

    assert posting.sent == 3
    assert mail_server.times_asked["marit@xn--bcher-kva.example"] == 1


@pytest.mark.parametrize(
    "given_name",
    ["Marit\r\nBcc: thief@elsewhere.example", "Marit\nSubject: Hello", "Ma\x01rit\x1b[31m", "M" * 100],
)
def test_a_poisoned_name_reaches_no_header_and_stops_nobody(given_name, mail_server):
    with_second_patient(given_name=given_name)

    posting = send_due(now=NOW)

    assert posting.sent == 3
    for mail in mail_server.arrived:
        assert mail["Bcc"] is None
        assert len(mail.get_all("Subject")) == len(mail.get_all("To")) == 1
    assert "thief@elsewhere.example" not in mail_server.times_asked


@pytest.mark.only_on("sqlite")  # PostgreSQL keeps no more than a column allows
def test_an_address_of_three_hundred_characters_is_parked(mail_server):
    second = with_second_patient(email=f"{'a' * 50}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 55}.example")

    posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (2, 1)
    second.refresh_from_db()
    assert second.reason == "bad_address"


@pytest.mark.only_on("sqlite")  # PostgreSQL keeps no more than a column allows
def test_a_name_of_a_million_characters_is_cut_short(mail_server):
    with_second_patient(given_name="M" * 1_000_000)

    posting = send_due(now=NOW)

    assert posting.sent == 3
    assert all(len(mail.as_bytes()) < 20_000 for mail in mail_server.arrived)


def test_the_clinic_s_own_poisoned_name_makes_no_header(mail_server):
    due_messages(1)
    Clinic.objects.update(name="Clinic\r\nBcc: thief@elsewhere.example", email="desk@clinic.example")
    Site.objects.update(
        name="Site\r\nX-Evil: 1", address="Street 1\r\nATTENDEE:mailto:thief@elsewhere.example"
    )

    send_due(now=NOW)

    [mail] = mail_server.arrived
    assert mail["Bcc"] is None
    assert mail["From"] == '"Clinic Bcc: thief@elsewhere.example" <reminders@coursebook.example>'
    assert mail["Reply-To"] == "desk@clinic.example"
    [calendar] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    lines = calendar.get_content().splitlines()
    assert not [line for line in lines if line.startswith(("ATTENDEE", "X-Evil", "Bcc"))]


def test_a_template_that_breaks_on_one_mail_parks_that_one_and_the_rest_is_sent(
    mail_server, monkeypatch, caplog
):
    _, second, _ = due_messages(3)
    compose = mail_text.compose

    def broken_for_the_second(*, news, now):
        if news.message.pk == second.pk:
            raise TemplateSyntaxError(f"Could not parse {news.message.patient.email}")
        return compose(news=news, now=now)

    monkeypatch.setattr(mail_text, "compose", broken_for_the_second)
    with caplog.at_level(logging.DEBUG):
        posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (2, 1)
    second.refresh_from_db()
    assert second.state == MessageState.CALL
    assert (second.reason, second.server_said) == ("not_written", "TemplateSyntaxError")
    assert str(second.uuid) in caplog.text
    assert second.patient.email not in caplog.text


def test_a_site_in_a_zone_that_is_none_parks_its_mail(mail_server):
    first, *_ = due_messages(2)
    Site.objects.update(zone="Mars/Olympus_Mons")

    posting = send_due(now=NOW)

    assert (posting.sent, posting.calls) == (0, 2)
    first.refresh_from_db()
    assert (first.reason, first.server_said) == ("not_written", "ZoneInfoNotFoundError")


def test_no_log_line_of_a_batch_names_a_patient(mail_server, caplog):
    due_messages(3)
    Patient.objects.update(given_name="Canary", family_name="Kanarie")
    mail_server.to_recipient["patient-1@patients.example"] = "550 5.1.1 <patient-1@patients.example> unknown"
    mail_server.to_recipient["patient-2@patients.example"] = "451 <patient-2@patients.example> busy"

    with caplog.at_level(logging.DEBUG, logger="scheduling"):
        send_due(now=NOW)

    own = " ".join(line.getMessage() for line in caplog.records if line.name.startswith("scheduling"))
    assert "patient-" not in own
    assert "Canary" not in own
    assert Message.objects.filter(state=MessageState.SENT).count() == 1
