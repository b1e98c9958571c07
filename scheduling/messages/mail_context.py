"""What else a mail says: what comes after sessions that are off, and for whom of an address it is. Reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models.functions import Lower

from clinic.models import Patient
from scheduling.messages.payload import Comes, News, WhatNext, booked_session
from scheduling.models import AHEAD, Session, SessionStatus
from treatments.models import PlanState

_ENDED = (PlanState.COMPLETED, PlanState.STOPPED)


def in_context(*, news: Sequence[News], now: datetime) -> list[News]:
    """The same with what comes next and who is meant. Two queries at most."""
    names = _addressees([one.message.patient for one in news])
    plans = {one.message.plan_id for one in news if any(told.now.is_off for told in one.sessions)}
    courses = _courses({plan for plan in plans if plan is not None})
    return [
        replace(
            one,
            addressee=names.get(one.message.patient_id, ""),
            next=_what_next(one, courses.get(one.message.plan_id or 0, ()), now),
        )
        for one in news
    ]


def _addressees(patients: Iterable[Patient]) -> Mapping[int, str]:
    """By patient who shares an address with others of the clinic: a first name, or a whole one."""
    asked = {patient.pk: patient for patient in patients if patient.email}
    if not asked:
        return {}
    alike = Patient.objects.annotate(address=Lower("email")).filter(
        clinic__in={patient.clinic_id for patient in asked.values()},
        address__in={patient.email.lower() for patient in asked.values()},
    )
    at_address: dict[tuple[int, str], list[Patient]] = defaultdict(list)
    for patient in alike.order_by("pk"):
        at_address[patient.clinic_id, patient.email.lower()].append(patient)
    return {
        patient.pk: _told_apart(patient, among)
        for patient in asked.values()
        if len(among := at_address[patient.clinic_id, patient.email.lower()]) > 1
    }


def _told_apart(patient: Patient, among: Collection[Patient]) -> str:
    first_names = [one.given_name.casefold() for one in among]
    is_one = first_names.count(patient.given_name.casefold()) == 1
    return patient.given_name if is_one and patient.given_name else str(patient)


def _courses(plans: Collection[int]) -> Mapping[int, Sequence[Session]]:
    found: dict[int, list[Session]] = defaultdict(list)
    if plans:
        rows = Session.objects.filter(plan__in=plans).select_related("plan", "site")
        for session in rows.order_by("starts_at", "pk"):
            found[session.plan_id or 0].append(session)
    return found


def _what_next(news: News, course: Sequence[Session], now: datetime) -> WhatNext:
    if not course or course[0].plan is None:
        return WhatNext()
    state, ahead = course[0].plan.state, [session for session in course if session.status in AHEAD]
    booked = next((one for one in map(booked_session, ahead) if one and one.starts_at > now), None)
    if state == PlanState.PAUSED:
        return WhatNext(Comes.PAUSE, booked)
    if state in _ENDED:
        return WhatNext(Comes.END, booked)
    # Others may be due as well: the patient is promised a time for what is off alone.
    due = {(one.kind, one.number) for one in course if one.status == SessionStatus.DUE}
    off = {(told.session.kind, told.session.number) for told in news.sessions if told.now.is_off}
    return WhatNext(Comes.AS_BOOKED if due.isdisjoint(off) else Comes.NEW_TIME, booked)
