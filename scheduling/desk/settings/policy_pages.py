"""The clinic’s pages about its courses, its calendars and what it keeps."""

from clinic.sentences import sentence as _
from clinic.web.desk.policy_page import PolicyPage, policy_page
from scheduling.courses.policy import COURSE_RULES, REMINDER_RULES
from scheduling.privacy.policy import KEEPING_RULES
from scheduling.search.policy import SEARCH_RULES

course_rules = policy_page(
    PolicyPage(
        COURSE_RULES,
        name="course-rules",
        kept=_("From now on courses are moved, cancelled and offered like this."),
        title=_("Courses"),
        lead=_("What is late, how far the desk may go, and how long an offer stands."),
    )
)
reminder_rules = policy_page(
    PolicyPage(
        REMINDER_RULES,
        name="reminder-rules",
        kept=_("What is booked or moved from now on is reminded like this."),
        title=_("Reminders"),
        lead=_("When patients are reminded, and when no mail goes out."),
    )
)
search_rules = policy_page(
    PolicyPage(
        SEARCH_RULES,
        name="search-rules",
        kept=_("From the next search on, calendars are weighed like this."),
        title=_("Calendars"),
        lead=_("When sessions may start, and what makes one calendar better than another."),
        template="scheduling/settings/search_policy.html",
    )
)
keeping_rules = policy_page(
    PolicyPage(
        KEEPING_RULES,
        name="keeping-rules",
        kept=_("What is older goes in the coming nights."),
        title=_("What is kept, and for how long"),
        lead=_("The trail says whenever this is changed, and whenever something went."),
    )
)
