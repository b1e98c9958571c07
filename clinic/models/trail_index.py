"""Which entries name which patient: the database itself writes it down with each entry, on both engines."""

from django.db import models

from clinic.models.triggers import HeldByTriggers, Rule

# A row for each patient that the text names.
_WRITTEN = (
    "(clinic_id, entry_id, patient, at) "
    "SELECT DISTINCT {entry}.clinic_id, {entry}.id, named.{one}, {entry}.at"
)
_NAMED = {
    "postgresql": "unnest(string_to_array({entry}.patients, ' ')::uuid[]) AS named(one)",
    "sqlite": """json_each('["' || replace({entry}.patients, ' ', '","') || '"]') AS named""",
}
_ONE = {"postgresql": "one", "sqlite": "value"}
_SQLITE = """
CREATE TRIGGER {name} AFTER INSERT ON %(table)s WHEN NEW.patients <> ''
BEGIN INSERT INTO clinic_auditpatient {written} FROM {named}; END
"""
# The table is named with its schema, as in every trigger of ours.
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'INSERT INTO ' || quote_ident(TG_TABLE_SCHEMA) || $into$.clinic_auditpatient {written}
        FROM {named}$into$ USING NEW;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER INSERT ON %(table)s
FOR EACH ROW WHEN (NEW.patients <> '') EXECUTE FUNCTION {name}()
"""


def index_sql(*, vendor: str, entry: str) -> tuple[str, str]:
    """The columns that are written and what they come from, of `entry`: a row that is named so in SQL."""
    written = _WRITTEN.format(entry=entry, one=_ONE[vendor])
    return written, _NAMED[vendor].format(entry=entry)


class IndexesPatients(HeldByTriggers):
    """Each entry that is inserted is entered for every patient that it names."""

    acts = ("INDEX",)

    def rules(self, model: type[models.Model], vendor: str) -> list[Rule]:
        return [Rule("INDEX")]

    def _trigger(self, vendor: str, rule: Rule) -> str:
        template, entry = (_POSTGRESQL, "($1)") if vendor == "postgresql" else (_SQLITE, "NEW")
        written, named = index_sql(vendor=vendor, entry=entry)
        return template.format(name=self._name(rule.act), written=written, named=named)
