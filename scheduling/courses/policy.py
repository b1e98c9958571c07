"""A clinic's policy of courses: moves, cancellations, missed sessions, offers and calls; and of reminders.

What was late or set aside before a change stays as it was, and so do the reminders of what is booked.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import timedelta

from clinic.errors import Problem, ProblemKind
from clinic.places.policy import BoundedSetting, ClockSetting, Policy, Switch, Values
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

# No clinic lets others wait for longer, and so long an act can be undone.
LONGEST_UNDO_SECONDS = 900


def _setting(name: str, allowed: range, label: Sentence, hint: Sentence) -> BoundedSetting:
    sentence = _(
        "{label}: enter a whole number from {lowest} to {highest}.",
        label=label,
        lowest=allowed[0],
        highest=allowed[-1],
    )
    refusal = Problem("course_rule_out_of_range", ProblemKind.BLOCKER, sentence)
    return BoundedSetting(name, allowed, refusal, label, hint)


COURSE_RULES = Policy(
    (
        _setting(
            "notice_hours",
            range(336 + 1),
            _("Hours of notice"),
            _("Cancelling or moving later than this before a session is late."),
        ),
        _setting(
            "patient_moves",
            range(20 + 1),
            _("Moves by the patient"),
            _("How often a patient may move one session without a reason."),
        ),
        _setting(
            "missed_after_minutes",
            range(240 + 1),
            _("Minutes until you are asked"),
            _("After this the desk asks whether they came."),
        ),
        _setting(
            "desk_window_days",
            range(30 + 1),
            _("Days outside the window"),
            _(
                "So far outside its window the desk may put a session, with a reason. "
                "Beyond that a practitioner may."
            ),
        ),
        Switch(
            "takes_words",
            _("Rules set aside on somebody’s word"),
            _(
                "Reception may name the practitioner or owner who said so. They see each time that it was "
                "done in their name, and answer “right” or “not mine”."
            ),
        ),
        _setting(
            "offer_minutes",
            range(15, 2880 + 1),
            _("Minutes to answer an offer"),
            _("Then the freed time goes to the next who waits."),
        ),
        _setting(
            "phone_offer_minutes",
            range(15, 2880 + 1),
            _("Minutes to phone an offer"),
            _("Where no mail brings it. Then it goes to the next; once told, the time to answer begins."),
        ),
        Switch(
            "phones_reminders",
            _("Reminders by phone"),
            _("Who has no e-mail address is on the call list when a reminder would go out."),
        ),
        _setting(
            "undo_seconds",
            range(LONGEST_UNDO_SECONDS + 1),
            _("Seconds to undo unheard"),
            _(
                "So long mails, and offers of freed time, wait for what the desk did. "
                "Within 3 hours of a session nothing waits."
            ),
        ),
    )
)


# So long a day some hour must be left in which mail goes out.
_LONGEST_QUIET = timedelta(hours=18)


class _ReminderPolicy(Policy):
    """Quiet hours come to an end."""

    def problems(self, values: Values, *, changed: AbstractSet[str]) -> Iterator[Problem]:
        yield from super().problems(values, changed=changed)
        if changed & {"quiet_from", "quiet_until"} and _quiet_hours(values) > _LONGEST_QUIET:
            yield Problem(
                "quiet_hours_endless",
                ProblemKind.BLOCKER,
                _("Quiet hours last 18 hours at the most. Let them begin later, or end sooner."),
            )


def _quiet_hours(values: Values) -> timedelta:
    """From the one time to the other, over midnight if need be; the same twice is none, and so is a blank."""
    begins, ends = values["quiet_from"], values["quiet_until"]
    if begins is None or ends is None:
        return timedelta()
    minutes = (ends.hour - begins.hour) * 60 + ends.minute - begins.minute
    return timedelta(minutes=minutes % (24 * 60))


REMINDER_RULES = _ReminderPolicy(
    (
        _setting(
            "reminder_days_before",
            range(30 + 1),
            _("Days before, the first reminder"),
            _("Nought: none."),
        ),
        ClockSetting(
            "reminder_time",
            _("At what time of that day"),
            _("On the clock of the site. In quiet hours: when they end."),
        ),
        _setting(
            "reminder_hours_before",
            range(48 + 1),
            _("Hours before, the second reminder"),
            _("Nought: none. In quiet hours it is left out."),
        ),
        ClockSetting("quiet_from", _("Quiet hours from"), _("Then no mail goes out.")),
        ClockSetting("quiet_until", _("Quiet hours until"), _("The same time twice: none are quiet.")),
        Switch(
            "names_treatments",
            _("Mails and calendars name the treatment"),
            _("Whoever reads along then knows what for somebody comes."),
        ),
    )
)
