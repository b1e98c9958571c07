"""What a mail about the visits of one date says: the date once, each visit's time, and what they share."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.models import Clinic, Patient, Site
from scheduling.messages.sending import send_due
from tests.support.acts.mailing import reminded, vevents_in
from tests.support.builders import a_site
from tests.support.worlds import World, a_plan

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

# A Thursday, eleven in Amsterdam.
FIRST_AT = datetime(2027, 1, 14, 10, tzinfo=UTC)
DUE_AT = datetime(2027, 1, 12, 9, tzinfo=UTC)


def sent_mail(mail_server):
    send_due(now=DUE_AT)
    [mail] = mail_server.arrived
    return mail


def texts_of(mail) -> list[str]:
    return [mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]


def visits(world: World, count: int, *, last_at: Site | None = None) -> None:
    """The second session of a course, and lone ones every hour after it; the last one perhaps elsewhere."""
    plan = a_plan(world=world, sessions=5)
    plan.sessions.filter(number=2).delete()
    for hours in range(count):
        reminded(
            patient=world.patient,
            site=last_at if last_at and hours == count - 1 else world.site,
            starts_at=FIRST_AT + timedelta(hours=hours),
            plan=plan if hours == 0 else None,
            number=2 if hours == 0 else 1,
        )


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("language", "date", "one", "several", "first"),
    [
        (
            "en",
            "Thursday 14 January 2027",
            "Your visit on Thursday 14 January 2027 at 11:00",
            "Your {} visits on Thursday 14 January 2027",
            "Visit: 2 of 5",
        ),
        (
            "nl",
            "donderdag 14 januari 2027",
            "Uw afspraak op donderdag 14 januari 2027 om 11:00 uur",
            "Uw {} afspraken op donderdag 14 januari 2027",
            "Afspraak: 2 van 5",
        ),
    ],
)
def test_the_date_is_said_once_and_each_visit_has_its_time(
    world, count, language, date, one, several, first, mail_server
):
    Patient.objects.update(language=language)
    visits(world, count)

    mail = sent_mail(mail_server)

    plain, html = texts_of(mail)
    assert mail["Subject"] == (one if count == 1 else several.format(count))
    assert plain.count(date) == 1
    assert html.count(date) == 2  # and in the title
    assert first in plain
    for text in (plain, html):
        hours = [f"{11 + number}:00–{11 + number}:25" for number in range(count)]
        places = [text.index(said) for said in hours]
        assert places == sorted(places)
        assert text.count("Keizersgracht") == 1


def test_two_visits_read_like_this(world, mail_server):
    Clinic.objects.update(name="Hair Clinic", phone="+31201234567", names_treatments=True)
    visits(world, 2)

    plain, _ = texts_of(sent_mail(mail_server))

    assert plain.startswith(
        """Dear Marit de Vries,

This is a reminder of your 2 visits to Hair Clinic.

  When:  Thursday 14 January 2027

  At:    11:00–11:25
  Visit: 2 of 5
  For:   PRP + mesotherapy

  At:    12:00–12:25
  For:   PRP + mesotherapy

  Where: Keizersgracht

The attached file puts the visits into your calendar.

Can you not come? Please tell us as early as you can:
  phone  +31201234567
"""
    )
    assert "because these visits are booked in your name" in plain


def test_visits_at_two_places_each_say_theirs(world, mail_server):
    visits(world, 2, last_at=a_site(clinic=world.clinic, name="Prinsengracht", address="Prinsengracht 3"))

    for text in texts_of(sent_mail(mail_server)):
        first, second = text.index("Keizersgracht"), text.index("Prinsengracht 3")
        assert text.index("11:00") < first < text.index("12:00") < second


def test_who_lives_elsewhere_reads_each_time_on_both_clocks(world, mail_server):
    Patient.objects.update(zone="America/New_York")
    visits(world, 2)

    for text in texts_of(sent_mail(mail_server)):
        assert "05:00–05:25 in New York" in text
        assert "06:00–06:25 in New York" in text


def test_the_calendar_file_has_them_all(world, mail_server):
    visits(world, 5)

    [part] = [part for part in sent_mail(mail_server).walk() if part.get_content_type() == "text/calendar"]
    starts = [vevent["DTSTART"].dt for vevent in vevents_in(part.get_content())]
    assert starts == [FIRST_AT + timedelta(hours=hours) for hours in range(5)]


def test_names_are_escaped(world, mail_server):
    Clinic.objects.update(name="<b>Hair</b>")
    visits(world, 2, last_at=a_site(clinic=world.clinic, name="<i>East</i>"))

    plain, html = texts_of(sent_mail(mail_server))

    assert "<i>East</i>" in plain
    assert "&lt;i&gt;East&lt;/i&gt;" in html
    assert "<i>" not in html
