"""Moving sessions over REST: look what a move does to the course, then do it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.access.speakers import could_pass, speakers_for
from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Instant, Shape, Text, WaivingShape, YesNo
from clinic.web.trail import saw
from scheduling.api.answers import MovedJson, RippleJson
from scheduling.api.output import act_json, ripple_json, session_json
from scheduling.api.refused import MOVE
from scheduling.api.requested import named_plan, named_practitioner, named_session, named_site, shown_sessions
from scheduling.api.telling import TellingShape, telling_in
from scheduling.models import Session
from scheduling.moving.move import move_session, move_sessions, preview_move, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, Ripple, RippleAsked
from scheduling.search.tokens import invalid, proposal_from, token_of
from scheduling.undoing.last_acts import undoable_by


class RippleShape(Shape):
    """What may move along."""

    moves_confirmed = YesNo(required=False, default=False)
    bends_wishes = YesNo(required=False, default=False)


class DestinationShape(RippleShape):
    starts_at = Instant()
    site = Id(required=False)
    practitioner = Id(required=False)
    alone = YesNo(required=False, default=False)


class MoveShape(DestinationShape, WaivingShape, TellingShape):
    """A destination, or the proposal that a preview gave.

    A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may.
    """

    one_of = ("starts_at", "proposal")

    starts_at = Instant(required=False)
    proposal = Text(required=False, max_length=8192)
    by_patient = YesNo(required=False, default=False)


class RippleCommitShape(WaivingShape, TellingShape):
    proposal = Text(max_length=8192)


_NAMED = ("unknown_site", "unknown_resource")


@speaks("preview_move", Act.MOVE, body=DestinationShape, answers={200: RippleJson}, refuses=(*MOVE, *_NAMED))
def preview(call: Call, session_id: UUID) -> Answer[RippleJson]:
    """Preview what moving a session does to its course.

    Nothing is written. Later sessions that still fit stay; the rest gets new times with the fewest moves.
    """
    by, at = call.by, database_now()
    session = named_session(session_id, by=by)
    to, asked = _destination(call.said, by), _asked(call.said)
    found = preview_move(session=session, to=to, asked=asked, by=by, now=at)
    saw(AuditAction.SAW_CALENDARS, [session.patient.uuid], by=by, about=session)
    return Answer(_shown(found, by, at), version=session.version)


@speaks(
    "move_session",
    Act.MOVE,
    does=Does.CHANGES,
    body=MoveShape,
    answers={200: MovedJson},
    refuses=(*MOVE, *_NAMED),
)
def move(call: Call, session_id: UUID) -> Answer[MovedJson]:
    """Move a session, and with it what follows.

    As the preview said (`proposal`), or looking and moving in one go.
    """
    said, by, at = call.said, call.by, database_now()
    session = named_session(session_id, by=by)
    call.refuse_if_stale(version=session.version)
    reason = said.get("reason", "")
    terms = MoveTerms(reason=reason, by_patient=said["by_patient"], told=telling_in(said))
    if "proposal" in said:
        if session.plan is None:
            raise invalid()
        proposal = proposal_from(said["proposal"], plan=session.plan, now=at)
        moved = move_sessions(plan=session.plan, proposal=proposal, terms=terms, by=by, now=at)
    else:
        ripple = preview_move(session=session, to=_destination(said, by), asked=_asked(said), by=by, now=at)
        moved = move_session(session=session, ripple=ripple, terms=terms, by=by, now=at)
    told = _moved(moved, by, at)
    stands = {one["id"]: one["version"] for one in told["sessions"]}
    return Answer(told, version=stands.get(str(session.uuid), session.version))


@speaks("preview_ripple", Act.MOVE, body=RippleShape, answers={200: RippleJson})
def preview_course(call: Call, plan_id: UUID) -> Answer[RippleJson]:
    """Preview how a course closes ranks.

    Of a course in whose midst a session became due, or whose hours are open no more. Nothing is written.
    """
    by, at = call.by, database_now()
    plan = named_plan(plan_id, by=by)
    found = preview_ripple(plan=plan, asked=_asked(call.said), by=by, now=at)
    saw(AuditAction.SAW_CALENDARS, [plan.patient.uuid], by=by, about=plan)
    return Answer(_shown(found, by, at), version=plan.version)


@speaks(
    "move_course", Act.MOVE, does=Does.CHANGES, body=RippleCommitShape, answers={200: MovedJson}, refuses=MOVE
)
def move_course(call: Call, plan_id: UUID) -> Answer[MovedJson]:
    """Move the sessions of a course as previewed."""
    said, by, at = call.said, call.by, database_now()
    plan = named_plan(plan_id, by=by)
    call.refuse_if_stale(version=plan.version)
    proposal = proposal_from(said["proposal"], plan=plan, now=at)
    terms = MoveTerms(reason=said.get("reason", ""), told=telling_in(said))
    told = _moved(move_sessions(plan=plan, proposal=proposal, terms=terms, by=by, now=at), by, at)
    return Answer(told, version=told["plan_version"])


def _destination(said: Mapping[str, Any], by: Actor) -> Destination:
    return Destination(
        starts_at=said["starts_at"],
        site=named_site(said.get("site"), by=by),
        practitioner=named_practitioner(said.get("practitioner"), by=by),
    )


def _asked(said: Mapping[str, Any]) -> RippleAsked:
    return RippleAsked(
        alone=said.get("alone", False),
        moves_confirmed=said["moves_confirmed"],
        bends_wishes=said["bends_wishes"],
    )


def _shown(found: Ripple, by: Actor, at: datetime) -> RippleJson:
    """A key is offered what it could commit, with a reason where one is wanted, or on somebody's word."""
    if found.proposal is None or not could_pass(found.problems, by=by, speakers=speakers_for(by=by, now=at)):
        return ripple_json(found, token=None)
    return ripple_json(found, token=token_of(found.proposal, now=at))


def _moved(moved: list[Session], by: Actor, at: datetime) -> MovedJson:
    sessions = sorted(shown_sessions(moved, by=by), key=lambda one: (one.number, one.pk))
    return {
        "sessions": [session_json(one) for one in sessions],
        "plan_version": next((one.plan.version for one in sessions if one.plan), None),
        "act": act_json(undoable_by(by=by, at=at)),
    }
