"""What patients believe of their sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from django.db import models

from clinic.models import Site
from clinic.models.tenant import TenantRow
from scheduling.models.sessions import AHEAD, Session


class Telling(StrEnum):
    """How patients hear of what an act changes for them.

    By a mail, or by phone if no mail can; they know it, and the mail goes out all the same, but nobody calls;
    whoever acts says it, and nothing goes out.
    """

    BY_MAIL = "by_mail"
    KNOWN = "known"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a patient notices of a session. Of one that is off, where it would have been."""

    starts_at: datetime
    ends_at: datetime
    site_id: int
    lead: str
    is_off: bool = False

    @classmethod
    def of(cls, session: Session) -> Self | None:
        """As the session stands; None without a time or a place."""
        if session.starts_at is None or session.ends_at is None or session.site_id is None:
            return None
        return cls(session.starts_at, session.ends_at, session.site_id, session.lead, session.is_off)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        starts_at, ends_at = (datetime.fromisoformat(said[name]) for name in ("starts_at", "ends_at"))
        return cls(starts_at, ends_at, said["site"], said["lead"], said["is_off"])

    def as_json(self) -> dict[str, Any]:
        return {
            "starts_at": self.starts_at.astimezone(UTC).isoformat(),
            "ends_at": self.ends_at.astimezone(UTC).isoformat(),
            "site": self.site_id,
            "lead": self.lead,
            "is_off": self.is_off,
        }

    def is_news_after(self, was: "Facts") -> bool:
        """Whether it differs for a patient who believes the other; who treats them, only if somebody did."""
        if self.is_off or was.is_off:
            return self.is_off != was.is_off
        return replace(self, lead=was.lead) != was or bool(was.lead and was.lead != self.lead)

    def truth(self, session: Session) -> "Facts | None":
        """How the session stands for a patient who believes this; None once the patient came or did not."""
        if session.is_off:
            return replace(self, is_off=True)
        return Facts.of(session) if session.status in AHEAD else None


class Heard(TenantRow):
    """What the patient believes of a session that was promised, and what of it a mail said last.

    Whoever books tells the patient. After that a mail that the server took, a reminder or a call marked as
    told, and whoever says as they act that the patient knows (`Telling`).
    """

    care_path = "session__patient__care"

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="heard")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    lead = models.TextField(blank=True)
    is_off = models.BooleanField(default=False)
    at = models.DateTimeField()
    by_message = models.JSONField(
        null=True, blank=True, help_text="The same as last said in writing; null if it never was."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="heard_starts_before_it_ends", condition=models.Q(starts_at__lt=models.F("ends_at"))
            )
        ]

    def __str__(self) -> str:
        return f"Heard of session {self.session_id}"

    @property
    def facts(self) -> Facts:
        return Facts(self.starts_at, self.ends_at, self.site_id, self.lead, self.is_off)

    @facts.setter
    def facts(self, facts: Facts) -> None:
        self.starts_at, self.ends_at, self.site_id = facts.starts_at, facts.ends_at, facts.site_id
        self.lead, self.is_off = facts.lead, facts.is_off

    @property
    def facts_by_message(self) -> Facts:
        """What was last said in writing; what was said at all if nothing was."""
        return self.facts if self.by_message is None else Facts.from_json(self.by_message)
