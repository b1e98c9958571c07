"""The shared desk: trusting a device, one's own PIN there, taking over, and the lock's way back."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access.shared_desk import (
    LONGEST_LABEL,
    LONGEST_PIN,
    colleagues_at,
    has_pin,
    revoke_device,
    set_pin,
    take_over,
    trust_device,
)
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import TrustedDevice
from clinic.places.sites import zone_at_home
from clinic.plain_text import isolated
from clinic.time.wall_clock import local_date
from clinic.web.clock import now
from clinic.web.desk.by_pin import device_in, device_of, is_by_pin, keep_device, sit_down
from clinic.web.desk.desk_access import CHOSEN_CLINIC, desk_page, signed_in_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.idle_lock import ONWARD, SECRET, own_path
from clinic.web.in_place import wants_json

TRUST_FIELDS = {"label_missing": "label"}
PIN_FIELDS = {"pin_not_digits": "pin", "pin_trivial": "pin"}
_PIN_KEYS = {"inputmode": "numeric", "autocomplete": "off", "maxlength": LONGEST_PIN}


class TrustFields(forms.Form):
    """A device that is to be trusted."""

    use_required_attribute = False

    label = forms.CharField(
        max_length=LONGEST_LABEL,
        label=_("Where it stands"),
        help_text=_("So that everyone knows which device is meant, such as “Front desk, left”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name the device: say where it stands.")},
    )


class PinFields(forms.Form):
    """A PIN of one's own."""

    use_required_attribute = False

    pin = forms.CharField(
        label=_("New PIN"),
        strip=False,
        widget=forms.PasswordInput(attrs=_PIN_KEYS),
        error_messages={"required": _("Enter 4 to 8 digits.")},
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        widget=forms.PasswordInput(attrs=_PIN_KEYS),
        error_messages={"required": _("Enter the PIN a second time.")},
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("pin", again):
            raise forms.ValidationError(gettext("These two are not the same. Enter the PIN twice."))
        return again


class TakeOverFields(forms.Form):
    """The PIN of the one who takes over."""

    use_required_attribute = False

    who = forms.UUIDField(widget=forms.HiddenInput)
    pin = forms.CharField(
        label=_("PIN"),
        strip=False,
        widget=forms.PasswordInput(attrs=_PIN_KEYS | {"autofocus": True}),
        error_messages={"required": _("Enter your PIN.")},
    )


@require_safe
@desk_page(Act.SEE_CALENDAR)
def this_desk(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    return _this_desk_page(request, actor)


@require_POST
@desk_page(Act.MANAGE_DEVICES)
def desk_trust(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = TrustFields(request.POST)
    if not form.is_valid():
        return _this_desk_page(request, actor, trust=form, status=422)
    label = form.cleaned_data["label"]
    try:
        trusted = trust_device(label=label, is_by_pin=is_by_pin(request), by=actor, now=now())
    except ClinicError as refusal:
        status = refuse_form(form, refusal=refusal, fields=TRUST_FIELDS)
        return _this_desk_page(request, actor, trust=form, status=status)
    messages.info(
        request, gettext("This device is trusted for 30 days. Next: everyone who works here sets a PIN.")
    )
    response = redirect("this-desk")
    keep_device(response, trusted=trusted)
    return response


@sensitive_post_parameters("pin", "again")
@require_POST
@desk_page(Act.SEE_CALENDAR)
def desk_pin(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = PinFields(request.POST)
    device = device_in(request, clinic_id=actor.clinic_id)
    if device is None:
        messages.warning(request, gettext("This device is not trusted, so a PIN is of no use here."))
        return redirect("this-desk")
    if not form.is_valid():
        return _this_desk_page(request, actor, pin=form, status=422)
    pin = form.cleaned_data["pin"]
    try:
        set_pin(device=device, pin=pin, is_by_pin=is_by_pin(request), by=actor, now=now())
    except ClinicError as refusal:
        status = refuse_form(form, refusal=refusal, fields=PIN_FIELDS)
        return _this_desk_page(request, actor, pin=form, status=status)
    messages.info(request, gettext("Your PIN is set. From now on you take over here with it."))
    return redirect("this-desk")


@require_POST
@desk_page(Act.MANAGE_DEVICES)
def desk_revoke(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    device = find(TrustedDevice.objects.seen_by(actor), uuid=uuid)
    revoke_device(device=device, by=actor, now=now())
    messages.info(
        request,
        gettext("“{device}” is trusted no more, and whoever came in there by PIN is out.").format(
            device=isolated(device.label)
        ),
    )
    return redirect("this-desk")


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Open to whoever stands at a trusted device, signed in or not: the PIN is what opens it."""
    setattr(request, "is_desk_page", True)  # noqa: B010  (a mark of ours on Django's object)
    device = device_of(request)
    if device is None or request.method != "POST":
        form = TakeOverFields(initial={"who": request.GET.get("who", "")})
        return _switch_page(request, device, form, status=200 if device else 403)
    form = TakeOverFields(request.POST)
    if not form.is_valid():
        return _switch_page(request, device, form, status=422)
    said = form.cleaned_data
    try:
        user = take_over(device=device, user=said["who"], pin=said["pin"], now=now())
    except ClinicError as refusal:
        return _switch_page(request, device, form, status=refuse_form(form, refusal=refusal))
    sit_down(request, user=user, device=device)
    request.session[CHOSEN_CLINIC] = str(device.clinic.uuid)
    return redirect(own_path(request, request.POST.get("next", "")) or "day-sheet")


@sensitive_post_parameters(SECRET)
@require_POST
@signed_in_page
def unlock(request: HttpRequest) -> HttpResponse:
    """The way back from the lock. The gate before this page has asked for the PIN or password."""
    if wants_json(request):
        return JsonResponse({"state": "open", "sentence": ""})
    return redirect(own_path(request, request.POST.get(ONWARD, "")) or "day-sheet")


@require_POST
@signed_in_page
def awake(request: HttpRequest) -> HttpResponse:
    """Someone types without asking for a page; the gate before this one has written it down."""
    return HttpResponse(status=204)


def _this_desk_page(
    request: HttpRequest,
    actor: Actor,
    *,
    trust: TrustFields | None = None,
    pin: PinFields | None = None,
    status: int = 200,
) -> HttpResponse:
    device = device_in(request, clinic_id=actor.clinic_id)
    zone = zone_at_home(clinic_id=actor.clinic_id)
    at = now()
    rows = TrustedDevice.objects.seen_by(actor).filter(revoked_at=None, expires_at__gt=at)
    devices = [
        (row, local_date(row.expires_at, zone))
        for row in rows.select_related("trusted_by").order_by("label", "pk")
    ]
    shown = {
        "device": device,
        "until": device and local_date(device.expires_at, zone),
        "devices": devices,
        "colleagues": colleagues_at(device=device) if device else [],
        "has_pin": device is not None and has_pin(device=device, by=actor),
        "is_by_pin": is_by_pin(request),
        "trust": trust or TrustFields(),
        "pin": pin or PinFields(),
    }
    return render(request, "clinic/shared_desk/this_desk.html", shown, status=status)


def _switch_page(
    request: HttpRequest, device: TrustedDevice | None, form: TakeOverFields, *, status: int
) -> HttpResponse:
    colleagues = colleagues_at(device=device) if device else []
    who = str(form["who"].value() or "")
    shown = {
        "device": device,
        "colleagues": colleagues,
        "chosen": next((one for one in colleagues if str(one.user.uuid) == who), None),
        "form": form,
        "next": own_path(request, request.POST.get("next") or request.GET.get("next") or "") or "",
    }
    return render(request, "clinic/shared_desk/switch.html", shown, status=status)
