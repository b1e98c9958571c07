"""Who is to be called: one line for each patient whom no mail tells what they must know. Reads."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from clinic.identity.actors import Actor
from clinic.models import ExternalId, NamedKind, Patient
from scheduling.messages.call_list import Call, call_list
from scheduling.models import PhoneCall, PhoneOutcome

# More than that nobody reads: the last ones say how it goes.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class PatientToCall:
    """A patient, what to tell them, the most urgent first, and who has tried, the last first.

    `known_as` are names that other systems have for whoever has no phone number here, to look there.
    """

    patient: Patient
    calls: tuple[Call, ...]
    tries: tuple[PhoneCall, ...]
    known_as: tuple[ExternalId, ...] = ()

    @property
    def stamp(self) -> str:
        return stamp_of(self.calls)

    def under_way(self, now: datetime) -> PhoneCall | None:
        """Who is calling at this moment."""
        return next((one for one in self.tries if one.is_under_way(now)), None)

    @property
    def ended(self) -> tuple[PhoneCall, ...]:
        return tuple(one for one in self.tries if one.outcome != PhoneOutcome.UNDER_WAY)

    @property
    def again_at(self) -> datetime | None:
        """When to try again, as the last who tried said."""
        return self.ended[0].again_at if self.ended else None

    def waits(self, now: datetime) -> bool:
        """Whether it is not time yet to try again."""
        return self.again_at is not None and self.again_at > now


def stamp_of(calls: Iterable[Call]) -> str:
    """Another one as soon as there is anything else to tell, or a session stands otherwise."""
    told = sorted((str(one.message.uuid), [(s.pk, s.version) for s in one.sessions]) for one in calls)
    return str(uuid5(NAMESPACE_OID, repr(told)))


def patients_to_call(*, by: Actor, now: datetime) -> list[PatientToCall]:
    """The most urgent first; after them who is to be tried again later. Four queries at most."""
    calls: dict[Patient, list[Call]] = defaultdict(list)
    for one in call_list(by=by, now=now):
        calls[one.message.patient].append(one)
    tries = _tries(calls, by)
    known = _known_elsewhere([patient for patient in calls if not patient.phone], by)
    lines = [
        PatientToCall(patient, tuple(of_patient), tuple(tries[patient.pk]), tuple(known[patient.uuid]))
        for patient, of_patient in calls.items()
    ]
    return sorted(lines, key=lambda line: (line.waits(now), line.again_at if line.waits(now) else now))


def _tries(patients: Collection[Patient], by: Actor) -> dict[int, list[PhoneCall]]:
    """Since the patient was last reached: what was tried before was about something else."""
    found: dict[int, list[PhoneCall]] = defaultdict(list)
    reached: set[int] = set()
    if not patients:
        return found
    for row in PhoneCall.objects.seen_by(by).filter(patient__in=patients).order_by("-began_at", "-pk"):
        if row.outcome == PhoneOutcome.REACHED:
            reached.add(row.patient_id)
        if row.patient_id not in reached and len(found[row.patient_id]) < MOST_TRIES:
            found[row.patient_id].append(row)
    return found


def _known_elsewhere(patients: Sequence[Patient], by: Actor) -> dict[object, list[ExternalId]]:
    found: dict[object, list[ExternalId]] = defaultdict(list)
    if patients:
        named = [patient.uuid for patient in patients]
        rows = ExternalId.objects.of_clinic(by.clinic_id).filter(kind=NamedKind.PATIENT, named__in=named)
        for row in rows.order_by("system", "pk"):
            found[row.named].append(row)
    return found
