"""Members of the clinic and their roles."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access.invitations import invite_member, open_invitations, revoke_invitation
from clinic.access.leaving import what_ends
from clinic.access.members import change_role, remove_member
from clinic.desk.access.forms import InvitationFields, RoleFields
from clinic.errors import ClinicError, Unknown
from clinic.identity.actors import Actor, Role
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Invitation, Membership, Resource, ResourceKind
from clinic.plain_text import isolated
from clinic.sentences import sentence as _
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.form_actions import send

FIELDS = {
    "malformed_email": "email",
    "already_a_member": "email",
    "name_missing": "name",
    "owners_only": "role",
    "last_owner": "role",
    "practitioner_missing": "practitioner",
    "unknown_practitioner": "practitioner",
}


@require_safe
@desk_page(Act.MANAGE_MEMBERS)
def members(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    rows = Membership.objects.seen_by(actor).select_related("user", "practitioner")
    shown = {
        "members": list(rows.order_by("user__name", "pk")),
        "invitations": open_invitations(by=actor, now=now()),
    }
    return render(request, "clinic/access/members.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_MEMBERS)
def invite(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    typed = request.POST if request.method == "POST" else None
    initial = {"role": Role.RECEPTIONIST}
    form = InvitationFields(typed, initial=initial, practitioners=_practitioners(actor))
    sent = send(
        request, form, lambda: invite_member(new=form.invitation(), by=actor, now=now()), fields=FIELDS
    )
    if sent.done is None:
        return render(request, "clinic/access/invite.html", {"form": form}, status=sent.status)
    return render(request, "clinic/access/invited.html", {"invited": sent.done}, status=201)


@require_POST
@desk_page(Act.MANAGE_MEMBERS)
def invitation_revoke(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    invitation = find(Invitation.objects.seen_by(actor), uuid=uuid)
    revoke_invitation(invitation=invitation, by=actor, now=now())
    messages.info(request, gettext("The invitation to {email} works no more.").format(email=invitation.email))
    return redirect("members")


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_MEMBERS)
def member(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = _found(actor, uuid)
    own = found.practitioner
    initial = {"role": found.role, "practitioner": str(own.uuid) if own else ""}
    practitioners = _practitioners(actor, own=own)
    if request.method != "POST":
        return _page(request, found, RoleFields(initial=initial, practitioners=practitioners))
    form = RoleFields(request.POST, practitioners=practitioners)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    role, practitioner = form.chosen
    try:
        change_role(member=found, role=role, practitioner=practitioner, by=actor, now=now())
    except ClinicError as refusal:
        return _page(request, found, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    messages.info(request, _becomes(role, found))
    return redirect("members")


@require_POST
@desk_page(Act.MANAGE_MEMBERS)
def member_remove(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = _found(actor, uuid)
    remove_member(member=found, by=actor, now=now())
    messages.info(request, gettext("{user} gets in no more.").format(user=isolated(found.user)))
    return redirect("members")


def _found(actor: Actor, uuid: UUID) -> Membership:
    rows = Membership.objects.seen_by(actor).select_related("user", "practitioner")
    found: Membership | None = rows.filter(user__uuid=uuid).first()
    if found is None:
        raise Unknown("unknown_member", _("There is no such member in this clinic."))
    return found


def _practitioners(actor: Actor, *, own: Resource | None = None) -> list[Resource]:
    """Doctors and assistants who work here, and whose diary it is now even if they do not."""
    rows = Resource.objects.seen_by(actor).filter(kind=ResourceKind.PRACTITIONER)
    working = rows.not_retired(now())
    return list((working if own is None else working | rows.filter(pk=own.pk)).order_by("name"))


def _page(request: HttpRequest, found: Membership, form: RoleFields, status: int = 200) -> HttpResponse:
    shown = {"member": found, "form": form, "leaving": what_ends(member=found)}
    return render(request, "clinic/access/member.html", shown, status=status)


def _becomes(role: Role, member: Membership) -> str:
    match role:
        case Role.OWNER:
            words = gettext("From the next click on, {user} is an owner.")
        case Role.ADMINISTRATOR:
            words = gettext("From the next click on, {user} is an administrator.")
        case Role.RECEPTIONIST:
            words = gettext("From the next click on, {user} is a receptionist.")
        case Role.PRACTITIONER:
            words = gettext("From the next click on, {user} is a practitioner.")
        case _:
            words = gettext("From the next click on, {user} is an auditor.")
    return words.format(user=isolated(member.user))
