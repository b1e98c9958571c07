"""Heads that are noted elsewhere prove what the database alone cannot."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from clinic.audit_trail.seals import seal
from clinic.models import AuditCut, Seal
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.database.old_trail import LONG_AGO, a_sealed_entry
from tests.support.database.tampering import CUT, DAYS, a_cut_past_the_database, let_go, seal_of, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with clocks_show(NOW):
        yield


@pytest.fixture
def clinic():
    """Three seals of long ago."""
    clinic = a_clinic(keep_audit_days=DAYS)
    for _ in range(3):
        a_sealed_entry(clinic=clinic)
    return clinic


@pytest.fixture
def noted(clinic, tmp_path, capsys):
    """A file with the heads of now."""
    file = tmp_path / "heads"
    call_command("verify_audit", head=True)
    file.write_text(capsys.readouterr().out)
    return file


def verdict(noted) -> int:
    try:
        call_command("verify_audit", heads=str(noted))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_a_head_is_one_line_of_clinic_seal_digest_and_instant(clinic, noted):
    (line,) = noted.read_text().splitlines()

    last = seal_of(clinic, 3)
    assert line.split() == [
        str(clinic.uuid),
        "3",
        last.digest,
        LONG_AGO.isoformat(timespec="microseconds"),
        clinic.slug,
    ]


def test_a_chain_that_went_on_has_the_head_that_was_noted(clinic, noted):
    a_sealed_entry(clinic=clinic)

    assert verdict(noted) == 0


def test_a_chain_that_was_cut_lawfully_since_contradicts_no_head(clinic, noted):
    let_go(clinic, now=CUT)
    let_go(clinic, now=CUT + timedelta(DAYS + 1))

    assert AuditCut.objects.of_clinic(clinic.pk).count() == 2
    assert verdict(noted) == 0


def test_a_chain_whose_end_was_made_anew_is_found(clinic, noted, capsys):
    tamper("DELETE FROM clinic_seal WHERE number = 3 AND clinic_id = %s", clinic.pk)
    tamper("UPDATE clinic_auditentry SET actor = %s WHERE clinic_id = %s", "nobody", clinic.pk)
    tamper("DELETE FROM clinic_seal WHERE clinic_id = %s", clinic.pk)
    while seal(clinic_id=clinic.pk, now=LONG_AGO, most=1):
        pass
    call_command("verify_audit")

    assert verdict(noted) == 1
    assert "is not what stands there: the chain was made anew" in capsys.readouterr().out


def test_a_trail_that_was_taken_away_whole_is_found(clinic, noted, capsys):
    for table in ("auditdetail", "auditentry", "seal"):
        tamper(f"DELETE FROM clinic_{table} WHERE clinic_id = %s", clinic.pk)
    call_command("verify_audit")

    assert verdict(noted) == 1
    assert "is not in the chain: seals were taken away" in capsys.readouterr().out


def test_a_cut_that_says_its_seal_was_older_than_it_was_is_found(clinic, tmp_path, capsys):
    young = Seal.objects.of_clinic(clinic.pk).get(number=3)
    tamper("UPDATE clinic_seal SET sealed_at = %s WHERE id = %s", CUT - timedelta(1), young.pk)
    call_command("verify_audit", head=True)
    noted = tmp_path / "heads"
    noted.write_text(capsys.readouterr().out)

    a_cut_past_the_database(clinic)
    call_command("verify_audit")

    assert verdict(noted) == 1
    assert f"younger than {DAYS} days" in capsys.readouterr().out


def test_a_clinic_that_was_noted_and_is_gone_is_found(clinic, noted, capsys):
    noted.write_text(noted.read_text().replace(str(clinic.uuid), "00000000-0000-4000-8000-000000000000"))

    assert verdict(noted) == 1
    assert "whose head you noted, is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", ["nothing", "a b c d", "00000000-0000-4000-8000-000000000000 1 ab 2027-01-01"]
)
def test_a_file_that_holds_no_heads_is_refused(line, tmp_path):
    (tmp_path / "heads").write_text(line)

    with pytest.raises(CommandError, match="Line 1 is no head"):
        call_command("verify_audit", heads=str(tmp_path / "heads"))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_audit", heads=str(tmp_path / "nowhere"))
