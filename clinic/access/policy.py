"""The rules of the house: a second factor, how soon an idle desk locks, how long calendars are held."""

from clinic.errors import Problem, ProblemKind
from clinic.places.policy import BoundedSetting, Policy, Switch

HOUSE_RULES = Policy(
    (
        Switch("demands_second_factor", "Staff sign in with a second factor", "On unless you switch it off."),
        BoundedSetting(
            "idle_lock_minutes",
            range(1, 60 + 1),
            Problem(
                "idle_minutes_out_of_range",
                ProblemKind.BLOCKER,
                "Lock the desk after {lowest} to {highest} minutes.",
            ),
            "Lock the desk after so many idle minutes",
            "Whoever comes back says again who they are.",
        ),
        BoundedSetting(
            "hold_minutes",
            range(1, 120 + 1),
            Problem(
                "hold_minutes_out_of_range",
                ProblemKind.BLOCKER,
                "Hold calendars for {lowest} to {highest} minutes.",
            ),
            "Hold a calendar for so many minutes",
            "Unless whoever holds it names another end.",
        ),
    )
)
