"""Permissions: the one table. Use cases ask it, pages hide by it, nothing else decides. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.errors import NotAllowed, Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import ROLE_NAMES, Actor, ActorKind, Role, Scope
from clinic.plain_text import text_problems
from clinic.sentences import sentence as _


class Act(StrEnum):
    """Everything that someone may or may not do, in the words of the audit trail."""

    SEE_PLACES = "see_places"
    SEE_PATIENTS = "see_patients"
    SEE_CALENDAR = "see_calendar"
    REGISTER_PATIENT = "register_patient"
    PRESCRIBE = "prescribe"
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    AMEND = "amend"
    WAIT = "wait"
    ANSWER_OFFER = "answer_offer"
    HOLD = "hold"
    PUSH_DAY = "push_day"
    TELL = "tell"
    RAISE_CONCERN = "raise_concern"
    SEE_CONCERNS = "see_concerns"
    CLEAR_CONCERN = "clear_concern"
    ATTEND = "attend"
    CORRECT = "correct"
    CORRECT_RECORD = "correct_record"
    EXPORT_PATIENT = "export_patient"
    ERASE_PATIENT = "erase_patient"
    UNDO = "undo"
    MANAGE_PLACES = "manage_places"
    MANAGE_CATALOGUE = "manage_catalogue"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_KEYS = "manage_keys"
    MANAGE_FEEDS = "manage_feeds"
    MANAGE_CLINIC = "manage_clinic"
    MANAGE_DEVICES = "manage_devices"
    SEE_TRAIL = "see_trail"
    NAME_ELSEWHERE = "name_elsewhere"
    ANSWER_WORD = "answer_word"
    IMPORT = "import"
    CHANGE_PATIENT = "change_patient"


_SEE = frozenset({Act.SEE_PLACES, Act.SEE_PATIENTS, Act.SEE_CALENDAR})
# What a booking desk does all day, and what keys may do with it.
_BOOK = frozenset(
    {
        Act.PRESCRIBE,
        Act.BOOK,
        Act.MOVE,
        Act.CANCEL,
        Act.AMEND,
        Act.HOLD,
        Act.ATTEND,
        Act.CORRECT,
        Act.WAIT,
        Act.ANSWER_OFFER,
        Act.PUSH_DAY,
        Act.TELL,
        Act.RAISE_CONCERN,
        # What one may do, one may undo: each act asks for its own right as well.
        Act.UNDO,
    }
)
_DESK = _SEE | _BOOK | {Act.REGISTER_PATIENT, Act.NAME_ELSEWHERE, Act.CHANGE_PATIENT}
# What a patient answered about medicines or a pregnancy, and what was done to them, is for those who treat.
_TREAT = frozenset({Act.SEE_CONCERNS, Act.CLEAR_CONCERN, Act.CORRECT_RECORD, Act.ANSWER_WORD})
_MANAGE = frozenset(
    {
        Act.MANAGE_PLACES,
        Act.MANAGE_CATALOGUE,
        Act.MANAGE_MEMBERS,
        Act.MANAGE_KEYS,
        Act.MANAGE_FEEDS,
        Act.MANAGE_CLINIC,
        Act.MANAGE_DEVICES,
    }
)
EVERYTHING = frozenset(Act)

ROLES: Mapping[Role, frozenset[Act]] = MappingProxyType(
    {
        Role.OWNER: EVERYTHING,
        Role.ADMINISTRATOR: _DESK
        | _MANAGE
        | {Act.EXPORT_PATIENT, Act.ERASE_PATIENT, Act.SEE_TRAIL, Act.IMPORT},
        Role.RECEPTIONIST: _DESK | {Act.EXPORT_PATIENT},
        # In their own diary, and for their own patients.
        Role.PRACTITIONER: _DESK | _TREAT | {Act.MANAGE_FEEDS},
        Role.AUDITOR: frozenset({Act.SEE_TRAIL}),
    }
)
SCOPES: Mapping[Scope, frozenset[Act]] = MappingProxyType(
    {
        Scope.PATIENTS_READ: frozenset({Act.SEE_PATIENTS}),
        Scope.PATIENTS_WRITE: frozenset({Act.REGISTER_PATIENT, Act.NAME_ELSEWHERE, Act.CHANGE_PATIENT}),
        Scope.PATIENTS_EXPORT: frozenset({Act.EXPORT_PATIENT}),
        Scope.CALENDAR_READ: frozenset({Act.SEE_CALENDAR, Act.SEE_PLACES}),
        Scope.BOOKING_WRITE: _BOOK,
        # These open nothing by themselves: see WAIVES_AS.
        Scope.WAIVE_AS_RECEPTIONIST: frozenset(),
        Scope.WAIVE_AS_ADMINISTRATOR: frozenset(),
        Scope.WAIVE_AS_PRACTITIONER: frozenset(),
        # For whoever is named in a program of theirs. What names them needs no such scope.
        Scope.ANSWER_WORDS: frozenset({Act.ANSWER_WORD}),
        Scope.PLACES_WRITE: frozenset({Act.MANAGE_PLACES, Act.UNDO}),
        Scope.IMPORT: frozenset({Act.IMPORT}),
        Scope.FEEDS_WRITE: frozenset({Act.MANAGE_FEEDS}),
        Scope.CLINIC_WRITE: frozenset({Act.MANAGE_CLINIC}),
    }
)
# What patients do themselves, by a link that only they have.
BY_LINK = frozenset({Act.ANSWER_OFFER})
# What lets someone in, or says how one gets in, and all that is kept of a patient, to be taken along or
# lost. A few digits at a shared desk are too little for that.
NOT_BY_PIN = frozenset(
    {
        Act.MANAGE_MEMBERS,
        Act.MANAGE_KEYS,
        Act.MANAGE_FEEDS,
        Act.MANAGE_CLINIC,
        Act.EXPORT_PATIENT,
        Act.ERASE_PATIENT,
    }
)
# Clinical rules are set aside by those who answer for the treatment, with a reason; the clinic's own
# ones by those who answer for the day, or by whoever sits at the desk.
_TREATS = frozenset({Role.OWNER, Role.PRACTITIONER})
_ANSWERS = _TREATS | {Role.ADMINISTRATOR}
_AT_DESK = _ANSWERS | {Role.RECEPTIONIST}
WAIVERS: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "sessions_out_of_range": _TREATS,
        "outside_window": _AT_DESK,
        "far_outside_window": _TREATS,
        "outside_hours": _ANSWERS,
        "rest_short": _AT_DESK,
        "rest_far_too_short": _TREATS,
        "rest_same_day": _TREATS,
        "moved_too_often": _AT_DESK,
        "moved_late": _AT_DESK,
        "late_cancel": _ANSWERS,
        "booked_otherwise": _TREATS,
    }
)
LONGEST_WAIVER = 300
# On whose word others set rules aside, each what they may themselves; and what nobody does for another.
SPEAKERS = _TREATS
IN_PERSON = frozenset({"rest_same_day"})
# The role for which a key sets rules aside. An owner sets aside no more than a practitioner.
WAIVES_AS: Mapping[Scope, Role] = MappingProxyType(
    {
        Scope.WAIVE_AS_RECEPTIONIST: Role.RECEPTIONIST,
        Scope.WAIVE_AS_ADMINISTRATOR: Role.ADMINISTRATOR,
        Scope.WAIVE_AS_PRACTITIONER: Role.PRACTITIONER,
    }
)
# How long time may be held for a patient who has not decided; an auditor may not hold at all.
LONGEST_HOLD: Mapping[Role, timedelta] = MappingProxyType(
    {
        Role.OWNER: timedelta(days=7),
        Role.ADMINISTRATOR: timedelta(days=7),
        Role.RECEPTIONIST: timedelta(days=3),
        Role.PRACTITIONER: timedelta(days=3),
    }
)
LONGEST_HOLD_OF_A_KEY = timedelta(hours=2)


def may(*, by: Actor, act: Act) -> bool:
    if by.kind is ActorKind.TASK:
        # The operator's commands and the service's own tasks.
        return True
    if by.kind is ActorKind.PATIENT:
        return act in BY_LINK
    if by.role is not None:
        return act in ROLES[by.role]
    return any(act in SCOPES[scope] for scope in by.scopes)


def may_waive(*, by: Actor, code: str) -> bool:
    """Whether the actor may set aside the rule with this problem code, themselves or on a word."""
    return not _waiving_roles(by).isdisjoint(WAIVERS.get(code, frozenset())) or is_on_a_word(by=by, code=code)


def is_on_a_word(*, by: Actor, code: str) -> bool:
    """Whether the word on which the actor acts counts for the rule."""
    said = by.on_word_of
    return (
        said is not None
        and may_take_a_word(by=by)
        and code not in IN_PERSON
        and said.role in SPEAKERS & WAIVERS.get(code, frozenset())
    )


def may_take_a_word(*, by: Actor) -> bool:
    """Whether the actor may set rules aside on the word of another: who sits at the desk, and their programs.

    Whoever could give a word decides in person. A key that sets nothing aside needs a scope that does.
    """
    return by.role not in SPEAKERS and not _waiving_roles(by).isdisjoint(_AT_DESK)


def _waiving_roles(by: Actor) -> set[Role | None]:
    return {by.role, *(WAIVES_AS.get(scope) for scope in by.scopes)}


def may_pass(*, by: Actor, problem: Problem) -> bool:
    """Whether the problem keeps the actor from nothing, or from nothing that a reason does not open."""
    if problem.kind is ProblemKind.WAIVABLE:
        return may_waive(by=by, code=problem.code)
    return problem.kind is ProblemKind.WARNING


def may_give(*, by: Actor, scope: Scope) -> bool:
    """Whether the actor may let a key have the scope: nobody gives away what they may not do themselves."""
    if by.kind is ActorKind.TASK:
        return True
    role = WAIVES_AS.get(scope)
    waives = [code for code, roles in WAIVERS.items() if role in roles]
    return all(may(by=by, act=act) for act in SCOPES[scope]) and all(
        may_waive(by=by, code=code) for code in waives
    )


def waivable_by(*, code: str) -> list[str]:
    """The roles that may set the rule aside, in alphabetical order."""
    return sorted(WAIVERS.get(code, frozenset()))


def set_aside(*, problems: Iterable[Problem], waiver: str, by: Actor) -> list[Problem]:
    """Those of the problems that the actor sets aside by giving a reason.

    Raises Refused for any other, and for a reason that is too long to be kept (`reason_too_long`).
    """
    said = [*problems, *text_problems(waiver.strip(), "reason", most=LONGEST_WAIVER)]
    waived = [
        problem
        for problem in said
        if problem.kind is ProblemKind.WAIVABLE and waiver.strip() and may_waive(by=by, code=problem.code)
    ]
    refuse_if_any(said, waived=frozenset(problem.code for problem in waived))
    return waived


def waived_entry(*, code: str, reason: str, by: Actor, now: datetime) -> dict[str, str]:
    """What is kept of one rule that was set aside: which, why and by whom, and on whose word, if on one."""
    entry = {"code": code, "reason": reason.strip(), "by": str(by)}
    if by.on_word_of is not None and is_on_a_word(by=by, code=code):
        entry |= {"on_word_of": by.on_word_of.reference, "at": now.isoformat()}
    return entry


def longest_hold(*, by: Actor) -> timedelta:
    """How long the actor, who may hold, may hold time at most."""
    return LONGEST_HOLD[by.role] if by.role is not None else LONGEST_HOLD_OF_A_KEY


def refuse_unless_may(*, by: Actor, act: Act) -> None:
    """Raise NotAllowed: `scope_missing` for an access key, `not_allowed` for a person."""
    if may(by=by, act=act):
        return
    if by.kind is ActorKind.KEY:
        wanted = next((scope for scope, acts in SCOPES.items() if act in acts), None)
        lacks = _("it lacks “{scope}”", scope=wanted) if wanted else _("no key may")
        raise NotAllowed("scope_missing", _("This access key may not do that: {lacks}.", lacks=lacks))
    role = ROLE_NAMES[by.role] if by.role else by.kind.value
    raise NotAllowed(
        "not_allowed",
        _(
            "As {role} you may not do that. Ask the clinic’s owner or administrator, who can "
            "change your role.",
            role=role,
        ),
    )
