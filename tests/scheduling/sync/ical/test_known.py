"""Whoever has a feed already is told so from the log; what the log tells of is never missed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.changelog.log import one_act, record_rows
from clinic.models import Change, Clinic, Patient, Site
from scheduling.models import FeedDetail
from tests.support.acts.feeds import NEXT_WEEK, a_consultation, a_feed, fetch
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    return a_course_world()


@pytest.fixture(params=["clinic", "patient", "doctor"])
def shows(request, world):
    """Whose sessions the feed shows."""
    session = a_consultation(world)
    claims = {"doctor": "practitioner", "patient": None}
    if request.param == "clinic":
        return None
    if request.param == "patient":
        return world.patient.diary
    doctor = next(part["resource"] for part in session.cast if part["kind"] == claims["doctor"])
    return next(one.diary for one in world.doctors if str(one.uuid) == doctor)


def asked_again(client, token, etag, *, now=NOW):
    """The answer to who has it already, and whether sessions were read for it."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = fetch(client, token, if_none_match=etag, now=now)
    return answer, any('FROM "scheduling_session"' in query["sql"] for query in queries)


def rewritten(row, **columns):
    with one_act():
        type(row).objects.filter(pk=row.pk).touch(NOW, **columns)
        record_rows(changed=[type(row).objects.get(pk=row.pk)], now=NOW)


def test_nothing_is_read_or_made_for_who_has_it_already(client, world, shows):
    _, token = a_feed(clinic=world.clinic, diary=shows, detail=FeedDetail.NAMES)
    first = fetch(client, token)

    answer, has_read = asked_again(client, token, first["ETag"])

    assert (answer.status_code, answer.content, has_read) == (304, b"", False)
    for header in ("ETag", "Last-Modified", "Cache-Control", "Vary", "X-Robots-Tag"):
        assert answer[header] == first[header]


def test_what_does_not_concern_a_feed_is_no_reason_to_make_it_anew(client, world, shows):
    _, token = a_feed(clinic=world.clinic, diary=shows)
    etag = fetch(client, token)["ETag"]
    rewritten(a_patient(clinic=world.clinic), family_name="Jansen")
    a_feed(clinic=world.clinic)

    answer, has_read = asked_again(client, token, etag)

    assert (answer.status_code, has_read) == (304, False)


def test_a_patients_feed_is_not_made_anew_for_the_sessions_of_others(client, world):
    a_consultation(world)
    _, token = a_feed(clinic=world.clinic, diary=world.patient.diary)
    etag = fetch(client, token)["ETag"]
    a_consultation(world, patient=a_patient(clinic=world.clinic), starts_at=NEXT_WEEK + HOUR)

    answer, has_read = asked_again(client, token, etag)

    assert (answer.status_code, has_read) == (304, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda world: a_consultation(world, starts_at=NEXT_WEEK + HOUR),
        lambda world: rewritten(world.patient, family_name="Jansen"),
        lambda world: rewritten(Site.objects.get(pk=world.site.pk), name="Prinsengracht"),
        lambda world: Clinic.objects.filter(pk=world.clinic.pk).update(names_treatments=True),
        lambda world: Clinic.objects.filter(pk=world.clinic.pk).update(language="nl"),
    ],
    ids=["booked", "renamed", "site", "treatments", "language"],
)
def test_what_a_feed_shows_is_new_at_once(client, world, shows, change):
    _, token = a_feed(clinic=world.clinic, diary=shows, detail=FeedDetail.NAMES)
    first = fetch(client, token)

    change(world)
    answer, _ = asked_again(client, token, first["ETag"])

    if answer.status_code == 304:
        # Another doctor's session is none of this feed's.
        assert fetch(client, token).content == first.content
    else:
        assert answer.content == fetch(client, token).content != first.content


def test_a_session_leaves_the_feed_when_its_day_has_come(client, world, shows):
    _, token = a_feed(clinic=world.clinic, diary=shows)
    etag = fetch(client, token)["ETag"]

    answer, _ = asked_again(client, token, etag, now=NEXT_WEEK + timedelta(days=31))

    assert answer.status_code == 200


def test_a_restored_database_is_read_again_though_it_has_come_as_far(client, world, shows):
    _, token = a_feed(clinic=world.clinic, diary=shows, detail=FeedDetail.NAMES)
    etag = fetch(client, token)["ETag"]
    Patient.objects.filter(pk=world.patient.pk).update(family_name="Jansen")
    Change.objects.filter(clinic=world.clinic).update(mark=7)

    answer, _ = asked_again(client, token, etag)

    assert answer.status_code == 200


def test_who_has_another_text_or_form_gets_the_feed(client, world, shows):
    _, token = a_feed(clinic=world.clinic, diary=shows)
    plain = fetch(client, token)["ETag"]

    assert asked_again(client, token, '"another"')[0].status_code == 200
    assert fetch(client, token, if_none_match=plain, accept_encoding="gzip").status_code == 200
    assert fetch(client, token, if_none_match="*").status_code == 304
