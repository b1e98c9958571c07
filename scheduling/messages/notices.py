"""Notices: that there is something to tell a patient. What it is, is found out when the mail goes out."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from clinic.models import Patient
from scheduling.messages.payload import about_offer
from scheduling.models import Facts, Message, MessageKind, MessageState, Offer, Session
from treatments.models import Plan

# What nobody could send for so long, a person must say: the message is closed, and staff read why.
LONGEST_USE = timedelta(days=7)
# Of a course, or of a patient's lone sessions, one row waits: the indexes of `Message` see to that. A sender
# who is just marking it is waited for. It is due when the later act says, and of use as long as any of them.
_RAISE = """({columns}) WHERE kind = 'notice' AND state = 'waiting' AND plan_id {is_null} DO UPDATE SET
    raised = scheduling_message.raised + 1, due_at = excluded.due_at,
    useful_until = CASE WHEN excluded.useful_until > scheduling_message.useful_until
        THEN excluded.useful_until ELSE scheduling_message.useful_until END"""
_RAISE_OF_COURSE = _RAISE.format(columns="patient_id, plan_id", is_null="IS NOT NULL")
_RAISE_OF_LONE_SESSIONS = _RAISE.format(columns="patient_id", is_null="IS NULL")


def raise_notices(*, noticed: Mapping[Session, Facts], due_at: datetime, now: datetime) -> None:
    """Note that patients have something to hear of these sessions: one row a course, and one statement.

    Where one waits it is raised, so that whoever is sending it does not take it for done. Of what is over
    nothing is told. Belongs into the transaction of the act.
    """
    rows: dict[tuple[int, int], Message] = {}
    for session, facts in noticed.items():
        if facts.starts_at > now:
            until = min(facts.starts_at, now + LONGEST_USE)
            course = session.patient_id, session.plan_id or 0
            row = rows.setdefault(course, _notice(session, until, due_at, now))
            row.useful_until = max(row.useful_until, until)
    # In one order, for two acts may raise the same ones.
    ordered = [rows[course] for course in sorted(rows)]
    Message.objects.insert([row for row in ordered if row.plan_id], on_conflict=_RAISE_OF_COURSE)
    Message.objects.insert([row for row in ordered if not row.plan_id], on_conflict=_RAISE_OF_LONE_SESSIONS)


def outdate_notices(*, sessions: Collection[Session]) -> None:
    """The desk tells it itself: what a sender has in hand of these courses is not the last word.

    One statement, which raises no notice where none waits.
    """
    plans = {session.plan_id for session in sessions}
    lone = {session.patient_id for session in sessions if session.plan_id is None}
    waiting = Message.objects.filter(kind=MessageKind.NOTICE, state=MessageState.WAITING)
    waiting.filter(Q(plan__in=plans - {None}) | Q(plan=None, patient__in=lone)).update(raised=F("raised") + 1)


def tell_offer(*, offer: Offer, is_known: bool = False, now: datetime) -> None:
    """Write the message that offers the time to whoever waits, with the link that `offer_links` makes.

    It is of use until the offer runs out, and goes out while the offer is open; of one who knows of it nobody
    is called. Told twice it is told once.
    """
    wait = offer.wait
    message = Message(
        clinic_id=wait.clinic_id,
        patient_id=wait.patient_id,
        plan_id=wait.plan_id,
        session_id=wait.session_id,
        kind=MessageKind.OFFER,
        key=f"{MessageKind.OFFER}:{offer.uuid}",
        about=about_offer(offer, is_known=is_known),
        due_at=now,
        useful_until=min(offer.expires_at, now + LONGEST_USE),
    )
    Message.objects.insert([message], ignore_conflicts=True)


def waiting_notices(*, of: Patient, plan: Plan | None, now: datetime) -> QuerySet[Message]:
    """What waits until the patient may hear what became of that course, or of their lone sessions."""
    rows = Message.objects.filter(patient=of, plan=plan, kind=MessageKind.NOTICE)
    return rows.filter(state=MessageState.WAITING, due_at__gt=now)


def send_at_once(*, of: Patient, plan: Plan | None, now: datetime) -> None:
    """Let it wait no more."""
    waiting_notices(of=of, plan=plan, now=now).update(due_at=now)


def _notice(session: Session, until: datetime, due_at: datetime, now: datetime) -> Message:
    message = Message(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        plan_id=session.plan_id,
        kind=MessageKind.NOTICE,
        due_at=due_at,
        useful_until=until,
        changed_at=now,
    )
    message.key = f"{MessageKind.NOTICE}:{message.uuid}"
    return message
