"""Feeds: secret addresses under which phones and calendars read sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Q

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Malformed, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.identity.tokens import digest_of, new_token
from clinic.lookup import refuse_foreign
from clinic.models import Diary, Patient
from clinic.people.patients import erasure_problems, lock_patient
from clinic.sentences import sentence as _
from scheduling.models import Feed, FeedDetail


class OpenedFeed(NamedTuple):
    """A new feed, and the token of its address: said this once, kept nowhere."""

    feed: Feed
    token: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose sessions a feed shows (one diary's, or the whole clinic's), and how much of each."""

    diary: Diary | None = None
    detail: str = FeedDetail.INITIALS


def open_feed(*, label: str, shows: Shown = Shown(), by: Actor, now: datetime) -> OpenedFeed:
    """Open a feed; its address is /feeds/<token>.ics.

    Raises NotAllowed, Unknown (`unknown_diary`) for a diary of another clinic, Malformed
    (`malformed_detail`, `malformed_label`) and Refused (`patient_erased`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_FEEDS)
    refuse_foreign(by=by, unknown_diary=shows.diary)
    if shows.detail not in FeedDetail.values:
        raise Malformed(
            "malformed_detail", _("A feed tells one of: {known}.", known=", ".join(FeedDetail.values))
        )
    label = " ".join(label.split())
    if not 0 < len(label) <= 100:
        raise Malformed("malformed_label", _("Name the feed in at most 100 characters."))
    token = new_token()
    with one_act():
        if shows.diary is not None:
            _refuse_erased(shows.diary)
        feed = Feed.objects.create(
            clinic_id=by.clinic_id,
            label=label,
            diary=shows.diary,
            detail=shows.detail,
            token_digest=digest_of(token),
            opened_by_id=by.user_id,
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


def _refuse_erased(diary: Diary) -> None:
    """Whose diary it is may be erased at this instant: the two take turns."""
    patient = Patient.objects.of_clinic(diary.clinic_id).filter(diary=diary).first()
    if patient is not None:
        refuse_if_any(erasure_problems(patient=lock_patient(patient_id=patient.pk)))


def revoke_feed(*, feed: Feed, by: Actor, now: datetime) -> None:
    """Shut a feed at once and for ever; again changes nothing. Raises Unknown for a foreign one."""
    refuse_unless_may(by=by, act=Act.MANAGE_FEEDS)
    refuse_foreign(by=by, unknown_feed=feed)
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
