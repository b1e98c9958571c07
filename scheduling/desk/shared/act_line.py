"""What was done and can be undone: one line, with its buttons."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from clinic.identity.actors import Actor
from clinic.identity.permissions import may
from clinic.places.sites import zone_at_home
from clinic.web.desk.notices import Buttons, buttons_of, is_offered, say
from clinic.web.templatetags.desk import clock
from clinic.wording import label_of
from scheduling.models import CourseAct, CourseActKind
from scheduling.undoing.last_acts import done_by
from scheduling.undoing.send_now import is_waiting
from scheduling.undoing.undo import RIGHTS


@dataclass(frozen=True, slots=True)
class ActLine:
    """The addresses of its buttons; while nothing waits, nothing is sent now."""

    words: str
    undo: str
    send_now: str

    @property
    def buttons(self) -> Buttons:
        return buttons_of(undo=self.undo, send_now=self.send_now)


def act_line(request: HttpRequest, act: CourseAct | None, *, by: Actor, now: datetime) -> ActLine | None:
    """None for who may not undo it, and where a notice on the page says it already. Four queries at most."""
    if act is None or not may(by=by, act=RIGHTS[act.kind]) or is_offered(request, _undo(act)):
        return None
    zone = zone_at_home(clinic_id=by.clinic_id)
    begins = gettext("{act} at {time}.").format(
        act=label_of(CourseActKind(act.kind)), time=clock(act.at.astimezone(zone))
    )
    return _line(act, begins, zone, now)


def say_done(request: HttpRequest, words: str, *, by: Actor, at: datetime) -> None:
    """On the next page: what they did at that instant, and buttons to undo it as long as that is possible."""
    act = done_by(by=by, at=at)
    if act is None:
        say(request, words)
        return
    line = _line(act, words, zone_at_home(clinic_id=by.clinic_id), at)
    say(request, line.words, undo=line.undo, send_now=line.send_now)


def _line(act: CourseAct, words: str, zone: ZoneInfo, now: datetime) -> ActLine:
    until = clock(act.undo_until.astimezone(zone))
    words = f"{words} {gettext('You can undo this until {time}.').format(time=until)}"
    if not is_waiting(act, now=now):
        return ActLine(words, _undo(act), "")
    told = clock(act.goes_out_at.astimezone(zone))
    words = f"{words} {gettext('Nobody is told before {time}.').format(time=told)}"
    return ActLine(words, _undo(act), reverse("act-send-now", args=[act.uuid]))


def _undo(act: CourseAct) -> str:
    return reverse("act-undo", args=[act.uuid])
