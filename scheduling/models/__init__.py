"""When it happens."""

from scheduling.models.claims import Claim, Page
from scheduling.models.course_acts import CourseAct, CourseActKind
from scheduling.models.feeds import Feed, FeedDetail, LeftDiary
from scheduling.models.freed_time import FreedTime
from scheduling.models.heard import Facts, Heard, Telling
from scheduling.models.holds import Hold
from scheduling.models.mailroom import MailBreaker, MailLedger, Mailroom
from scheduling.models.messages import Message, MessageKind, MessageState, Reason
from scheduling.models.no_overlap import NoOverlap
from scheduling.models.phone_calls import UNREACHED, PhoneCall, PhoneOutcome
from scheduling.models.sessions import (
    AHEAD,
    HERE,
    LIVE,
    PROMISED,
    SCHEDULED,
    CancelledBy,
    Outcome,
    Session,
    SessionStatus,
)
from scheduling.models.spoken_waivers import SpokenWaiver, WordAnswer
from scheduling.models.waitlist import Offer, OfferState, Wait, WaitState

__all__ = [
    "AHEAD",
    "HERE",
    "LIVE",
    "PROMISED",
    "SCHEDULED",
    "UNREACHED",
    "CancelledBy",
    "Claim",
    "CourseAct",
    "CourseActKind",
    "Facts",
    "Feed",
    "FeedDetail",
    "FreedTime",
    "Heard",
    "Hold",
    "LeftDiary",
    "MailBreaker",
    "MailLedger",
    "Mailroom",
    "Message",
    "MessageKind",
    "MessageState",
    "NoOverlap",
    "Offer",
    "OfferState",
    "Outcome",
    "Page",
    "PhoneCall",
    "PhoneOutcome",
    "Reason",
    "Session",
    "SessionStatus",
    "SpokenWaiver",
    "Telling",
    "Wait",
    "WaitState",
    "WordAnswer",
]
