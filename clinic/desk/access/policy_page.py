"""The clinic's own page: what it asks of its staff, and the way to who gets in."""

from clinic.access.policy import HOUSE_RULES
from clinic.sentences import sentence as _
from clinic.web.desk.policy_page import PolicyPage, policy_page

house = policy_page(
    PolicyPage(
        HOUSE_RULES,
        name="house",
        kept=_("From the next click on, these rules hold for everyone."),
        template="clinic/access/policy.html",
    )
)
