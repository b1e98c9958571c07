"""Mail in tests: booked sessions at any hour, and an SMTP server that says what the test wants."""

import asyncio
import email
import email.policy
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from typing import Any, NoReturn, cast

import icalendar
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Conversation
from django.conf import settings
from django.db import connection, transaction

from clinic.models import Clinic, Patient, Site
from clinic.running.ports import LOOPBACK, free_port
from scheduling.messages import outbox
from scheduling.messages.heard import hear_promised
from scheduling.messages.outbox import Verdict
from scheduling.messages.reminders import AtOnce, keep_reminders
from scheduling.messages.sending import send_due
from scheduling.models import AHEAD, Message, MessageKind, MessageState, Session, SessionStatus
from tests.support.builders import a_clinic, a_patient, a_site
from tests.support.cast import NOW
from treatments.models import Plan, SessionType

DROP = "drop"


def a_session_type(
    *, clinic: Clinic, name: str = "PRP + mesotherapy", patient_minutes: int = 25
) -> SessionType:
    made, _ = SessionType.objects.get_or_create(
        clinic=clinic,
        key="session",
        defaults={"name": name, "patient_minutes": patient_minutes, "changed_at": NOW},
    )
    return made


def a_session(
    *,
    clinic: Clinic | None = None,
    patient: Patient | None = None,
    site: Site | None = None,
    starts_at: datetime,
    minutes: int = 25,
    status: str = SessionStatus.BOOKED,
    plan: Plan | None = None,
    now: datetime = NOW,
    **fields,
) -> Session:
    """A session as booking leaves it, at any hour and without claims."""
    clinic = clinic or (patient.clinic if patient else a_clinic())
    site = site or Site.objects.filter(clinic=clinic).first() or a_site(clinic=clinic)
    local = starts_at.astimezone(site.tz)
    session = Session.objects.create(
        **{
            "clinic": clinic,
            "patient": patient or a_patient(clinic=clinic),
            "site": site,
            "plan": plan,
            "session_type": a_session_type(clinic=clinic),
            "status": status,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes),
            "local_date": local.date(),
            "local_time": local.time(),
            "created_at": now,
            "changed_at": now,
        }
        | fields
    )
    if session.status in AHEAD:
        hear_promised(sessions=[session], now=now)
    return session


def reminded(*, now: datetime = NOW, **fields) -> Session:
    """A session with its reminders planned, as booking leaves it."""
    session = a_session(now=now, **fields)
    remind_of(session, now=now)
    return session


def remind_of(*sessions: Session, now: datetime = NOW) -> None:
    """As an act does that booked them."""
    with transaction.atomic():
        keep_reminders(sessions=sessions, site=sites_by_key(), now=now)


def die_before_noting(monkeypatch: pytest.MonkeyPatch, *, now: datetime) -> None:
    """A sender whose mail was taken, and that never writes it down, neither in its ledger."""
    _die_at("scheduling.messages.ledger.rounds.Round.note", monkeypatch, now)


def die_before_marking(monkeypatch: pytest.MonkeyPatch, *, now: datetime) -> None:
    """A sender whose mail was taken and noted in its ledger, and that never marks the row."""
    _die_at("scheduling.messages.outbox.record", monkeypatch, now)


