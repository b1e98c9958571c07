"""When it happens."""

from scheduling.models.changes import Change, ChangeCounter, ChangeKind
from scheduling.models.claims import Claim, Page
from scheduling.models.feeds import Feed, FeedDetail
from scheduling.models.holds import Hold
from scheduling.models.messages import Message, MessageKind, MessageState
from scheduling.models.no_overlap import NoOverlap
from scheduling.models.sessions import AHEAD, LIVE, SCHEDULED, Outcome, Session, SessionStatus

__all__ = [
    "AHEAD",
    "LIVE",
    "SCHEDULED",
    "Change",
    "ChangeCounter",
    "ChangeKind",
    "Claim",
    "Feed",
    "FeedDetail",
    "Hold",
    "Message",
    "MessageKind",
    "MessageState",
    "NoOverlap",
    "Outcome",
    "Page",
    "Session",
    "SessionStatus",
]
