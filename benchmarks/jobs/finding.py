"""Patients found as they are typed, in a clinic that has very many."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from django.db import connection, transaction
from django.utils.crypto import get_random_string

from benchmarks.clinic import NOW
from benchmarks.table import Row
from clinic.identity.actors import Actor, task_actor
from clinic.models import Clinic, Diary, Patient, PatientGram
from clinic.people.finding.find import find_patients
from clinic.people.finding.index import index_patients
from clinic.places.founding import NewClinic, found_clinic
from clinic.places.sites_changed import NewSite, open_site

PATIENTS = int(os.environ.get("PATIENTS", "50000"))
MOST_MILLISECONDS = 50
_BATCH, _SEARCHES = 500, 40
# The first of each are far more common than the last, as names are.
_GIVEN = (
    *(
        "Jan",
        "Anna",
        "Johannes",
        "Maria",
        "Sophie",
        "Daan",
        "Emma",
        "Lucas",
        "Julia",
        "Sem",
        "Noor",
        "Fatima",
    ),
    *(
        "Mohammed",
        "Levi",
        "Sara",
        "Thomas",
        "Eva",
        "Lars",
        "Lotte",
        "Joost",
        "Marit",
        "Bram",
        "Fleur",
        "Ruben",
    ),
    *("Iris", "Stijn", "Femke", "Hugo", "Sanne", "Willem", "Elif", "Pieter", "Ayşe", "Jörg", "Zoë", "Łukasz"),
)
_FAMILY = (
    *("Jansen", "de Jong", "de Vries", "van den Berg", "Bakker", "van Dijk", "Visser", "Janssen", "Smit"),
    *("Meijer", "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker"),
    *("Brouwer", "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer", "Kaya", "Yılmaz", "Müller"),
)
_HEADS = (
    *("Ooster", "Wester", "Noorder", "Zuider", "Groen", "Klein", "Groot", "Hoog", "Laag", "Nieuw", "Oude"),
    *("Zand", "Veen", "Water", "Berken", "Eiken"),
)
_TAILS = (
    *("huis", "veld", "kamp", "berg", "hof", "dijk", "meer", "man", "stra", "ma", "broek", "horst", "loo"),
    *("wijk", "brink", "tra"),
)
_DOMAINS = ("mail.example", "post.example", "brief.example", "clinic.example")


def rows() -> Iterator[Row]:
    clinic = found_clinic(
        new=NewClinic(name="Bench", slug=f"bench-{get_random_string(8).lower()}", phone="+31600000000"),
        now=NOW,
    )
    by, chance = task_actor(clinic_id=clinic.pk, label="bench"), Random(50_000)
    open_site(new=NewSite(name="Bench", zone="Europe/Amsterdam", country="NL"), by=by, now=NOW)
    patients = _registered(clinic, chance)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    taken = {name: _milliseconds(by, patients, words, chance) for name, words in _WAYS.items()}
    every = [one for times in taken.values() for one in times]
    grams = PatientGram.objects.of_clinic(clinic.pk).count() / len(patients)
    yield Row("patients", len(patients), note=f"{grams:.0f} grams each, {len(every)} searches")
    yield Row("a patient is found: the median", statistics.median(every), "ms")
    slowest = max(taken, key=lambda name: _most(taken[name]))
    note = f"{_most(taken[slowest]):.1f} ms by {slowest}"
    yield Row("– nineteen of twenty searches", _most(every), "ms", most=MOST_MILLISECONDS, note=note)
    for name, times in taken.items():
        note = f"nineteen of twenty {_most(times):.1f} ms"
        yield Row(f"– by {name}", statistics.median(times), "ms", note=note)


def _registered(clinic: Clinic, chance: Random) -> Sequence[Patient]:
    """As they stand once they are registered, written without the acts."""
    found: list[Patient] = []
    families = [*_FAMILY, *(head + tail for head in _HEADS for tail in _TAILS)]
    for first in range(0, PATIENTS, _BATCH):
        count = min(_BATCH, PATIENTS - first)
        with transaction.atomic():
            diaries = Diary.objects.bulk_create([Diary(clinic=clinic) for _ in range(count)])
            some = [_a_patient(clinic, diary, families, chance) for diary in diaries]
            found += Patient.objects.bulk_create(some)
            index_patients(some)
    return found


def _a_patient(clinic: Clinic, diary: Diary, families: Sequence[str], chance: Random) -> Patient:
    given_name = _GIVEN[int(len(_GIVEN) * chance.random() ** 2)]
    family_name = families[int(len(families) * chance.random() ** 2)]
    local = f"{given_name[0]}.{family_name.replace(' ', '')}{chance.randrange(1000)}".casefold()
    return Patient(
        clinic=clinic,
        diary=diary,
        given_name=given_name,
        family_name=family_name,
        born_on=date(1930, 1, 1) + timedelta(days=chance.randrange(80 * 365)),
        phone=f"+316{chance.randrange(10**8):08}",
        email=f"{local}@{_DOMAINS[int(len(_DOMAINS) * chance.random() ** 2)]}",
        created_at=NOW,
        changed_at=NOW,
    )


def _swapped(word: str) -> str:
    return f"{word[:2]}{word[3:4]}{word[2:3]}{word[4:]}"


_WAYS: dict[str, Callable[[Patient], str]] = {
    "the name as the list prints it": lambda one: one.listed_name,
    "four letters of the family name": lambda one: one.family_name[-4:],
    "the family name with a slip": lambda one: _swapped(one.family_name),
    "both names with a slip each": lambda one: f"{_swapped(one.given_name)} {_swapped(one.family_name)}",
    "the family name and the year of birth": lambda one: f"{one.family_name} {one.born_on:%Y}",
    "the day of birth": lambda one: f"{one.born_on:%d-%m-%Y}",
    "the last four digits": lambda one: one.phone[-4:],
    "the whole number": lambda one: f"06-{one.phone[4:]}",
    "the address": lambda one: one.email,
    "two letters": lambda one: one.family_name[:2],
}


def _milliseconds(
    by: Actor, patients: Sequence[Patient], words: Callable[[Patient], str], chance: Random
) -> list[float]:
    """On the wall, for PostgreSQL works in a process of its own; once warm."""
    taken = []
    for patient in chance.choices(patients, k=_SEARCHES + 2):
        began = time.perf_counter()
        find_patients(by=by, words=words(patient))
        taken.append((time.perf_counter() - began) * 1000)
    return taken[2:]


def _most(times: Sequence[float]) -> float:
    return sorted(times)[len(times) * 19 // 20]
