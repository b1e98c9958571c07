"""Questions over REST: sessions that nobody has said anything of."""

from typing import TypedDict

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.web.clock import now
from clinic.web.rest.contract import Answer, Call, speaks
from clinic.web.rest.input_fields import Id, Shape
from clinic.web.trail import saw
from scheduling.api.answers import SessionJson
from scheduling.api.output import session_json
from scheduling.api.requested import named_site
from scheduling.attendance.unresolved import unanswered


class QuestionsFilter(Shape):
    """Of one site, or of all."""

    site = Id(required=False)


class QuestionsJson(TypedDict):
    """Of today, by start, and of the 60 days before, the last day first; at most 200 each."""

    today: list[SessionJson]
    call_list: list[SessionJson]


@speaks(
    "list_questions",
    Act.SEE_CALENDAR,
    query=QuestionsFilter,
    answers={200: QuestionsJson},
    refuses=("unknown_site",),
)
def list_questions(call: Call) -> Answer[QuestionsJson]:
    """List sessions of which nobody said whether the patient came."""
    found = unanswered(by=call.by, now=now(), site=named_site(call.asked.get("site"), by=call.by))
    patients = [row.patient.uuid for row in (*found.today, *found.call_list)]
    saw(AuditAction.SAW_SESSIONS, patients, by=call.by)
    told: QuestionsJson = {
        "today": [session_json(session) for session in found.today],
        "call_list": [session_json(session) for session in found.call_list],
    }
    return Answer(told)
