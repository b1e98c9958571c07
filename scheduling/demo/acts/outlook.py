"""The desk's outlook while the phone rings: when a consultation could begin."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from clinic.hours.opening import start_grid_mask
from clinic.models import Site
from clinic.time.cells import bits, instant_of
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import site_diaries
from scheduling.engine.availability import feasible_starts
from treatments.models import SessionType

_DAYS = 15


@dataclass
class Outlook:
    """Free starts of one session type over the next two weeks, looked up once a day and when told to."""

    site: Site
    session_type: SessionType
    grid_minutes: int
    _seen_on: date | None = field(default=None, init=False)
    _starts: list[datetime] = field(default_factory=list, init=False)

    def starts(self, *, today: date) -> list[datetime]:
        """On the site's clock, from tomorrow on. As seen: somebody may have taken one since."""
        if self._seen_on != today:
            self._seen_on, self._starts = today, self._read(today)
        return self._starts

    def look_again(self) -> None:
        self._seen_on = None

    def _read(self, today: date) -> list[datetime]:
        diaries = site_diaries(
            site=self.site,
            # Those who call are new: nothing is in their diaries.
            patient_diary_id=None,
            first_on=today + timedelta(days=1),
            last_on=today + timedelta(days=_DAYS),
        )
        shapes = shapes_of(session_type_ids=[self.session_type.pk], resources=diaries.resources)
        mask = feasible_starts(
            shape=shapes[self.session_type.pk], free=diaries.free, patient_free=diaries.horizon.full
        ) & start_grid_mask(horizon=diaries.horizon, minutes=self.grid_minutes)
        first_cell = diaries.horizon.first_cell
        return [instant_of(first_cell + bit).astimezone(self.site.tz) for bit in bits(mask)]
