"""Undoing an act, or sending now what it leaves, from the buttons of its line."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import DeskView, desk_page
from clinic.web.desk.desk_errors import say_refused
from scheduling.models import CourseAct, CourseActKind
from scheduling.undoing import send_now as sending
from scheduling.undoing import undo as undoing

_UNDONE = {
    CourseActKind.BOOKED: _("Undone: nothing of it is booked."),
    CourseActKind.MOVED: _("Undone: everything is where it was."),
    CourseActKind.CANCELLED: _("Undone: nothing of it is cancelled."),
    CourseActKind.LEAVE: _("Undone: the leave is gone."),
    CourseActKind.ATTENDED: _("Undone."),
}


def _button(act: Callable[..., CourseAct], words: Callable[[CourseAct], str]) -> DeskView:
    """Act, and go back to what it was about: with what came of it, or why it was refused."""

    @require_POST
    @desk_page(Act.UNDO)
    def pressed(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
        rows = CourseAct.objects.seen_by(actor).select_related("patient", "plan", "session")
        found = find(rows, uuid=uuid)
        try:
            act(act=found, by=actor, now=database_now())
        except ClinicError as refusal:
            say_refused(request, refusal=refusal)
        else:
            messages.info(request, words(found))
        return _back(found)

    return pressed


undo = _button(undoing.undo, lambda act: str(_UNDONE[CourseActKind(act.kind)]))
send_now = _button(sending.send_now, lambda act: gettext("It goes out now. You can still undo it."))


def _back(act: CourseAct) -> HttpResponse:
    if act.plan is not None:
        return redirect("plan", act.plan.uuid)
    return redirect("session", act.session.uuid) if act.session is not None else redirect("absences")
