"""Examples of feeds: a calendar for the phone of a doctor, who loses it."""

from typing import Any

from tests.support.worlds import World


def opens_a_calendar(told: Any, world: World) -> None:
    feed = told.post("feeds/", label="Dr Osei", resource=str(world.doctors[0].uuid))["id"]
    told.get("feeds/")
    told.get(f"feeds/{feed}/")
    told.post(f"feeds/{feed}/rotate/")
    told.post(f"feeds/{feed}/revoke/")
