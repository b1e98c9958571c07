"""The place of the person at the screen: their clinic and role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.models import Clinic, Resource

# What is kept between requests: a request's own session, or one as it was read from the database.
Kept = SessionBase | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the person at the screen sits; templates know it as `request.desk`.

    `last_change` is the number of the clinic's last change before anything was read to be shown.
    """

    clinic: Clinic
    actor: Actor
    practitioner: Resource | None
    has_other_clinics: bool = False
    country: str = ""
    last_change: int = 0

    @property
    def may(self) -> dict[str, bool]:
        """What the actor may do, by the word of the act: pages hide the rest."""
        return {act.value: may(by=self.actor, act=act) for act in Act}


def desk_of(request: HttpRequest) -> Desk:
    """The desk of a request that `desk_page` let in."""
    desk = getattr(request, "desk", None)
    if not isinstance(desk, Desk):
        raise TypeError("Only a view behind desk_page has a desk.")
    return desk
