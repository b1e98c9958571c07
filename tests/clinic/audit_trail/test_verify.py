"""Whoever tampers with the trail, past the database's refusal, is found and the place is named."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from clinic.audit_trail.seals import seal
from clinic.audit_trail.verify import Walk, breaks_in
from clinic.models import AuditDetail, AuditEntry, Seal
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.database.old_trail import LONG_AGO, a_clinic_of_three_seals
from tests.support.database.tampering import CUT, DAYS, let_go, seal_of, tamper

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


def test_an_untouched_chain_is_whole(clinic):
    walk = Walk()

    assert list(breaks_in(clinic=clinic, walk=walk, now=NOW)) == []
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
    seal(clinic_id=clinic.pk, now=LONG_AGO)

    call_command("verify_audit", clinic=clinic.slug)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", clinic=clinic.slug, expect=noted)

    assert ended.value.code == 1
    assert "is not in the chain" in capsys.readouterr().err


@pytest.fixture
def cut_twice(clinic):
    """Cut after seal 3 and after seal 4; the digests of seals 1, 3 and 4."""
    noted = [seal_of(clinic, number).digest for number in (1, 3)]
    let_go(clinic, now=CUT)
    noted.append(seal_of(clinic, 4).digest)
    let_go(clinic, now=CUT + timedelta(DAYS + 1))
    return noted


def test_a_head_at_which_retention_cut_is_proven_to_have_been_there(clinic, cut_twice, capsys):
    _, earlier, _ = cut_twice

    call_command("verify_audit", clinic=clinic.slug, expect=earlier)

    said = capsys.readouterr().out
    assert f"was seal 3. Retention cut the chain at seal 3 on {CUT:%d %B %Y}." in said


def test_a_head_older_than_a_cut_is_told_where_and_when_it_was_cut(clinic, cut_twice, capsys):
    oldest, _, _ = cut_twice

    with pytest.raises(SystemExit):
        call_command("verify_audit", clinic=clinic.slug, expect=oldest)

    on = CUT + timedelta(DAYS + 1)
    said = capsys.readouterr().err
    assert f"Retention cut the chain at seal 4 on {on:%d %B %Y}." in said
    assert "not in the chain" not in said


def test_the_last_cut_is_where_the_chain_begins(clinic, cut_twice, capsys):
    call_command("verify_audit", clinic=clinic.slug, expect=cut_twice[-1])

    assert "The head that you noted is in the chain." in capsys.readouterr().out


@pytest.mark.only_on("postgresql")  # SQLite has one writer: it waits until the walk is over
@pytest.mark.django_db(transaction=True)
def test_what_retention_takes_during_the_walk_is_no_break(clinic, capsys):
    taken: list[Thread] = []

    def let_go_elsewhere():
        let_go(clinic, now=CUT)
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
    assert not Seal.objects.of_clinic(clinic.pk).filter(number__lte=3).exists()
    assert "The chain is whole. 6 entries in 3 seals" in capsys.readouterr().out


def test_the_command_ends_with_one_where_the_chain_breaks(clinic):
    tamper("DELETE FROM clinic_seal WHERE id = %s", seal_of(clinic, 2).pk)

    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")

    assert ended.value.code == 1


def test_a_clinic_that_is_not_there_is_told():
    with pytest.raises(CommandError, match="no clinic"):
        call_command("verify_audit", clinic="nowhere")


def test_the_trail_of_a_clinic_that_was_taken_away_is_told(clinic, capsys):
    gone = clinic.pk + 1_000
    tamper("UPDATE clinic_seal SET clinic_id = %s WHERE clinic_id = %s", gone, clinic.pk)

    with pytest.raises(SystemExit):
        call_command("verify_audit")

    assert f"The clinic with the number {gone} is missing" in capsys.readouterr().out
