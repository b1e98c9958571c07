"""Whether an act can be undone still: nothing that it would put back was written since."""

from django.db.models import Model

from clinic.errors import Conflict
from clinic.models import Leave
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from scheduling.courses.kept import Before, KeptRow
from scheduling.courses.open_act import OpenAct
from scheduling.models import CourseAct, Hold, Wait


class UndoOver(Conflict):
    """The act can be undone no more: it is too late, it was undone, or something was changed since."""


def refuse_if_over(undoing: OpenAct, act: CourseAct | None, before: Before) -> None:
    """Raise UndoOver. What the act wrote is locked, and so is the act; None if nothing is kept of it."""
    if act is None or not act.before:
        raise nothing_kept()
    if act.undone_at is not None:
        raise _over(_("This was undone already. Look how it stands."))
    if act.undo_until <= undoing.now:
        raise _over(_("It is too late to undo this. Change it by hand."))
    if not _is_as_left(undoing, before) or _others_wait(before):
        raise _over(_("Something of it was changed since, so it cannot be undone. Change it by hand."))


def nothing_kept() -> UndoOver:
    return _over(_("Nothing is kept any more of what stood before. Change it by hand."))


def _over(sentence: Sentence) -> UndoOver:
    return UndoOver("undo_over", sentence)


def _is_as_left(undoing: OpenAct, before: Before) -> bool:
    rows = undoing.rows
    # Nobody writes a hold that is over but with its sessions, which are locked, and so are the hours.
    holds = Hold.objects.in_bulk([kept.pk for kept in before.holds]) if before.holds else {}
    leaves = Leave.objects.in_bulk([kept.pk for kept in before.absences]) if before.absences else {}
    stand: list[tuple[KeptRow, Model | None]] = [
        *((kept, rows.sessions.get(kept.pk)) for kept in (*before.sessions, *before.added)),
        *((kept, rows.plans.get(kept.pk)) for kept in before.plans),
        *((kept, rows.waits.get(kept.pk)) for kept in before.waits),
        *((kept, holds.get(kept.pk)) for kept in before.holds),
        *((kept, leaves.get(kept.pk)) for kept in before.absences),
    ]
    return all(kept.is_as_left(row) for kept, row in stand)


def _others_wait(before: Before) -> bool:
    """Whether somebody began to wait for what goes when the act is undone."""
    if not before.added:
        return False
    waits = Wait.objects.filter(session__in=[kept.pk for kept in before.added])
    return waits.exclude(pk__in=[kept.pk for kept in before.waits]).exists()
