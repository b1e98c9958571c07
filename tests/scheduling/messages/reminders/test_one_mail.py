"""All visits of one patient on one date are reminded of in one mail: taken, sent and marked together."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import Patient
from scheduling.messages import leases
from scheduling.messages.call_list import call_list, mark_told
from scheduling.messages.leases import LEASE, lease
from scheduling.messages.reminders import keep_reminders
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Message, MessageState, Session
from tests.support.acts.mailing import (
    die_before_noting,
    forget_the_ledger,
    known,
    move,
    reminded,
    sites_by_key,
    vevents_in,
)
from tests.support.builders import a_clinic, a_patient, a_site, an_actor

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

# A Thursday in Amsterdam: half past two, and four hours later.
EARLY = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
LATE = EARLY + timedelta(hours=4)
LONG_DUE = datetime(2027, 1, 12, 9, tzinfo=UTC)
SHORT_DUE = EARLY - timedelta(hours=3)


@pytest.fixture
def patient() -> Patient:
    return a_patient(clinic=a_clinic())


@pytest.fixture
def both(patient: Patient) -> list[Session]:
    return [reminded(patient=patient, starts_at=at) for at in (EARLY, LATE)]


def states() -> list[str]:
    """Of the long reminders, by their sessions' times."""
    rows = Message.objects.filter(key__contains=":days:").order_by("session__starts_at", "pk")
    return list(rows.values_list("state", flat=True))


def calendar_of(mail) -> list:
    [(_, content, _)] = mail.attachments
    return vevents_in(content)


def test_two_visits_of_a_date_are_one_mail(both, mailoutbox):
    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=2, sent=2)
    [mail] = mailoutbox
    assert mail.subject == "Your 2 visits on Thursday 14 January 2027"
    assert "14:30–14:55" in mail.body
    assert "18:30–18:55" in mail.body
    assert [one["DTSTART"].dt for one in calendar_of(mail)] == [EARLY, LATE]
    assert {row.sent_at for row in Message.objects.filter(key__contains=":days:")} == {LONG_DUE}


def test_one_mail_is_marked_in_one_statement(both, mailoutbox):
    with CaptureQueriesContext(connection) as queries:
        send_due(now=LONG_DUE)

    marks = [one["sql"] for one in queries if one["sql"].startswith("UPDATE") and "'sent'" in one["sql"]]
    assert len(marks) == 1
    assert states() == ["sent", "sent"]


def test_what_is_due_an_hour_later_goes_with_the_first_and_not_again(both, mailoutbox):
    send_due(now=LONG_DUE)
    sent = [send_due(now=SHORT_DUE).sent, send_due(now=SHORT_DUE + timedelta(hours=4)).sent]

    assert sent == [2, 0]
    assert len(mailoutbox) == 2
    assert [mail.subject for mail in mailoutbox] == [
        "Your 2 visits on Thursday 14 January 2027",
        "Today: your 2 visits",
    ]


def test_one_visit_keeps_the_message_id_of_its_row_and_several_have_one_of_their_own(both, mailoutbox):
    send_due(now=LONG_DUE)
    forget_the_ledger()
    Message.objects.filter(key__contains=":days:").update(state="waiting", sent_at=None)
    send_due(now=LONG_DUE)
    forget_the_ledger()
    Message.objects.filter(session=both[0], key__contains=":days:").update(state="waiting", sent_at=None)
    send_due(now=LONG_DUE)

    ids = [mail.extra_headers["Message-ID"] for mail in mailoutbox]
    row = Message.objects.get(session=both[0], key__contains=":days:")
    own = {str(uuid) for uuid in Message.objects.values_list("uuid", flat=True)}
    assert ids[0] == ids[1]
    assert ids[0].strip("<>").partition("@")[0] not in own
    assert ids[2] == f"<{row.uuid}@coursebook.example>"


def test_other_patients_dates_and_rules_are_mails_of_their_own(both, patient, mailoutbox):
    reminded(patient=a_patient(clinic=patient.clinic), starts_at=EARLY)
    reminded(patient=patient, starts_at=EARLY + timedelta(days=1))

    posting = send_due(now=LONG_DUE)

    assert posting.sent == 3
    assert len(mailoutbox) == 2
    assert Message.objects.filter(state="waiting", key__contains=":hours:").count() == 4


def test_a_visit_cancelled_meanwhile_is_left_out_and_the_rest_goes(both, mailoutbox):
    Session.objects.filter(pk=both[0].pk).update(status="cancelled")

    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=2, sent=1, void=1)
    assert mailoutbox[0].subject == "Your visit on Thursday 14 January 2027 at 18:30"
    assert len(calendar_of(mailoutbox[0])) == 1


def test_what_came_along_and_is_alone_now_waits_for_its_own_hour(both, mailoutbox):
    send_due(now=LONG_DUE)
    Session.objects.filter(pk=both[0].pk).update(status="cancelled")

    posting = send_due(now=SHORT_DUE)
    later = send_due(now=LATE - timedelta(hours=3))

    assert (posting.void, posting.sent, posting.waiting) == (1, 0, 1)
    assert later.sent == 1
    assert mailoutbox[-1].subject == "Today at 18:30: your visit"


def test_if_one_moves_later_the_rest_stays_sent(both, mailoutbox):
    send_due(now=LONG_DUE)
    move(both[1], by=timedelta(days=7))

    keep_reminders(sessions=[both[1]], site=sites_by_key(), at_once=known(both[1]), now=LONG_DUE)
    nothing = send_due(now=LONG_DUE + timedelta(hours=1))
    again = send_due(now=LONG_DUE + timedelta(days=7))

    assert (nothing.sent, again.sent) == (0, 1)
    assert states() == ["sent", "sent", "sent"]
    assert mailoutbox[-1].subject == "Your visit on Thursday 21 January 2027 at 18:30"


