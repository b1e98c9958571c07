"""Another kind of session than was planned, until it is completed: after a failed draw, say."""

from dataclasses import dataclass, replace
from datetime import datetime

from clinic.audit_trail.write import AuditAction
from clinic.errors import refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Resource
from clinic.people.patients import erasure_problems
from scheduling.attendance.desk_act import AtDesk, at_desk, finish
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, find_place, preview_place, take_place
from scheduling.courses.as_booked import chosen_for
from scheduling.courses.scope import ActScope
from scheduling.courses.states import SessionAct, leads_on
from scheduling.engine.placed import PlacedSession
from scheduling.models import HERE, Session, Telling
from treatments.models import SessionType


@dataclass(frozen=True, slots=True)
class TypeTerms:
    """A `reason` sets aside too little rest, if the actor may do that; `told` is how the patient hears."""

    reason: str = ""
    told: Telling = Telling.BY_MAIL


def change_session_type(
    *,
    session: Session,
    session_type: SessionType,
    terms: TypeTerms = TypeTerms(),
    by: Actor,
    now: datetime,
) -> Session:
    """Make another kind of session of it. The same kind changes nothing.

    It begins when it began, with those who served as far as they can and are free, else with others. Of one
    who is here already, and for whom that is taken, it begins when whoever treats them was to begin. The
    sequence grows only if its start or end changes. Raises NotAllowed, Unknown, StateForbids, TimeTaken with
    what is taken, and Refused (`patient_erased`, `nobody_can`, `outside_hours`, too little rest). Locks:
    catalogue at its first use, patient, plan, site hours, session, the sessions that make room, pages, change
    counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    refuse_foreign(by=by, unknown_session_type=session_type, unknown_session=session)
    sites = [session.site_id] if session.site_id else []
    scope = replace(ActScope.of_session(session, sites=sites), catalogue=frozenset([session_type]))
    with at_desk(session=session, by=by, now=now, scope=scope) as desk:
        desk.act.waiver, desk.act.told = terms.reason, terms.told
        refuse_if_any(erasure_problems(patient=desk.act.patient(desk.session)))
        leads_on(session=desk.session, act=SessionAct.CHANGE_TYPE)
        if desk.session.session_type_id != session_type.pk:
            desk.changes |= {"reason": ("", terms.reason)} if terms.reason else {}
            desk.changes["session_type"] = (desk.session.session_type.name, session_type.name)
            _place_anew(desk, session_type)
            desk.session.session_type = session_type
            desk.session.used = []
            finish(desk, deed=AuditAction.CHANGED_SESSION_TYPE, can_be_undone=False)
    return desk.session


def preview_session_type(
    *, session: Session, session_type: SessionType, by: Actor, now: datetime
) -> PlacedSession | None:
    """Where the session would stand as that kind, and with whom; None if it has no time. Writes nothing.

    Its patient and site must be loaded. Raises what `change_session_type` raises.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    refuse_foreign(by=by, unknown_session_type=session_type, unknown_session=session)
    refuse_if_any(erasure_problems(patient=session.patient))
    leads_on(session=session, act=SessionAct.CHANGE_TYPE)
    wanted = _wanted(session, session_type, now)
    return preview_place(wanted, site=wanted.site, now=now) if wanted and wanted.site else None


def _place_anew(desk: AtDesk, session_type: SessionType) -> None:
    """New claims at the same start. Who walked in has none."""
    wanted = _wanted(desk.session, session_type, desk.now)
    if wanted is not None and wanted.site is not None:
        take_place(desk.act, desk.session, find_place(desk.act, wanted, site=wanted.site))


def _wanted(session: Session, session_type: SessionType, now: datetime) -> SingleSession | None:
    """The same start as that kind, with those who serve in it; None where there is no start."""
    wanted = _as_kind(session, session_type)
    later = session.lead_starts_at
    if wanted is None or later is None or session.status not in HERE or _is_free(wanted, now):
        return wanted
    # The draw failed, and the doctor comes when they were to come: they may treat somebody else before.
    return replace(wanted, starts_at=later)


def _is_free(wanted: SingleSession, now: datetime) -> bool:
    assert wanted.site is not None
    try:
        preview_place(wanted, site=wanted.site, now=now)
    except TimeTaken:
        return False
    return True


def _as_kind(session: Session, session_type: SessionType) -> SingleSession | None:
    if session.starts_at is None or session.site is None:
        return None
    served = {part["resource"] for part in session.cast}
    rows = Resource.objects.of_clinic(session.clinic_id).filter(uuid__in=served)
    chosen = chosen_for(session=session)
    return SingleSession(
        patient=session.patient,
        session_type=session_type,
        starts_at=session.starts_at,
        site=session.site,
        session=session,
        keeps=frozenset(rows.values_list("diary_id", flat=True)),
        chosen=frozenset(row.diary_id for row in rows if str(row.uuid) in chosen),
    )
