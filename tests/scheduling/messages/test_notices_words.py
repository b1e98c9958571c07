"""What news say: in every language, by the site's clock, over a real SMTP server, nothing about health."""

from datetime import UTC, datetime, timedelta
from email.policy import SMTP

import pytest

from clinic.models import Clinic, Patient, Site
from scheduling.messages.notices import tell_offer
from scheduling.messages.sending import send_due
from scheduling.models import Session
from tests.support.acts.mailing import vevents_in
from tests.support.acts.telling import (
    FIRST_AT,
    a_course_on_thursdays,
    a_lone_session,
    an_offer,
    cancel_and_tell,
    move_and_tell,
)
from tests.support.builders import a_site
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

DAY = timedelta(days=1)
EARLIER = datetime(2027, 1, 8, 9, tzinfo=UTC)


def move(session):
    move_and_tell(session, by=4 * DAY)


def offer(session):
    tell_offer(offer=an_offer(session=session, starts_at=EARLIER), now=NOW)


KINDS = {"moved": move, "cancelled": cancel_and_tell, "offer": offer}


@pytest.fixture(params=KINDS)
def tell(request):
    """Each kind of news."""
    return KINDS[request.param]


def sent_mail(mail_server):
    send_due(now=NOW)
    [mail] = mail_server.arrived
    return mail


def texts_of(mail):
    return [mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]


def calendar_of(mail):
    return [part for part in mail.walk() if part.get_content_type() == "text/calendar"]


def everything_in(mail):
    calendars = [part.get_content() for part in calendar_of(mail)]
    return "".join([*texts_of(mail), *calendars, str(mail.items())])


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_kind_is_written_in_every_language(language, tell, mail_server):
    tell(a_lone_session(language=language))

    mail = sent_mail(mail_server)

    plain, html = texts_of(mail)
    assert f'<html lang="{language}">' in html
    assert mail["Subject"]
    assert f"<title>{mail['Subject']}</title>" in html
    for text in (plain, html):
        assert "Marit de Vries" in text
        assert "Keizersgracht 1, 1015 CJ Amsterdam" in text
        assert "{" not in text.replace("{{", "")
        assert "None" not in text


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        (
            move,
            [
                "Uw afspraak is verzet naar maandag 18 januari 2027 om 14:30 uur",
                "donderdag 14 januari 2027",
            ],
        ),
        (
            cancel_and_tell,
            ["Uw afspraak op donderdag 14 januari 2027 om 14:30 uur is afgezegd", "U hoeft niet te komen"],
        ),
        (
            offer,
            [
                "Wij kunnen u vrijdag 8 januari 2027 om 10:00 uur aanbieden",
                "maandag 4 januari 2027, 11:00 uur",
            ],
        ),
    ],
)
def test_a_dutch_patient_reads_it_in_dutch(tell, said, mail_server):
    tell(a_lone_session(language="nl"))

    mail = sent_mail(mail_server)

    subject, sentence = said
    assert mail["Subject"] == subject
    for text in texts_of(mail):
        assert sentence in text
        assert "session" not in text.replace("visit.ics", "")


def test_a_patient_in_another_zone_reads_old_and_new_on_both_clocks(mail_server):
    move(a_lone_session(zone="Pacific/Auckland"))

    for text in texts_of(sent_mail(mail_server)):
        assert "in Amsterdam" in text
        assert "(Friday 15 January 2027, 02:30 in Auckland)" in text
        assert "That is Tuesday 19 January 2027, 02:30–02:55 in Auckland." in text


def test_a_session_that_moves_to_a_site_in_another_zone_says_whose_clock_is_meant(mail_server):
    session = a_lone_session()
    lisbon = a_site(clinic=session.clinic, name="Rua Augusta", zone="Europe/Lisbon", country="PT")
    move_and_tell(session, by=DAY, site=lisbon)

    plain, _ = texts_of(sent_mail(mail_server))

    assert "Was:   Thursday 14 January 2027, 14:30 in Amsterdam\n         Keizersgracht\n" in plain
    assert "Now:   Friday 15 January 2027, 13:30–13:55 in Lisbon\n  Where: Rua Augusta\n" in plain


