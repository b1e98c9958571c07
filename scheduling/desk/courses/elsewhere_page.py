"""A session of a course that was done elsewhere: when and where. It counts."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import DayField
from clinic.web.desk.notices import say
from clinic.web.trail import saw
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.courses.done_elsewhere import LONGEST_PLACE, Elsewhere
from scheduling.desk.shared.sessions_shown import about_session, session_shown
from scheduling.desk.shared.telling_form import telling_form
from scheduling.models import Session

FIELDS = {
    "done_in_the_future": "on",
    "out_of_order": "on",
    "place_missing": "place",
    "place_too_long": "place",
}


class ElsewhereFields(forms.Form):
    use_required_attribute = False

    on = DayField(label=_("Done on"), error_messages={"required": _("Enter when it was done.")})
    place = forms.CharField(
        label=_("Where"),
        max_length=LONGEST_PLACE,
        help_text=_("The clinic and its town, say."),
        error_messages={"required": _("Enter where it was done.")},
    )

    def __init__(self, *args: Any, today: date, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["on"].initial = today
        self.fields["on"].widget.attrs["data-last-day"] = str(today)

    def done(self) -> Elsewhere:
        return Elsewhere(**self.cleaned_data)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.AMEND)
def page(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    session = find(Session.objects.seen_by(actor).to_show().exclude(plan=None), uuid=uuid)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=actor, about=session)
    today = today_at_home(clinic_id=actor.clinic_id, now=now())
    form = ElsewhereFields(request.POST if request.method == "POST" else None, today=today)
    telling = telling_form(request, they_know=True, no_mail=True)
    sent = send(
        request,
        form,
        lambda: record_elsewhere(
            session=session, done=form.done(), told=telling.telling, by=actor, now=database_now()
        ),
        fields=FIELDS,
    )
    if sent.done is None:
        shown = {"session": session_shown(session, today=today), "form": form, "telling": telling}
        return render(request, "scheduling/courses/done_elsewhere.html", shown, status=sent.status)
    say(request, gettext("{session} was done elsewhere: it counts.").format(session=about_session(sent.done)))
    assert session.plan is not None
    return redirect("plan", session.plan.uuid)
