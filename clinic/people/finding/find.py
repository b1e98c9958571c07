"""Finding patients by whatever is known of them, slips of typing allowed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Substr

from clinic.identity.actors import Actor
from clinic.models import Patient, PatientGram
from clinic.people.finding.grams import TELLING_KINDS, words_known
from clinic.people.finding.slips import slips_allowed, slips_between, slips_to_beginning
from clinic.people.finding.terms import Term, grams_asked, terms_of
from clinic.places.sites import country_at_home
from clinic.plain_text import one_line

# So many are compared with what was typed, and no more are found.
MOST_RANKED = 200
# A gram that tells more than a piece of a word counts as so many pieces.
_TELLS = 4
_FROM_HERE_ON_BEGINNINGS_SLIP = 5

# Slips, and how well the rest fits: the less, the better.
Fit = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """Who fits, the likest first. `is_cut`: there may be more than were looked at."""

    patients: tuple[Patient, ...] = ()
    sole: Patient | None = None
    is_cut: bool = False

    def first(self, most: int) -> "Found":
        """The likest so many."""
        return Found(self.patients[:most], self.sole, self.is_cut or len(self.patients) > most)


def patients_seen(*, by: Actor) -> QuerySet[Patient]:
    """All whom the actor may see, but for those erased. Unordered."""
    rows: QuerySet[Patient] = Patient.objects.seen_by(by).filter(erased_at__isnull=True)
    return rows


def find_patients(*, by: Actor, words: str) -> Found:
    """Patients the actor may see whom all of the words fit, at most `MOST_RANKED`.

    Words are any parts of the name, in any order; the end of a phone number or the whole of it, in any
    writing; part of a mail address, with its @ or a dot; a day of birth in any usual form, or its year; what
    another system calls them. A word that is short has one slip, a long one two; of one or two letters a name
    begins. Who is the only one, without a slip, is `sole`. Four queries, or two if there is nobody.
    """
    terms = terms_of(one_line(words), country=country_at_home(clinic_id=by.clinic_id) or "")
    if not terms:
        return Found()
    keys = _candidates(terms, by)
    if not keys:
        return Found()
    rows = list(patients_seen(by=by).filter(pk__in=keys))
    ids = _ids(terms, keys, by)
    look = _Look(terms)
    fitting = [(fit, row) for row in rows if (fit := look.fit(row, ids[row.pk])) is not None]
    fitting.sort(key=lambda one: (one[0], *look.name(one[1]), one[1].pk))
    is_sole = len(fitting) == 1 and fitting[0][0][0] == 0
    return Found(
        tuple(row for _, row in fitting), fitting[0][1] if is_sole else None, len(keys) == MOST_RANKED
    )


def weighed(rows: QuerySet[PatientGram]) -> Any:
    """Of these grams the patients that they are of, and what they weigh together: `patient_id`, `weight`."""
    tells = When(kind__in=TELLING_KINDS, then=Value(_TELLS))
    weight = Sum(Case(tells, default=Value(1), output_field=IntegerField()))
    return rows.annotate(kind=Substr("gram", 1, 1)).values("patient_id").annotate(weight=weight)


def _candidates(terms: Sequence[Term], by: Actor) -> list[int]:
    """Those who share most with what was typed: after the fence, so that nobody else's crowd them out."""
    rows = weighed(PatientGram.objects.seen_by(by).filter(gram__in=sorted(grams_asked(terms))))
    if all(term.is_short for term in terms):
        # Very many begin so: those who stand first in the list.
        rows = rows.order_by("patient__family_name", "patient__given_name", "patient_id")
    else:
        rows = rows.order_by("-weight", "patient_id")
    return [row["patient_id"] for row in rows[:MOST_RANKED]]


def _ids(terms: Sequence[Term], keys: Sequence[int], by: Actor) -> dict[int, set[str]]:
    """By which names elsewhere, of those that were typed, each is known."""
    asked = sorted({gram for term in terms for gram in term.ids})
    rows = PatientGram.objects.of_clinic(by.clinic_id).filter(gram__in=asked or [""], patient__in=keys)
    found: dict[int, set[str]] = defaultdict(set)
    for patient_id, gram in rows.values_list("patient_id", "gram"):
        found[patient_id].add(gram)
    return found


@dataclass(slots=True)
class _Look:
    """One comparison with many patients. Each name is read once, and each pair of words compared once."""

    terms: Sequence[Term]
    compared: dict[tuple[str, str], Fit | None] = field(default_factory=dict)
    read: dict[str, list[str]] = field(default_factory=dict)

    def fit(self, patient: Patient, ids: set[str]) -> Fit | None:
        """How well all terms fit together; None unless each does."""
        names = [word for name in (patient.family_name, patient.given_name) for word in self._words(name)]
        fits = [self._term(term, patient, names, ids) for term in self.terms]
        return _together(fits)

    def name(self, patient: Patient) -> tuple[list[str], list[str]]:
        """By which equals stand in order."""
        return self._words(patient.family_name), self._words(patient.given_name)

    def _words(self, name: str) -> list[str]:
        if name not in self.read:
            self.read[name] = words_known(name)
        return self.read[name]

    def _term(self, term: Term, patient: Patient, names: Sequence[str], ids: set[str]) -> Fit | None:
        fits = [
            (0, 0) if not term.ids.isdisjoint(ids) or patient.born_on in term.births else None,
            (0, 1) if patient.born_on and patient.born_on.year == term.year else None,
            _phone(term, patient.phone.removeprefix("+")),
            (0, 1) if term.mail and term.mail in patient.email.casefold() else None,
            _together([self._word(word, names) for word in term.words]) if term.words else None,
        ]
        return min((fit for fit in fits if fit is not None), default=None)

    def _word(self, typed: str, names: Sequence[str]) -> Fit | None:
        fits = (self._pair(typed, name) for name in names)
        return min((fit for fit in fits if fit is not None), default=None)

    def _pair(self, typed: str, name: str) -> Fit | None:
        if (typed, name) not in self.compared:
            self.compared[typed, name] = _compared(typed, name)
        return self.compared[typed, name]


def _together(fits: Sequence[Fit | None]) -> Fit | None:
    told = [fit for fit in fits if fit is not None]
    return (sum(s for s, _ in told), sum(q for _, q in told)) if len(told) == len(fits) else None


def _compared(typed: str, name: str) -> Fit | None:
    if typed == name:
        return 0, 0
    if name.startswith(typed):
        return 0, 1
    most = slips_allowed(typed)
    if not most:
        return None
    if typed in name:
        return 0, 2
    if (slips := slips_between(typed, name, most=most)) is not None:
        return slips, 3
    if len(typed) < _FROM_HERE_ON_BEGINNINGS_SLIP:
        return None
    slips = slips_to_beginning(typed, name, most=most)
    return (slips, 4) if slips is not None else None


def _phone(term: Term, digits: str) -> Fit | None:
    if digits and digits in term.begins:
        return 0, 0
    if digits and (digits.endswith(term.ends) or digits.startswith(term.begins)):
        return 0, 1
    return None
