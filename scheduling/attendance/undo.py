"""Undoing the last act at the desk, within the site's day."""

from datetime import datetime

from clinic.errors import Conflict
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.sentences import sentence as _
from scheduling.models import Session
from scheduling.undoing.last_acts import undoable_at_desk
from scheduling.undoing.undo import undo as undo_act


class NothingToUndo(Conflict):
    """Nothing was done to the session today, or it was undone, or something else happened since."""


def undo(*, session: Session, by: Actor, now: datetime) -> Session:
    """Put back what stood before the last act at the desk.

    That is a session confirmed, arrived, begun, done or missed, or somebody who walked in. Raises
    NothingToUndo and what `scheduling.undoing.undo.undo` raises.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    refuse_foreign(by=by, unknown_session=session)
    stands = Session.objects.of_clinic(by.clinic_id).get(pk=session.pk)
    act = undoable_at_desk(sessions=[stands], now=now).get(session.pk)
    if act is None:
        raise NothingToUndo(
            "nothing_to_undo",
            _("Nothing was done to this session today that could be undone. Open it as it stands."),
        )
    undo_act(act=act, by=by, now=now)
    return Session.objects.of_clinic(by.clinic_id).to_show().get(pk=session.pk)
