"""Many senders reach for the same mails, and sessions change under them: no mail is sent in two parts."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.messages.sending import send_due
from scheduling.models import Session
from tests.support.acts.mailing import due_messages, reminded
from tests.support.builders import a_clinic, a_patient
from tests.support.database.rivals import at_once

# Sessions are rows without claims here.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.damages_diaries,
]

# A Thursday in Amsterdam: half past two, and four hours later.
EARLY = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
LATE = EARLY + timedelta(hours=4)
LONG_DUE = datetime(2027, 1, 12, 9, tzinfo=UTC)
SENDERS = 4


def send_until_nothing_is_due() -> None:
    while send_due(now=LONG_DUE, limit=2).found:
        pass


def test_four_senders_at_once_never_share_a_mail_between_them(mail_server):
    clinic = a_clinic()
    patients = [a_patient(clinic=clinic, email=f"patient-{n}@patients.example") for n in range(15)]
    for hours in range(4):
        for patient in patients:
            reminded(patient=patient, starts_at=EARLY + timedelta(hours=hours))

    at_once([send_until_nothing_is_due] * SENDERS)

    assert sorted(mail["To"] for mail in mail_server.arrived) == sorted(one.email for one in patients)
    assert {mail["Subject"] for mail in mail_server.arrived} == {"Your 4 visits on Thursday 14 January 2027"}


def test_a_visit_cancelled_between_lease_and_mail_is_left_out(mail_server):
    [first, *_] = due_messages(10, now=LONG_DUE - timedelta(minutes=1))
    patient = a_patient(clinic=first.clinic, email="both@patients.example")
    gone, kept = (reminded(patient=patient, starts_at=at) for at in (EARLY, LATE))
    mail_server.on_arrival = lambda: Session.objects.filter(pk=gone.pk).update(status="cancelled")

    posting = send_due(now=LONG_DUE)

    assert (posting.sent, posting.void) == (11, 1)
    [mail] = mail_server.arrived_for(patient.email)
    assert mail["Subject"] == "Your visit on Thursday 14 January 2027 at 18:30"
    assert [row.state for row in kept.messages.filter(key__contains=":days:")] == ["sent"]
