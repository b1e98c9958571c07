"""The frame of an act: whatever changes sessions is done inside it, and told of once, when it closes.

It locks everything on entry, in the one order. In it sessions and plans are changed as the rows in hand;
claims and seats are written by their rooms, under the pages that it locks. What follows from that is
written by `scheduling/courses/closing.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from clinic.changelog.log import one_act
from clinic.identity.actors import Actor
from scheduling.courses.closing import close
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope, lock_scope

_open: ContextVar[OpenAct | None] = ContextVar("open_act", default=None)


@contextmanager
def course_act(*, by: Actor, now: datetime, scope: ActScope) -> Iterator[OpenAct]:
    """Open an act over these rows: all of it is written, or nothing.

    Inside another act it is a part of that one, and its scope must lie in the other's. Locks: patients,
    plans, site hours, holds, waits, sessions; then what `OpenAct.lock_pages` names; the change counter as
    its last.
    """
    outer = _open.get()
    if outer is not None:
        assert outer.scope.covers(scope), "an act inside another one reaches beyond what that has locked"
        yield outer
        return
    with one_act():
        act = OpenAct(scope=scope, rows=lock_scope(scope, now=now), by=by, now=now)
        token = _open.set(act)
        try:
            yield act
        finally:
            _open.reset(token)
        close(act)
