"""The part of the story in which a clinic opens another site."""

from typing import Any, Protocol


class Told(Protocol):
    """Whoever asks, and keeps what is answered."""

    def get(self, path: str, **query: Any) -> Any: ...

    def post(self, path: str, **said: Any) -> Any: ...

    def patch(self, path: str, **said: Any) -> Any: ...


def open_another_site(told: Told) -> None:
    told.get("clinic/")
    told.patch("clinic/", web="https://clinic.example", quiet_from="22:00")
    site = told.post("sites/", name="West", zone="Europe/Amsterdam", country="NL")["id"]
    skill = told.post("skills/", name="Prepares blood")
    named = {"site": site, "skills": [skill["key"]]}
    [chair, *_] = told.post("resources/", kind="room", name="Chair", count=2, **named)["results"]
    told.get("skills/", limit=2)
    told.get(f"skills/{skill['id']}/")
    told.patch(f"skills/{skill['id']}/", name="Blood preparation")
    told.get(f"resources/{chair['id']}/")
    told.patch(f"resources/{chair['id']}/", skills=[], valid_until="2027-12-31")
    told.get(f"resources/{chair['id']}/in-the-way/", valid_until="2027-06-30")
    told.get(f"sites/{site}/")
    told.patch(f"sites/{site}/", address="Lindengracht 1")
    told.get(f"sites/{site}/holidays/", **{"from": "2027-04-01"})
    told.post(f"sites/{site}/holidays/", on="2027-04-27", opens="10:00", closes="14:00")
    told.get(f"sites/{site}/in-the-way/", valid_until="2027-06-30")
    told.patch(f"resources/{chair['id']}/", name="Chair")
    last = told.post("skills/", name="Short-lived")
    told.post(f"skills/{last['id']}/retire/")
