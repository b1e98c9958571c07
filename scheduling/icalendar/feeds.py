"""Feeds: secret addresses under which phones and calendars read sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import OperationalError, connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Malformed, NotAllowed, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.identity.tokens import digest_of, new_token
from clinic.lookup import find, refuse_foreign
from clinic.models import AccessKey, Diary, Membership, Patient, Resource, Site
from clinic.people.patients import erasure_problems, lock_patient
from clinic.plain_text import one_line
from clinic.sentences import sentence as _
from scheduling.models import Feed, FeedDetail

LONGEST_LABEL = LONGEST_PROGRAM = 100
# When a feed was last used is kept as exactly as that: not every fetch is a write.
LAST_USED_GRAIN = timedelta(minutes=5)


class OpenedFeed(NamedTuple):
    """A feed, and the token of its address: said this once, kept nowhere."""

    feed: Feed
    token: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose sessions a feed shows, and how much of each: one diary's, one site's, or the whole clinic's."""

    diary: Diary | None = None
    detail: str = FeedDetail.INITIALS
    site: Site | None = None


def feeds_seen_by(by: Actor) -> QuerySet[Feed]:
    """Feeds with whose they are; a practitioner's are those of their own diary.

    `opener_is_in` says whether whoever opened it still belongs to the clinic: otherwise it shows nothing.
    """
    rows = Feed.objects.seen_by(by).select_related("site", "diary__resource", "diary__patient", "opened_by")
    if by.sees_only_own_patients:
        rows = rows.filter(diary__resource=by.practitioner_id) if by.practitioner_id else rows.none()
    members = Membership.objects.of_clinic(by.clinic_id).filter(user__is_active=True)
    is_in = Exists(members.filter(user=OuterRef("opened_by")))
    return rows.annotate(opener_is_in=Q(opened_by__isnull=True) | Q(is_in))


def open_feed(*, label: str, shows: Shown = Shown(), by: Actor, now: datetime) -> OpenedFeed:
    """Open a feed; its address is /feeds/<token>.ics.

    Raises NotAllowed (`not_own_diary` too), Unknown (`unknown_diary`, `unknown_site`) for what is of another
    clinic, Malformed (`malformed_detail`, `malformed_label`, `malformed_feed`) and Refused
    (`patient_erased`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_FEEDS)
    refuse_foreign(by=by, unknown_diary=shows.diary, unknown_site=shows.site)
    _refuse_shown(shows, by)
    label = one_line(label)
    if not 0 < len(label) <= LONGEST_LABEL:
        raise Malformed("malformed_label", _("Name the feed in at most 100 characters."))
    token = new_token()
    with one_act():
        if shows.diary is not None:
            _refuse_erased(shows.diary)
        feed = Feed.objects.create(
            clinic_id=by.clinic_id,
            label=label,
            diary=shows.diary,
            site=shows.site,
            detail=shows.detail,
            token_digest=digest_of(token),
            opened_by_id=_whose(by),
            created_at=now,
            changed_at=now,
        )
        record_audit(
            AuditRecord(AuditAction.OPENED_FEED, feed, after={"label": label, "detail": shows.detail}),
            by=by,
            now=now,
        )
        record_rows(added=[feed], now=now)
    return OpenedFeed(feed, token)


def _refuse_shown(shows: Shown, by: Actor) -> None:
    own = Resource.objects.of_clinic(by.clinic_id).filter(pk=by.practitioner_id or 0, diary=shows.diary)
    if by.sees_only_own_patients and (shows.diary is None or not own.exists()):
        raise NotAllowed(
            "not_own_diary", _("You open feeds of your own diary. Ask an administrator for any other.")
        )
    if shows.detail not in FeedDetail.values:
        raise Malformed(
            "malformed_detail", _("A feed tells one of: {known}.", known=", ".join(FeedDetail.values))
        )
    if shows.diary is not None and shows.site is not None:
        raise Malformed("malformed_feed", _("A feed shows one diary or one site. Open one for each."))


def _whose(by: Actor) -> int | None:
    """The member with whom the feed goes: of what a program opens, who made its key."""
    if by.key_id is None:
        return by.user_id
    keys = AccessKey.objects.of_clinic(by.clinic_id).filter(pk=by.key_id)
    made_by: int | None = keys.values_list("created_by_id", flat=True).get()
    return made_by


def _refuse_erased(diary: Diary) -> None:
    """Whose diary it is may be erased at this instant: the two take turns."""
    patient = Patient.objects.of_clinic(diary.clinic_id).filter(diary=diary).first()
    if patient is not None:
        refuse_if_any(erasure_problems(patient=lock_patient(patient_id=patient.pk)))


def rotate_feed(*, feed: Feed, by: Actor, now: datetime) -> OpenedFeed:
    """Another address in place of this one, which shows nothing from now on; the feed is the actor's.

    An address is changed because others may know it, so both never work, as keys do for a day. Raises
    NotAllowed, Unknown (`unknown_feed`) and Refused (`feed_revoked`). Locks: feed, change counter.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_FEEDS)
    refuse_foreign(by=by, unknown_feed=feed)
    token = new_token()
    with one_act():
        row = find(feeds_seen_by(by).select_for_update(of=("self",), no_key=True), uuid=feed.uuid)
        if row.revoked_at is not None:
            sentence = _("This feed is shut for ever. Open a new one instead.")
            refuse_if_any([Problem("feed_revoked", ProblemKind.BLOCKER, sentence)])
        row.token_digest, row.opened_by_id = digest_of(token), _whose(by)
        row.last_used_at, row.last_program = None, ""
        written = ["token_digest", "opened_by", "last_used_at", "last_program"]
        row.save(update_fields=[*written, *row.touch(now)])
        record_audit(AuditRecord(AuditAction.ROTATED_FEED, row), by=by, now=now)
        record_rows(changed=[row], now=now)
    return OpenedFeed(row, token)


