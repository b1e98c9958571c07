"""Reads of the clinic's places."""

from datetime import UTC, date, datetime

from clinic.localtime import local_date
from clinic.models import Site


def home_site(*, clinic_id: int) -> Site | None:
    """The clinic's first site: its country and zone stand in where nobody said another."""
    site: Site | None = Site.objects.of_clinic(clinic_id).order_by("pk").first()
    return site


def today_at_home(*, clinic_id: int, now: datetime) -> date:
    """The date on the wall of the clinic's first site; in UTC while there is none."""
    site = home_site(clinic_id=clinic_id)
    return local_date(now, site.tz) if site else local_date(now, UTC)
