"""What a reminder says: the session by the site's clock, in the patient's language, nothing about health."""

from datetime import UTC, datetime

import pytest

from clinic.models import Patient
from clinic.wording import language_among
from scheduling.messages.compose import compose
from scheduling.messages.leases import leased
from scheduling.messages.payload import news_of
from scheduling.messages.sending import send_due
from scheduling.models import Message, Session
from tests.support.acts.mailing import reminded, vevents_in
from tests.support.builders import a_clinic, a_patient, a_site
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

# 14:30 in Amsterdam.
STARTS_AT = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
DUE_AT = datetime(2027, 1, 12, 9, tzinfo=UTC)


def a_reminded_patient(*, address="Keizersgracht 1\n1015 CJ Amsterdam", clinic_fields=None, **fields):
    clinic = a_clinic(**{"name": "Hair Clinic", "phone": "+31201234567"} | (clinic_fields or {}))
    site = a_site(clinic=clinic, address=address)
    patient = a_patient(clinic=clinic, **fields)
    return reminded(patient=patient, site=site, starts_at=STARTS_AT)


def sent_mail(mail_server):
    send_due(now=DUE_AT)
    [mail] = mail_server.arrived
    return mail


def texts_of(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def calendar_of(mail):
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return part


def test_a_mail_is_plain_text_or_html_with_the_session_attached(mail_server):
    a_reminded_patient()

    mail = sent_mail(mail_server)

    alternative, attached = mail.iter_parts()
    assert mail.get_content_type() == "multipart/mixed"
    assert alternative.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in alternative.iter_parts()] == ["text/plain", "text/html"]
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_content_disposition() == "attachment"
    assert attached.get_filename() == "visit.ics"


def test_both_forms_say_when_where_and_whom_to_tell(mail_server):
    a_reminded_patient(clinic_fields={"email": "desk@clinic.example"})

    mail = sent_mail(mail_server)

    assert mail["Subject"] == "Your visit on Thursday 14 January 2027 at 14:30"
    for text in texts_of(mail):
        for said in (
            "Dear Marit de Vries",
            "Thursday 14 January 2027",
            "14:30–14:55",
            "Keizersgracht 1, 1015 CJ Amsterdam",
            "+31201234567",
            "desk@clinic.example",
        ):
            assert said in text


def test_the_headers_say_who_writes_and_that_no_machine_should_answer(mail_server):
    session = a_reminded_patient(clinic_fields={"email": "desk@clinic.example"})

    mail = sent_mail(mail_server)

    message = Message.objects.filter(session=session).earliest("due_at")
    assert mail["From"] == "Hair Clinic <reminders@coursebook.example>"
    assert mail["To"] == session.patient.email
    assert mail["Reply-To"] == "desk@clinic.example"
    assert mail["Message-ID"] == f"<{message.uuid}@coursebook.example>"
    assert mail["Date"].datetime == DUE_AT
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("language", ["nl", "nl-BE"])
def test_a_dutch_patient_is_written_to_in_dutch(language, mail_server):
    a_reminded_patient(language=language)

    mail = sent_mail(mail_server)

    assert mail["Subject"] == "Uw afspraak op donderdag 14 januari 2027 om 14:30 uur"
    for text in texts_of(mail):
        assert "Beste Marit de Vries" in text
        assert "session" not in text.replace("visit.ics", "")
    assert '<html lang="nl">' in texts_of(mail)[1]
    assert "SUMMARY:Afspraak bij Hair Clinic" in calendar_of(mail).get_content()


def test_a_language_that_does_not_ship_falls_back_to_the_clinic_s_and_then_to_english():
    assert language_among("tr", "nl_NL") == "nl"
    assert language_among("tr", "de") == "en"
    assert language_among("", "") == "en"


def test_a_patient_in_another_zone_reads_both_times(mail_server):
    a_reminded_patient(zone="America/New_York")

    for text in texts_of(sent_mail(mail_server)):
        assert "in Amsterdam" in text
        assert "08:30–08:55 in New York" in text
        assert text.count("14 January") == 1 + text.count("<title>")


def test_a_patient_for_whom_it_is_another_day_reads_that_day_too(mail_server):
    a_reminded_patient(zone="Pacific/Auckland")

    for text in texts_of(sent_mail(mail_server)):
        assert "That is Friday 15 January 2027, 02:30–02:55 in Auckland." in text


def test_a_patient_in_the_site_s_zone_reads_one_time(mail_server):
    a_reminded_patient(zone="Europe/Amsterdam")

    for text in texts_of(sent_mail(mail_server)):
        assert "That is" not in text
        assert "in Amsterdam" not in text


