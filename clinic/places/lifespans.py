"""From when until when the clinic works with a site or a resource: retired, and brought back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.hours.rota import lock_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Resource, Site
from clinic.sentences import sentence as _

Place = TypeVar("Place", bound=Site | Resource)


@dataclass(frozen=True, slots=True)
class Lifespan:
    """The first and the last day on the site's calendar, both included; None: since ever, until further
    notice.
    """

    valid_from: date | None = None
    valid_until: date | None = None

    @classmethod
    def of(cls, place: Site | Resource) -> "Lifespan":
        return cls(place.valid_from, place.valid_until)


def set_lifespan(*, place: Place, lifespan: Lifespan, by: Actor, now: datetime) -> Place:
    """Nothing new is booked with the place before and after that. The past stays.

    What is booked beyond is not asked (`scheduling.disruption.places`). Raises NotAllowed, Unknown for a
    place of another clinic and Refused (`lifespan_reversed`). Locks: hours.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign_place(place, by=by)
    refuse_if_any(_reversed_problems(lifespan))
    with one_act():
        # A practitioner may be booked at any site.
        lock_hours(clinic_id=by.clinic_id, site=place if isinstance(place, Site) else place.site)
        rows: Any = type(place).objects
        row: Place = rows.of_clinic(by.clinic_id).get(pk=place.pk)
        standing = Lifespan.of(row)
        if standing != lifespan:
            row.valid_from, row.valid_until = lifespan.valid_from, lifespan.valid_until
            row.save(update_fields=["valid_from", "valid_until", *row.touch(now)])
            before, after = _values(standing), _values(lifespan)
            record_audit(
                AuditRecord(AuditAction.SET_LIFESPAN, row, before=before, after=after), by=by, now=now
            )
            record_rows(changed=[row], now=now)
    return row


def refuse_foreign_place(place: Site | Resource, *, by: Actor) -> None:
    """Raises Unknown (`unknown_site`, `unknown_resource`)."""
    if isinstance(place, Site):
        refuse_foreign(by=by, unknown_site=place)
    else:
        refuse_foreign(by=by, unknown_resource=place)


def _values(lifespan: Lifespan) -> dict[str, date | None]:
    return {"valid_from": lifespan.valid_from, "valid_until": lifespan.valid_until}


def _reversed_problems(lifespan: Lifespan) -> Iterator[Problem]:
    first, last = lifespan.valid_from, lifespan.valid_until
    if first is not None and last is not None and last < first:
        sentence = _(
            "The last day, {last}, lies before the first, {first}. Enter a later one.", first=first, last=last
        )
        yield Problem("lifespan_reversed", ProblemKind.BLOCKER, sentence)
