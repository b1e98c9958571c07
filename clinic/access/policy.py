"""The rules of the house: a second factor, how soon an idle desk locks, how long calendars are held."""

from clinic.errors import Problem, ProblemKind
from clinic.places.policy import BoundedSetting, Policy, Switch
from clinic.sentences import sentence as _

_IDLE_MINUTES, _HOLD_MINUTES = range(1, 60 + 1), range(1, 120 + 1)

HOUSE_RULES = Policy(
    (
        Switch(
            "demands_second_factor",
            _("Staff sign in with a second factor"),
            _("On unless you switch it off."),
        ),
        BoundedSetting(
            "idle_lock_minutes",
            _IDLE_MINUTES,
            Problem(
                "idle_minutes_out_of_range",
                ProblemKind.BLOCKER,
                _(
                    "Lock the desk after {lowest} to {highest} minutes.",
                    lowest=_IDLE_MINUTES[0],
                    highest=_IDLE_MINUTES[-1],
                ),
            ),
            _("Lock the desk after so many idle minutes"),
            _("Whoever comes back says again who they are."),
        ),
        BoundedSetting(
            "hold_minutes",
            _HOLD_MINUTES,
            Problem(
                "hold_minutes_out_of_range",
                ProblemKind.BLOCKER,
                _(
                    "Hold calendars for {lowest} to {highest} minutes.",
                    lowest=_HOLD_MINUTES[0],
                    highest=_HOLD_MINUTES[-1],
                ),
            ),
            _("Hold a calendar for so many minutes"),
            _("Unless whoever holds it names another end."),
        ),
    )
)
