"""The calendar of one patient, to be handed to them: all that they came for, and are to come for."""

from collections.abc import Iterable

from django.conf import settings

from clinic.models import Patient
from clinic.wording import language_among
from scheduling.icalendar.vevents import NAMES, FeedSession, FeedStyle, feed_text
from scheduling.icalendar.words import feed_words
from scheduling.models import Session, SessionStatus


def calendar_of(*, patient: Patient, sessions: Iterable[Session]) -> str:
    """iCalendar text of every session that was given a time; its site, plan and type must be loaded."""
    style = FeedStyle(
        label=patient.clinic.name,
        detail=NAMES,
        words=feed_words(language=language_among(patient.language, patient.clinic.language)),
        names_treatments=True,
        host=settings.CALENDAR_HOST,
    )
    vevents = (_calendar_session(session, patient) for session in sessions)
    return feed_text(sessions=[vevent for vevent in vevents if vevent is not None], style=style)


def _calendar_session(session: Session, patient: Patient) -> FeedSession | None:
    """None for what has no time, or none that is promised yet."""
    if session.site is None or session.starts_at is None or session.ends_at is None:
        return None
    if session.status == SessionStatus.HELD:
        return None
    return FeedSession(
        uuid=session.uuid,
        is_cancelled=session.status == SessionStatus.CANCELLED,
        sequence=session.sequence,
        changed_at=session.changed_at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        kind=session.kind,
        number=session.number,
        count=session.plan.session_count if session.plan else None,
        treatment=session.session_type.name,
        patient=patient.uuid,
        given_name=patient.given_name,
        family_name=patient.family_name,
        site_name=session.site.name,
        site_address=session.site.address,
        zone=session.site.zone,
        cast=session.cast,
    )
