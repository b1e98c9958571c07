"""What patients hear of their sessions: the only writer of `Heard`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.models import Patient
from scheduling.models import Facts, Heard, Session

_AT_ALL = ("starts_at", "ends_at", "site", "lead", "is_off", "at")
_IN_BOTH_WAYS = (*_AT_ALL, "by_message")


@dataclass(frozen=True, slots=True)
class Said:
    """What a mail or a person said of one session, whatever is true by now."""

    heard: Heard
    facts: Facts


def hear_promised(*, sessions: Iterable[Session], now: datetime) -> None:
    """Whoever books tells the patient then and there; what they heard of it before stays. One statement."""
    facts = {session: Facts.of(session) for session in sessions}
    Heard.objects.insert(_rows({of: said for of, said in facts.items() if said}, now), ignore_conflicts=True)


def hear_now(*, facts: Mapping[Session, Facts], by_mail_too: bool, now: datetime) -> None:
    """The patients know this of these sessions, by whoever acts. One statement.

    `by_mail_too`: a mail says it besides, and tells it from what the last one said; else none does.
    """
    Heard.objects.bulk_create(
        _rows(facts, now),
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=list(_AT_ALL if by_mail_too else _IN_BOTH_WAYS),
    )


def hear(*, said: Sequence[Said], is_by_mail: bool, now: datetime) -> None:
    """A mail was taken, or somebody phoned. What was erased meanwhile stays so. One statement."""
    rows = sorted(said, key=lambda one: one.heard.session_id)
    for one in rows:
        one.heard.facts, one.heard.at = one.facts, now
        if is_by_mail:
            one.heard.by_message = one.facts.as_json()
    Heard.objects.rewrite([one.heard for one in rows], fields=_IN_BOTH_WAYS if is_by_mail else _AT_ALL)


def said_by_reminding(*, sessions: Iterable[Session]) -> list[Said]:
    """What reminders of the sessions, whose `heard` must be loaded, say that their patients do not know."""
    said = []
    for session in sessions:
        heard, facts = getattr(session, "heard", None), Facts.of(session)
        if heard and facts and {heard.facts, heard.facts_by_message} != {facts}:
            said.append(Said(heard, facts))
    return said


def unheard(*, sessions: Collection[Session]) -> dict[Session, Facts]:
    """Those that are other than their patients believe, with what is true. One query, or none."""
    known = {row.session_id: row.facts_by_message for row in Heard.objects.filter(session__in=sessions)}
    true = {session: facts for session in sessions if (facts := Facts.of(session)) and session.pk in known}
    return {session: facts for session, facts in true.items() if facts.is_news_after(known[session.pk])}


def forget_times(*, sessions: Collection[Session]) -> None:
    """Their patients were told of no time after all. One statement, or none."""
    if sessions:
        Heard.objects.filter(session__in=sessions).delete()


def forget_heard(*, patient: Patient) -> None:
    Heard.objects.filter(session__patient=patient).delete()


def _rows(facts: Mapping[Session, Facts], now: datetime) -> list[Heard]:
    """What is said at all and in writing is the same."""
    rows = []
    for session, said in sorted(facts.items(), key=lambda one: one[0].pk):
        row = Heard(clinic_id=session.clinic_id, session=session, at=now, by_message=said.as_json())
        row.facts = said
        rows.append(row)
    return rows
