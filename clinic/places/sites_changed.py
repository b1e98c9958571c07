"""Sites are opened, and change their name, address and clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Conflict, Problem, refuse_if_any
from clinic.hours.public_holidays import public_holidays
from clinic.hours.rota import lock_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Site, SiteHours
from clinic.places.names import lock_names, name_problems, refuse_taken
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from clinic.time.wall_clock import zone_named

LONGEST_SITE_NAME, LONGEST_ADDRESS = 200, 300


@dataclass(frozen=True, slots=True)
class NewSite:
    """A place. `zone` is an IANA name; with a country, its public holidays close the site."""

    name: str
    zone: str
    country: str = ""
    subdivision: str = ""
    address: str = ""


def open_site(*, new: NewSite, by: Actor, now: datetime) -> Site:
    """Open a site, with the row that its hours are locked by; until it has hours it is closed.

    Raises NotAllowed, Refused (`name_missing`, `place_name_too_long`, `place_address_too_long`), Malformed
    (`unknown_zone`, `unknown_country`) and Conflict (`site_exists`). Locks: the clinic's row.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    facts = _facts(new, now)
    with one_act():
        _name(facts["name"], by)
        site = Site.objects.create(clinic_id=by.clinic_id, changed_at=now, **facts)
        SiteHours.objects.create(clinic_id=by.clinic_id, site=site)
        record_audit(AuditRecord(AuditAction.OPENED_SITE, site, after=facts), by=by, now=now)
        record_rows(added=[site], now=now)
    return site


def change_site(*, site: Site, to: NewSite, by: Actor, now: datetime) -> Site:
    """The site with these facts from now on. The same once more changes nothing.

    What is booked there is not asked (`scheduling.disruption.places`). Raises what `open_site` raises, and
    Unknown for a site of another clinic. Locks: the clinic's row, the site's hours.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_site=site)
    facts = _facts(to, now)
    with one_act():
        _name(facts["name"], by, but=site)
        lock_hours(clinic_id=by.clinic_id, site=site)
        site = Site.objects.of_clinic(by.clinic_id).get(pk=site.pk)
        before = {name: getattr(site, name) for name in facts}
        if before != facts:
            for name, value in facts.items():
                setattr(site, name, value)
            site.save(update_fields=[*facts, *site.touch(now)])
            changed = AuditRecord(AuditAction.CHANGED_SITE, site, before=before, after=facts)
            record_audit(changed, by=by, now=now)
            record_rows(changed=[site], now=now)
    return site


def _facts(new: NewSite, now: datetime) -> dict[str, Any]:
    """The columns. Raises what is wrong with them."""
    name, address = one_line(new.name), one_line(new.address)
    refuse_if_any(_problems(name, address))
    zone = zone_named(new.zone)
    country, today = new.country.strip().upper(), now.astimezone(zone).date()
    subdivision = new.subdivision.strip()
    # Asked only so that a country nobody knows is refused now and not at the first search.
    public_holidays(country=country, subdivision=subdivision, first=today, last=today)
    return {
        "name": name,
        "address": address,
        "zone": zone.key,
        "country": country,
        # Without a country it would part nothing.
        "subdivision": subdivision if country else "",
    }


def _problems(name: str, address: str) -> Iterator[Problem]:
    yield from name_problems(name, missing=_("Enter the site's name."), most=LONGEST_SITE_NAME)
    yield from text_problems(address, "place_address", most=LONGEST_ADDRESS, what=_("the address"))


def _name(name: str, by: Actor, *, but: Site | None = None) -> None:
    lock_names(clinic_id=by.clinic_id)
    sentence = _("There is a site “{name}” already. Choose another name.", name=name)
    rows = Site.objects.of_clinic(by.clinic_id).filter(name=name)
    refuse_taken(rows, Conflict("site_exists", sentence), but=but)
