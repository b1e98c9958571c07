"""Mails of every kind as patients get them, written about rows that are in no database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.models import Clinic, Patient, Site
from scheduling.messages.compose import compose
from scheduling.messages.payload import Comes, News, ToldSession, WhatNext, booked_session
from scheduling.models import Facts, Heard, Message, MessageKind, Offer, Session, Wait
from tests.support.words.pseudo_locale import texts_in
from treatments.models import Plan, SessionType, StepKind

# A Thursday, 14:30 in Amsterdam.
AT = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
LASTS = timedelta(minutes=25)
DAY = timedelta(days=1)
Letters = Iterator[tuple[str, News]]


@dataclass(frozen=True)
class Correspondence:
    """A clinic that writes to one patient in one language, about sessions at two sites."""

    language: str
    zone: str = ""
    phone: str = "+31201234567"
    email: str = "desk@clinic.example"
    names_treatments: bool = False

    @property
    def clinic(self) -> Clinic:
        return Clinic(
            pk=1,
            name="Hair & Skin Clinic",
            phone=self.phone,
            email=self.email,
            names_treatments=self.names_treatments,
        )

    @property
    def patient(self) -> Patient:
        return Patient(
            pk=1,
            clinic=self.clinic,
            given_name="Marit",
            family_name="de Vries",
            email="marit@patients.example",
            language=self.language,
            zone=self.zone,
        )

    def session(self, at: datetime = AT, *, site: Site | None = None, number: int = 0) -> Session:
        """With a number it is a treatment of a course of five."""
        return Session(
            uuid=UUID(int=number),
            clinic=self.clinic,
            patient=self.patient,
            session_type=SessionType(name="PRP + mesotherapy"),
            plan=Plan(session_count=5) if number else None,
            kind=StepKind.TREATMENT,
            number=number or 1,
            site=site or here(),
            starts_at=at,
            ends_at=at + LASTS,
            changed_at=NOW,
        )

    def message(self, kind: MessageKind, session: Session | None = None) -> Message:
        return Message(clinic=self.clinic, patient=self.patient, kind=kind, session=session, key="one")

    def reminder(self, *sessions: Session, addressee: str = "") -> News:
        first, *others = (self.message(MessageKind.REMINDER, session) for session in sessions)
        return News(first, others=tuple(others), addressee=addressee)

    def notice(self, *told: ToldSession, comes: Comes = Comes.AS_BOOKED, then: Session | None = None) -> News:
        return News(
            self.message(MessageKind.NOTICE), sessions=told, next=WhatNext(comes, booked_session(then))
        )

    def offer(self, session: Session | None) -> News:
        wait = Wait(clinic=self.clinic, patient=self.patient, session=session or self.due())
        offer = Offer(
            uuid=UUID(int=7),
            wait=wait,
            site=here(),
            starts_at=AT - 6 * DAY,
            ends_at=AT - 6 * DAY + LASTS,
            expires_at=NOW + timedelta(hours=2),
        )
        return News(self.message(MessageKind.OFFER), offer=offer)

    def due(self) -> Session:
        due = self.session(number=2)
        due.site = due.starts_at = due.ends_at = None
        return due


def here() -> Site:
    return Site(
        pk=1, name="Keizersgracht", zone="Europe/Amsterdam", address="Keizersgracht 1\n1015 CJ Amsterdam"
    )


def nearby() -> Site:
    return Site(pk=3, name="Prinsengracht", zone="Europe/Amsterdam", address="Prinsengracht 9")


def there() -> Site:
    return Site(pk=2, name="Rua Augusta", zone="Europe/Lisbon", address="Rua Augusta 7")


def told(session: Session, *, was_site: Site | None = None, is_off: bool = False, **was: Any) -> ToldSession:
    """What the patient believes of the session otherwise than it is; `was` are facts."""
    assert session.starts_at
    assert session.ends_at
    assert session.site
    now = Facts(session.starts_at, session.ends_at, session.site.pk, "Dr Osei", is_off)
    heard = replace(now, is_off=False, **was)
    return ToldSession(Heard(session=session), heard, was_site or session.site, now)


def moved(session: Session, *, by: timedelta = DAY) -> ToldSession:
    assert session.starts_at
    assert session.ends_at
    return told(session, starts_at=session.starts_at - by, ends_at=session.ends_at - by)


def letters(language: str) -> Letters:
    """(what it is about, its news): every kind, one visit and several, and what differs with the facts."""
    usual = Correspondence(language)
    named = Correspondence(language, names_treatments=True, email="")
    abroad = Correspondence(language, zone="America/New_York", phone="", email="")
    yield from _reminders(usual, named, abroad)
    yield from _moves(usual, named, abroad)
    yield from _cancellations(usual, named, abroad)
    yield "an offer of an earlier time", usual.offer(usual.session(number=2))
    yield "an offer to somebody abroad who has no time", abroad.offer(None)


def _reminders(usual: Correspondence, named: Correspondence, abroad: Correspondence) -> Letters:
    yield "reminder of a visit", usual.reminder(usual.session())
    yield "reminder of a visit today", usual.reminder(usual.session(NOW + timedelta(hours=3)))
    yield "reminder of a visit tomorrow", usual.reminder(usual.session(NOW + DAY), addressee="Marit de Vries")
    yield (
        "reminder of two today",
        usual.reminder(usual.session(NOW + timedelta(hours=3)), usual.session(NOW + timedelta(hours=5))),
    )
    yield "reminder of one of a course", named.reminder(named.session(number=2))
    yield "reminder to somebody abroad", abroad.reminder(abroad.session(number=2))
    yield (
        "reminder of two at one site",
        named.reminder(named.session(number=2), named.session(AT + timedelta(hours=1))),
    )
    yield (
        "reminder of two at two sites",
        usual.reminder(usual.session(number=2), usual.session(AT + DAY / 12, site=there())),
    )


def _moves(usual: Correspondence, named: Correspondence, abroad: Correspondence) -> Letters:
    yield "a visit moved", usual.notice(moved(usual.session(number=2)))
    yield "a visit moved, to somebody abroad", abroad.notice(moved(abroad.session(number=2)))
    yield (
        "a visit moved to another site and another doctor",
        named.notice(told(named.session(number=2, site=there()), was_site=here(), lead="Dr Meier")),
    )
    yield "another doctor at the same hour", usual.notice(told(usual.session(number=2), lead="Dr Meier"))
    yield (
        "another site in the same city at the same hour",
        usual.notice(told(usual.session(number=2, site=nearby()), was_site=here(), site_id=here().pk)),
    )
    yield "a visit is on again", usual.notice(replace(moved(usual.session()), was=_off(usual.session())))
    yield "two moved", usual.notice(moved(usual.session(number=2)), moved(usual.session(AT + 14 * DAY)))
    yield (
        "two changed, one of them in time",
        usual.notice(moved(usual.session(number=2)), told(usual.session(AT + DAY), lead="Dr Meier")),
    )


def _cancellations(usual: Correspondence, named: Correspondence, abroad: Correspondence) -> Letters:
    yield "a visit cancelled", usual.notice(told(usual.session(number=2), is_off=True))
    yield (
        "a visit cancelled that is to be booked anew",
        usual.notice(
            told(usual.session(number=2), is_off=True),
            comes=Comes.NEW_TIME,
            then=usual.session(AT + 14 * DAY, number=3),
        ),
    )
    yield (
        "two cancelled by a pause",
        usual.notice(
            told(usual.session(number=2), is_off=True),
            told(usual.session(AT + 14 * DAY, number=3), is_off=True),
            comes=Comes.PAUSE,
        ),
    )
    yield (
        "a course stopped",
        usual.notice(told(usual.session(number=2), is_off=True), comes=Comes.END),
    )
    yield "a visit cancelled, to somebody abroad", abroad.notice(told(abroad.session(), is_off=True))
    yield (
        "two cancelled, at two sites",
        named.notice(
            told(named.session(number=2), is_off=True), told(named.session(site=there()), is_off=True)
        ),
    )
    yield (
        "one moved and one cancelled",
        usual.notice(moved(usual.session(number=2)), told(usual.session(AT + 14 * DAY), is_off=True)),
    )


def _off(session: Session) -> Facts:
    assert session.starts_at
    assert session.ends_at
    return Facts(session.starts_at, session.ends_at, 1, "Dr Osei", is_off=True)


def as_read(news: News) -> str:
    """The subject, the plain text, and the text of the HTML, piece by piece."""
    mail = compose(news=news, now=NOW)
    [(html, _)] = [part for part in mail.alternatives if part[1] == "text/html"]
    lines = "".join(f"| {text}\n" for text in texts_in(str(html)))
    return f"{mail.subject}\n\n{mail.body}\n{lines}"
