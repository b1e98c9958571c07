"""Whether anything has changed in the clinic since a page was made: each asks every two seconds."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from clinic.errors import ClinicError, Malformed
from clinic.identity.permissions import Act
from clinic.sentences import sentence as _
from clinic.web.clock import now
from clinic.web.desk.by_pin import COOKIE
from clinic.web.live.watch import Asking, Watch
from clinic.web.rest.errors import refusal_json

# As many digits as a number of the log can have.
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
watch = Watch()
# Where a request that was told “nothing” leaves what was asked, for the short way.
ANSWERED = "coursebook.answered"


@dataclass(frozen=True, slots=True)
class Answered:
    """Who asked, and the number that was the last one."""

    asking: Asking
    number: int


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """204 while the clinic's last change is number `since`, else 200 with the new number.

    A number beyond ours is a change too: the database was restored. `clinic` names the clinic that the page
    shows. The session is looked at, and neither used nor renewed: nobody has touched the desk.
    """
    asking = Asking(
        session_key=request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""),
        device_secret=request.COOKIES.get(COOKIE, ""),
        clinic=request.GET.get("clinic", ""),
    )
    try:
        number = watch.number_for(asking, now=now())
        since = _since(request)
    except (ClinicError, InterfaceError, OperationalError) as raised:
        return refusal_json(raised)
    if since != number:
        return JsonResponse({"number": number})
    request.META[ANSWERED] = Answered(asking, number)
    return HttpResponse(status=204)


def _since(request: HttpRequest) -> int:
    said = request.GET.get("since", "")
    if _NUMBER.fullmatch(said) is None:
        sentence = _(
            "“since” is the number of a change, as the page or the last answer said it: digits alone."
        )
        raise Malformed("malformed_since", sentence)
    return int(said)


# The tests walk the list of paths and ask each door what it needs.
setattr(live, "act", Act.SEE_CALENDAR)  # noqa: B010  (a mark of ours on a function)
