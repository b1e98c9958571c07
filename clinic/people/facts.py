"""Facts of a patient: as they are said, as they are kept, and what speaks against them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic.errors import ClinicError, Malformed, Problem, ProblemKind, Refused
from clinic.models import ConsentWay, MessageConsent
from clinic.people.phones import e164
from clinic.places.sites import country_at_home, today_at_home
from clinic.plain_text import lines, one_line, text_problems
from clinic.sentences import sentence as _
from clinic.time.wall_clock import zone_named

# As long as the columns: SQLite would not mind longer texts, PostgreSQL would.
LONGEST_NAME, LONGEST_EMAIL = 100, 254
LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,6})?")


class PatientFacts(TypedDict, total=False):
    """What is said of a patient, each fact by its column; what is not said is not there."""

    given_name: str
    family_name: str
    born_on: date | None
    email: str
    phone: str
    language: str
    zone: str
    message_consent: str
    consent_on: date | None
    consent_how: str
    desk_note: str
    intake_facts: dict[str, Any]


# How a patient is kept of whom nothing was said.
NOTHING_SAID = PatientFacts(
    given_name="",
    family_name="",
    message_consent=MessageConsent.NOT_ASKED,
    consent_on=None,
    consent_how="",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was said as it would be kept, without what is refused, and every refusal."""

    facts: PatientFacts
    refusals: tuple[ClinicError, ...]


def read_facts(
    *, said: PatientFacts, clinic_id: int, now: datetime, stands: PatientFacts = NOTHING_SAID
) -> Reading:
    """Read what is said of a patient of whom `stands` is known: at least what `NOTHING_SAID` names.

    Refused are, as one, what is against a rule (`patient_name_missing`, `patient_name_too_long`,
    `born_in_the_future`, `consent_in_the_future`, `consent_not_asked`), and Malformed each of
    `malformed_email`, `malformed_phone`, `malformed_language`, `malformed_consent`, `malformed_consent_way`,
    `malformed_intake_facts` and `unknown_zone`.
    """
    facts: dict[str, Any] = {}
    refusals: list[ClinicError] = []
    for name, value in said.items():
        try:
            facts[name] = _as_kept(name, value, clinic_id)
        except ClinicError as refusal:
            refusals.append(refusal)
    today = today_at_home(clinic_id=clinic_id, now=now)
    if {"message_consent", "consent_on", "consent_how"} & facts.keys():
        facts |= _settled_consent(facts, stands, today)
    problems = [
        *(_name_problems(facts, stands) if {"given_name", "family_name"} & facts.keys() else ()),
        *_birth_problems(facts.get("born_on"), today),
        *_consent_problems(facts, today),
    ]
    if problems:
        refusals.insert(0, Refused(problems))
    return Reading(cast(PatientFacts, facts), tuple(refusals))


def checked_email(email: str) -> str:
    """The address without spaces around it. Raises Malformed (`malformed_email`)."""
    email = email.strip()
    if email:
        try:
            validate_email(email)
            is_email = len(email) <= LONGEST_EMAIL
        except ValidationError:
            is_email = False
        if not is_email:
            raise Malformed("malformed_email", _("“{email}” is not an e-mail address.", email=email[:80]))
    return email


def _as_kept(name: str, value: Any, clinic_id: int) -> Any:
    if name == "phone":
        return _checked_phone(value, clinic_id=clinic_id)
    return _KEPT.get(name, lambda it: it)(value)


def _checked_phone(phone: str, *, clinic_id: int) -> str:
    """The number in E.164; one without a country code is read as one of the home site's country."""
    if not phone.strip():
        return ""
    if (number := e164(phone, country=country_at_home(clinic_id=clinic_id))) is not None:
        return number
    raise Malformed(
        "malformed_phone",
        _("“{phone}” is not a phone number. Write it with its country code.", phone=phone[:40]),
    )


def _checked_language(language: str) -> str:
    if language and not LANGUAGE.fullmatch(language):
        raise Malformed(
            "malformed_language",
            _("“{language}” is not a language such as en or nl-BE.", language=language),
        )
    return language


def _checked_zone(zone: str) -> str:
    return zone_named(zone).key if zone else ""


def _checked_consent(consent: str) -> str:
    if consent not in MessageConsent.values:
        known = ", ".join(MessageConsent.values)
        raise Malformed(
            "malformed_consent", _("“{consent}” is none of: {known}.", consent=consent, known=known)
        )
    return consent


def _checked_way(way: str) -> str:
    if way and way not in ConsentWay.values:
        known = ", ".join(ConsentWay.values)
        raise Malformed("malformed_consent_way", _("“{way}” is none of: {known}.", way=way[:40], known=known))
    return way


def _checked_intake(facts: dict[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(facts, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        text = None
    # PostgreSQL stores no NUL character.
    if text is None or b"\\u0000" in text:
        raise Malformed("malformed_intake_facts", _("The intake facts hold something that cannot be stored."))
    return facts


_KEPT: Mapping[str, Callable[[Any], Any]] = {
    "given_name": one_line,
    "family_name": one_line,
    "email": checked_email,
    "language": _checked_language,
    "zone": _checked_zone,
    "message_consent": _checked_consent,
    "consent_how": _checked_way,
    "desk_note": lines,
    "intake_facts": _checked_intake,
}


def _settled_consent(facts: Mapping[str, Any], stands: PatientFacts, today: date) -> dict[str, Any]:
    """When and how belong to one answer: a new answer does not keep those of the old one."""
    answer = facts.get("message_consent", stands["message_consent"])
    on = facts.get("consent_on", stands["consent_on"])
    how = facts.get("consent_how", stands["consent_how"])
    if answer != stands["message_consent"]:
        on = None if on == stands["consent_on"] else on
        if "consent_how" not in facts or (
            answer == MessageConsent.NOT_ASKED and how == stands["consent_how"]
        ):
            how = ""
        if answer != MessageConsent.NOT_ASKED:
            on = on or today
    return {"message_consent": answer, "consent_on": on, "consent_how": how}


def _name_problems(facts: Mapping[str, Any], stands: PatientFacts) -> Iterator[Problem]:
    names = [facts.get("given_name", stands["given_name"]), facts.get("family_name", stands["family_name"])]
    given = [name for name in names if name]
    # One name is a name.
    if not given or not all(any(letter.isalpha() for letter in name) for name in given):
        yield Problem("patient_name_missing", ProblemKind.BLOCKER, _("Enter the patient's name."))
    yield from text_problems(max(names, key=len), "patient_name", most=LONGEST_NAME, what=_("each name"))


def _birth_problems(born_on: date | None, today: date) -> Iterator[Problem]:
    if born_on is not None and born_on > today:
        yield Problem(
            "born_in_the_future",
            ProblemKind.BLOCKER,
            _("The date of birth lies in the future. Look at the year again."),
        )


def _consent_problems(facts: Mapping[str, Any], today: date) -> Iterator[Problem]:
    on, how = facts.get("consent_on"), facts.get("consent_how")
    if facts.get("message_consent") == MessageConsent.NOT_ASKED and (on or how):
        yield Problem(
            "consent_not_asked",
            ProblemKind.BLOCKER,
            _("Say whether the patient wants messages, or leave out when and how they said so."),
        )
    if on is not None and on > today:
        yield Problem(
            "consent_in_the_future",
            ProblemKind.BLOCKER,
            _("The day on which the patient said so lies in the future. Look at the date again."),
        )
