"""Calendars for phones: opened, given another address, shut."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient, Resource, ResourceKind, Site
from clinic.places.sites import zone_at_home
from clinic.plain_text import isolated
from clinic.time.wall_clock import local_date
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import set_choices
from clinic.web.trail import saw
from clinic.wording import label_of
from scheduling.icalendar.feeds import (
    LONGEST_LABEL,
    OpenedFeed,
    Shown,
    feeds_seen_by,
    open_feed,
    revoke_feed,
    rotate_feed,
)
from scheduling.models import Feed, FeedDetail

# The newest; of others their kind of calendar, and their patients, can be asked over REST.
MOST_LISTED = 200
_DETAILS = {
    FeedDetail.BUSY: _("When somebody comes, and nothing else"),
    FeedDetail.INITIALS: _("Whose initials, with whom, and at which site"),
    FeedDetail.NAMES: _("The patient’s name, with whom, and in which room"),
}
_FIELDS = {"malformed_label": "label", "malformed_detail": "detail", "patient_erased": "whose"}


class FeedFields(forms.Form):
    """A new calendar."""

    use_required_attribute = False

    label = forms.CharField(
        max_length=LONGEST_LABEL,
        label=_("Name"),
        help_text=_("The phone shows it above the sessions. Name no patient and no treatment in it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name the calendar.")},
    )
    whose = forms.ChoiceField(label=_("Whose sessions"))
    detail = forms.ChoiceField(
        label=_("What it tells"),
        choices=[(str(detail), words) for detail, words in _DETAILS.items()],
        initial=FeedDetail.INITIALS.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it tells.")},
    )


@dataclass(frozen=True, slots=True)
class Offered:
    """Whose sessions a calendar may show, as the form words it."""

    words: str
    shows: Shown


@dataclass(frozen=True, slots=True)
class FeedShown:
    """One calendar as the list shows it: never its address."""

    feed: Feed
    whose: str
    detail: str
    state: str
    is_shut: bool


@dataclass(frozen=True, slots=True)
class AddressShown:
    """The address of a calendar, on this page alone; `subscribed` is what phones open, `picture` SVG."""

    label: str
    address: str
    subscribed: str
    picture: str


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_FEEDS)
def feeds(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    offered = _offered(request, actor)
    form = _form(request, offered)

    def open_it() -> OpenedFeed:
        typed, shows = form.cleaned_data, offered[form.cleaned_data["whose"]].shows
        shows = Shown(shows.diary, typed["detail"], shows.site)
        return open_feed(label=typed["label"], shows=shows, by=actor, now=database_now())

    sent = send(request, form, open_it, fields=_FIELDS)
    if sent.done is None:
        return _page(request, actor, form, status=sent.status)
    return _page(request, actor, _form(request, offered, is_sent=False), opened=sent.done, status=201)


@require_POST
@desk_page(Act.MANAGE_FEEDS)
def rotate(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    opened = rotate_feed(feed=find(feeds_seen_by(actor), uuid=uuid), by=actor, now=database_now())
    form = _form(request, _offered(request, actor), is_sent=False)
    return _page(request, actor, form, opened=opened, status=201)


@require_POST
@desk_page(Act.MANAGE_FEEDS)
def revoke(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    feed = find(feeds_seen_by(actor), uuid=uuid)
    revoke_feed(feed=feed, by=actor, now=database_now())
    messages.info(request, gettext("“{feed}” shows nothing any more.").format(feed=isolated(feed.label)))
    return redirect("feeds")


def _offered(request: HttpRequest, actor: Actor) -> dict[str, Offered]:
    """By what the form calls it. A practitioner's calendar is their own, and nobody else's."""
    resources = Resource.objects.seen_by(actor).not_retired(database_now()).select_related("diary")
    if actor.sees_only_own_patients:
        own = resources.filter(pk=actor.practitioner_id or 0)
        return {str(row.uuid): Offered(row.name, Shown(row.diary)) for row in own}
    offered = {"": Offered(gettext("The whole clinic’s"), Shown())}
    if patient := _patient_asked_for(request, actor):
        offered = {str(patient.uuid): Offered(str(patient), Shown(patient.diary)), **offered}
    sites = Site.objects.seen_by(actor).not_retired(database_now()).order_by("name")
    offered |= {str(site.uuid): Offered(_named("site", site.name), Shown(site=site)) for site in sites}
    kinds = list(ResourceKind)
    rows = sorted(resources, key=lambda row: (kinds.index(ResourceKind(row.kind)), row.name))
    return offered | {str(row.uuid): Offered(_named(row.kind, row.name), Shown(row.diary)) for row in rows}


def _patient_asked_for(request: HttpRequest, actor: Actor) -> Patient | None:
    if not (asked := request.GET.get("patient", "")):
        return None
    try:
        uuid = UUID(asked)
    except ValueError:
        raise Http404 from None
    patient = find(Patient.objects.seen_by(actor).select_related("diary"), uuid=uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    return patient


def _named(kind: str, name: str) -> str:
    words = gettext("Site") if kind == "site" else label_of(ResourceKind(kind))
    return f"{words}: {name}"


def _form(request: HttpRequest, offered: Mapping[str, Offered], *, is_sent: bool = True) -> FeedFields:
    form = FeedFields(
        request.POST if request.method == "POST" and is_sent else None,
        initial={"whose": next(iter(offered), "")},
    )
    form.fields["whose"].required = "" not in offered
    set_choices(form, whose=[(called, one.words) for called, one in offered.items()])
    return form


def _page(
    request: HttpRequest,
    actor: Actor,
    form: FeedFields,
    opened: OpenedFeed | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(feeds_seen_by(actor).order_by("-created_at", "-pk")[:MOST_LISTED])
    if seen := [patient.uuid for row in rows if (patient := getattr(row.diary, "patient", None))]:
        saw(AuditAction.SAW_PATIENTS, seen, by=actor)
    shown: dict[str, Any] = {
        "feeds": [_shown(row, actor) for row in rows],
        "form": form,
        "opened": _address(request, opened) if opened else None,
        "action": _action(request),
    }
    return render(request, "scheduling/settings/feeds.html", shown, status=status)


def _action(request: HttpRequest) -> str:
    """Where the form goes, also from the page that answers a new address."""
    patient = request.GET.get("patient", "")
    return f"{reverse('feeds')}?{urlencode({'patient': patient})}" if patient else reverse("feeds")


def _address(request: HttpRequest, opened: OpenedFeed) -> AddressShown:
    address = request.build_absolute_uri(reverse("feed", args=[opened.token]))
    # A phone that opens this subscribes; what it opens by http it copies once.
    subscribed = f"webcal://{address.partition('://')[2]}"
    return AddressShown(opened.feed.label, address, subscribed, get_adapter().build_totp_svg(subscribed))


def _shown(feed: Feed, actor: Actor) -> FeedShown:
    is_in = bool(getattr(feed, "opener_is_in", True))
    if feed.revoked_at is not None:
        on = local_date(feed.revoked_at, zone_at_home(clinic_id=actor.clinic_id))
        state = gettext("Shut on {date}").format(date=on)
    elif not is_in:
        state = gettext("Shows nothing: whoever opened it has left. A new address makes it yours.")
    else:
        state = gettext("Open")
    words = label_of(FeedDetail(feed.detail))
    return FeedShown(feed, _whose(feed), words, state, feed.revoked_at is not None)


def _whose(feed: Feed) -> str:
    if feed.site is not None:
        return _named("site", feed.site.name)
    if feed.diary is None:
        return gettext("The whole clinic’s")
    if (patient := getattr(feed.diary, "patient", None)) is not None:
        return str(patient)
    return _named(feed.diary.resource.kind, feed.diary.resource.name)
