"""A proposal as a signed, compressed token: no server state, and nothing a client could forge.

It carries public ids only. Reading one back rebuilds the proposal against the catalogue and the
resources as they are now; booking then runs all rules again.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing

from clinic.errors import Conflict, Problem, ProblemKind, Refused
from clinic.models import Resource, Site
from clinic.sentences import sentence as _
from clinic.sentences import verbatim
from scheduling.courses.course import course_of, key_of
from scheduling.diaries.requirements import shapes_of
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.placed import Assignment, PlacedSession, ResourceCard
from scheduling.engine.proposal import Proposal
from treatments.cadence import Key, Window
from treatments.models import Plan

GOOD_FOR = timedelta(minutes=30)
_SALT = "scheduling.proposal"


def token_of(proposal: Proposal, *, now: datetime) -> str:
    """The proposal's id: at most 4 KB, good for 30 minutes and for one version of the plan."""
    names: dict[str, int] = {}

    def numbered(uuid: UUID) -> int:
        return names.setdefault(uuid.hex, len(names))

    sessions = [
        [
            [placed.key.kind, placed.key.number],
            numbered(placed.site_uuid),
            placed.start_cell,
            _window_out(placed.window),
            {a.role: [numbered(a.resource.uuid), int(a.asked_for)] for a in placed.assignments},
        ]
        for placed in proposal.sessions
    ]
    said = {
        "p": proposal.plan_uuid.hex,
        "v": proposal.plan_version,
        "t": int(now.timestamp()),
        "l": proposal.label,
        "n": list(names),
        "s": sessions,
    }
    return signing.Signer(salt=_SALT).sign_object(said, compress=True)


def proposal_from(token: str, *, plan: Plan, now: datetime) -> Proposal:
    """The proposal a token stands for.

    Raises Refused `proposal_invalid` for a token that is not ours or not of this plan, and Conflict
    `proposal_stale` for one that is too old. Whether the plan still has the version it was made for
    is asked by the booking, under the plan's lock.
    """
    said = _opened(token, plan)
    if now.timestamp() - said["t"] > GOOD_FOR.total_seconds():
        raise stale()
    return _rebuilt(said, plan)


def renewed(token: str, *, plan: Plan) -> Proposal:
    """The same calendar for the plan as it stands now, however old the token is.

    Raises what `proposal_from` raises; Conflict `proposal_stale` only for what is gone since.
    """
    return replace(_rebuilt(_opened(token, plan), plan), plan_version=plan.version)


def _opened(token: str, plan: Plan) -> dict[str, Any]:
    try:
        said: dict[str, Any] = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise invalid() from None
    if said["p"] != plan.uuid.hex:
        raise invalid()
    return said


def stale() -> Conflict:
    return Conflict(
        "proposal_stale", _("This calendar is out of date: the plan changed or time passed. Search again.")
    )


def invalid() -> Refused:
    return Refused(
        [
            Problem(
                "proposal_invalid",
                ProblemKind.BLOCKER,
                _("This is not a proposal for this plan. Search again."),
            )
        ]
    )


def _window_out(window: Window | None) -> list[int]:
    if window is None:
        return []
    return [on.toordinal() for on in (window.earliest, window.target, window.latest)]


@dataclass(frozen=True)
class _Names:
    """What the uuids of a token stand for now."""

    order: list[UUID]
    sites: dict[UUID, Site]
    resources: dict[UUID, Resource]

    def site(self, index: int) -> Site:
        return self.sites[self.order[index]]

    def card(self, index: int) -> ResourceCard:
        resource = self.resources[self.order[index]]
        return ResourceCard(resource.uuid, resource.kind, resource.name, resource.diary_id)


def _rebuilt(said: dict[str, Any], plan: Plan) -> Proposal:
    order = [UUID(hex=text) for text in said["n"]]
    names = _Names(
        order=order,
        sites={row.uuid: row for row in Site.objects.of_clinic(plan.clinic_id).filter(uuid__in=order)},
        resources={
            row.uuid: row for row in Resource.objects.of_clinic(plan.clinic_id).filter(uuid__in=order)
        },
    )
    types = {key_of(session): session.session_type_id for session in course_of(plan=plan).sessions}
    shapes = shapes_of(session_type_ids=types.values(), resources=())
    try:
        sessions = tuple(_placed(row, names, shapes[types[Key(*row[0])]]) for row in said["s"])
    except (KeyError, TypeError):
        # A site, a resource or a session it named is gone since, or the release that wrote it.
        raise stale() from None
    return Proposal(plan.uuid, said["v"], verbatim(said["l"]), sessions)


def _placed(row: list[Any], names: _Names, shape: SessionRequirements) -> PlacedSession:
    key, site_index, start_cell, window, chosen = row
    site = names.site(site_index)
    assignments = tuple(
        Assignment(
            need_id=part.need_id,
            stage=part.stage,
            role=role.key,
            resource=names.card(chosen[role.key][0]),
            start_cell=start_cell + part.start,
            end_cell=start_cell + part.end,
            asked_for=bool(chosen[role.key][1]),
        )
        for role in shape.roles
        for part in role.parts
    )
    return PlacedSession(
        key=Key(*key),
        session_type_id=shape.session_type_id,
        site_id=site.pk,
        site_uuid=site.uuid,
        zone=site.tz,
        start_cell=start_cell,
        end_cell=start_cell + shape.patient_cells,
        window=Window(*(date.fromordinal(ordinal) for ordinal in window)) if window else None,
        assignments=assignments,
    )
