"""The table of cuts lets in none but lawful ones: old enough, and told in the trail before."""

from django.db import models

from clinic.models.triggers import HeldByTriggers, Rule

# The trail proves at least its last year, whatever a clinic keeps.
FEWEST_DAYS = 365
CUT_DEED, CUT_KIND = "cut_trail", "audit cut"

_ENGINES = {
    "postgresql": {
        "most": "GREATEST",
        "ago": "clock_timestamp() - make_interval(days => {days})",
        "holds": "seal.entries @> to_jsonb(entry.id)",
    },
    "sqlite": {
        "most": "MAX",
        "ago": "datetime('now', '-' || {days} || ' days')",
        "holds": "EXISTS (SELECT 1 FROM json_each(seal.entries) AS one WHERE one.value = entry.id)",
    },
}
_KEPT_DAYS = (
    "(SELECT {most}(clinic.keep_audit_days, {fewest}) FROM {{schema}}clinic_clinic AS clinic "
    "WHERE clinic.id = {{row}}.clinic_id)"
)
# The seal that it stands for is there, as the cut tells it; every seal it lets go is old enough by the
# database's clock; and an entry that names this cut is sealed in a seal that it does not let go.
_LAWFUL = """
{{row}}.kept_days = {kept}
AND EXISTS (
    SELECT 1 FROM {{schema}}clinic_seal AS seal
    WHERE seal.clinic_id = {{row}}.clinic_id AND seal.number = {{row}}.seal_number
    AND seal.digest = {{row}}.digest AND seal.highest_entry = {{row}}.highest_entry
    AND seal.sealed_at = {{row}}.sealed_at
) AND NOT EXISTS (
    SELECT 1 FROM {{schema}}clinic_seal AS seal
    WHERE seal.clinic_id = {{row}}.clinic_id AND seal.number <= {{row}}.seal_number
    AND seal.sealed_at >= {ago}
) AND EXISTS (
    SELECT 1 FROM {{schema}}clinic_seal AS seal, {{schema}}clinic_auditentry AS entry
    WHERE seal.clinic_id = {{row}}.clinic_id AND seal.number = {{row}}.deed_seal
    AND seal.number > {{row}}.seal_number AND {holds}
    AND entry.id = {{row}}.deed AND entry.id > {{row}}.highest_entry
    AND entry.clinic_id = {{row}}.clinic_id AND entry.about = {{row}}.uuid
    AND entry.act = '{act}' AND entry.about_kind = '{kind}'
)
"""


class LawfulCut(HeldByTriggers):
    """INSERT is refused unless what it cuts is older than the clinic keeps and its deed is sealed."""

    sentence = "only retention cuts, what is past its time, and the trail says so first"
    acts = ("INSERT",)

    def rules(self, model: type[models.Model], vendor: str) -> list[Rule]:
        engine = _ENGINES[vendor]
        kept = _KEPT_DAYS.format(most=engine["most"], fewest=FEWEST_DAYS)
        lawful = _LAWFUL.format(
            kept=kept,
            ago=engine["ago"].format(days="{row}.kept_days"),
            holds=engine["holds"],
            act=CUT_DEED,
            kind=CUT_KIND,
        )
        return [Rule("INSERT", lawful)]
