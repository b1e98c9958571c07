"""What patients heard begins with what waited to be told: an upgrade sends no mail that did not wait."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from scheduling.messages.call_list import call_list
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Facts, Heard, Message, MessageKind, MessageState, Session
from tests.support.acts.telling import (
    FIRST_AT,
    WEEK,
    a_course_on_thursdays,
    a_lone_session,
    cancel_and_tell,
    move_and_tell,
    notices_of,
)
from tests.support.builders import a_site, an_actor
from tests.support.cast import NOW
from tests.support.database.releases import migrated_back_to

# Sessions are rows without claims here.
pytestmark = [pytest.mark.slow, pytest.mark.damages_diaries, pytest.mark.django_db(transaction=True)]

BEFORE = ("scheduling", "0011_freed_time")
DAY = timedelta(days=1)
MOVED, CANCELLED = "moved", "cancelled"
OSEI = {"kind": "practitioner", "resource": "1", "name": "Dr Osei", "starts_minute": 0, "ends_minute": 25}


def told_before(old: Any, kind: str, session: Session, *, state: str = "waiting", **said: Any) -> None:
    """A message as the release before wrote it: the session with where its patient believes it to be."""
    assert session.starts_at
    known = {"was_at": (session.starts_at - DAY).isoformat(), "was_until": None, "was_site": ""}
    about = {"session": str(session.uuid), "sequence": session.sequence, **known, **said}
    old.get_model("scheduling", "Message").objects.create(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        plan_id=session.plan_id,
        session_id=session.pk,
        kind=kind,
        key=f"{kind}:{session.uuid}:{session.sequence}",
        about={"visits": [about]},
        due_at=NOW,
        useful_until=NOW + WEEK,
        state=state,
        sent_at=NOW if state == "sent" else None,
    )


def changed(session: Session, **columns: Any) -> Session:
    Session.objects.filter(pk=session.pk).update(sequence=1, **columns)
    session.refresh_from_db()
    return session


def plain_sessions(count: int) -> None:
    """Of a patient to whom nothing happened."""
    one = a_lone_session(email="plain@patients.example")
    names = [field.attname for field in Session._meta.concrete_fields]
    values = {name: getattr(one, name) for name in names if name not in ("id", "uuid")}
    Session.objects.bulk_create(Session(**values) for _ in range(count))


def test_what_waited_goes_out_as_it_would_have_and_nothing_else_does(mailoutbox):
    _, [first, second, third] = a_course_on_thursdays()
    lone = changed(a_lone_session(email="lone@patients.example"), cast=[OSEI])
    a_site(clinic=lone.clinic, name="Old house")
    failed = changed(a_lone_session(email="failed@patients.example"))
    plain_sessions(2_500)
    changed(first)
    changed(second, status="cancelled")
    Message.objects.all().delete()

    with migrated_back_to(BEFORE) as old:
        told_before(old, MOVED, first)
        told_before(old, CANCELLED, second, was_at=(FIRST_AT + 2 * WEEK).isoformat())
        told_before(old, MOVED, third, state="sent")
        told_before(old, MOVED, lone, was_site="Old house", was_zone="Europe/Amsterdam", was_with="Dr Vos")
        told_before(old, MOVED, failed, state="failed")
    posting = send_due(now=NOW)

    assert (posting.sent, send_due(now=NOW + timedelta(hours=1))) == (2, Posting(found=0))
    mails = {mail.to[0].partition("@")[0]: mail for mail in mailoutbox}
    assert {name: mail.subject for name, mail in mails.items()} == {
        "marit": "2 of your visits have changed or are cancelled",
        "lone": "Your visit has moved to Thursday 14 January 2027 at 14:30",
    }
    assert "Was:   Wednesday 13 January 2027, 14:30\n  Now:   Thursday 14 January" in mails["marit"].body
    assert "Cancelled: Thursday 28 January 2027, 14:30–14:55" in mails["marit"].body
    assert "Old house\n" in mails["lone"].body
    assert "With:  Dr Osei, no longer Dr Vos\n" in mails["lone"].body


def test_what_failed_before_is_still_a_call_and_what_holds_no_more_is_none():
    failed, moved_on = a_lone_session(email="failed@patients.example"), a_lone_session()
    changed(failed)
    with migrated_back_to(BEFORE) as old:
        for session in (failed, moved_on):
            told_before(old, MOVED, session, state="failed")
        old.get_model("scheduling", "Session").objects.filter(pk=moved_on.pk).update(sequence=7)

    [call] = call_list(by=an_actor(clinic=failed.clinic), now=NOW)

    assert [session.pk for session in call.sessions] == [failed.pk]
    assert call_list(by=an_actor(clinic=moved_on.clinic), now=NOW) == []


def test_of_all_else_patients_believe_what_is_so():
    plan, sessions = a_course_on_thursdays()
    changed(sessions[2], status="cancelled")

    with migrated_back_to(BEFORE):
        pass

    known = {row.session_id: row.facts for row in Heard.objects.filter(session__plan=plan)}
    assert known == {session.pk: Facts.of(session) for session in sessions[:2]}


def test_several_that_waited_for_one_course_become_one_that_waits():
    plan, [first, second, _] = a_course_on_thursdays()
    for session in (first, second):
        changed(session)

    with migrated_back_to(BEFORE) as old:
        told_before(old, MOVED, first)
        told_before(old, MOVED, second)

    rows = Message.objects.filter(plan=plan).exclude(kind=MessageKind.REMINDER).order_by("pk")
    assert [(row.kind, row.state) for row in rows] == [
        (MessageKind.NOTICE, MessageState.WAITING),
        (MessageKind.MOVED, MessageState.VOID),
    ]


@pytest.mark.reads_clock
def test_who_goes_back_finds_what_waits_as_it_was_written_there_and_coming_again_sends_it_once(mailoutbox):
    plan, [first, second, third] = a_course_on_thursdays()
    move_and_tell(third, by=DAY)
    send_due(now=NOW)
    move_and_tell(first, by=DAY)
    cancel_and_tell(second)

    with migrated_back_to(BEFORE) as old:
        rows = old.get_model("scheduling", "Message").objects.filter(plan_id=plan.pk).order_by("pk")
        told = [
            (row.kind, row.state, [(one["session"], one["was_at"]) for one in row.about["visits"]])
            for row in rows.exclude(kind="reminder")
        ]
    is_held = send_due(now=NOW).found == 0
    call_command("release_mail", stdout=StringIO())
    send_due(now=NOW)

    # What was sent before stands in a ledger, and the database counted nothing since.
    assert is_held
    assert told == [
        (MOVED, "sent", [(str(third.uuid), (FIRST_AT + 4 * WEEK).isoformat())]),
        (MOVED, "waiting", [(str(first.uuid), FIRST_AT.isoformat())]),
        (CANCELLED, "waiting", [(str(second.uuid), (FIRST_AT + 2 * WEEK).isoformat())]),
    ]
    assert len(mailoutbox) == 2
    assert mailoutbox[1].subject == "2 of your visits have changed or are cancelled"
    assert [row.state for row in notices_of(plan.patient)] == [MessageState.SENT]
