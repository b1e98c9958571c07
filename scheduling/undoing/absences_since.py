"""Leave, closures and busy times entered since an act, over time that undoing it would take back."""

from collections.abc import Mapping, Sequence

from clinic.models import BusyTime, Change, ChangeKind, Closure, Leave, LeaveState
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.time.cells import cell_after, cell_at
from scheduling.booking.reserve import TimeTaken
from scheduling.diaries.claims import Claimed
from scheduling.models import CourseAct, Session


def refuse_if_away(act: CourseAct, claims: Mapping[Session, Sequence[Claimed]]) -> None:
    """Raise TimeTaken. What was entered before the act stood against the session then, and may again.

    The hours of their sites are shared, so nobody is entering any.
    """
    since = Change.objects.of_clinic(act.clinic_id).filter(number__gt=act.after_change)
    kinds = [ChangeKind.LEAVE, ChangeKind.CLOSURE, ChangeKind.BUSY_TIME]
    entered = list(since.filter(kind__in=kinds).values_list("object_uuid", flat=True))
    if not entered:
        return
    leaves = Leave.objects.of_clinic(act.clinic_id).filter(uuid__in=entered, state=LeaveState.GRANTED)
    busy = BusyTime.objects.of_clinic(act.clinic_id).filter(uuid__in=entered)
    away: list[Leave | BusyTime] = [*leaves.select_related("resource"), *busy.select_related("resource")]
    for absence in away:
        own = (one for of in claims.values() for one in of if one.diary_id == absence.resource.diary_id)
        if any(_overlaps(absence, one) for one in own):
            raise _closed(_("{name} is away", name=absence.resource.name))
    for closure in Closure.objects.of_clinic(act.clinic_id).filter(uuid__in=entered).select_related("site"):
        there = (of for session, of in claims.items() if session.site_id == closure.site_id)
        if any(_overlaps(closure, one) for of in there for one in of):
            raise _closed(_("{name} is shut", name=closure.site.name))


def _overlaps(absence: Leave | BusyTime | Closure, claimed: Claimed) -> bool:
    ends = absence.ends_at
    return cell_at(absence.starts_at) < claimed.end_cell and (
        ends is None or claimed.start_cell < cell_after(ends)
    )


def _closed(what: Sentence) -> TimeTaken:
    sentence = _(
        "{what} then: that was entered since, so the old time is closed. Choose another time.", what=what
    )
    return TimeTaken("time_taken", sentence, {"taken": []})
