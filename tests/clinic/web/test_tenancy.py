"""Clinics that cannot see each other: no id of another clinic opens a door, at any place it can be put."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from clinic.identity.actors import Role
from clinic.models import Patient
from clinic.models.tenant import TenantQuerySet
from scheduling.models import FeedDetail
from tests.support.acts.courses import everything_written
from tests.support.acts.feeds import a_feed, fetch
from tests.support.builders import a_key, a_user
from tests.support.desk import Desk
from tests.support.matrix.doors import address, doors
from tests.support.matrix.rows import Rows, rows_of_a_clinic
from tests.support.openapi.bodies import body_for
from tests.support.rest import Answer, RestClient, first_proposal

pytestmark = pytest.mark.django_db

CANARY = "Kwikstaart"
# By these columns a row is reached from another row of the same clinic, never from what a client said.
_FENCED = re.compile(r'"clinic_id" (=|IN)|"\w+"\."(id|\w+_id)" (=|IN)')
# One queue serves all clinics: since when something is due is a time, and says nothing of anybody.
_OF_THE_QUEUE = 'SELECT MIN("scheduling_message"."due_at")'
# Secrets of 256 bits: whoever has one needs no clinic besides.
_SECRET = re.compile(r'"(token_digest|digest|session_key)" (=|IN)')


@pytest.fixture
def ours() -> Rows:
    return rows_of_a_clinic()


@pytest.fixture
def theirs() -> Rows:
    return rows_of_a_clinic(family_name=CANARY)


def owners_desk(rows: Rows) -> Desk:
    return Desk(a_user(clinic=rows.world.clinic, role=Role.OWNER))


def a_full_key(rows: Rows) -> RestClient:
    return RestClient(a_key(clinic=rows.world.clinic)[1])


def told_at_every_door(ours: Rows, theirs: Rows) -> list[tuple[str, int, str]]:
    """(door, status, text) when an owner and a full key of ours knock with the ids of theirs."""
    desk, rest = owners_desk(ours), a_full_key(ours)
    # Where the fence is taken away a page may find what it cannot show.
    desk.client.raise_request_exception = False
    told = []
    for door in doors():
        if not door.takes_an_id:
            continue
        url = address(door, theirs)
        answer: Any
        if door.is_page:
            answer = desk.get(url) if door.method == "GET" else desk.post(url, {})
            told.append((str(door), answer.status, answer.html))
        else:
            answer = rest.ask(door.method, url, body_for(door, ours))
            told.append((str(door), answer.status, answer.text))
    return told


def leaks(told: list[tuple[str, int, str]], theirs: Rows) -> list[str]:
    """What of theirs came through."""
    return [
        f"{door}: {status}"
        for door, status, text in told
        if status not in (404, 405) or CANARY in text or str(theirs.patient.uuid) in text.replace(door, "")
    ]


@pytest.mark.slow
def test_a_foreign_id_in_a_path_is_a_404_with_an_empty_story(ours, theirs):
    assert leaks(told_at_every_door(ours, theirs), theirs) == []


@pytest.mark.slow
def test_without_the_fence_the_same_look_finds_leaks(ours, theirs, monkeypatch):
    monkeypatch.setattr(TenantQuerySet, "seen_by", lambda rows, actor: rows.all())

    assert len(leaks(told_at_every_door(ours, theirs), theirs)) > 3


def test_a_foreign_id_is_answered_word_for_word_as_one_that_never_was(ours, theirs):
    rest = a_full_key(ours)

    def said(uuid: UUID) -> list[tuple[int, str]]:
        paths = (f"patients/{uuid}/", f"plans/{uuid}/", f"sessions/{uuid}/", f"sessions/?patient={uuid}")
        return [(answer.status, answer.text) for answer in map(rest.get, paths)]

    assert said(theirs.patient.uuid) == said(uuid4())
    assert said(theirs.plan.uuid) == said(uuid4())


def prescriptions_with(ours: Rows, theirs: Rows) -> Iterator[dict[str, Any]]:
    own = {
        "patient": str(ours.patient.uuid),
        "protocol": str(ours.world.protocols["prp"].uuid),
        "sessions": 4,
    }
    yield own | {"patient": str(theirs.patient.uuid)}
    yield own | {"protocol": str(theirs.world.protocols["prp"].uuid)}
    yield own | {"prescribed_by": str(theirs.world.doctors[0].uuid)}
    yield own | {"wishes": {"practitioner": str(theirs.world.doctors[0].uuid)}}
    yield own | {"wishes": {"site": str(theirs.world.site.uuid)}}


def sessions_with(ours: Rows, theirs: Rows) -> Iterator[dict[str, Any]]:
    own = {
        "patient": str(ours.patient.uuid),
        "session_type": str(ours.world.session_types["consultation"].uuid),
        "starts_at": "2027-01-12T10:00:00+01:00",
    }
    yield own | {"patient": str(theirs.patient.uuid)}
    yield own | {"session_type": str(theirs.world.session_types["consultation"].uuid)}
    yield own | {"site": str(theirs.world.site.uuid)}


def test_a_foreign_id_in_a_body_is_a_404_and_nothing_is_written(ours, theirs):
    rest = a_full_key(ours)
    before = everything_written()

    answers: list[Answer] = [rest.post("plans/", said) for said in prescriptions_with(ours, theirs)]
    answers += [rest.post("sessions/", said) for said in sessions_with(ours, theirs)]

    assert [answer.status for answer in answers] == [404] * len(answers)
    assert CANARY not in "".join(answer.text for answer in answers)
    assert everything_written() == before


def test_a_foreign_id_in_a_filter_is_a_404(ours, theirs):
    rest = a_full_key(ours)
    foreign = {
        "plan": theirs.plan.uuid,
        "patient": theirs.patient.uuid,
        "resource": theirs.world.doctors[0].uuid,
    }

    answers = [rest.get("sessions/", **{name: uuid}) for name, uuid in foreign.items()]

    assert [answer.status for answer in answers] == [404, 404, 404]


def test_foreign_wishes_in_a_search_are_a_404(ours, theirs):
    rest = a_full_key(ours)
    wishes = [{"practitioner": str(theirs.world.doctors[0].uuid)}, {"site": str(theirs.world.site.uuid)}]

    answers = [rest.post(f"plans/{ours.plan.uuid}/proposals/", {"wishes": said}) for said in wishes]

    assert [answer.status for answer in answers] == [404, 404]


def test_a_proposal_of_another_clinic_books_nothing_here(ours, theirs):
    rest, others = a_full_key(ours), a_full_key(theirs)
    plan = others.post(
        "plans/",
        {
            "patient": str(theirs.patient.uuid),
            "protocol": str(theirs.world.protocols["prp"].uuid),
            "sessions": 4,
        },
    ).json
    before = everything_written()
    token = first_proposal(others, plan)["id"]

    answer = rest.post(f"plans/{ours.plan.uuid}/book/", {"proposal": token})

    assert (answer.status, answer.code) == (422, "proposal_invalid")
    assert everything_written() == before


def test_lists_and_searches_hold_nothing_of_another_clinic(ours, theirs):
    desk, rest = owners_desk(ours), a_full_key(ours)

    told = [desk.get(address(door, ours)).html for door in doors() if door.is_page and not door.takes]
    told += [rest.get(address(door, ours)).text for door in doors() if not door.is_page and not door.takes]
    told += [desk.get("/patients/", search=CANARY).html.replace(f'value="{CANARY}"', "")]
    told += [rest.get("patients/", search=CANARY).text, rest.post("patients/search/", {"name": CANARY}).text]
    told += [desk.post("/patients/found/", {"search": CANARY}).html]

    own_rows = {str(row.uuid) for row in ours.world.doctors}
    assert own_rows & set(re.findall(r"[0-9a-f-]{36}", "".join(told)))
    assert str(theirs.world.site.uuid) not in "".join(told)
    assert all(CANARY not in text.replace(f"“{CANARY}”", "") for text in told)


def test_a_feed_holds_nothing_of_another_clinic(ours, theirs, client):
    _, token = a_feed(clinic=ours.world.clinic, detail=FeedDetail.NAMES)

    text = fetch(client, token).content.decode()

    assert "de Vries" in text
    assert CANARY not in text
    assert not [row for row in theirs.plan.sessions.all() if str(row.uuid) in text]


def test_a_foreign_id_takes_as_many_queries_as_one_that_never_was(ours, theirs):
    desk = owners_desk(ours)
    desk.get("/")

    def queries(uuid: UUID) -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.get(f"/patients/{uuid}/")
        return len(asked)

    assert queries(theirs.patient.uuid) == queries(uuid4())


@contextmanager
def watched_sql() -> Iterator[list[str]]:
    """Every statement that looks at rows of clinics without a fence around them."""
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "clinic" for field in model._meta.fields)
    }
    unfenced: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        looked = re.search(r'^\s*(?:SELECT|DELETE|UPDATE)\b.*?(?:FROM|UPDATE)\s+"(\w+)"', sql, re.DOTALL)
        where = sql.partition(" WHERE ")[2]
        is_fenced = _FENCED.search(where) or _SECRET.search(where) or sql.startswith(_OF_THE_QUEUE)
        if looked and looked[1] in tables and not is_fenced:
            unfenced.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield unfenced


@pytest.mark.slow
def test_no_door_looks_at_rows_without_a_fence(ours):
    desk, rest = owners_desk(ours), a_full_key(ours)

    with watched_sql() as unfenced:
        for door in doors():
            url = address(door, ours)
            if door.is_page:
                assert desk.get(url).status in (200, 302, 405)
            elif door.method == "GET":
                assert rest.get(url).status == 200
            else:
                assert rest.ask(door.method, url, {}).status in (200, 201, 400, 404, 409, 422)

    assert unfenced == []


def test_the_watch_sees_a_view_that_reads_rows_another_way(ours):
    def view(request: Any) -> Patient:
        return Patient.objects.filter(uuid=request.GET["patient"]).get()

    with watched_sql() as unfenced:
        view(RequestFactory().get("/", {"patient": str(ours.patient.uuid)}))

    assert len(unfenced) == 1


def test_the_calendars_on_offer_hold_resources_of_the_own_clinic_alone(ours, theirs):
    rest = a_full_key(ours)
    plan = rest.post(
        "plans/",
        {
            "patient": str(ours.patient.uuid),
            "protocol": str(ours.world.protocols["prp"].uuid),
            "sessions": 4,
        },
    ).json

    answer = rest.post(f"plans/{plan['id']}/proposals/", {})

    everyone = (*theirs.world.doctors, *theirs.world.assistants, *theirs.world.centrifuges)
    assert answer.json["proposals"]
    assert not [row for row in everyone if str(row.uuid) in answer.text]
