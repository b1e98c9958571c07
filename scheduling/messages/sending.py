"""Sending what is due."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import DatabaseError

from clinic.models import MailProblem
from scheduling.diaries.can_take_place import cannot_take_place
from scheduling.messages import compose, leases, outbox
from scheduling.messages.heard import Said, said_by_reminding
from scheduling.messages.ledger.hold import is_held
from scheduling.messages.ledger.rounds import Round, begin_round
from scheduling.messages.mail_context import in_context
from scheduling.messages.mail_server import breaker
from scheduling.messages.mail_server.breaker import Passage, Refusal, real_domains, refused_alike
from scheduling.messages.mail_server.smtp import Answer, AnswerKind, Post
from scheduling.messages.outbox import Verdict
from scheduling.messages.payload import News, about_sessions, news_of
from scheduling.messages.send_checks import reason_against, unsent
from scheduling.models import MessageKind, MessageState, Reason

log = logging.getLogger(__name__)

# A session may be cancelled while a batch goes out: it is looked at again every few mails.
LOOK_AGAIN_AFTER = 10
LONGEST_WAIT = timedelta(minutes=30)

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Posting:
    """What one call of `send_due` did: how many messages ended in which state, or wait for another try."""

    found: int
    sent: int = 0
    void: int = 0
    too_late: int = 0
    calls: int = 0
    waiting: int = 0
    is_server_out_of_reach: bool = False


def send_due(*, now: datetime, limit: int = 100) -> Posting:
    """Send up to `limit` mails that are due, each one as its sessions stand now, over one connection.

    Must run outside a transaction: what was leased and sent must be known to other senders at
    once. Safe to run by many at a time; after a crash whatever was neither noted nor marked goes out
    again, under the same Message-ID, when the lease has run out. Nothing is sent, nor closed, while mail
    is held. Raises OSError, with nothing sent, if this host's ledger cannot be read or written.
    """
    if is_held(now=now):
        return Posting(found=0)
    ended = outbox.give_up_useless(now=now)
    found = ended.total()
    passage = breaker.passage(now=now)
    mails = _leased(passage, now, limit)
    if not mails:
        return _posting(found, ended, is_server_out_of_reach=passage is Passage.NONE)
    left = {key for mail in mails for key in mail}
    found += len(left)
    refused: list[tuple[News, Verdict]] = []
    ledger = _begun(left, now)
    with Post() as post:
        for news, verdict in _handed_over(mails, post, ledger, now):
            left.difference_update(message.pk for message in news.messages)
            if verdict.is_refusal:
                refused.append((news, verdict))
                continue
            outbox.record(news.messages, _with_news(verdict, news), now=now)
            ended[verdict.state] += len(news.messages)
    waits = _is_refused_for_all(refused, passage, post, now)
    for news, verdict in refused:
        kept = _with_news(verdict.put_off() if waits else verdict, news)
        outbox.record(news.messages, kept, now=now)
        ended[kept.state] += len(news.messages)
    leases.release(keys=sorted(left), out_of_reach=post.problem)
    ended[MessageState.WAITING] += len(left)
    return _posting(found, ended, is_server_out_of_reach=bool(post.problem) or waits)


def _begun(left: set[int], now: datetime) -> Round:
    try:
        return begin_round(now=now)
    except OSError:
        # Another host may have room.
        leases.release(keys=sorted(left))
        raise


def _handed_over(
    mails: Sequence[Sequence[int]], post: Post, ledger: Round, now: datetime
) -> Iterator[tuple[News, Verdict]]:
    """What becomes of the mails, one by one, until the server or the ledger takes no more.

    What the server took is noted before anybody is told of it.
    """
    for mail in _as_they_stand(mails, now):
        if post.is_worn or ledger.is_over:
            return
        for news, verdict in _verdicts_on(mail, post, now):
            if verdict.state == MessageState.SENT:
                ledger.note(news, now=now)
            yield news, verdict
        if post.problem:
            return


def _posting(found: int, ended: Counter[MessageState], *, is_server_out_of_reach: bool) -> Posting:
    return Posting(
        found=found,
        sent=ended[MessageState.SENT],
        void=ended[MessageState.VOID],
        too_late=ended[MessageState.TOO_LATE],
        calls=ended[MessageState.CALL],
        waiting=ended[MessageState.WAITING],
        is_server_out_of_reach=is_server_out_of_reach,
    )


def _leased(passage: Passage, now: datetime, limit: int) -> list[list[int]]:
    match passage:
        case Passage.ALL:
            return leases.lease(now=now, limit=limit)
        case Passage.ONE:
            # Whoever was refused before may be refused for a reason of their own.
            return leases.lease(now=now, limit=1, tries_others=True)
        case Passage.NONE:
            return []


def _is_refused_for_all(
    refused: Sequence[tuple[News, Verdict]], passage: Passage, post: Post, now: datetime
) -> bool:
    """Whether the server refuses everybody, which is known only when all of a batch were tried."""
    if post.has_handed_over:
        if passage is Passage.ONE:
            breaker.shut()
        return False
    if passage is Passage.ONE:
        return bool(refused)
    refusals = [
        Refusal(news.message.patient.email, verdict.server_said, verdict.reason is Reason.BAD_ADDRESS)
        for news, verdict in refused
    ]
    if (alike := refused_alike(refusals, real=real_domains)) is None:
        return False
    breaker.open_for(alike, now=now)
    return True


def _as_they_stand(mails: Sequence[Sequence[int]], now: datetime) -> Iterator[list[News]]:
    """What each mail tells, message by message."""
    for first in range(0, len(mails), LOOK_AGAIN_AFTER):
        some = mails[first : first + LOOK_AGAIN_AFTER]
        leased = leases.leased(keys=[key for mail in some for key in mail])
        # An act may have put a notice off since it was leased.
        rows = [one for one in leased if one.due_at <= now or one.kind == MessageKind.REMINDER]
        found = in_context(news=list(_with_what_can_happen(news_of(messages=rows, now=now))), now=now)
        told = {news.message.pk: news for news in found}
        for mail in some:
            yield [told[key] for key in mail if key in told]


def _with_what_can_happen(some: Sequence[News]) -> Iterator[News]:
    reminders = [one.message for one in some if one.message.kind == MessageKind.REMINDER]
    reminded = {message.session for message in reminders if message.session}
    stranded = cannot_take_place(sessions=reminded) if reminded else frozenset()
    for one in some:
        yield replace(one, can_happen=one.message.session_id not in stranded)


def _with_news(verdict: Verdict, news: News) -> Verdict:
    """What is kept of the mail, as it was written, and what its patient knows by it."""
    if verdict.state == MessageState.WAITING or news.message.kind == MessageKind.OFFER:
        return verdict
    about = about_sessions(news.sessions) if news.sessions else None
    return replace(verdict, about=about, said=_said_by(verdict, news))


def _said_by(verdict: Verdict, news: News) -> list[Said]:
    is_sent, reminded = verdict.state == MessageState.SENT, [message.session for message in news.messages]
    if is_sent and news.message.kind == MessageKind.REMINDER:
        return said_by_reminding(sessions=[session for session in reminded if session is not None])
    # What is settled needs no mail, so it is as if it had been said where no other mail is due either.
    is_said = is_sent or not news.sessions
    return [one.said for one in (*news.sessions, *news.settled)] if is_said else []


def _verdicts_on(mail: Sequence[News], post: Post, now: datetime) -> Iterator[tuple[News, Verdict]]:
    """What becomes of the messages of one mail: of those that must not go out, then of the rest, alike."""
    against: dict[Verdict, list[News]] = defaultdict(list)
    told = []
    for news in mail:
        if verdict := _reason_against(news, now):
            against[verdict].append(news)
        else:
            told.append(news)
    for verdict, alike in against.items():
        yield _together(alike), verdict
    # What came along before its hour waits for it, if nothing that is due is left to go with.
    if any(news.message.due_at <= now for news in told):
        whole = _together(told)
        yield whole, _posted(whole, post, now)


def _together(news: Sequence[News]) -> News:
    return replace(news[0], others=tuple(one.message for one in news[1:]))


def _reason_against(news: News, now: datetime) -> Verdict | None:
    return _guarded(news, lambda: reason_against(news=news, now=now))


def _posted(news: News, post: Post, now: datetime) -> Verdict:
    return _guarded(news, lambda: _verdict_after(post.send(compose.compose(news=news, now=now)), news, now))


def _guarded(news: News, attempt: Callable[[], Found]) -> Found | Verdict:
    try:
        return attempt()
    except DatabaseError:
        raise
    except Exception as fault:
        # Whatever is wrong with this one, the others must not wait for it. The fault's own words may
        # hold the patient's address: they go into no log.
        log.error("Message %s could not be written: %s", news.message.uuid, type(fault).__name__)
        return unsent(news, Reason.NOT_WRITTEN, server_said=type(fault).__name__)


def _verdict_after(answer: Answer, news: News, now: datetime) -> Verdict:
    said = answer.said
    match answer.kind:
        case AnswerKind.ACCEPTED:
            return Verdict(MessageState.SENT, was_tried=True)
        case AnswerKind.OUT_OF_REACH:
            return Verdict(MessageState.WAITING, Reason.OUT_OF_REACH, said)
        case AnswerKind.MAY_HAVE_ARRIVED if _may_have_arrived_before(news):
            # Once may be bad luck and is worth a second copy; a third would be one too many.
            return unsent(news, Reason.MAY_HAVE_ARRIVED, server_said=said, was_tried=True)
        case AnswerKind.TRY_LATER | AnswerKind.MAY_HAVE_ARRIVED:
            attempts = max(message.attempts for message in news.messages)
            wait = min(timedelta(minutes=2 ** min(attempts, 10)), LONGEST_WAIT)
            is_lost = answer.kind is AnswerKind.TRY_LATER
            reason = Reason.TRY_LATER if is_lost else Reason.MAY_HAVE_ARRIVED
            return Verdict(MessageState.WAITING, reason, said, was_tried=True, again_at=now + wait)
        case AnswerKind.REFUSED:
            return unsent(news, Reason.REFUSED, server_said=said, was_tried=True)
        case AnswerKind.BAD_ADDRESS:
            bad = unsent(news, Reason.BAD_ADDRESS, server_said=said, was_tried=True)
            return replace(bad, mail_problem=MailProblem.COMES_BACK)


def _may_have_arrived_before(news: News) -> bool:
    return any(message.reason == Reason.MAY_HAVE_ARRIVED for message in news.messages)
