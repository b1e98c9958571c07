"""Sessions over REST: list them, read one, book one without a plan."""

from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Id, Instant, Several, WaivingShape, YesNoWord
from clinic.web.rest.json_types import Page
from clinic.web.rest.lists import ChangingShape, piece_of
from clinic.web.trail import saw
from scheduling.api.answers import BookedSessionJson, SessionJson
from scheduling.api.output import act_json, session_json
from scheduling.api.refused import START
from scheduling.api.requested import asked_sessions, named_practitioner, named_site
from scheduling.api.telling import TellingShape, telling_in
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session, SessionStatus
from scheduling.undoing.last_acts import undoable_by
from treatments.models import SessionType


class SessionFilter(ChangingShape):
    """`from` and `until` are dates at the session's own site, both included."""

    orders = {
        "start": ("starts_at",),
        "due": ("target_on",),
        "arrival": ("arrived_at",),
    }

    from_ = Day(required=False)
    until = Day(required=False)
    plan = Id(required=False)
    patient = Id(required=False)
    resource = Id(required=False)
    site = Id(required=False)
    session_type = Id(required=False)
    external = serializers.CharField(required=False, max_length=260)
    status = Several(known=SessionStatus.values, required=False)
    done_elsewhere = YesNoWord(required=False)
    without_time = YesNoWord(required=False)


class SessionShape(WaivingShape, TellingShape):
    """For whom, what and when. Without a site it is the clinic's first, without a practitioner anybody's.

    A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may.
    """

    patient = Id()
    session_type = Id()
    starts_at = Instant()
    site = Id(required=False)
    practitioner = Id(required=False)


@speaks(
    "list_sessions",
    Act.SEE_CALENDAR,
    query=SessionFilter,
    answers={200: Page[SessionJson]},
    refuses=(
        "horizon_reversed",
        "unknown_plan",
        "unknown_patient",
        "unknown_resource",
        "unknown_session_type",
        "unknown_site",
    ),
)
def list_sessions(call: Call) -> Answer[Page[SessionJson]]:
    """List sessions.

    Without a status all that have a time, except held ones. Due sessions have no time: `from` and `until`
    find those whose window they touch. `without_time` finds who walked in, and has or had none.
    """
    piece = piece_of(call, asked_sessions(by=call.by, asked=call.asked))
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid for session in piece.rows], by=call.by)
    return piece.answer(session_json)


@speaks("show_session", Act.SEE_CALENDAR, answers={200: SessionJson})
def show(call: Call, session_id: UUID) -> Answer[SessionJson]:
    """Show a session."""
    session = session_of(call.by, session_id)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid], by=call.by, about=session)
    return shown(session)


@speaks(
    "book_session",
    Act.BOOK,
    does=Does.MAKES,
    body=SessionShape,
    answers={201: BookedSessionJson},
    refuses=(
        *START,
        "reason_too_long",
        "unknown_patient",
        "unknown_resource",
        "unknown_session_type",
        "unknown_site",
    ),
)
def book(call: Call) -> Answer[BookedSessionJson]:
    """Book a session without a plan.

    The service finds whoever and whatever can serve at that time. Where every room, device or assistant is
    half taken, sessions booked before may change theirs to equal ones.
    """
    said, by, at = call.said, call.by, database_now()
    session = SingleSession(
        patient=find(Patient.objects.seen_by(by), uuid=said["patient"]),
        session_type=find(SessionType.objects.seen_by(by).current(), uuid=said["session_type"]),
        starts_at=said["starts_at"],
        site=named_site(said.get("site"), by=by),
        practitioner=named_practitioner(said.get("practitioner"), by=by),
        reason=said.get("reason", ""),
        told=telling_in(said),
    )
    booked = session_of(by, book_session(wanted=session, by=by, now=at).uuid)
    told: BookedSessionJson = {**session_json(booked), "act": act_json(undoable_by(by=by, at=at))}
    return Answer(told, status=201, version=booked.version, location=f"{call.path}{booked.uuid}/")


def session_of(by: Actor, session_id: UUID) -> Session:
    """The session with that id, and what is shown of it. Raises Unknown."""
    rows = Session.objects.seen_by(by).to_show()
    return find(rows, uuid=session_id)


def shown(session: Session, *, status: int = 200, location: str = "") -> Answer[SessionJson]:
    return Answer(session_json(session), status=status, version=session.version, location=location)
