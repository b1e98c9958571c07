"""Everything that a person reads comes from a catalogue: what does not stands outside the brackets."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from clinic.access.account_mail import post
from clinic.hours.public_holidays import names_of_holidays
from clinic.identity.actors import Role
from clinic.web.desk.account_mail import change_letter, new_email_letter, nobody_letter, password_letter
from scheduling.messages.compose import compose
from scheduling.messages.offer_links import offer_token
from scheduling.models import Offer
from tests.support.acts.waits import an_offer
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.desk import Desk
from tests.support.matrix.doors import address, doors
from tests.support.matrix.rows import rows_of_a_clinic
from tests.support.words import letters
from tests.support.words.pseudo_locale import (
    CODE,
    marked,
    names_in_database,
    outside,
    outside_in_page,
    pseudo_locale,
)
from tests.support.worlds import a_course_world

# Whoever acts in these tests has no account with a name.
ACTORS = {"Owner", "Receptionist"}
# As those who speak them call them.
LANGUAGES = {"English", "Nederlands"}
# Why a rule was set aside, as it was typed.
TYPED = {"Begun elsewhere"}
# Of a letter: names, cities of zones, and a link.
IN_LETTERS = (
    "Marit de Vries",
    "Hair & Skin Clinic",
    "PRP + mesotherapy",
    "Keizersgracht 1, 1015 CJ Amsterdam",
    "Keizersgracht",
    "Prinsengracht 9",
    "Prinsengracht",
    "Rua Augusta",
    "Amsterdam",
    "Lisbon",
    "New York",
    "Dr Osei",
    "Dr Meier",
    "desk@clinic.example",
)


@pytest.fixture(autouse=True)
def everybody_reads_pseudo():
    with pseudo_locale():
        yield


@pytest.fixture
def offer() -> Offer:
    world = a_course_world()
    world.patient.language = CODE
    world.patient.save(update_fields=["language"])
    return an_offer(world=world)


def offer_page(offer: Offer, *, token: str = "", answer: str = "", now=NOW) -> str:
    client = Client(headers={"Accept-Language": CODE})
    where = reverse("offer", args=[token or offer_token(offer)])
    with clocks_show(now):
        asked = client.post(where, {"answer": answer}) if answer else client.get(where)
    return asked.content.decode()


def test_mails_say_nothing_outside_the_catalogues():
    for about, news in letters.letters(CODE):
        mail = compose(news=news, now=letters.NOW)
        [html] = [str(part[0]) for part in mail.alternatives]
        plain = "\n".join(line for line in mail.body.splitlines() if "://" not in line)
        shown = [text for text in outside_in_page(html, known=IN_LETTERS) if "://" not in text]

        assert (about, outside(f"{mail.subject}\n{plain}", known=IN_LETTERS), shown) == (about, [], [])


def test_mails_about_accounts_say_nothing_outside_the_catalogues(mailoutbox):
    to = "ada@clinic.example"
    with override(CODE):
        for letter in (
            password_letter(to, "https://x/"),
            nobody_letter(to),
            new_email_letter(to, "token"),
            change_letter(to, "password_changed", None, NOW),
        ):
            post(letter)

    for mail in mailoutbox:
        [html] = [str(part[0]) for part in mail.alternatives]
        plain = "\n".join(line for line in mail.body.splitlines() if "://" not in line)
        shown = [text for text in outside_in_page(html) if "://" not in text]
        assert (mail.subject, outside(f"{mail.subject}\n{plain}"), shown) == (mail.subject, [], [])
    assert len(mailoutbox) == 4


@pytest.mark.django_db
def test_an_offer_says_nothing_outside_the_catalogues(offer):
    pages = [
        offer_page(offer),
        offer_page(offer, token="a.b"),
        offer_page(offer, answer="no"),
        offer_page(offer, now=offer.expires_at),
    ]

    known = names_in_database()
    assert [text for page in pages for text in outside_in_page(page, known=known)] == []
    assert len(set(pages)) == 3


@pytest.mark.django_db
def test_an_offer_that_is_taken_says_nothing_outside_the_catalogues(offer):
    assert outside_in_page(offer_page(offer, answer="yes"), known=names_in_database()) == []


@pytest.mark.slow
@pytest.mark.reads_clock
@pytest.mark.django_db
def test_no_page_of_the_desk_says_anything_outside_the_catalogues(settings):
    settings.DESK_LANGUAGES = [CODE]
    rows = rows_of_a_clinic()
    desk = Desk(a_user(clinic=rows.world.clinic, role=Role.OWNER))
    desk.client.defaults["HTTP_ACCEPT_LANGUAGE"] = CODE
    looks = [door for door in doors() if door.is_page and door.method == "GET"]

    pages = {door.name: desk.get(address(door, rows)) for door in looks}

    site = rows.world.site
    days = {"first": date(2027, 1, 1), "last": date(2028, 12, 31)}
    # The package that knows them words them.
    holidays = names_of_holidays(country=site.country, subdivision=site.subdivision, **days)
    known = names_in_database() | ACTORS | LANGUAGES | TYPED | {*holidays.values()}
    outside_of = {
        name: outside_in_page(page.html, known=known)
        for name, page in pages.items()
        if page.status == 200 and page.headers["Content-Type"].startswith("text/html")
    }
    assert {name: said for name, said in outside_of.items() if said} == {}
    assert len(outside_of) > 30


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Session {number} is on {on:l j F}.", "⟦Session ⟧{number}⟦ is on ⟧{on:l j F}."),
        ("%(count)s of your visits", "%(count)s⟦ of your visits⟧"),
        ('See <a href="%(link)s">the course</a>', '⟦See ⟧<a href="%(link)s">⟦the course⟧</a>'),
        ("context\x04Now", "⟦Now⟧"),
        ("{day}, {start}", "{day}, {start}"),
    ],
)
def test_every_word_of_a_message_is_marked_and_nothing_that_fills_it(message, said):
    assert marked(message) == said


@pytest.mark.parametrize(
    "html",
    [
        "<p>⟦Dear ⟧Marit, welcome</p>",
        '<img alt="A map">',
        '<button title="Go on">⟦Go⟧</button>',
        '<input type="submit" value="Book">',
        "<title>A page – Coursebook</title>",
    ],
)
def test_a_word_outside_the_brackets_is_found(html):
    assert outside_in_page(html, known=["Marit"])


def test_names_numbers_and_scripts_are_none():
    page = "<style>body {}</style><script>let it = be</script><p>⟦Dear ⟧Marit de Vries, 14:30–14:55 · 2</p>"

    assert outside_in_page(page, known=["Marit de Vries"]) == []
