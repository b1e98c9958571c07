"""A clinic's policy of what it keeps, and for how long."""

from clinic.errors import Problem, ProblemKind
from clinic.models.lawful_cut import FEWEST_DAYS
from clinic.places.policy import BoundedSetting, Policy
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

_MOST_DAYS = 36_500


def _days(
    name: str, *, fewest: int, label: Sentence, hint: Sentence, may_be_empty: bool = False
) -> BoundedSetting:
    sentence = _(
        "{label}: enter a whole number from {lowest} to {highest}.",
        label=label,
        lowest=fewest,
        highest=_MOST_DAYS,
    )
    refusal = Problem("keeping_out_of_range", ProblemKind.BLOCKER, sentence)
    return BoundedSetting(name, range(fewest, _MOST_DAYS + 1), refusal, label, hint, may_be_empty)


KEEPING_RULES = Policy(
    (
        _days(
            "keep_audit_days",
            fewest=FEWEST_DAYS,
            label=_("Days the trail is kept"),
            hint=_("Who looked at whom and who did what. A law may say how long at the least."),
        ),
        _days(
            "keep_audit_details_days",
            fewest=1,
            label=_("Days its details are kept"),
            hint=_("What an act changed, before and after. Never longer than the trail itself."),
        ),
        _days(
            "keep_messages_days",
            fewest=1,
            label=_("Days messages are kept"),
            hint=_("Those that went out or never will."),
        ),
        _days(
            "keep_patients_days",
            fewest=1,
            label=_("Days patients are kept"),
            hint=_("After their last session. Empty: until somebody erases them."),
            may_be_empty=True,
        ),
    )
)
