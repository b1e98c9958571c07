"""A clinic's policy of courses: moves, cancellations, missed sessions and offers.

What was late or set aside before a change stays as it was.
"""

from clinic.errors import Problem, ProblemKind
from clinic.places.policy import BoundedSetting, Policy

_REFUSAL = Problem(
    "course_rule_out_of_range",
    ProblemKind.BLOCKER,
    "{name}: enter a whole number from {lowest} to {highest}.",
)

COURSE_RULES = Policy(
    (
        BoundedSetting(
            "notice_hours",
            range(336 + 1),
            _REFUSAL,
            "Hours of notice",
            "Cancelling or moving later than this before a session is late.",
        ),
        BoundedSetting(
            "patient_moves",
            range(20 + 1),
            _REFUSAL,
            "Moves by the patient",
            "How often a patient may move one session without a reason.",
        ),
        BoundedSetting(
            "missed_after_minutes",
            range(240 + 1),
            _REFUSAL,
            "Minutes until you are asked",
            "After this the desk asks whether they came.",
        ),
        BoundedSetting(
            "desk_window_days",
            range(30 + 1),
            _REFUSAL,
            "Days outside the window",
            "So far outside its window the desk may put a session, with a reason. "
            "Beyond that a practitioner may.",
        ),
        BoundedSetting(
            "offer_minutes",
            range(15, 2880 + 1),
            _REFUSAL,
            "Minutes to answer an offer",
            "Then the freed time goes to the next who waits.",
        ),
    )
)
