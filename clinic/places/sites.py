"""Reads of the clinic's places."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from clinic.errors import Unknown
from clinic.models import Site
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date


def home_site(*, clinic_id: int) -> Site | None:
    """The clinic's first site: its country and zone stand in where nobody said another."""
    site: Site | None = Site.objects.of_clinic(clinic_id).order_by("pk").first()
    return site


def active_sites(*, clinic_id: int, now: datetime) -> list[Site]:
    """The sites that are not given up, the clinic's first first. Raises Unknown if there is none."""
    sites = list(Site.objects.of_clinic(clinic_id).not_retired(now).select_related("clinic").order_by("pk"))
    if not sites:
        raise Unknown("unknown_site", _("This clinic has no site yet. Enter one with its opening hours."))
    return sites


def zone_at_home(*, clinic_id: int) -> ZoneInfo:
    """The zone of the clinic's first site; UTC while there is none."""
    site = home_site(clinic_id=clinic_id)
    return site.tz if site else ZoneInfo("UTC")


def country_at_home(*, clinic_id: int) -> str | None:
    """The country of the clinic's first site, if it is known."""
    site = home_site(clinic_id=clinic_id)
    return site.country or None if site else None


def today_at_home(*, clinic_id: int, now: datetime) -> date:
    """The date on the wall of the clinic's first site; in UTC while there is none."""
    return local_date(now, zone_at_home(clinic_id=clinic_id))
