"""Whoever tampers with the trail, past the database's refusal, is found and the place is named."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from clinic.audit_trail.retention import retain_records
from clinic.audit_trail.seals import seal
from clinic.audit_trail.verify import Walk, breaks_in
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.models import AuditDetail, AuditEntry, Seal
from tests.support.builders import a_clinic, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    """Three seals of two entries each, and one entry that is in none yet."""
    clinic = a_clinic()
    first = AuditEntry.objects.of_clinic(clinic.pk).count()
    for _ in range(6 - first):
        record_audit(
            AuditRecord(AuditAction.SET_CLINIC, after={"name": "New"}), by=an_owner(clinic=clinic), now=NOW
        )
    while seal(clinic_id=clinic.pk, now=NOW, most=2):
        pass
    record_audit(AuditRecord(AuditAction.SET_CLINIC), by=an_owner(clinic=clinic), now=NOW)
    return clinic


def tamper(statement: str, *given) -> None:
    """As an intruder would who owns the database: lift the triggers, change the row."""
    with connection.cursor() as cursor:
        for kind in (AuditEntry, Seal):
            table = kind._meta.db_table
            for constraint in ("audit_entry_stays", "seal_stays"):
                for act in ("update", "delete"):
                    name = f"{constraint}_{act}"
                    on = f" ON {table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
        cursor.execute(statement, given)


def said(clinic) -> list[str]:
    return list(breaks_in(clinic=clinic, walk=Walk()))


def seal_of(clinic, number: int) -> Seal:
    return Seal.objects.of_clinic(clinic.pk).get(number=number)


def test_an_untouched_chain_is_whole(clinic):
    walk = Walk()

    assert list(breaks_in(clinic=clinic, walk=walk)) == []
    assert (walk.sealed, walk.unsealed, walk.head) == (6, 1, seal_of(clinic, 3).digest)


@pytest.mark.parametrize(
    "column", ["actor", "role", "way", "act", "about_kind", "patients", "digest", "actor_kind"]
)
def test_a_changed_entry_is_found_whatever_was_changed(clinic, column):
    pk = seal_of(clinic, 2).entries[0]

    tamper(f"UPDATE clinic_auditentry SET {column} = 'x' WHERE id = %s", pk)

    assert any(sentence.startswith("An entry of seal 2 was changed") for sentence in said(clinic))


def test_a_changed_instant_is_found(clinic):
    pk = seal_of(clinic, 2).entries[0]

    tamper("UPDATE clinic_auditentry SET at = '2020-01-01 00:00:00' WHERE id = %s", pk)

    assert said(clinic)[0].startswith("An entry of seal 2 was changed")


def test_a_missing_entry_is_named(clinic):
    pk = seal_of(clinic, 1).entries[1]

    tamper("DELETE FROM clinic_auditentry WHERE id = %s", pk)

    assert f"Entry {pk} of seal 1 is missing." in said(clinic)


def test_a_missing_seal_is_named(clinic):
    tamper("DELETE FROM clinic_seal WHERE id = %s", seal_of(clinic, 2).pk)

    assert said(clinic) == ["Seal 2 is missing."]


def test_a_seal_whose_digest_was_changed_is_named_and_not_its_neighbour(clinic):
    tamper("UPDATE clinic_seal SET digest = 'ab' WHERE id = %s", seal_of(clinic, 2).pk)

    assert said(clinic) == ["Seal 2 was changed: the next seal follows another digest."]


def test_a_seal_that_was_hung_elsewhere_is_named(clinic):
    tamper("UPDATE clinic_seal SET previous = 'ab' WHERE id = %s", seal_of(clinic, 3).pk)

    assert said(clinic)[0].startswith("Seal 3 was changed")


def test_a_seal_whose_highest_entry_was_changed_is_named(clinic):
    tamper("UPDATE clinic_seal SET highest_entry = 999999999 WHERE id = %s", seal_of(clinic, 3).pk)

    assert said(clinic)[0].startswith("Seal 3 was changed")


def test_a_detail_that_was_changed_is_named_and_one_that_is_gone_is_not(clinic):
    kept, gone, *_ = AuditDetail.objects.of_clinic(clinic.pk).order_by("pk")
    gone.delete()
    pk = AuditEntry.objects.get(uuid=kept.entry_uuid).pk

    AuditDetail.objects.filter(pk=kept.pk).update(values='{"after": {}}')

    assert said(clinic) == [f"The detail of entry {pk} does not match its digest."]


def test_the_command_tells_the_head_and_finds_it_again(clinic, capsys):
    head = seal_of(clinic, 3).digest
    older = seal_of(clinic, 1).digest

    call_command("verify_audit", clinic=clinic.slug)
    call_command("verify_audit", clinic=clinic.slug, expect=older)

    out = capsys.readouterr().out
    assert f"head {head}" in out
    assert "6 entries in 3 seals, 1 not sealed yet" in out
    assert "The head that you noted is in the chain." in out


def test_a_chain_whose_end_was_taken_away_and_made_anew_lacks_the_head_that_was_noted(clinic, capsys):
    noted = seal_of(clinic, 3).digest
    tamper("DELETE FROM clinic_seal WHERE id = %s", seal_of(clinic, 3).pk)
    seal(clinic_id=clinic.pk, now=NOW)

    call_command("verify_audit", clinic=clinic.slug)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", clinic=clinic.slug, expect=noted)

    assert ended.value.code == 1
    assert "is not in the chain" in capsys.readouterr().err


def let_go(clinic, *, now):
    list(retain_records(clinic=clinic, is_applied=True, now=now))


@pytest.fixture
def cut_twice(clinic):
    """Cut after seal 3 and after seal 4; the digests of seals 1, 3 and 4."""
    noted = [seal_of(clinic, number).digest for number in (1, 3)]
    let_go(clinic, now=NOW + timedelta(clinic.keep_audit_days + 1))
    seal(clinic_id=clinic.pk, now=NOW + timedelta(2))
    noted.append(seal_of(clinic, 4).digest)
    let_go(clinic, now=NOW + timedelta(clinic.keep_audit_days + 3))
    return noted


def test_a_head_at_which_retention_cut_is_proven_to_have_been_there(clinic, cut_twice, capsys):
    _, earlier, _ = cut_twice

    call_command("verify_audit", clinic=clinic.slug, expect=earlier)

    on = NOW + timedelta(clinic.keep_audit_days + 1)
    said = capsys.readouterr().out
    assert f"was seal 3. Retention cut the chain at seal 3 on {on:%d %B %Y}." in said


def test_a_head_older_than_a_cut_is_told_where_and_when_it_was_cut(clinic, cut_twice, capsys):
    oldest, _, _ = cut_twice

    with pytest.raises(SystemExit):
        call_command("verify_audit", clinic=clinic.slug, expect=oldest)

    on = NOW + timedelta(clinic.keep_audit_days + 3)
    said = capsys.readouterr().err
    assert f"Retention cut the chain at seal 4 on {on:%d %B %Y}." in said
    assert "not in the chain" not in said


def test_the_last_cut_is_the_end_of_the_chain(clinic, cut_twice, capsys):
    call_command("verify_audit", clinic=clinic.slug, expect=cut_twice[-1])

    assert "The head that you noted is in the chain." in capsys.readouterr().out


@pytest.mark.only_on("postgresql")  # SQLite has one writer: it waits until the walk is over
@pytest.mark.django_db(transaction=True)
def test_what_retention_takes_during_the_walk_is_no_break(clinic, capsys):
    later = NOW + timedelta(clinic.keep_audit_days + 1)
    taken: list[Thread] = []

    def let_go_elsewhere():
        let_go(clinic, now=later)
        connection.close()

    def let_go_before_entries_are_read(execute, statement, *rest):
        if "clinic_auditentry" in statement and not taken:
            taken.append(Thread(target=let_go_elsewhere))
            taken[0].start()
            taken[0].join(10)
        return execute(statement, *rest)

    with connection.execute_wrapper(let_go_before_entries_are_read):
        call_command("verify_audit", clinic=clinic.slug)

    assert taken
    assert not Seal.objects.of_clinic(clinic.pk).exists()
    assert "The chain is whole. 6 entries in 3 seals" in capsys.readouterr().out


def test_the_command_ends_with_one_where_the_chain_breaks(clinic):
    tamper("DELETE FROM clinic_seal WHERE id = %s", seal_of(clinic, 2).pk)

    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")

    assert ended.value.code == 1


def test_a_clinic_that_is_not_there_is_told():
    with pytest.raises(CommandError, match="no clinic"):
        call_command("verify_audit", clinic="nowhere")
