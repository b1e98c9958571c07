"""Words over REST: on whose word rules may be set aside, what was said in whose name, and their answers."""

from typing import Annotated, TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.access.speakers import members_who_speak
from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor, Role
from clinic.identity.permissions import SPEAKERS, Act
from clinic.lookup import find
from clinic.models import Membership
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Shape
from clinic.web.rest.json_types import Instant, Listed, Page, Uuid, Words
from clinic.web.rest.lists import ChangingShape, piece_of
from clinic.web.trail import saw
from scheduling.models import SpokenWaiver, WordAnswer
from scheduling.models.spoken_waivers import SpokenWaiverQuerySet
from scheduling.words.answer import answer_word


class WordFilter(ChangingShape):
    """Said in the name of one member, and how it was answered; in the order `said` the oldest first."""

    orders = {"said": ("said_at",)}

    on_word_of = Id(required=False)
    answer = serializers.ChoiceField(choices=WordAnswer.choices, required=False)


class WordAnswerShape(Shape):
    """Who answers, the member who is said to have said it, and how."""

    member = Id()
    answer = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in (WordAnswer.RIGHT, WordAnswer.NOT_MINE)]
    )


class SpeakerJson(TypedDict):
    """A member whose word counts. `resource` is the diary that is theirs, if they have one."""

    member: Uuid
    name: str
    role: Annotated[str, Words(tuple(sorted(SPEAKERS)))]
    resource: Uuid | None


class WordJson(TypedDict):
    """What was set aside in somebody's name. Without a `session` it is about several of the `plan`.

    `rules` are the codes of the refusals that it opened.
    """

    id: Uuid
    version: int
    patient: Uuid
    plan: Uuid | None
    session: Uuid | None
    on_word_of: Uuid
    entered_by: str
    rules: list[str]
    reason: str
    said_at: Instant
    answer: Annotated[str, Words.of(WordAnswer)]
    answered_at: Instant | None


@speaks("list_speakers", Act.SEE_PLACES, answers={200: Listed[SpeakerJson]})
def list_speakers(call: Call) -> Answer[Listed[SpeakerJson]]:
    """List on whose word rules may be set aside.

    Practitioners and owners who are let in; nobody where the clinic switched it off.
    """
    return Answer({"results": [_speaker_json(row) for row in members_who_speak(by=call.by, now=now())]})


@speaks("list_words", Act.SEE_CALENDAR, query=WordFilter, answers={200: Page[WordJson]})
def list_words(call: Call) -> Answer[Page[WordJson]]:
    """List what was set aside on somebody's word."""
    asked, rows = call.asked, _words(call.by)
    if "on_word_of" in asked:
        rows = rows.filter(said_by__uuid=asked["on_word_of"])
    if "answer" in asked:
        rows = rows.filter(answer=asked["answer"])
    piece = piece_of(call, rows)
    saw(AuditAction.SAW_SESSIONS, [word.patient.uuid for word in piece.rows], by=call.by)
    return piece.answer(_word_json)


@speaks(
    "answer_word",
    Act.ANSWER_WORD,
    does=Does.MAKES,
    body=WordAnswerShape,
    answers={200: WordJson},
    refuses=("not_your_word", "word_answered"),
)
def answer(call: Call, word_id: UUID) -> Answer[WordJson]:
    """Answer whether it was said.

    It undoes nothing. “Not mine” is shown to owners, administrators, and to who entered it. A program answers
    for the one who was named, and for nobody else.
    """
    said = call.said
    word = find(_words(call.by), uuid=word_id)
    done = answer_word(
        word=word,
        answer=WordAnswer(said["answer"]),
        member=str(said["member"]),
        by=call.by,
        now=database_now(),
    )
    return Answer(_word_json(find(_words(call.by), uuid=done.uuid)))


def _words(by: Actor) -> SpokenWaiverQuerySet:
    return SpokenWaiver.objects.seen_by(by).select_related("patient", "plan", "said_by")


def _speaker_json(row: Membership) -> SpeakerJson:
    return {
        "member": str(row.user.uuid),
        "name": row.user.name,
        "role": Role(row.role).value,
        "resource": str(row.practitioner.uuid) if row.practitioner else None,
    }


def _word_json(word: SpokenWaiver) -> WordJson:
    return {
        "id": str(word.uuid),
        "version": word.version,
        "patient": str(word.patient.uuid),
        "plan": str(word.plan.uuid) if word.plan else None,
        "session": str(word.session) if word.session else None,
        "on_word_of": str(word.said_by.uuid),
        "entered_by": word.entered_by_name,
        "rules": word.codes,
        "reason": word.reason,
        "said_at": word.said_at.isoformat(),
        "answer": word.answer,
        "answered_at": word.answered_at.isoformat() if word.answered_at else None,
    }
