"""Attendance over REST: confirm, arrive, start, complete, miss, undo, another kind of session, walk in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, Terms, speaks
from clinic.web.rest.input_fields import Id, Instant, Shape, Text, WaivingShape, YesNo
from scheduling.api.answers import SessionJson
from scheduling.api.refused import SERVED, START, TIME
from scheduling.api.requested import named_practitioner, named_site
from scheduling.api.sessions.sessions import session_of, shown
from scheduling.api.telling import TellingShape, telling_in
from scheduling.attendance import attend
from scheduling.attendance import walk_in as walking_in
from scheduling.attendance.change_type import TypeTerms, change_session_type
from scheduling.attendance.completion import Completion
from scheduling.attendance.correct import Correction, correct
from scheduling.attendance.undo import undo
from scheduling.attendance.walk_in import TimeAsked, WalkIn
from scheduling.models import Outcome, Session
from treatments.models import SessionType


class ActShape(Shape):
    """What is said of an act; in this one nothing."""

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        """As the keywords of the use case."""
        return said


class UsedShape(ActShape):
    """Who and what really served: role → resource."""

    used = serializers.DictField(child=Id(), required=False)


class CompletionShape(UsedShape):
    """When they came and left is said where it was not as planned."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = Text(required=False, allow_blank=True)
    counts = YesNo(required=False)
    record = serializers.DictField(child=Text(allow_blank=True), required=False)
    arrived_at = Instant(required=False)
    finished_at = Instant(required=False)

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        return {"completion": Completion(**said | {"outcome": Outcome(said["outcome"])})}


class CorrectionShape(CompletionShape):
    """Why, and how the session went; `missed` in place of an outcome if the patient did not come."""

    one_of = ("outcome", "missed")

    why = Text()
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False)
    missed = YesNo(required=False)

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        why, was_missed = said.pop("why"), said.pop("missed", False)
        if was_missed:
            return {"correction": Correction(why)}
        return {"correction": Correction(why, **CompletionShape.named(said, by))}


class TypeShape(ActShape, WaivingShape, TellingShape):
    """A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may."""

    session_type = Id()

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        kind = find(SessionType.objects.seen_by(by).current(), uuid=said["session_type"])
        return {"session_type": kind, "terms": TypeTerms(said.get("reason", ""), telling_in(said))}


class TimeShape(ActShape):
    """Without `starts_at` as soon as anybody is free."""

    starts_at = Instant(required=False)
    practitioner = Id(required=False)

    @staticmethod
    def named(said: dict[str, Any], by: Actor) -> dict[str, Any]:
        who = named_practitioner(said.get("practitioner"), by=by)
        return {"asked": TimeAsked(starts_at=said.get("starts_at"), practitioner=who)}


class WalkInShape(WaivingShape):
    """What the patient is here for: a kind of session, or a due session of their course.

    A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may. They came at
    `arrived_at`, or else now; with a `completion`, which a day that is over needs, they have left again.
    """

    one_of = ("session_type", "session")

    patient = Id()
    session_type = Id(required=False)
    session = Id(required=False)
    site = Id(required=False)
    arrived_at = Instant(required=False)
    completion = CompletionShape(required=False)


@dataclass(frozen=True, slots=True)
class DeskAct:
    """One thing that is noted of a session, by which use case."""

    name: str
    summary: str
    shape: type[ActShape]
    act: Callable[..., Session]
    refuses: tuple[str, ...]
    does: Does = Does.CHANGES
    needs: Act = Act.ATTEND


def _endpoint(of: DeskAct) -> Callable[..., HttpResponse]:
    """Load, act, answer with the session as it stands then."""

    def endpoint(call: Call, session_id: UUID) -> Answer[SessionJson]:
        session = session_of(call.by, session_id)
        # Races after this look are caught under the lock, by the states the act may begin in.
        call.refuse_if_stale(version=session.version)
        said = of.shape.named(dict(call.said), call.by)
        done = of.act(session=session, by=call.by, now=database_now(), **said)
        return shown(session_of(call.by, done.uuid))

    endpoint.__doc__ = of.summary
    terms: Terms = {"answers": {200: SessionJson}, "does": of.does, "body": of.shape, "refuses": of.refuses}
    return speaks(of.name, of.needs, **terms)(endpoint)