def _die_at(place: str, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    def die(*_: Any, **__: Any) -> NoReturn:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(place, die)
        with pytest.raises(SystemExit):
            send_due(now=now)


def forget_the_ledger() -> None:
    """As if whatever was sent had been sent from a host that is gone."""
    assert settings.MAIL_LEDGER is not None, "the demo alone sends without one"
    shutil.rmtree(settings.MAIL_LEDGER, ignore_errors=True)


def move(session: Session, *, by: timedelta) -> None:
    """Move the session as far as reminders can tell: other times, next sequence."""
    assert session.starts_at
    assert session.ends_at
    session.starts_at += by
    session.ends_at += by
    session.sequence += 1
    session.save()


def reminders_of(session: Session) -> list[Message]:
    """All that were ever planned for it, the first due first."""
    return list(Message.objects.filter(session=session, kind=MessageKind.REMINDER).order_by("due_at", "pk"))


def send_until(now: datetime) -> None:
    """Every tick that finds something to do."""
    waiting = Message.objects.filter(state=MessageState.WAITING, due_at__lte=now)
    for due_at in list(waiting.order_by("due_at").values_list("due_at", flat=True).distinct()):
        send_due(now=due_at)


def vevents_in(calendar: str | bytes) -> list[Any]:
    """The sessions of a calendar, as the `icalendar` package reads it."""
    return icalendar.Calendar.from_ical(calendar).walk("VEVENT")


def due_messages(count: int, *, now: datetime = NOW, clinic: Clinic | None = None) -> list[Message]:
    """That many messages due now, the longest due first, to `patient-0@…`, `patient-1@…` and so on."""
    clinic = clinic or a_clinic()
    made = []
    for number in range(count):
        patient = a_patient(clinic=clinic, email=f"patient-{number}@patients.example")
        session = a_session(patient=patient, starts_at=now + timedelta(hours=6, minutes=5 * number))
        made.append(
            Message(
                clinic=clinic,
                patient=patient,
                session=session,
                kind="reminder",
                key=f"reminder:{session.uuid}:days:0",
                due_at=now - timedelta(seconds=count - number),
                useful_until=now + timedelta(hours=3),
            )
        )
    return Message.objects.bulk_create(made)


@dataclass
class MailServer:
    """A real SMTP server on loopback. It answers 250 to everything unless told otherwise, address by address.

    A reply may be a whole SMTP line, or DROP: the connection is cut at that point. `slow` says how many
    seconds an address has to wait for its reply.
    """

    greeting_refused: str = ""
    to_recipient: dict[str, str] = field(default_factory=dict)
    after_content: dict[str, str] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    arrived: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    on_arrival: Callable[[], None] | None = None
    times_asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.port = free_port()
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        if not self._controller.loop.is_closed():
            self._controller.stop(no_assert=True)

    def _tell_of_arrival(self) -> None:
        assert self.on_arrival
        try:
            self.on_arrival()
        finally:
            connection.close()

    def arrived_for(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.arrived if mail["To"] == address]

    async def handle_EHLO(  # noqa: N802  aiosmtpd's hook
        self, server: SMTP, session: Conversation, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return [self.greeting_refused] if self.greeting_refused else responses

    async def handle_HELO(  # noqa: N802  aiosmtpd's hook
        self, server: SMTP, session: Conversation, envelope: Envelope, hostname: str
    ) -> str:
        session.host_name = hostname
        return self.greeting_refused or "250 mail.example"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's hook
        self, server: SMTP, session: Conversation, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.times_asked[address] += 1
        await asyncio.sleep(self.slow.get(address, 0))
        if (reply := self.to_recipient.get(address)) == DROP:
            cut(server)
            return "451 never heard"
        if reply is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        if reply.startswith("421"):
            # What RFC 5321 says a server does after it.
            asyncio.get_running_loop().call_later(0.01, cut, server)
        return reply

    async def handle_DATA(  # noqa: N802  aiosmtpd's hook
        self, server: SMTP, session: Conversation, envelope: Envelope
    ) -> str:
        [address] = envelope.rcpt_tos
        reply = self.after_content.get(address)
        if reply is None or reply == DROP:
            content = envelope.original_content or b""
            self.arrived.append(email.message_from_bytes(content, policy=email.policy.default))
            if self.on_arrival:
                await asyncio.to_thread(self._tell_of_arrival)
        if reply == DROP:
            cut(server)
        return reply or "250 Kept"


def cut(server: SMTP) -> None:
    """Break the connection without another word."""
    cast(asyncio.Transport, server.transport).abort()


def sites_by_key() -> Callable[[int], Site]:
    """What finds a site and its clinic by primary key, as an act does. One query for each site."""

    @cache
    def site(pk: int) -> Site:
        return Site.objects.select_related("clinic").get(pk=pk)

    return site


def raise_while_sending(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """The act commits after the mail was written, and before it is marked."""
    acts, record = [act], outbox.record

    def recorded(messages: Sequence[Message], verdict: Verdict, *, now: datetime) -> None:
        while acts:
            acts.pop()()
        record(messages, verdict, now=now)

    monkeypatch.setattr("scheduling.messages.outbox.record", recorded)


def known(*sessions: Session) -> dict[int, AtOnce]:
    """Their patients know the times, so nothing reminds of them at once."""
    return {session.pk: AtOnce.LEFT_OUT for session in sessions}