def test_sessions_at_one_site_name_it_once(mail_server):
    _, sessions = a_course_on_thursdays(count=3)
    Site.objects.update(address="Keizersgracht 1")
    move_and_tell(*sessions, by=DAY)

    for text in texts_of(sent_mail(mail_server)):
        assert text.count("Keizersgracht 1") == 1


@pytest.mark.parametrize("names_treatments", [False, True])
def test_the_treatment_is_named_only_where_the_clinic_says_so(names_treatments, tell, mail_server):
    tell(a_lone_session(clinic={"names_treatments": names_treatments}))

    assert ("PRP + mesotherapy" in everything_in(sent_mail(mail_server))) is names_treatments


def test_no_mail_tells_why(tell, mail_server):
    session = a_lone_session(desk_note="Difficult veins")
    Session.objects.update(
        cancel_reason="Doctor ill", outcome_reason="Failed draw", desk_note="Bring the lamp"
    )
    session.refresh_from_db()
    tell(session)

    everything = everything_in(sent_mail(mail_server))

    for secret in ("ill", "Failed", "lamp", "veins"):
        assert secret not in everything.replace("will", "")


def test_the_calendar_file_of_a_move_holds_all_its_sessions_as_they_stand(mail_server):
    _, sessions = a_course_on_thursdays(count=2)
    move_and_tell(*sessions, by=DAY)

    [part] = calendar_of(sent_mail(mail_server))

    assert "METHOD:PUBLISH" in part.get_content().splitlines()
    assert part.get_filename() == "visit.ics"
    for vevent, session in zip(vevents_in(part.get_content()), sessions, strict=True):
        assert vevent["UID"] == f"{session.uuid}@coursebook.example"
        assert (vevent["SEQUENCE"], vevent["STATUS"]) == (1, "CONFIRMED")
        assert (vevent["DTSTART"].dt, vevent["DTEND"].dt) == (session.starts_at, session.ends_at)


def test_the_calendar_file_of_a_cancellation_says_cancelled(mail_server):
    cancel_and_tell(a_lone_session())

    [part] = calendar_of(sent_mail(mail_server))

    [session] = vevents_in(part.get_content())
    assert (session["SEQUENCE"], session["STATUS"], session["TRANSP"]) == (1, "CANCELLED", "TRANSPARENT")
    assert session["SUMMARY"] == "Cancelled: Visit to Hair Clinic"
    assert session["DTSTART"].dt == FIRST_AT


def test_no_name_makes_a_header(tell, mail_server):
    session = a_lone_session(
        clinic={"phone": "+31201234567"}, given_name="Eve", site={"name": "North\r\nBcc: thief@example.com"}
    )
    Clinic.objects.update(name="Hair\r\nBcc: thief@example.com\r\n\r\nClinic")
    Patient.objects.update(given_name="Eve\r\nCc: thief@example.com")
    session = Session.objects.select_related("site", "patient__clinic").get(pk=session.pk)
    tell(session)

    mail = sent_mail(mail_server)

    assert (mail["Bcc"], mail["Cc"]) == (None, None)
    assert mail["To"] == "marit@patients.example"
    assert mail["From"].addresses[0].addr_spec == "reminders@coursebook.example"
    assert "thief" not in mail["Subject"]


def test_names_are_escaped_in_html(tell, mail_server):
    tell(a_lone_session(given_name="<script>alert('x')</script>", site={"name": "<img src=x>"}))

    plain, html = texts_of(sent_mail(mail_server))

    assert "<script>alert('x')</script>" in plain
    assert "<script" not in html
    assert "<img" not in html


def test_lines_stay_short_enough_for_every_server(tell, mail_server):
    tell(a_lone_session(given_name="Ā" * 100, family_name="ß" * 100, site={"address": "Š" * 300}))

    raw = sent_mail(mail_server).as_bytes(policy=SMTP)

    assert max(len(line) for line in raw.splitlines()) <= 998


def test_the_same_mail_sent_again_has_the_same_name(tell, mail_server):
    tell(a_lone_session())
    mail_server.after_content["marit@patients.example"] = "451 try again"
    send_due(now=NOW)
    mail_server.after_content.clear()

    send_due(now=NOW + timedelta(minutes=1))

    [mail] = mail_server.arrived
    assert mail["Message-ID"].endswith("@coursebook.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
