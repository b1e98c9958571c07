"""With whom a patient may come together: the desk knows a name, the search wants a course."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.people.finding.find import find_patients
from clinic.plain_text import isolated
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.trail import saw
from scheduling.desk.shared.wording import patient_words
from scheduling.models import AHEAD, Session
from treatments.models import Plan

LONGEST_NAME, MOST_COMPANIONS = 100, 8


@dataclass(frozen=True, slots=True)
class Companions:
    """Courses to choose from, as (id, words), the one that is chosen first; and what was looked for.

    `has_found` says whether the name led to any of them, `has_more` that there are more of that name.
    """

    choices: tuple[tuple[str, str], ...] = ()
    is_looked_for: bool = False
    has_found: bool = False
    has_more: bool = False


def companions_for(typed: Mapping[str, Any], *, plan: Plan, by: Actor, now: datetime) -> Companions:
    """The course that is chosen, and those with sessions ahead of other patients of that name.

    Nothing is read where no name was typed and nobody is chosen. Raises TooMany like every search for
    patients.
    """
    name = str(typed.get("together_with") or "")[:LONGEST_NAME].replace("\0", "").strip()
    found: list[Plan] = []
    if name:
        refuse_if_too_many(SEARCHES, who=by.reference, now=now)
        found = list(_of_that_name(name, plan, by=by, now=now)[: MOST_COMPANIONS + 1])
    offered: dict[str, Plan | None] = _chosen(typed, by=by)
    offered |= {str(other.uuid): other for other in found[:MOST_COMPANIONS]}
    shown = [other.patient.uuid for other in offered.values() if other is not None]
    if shown:
        saw(AuditAction.SAW_PATIENTS, shown, by=by)
    return Companions(
        choices=tuple((uuid, _words(other)) for uuid, other in offered.items()),
        is_looked_for=bool(name),
        has_found=bool(found),
        has_more=len(found) > MOST_COMPANIONS,
    )


def _of_that_name(name: str, plan: Plan, *, by: Actor, now: datetime) -> QuerySet[Plan]:
    ahead = Session.objects.of_clinic(by.clinic_id).filter(
        plan=OuterRef("pk"), status__in=AHEAD, starts_at__gt=now
    )
    named = [patient.pk for patient in find_patients(by=by, words=name).patients]
    rows = Plan.objects.seen_by(by).filter(patient__in=named)
    rows = rows.filter(Exists(ahead)).exclude(patient=plan.patient_id).select_related("patient", "protocol")
    return rows.order_by("patient__family_name", "patient__given_name", "pk")


def _chosen(typed: Mapping[str, Any], *, by: Actor) -> dict[str, Plan | None]:
    """Whoever wished for it may know of more patients than whoever looks at it now: to them it is None."""
    try:
        uuid = UUID(str(typed.get("companion") or ""))
    except ValueError:
        return {}
    plans = Plan.objects.seen_by(by).select_related("patient", "protocol")
    return {str(uuid): plans.filter(uuid=uuid).first()}


def _words(plan: Plan | None) -> str:
    """“Jan de Vries, born 3 Mar 1980 – PRP + mesotherapy”."""
    if plan is None:
        return gettext("Another patient")
    return f"{patient_words(plan.patient)} – {isolated(plan.protocol.name)}"
