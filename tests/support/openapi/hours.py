"""Examples of hours: the week, a date, and a doctor who is busy elsewhere."""

from typing import Any

from tests.support.worlds import World


def sets_hours(told: Any, world: World) -> None:
    """Of a site and of a doctor there; `told` records what is asked and answered."""
    site, doctor = f"sites/{world.site.uuid}", world.doctors[1].uuid
    evening = {"weekday": 2, "opens": "13:00", "closes": "20:00"}
    for there in (site, f"{site}/resources/{doctor}"):
        week = told.get(f"{there}/hours/", on="2027-03-01")
        hours = [span for span in week["hours"] if span["weekday"] != 2]
        told.put(f"{there}/hours/", **{"from": "2027-03-01", "hours": [*hours, evening]})
        told.get(f"{there}/hours/2027-03-02/")
        short = [{"opens": "09:00", "closes": "12:00"}]
        told.put(f"{there}/hours/2027-03-02/", hours=short, note="Training")
        told.delete(f"{there}/hours/2027-03-02/")
    busy = {"starts_at": "2027-03-03T09:00:00+01:00", "ends_at": "2027-03-03T12:00:00+01:00"}
    told.put(f"resources/{doctor}/busy/roster-1/", **busy)
    told.get(f"resources/{doctor}/busy/")
    told.delete(f"resources/{doctor}/busy/roster-1/")