# By the last word of the path.
_ACTS = {
    "confirm": DeskAct(
        "confirm_session",
        "Note that the patient confirmed a session.",
        ActShape,
        attend.confirm_session,
        does=Does.REPEATS,
        refuses=("state_forbids",),
    ),
    "arrive": DeskAct(
        "note_arrival",
        "Note that the patient is here.",
        UsedShape,
        attend.arrive,
        does=Does.REPEATS,
        refuses=(*SERVED, "missed_on_another_day", "not_yet", "out_of_order", "repeated_already"),
    ),
    "start": DeskAct(
        "start_session",
        "Note that the treatment begins.",
        UsedShape,
        attend.start,
        does=Does.REPEATS,
        refuses=(*SERVED, "not_yet", "review_awaited"),
    ),
    "complete": DeskAct(
        "complete_session",
        "Complete a session, with its outcome and record.",
        CompletionShape,
        attend.complete,
        refuses=(
            *SERVED,
            "not_yet",
            "outcome_reason_missing",
            "reason_too_long",
            "record_incomplete",
            "record_too_long",
            "review_awaited",
            "times_impossible",
            "unknown_record_choice",
            "unknown_record_field",
        ),
    ),
    "miss": DeskAct(
        "miss_session",
        "Note that the patient did not come.",
        ActShape,
        attend.miss,
        refuses=("state_forbids", "visit_still_ahead"),
    ),
    "correct": DeskAct(
        "correct_session",
        "Put right what was noted of a session that is over.",
        CorrectionShape,
        correct,
        refuses=(
            *SERVED,
            "correction_reason_missing",
            "done_elsewhere",
            "not_allowed",
            "out_of_order",
            "outcome_reason_missing",
            "reason_too_long",
            "record_incomplete",
            "record_too_long",
            "repeated_already",
            "times_impossible",
            "unknown_record_choice",
            "unknown_record_field",
            "visit_still_ahead",
        ),
        needs=Act.CORRECT,
    ),
    "undo": DeskAct(
        "undo_attendance",
        "Undo today's last act of attendance.",
        ActShape,
        undo,
        refuses=("nothing_to_undo", "out_of_order", "repeated_already", "time_taken", "undo_over"),
    ),
    "change-type": DeskAct(
        "change_session_type",
        "Make it another kind of session.",
        TypeShape,
        change_session_type,
        refuses=(*TIME, "state_forbids", "unknown_session_type"),
    ),
    "give-time": DeskAct(
        "give_time",
        "Give a time to who walked in.",
        TimeShape,
        walking_in.give_time,
        refuses=(*START, "has_a_time", "not_today", "state_forbids", "unknown_resource"),
    ),
}
ACTS = {word: _endpoint(of) for word, of in _ACTS.items()}


@speaks(
    "walk_in",
    Act.ATTEND,
    does=Does.MAKES,
    body=WalkInShape,
    answers={201: SessionJson},
    refuses=(
        *_ACTS["complete"].refuses,
        "nothing_to_do",
        "out_of_order",
        "outcome_missing",
        "patient_erased",
        "plan_not_active",
        "rest_far_too_short",
        "rest_same_day",
        "rest_short",
        "unknown_patient",
        "unknown_session",
        "unknown_session_type",
        "unknown_site",
    ),
)
def walk_in(call: Call) -> Answer[SessionJson]:
    """Note who came without a time."""
    said, by = call.said, call.by
    patient = find(Patient.objects.seen_by(by), uuid=said["patient"])
    due, kind, went = said.get("session"), said.get("session_type"), said.get("completion")
    own = Session.objects.seen_by(by).filter(patient=patient).select_related("plan")
    new = WalkIn(
        patient=patient,
        session_type=find(SessionType.objects.seen_by(by).current(), uuid=kind) if kind else None,
        site=named_site(said.get("site"), by=by),
        session=find(own, uuid=due) if due else None,
        reason=said.get("reason", ""),
        came_at=said.get("arrived_at"),
        completion=CompletionShape.named(dict(went), by)["completion"] if went else None,
    )
    here = walking_in.walk_in(new=new, by=by, now=database_now())
    location = f"{call.path.partition('walk-in/')[0]}{here.uuid}/"
    return shown(session_of(by, here.uuid), status=201, location=location)
