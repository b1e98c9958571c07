"""The clinic's own pages: what it asks of its staff, what patients read of it, and the ways to the rest."""

from clinic.access.policy import HOUSE_RULES
from clinic.people.clinic_facts import CLINIC_FACTS
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
clinic_facts = policy_page(
    PolicyPage(
        CLINIC_FACTS,
        name="clinic-facts",
        kept=_("From the next mail on, patients read this."),
        title=_("What patients read of the clinic"),
        lead=_("Its name, and how it is reached: in mails, in calendars, on the pages behind their links."),
    )
)
