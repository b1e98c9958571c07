"""The demo clinic's crew and what they share: the premises, what lies ahead, and their luck."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from clinic.identity.actors import Actor
from clinic.time.wall_clock import lenient_instant_at, local_date
from scheduling.demo.cast.life import Act, Life
from scheduling.demo.cast.premises import SUNDAY, Premises
from scheduling.models import AHEAD, Session
from treatments.models import Plan, SessionType


@dataclass(frozen=True)
class Crew:
    """Everyone in the demo who acts. Whoever has an account of their own is in `doctors`."""

    premises: Premises
    reception: Actor
    owner: Actor
    doctors: Mapping[str, Actor]
    seed: str
    # Before that date the desk wrote down what came of a session, and not who had come when.
    thorough_since: date
    life: Life = field(default_factory=Life)

    def chance(self, *about: object) -> Random:
        """The luck of that matter alone: it depends on no other's."""
        matter = "/".join(str(part) for part in (self.seed, *about))
        return Random(matter)  # nosec B311 # the same demo from the same seed

    def chance_of(self, session: Session, *about: object) -> Random:
        kind = (session.kind, session.number, session.attempt)
        return self.chance(session.patient, session.plan_id is None, *kind, session.created_at, *about)

    def doctor_for(self, plan: Plan) -> Actor:
        """Who prescribed it, or whoever answers for the clinic."""
        name = plan.prescribed_by.name if plan.prescribed_by else ""
        return self.doctors.get(name, self.owner)

    def session_type(self, key: str) -> SessionType:
        found: SessionType = SessionType.objects.current().of_clinic(self.premises.clinic.pk).get(key=key)
        return found

    def today(self, at: datetime) -> date:
        return local_date(at, self.premises.site.tz)

    def instant(self, on: date, clock: time) -> datetime:
        return lenient_instant_at(on, clock, self.premises.site.tz)

    def expect(self, act: Act, *, at: datetime) -> None:
        self.life.expect(act, at=at)

    def evening(self, at: datetime, chance: Random) -> datetime:
        """When the last patient has gone: who is called then cannot come today."""
        return max(at, self.instant(self.today(at), time(20))) + timedelta(minutes=chance.randint(2, 40))

    def next_morning(self, at: datetime, chance: Random) -> datetime:
        """Some minute of the next working morning."""
        on = self.today(at) + timedelta(days=1)
        if on.isoweekday() == SUNDAY:
            on += timedelta(days=1)
        return self.instant(on, time(9)) + timedelta(minutes=chance.randint(5, 115))


def sessions_on(crew: Crew, on: date) -> list[Session]:
    """The sessions that are booked for that date, by start."""
    rows = Session.objects.of_clinic(crew.premises.clinic.pk).filter(status__in=AHEAD, local_date=on)
    shown = rows.select_related("patient__clinic", "plan", "site", "session_type")
    return list(shown.order_by("starts_at", "pk"))


def starts_of(session: Session) -> datetime:
    assert session.starts_at is not None, "it is booked"
    return session.starts_at


def as_it_stands(session: Session) -> Session:
    rows = Session.objects.select_related("patient__clinic", "plan__prescribed_by", "site", "session_type")
    found: Session = rows.get(pk=session.pk)
    return found


def plan_as_it_stands(plan: Plan) -> Plan:
    found: Plan = Plan.objects.select_related("patient", "clinic", "protocol", "prescribed_by").get(
        pk=plan.pk
    )
    return found


def still_stands(session: Session) -> Session | None:
    """The session, if it is still booked for the date it was known for."""
    stands = as_it_stands(session)
    is_same = stands.status in AHEAD and stands.local_date == session.local_date
    return stands if is_same else None


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
