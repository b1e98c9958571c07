"""What was said in one's name: to be looked at, and answered “right” or “not mine”."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Conflict, NotAllowed
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.sentences import sentence as _
from scheduling.models import SpokenWaiver, WordAnswer
from scheduling.models.spoken_waivers import TOLD_FOR


class AnsweredOtherwise(Conflict):
    """It was answered otherwise; `details["answer"]` says how."""


def answer_word(
    *, word: SpokenWaiver, answer: WordAnswer, member: str, by: Actor, now: datetime
) -> SpokenWaiver:
    """Say whether it was said. It undoes nothing; “not mine” is shown to owners, administrators, and to who
    entered it.

    `member` is the public id of who answers: the actor, or for whom a program does. The same answer again
    changes nothing. Raises NotAllowed (`not_your_word`), Unknown and AnsweredOtherwise (`word_answered`).
    Locks: the word, change counter.
    """
    refuse_unless_may(by=by, act=Act.ANSWER_WORD)
    refuse_foreign(by=by, unknown_word=word)
    with one_act():
        rows = SpokenWaiver.objects.select_for_update(of=("self",)).select_related("patient", "said_by")
        row: SpokenWaiver = rows.get(pk=word.pk)
        if str(row.said_by.uuid) != member or by.user_id not in (None, row.said_by_id):
            sentence = _(
                "This was said in the name of {name}. Only they can answer it.", name=row.said_by.name
            )
            raise NotAllowed("not_your_word", sentence)
        if row.answer == answer:
            return row
        if row.answer != WordAnswer.NONE:
            sentence = _("This was answered already, and the answer stands. Tell the owner if it is wrong.")
            raise AnsweredOtherwise("word_answered", sentence, {"answer": row.answer})
        row.answer, row.answered_at = answer, now
        row.save(update_fields=["answer", "answered_at", *row.touch(now)])
        record_rows(changed=[row], now=now)
        said = {"answer": row.answer, "entered_by": row.entered_by, "rules": row.codes}
        record = AuditRecord(AuditAction.ANSWERED_WORD, row, [row.patient.uuid], after=said)
        record_audit(record, by=by, now=now)
    return row


@dataclass(frozen=True, slots=True)
class WordsOnFirstPage:
    """What was said in one's own name and waits for an answer; and what others say was not theirs."""

    to_answer: tuple[SpokenWaiver, ...]
    denied: tuple[SpokenWaiver, ...]


def words_on_first_page(*, by: Actor, now: datetime) -> WordsOnFirstPage:
    """The oldest first. What was denied stands for a week: before owners, administrators, and who entered it.

    One query.
    """
    waits = Q(said_by_id=by.user_id, answer=WordAnswer.NONE)
    is_denied = Q(answer=WordAnswer.NOT_MINE, answered_at__gt=now - TOLD_FOR)
    rows = SpokenWaiver.objects.seen_by(by).filter(waits | is_denied)
    found = list(rows.select_related("patient", "plan", "said_by").order_by("said_at", "pk"))
    return WordsOnFirstPage(
        to_answer=tuple(word for word in found if word.answer == WordAnswer.NONE),
        # Who denied it knows.
        denied=tuple(
            word for word in found if word.answer == WordAnswer.NOT_MINE and word.said_by_id != by.user_id
        ),
    )
