"""What was said in one's name, and for owners and administrators in anybody's; and the answers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import zone_at_home
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import DeskView, desk_page
from clinic.web.desk.desk_errors import say_refused
from clinic.web.trail import saw
from scheduling.desk.shared.words_shown import words_shown
from scheduling.models import SpokenWaiver, WordAnswer
from scheduling.words.answer import answer_word

MOST = 200
_SAID = {
    WordAnswer.RIGHT: _("Kept: you said so."),
    WordAnswer.NOT_MINE: _("Kept: it was not yours. Owners, administrators and who entered it are told."),
}


@require_safe
@desk_page(Act.SEE_CALENDAR)
def words(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """The latest first."""
    rows = SpokenWaiver.objects.seen_by(actor).select_related("patient", "plan", "said_by")
    found = list(rows.order_by("-said_at", "-pk")[:MOST])
    saw(AuditAction.SAW_SESSIONS, [word.patient.uuid for word in found], by=actor)
    shown = words_shown(found, by=actor, zone=zone_at_home(clinic_id=actor.clinic_id))
    return render(request, "scheduling/day/words.html", {"words": shown})


def _button(answer: WordAnswer) -> DeskView:
    @require_POST
    @desk_page(Act.ANSWER_WORD)
    def pressed(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
        word = find(SpokenWaiver.objects.seen_by(actor), uuid=uuid)
        try:
            answer_word(word=word, answer=answer, member=actor.reference, by=actor, now=database_now())
        except ClinicError as refusal:
            say_refused(request, refusal=refusal)
        else:
            messages.info(request, str(_SAID[answer]))
        return redirect("words" if request.GET.get("from") == "words" else "day-sheet")

    return pressed


ANSWERS: dict[str, DeskView] = {
    "right": _button(WordAnswer.RIGHT),
    "not-mine": _button(WordAnswer.NOT_MINE),
}
