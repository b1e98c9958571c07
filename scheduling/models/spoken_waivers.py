"""Spoken waivers: what the desk set aside on the word of a practitioner or owner, and what they say to it."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from clinic.identity.actors import Actor, ActorKind, Role
from clinic.identity.permissions import LONGEST_WAIVER
from clinic.models import Audience, ChangeKind, Patient, User
from clinic.models.changes import Changeable, ChangeableQuerySet
from clinic.sentences import sentence as _
from scheduling.models.course_acts import text_of
from treatments.models import Plan

# What was not theirs, and who is to know of all of it.
_HEARS_ALL = (Role.OWNER, Role.ADMINISTRATOR)
# So long a denied word stands on the first page.
TOLD_FOR = timedelta(days=7)


class WordAnswer(models.TextChoices):
    NONE = "none", _("Not answered")
    RIGHT = "right", _("Right")
    NOT_MINE = "not_mine", _("Not mine")


class SpokenWaiverQuerySet(ChangeableQuerySet["SpokenWaiver"]):
    def seen_by(self, actor: Actor) -> Self:
        """What was said in one's own name, or one entered; all of it for owners, administrators and keys.

        Whoever was named hears of it, whether they treat the patient or not.
        """
        rows = self.of_clinic(actor.clinic_id)
        if actor.kind is ActorKind.KEY or actor.role in _HEARS_ALL:
            return rows
        return rows.filter(Q(said_by_id=actor.user_id) | Q(entered_by=text_of(actor)))


class SpokenWaiver(Changeable):
    """One use of a word, about one patient: a session, or several of a course.

    `session` is the public id of one that may be gone since: an act that is undone takes it along, and the
    word stays said.
    """

    care_path = None
    change_kind = ChangeKind.WORD

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    session = models.UUIDField(null=True, blank=True)
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_by = models.CharField(max_length=100, help_text="The actor, as text.")
    entered_by_name = models.CharField(max_length=150)
    codes = models.JSONField(default=list, help_text="Of the rules that were set aside.")
    reason = models.CharField(max_length=LONGEST_WAIVER)
    said_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=WordAnswer, default=WordAnswer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = SpokenWaiverQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        verbose_name = "word"
        constraints = [
            models.CheckConstraint(
                name="word_is_answered_at_an_instant",
                condition=Q(answer="none", answered_at__isnull=True)
                | (~Q(answer="none") & Q(answered_at__isnull=False)),
            )
        ]
        indexes = [
            models.Index(name="word_by_clinic_and_time", fields=["clinic", "said_at"]),
            models.Index(name="word_to_be_answered", fields=["said_by"], condition=Q(answer="none")),
            models.Index(
                name="word_denied", fields=["clinic", "answered_at"], condition=Q(answer="not_mine")
            ),
        ]

    def __str__(self) -> str:
        return f"Word of {self.said_by_id} about patient {self.patient_id}: {self.answer}"

    @property
    def audience(self) -> Audience:
        return Audience(diaries=(self.patient.diary_id,), patient_id=self.patient_id)
