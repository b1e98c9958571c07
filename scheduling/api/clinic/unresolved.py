"""Questions over REST: sessions that nobody has said anything of."""

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.web.clock import now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.input_fields import Id, Shape, parsed_query
from clinic.web.trail import saw
from scheduling.api.output import session_json
from scheduling.api.requested import named_site
from scheduling.attendance.unresolved import unanswered


class QuestionsFilter(Shape):
    site = Id(required=False)


@needs(Act.SEE_CALENDAR)
def list_questions(request: Request) -> Response:
    asked, by = parsed_query(QuestionsFilter, request.query_params), actor_of(request)
    found = unanswered(by=by, now=now(), site=named_site(asked.get("site"), by=by))
    saw(AuditAction.SAW_SESSIONS, [row.patient.uuid for row in (*found.today, *found.call_list)], by=by)
    return Response(
        {
            "today": [session_json(session) for session in found.today],
            "call_list": [session_json(session) for session in found.call_list],
        }
    )