def test_what_is_booked_after_the_mail_went_out_is_a_mail_of_its_own(both, patient, mailoutbox):
    send_due(now=LONG_DUE)
    reminded(patient=patient, starts_at=EARLY + timedelta(hours=2), now=LONG_DUE)

    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=1, sent=1)
    assert mailoutbox[-1].subject == "Your visit on Thursday 14 January 2027 at 16:30"


def test_what_another_sender_has_in_hand_is_left_to_it(both):
    first = Message.objects.filter(key__contains=":days:").order_by("pk")[0]
    Message.objects.filter(pk=first.pk).update(lease_until=LONG_DUE + LEASE)

    [taken] = lease(now=LONG_DUE, limit=10)

    assert taken == [Message.objects.get(session=both[1], key__contains=":days:").pk]


def test_a_limit_counts_mails_and_cuts_none_in_two(both, patient, mailoutbox):
    reminded(patient=patient, starts_at=EARLY + timedelta(hours=1))
    reminded(patient=a_patient(clinic=patient.clinic), starts_at=EARLY)

    first, second = (send_due(now=LONG_DUE, limit=1) for _ in range(2))

    assert (first.sent, second.sent) == (3, 1)
    assert len(mailoutbox) == 2


def test_a_date_is_the_site_s_own(patient, mailoutbox):
    auckland = a_site(clinic=patient.clinic, name="Queen Street", zone="Pacific/Auckland", country="NZ")
    # Nine in the morning and half past ten at night there, on two dates in UTC; and the next morning.
    morning = datetime(2027, 1, 13, 20, tzinfo=UTC)
    night = morning + timedelta(hours=13, minutes=30)
    for at in (morning, night, night + timedelta(hours=10)):
        reminded(patient=patient, site=auckland, starts_at=at)

    send_due(now=datetime(2027, 1, 11, 21, tzinfo=UTC))

    [mail] = mailoutbox
    assert mail.subject == "Your 2 visits on Thursday 14 January 2027"


def test_sites_of_two_zones_are_one_mail_on_one_date(patient, mailoutbox):
    lisbon = a_site(clinic=patient.clinic, name="Rua Augusta", zone="Europe/Lisbon", country="PT")
    athens = a_site(clinic=patient.clinic, name="Ermou", zone="Europe/Athens", country="GR")
    reminded(patient=patient, site=athens, starts_at=EARLY)
    reminded(patient=patient, site=lisbon, starts_at=LATE)

    posting = send_due(now=datetime(2027, 1, 12, 8, tzinfo=UTC))

    assert posting.sent == 2
    for said in ("Ermou", "Rua Augusta", "15:30–15:55", "17:30–17:55"):
        assert said in mailoutbox[0].body


@pytest.mark.parametrize("on", ["2027-03-28", "2027-10-31"])
def test_on_the_date_on_which_clocks_change_there_is_one_mail(on, patient, mailoutbox):
    site = a_site(clinic=patient.clinic)
    day = datetime.fromisoformat(on).replace(tzinfo=site.tz)
    for hour in (0, 15):
        reminded(patient=patient, site=site, starts_at=day.replace(hour=hour, minute=30).astimezone(UTC))

    ten = (day - timedelta(days=2)).replace(hour=10)
    posting = send_due(now=ten.astimezone(UTC))

    assert posting.sent == 2
    assert len(mailoutbox) == 1


def test_all_visits_of_a_mail_that_is_refused_fail_and_are_one_call(both, patient, mail_server):
    mail_server.to_recipient[patient.email] = "554 5.7.1 No"
    reception = an_actor(clinic=patient.clinic)

    posting = send_due(now=LONG_DUE)
    [call] = call_list(by=reception, now=LONG_DUE)
    mark_told(message=call.message, by=reception, now=LONG_DUE)

    assert posting == Posting(found=2, calls=2)
    assert [session.pk for session in call.sessions] == [session.pk for session in both]
    assert call_list(by=reception, now=LONG_DUE) == []
    assert states() == ["told", "told"]


def test_nobody_is_called_about_a_visit_that_was_cancelled_since(both, patient):
    Message.objects.filter(session=both[0]).update(state=MessageState.CALL, reason="refused")
    Session.objects.filter(pk=both[0].pk).update(status="cancelled")

    assert call_list(by=an_actor(clinic=patient.clinic), now=LONG_DUE) == []


def test_a_mail_that_must_wait_waits_whole(both, patient, mail_server):
    mail_server.to_recipient[patient.email] = "451 4.7.1 Later"

    posting = send_due(now=LONG_DUE)
    mail_server.to_recipient.clear()
    again = send_due(now=LONG_DUE + timedelta(minutes=1))

    assert (posting.waiting, again.sent) == (2, 2)
    assert len(mail_server.arrived) == 1
    assert set(Message.objects.filter(state="sent").values_list("attempts", flat=True)) == {2}


def test_a_crash_before_the_ledger_says_it_repeats_the_mail_under_the_same_message_id(
    both, mail_server, monkeypatch
):
    die_before_noting(monkeypatch, now=LONG_DUE)
    send_due(now=LONG_DUE + LEASE)
    send_due(now=LONG_DUE + 2 * LEASE)

    first, again = mail_server.arrived
    assert first["Message-ID"] == again["Message-ID"]
    assert states() == ["sent", "sent"]


def test_a_hundred_visits_take_one_statement_more_if_some_are_of_one_date(both, django_assert_num_queries):
    # The lease in its transaction, with a look for what is due and one for what goes along.
    with django_assert_num_queries(6):
        mails = leases.lease(now=LONG_DUE, limit=100)

    assert [len(mail) for mail in mails] == [2]
