"""Choices of this clinic: practitioners, sites and session types."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from clinic.identity.actors import Actor
from clinic.models import Resource, ResourceKind, Site
from clinic.web.clock import now
from treatments.models import SessionType, Step, StepKind


@dataclass(frozen=True, slots=True)
class OnOffer:
    """What can be chosen in this clinic, read once a page."""

    practitioners: tuple[Resource, ...]
    sites: tuple[Site, ...]

    @property
    def doctors(self) -> list[tuple[str, str]]:
        """Those with the skill; where nobody has it, everyone."""
        doctors = [row for row in self.practitioners if _is_doctor(row)] or self.practitioners
        return [(str(row.uuid), row.name) for row in doctors]


def on_offer(*, by: Actor) -> OnOffer:
    """Three queries."""
    at = now()
    practitioners = (
        Resource.objects.seen_by(by)
        .not_retired(at)
        .filter(kind=ResourceKind.PRACTITIONER)
        .prefetch_related("skills")
        .order_by("name")
    )
    sites = Site.objects.seen_by(by).not_retired(at).order_by("name")
    return OnOffer(tuple(practitioners), tuple(sites))


def _is_doctor(practitioner: Resource) -> bool:
    return any(skill.key == "doctor" for skill in practitioner.skills.all())


def session_types_on_offer(*, by: Actor) -> list[SessionType]:
    """What can happen in one session: first what is no treatment of a course, such as a consultation."""
    treatments = Step.objects.of_clinic(by.clinic_id).filter(
        session_type=OuterRef("pk"), kind=StepKind.TREATMENT, protocol__is_current=True
    )
    rows = SessionType.objects.seen_by(by).current().annotate(is_treatment=Exists(treatments))
    return list(rows.order_by("is_treatment", "name", "pk"))
