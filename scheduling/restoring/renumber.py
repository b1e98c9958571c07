"""After a backup is put back: numbers that somebody may have seen since are passed over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from clinic.identity.actors import Actor
from scheduling.courses.act import course_act
from scheduling.courses.scope import ActScope
from scheduling.models import AHEAD, HERE, Session, SessionStatus

# More writes than any session sees between two backups.
LEAP = 1000
# As long as feeds show what is over, and longer than it may be put right.
_LOOK_BACK = timedelta(days=30)
_YET_TO_BE = (SessionStatus.DUE, SessionStatus.HELD, *AHEAD, *HERE)
_PATIENTS_AT_ONCE = 50


def renumber(*, by: Actor, now: datetime) -> int:
    """Raise version and sequence of the clinic's sessions ahead, and of the last 30 days, by a thousand.

    So no tag and no calendar file from before matches by chance what is written from now on, and the log goes
    on with other marks. Their plans' versions rise alike, and their reminders follow. How many sessions.
    Locks: as `course_act`, some patients after others.
    """
    wanted = _to_renumber(by.clinic_id, now)
    patients = sorted(set(wanted.values_list("patient", flat=True)))
    count = 0
    for first in range(0, len(patients), _PATIENTS_AT_ONCE):
        some = wanted.filter(patient__in=patients[first : first + _PATIENTS_AT_ONCE])
        count += _renumber(list(some), by, now)
    return count


def count_to_renumber(*, by: Actor, now: datetime) -> int:
    return _to_renumber(by.clinic_id, now).count()


def _to_renumber(clinic_id: int, now: datetime) -> QuerySet[Session]:
    recent = Q(status__in=_YET_TO_BE) | Q(starts_at__gt=now - _LOOK_BACK)
    return Session.objects.of_clinic(clinic_id).filter(recent).order_by("pk")


def _renumber(sessions: Sequence[Session], by: Actor, now: datetime) -> int:
    scope = ActScope(
        patients=frozenset(session.patient_id for session in sessions),
        plans=frozenset(session.plan_id for session in sessions if session.plan_id is not None),
        holds=frozenset(session.hold_id for session in sessions if session.hold_id is not None),
        sessions=frozenset(session.pk for session in sessions),
    )
    with course_act(by=by, now=now, scope=scope) as act:
        act.leap = LEAP
        act.touch_sessions(act.session(session) for session in sessions)
    return len(sessions)
