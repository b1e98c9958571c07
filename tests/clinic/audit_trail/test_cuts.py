"""Verification names lawful cuts of the trail, and finds those that are none."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from clinic.audit_trail.verify import Walk, breaks_in
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.models import AuditCut, Clinic
from tests.support.builders import an_owner
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.database.old_trail import LONG_AGO, a_clinic_of_three_seals
from tests.support.database.tampering import CUT, DAYS, a_cut_past_the_database, let_go, seal_of, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with clocks_show(NOW):
        yield


@pytest.fixture
def clinic():
    return a_clinic_of_three_seals(keep_audit_days=DAYS)


def said(clinic) -> list[str]:
    return list(breaks_in(clinic=clinic, walk=Walk(), now=NOW))


def test_a_lawful_cut_is_named_and_is_no_break(clinic, capsys):
    let_go(clinic, now=CUT)

    call_command("verify_audit")

    told = capsys.readouterr().out
    assert (
        f"Retention cut the chain at seal 3 on {CUT:%d %B %Y}, sealed {LONG_AGO:%d %B %Y}: {DAYS} days"
        in told
    )
    assert "The chain is whole." in told


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"sealed_at": CUT - timedelta(DAYS)}, f"what it took was not {DAYS} days old"),
        ({"sealed_at": CUT - timedelta(300), "kept_days": 299}, "what it took was not 365 days old"),
        ({"kept_days": 399}, "it kept 399 days, and the clinic keeps 400"),
        ({"cut_at": NOW + timedelta(9_000)}, "that day is yet to come"),
        ({"deed": None}, "the trail does not say that it was made"),
        ({"deed": 10**9}, "entry 1000000000 is not its deed"),
        ({"deed_seal": 5}, "its deed is in no seal"),
        ({"uuid": None}, "tells of another cut"),
        ({"digest": "ab"}, "tells of another cut"),
    ],
)
def test_a_cut_that_is_too_young_or_has_no_sealed_deed_is_a_break(clinic, said, fault, capsys):
    a_cut_past_the_database(clinic, **said)

    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")

    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "The cut at seal 3 of " in told
    assert fault in told


def test_the_same_cut_with_nothing_said_otherwise_is_lawful(clinic):
    a_cut_past_the_database(clinic)

    assert said(clinic) == []


def test_a_clinic_that_keeps_its_trail_longer_than_before_says_so_and_its_earlier_cuts_stay_lawful(clinic):
    let_go(clinic, now=CUT)
    Clinic.objects.filter(pk=clinic.pk).update(keep_audit_days=DAYS + 100)
    clinic.refresh_from_db()

    assert "keeps 500" in said(clinic)[0]
    by = an_owner(clinic=clinic)
    record_audit(AuditRecord(AuditAction.SET_CLINIC, after={"keep_audit_days": 500}), by=by, now=NOW)
    assert said(clinic) == []


def test_what_an_older_release_cut_is_lawful_once_a_cut_with_a_deed_covers_it(clinic):
    last = seal_of(clinic, 1)
    tamper("SELECT 1")
    bare = {"digest": last.digest, "highest_entry": last.highest_entry, "cut_at": CUT}
    AuditCut.objects.create(clinic=clinic, seal_number=1, **bare)
    uncovered = said(clinic)

    let_go(clinic, now=CUT)

    assert "the trail does not say that it was made" in uncovered[0]
    assert said(clinic) == []
