"""Speakers: the members on whose word reception sets rules aside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from clinic.errors import NotAllowed, Problem, Unknown
from clinic.identity.actors import Actor, Role, Speaker
from clinic.identity.permissions import SPEAKERS, may_pass, may_take_a_word
from clinic.models import Clinic, Membership, Resource
from clinic.sentences import sentence as _


def speakers_for(*, by: Actor, now: datetime) -> list[Speaker]:
    """On whose word the actor may set rules aside, by name. Nobody's where they decide in person, where they
    may set nothing aside, and where the clinic switched it off. One query at most.
    """
    return [_speaker(row) for row in members_who_speak(by=by, now=now)] if may_take_a_word(by=by) else []


def members_who_speak(*, by: Actor, now: datetime) -> list[Membership]:
    """The same as rows, whoever asks."""
    rows = _speaking(by, now).filter(clinic__takes_words=True).select_related("user", "practitioner")
    return list(rows.order_by("user__name", "pk"))


def on_word_of(*, by: Actor, member: UUID, now: datetime) -> Actor:
    """The actor, on the word of the clinic's member with that public id of a user.

    Raises NotAllowed (`word_not_needed` for who decides in person, `may_not_take_word` for who may set
    nothing aside, `words_switched_off`, `has_no_word` for a member of another role) and Unknown
    (`unknown_member`, also for who has left).
    """
    row = Membership.objects.of_clinic(by.clinic_id).filter(user__uuid=member).select_related("user").first()
    if row is None or not row.user.is_active:
        raise Unknown("unknown_member", _("There is no such member in this clinic."))
    said = by.saying(_speaker(row))
    refuse_unless_word_counts(by=said, now=now)
    return said


def refuse_unless_word_counts(*, by: Actor, now: datetime) -> None:
    """Raise what `on_word_of` raises, for how the clinic and the member stand now."""
    said = by.on_word_of
    assert said is not None, "asked of who acts on a word"
    if by.role in SPEAKERS:
        raise NotAllowed(
            "word_not_needed",
            _("You decide this yourself, in your own name. Give a reason, and name nobody."),
        )
    if not may_take_a_word(by=by):
        raise NotAllowed("may_not_take_word", _("You may set no rules aside, on nobody’s word either."))
    if not Clinic.objects.filter(pk=by.clinic_id, takes_words=True).exists():
        raise NotAllowed(
            "words_switched_off",
            _("In this clinic nobody sets rules aside on the word of another. Ask them to do it in person."),
        )
    if not _speaking(by, now).filter(user=said.user_id, role=said.role).exists():
        raise NotAllowed(
            "has_no_word",
            _(
                "On the word of {name} no rule is set aside. Name a practitioner or an owner who works here.",
                name=said.name,
            ),
        )


def could_pass(problems: Iterable[Problem], *, by: Actor, speakers: Iterable[Speaker]) -> bool:
    """Whether nothing keeps the actor from it, or nothing that a reason opens: their own, or a speaker's."""
    found = list(problems)
    return any(
        all(may_pass(by=one, problem=problem) for problem in found)
        for one in (by, *(by.saying(speaker) for speaker in speakers))
    )


def who_could(problems: Iterable[Problem], *, by: Actor, speakers: Iterable[Speaker]) -> list[Speaker]:
    """On whose word what the actor may not set aside could be; nobody's where that helps nothing."""
    found = list(problems)
    if all(may_pass(by=by, problem=problem) for problem in found):
        return []
    return [
        speaker
        for speaker in speakers
        if all(may_pass(by=by.saying(speaker), problem=problem) for problem in found)
    ]


def _speaking(by: Actor, now: datetime) -> QuerySet[Membership]:
    """Members of the clinic who may be named: they are let in, and a practitioner works there still."""
    rows: QuerySet[Membership] = Membership.objects.of_clinic(by.clinic_id).filter(
        role__in=SPEAKERS, user__is_active=True
    )
    works_here = Q(practitioner__in=Resource.objects.of_clinic(by.clinic_id).not_retired(now))
    return rows.filter(Q(practitioner__isnull=True) | works_here | Q(role=Role.OWNER))


def _speaker(row: Membership) -> Speaker:
    return Speaker(row.user_id, str(row.user.uuid), row.user.name or str(row.user), Role(row.role))