@pytest.mark.parametrize("names_treatments", [False, True])
def test_the_treatment_is_named_only_where_the_clinic_says_so(names_treatments, mail_server):
    a_reminded_patient(clinic_fields={"names_treatments": names_treatments})

    mail = sent_mail(mail_server)

    for text in [*texts_of(mail), calendar_of(mail).get_content()]:
        assert ("PRP + mesotherapy" in text) is names_treatments


def test_a_mail_says_nothing_about_health_people_or_rooms(mail_server):
    world = a_course_world()
    plan = a_plan(world=world, indication="Alopecia androgenetica")
    Patient.objects.update(desk_note="Difficult veins", intake_facts={"smokes": True})
    cast = [
        {
            "stage": "Injection",
            "role": "doctor",
            "resource": str(world.doctors[0].uuid),
            "kind": "practitioner",
            "name": "Dr Osei",
            "starts_minute": 15,
            "ends_minute": 25,
        }
    ]
    reminded(
        patient=world.patient,
        site=world.site,
        plan=plan,
        number=9,
        starts_at=STARTS_AT,
        cast=cast,
        desk_note="Bring the lamp",
    )

    mail = sent_mail(mail_server)

    everything = "".join([*texts_of(mail), calendar_of(mail).get_content(), str(mail.items())])
    for secret in ("Alopecia", "veins", "smokes", "Injection", "Osei", "lamp", "PRP"):
        assert secret not in everything


def test_a_session_of_a_course_says_which_of_how_many(mail_server):
    world = a_course_world()
    plan = a_plan(world=world, sessions=5)
    session = plan.sessions.get(kind="treatment", number=2)
    session.delete()
    reminded(patient=world.patient, site=world.site, plan=plan, number=2, starts_at=STARTS_AT)

    plain, html = texts_of(sent_mail(mail_server))

    assert "Visit: 2 of 5" in plain
    assert "Visit 2 of 5" in html


def test_names_are_escaped_in_html_and_left_alone_in_plain_text(mail_server):
    a_reminded_patient(given_name="<script>alert('x')</script>", family_name="O'Hara & Zoë")

    plain, html = texts_of(sent_mail(mail_server))

    assert "<script>alert('x')</script> O'Hara & Zoë" in plain
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_calendar_file_holds_the_session_under_the_uid_of_every_calendar(mail_server):
    session = a_reminded_patient()
    Session.objects.update(sequence=3)
    Message.objects.filter(session=session).delete()
    session.refresh_from_db()
    Message.objects.create(
        clinic=session.clinic,
        patient=session.patient,
        session=session,
        kind="reminder",
        key=f"reminder:{session.uuid}:days:3",
        due_at=DUE_AT,
        useful_until=STARTS_AT,
    )

    part = calendar_of(sent_mail(mail_server))

    assert part["Content-Type"].params == {"method": "PUBLISH", "charset": "utf-8"}
    assert "METHOD:PUBLISH" in part.get_content().splitlines()
    [vevent] = vevents_in(part.get_content())
    assert vevent["UID"] == f"{session.uuid}@coursebook.example"
    assert vevent["SEQUENCE"] == 3
    assert vevent["DTSTART"].dt == STARTS_AT
    assert vevent["DTEND"].dt == session.ends_at
    assert vevent["DTSTAMP"].dt == vevent["LAST-MODIFIED"].dt == NOW
    assert vevent["SUMMARY"] == "Visit to Hair Clinic"
    assert vevent["LOCATION"] == "Keizersgracht, Keizersgracht 1, 1015 CJ Amsterdam"
    assert vevent["ORGANIZER"] == "mailto:reminders@coursebook.example"
    assert vevent["ORGANIZER"].params["CN"] == "Hair Clinic"


def test_mails_stay_short_lined_and_small(mail_server):
    a_reminded_patient(given_name="Ā" * 100, family_name="ß" * 100, address="Š" * 300)

    raw = sent_mail(mail_server).as_bytes()

    assert max(len(line) for line in raw.splitlines()) <= 998
    assert len(raw) < 10_000


@pytest.mark.parametrize("clinic_fields", [{"phone": ""}, {"phone": "", "email": "desk@clinic.example"}])
def test_a_clinic_without_a_phone_still_ends_its_sentences(clinic_fields, mail_server):
    a_reminded_patient(clinic_fields=clinic_fields)

    plain, _ = texts_of(sent_mail(mail_server))

    ending = ":\n  e-mail desk@clinic.example" if "email" in clinic_fields else "as early as you can."
    assert ending in plain.replace("\r\n", "\n")


def test_writing_a_mail_queries_nothing(django_assert_num_queries):
    session = a_reminded_patient()
    messages = leased(keys=list(session.messages.values_list("pk", flat=True)))
    [news, *_] = news_of(messages=messages, now=DUE_AT)

    with django_assert_num_queries(0):
        mail = compose(news=news, now=DUE_AT)

    assert mail.to == [session.patient.email]
