"""The time that is held: claims, and the pages that show them as bitmaps."""

from django.db import models
from django.db.models import F, Q

from clinic.models import Diary
from clinic.models.tenant import TenantRow
from clinic.time.cells import CELLS_A_DAY, EMPTY_DAY
from scheduling.models.no_overlap import NoOverlap
from scheduling.models.sessions import Session
from treatments.models import Need


class Claim(TenantRow):
    """Cells [start, end) of one diary, held by a session for a need; the patient's own diary has none."""

    diary = models.ForeignKey(Diary, on_delete=models.PROTECT, related_name="claims")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="claims")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_for = models.BooleanField(default=False, help_text="A person chose this resource.")
    start_cell = models.IntegerField()
    end_cell = models.IntegerField()

    class Meta:
        constraints = [
            # Two equal empty ranges pass an exclusion constraint, a reversed one is no range at all.
            models.CheckConstraint(
                name="claim_starts_before_it_ends", condition=Q(start_cell__lt=F("end_cell"))
            ),
            models.CheckConstraint(
                name="claim_is_a_day_at_most", condition=Q(end_cell__lte=F("start_cell") + CELLS_A_DAY)
            ),
            NoOverlap(
                name="claim_no_overlap",
                owner="diary",
                start="start_cell",
                end="end_cell",
                longest=CELLS_A_DAY,
            ),
        ]
        indexes = [models.Index(name="claim_by_diary_and_start", fields=["diary", "start_cell"])]

    def __str__(self) -> str:
        return f"Diary {self.diary_id}, cells {self.start_cell}–{self.end_cell}"


class Page(TenantRow):
    """One UTC day of one diary, its claims as a bitmap of 288 cells (little endian, bit 0 = 00:00 UTC)."""

    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="pages")
    day = models.IntegerField(help_text="cell // 288")
    busy = models.BinaryField(default=EMPTY_DAY)

    class Meta:
        constraints = [models.UniqueConstraint(name="page_once_a_day", fields=["diary", "day"])]

    def __str__(self) -> str:
        return f"Diary {self.diary_id}, day {self.day}"
