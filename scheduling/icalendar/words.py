"""The words of a feed in the language of who reads it."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from scheduling.icalendar.vevents import FeedWords


def feed_words(*, language: str) -> FeedWords:
    with override(language):
        return FeedWords(
            visit=_("Visit"),
            review=_("Review"),
            busy=_("Busy"),
            # Translators: what somebody comes for, and which one it is of how many: “Visit 2 of 5”
            numbered=_("{name} {number} of {count}"),
            cancelled=_("Cancelled: {summary}"),
        )
