"""Reading the audit trail: who looked at whom, who did what, newest first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from clinic.audit_trail.deeds import deed_words, noun_words
from clinic.identity.actors import Actor
from clinic.models import AccessKey, AuditEntry, Membership, Patient, Resource, Site, TrustedDevice, User
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

PIECE = 100
# Of a look at a list it is the list that tells.
MOST_NAMED = 3
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
    """One entry in plain words; `who` is a name where the actor is known in the clinic.

    `named` are the first patients it is about; `about` calls a row by its name where it has one.
    """

    pk: int
    at: datetime
    who: str
    role: str
    way: str
    deed: str
    kind: str
    whose: str
    patients: int
    named: tuple[Patient, ...] = ()

    @property
    def about(self) -> str:
        """The kind of row and its name or id, in a file that marks no names."""
        return f"{self.kind} {self.whose}".strip()


def entries_asked(*, asked: TrailAsked, by: Actor) -> QuerySet[AuditEntry]:
    """The entries of the actor's clinic that fit, newest first.

    Uses the index on (clinic, at), or of one patient's entries the one on (clinic, patient, at).
    """
    rows: QuerySet[AuditEntry] = AuditEntry.objects.seen_by(by)
    order = ["-at", "-pk"]
    if asked.patient is None:
        rows = rows.filter(at__gte=asked.first, at__lt=asked.end)
    else:
        # All of it said of the one table: its index finds the rows, and has their order.
        rows = rows.filter(
            of_patients__clinic=by.clinic_id,
            of_patients__patient=asked.patient,
            of_patients__at__gte=asked.first,
            of_patients__at__lt=asked.end,
        )
        order = ["-of_patients__at", "-of_patients__entry"]
    if asked.actor:
        rows = rows.filter(actor=asked.actor)
    if asked.deed:
        rows = rows.filter(act=asked.deed)
    return rows.order_by(*order)


def shown(
    *,
    entries: Iterable[AuditEntry],
    by: Actor,
    wording: Callable[[Sentence], str] = str,
    whom: "Named | None" = None,
) -> Iterator[EntryShown]:
    """As they are read; in English unless somebody words them, and without names unless `whom` has them."""
    names = names_of_actors(by=by, wording=wording)
    whom = whom or NAMELESS
    for entry in entries:
        patients = entry.patients.split()
        yield EntryShown(
            pk=entry.pk,
            at=entry.at,
            who=names.get(entry.actor, entry.actor),
            role=wording(noun_words(entry.role or entry.actor_kind)),
            way=wording(noun_words(entry.way)),
            deed=wording(deed_words(entry.act)),
            kind=wording(noun_words(entry.about_kind)) if entry.about else "",
            whose=whom.rows.get(entry.about, str(entry.about)) if entry.about else "",
            patients=len(patients),
            named=tuple(whom.patients[one] for one in patients[:MOST_NAMED] if one in whom.patients),
        )


@dataclass(frozen=True, slots=True)
class Named:
    """Names as they are today, of what entries are about: the trail itself keeps none.

    Patients by their id in hexadecimal, other rows by theirs.
    """

    patients: Mapping[str, Patient]
    rows: Mapping[UUID, str]


NAMELESS = Named({}, {})
_NAMES: tuple[tuple[Any, str], ...] = (
    (Resource, "name"),
    (Site, "name"),
    (AccessKey, "label"),
    (TrustedDevice, "label"),
)


def names_in(entries: Sequence[AuditEntry], *, by: Actor) -> Named:
    """What the patients and rows of these entries are called. As many queries however many entries."""
    patients = {one for entry in entries for one in entry.patients.split()[:MOST_NAMED]}
    about = {entry.about for entry in entries if entry.about}
    found = Patient.objects.seen_by(by).filter(uuid__in=patients)
    rows: dict[UUID, str] = {}
    for kind, name in _NAMES:
        rows |= kind.objects.seen_by(by).filter(uuid__in=about).values_list("uuid", name)
    members = User.objects.filter(memberships__clinic=by.clinic_id, uuid__in=about)
    rows |= members.values_list("uuid", "name")
    return Named({patient.uuid.hex: patient for patient in found}, rows)


def every_entry(*, asked: TrailAsked, by: Actor) -> Iterator[EntryShown]:
    """All that fit, read in pieces."""
    return shown(entries=entries_asked(asked=asked, by=by).iterator(chunk_size=_AT_ONCE), by=by)


def names_of_actors(*, by: Actor, wording: Callable[[Sentence], str] = str) -> dict[str, str]:
    """Public id → name, of the clinic's members and access keys. Two queries."""
    members = Membership.objects.seen_by(by).values_list("user__uuid", "user__name")
    keys = AccessKey.objects.seen_by(by).values_list("uuid", "label")
    named = {str(uuid): name for uuid, name in members}
    return named | {str(uuid): wording(_("{label} (key)", label=label)) for uuid, label in keys}
