"""The clinic's own page: what it asks of its staff, and the way to who gets in."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.access.policy import house_rules_of, set_house_rules
from clinic.desk.access.forms import HouseRulesFields
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form

FIELDS = {
    "idle_minutes_out_of_range": "idle_lock_minutes",
    "hold_minutes_out_of_range": "hold_minutes",
}


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_CLINIC)
def house(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        rules = house_rules_of(desk_of(request).clinic)
        return _page(request, HouseRulesFields(initial=asdict(rules)))
    form = HouseRulesFields(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        set_house_rules(rules=form.rules(), by=actor, now=now())
    except ClinicError as refusal:
        return _page(request, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    messages.info(request, "From the next click on, these rules hold for everyone.")
    return redirect("house")


def _page(request: HttpRequest, form: HouseRulesFields, status: int = 200) -> HttpResponse:
    return render(request, "clinic/access/policy.html", {"form": form}, status=status)