def revoke_feed(*, feed: Feed, by: Actor, now: datetime) -> None:
    """Shut a feed at once and for ever; again changes nothing.

    Raises NotAllowed, and Unknown (`unknown_feed`) for one that is not the actor's to see.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_FEEDS)
    refuse_foreign(by=by, unknown_feed=feed)
    find(feeds_seen_by(by), uuid=feed.uuid)
    with one_act():
        is_shut = Feed.objects.filter(pk=feed.pk, revoked_at__isnull=True).touch(now, revoked_at=now)
        feed.refresh_from_db(fields=["revoked_at", "version", "changed_at"])
        if is_shut:
            record_audit(
                AuditRecord(AuditAction.REVOKED_FEED, feed, after={"revoked_at": now}), by=by, now=now
            )
            record_rows(changed=[feed], now=now)


def feed_at(*, token: str) -> Feed | None:
    """The open feed behind a token, with its clinic and whose diary it is. One query.

    Feeds go with the person who opened them, as access keys do.
    """
    opener_is_in = Q(opened_by__is_active=True, opened_by__memberships__clinic_id=F("clinic_id"))
    rows = Feed.objects.filter(
        Q(opened_by__isnull=True) | opener_is_in, token_digest=digest_of(token), revoked_at__isnull=True
    )
    return rows.select_related("clinic", "diary__resource", "diary__patient").first()


def note_use(*, feed: Feed, program: str, now: datetime) -> None:
    """Write down that the feed was read, and by which program as it says itself; every few minutes at most.

    Who reads is served though nothing can be written: on a full disk, say.
    """
    if feed.last_used_at is not None and now - feed.last_used_at < LAST_USED_GRAIN:
        return
    try:
        Feed.objects.filter(pk=feed.pk).update(
            last_used_at=now, last_program=one_line(program)[:LONGEST_PROGRAM]
        )
    except OperationalError:
        if connection.in_atomic_block:
            raise
