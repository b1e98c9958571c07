"""Addresses that mail does not reach: corrected one by one, or confirmed many at once."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import MailProblem, Patient
from clinic.plain_text import isolated
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import set_choices
from clinic.web.templatetags.parts import name
from clinic.web.trail import saw
from clinic.wording import label_of
from scheduling.calling.addresses import (
    DoubtedAddress,
    confirm_addresses,
    correct_address,
    doubted_addresses,
)


class AddressFields(forms.Form):
    """Where mail is to go."""

    use_required_attribute = False

    email = forms.CharField(
        max_length=254,
        label=_("E-mail"),
        help_text=_("If it is right as it stands, save it so."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address that mail is to go to.")},
    )


class RightAddressesFields(forms.Form):
    """Whose address is right after all."""

    right = forms.MultipleChoiceField(
        label=_("Whose address is right"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one patient.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.REGISTER_PATIENT)
def correct(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    if patient.is_erased:
        return redirect("patient", patient.uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    form = AddressFields(request.POST if request.method == "POST" else None, initial={"email": patient.email})
    sent = send(
        request,
        form,
        lambda: correct_address(
            patient=patient, email=form.cleaned_data["email"], by=actor, now=database_now()
        ),
        fields={"malformed_email": "email", "email_missing": "email"},
    )
    if sent.done is None:
        problem = label_of(MailProblem(patient.mail_problem)) if patient.mail_problem else ""
        shown = {"patient": patient, "form": form, "problem": problem}
        return render(request, "scheduling/patients/address.html", shown, status=sent.status)
    messages.info(request, _said(patient, len(sent.done)))
    return redirect("patient", patient.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.REGISTER_PATIENT)
def doubted(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    found = doubted_addresses(by=actor)
    saw(AuditAction.SAW_PATIENTS, [one.patient.uuid for one in found], by=actor)
    wrongly = [str(one.patient.uuid) for one in found if not one.is_in_doubt]
    form = RightAddressesFields(
        request.POST if request.method == "POST" else None,
        initial={"right": wrongly},
        use_required_attribute=False,
    )
    set_choices(form, right=[(str(one.patient.uuid), _words(one)) for one in found])

    def confirm() -> int:
        right = set(form.cleaned_data["right"])
        patients = [one.patient for one in found if str(one.patient.uuid) in right]
        return confirm_addresses(patients=patients, by=actor, now=database_now())

    sent = send(request, form, confirm)
    if sent.done is None:
        shown = {"form": form, "found": found, "wrongly": len(wrongly)}
        return render(request, "scheduling/patients/doubted_addresses.html", shown, status=sent.status)
    said = ngettext("Mail goes to {count} patient again.", "Mail goes to {count} patients again.", sent.done)
    messages.info(request, said.format(count=sent.done))
    return redirect("doubted-addresses")


def _words(one: DoubtedAddress) -> SafeString:
    """“de Vries, Marit, m@example.com”, and below it “Mail to the address comes back. 550 5.1.1 …”."""
    patient = one.patient
    return format_html(
        '<span><a href="{}">{}</a>, {}<br><span class="small soft">{} {}</span></span>',
        reverse("patient-address", args=[patient.uuid]),
        name(patient.listed_name),
        name(patient.email),
        label_of(MailProblem(patient.mail_problem)),
        name(patient.mail_server_said),
    )


def _said(patient: Patient, revived: int) -> str:
    saved = gettext("Mail goes to {patient} again.").format(patient=isolated(patient))
    if not revived:
        return saved
    waiting = ngettext(
        "{count} message that could not be sent goes out now.",
        "{count} messages that could not be sent go out now.",
        revived,
    )
    return f"{saved} {waiting.format(count=revived)}"
