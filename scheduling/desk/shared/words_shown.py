"""What was said in somebody's name, as pages tell it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.identity.actors import Actor
from clinic.models import Patient
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.wording import label_of, worded
from scheduling.models import Session, SpokenWaiver, WordAnswer
from scheduling.words.answer import words_on_first_page

# By the code of the refusal that was opened: what was done all the same.
_RULES: Mapping[str, Sentence] = MappingProxyType(
    {
        "sessions_out_of_range": _("another number of sessions than the protocol says"),
        "outside_window": _("outside its window"),
        "far_outside_window": _("far outside its window"),
        "outside_hours": _("outside working hours"),
        "rest_short": _("near to another course"),
        "rest_far_too_short": _("much too near to another course"),
        "moved_too_often": _("moved once more for the patient"),
        "moved_late": _("moved late for the patient"),
        "late_cancel": _("cancelled late, and not counted so"),
        "booked_otherwise": _("amended though booked otherwise"),
    }
)


@dataclass(frozen=True, slots=True)
class WordShown:
    """One word: about whom and what, why, and what they say who are named.

    `is_open` is whether the patient's page is open to who looks; `session` is one that is there still.
    """

    uuid: UUID
    patient: Patient
    is_open: bool
    rules: str
    reason: str
    said_by: str
    entered_by: str
    at: datetime
    plan: UUID | None
    session: UUID | None
    answer: str
    is_mine: bool

    @property
    def awaits_me(self) -> bool:
        return self.is_mine and not self.answer


@dataclass(frozen=True, slots=True)
class FirstWords:
    """What the first page tells of them: what waits for an answer of who looks, and what others deny."""

    to_answer: list[WordShown]
    denied: list[WordShown]

    @property
    def all(self) -> list[WordShown]:
        return [*self.to_answer, *self.denied]


def first_words(*, by: Actor, zone: ZoneInfo, now: datetime) -> FirstWords:
    """One query where there are none, three where there are."""
    found = words_on_first_page(by=by, now=now)
    rows = [*found.to_answer, *found.denied]
    shown = {word.uuid: word for word in words_shown(rows, by=by, zone=zone)}
    return FirstWords(
        to_answer=[shown[word.uuid] for word in found.to_answer],
        denied=[shown[word.uuid] for word in found.denied],
    )


def words_shown(words: Iterable[SpokenWaiver], *, by: Actor, zone: ZoneInfo) -> list[WordShown]:
    """In the order in which they come, at the time of that zone. Two queries.

    Their patient, plan and who said it must be loaded.
    """
    rows = list(words)
    if not rows:
        return []
    patients = Patient.objects.seen_by(by).filter(pk__in={row.patient_id for row in rows})
    seen = set(patients.values_list("pk", flat=True))
    sessions = Session.objects.seen_by(by).filter(uuid__in={row.session for row in rows if row.session})
    there = set(sessions.values_list("uuid", flat=True))
    return [
        WordShown(
            uuid=word.uuid,
            patient=word.patient,
            is_open=word.patient_id in seen,
            rules=", ".join(worded(_RULES[code]) if code in _RULES else code for code in word.codes),
            reason=word.reason,
            said_by=word.said_by.name,
            entered_by=word.entered_by_name,
            at=word.said_at.astimezone(zone),
            plan=word.plan.uuid if word.plan and word.patient_id in seen else None,
            session=word.session if word.session in there else None,
            answer="" if word.answer == WordAnswer.NONE else label_of(WordAnswer(word.answer)),
            is_mine=word.said_by_id == by.user_id,
        )
        for word in rows
    ]
