"""Reading the audit trail: who looked at whom, who did what, newest first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from clinic.audit_trail.deeds import deed_words, noun_words
from clinic.identity.actors import Actor
from clinic.models import AccessKey, AuditEntry, Membership
from clinic.sentences import NOTHING, Sentence, joined
from clinic.sentences import sentence as _

PIECE = 100
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class TrailAsked:
    """Which entries: [first, end) instants, and one patient, one actor, one deed if named."""

    first: datetime
    end: datetime
    patient: UUID | None = None
    actor: str = ""
    deed: str = ""


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry in plain words; `who` is a name where the actor is known in the clinic."""

    pk: int
    at: datetime
    who: str
    role: str
    way: str
    deed: str
    about: str
    patients: int


def entries_asked(*, asked: TrailAsked, by: Actor) -> QuerySet[AuditEntry]:
    """The entries of the actor's clinic that fit, newest first. Uses the index on (clinic, at)."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.seen_by(by).filter(at__gte=asked.first, at__lt=asked.end)
    if asked.patient is not None:
        rows = rows.filter(patients__contains=asked.patient.hex)
    if asked.actor:
        rows = rows.filter(actor=asked.actor)
    if asked.deed:
        rows = rows.filter(act=asked.deed)
    return rows.order_by("-at", "-pk")


def shown(
    *, entries: Iterable[AuditEntry], by: Actor, wording: Callable[[Sentence], str] = str
) -> Iterator[EntryShown]:
    """As they are read; in English unless somebody words them."""
    names = names_of_actors(by=by, wording=wording)
    for entry in entries:
        yield EntryShown(
            pk=entry.pk,
            at=entry.at,
            who=names.get(entry.actor, entry.actor),
            role=wording(noun_words(entry.role or entry.actor_kind)),
            way=wording(noun_words(entry.way)),
            deed=wording(deed_words(entry.act)),
            about=wording(joined([noun_words(entry.about_kind), entry.about]) if entry.about else NOTHING),
            patients=len(entry.patients.split()),
        )


def every_entry(*, asked: TrailAsked, by: Actor) -> Iterator[EntryShown]:
    """All that fit, read in pieces."""
    return shown(entries=entries_asked(asked=asked, by=by).iterator(chunk_size=_AT_ONCE), by=by)


def names_of_actors(*, by: Actor, wording: Callable[[Sentence], str] = str) -> dict[str, str]:
    """Public id → name, of the clinic's members and access keys. Two queries."""
    members = Membership.objects.seen_by(by).values_list("user__uuid", "user__name")
    keys = AccessKey.objects.seen_by(by).values_list("uuid", "label")
    named = {str(uuid): name for uuid, name in members}
    return named | {str(uuid): wording(_("{label} (key)", label=label)) for uuid, label in keys}
