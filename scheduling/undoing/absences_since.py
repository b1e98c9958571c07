"""Leave and closures that were entered since an act, over time that undoing it would take back."""

from collections.abc import Mapping, Sequence

from clinic.models import Change, ChangeKind, Closure, Leave, LeaveState
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
    entered = list(
        since.filter(kind__in=[ChangeKind.LEAVE, ChangeKind.CLOSURE]).values_list("object_uuid", flat=True)
    )
    if not entered:
        return
    leaves = Leave.objects.of_clinic(act.clinic_id).filter(uuid__in=entered, state=LeaveState.GRANTED)
    for leave in leaves.select_related("resource"):
        own = (one for of in claims.values() for one in of if one.diary_id == leave.resource.diary_id)
        if any(_overlaps(leave, one) for one in own):
            raise _closed(_("{name} is away", name=leave.resource.name))
    for closure in Closure.objects.of_clinic(act.clinic_id).filter(uuid__in=entered).select_related("site"):
        there = (of for session, of in claims.items() if session.site_id == closure.site_id)
        if any(_overlaps(closure, one) for of in there for one in of):
            raise _closed(_("{name} is shut", name=closure.site.name))


def _overlaps(absence: Leave | Closure, claimed: Claimed) -> bool:
    ends = absence.ends_at
    return cell_at(absence.starts_at) < claimed.end_cell and (
        ends is None or claimed.start_cell < cell_after(ends)
    )


def _closed(what: Sentence) -> TimeTaken:
    sentence = _(
        "{what} then: that was entered since, so the old time is closed. Choose another time.", what=what
    )
    return TimeTaken("time_taken", sentence, {"taken": []})
