"""The demo clinic's site, people, rooms and devices, with their hours, leave and closed days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clinic.access.policy import HOUSE_RULES
from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import (
    NewClosure,
    NewDayHours,
    NewLeave,
    Rota,
    close_site,
    grant_leave,
    set_day_hours,
    set_weekly_hours,
)
from clinic.identity.actors import Actor, task_actor
from clinic.models import Clinic, Resource, ResourceKind, Site
from clinic.places.founding import NewClinic, found_clinic
from clinic.places.policy import set_policy
from clinic.places.resources_changed import NewResource, add_resource
from clinic.places.sites_changed import NewSite, open_site
from clinic.time.wall_clock import lenient_instant_at
from scheduling.demo.cast.names import ASSISTANTS, DOCTORS
from treatments.catalogue_files.load import load_catalogue

SLUG, ZONE = "demo", "Europe/Amsterdam"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(1, 8)
_WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
_Spans = list[WeeklySpan]


@dataclass(frozen=True, slots=True)
class Premises:
    """Where the demo happens, and who works there."""

    clinic: Clinic
    site: Site
    doctors: Sequence[Resource]
    assistants: Sequence[Resource]
    devices: Sequence[Resource]


@dataclass(frozen=True, slots=True)
class Additions:
    """Adding to the clinic, by one and the same actor at one moment."""

    by: Actor
    now: datetime

    def resource(self, new: NewResource) -> Resource:
        return add_resource(new=new, by=self.by, now=self.now)

    def hours(self, rota: Rota, spans: _Spans) -> None:
        set_weekly_hours(rota=rota, spans=spans, by=self.by, now=self.now)


def found_premises(*, first_monday: date, now: datetime) -> Premises:
    """Found the clinic with its catalogue; its hours begin on that Monday."""
    clinic = found_clinic(
        new=NewClinic(
            name="Lindengracht Clinic (demo)", slug=SLUG, phone="+31600000000", email="desk@example.org"
        ),
        now=now,
    )
    by = task_actor(clinic_id=clinic.pk, label="demo")
    # Whoever tries it out signs in with what the terminal says, and nothing else.
    open_door = {**HOUSE_RULES.of(clinic), "demands_second_factor": False}
    set_policy(HOUSE_RULES, values=open_door, by=by, now=now)
    load_catalogue(clinic=clinic, now=now)
    site = open_site(
        new=NewSite(
            name="Lindengracht",
            zone=ZONE,
            country="NL",
            address="Lindengracht 500, 1015 KK Amsterdam",
        ),
        by=by,
        now=now,
    )
    add = Additions(by, now)
    add.hours(Rota(site), _site_hours(first_monday))
    _rooms(site, add)
    return Premises(
        clinic=clinic,
        site=site,
        doctors=_staff(DOCTORS, "doctor", _doctors_hours(first_monday), site, add),
        assistants=_staff(ASSISTANTS, "assistant", _assistants_hours(first_monday), site, add),
        devices=[
            add.resource(NewResource(ResourceKind.DEVICE, f"Centrifuge {number}", site, ["centrifuge"]))
            for number in (1, 2)
        ],
    )


def enter_absences(*, premises: Premises, today: date, by: Actor, now: datetime) -> None:
    """Leave, a closure and a short day, around a day: entered long before, as holidays are."""
    site = premises.site

    def at(days: int, clock: time) -> datetime:
        return lenient_instant_at(today + timedelta(days=days), clock, site.tz)

    def weeks(resource: Resource, first: int, end: int, reason: str) -> NewLeave:
        return NewLeave(resource, at(first, time(0)), at(end, time(0)), reason)

    monday = -(today.weekday())
    for leave in (
        weeks(premises.doctors[1], monday - 28, monday - 21, "Holiday"),
        weeks(premises.doctors[0], monday + 21, monday + 28, "Holiday"),
        weeks(premises.assistants[0], monday + 35, monday + 40, "Holiday"),
        weeks(premises.assistants[2], monday - 14, monday - 11, "Course"),
        NewLeave(
            premises.devices[1], at(monday + 15, time(8)), at(monday + 15, time(12)), "Yearly maintenance"
        ),
    ):
        grant_leave(new=leave, by=by, now=now)
    training = NewClosure(site, at(monday + 37, time(13)), at(monday + 37, time(20)), "Team training")
    close_site(new=training, by=by, now=now)
    short_day = today + timedelta(days=monday + 53)
    outing = NewDayHours(short_day, [(time(8, 30), time(13))], "Staff outing")
    set_day_hours(rota=Rota(site), day=outing, by=by, now=now)


def _rooms(site: Site, add: Additions) -> None:
    for name, skill in (
        ("Treatment room 1", "treatment-room"),
        ("Treatment room 2", "treatment-room"),
        ("Treatment room 3", "treatment-room"),
        ("Draw chair 1", "draw-chair"),
        ("Draw chair 2", "draw-chair"),
        ("Procedure room", "procedure-room"),
    ):
        add.resource(NewResource(ResourceKind.ROOM, name, site, [skill]))


def _staff(
    names: Iterable[str], skill: str, hours: Iterable[_Spans], site: Site, add: Additions
) -> list[Resource]:
    staff = []
    for name, spans in zip(names, hours, strict=True):
        person = add.resource(NewResource(ResourceKind.PRACTITIONER, name, skills=[skill]))
        add.hours(Rota(site, person), spans)
        staff.append(person)
    return staff


def _spans(first: date, weekdays: Iterable[int], *hours: str, every_weeks: int = 1) -> _Spans:
    """Hours written as “09:00-12:30”, on each of the weekdays."""
    times = [[time.fromisoformat(clock) for clock in written.split("-")] for written in hours]
    return [
        WeeklySpan(weekday, opens, closes, every_weeks, first, None)
        for weekday in weekdays
        for opens, closes in times
    ]


def _site_hours(first: date) -> _Spans:
    """A late evening on Thursday, and Saturday mornings."""
    days = _spans(first, (MONDAY, TUESDAY, WEDNESDAY, FRIDAY), "08:30-17:30")
    return [*days, *_spans(first, [THURSDAY], "08:30-20:00"), *_spans(first, [SATURDAY], "09:00-13:00")]


def _doctors_hours(first: date) -> list[_Spans]:
    """The two take turns on Saturdays."""
    second_week = first + timedelta(days=7)
    return [
        [
            *_spans(first, (MONDAY, TUESDAY, FRIDAY), "09:00-12:30", "13:15-17:00"),
            *_spans(first, [THURSDAY], "11:30-15:30", "16:00-20:00"),
            *_spans(first, [SATURDAY], "09:00-13:00", every_weeks=2),
        ],
        [
            *_spans(first, (MONDAY, WEDNESDAY, THURSDAY, FRIDAY), "08:45-12:45", "13:30-17:15"),
            *_spans(second_week, [SATURDAY], "09:00-13:00", every_weeks=2),
        ],
    ]


def _assistants_hours(first: date) -> list[_Spans]:
    """Lunch goes round, so that somebody is always there."""
    return [
        _spans(first, _WEEK, "08:30-12:00", "12:30-16:45"),
        [
            *_spans(first, (MONDAY, TUESDAY, WEDNESDAY, FRIDAY), "08:45-13:00", "13:30-17:30"),
            *_spans(first, [SATURDAY], "09:00-13:00"),
        ],
        [
            *_spans(first, (TUESDAY, WEDNESDAY, FRIDAY), "09:00-12:30", "13:00-17:30"),
            *_spans(first, [THURSDAY], "12:00-16:00", "16:30-20:00"),
        ],
    ]
