"""What is due goes out once, about the session as it stands now; or staff read why it did not."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.models import Clinic, Patient
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.messages.ledger.rounds import begin_round
from scheduling.messages.reminders import keep_reminders
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Message, MessageState, Reason, Session
from tests.support.acts.mailing import due_messages, move, reminded, sites_by_key
from tests.support.builders import a_clinic, a_patient, a_site
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

# A Thursday, 14:30 in Amsterdam; its reminders are due on Tuesday at 10:00 and on the day at 11:30.
STARTS_AT = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
LONG_DUE = datetime(2027, 1, 12, 9, tzinfo=UTC)
SHORT_DUE = datetime(2027, 1, 14, 10, 30, tzinfo=UTC)


def live_through_what_is_due():
    """Look just before each instant at which something is due, at it, and after it; when mails went out."""
    sent_at = []
    for due_at in list(Message.objects.order_by("due_at").values_list("due_at", flat=True)):
        for now in (due_at - timedelta(seconds=1), due_at, due_at + timedelta(minutes=1)):
            sent_at += [now] * send_due(now=now).sent
    return sent_at


def first_of(session):
    return Message.objects.filter(session=session).earliest("due_at")


def test_a_due_reminder_is_sent_and_marked(mailoutbox):
    session = reminded(starts_at=STARTS_AT)

    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.to == [session.patient.email]
    row = first_of(session)
    assert (row.state, row.sent_at, row.attempts) == (MessageState.SENT, LONG_DUE, 1)
    assert (row.lease_until, row.reason, row.server_said) == (None, "", "")


def test_a_session_booked_at_the_desk_is_reminded_twice(mailoutbox):
    world = a_course_world()
    session = SingleSession(world.patient, world.session_types["consultation"], STARTS_AT)
    book_session(wanted=session, by=world.reception, now=NOW)

    sent_at = live_through_what_is_due()

    assert sent_at == [LONG_DUE, SHORT_DUE]
    assert [mail.to for mail in mailoutbox] == [[world.patient.email]] * 2


def test_nothing_goes_out_before_it_is_due(mailoutbox):
    reminded(starts_at=STARTS_AT)

    posting = send_due(now=LONG_DUE - timedelta(microseconds=1))

    assert posting.found == 0
    assert mailoutbox == []


def test_a_reminder_goes_out_once_however_often_one_looks(mailoutbox):
    reminded(starts_at=STARTS_AT)

    for minutes in range(5):
        send_due(now=LONG_DUE + timedelta(minutes=minutes))

    assert len(mailoutbox) == 1


def test_both_reminders_of_a_session_go_out_each_at_its_time(mailoutbox):
    reminded(starts_at=STARTS_AT)

    sent_at = live_through_what_is_due()

    assert sent_at == [LONG_DUE, SHORT_DUE]
    assert len(mailoutbox) == 2


def test_a_late_tick_still_finds_what_was_due(mailoutbox):
    reminded(starts_at=STARTS_AT)

    send_due(now=LONG_DUE + timedelta(minutes=47, seconds=13))

    assert len(mailoutbox) == 1


def test_two_reminders_found_late_do_not_go_out_together(mailoutbox):
    session = reminded(starts_at=STARTS_AT)

    posting = send_due(now=SHORT_DUE + timedelta(minutes=1))

    assert (posting.sent, posting.too_late) == (1, 1)
    assert first_of(session).reason == Reason.TOO_LATE


def test_a_reminder_found_after_the_session_began_is_too_late(mailoutbox):
    reminded(starts_at=STARTS_AT)

    posting = send_due(now=STARTS_AT)

    assert posting == Posting(found=2, too_late=2)
    assert mailoutbox == []


def test_thousands_of_useless_reminders_do_not_stand_in_the_way_of_a_useful_one(mailoutbox):
    due_messages(150)
    Message.objects.update(useful_until=NOW)
    [useful] = due_messages(1)

    posting = send_due(now=NOW, limit=10)

    assert (posting.sent, posting.too_late) == (1, 150)
    assert mailoutbox[0].to == [useful.patient.email]


def test_a_patient_without_an_address_keeps_no_mail_from_the_others(mailoutbox):
    first, _, third = due_messages(3)
    Patient.objects.filter(pk=first.patient_id).update(email="")

    posting = send_due(now=NOW)

    assert (posting.sent, posting.void) == (2, 1)
    assert third.patient.email in [mail.to[0] for mail in mailoutbox]
    first.refresh_from_db()
    assert (first.state, first.reason) == (MessageState.VOID, Reason.NO_ADDRESS)


@pytest.mark.parametrize("status", ["cancelled", "missed"])
def test_a_session_that_will_not_be_is_not_reminded(status, mailoutbox):
    session = reminded(starts_at=STARTS_AT)
    Session.objects.update(status=status)

    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=1, void=1)
    assert mailoutbox == []
    assert first_of(session).reason == Reason.TAKEN_BACK


def test_a_patient_who_is_here_already_is_not_reminded(mailoutbox):
    session = reminded(starts_at=STARTS_AT)
    Session.objects.update(status="arrived")

    send_due(now=SHORT_DUE)

    assert mailoutbox == []
    assert first_of(session).reason == Reason.IS_HERE


def test_a_confirmed_session_is_still_reminded(mailoutbox):
    reminded(starts_at=STARTS_AT)
    Session.objects.update(status="confirmed")

    send_due(now=LONG_DUE)

    assert len(mailoutbox) == 1


def test_a_moved_session_is_not_reminded_of_its_old_time_even_if_nobody_took_the_reminder_back(mailoutbox):
    reminded(starts_at=STARTS_AT)
    Session.objects.update(sequence=1)

    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=1, void=1)
    assert mailoutbox == []


def test_a_moved_session_is_reminded_again_though_it_was_before(mailoutbox):
    session = reminded(starts_at=STARTS_AT)
    send_due(now=LONG_DUE)
    move(session, by=timedelta(days=7))

    keep_reminders(sessions=[session], site=sites_by_key(), now=LONG_DUE)
    send_due(now=LONG_DUE + timedelta(days=7))

    before, after = mailoutbox
    assert "Thursday 14 January" in before.subject
    assert "Thursday 21 January" in after.subject


@pytest.mark.parametrize(("consent", "mails"), [("yes", 1), ("not_asked", 1), ("no", 0)])
def test_only_a_no_keeps_the_reminder_of_a_booked_session_back(consent, mails, mailoutbox):
    session = reminded(starts_at=STARTS_AT)
    Patient.objects.update(message_consent=consent)

    send_due(now=LONG_DUE)

    assert len(mailoutbox) == mails
    expected = MessageState.SENT if mails else MessageState.VOID
    assert first_of(session).state == expected


def test_mail_known_not_to_arrive_is_not_sent_again(mailoutbox):
    session = reminded(starts_at=STARTS_AT)
    Patient.objects.update(mail_problem="comes_back")

    posting = send_due(now=LONG_DUE)

    assert posting == Posting(found=1, calls=1)
    assert mailoutbox == []
    assert first_of(session).reason == Reason.BAD_ADDRESS


def test_the_mail_goes_to_the_address_the_patient_has_now(mailoutbox):
    reminded(starts_at=STARTS_AT)
    Patient.objects.update(email="new@patients.example")

    send_due(now=LONG_DUE)

    assert mailoutbox[0].to == ["new@patients.example"]


def test_changed_words_and_clinic_cancel_nothing(mailoutbox):
    reminded(starts_at=STARTS_AT)
    Clinic.objects.update(name="New name", phone="+31201234567", reminder_time=time(15))

    send_due(now=LONG_DUE)

    assert "New name" in mailoutbox[0].body


def test_what_an_outage_left_over_waits_for_the_morning(mailoutbox):
    session = reminded(starts_at=STARTS_AT)
    night = datetime(2027, 1, 12, 22, 30, tzinfo=UTC)

    posting = send_due(now=night)

    assert posting == Posting(found=1, waiting=1)
    assert first_of(session).due_at == datetime(2027, 1, 13, 7, tzinfo=UTC)
    assert send_due(now=night + timedelta(hours=1)).found == 0
    assert send_due(now=datetime(2027, 1, 13, 7, tzinfo=UTC)).sent == 1
    assert len(mailoutbox) == 1


def test_a_reminder_due_just_before_quiet_hours_is_not_held_back_for_a_slow_minute(mailoutbox):
    reminded(starts_at=datetime(2027, 1, 14, 22, 55, tzinfo=UTC), now=datetime(2027, 1, 13, 12, tzinfo=UTC))
    Message.objects.filter(key__contains=":days:").delete()

    send_due(now=datetime(2027, 1, 14, 20, 4, tzinfo=UTC))

    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("zone", "changes_on"),
    [
        ("Europe/Amsterdam", date(2027, 3, 28)),
        ("Europe/Amsterdam", date(2027, 10, 31)),
        ("Australia/Lord_Howe", date(2027, 4, 4)),
        ("Australia/Lord_Howe", date(2027, 10, 3)),
        ("America/Santiago", date(2027, 9, 5)),
    ],
)
def test_around_a_clock_change_each_reminder_goes_out_once_at_its_local_hour(zone, changes_on, mailoutbox):
    clinic = a_clinic()
    site = a_site(clinic=clinic, zone=zone)
    patient = a_patient(clinic=clinic)
    now = datetime.combine(changes_on - timedelta(days=5), time(0), tzinfo=UTC)
    for day in range(-1, 4):
        starts_at = datetime.combine(changes_on + timedelta(days=day), time(14), tzinfo=site.tz)
        reminded(patient=patient, site=site, starts_at=starts_at.astimezone(UTC), now=now)

    sent_at = live_through_what_is_due()

    hours = sorted(instant.astimezone(site.tz).time() for instant in sent_at)
    assert hours == [time(10)] * 5 + [time(11)] * 5
    assert len(mailoutbox) == 10


def test_the_longest_due_goes_first_and_a_batch_has_its_limit(mailoutbox):
    due_messages(5)

    posting = send_due(now=NOW, limit=2)

    assert (posting.found, posting.sent) == (2, 2)
    assert [mail.to[0].partition("@")[0] for mail in mailoutbox] == ["patient-0", "patient-1"]


def test_a_batch_reads_as_often_as_it_must_and_writes_once_a_mail(django_assert_num_queries, mailoutbox):
    due_messages(20)
    begin_round(now=NOW)
    # Whether mail is held; what is useless; whether the server takes mail; the lease, and the round, in their
    # transactions; two looks at ten sessions, what they have claimed and their addresses; one mark a mail.
    with django_assert_num_queries(3 + 1 + 1 + 5 + 6 + 6 + 20):
        send_due(now=NOW)

    assert len(mailoutbox) == 20
