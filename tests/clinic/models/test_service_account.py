"""The account that docs/operations.md describes runs the service and can lift no refusal of the trail."""

import re

import pytest
from django.db import DatabaseError, connection, transaction

from clinic.models import AuditEntry
from tests.support.builders import a_clinic
from tests.support.database.old_trail import a_cut, a_sealed_entry
from tests.support.house.source import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("postgresql")]

HARMLESS = """
CREATE OR REPLACE FUNCTION audit_entry_stays_delete() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RETURN OLD; END $$
"""


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def granted():
    """The connection is the service's: granted what the page says, and nothing else."""
    _, grants = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/operations.md").read_text(), re.DOTALL)
    sql("CREATE ROLE coursebook")
    sql(grants)
    sql("SET ROLE coursebook")
    yield
    sql("RESET ROLE")


def test_the_service_books_seals_and_cuts_with_it(granted):
    clinic = a_clinic()
    last = a_sealed_entry(clinic=clinic)

    a_cut(clinic=clinic, last=last)

    assert AuditEntry.objects.filter(pk__in=last.entries).delete()[0] == len(last.entries)


@pytest.mark.parametrize(
    "attempt",
    [
        "DROP TRIGGER audit_entry_stays_delete ON clinic_auditentry",
        "ALTER TABLE clinic_auditentry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        HARMLESS,
        "TRUNCATE clinic_auditentry",
        "DELETE FROM clinic_auditentry",
        "UPDATE clinic_auditentry SET act = 'nothing'",
        "DROP TABLE clinic_seal",
        "ALTER TABLE clinic_auditcut RENAME TO cuts",
    ],
)
def test_it_lifts_no_refusal_of_the_trail(granted, attempt):
    a_sealed_entry(clinic=a_clinic())

    with pytest.raises(DatabaseError), transaction.atomic():
        sql(attempt)
