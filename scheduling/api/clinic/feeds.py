"""Feeds over REST: opened, listed, given another address, shut."""

from typing import Annotated, TypedDict
from uuid import UUID

from django.urls import reverse
from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient, Resource, Site
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Shape, Text
from clinic.web.rest.json_types import Instant, Page, Uuid, Words
from clinic.web.rest.lists import ChangingShape, piece_of
from clinic.web.trail import saw
from scheduling.icalendar.feeds import OpenedFeed, Shown, feeds_seen_by, open_feed, revoke_feed, rotate_feed
from scheduling.models import Feed, FeedDetail


class FeedFilter(ChangingShape):
    """In the order `opened` the newest first."""

    orders = {"opened": ("-created_at",)}


class NewFeedShape(Shape):
    """Whose sessions are shown: one site's, one resource's or one patient's; the whole clinic's otherwise.

    `detail`: times alone (`busy`), whose sessions in initials (`initials`), or whole names (`names`).
    """

    label = Text()  # type: ignore[assignment]  # of the feed, not of a field
    detail = serializers.ChoiceField(choices=FeedDetail.choices, default=FeedDetail.INITIALS)
    site = Id(required=False)
    resource = Id(required=False)
    patient = Id(required=False)

    def validate(self, said: dict[str, object]) -> dict[str, object]:
        if len(said.keys() & {"site", "resource", "patient"}) > 1:
            raise serializers.ValidationError("Say one of these at most: site, resource, patient.")
        return said


class FeedJson(TypedDict):
    """Without site, resource and patient the whole clinic’s. `is_open`: whether its address shows anything.

    It goes with the member `opened_by`. `last_program` is what whoever read it last said that it was.
    """

    id: Uuid
    version: int
    label: str
    detail: Annotated[str, Words.of(FeedDetail)]
    site: Uuid | None
    resource: Uuid | None
    patient: Uuid | None
    opened_at: Instant
    opened_by: Uuid | None
    is_open: bool
    revoked_at: Instant | None
    last_used_at: Instant | None
    last_program: str


class OpenedFeedJson(FeedJson):
    """`address` is told this once, and is null where the same request is answered again."""

    address: str | None


@speaks("list_feeds", Act.MANAGE_FEEDS, query=FeedFilter, answers={200: Page[FeedJson]})
def list_feeds(call: Call) -> Answer[Page[FeedJson]]:
    """List feeds: whose sessions they show, and when they were read last.

    Nobody is told their addresses.
    """
    piece = piece_of(call, feeds_seen_by(call.by))
    _saw(piece.rows, call)
    return piece.answer(_feed_json)


@speaks("show_feed", Act.MANAGE_FEEDS, answers={200: FeedJson})
def show(call: Call, feed_id: UUID) -> Answer[FeedJson]:
    """Show a feed, without its address."""
    feed = find(feeds_seen_by(call.by), uuid=feed_id)
    _saw([feed], call)
    return Answer(_feed_json(feed), version=feed.version)


@speaks(
    "open_feed",
    Act.MANAGE_FEEDS,
    does=Does.MAKES,
    body=NewFeedShape,
    answers={201: OpenedFeedJson},
    refuses=("malformed_label", "patient_erased", "unknown_patient", "unknown_resource", "unknown_site"),
)
def open_(call: Call) -> Answer[OpenedFeedJson]:
    """Open a feed: a secret address under which calendars read sessions.

    The address is in this answer and nowhere else. If it is lost, rotate the feed. A feed that a key opens
    goes with the member who made the key.
    """
    said = call.said
    shows = Shown(detail=said["detail"])
    if "site" in said:
        site = find(Site.objects.seen_by(call.by), uuid=said["site"])
        shows = Shown(detail=said["detail"], site=site)
    elif "resource" in said:
        resource = find(Resource.objects.seen_by(call.by).select_related("diary"), uuid=said["resource"])
        shows = Shown(resource.diary, detail=said["detail"])
    elif "patient" in said:
        patient = find(Patient.objects.seen_by(call.by).select_related("diary"), uuid=said["patient"])
        shows = Shown(patient.diary, detail=said["detail"])
    opened = open_feed(label=said["label"], shows=shows, by=call.by, now=database_now())
    return _told_once(opened, call, status=201)


@speaks(
    "rotate_feed",
    Act.MANAGE_FEEDS,
    does=Does.CHANGES,
    answers={200: OpenedFeedJson},
    refuses=("feed_revoked",),
)
def rotate(call: Call, feed_id: UUID) -> Answer[OpenedFeedJson]:
    """Give a feed another address.

    The old one shows nothing from that instant on: whoever read it is given the new one. From then on the
    feed goes with whoever rotated it.
    """
    feed = find(feeds_seen_by(call.by), uuid=feed_id)
    call.refuse_if_stale(version=feed.version)
    return _told_once(rotate_feed(feed=feed, by=call.by, now=database_now()), call, status=200)


@speaks("revoke_feed", Act.MANAGE_FEEDS, does=Does.REPEATS, answers={200: FeedJson})
def revoke(call: Call, feed_id: UUID) -> Answer[FeedJson]:
    """Shut a feed at once and for ever. Again changes nothing."""
    feed = find(feeds_seen_by(call.by), uuid=feed_id)
    call.refuse_if_stale(version=feed.version)
    revoke_feed(feed=feed, by=call.by, now=database_now())
    _saw([feed], call)
    return Answer(_feed_json(feed), version=feed.version)


def _told_once(opened: OpenedFeed, call: Call, *, status: int) -> Answer[OpenedFeedJson]:
    feed = find(feeds_seen_by(call.by), uuid=opened.feed.uuid)
    _saw([feed], call)
    address = call.request.build_absolute_uri(reverse("feed", args=[opened.token]))
    kept: OpenedFeedJson = {**_feed_json(feed), "address": None}
    told: OpenedFeedJson = {**kept, "address": address}
    location = reverse("api-feed", args=[feed.uuid]) if status == 201 else ""
    return Answer(told, status, version=feed.version, location=location, kept=kept)


def _saw(feeds: list[Feed], call: Call) -> None:
    if patients := [patient.uuid for feed in feeds if (patient := _patient_of(feed)) is not None]:
        saw(AuditAction.SAW_PATIENTS, patients, by=call.by)


def _patient_of(feed: Feed) -> Patient | None:
    patient: Patient | None = getattr(feed.diary, "patient", None)
    return patient


def _feed_json(feed: Feed) -> FeedJson:
    patient, resource = _patient_of(feed), getattr(feed.diary, "resource", None)
    return {
        "id": str(feed.uuid),
        "version": feed.version,
        "label": feed.label,
        "detail": feed.detail,
        "site": str(feed.site.uuid) if feed.site else None,
        "resource": str(resource.uuid) if resource else None,
        "patient": str(patient.uuid) if patient else None,
        "opened_at": feed.created_at.isoformat(),
        "opened_by": str(feed.opened_by.uuid) if feed.opened_by else None,
        "is_open": feed.revoked_at is None and bool(getattr(feed, "opener_is_in", True)),
        "revoked_at": feed.revoked_at.isoformat() if feed.revoked_at else None,
        "last_used_at": feed.last_used_at.isoformat() if feed.last_used_at else None,
        "last_program": feed.last_program,
    }
