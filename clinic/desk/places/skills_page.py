"""Skills at the desk: who and what can serve for what."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic.desk.places.forms import SKILL_FIELDS, GiveSkillFields, SkillFields
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource, Skill
from clinic.places.resources_changed import NewResource, change_resource
from clinic.places.skills import add_skill, rename_skill, retire_skill
from clinic.plain_text import isolated
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def skills(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = SkillFields(request.POST if request.method == "POST" else None)
    sent = send(
        request,
        form,
        lambda: add_skill(name=form.cleaned_data["name"], by=actor, now=database_now()),
        fields=SKILL_FIELDS,
    )
    if sent.done is None:
        rows = Skill.objects.seen_by(actor).annotate(having=Count("resources")).order_by("name", "pk")
        return render(
            request, "clinic/places/skills.html", {"skills": rows, "form": form}, status=sent.status
        )
    return redirect("skill", sent.done.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def skill(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    """Call it otherwise, or give it to somebody: the button says which."""
    found = find(Skill.objects.seen_by(actor), uuid=uuid)
    gives = "resource" in request.POST
    posted = request.POST if request.method == "POST" else None
    rows = Resource.objects.seen_by(actor).not_retired(now()).order_by("name", "pk")
    giving = GiveSkillFields(posted if gives else None, resources=list(rows.exclude(skills=found)))
    naming = SkillFields(None if gives else posted, initial={"name": found.name})
    if gives:
        sent = send(request, giving, lambda: _given(giving.chosen, found, actor))
    else:
        sent = send(
            request,
            naming,
            lambda: bool(
                rename_skill(skill=found, name=naming.cleaned_data["name"], by=actor, now=database_now())
            ),
            fields=SKILL_FIELDS,
        )
    if sent.done is None:
        shown = {"skill": found, "naming": naming, "giving": giving, "having": rows.filter(skills=found)}
        return render(request, "clinic/places/skill.html", shown, status=sent.status)
    messages.info(request, gettext("Kept."))
    return redirect("skill", found.uuid)


@require_POST
@desk_page(Act.MANAGE_PLACES)
def retire(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = find(Skill.objects.seen_by(actor), uuid=uuid)
    retire_skill(skill=found, by=actor, now=database_now())
    messages.info(request, gettext("{skill} is gone.").format(skill=isolated(found)))
    return redirect("skills")


def _given(resource: Resource, given: Skill, by: Actor) -> bool:
    keys = [*resource.skills.values_list("key", flat=True), given.key]
    same = NewResource(resource.kind, resource.name, resource.site, keys, resource.group)
    change_resource(resource=resource, to=same, by=by, now=database_now())
    return True
