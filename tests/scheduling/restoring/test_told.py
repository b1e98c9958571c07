"""Who knows of sessions that a backup lacks, or has otherwise, is named and believes what they were told."""

from datetime import timedelta

import pytest

from scheduling.messages.sending import send_due
from scheduling.models import Facts, Heard, Message
from tests.support.acts.mailing import reminded
from tests.support.acts.telling import FIRST_AT, a_lone_session, cancel_and_tell, move_and_tell
from tests.support.builders import a_clinic, a_patient
from tests.support.cast import NOW
from tests.support.database.restoring import since_the_backup

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NOTHING = "nothing to do"


def test_who_was_told_of_a_session_that_is_not_here_is_named(mailoutbox, release):
    patient = a_patient(clinic=a_clinic(slug="hair"))
    with since_the_backup():
        session = reminded(patient=patient, starts_at=NOW + timedelta(hours=4))
        send_due(now=NOW + timedelta(hours=1))

    said = release()

    assert f"hair: patient {patient.uuid} (http" in said
    assert f"was told that session {session.uuid} is on 2027-01-04 12:00 UTC; it is not here" in said
    assert Message.objects.count() == 0


def test_a_patient_who_is_not_here_either_is_named_by_id(mailoutbox, release):
    clinic = a_clinic()
    with since_the_backup():
        patient = a_patient(clinic=clinic)
        reminded(patient=patient, starts_at=NOW + timedelta(hours=4))
        send_due(now=NOW + timedelta(hours=1))

    assert f"patient {patient.uuid}, who is not in this database, was told" in release()


def test_who_was_told_of_a_move_that_is_lost_is_named_and_believes_the_new_time(mailoutbox, release):
    session = a_lone_session()
    with since_the_backup():
        move_and_tell(session, by=DAY)
        send_due(now=NOW)

    said = release()

    assert "is on 2027-01-15 14:30 Europe/Amsterdam; here it is booked for 2027-01-14 14:30" in said
    assert Heard.objects.get().facts.starts_at == FIRST_AT + DAY
    # Moved there again, the patient has nothing to hear.
    session.refresh_from_db()
    move_and_tell(session, by=DAY)
    send_due(now=NOW + timedelta(hours=1))
    assert len(mailoutbox) == 1


def test_who_was_told_that_it_is_off_and_here_it_is_not_is_named(mailoutbox, release):
    session = a_lone_session()
    with since_the_backup():
        cancel_and_tell(session)
        send_due(now=NOW)

    assert f"session {session.uuid} is off on 2027-01-14 14:30" in release()
    assert Heard.objects.get().is_off


def test_who_knows_how_it_stands_is_not_named_and_heard_it(mailoutbox, release):
    session = a_lone_session()
    move_and_tell(session, by=DAY)
    with since_the_backup():
        send_due(now=NOW)

    said = release()

    assert "was told" not in said
    assert Heard.objects.get().facts_by_message == Facts.of(session)
    assert Message.objects.get(kind="notice").about["visits"]
