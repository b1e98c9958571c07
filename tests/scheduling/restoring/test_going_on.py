"""Before mail goes out again the erased are erased and the trail says it; what is no ledger counts not."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from clinic.models import AuditEntry, Erasure, Patient
from scheduling.messages.ledger.hold import held_since
from scheduling.messages.sending import send_due
from scheduling.models import Session, Telling
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.mailing import due_messages, reminded
from tests.support.acts.telling import a_lone_session, cancel_and_tell, move_and_tell
from tests.support.builders import a_clinic, a_patient, an_owner
from tests.support.cast import NOW
from tests.support.database.restoring import since_the_backup

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NOTHING = "nothing to do"


def versions():
    return list(Session.objects.order_by("pk").values_list("version", "sequence"))


def test_whoever_was_erased_is_erased_again_before_mail_goes_out(mailoutbox, release, tmp_path):
    clinic = a_clinic()
    owner, kept = an_owner(clinic=clinic), tmp_path / "erasures.json"
    a_lone_session()
    gone = a_patient(clinic=clinic)
    with since_the_backup():
        erase_patient(patient=gone, by=owner, now=NOW)
        call_command("erasures", to=kept)
        reminded(patient=a_patient(clinic=clinic), starts_at=NOW + timedelta(hours=4))
        send_due(now=NOW + timedelta(hours=1))

    said = release(erasures=kept)

    assert "1 erased again" in said
    gone.refresh_from_db()
    assert gone.is_erased
    assert held_since() is None


def test_mail_stays_held_while_somebody_who_was_erased_has_sessions_ahead(mailoutbox, release, tmp_path):
    session = reminded(starts_at=NOW + timedelta(hours=4))
    patient, kept = session.patient, tmp_path / "erasures.json"
    with since_the_backup():
        send_due(now=NOW + timedelta(hours=1))
        Erasure.objects.create(
            clinic=session.clinic, patient_uuid=patient.uuid, erased_by="user:x", erased_at=NOW
        )
        call_command("erasures", to=kept)

    with pytest.raises(CommandError, match="Mail stays held until they are erased"):
        release(erasures=kept)

    assert held_since()
    assert versions() == [(1, 0)]
    cancel_and_tell(session, told=Telling.SILENT)
    assert "Mail goes out again." in release(erasures=kept)
    assert Patient.objects.get(pk=patient.pk).is_erased


def test_a_backup_of_which_no_ledger_tells_is_gone_on_from_if_the_operator_says_so(release):
    session = a_lone_session()

    said = release(restored=True)

    session.refresh_from_db()
    assert "Mail goes out again." in said
    assert (session.version, session.sequence) == (1001, 1000)


def test_the_trail_says_that_the_clinic_went_on_from_a_backup(mailoutbox, release):
    session = a_lone_session()
    with since_the_backup():
        move_and_tell(session, by=DAY)
        send_due(now=NOW)

    release()

    entry = AuditEntry.objects.get(act="went_on_restored")
    assert (entry.actor, entry.way) == ("release_mail", "command")
    assert entry.patients == session.patient.uuid.hex


def test_what_is_no_ledger_is_left_out_and_what_is_not_there_refused(release, tmp_path):
    a_clinic()
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"ledger": str(uuid4()), "host": "x", "database": str(uuid4())}) + "\n")

    assert "1 ledgers of another database were left out" in release(other)
    with pytest.raises(CommandError, match=r"no-such\.jsonl: No such file"):
        release(tmp_path / "no-such.jsonl")


def test_what_was_interrupted_is_done_when_it_is_run_again_and_mail_is_held_until_then(
    mailoutbox, release, monkeypatch
):
    due_messages(2, clinic=a_clinic(slug="a"))
    due_messages(2, clinic=a_clinic(slug="b"))
    with since_the_backup():
        send_due(now=NOW, limit=3)

    def breaks(*, by, now):
        raise RuntimeError("killed")

    with monkeypatch.context() as half:
        half.setattr("scheduling.restoring.release.renumber", breaks)
        with pytest.raises(RuntimeError):
            release()
    assert held_since()
    assert send_due(now=NOW).found == 0
    release()

    assert send_due(now=NOW + MINUTE).sent == 1
    ids = [mail.extra_headers["Message-ID"] for mail in mailoutbox]
    assert len(ids) == len(set(ids)) == 4
