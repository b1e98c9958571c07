"""Sending what is due."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError

from scheduling.messages import compose, outbox
from scheduling.messages.outbox import Verdict
from scheduling.messages.payload import News, news_of
from scheduling.messages.send_checks import reason_against
from scheduling.messages.smtp import Answer, AnswerKind, Post
from scheduling.models import Message, MessageState

log = logging.getLogger(__name__)

# A session may be cancelled while a batch goes out: it is looked at again every few mails.
LOOK_AGAIN_AFTER = 10
LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Posting:
    """What one call of `send_due` did: how many messages ended in which state, or wait for another try."""

    found: int
    sent: int = 0
    void: int = 0
    too_late: int = 0
    failed: int = 0
    waiting: int = 0
    is_server_out_of_reach: bool = False


def send_due(*, now: datetime, limit: int = 100) -> Posting:
    """Send up to `limit` messages that are due, each one as its session stands now, over one connection.

    Must run outside a transaction: what was leased and sent must be known to other senders at
    once. Safe to run by many at a time; after a crash whatever was not marked goes out again,
    under the same Message-ID, when the lease has run out.
    """
    ended: Counter[MessageState] = Counter()
    ended[MessageState.TOO_LATE] = useless = outbox.give_up_useless(now=now)
    keys = outbox.lease(now=now, limit=limit)
    settled: set[int] = set()
    with Post() as post:
        for news in _as_they_stand(keys, now):
            if post.is_worn:
                break
            verdict = _verdict_on(news, post, now)
            outbox.record(news.message, verdict, now=now)
            settled.add(news.message.pk)
            ended[verdict.state] += 1
            if post.problem:
                break
    outbox.release(keys=[key for key in keys if key not in settled], sentence=post.problem)
    return Posting(
        found=len(keys) + useless,
        sent=ended[MessageState.SENT],
        void=ended[MessageState.VOID],
        too_late=ended[MessageState.TOO_LATE],
        failed=ended[MessageState.FAILED],
        waiting=len(keys) - len(settled) + ended[MessageState.WAITING],
        is_server_out_of_reach=bool(post.problem),
    )


def _as_they_stand(keys: Sequence[int], now: datetime) -> Iterator[News]:
    for first in range(0, len(keys), LOOK_AGAIN_AFTER):
        yield from news_of(messages=outbox.leased(keys=keys[first : first + LOOK_AGAIN_AFTER]), now=now)


def _verdict_on(news: News, post: Post, now: datetime) -> Verdict:
    message = news.message
    try:
        if verdict := reason_against(news=news, now=now):
            return verdict
        answer = post.send(compose.compose(news=news, now=now))
    except DatabaseError:
        raise
    except Exception as fault:
        # Whatever is wrong with this one, the others must not wait for it. The fault's own words may
        # hold the patient's address: they go into no log.
        log.error("Message %s could not be written: %s", message.uuid, type(fault).__name__)
        return Verdict(MessageState.FAILED, f"The mail could not be written ({type(fault).__name__}).")
    return _verdict_after(answer, message, now)


def _verdict_after(answer: Answer, message: Message, now: datetime) -> Verdict:
    match answer.kind:
        case AnswerKind.ACCEPTED:
            return Verdict(MessageState.SENT, was_tried=True)
        case AnswerKind.OUT_OF_REACH:
            return Verdict(MessageState.WAITING, answer.sentence)
        case AnswerKind.MAY_HAVE_ARRIVED if message.last_problem == answer.sentence:
            # Once may be bad luck and is worth a second copy; a third would be one too many.
            return Verdict(MessageState.FAILED, f"Twice: {answer.sentence}", was_tried=True)
        case AnswerKind.TRY_LATER | AnswerKind.MAY_HAVE_ARRIVED:
            wait = min(timedelta(minutes=2 ** min(message.attempts, 10)), LONGEST_WAIT)
            return Verdict(MessageState.WAITING, answer.sentence, was_tried=True, again_at=now + wait)
        case AnswerKind.REFUSED | AnswerKind.BAD_ADDRESS:
            is_address_bad = answer.kind is AnswerKind.BAD_ADDRESS
            return Verdict(
                MessageState.FAILED, answer.sentence, was_tried=True, is_address_bad=is_address_bad
            )
