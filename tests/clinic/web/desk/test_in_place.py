"""Acts in place: a part is what the whole page shows, and nothing that was typed or said is lost."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import SessionStatus
from tests.support.acts.attendance import again
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.builders import a_patient, a_user
from tests.support.desk import Desk, Page, Seen, reception
from tests.support.matrix.doors import address, doors
from tests.support.matrix.rows import rows_of_a_clinic
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

PART = re.compile(r'<\w+ id="([\w-]+)" tabindex="-1" hx-target="#\1"')
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")\w+')


def in_place(
    desk: Desk, url: str, *, part: str = "page", at: str = "", said: dict | None = None, **more
) -> Page:
    """Sent by htmx from the page `at`; a GET if nothing is said. Redirects are not followed."""
    headers = {
        "HX-Request": "true",
        "HX-Target": part,
        "HX-Current-URL": f"http://testserver{at or url}",
        **more,
    }
    with desk.clock():
        client = desk.client
        answer = client.get(url, headers=headers) if said is None else client.post(url, said, headers=headers)
    return Page(answer.status_code, url, answer.headers, answer.content.decode())


def same(html: str) -> str:
    """Without the tokens, which are new on every page."""
    return TOKEN.sub(r"\1", html)


@pytest.mark.slow
@pytest.mark.reads_clock
def test_every_part_alone_is_what_it_is_in_its_page():
    rows = rows_of_a_clinic()
    desk = reception(rows.world)
    found = set()

    for path in {address(door, rows) for door in doors() if door.is_page and door.method == "GET"}:
        whole = desk.get(path)
        if whole.status != 200 or "text/html" not in whole.headers["Content-Type"]:
            continue
        for part in PART.findall(whole.html):
            alone = in_place(desk, path, part=part)
            inside, said, _ = alone.html.partition('<div id="said"')
            found.add(part)
            assert said, path
            assert same(inside) in same(whole.html), (path, part)
            assert "<html" not in alone.html, (path, part)

    assert found == {"page", "sheet", "calls", "waits", "queue", "mails", "words"}


@pytest.fixture
def session():
    return a_booked_course(world=a_course_world(), sessions=4)[0]


@pytest.fixture
def desk(session) -> Desk:
    return Desk(a_user(clinic=session.clinic), now=times_of(session).starts_at + timedelta(minutes=5))


def test_an_act_on_the_sheet_leads_back_to_the_sheet_and_its_part_says_what_was_done(desk, session):
    sent = in_place(desk, reverse("session-arrive", args=[session.uuid]), part="sheet", at="/", said={})
    part = in_place(desk, sent.location, part="sheet", at="/")

    assert (sent.status, sent.location) == (302, "/")
    assert again(session).status == SessionStatus.ARRIVED
    assert f'data-row="{session.uuid}"' in part.html
    assert "is here." in part.text
    assert 'hx-swap-oob="innerHTML"' in part.html
    assert "Undo" in Seen(part.html.partition('<div id="said"')[2]).text


def test_an_act_that_leads_elsewhere_opens_that_page(desk, session):
    sent = in_place(desk, reverse("session-arrive", args=[session.uuid]), at="/calls/", said={})

    assert sent.status == 200
    assert sent.headers["HX-Redirect"] == "/"
    assert "is here." in desk.get("/").text


def test_a_refusal_stands_beside_its_button_and_nowhere_else(desk, session):
    sent = in_place(desk, reverse("session-undo", args=[session.uuid]), part="sheet", at="/", said={})

    assert sent.status in (409, 422)
    assert (sent.headers["HX-Retarget"], sent.headers["HX-Reswap"]) == ("this", "beforeend")
    assert 'role="alert"' in sent.html
    assert sent.text.startswith("Nothing was done to this session today that could be undone.")
    assert "could be undone" not in desk.get("/").text


def test_what_is_gone_is_said_beside_its_button_too(desk):
    sent = in_place(
        desk, reverse("session-undo", args=["00000000-0000-4000-8000-000000000000"]), at="/", said={}
    )

    assert sent.status == 404
    assert sent.text == "There is no such session in this clinic."


def test_a_form_that_is_refused_comes_back_as_it_was_typed(desk):
    sent = in_place(
        desk,
        "/patients/new/",
        said={"given_name": "Ada", "family_name": "?", "message_consent": "yes", "language": "en"},
    )

    assert sent.status == 422
    assert "HX-Retarget" not in sent.headers
    assert 'value="Ada"' in sent.html
    assert "Enter the patient's name." in sent.text


def test_a_page_without_the_part_is_given_as_a_whole(desk):
    sent = in_place(desk, "/patients/", part="sheet")

    assert sent.headers["HX-Retarget"] == "#page"
    assert "Patients" in sent.text
    assert "<html" not in sent.html


def test_who_is_signed_out_is_told_beside_the_form_and_nothing_is_swapped():
    sent = in_place(Desk(), "/patients/new/", said={"given_name": "Ada"})

    assert sent.status == 401
    assert sent.headers["HX-Reswap"] == "beforeend"
    assert "what you typed is still here" in sent.text
    assert reverse("sign-in") in sent.seen.links
    assert "Location" not in sent.headers


def test_a_desk_that_locked_is_covered_and_nothing_is_swapped(desk):
    desk.get("/")
    desk.now += timedelta(hours=1)

    sent = in_place(desk, "/patients/new/", said={"given_name": "Ada"})

    assert sent.status == 403
    assert sent.headers["HX-Trigger"] == "desk-locked"


@pytest.fixture
def strict(desk: Desk) -> Desk:
    """A browser whose forms are checked."""
    desk.client.handler.enforce_csrf_checks = True
    return desk


def test_who_signed_in_again_gets_a_token_of_now_for_the_same_form(strict):
    said = {"given_name": "Ada", "family_name": "Stale", "message_consent": "yes", "language": "en"}
    mine = str(strict.user.uuid)

    stale = in_place(strict, "/patients/new/", said=said, Acting=mine)
    token = re.search(r'"token": "(\w+)"', stale.headers["HX-Trigger"])
    assert token
    sent = in_place(strict, "/patients/new/", said={**said, "csrfmiddlewaretoken": token[1]}, Acting=mine)

    assert stale.status == 403
    assert sent.headers["HX-Redirect"].startswith("/patients/")


@pytest.mark.parametrize("acting", [{}, {"Acting": "00000000-0000-4000-8000-000000000000"}])
def test_a_form_of_someone_else_gets_no_token(strict, acting):
    stale = in_place(strict, "/patients/new/", said={"given_name": "Ada"}, **acting)

    assert stale.status == 403
    assert "HX-Trigger" not in stale.headers
    assert "Someone else has signed in here." in stale.text


def test_the_script_of_the_idle_lock_is_told_the_same(strict):
    asks = {"Accept": "application/json"}
    mine = {**asks, "Acting": str(strict.user.uuid)}
    with strict.clock():
        theirs, stale = (strict.client.post("/desk/awake/", headers=said) for said in (asks, mine))
        token = stale.json()["token"]
        fresh = strict.client.post("/desk/awake/", {"csrfmiddlewaretoken": token}, headers=mine)
        out = Client().post("/desk/awake/", headers=asks)

    assert (theirs.status_code, theirs.json()["token"]) == (403, "")
    assert fresh.status_code == 204
    assert (out.status_code, out.json()["state"]) == (401, "signed_out")


def test_a_stale_form_without_a_script_is_refused_as_ever(strict):
    page = strict.post("/patients/new/", {"given_name": "Ada"})

    assert page.status == 403
    assert "This page had gone stale" in page.text


def test_a_hostile_name_in_a_part_is_only_letters(session):
    patient = a_patient(clinic=session.clinic, given_name="<img src=x>", family_name="'\"><b>")

    part = in_place(Desk(a_user(clinic=session.clinic)), reverse("patient", args=[patient.uuid]))

    assert "<bdi>&lt;img src=x&gt;" in part.html
    assert "<img src=x>" not in part.html
