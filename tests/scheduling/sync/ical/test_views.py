"""How a feed is fetched: unchanged to the byte, compressed, private, and gone when it is revoked."""

import gzip
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from clinic.changelog.log import one_act, record_rows
from clinic.models import Patient
from scheduling.icalendar.feeds import revoke_feed, rotate_feed
from scheduling.models import FeedDetail, Session
from tests.support.acts.feeds import NEXT_WEEK, a_consultation, a_feed, fetch
from tests.support.acts.mailing import a_session
from tests.support.builders import a_clinic, a_patient, an_owner
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.worlds import a_course_world

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]


def test_a_feed_is_the_same_to_the_byte_while_nothing_changed(client):
    world = a_course_world()
    for hours in range(3):
        a_consultation(
            world,
            patient=a_patient(clinic=world.clinic),
            starts_at=NEXT_WEEK + timedelta(hours=hours / 2),
        )
    _, token = a_feed(clinic=world.clinic)

    first = fetch(client, token, now=NOW)
    again = fetch(client, token, now=NOW + timedelta(hours=9))
    days_later = fetch(client, token, now=NOW + timedelta(days=5))

    assert first.content == again.content == days_later.content
    assert first["ETag"] == again["ETag"] == days_later["ETag"]
    assert first["Last-Modified"] == days_later["Last-Modified"] == "Mon, 04 Jan 2027 08:00:00 GMT"


def test_who_has_the_feed_already_is_told_so(client):
    clinic = a_clinic()
    session = a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)
    etag = fetch(client, token)["ETag"]

    same = fetch(client, token, if_none_match=etag)
    with one_act():
        Patient.objects.filter(pk=session.patient_id).touch(NOW, family_name="Jansen")
        record_rows(changed=[Patient.objects.get(pk=session.patient_id)], now=NOW)
    changed = fetch(client, token, if_none_match=etag)

    assert (same.status_code, same.content) == (304, b"")
    assert same["ETag"] == etag
    assert same["Cache-Control"] == "private, no-cache"
    assert not etag.startswith("W/")
    assert changed.status_code == 200


def test_a_second_change_in_the_same_second_is_not_missed_by_a_client_that_knows_only_dates(client):
    clinic = a_clinic()
    session = a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)
    since = fetch(client, token)["Last-Modified"]
    Session.objects.filter(pk=session.pk).update(sequence=5, changed_at=NOW + timedelta(milliseconds=1))

    answer = fetch(client, token, if_modified_since=since)

    assert answer.status_code == 200


def test_a_client_that_takes_gzip_gets_the_same_calendar_smaller_under_its_own_etag(client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)
    plain = fetch(client, token)

    packed = fetch(client, token, accept_encoding="gzip, deflate")
    again = fetch(client, token, accept_encoding="gzip", if_none_match=packed["ETag"])

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in packed["Vary"]
    assert again.status_code == 304


def test_head_answers_like_get_without_the_calendar(client):
    clinic = a_clinic()
    _, token = a_feed(clinic=clinic)
    got = fetch(client, token)

    with clocks_show(NOW):
        head = client.head(reverse("feed", args=[token]))

    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == got["ETag"]


def test_a_feed_is_for_its_owner_alone_and_sets_no_cookie(client):
    clinic = a_clinic()
    _, token = a_feed(clinic=clinic)

    answer = fetch(client, token)

    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Robots-Tag"] == "noindex"
    assert "Content-Disposition" not in answer
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options", "trace"])
def test_a_feed_can_only_be_read(method, client):
    clinic = a_clinic()
    _, token = a_feed(clinic=clinic)

    for asking in (client, Client(enforce_csrf_checks=True)):
        answer = getattr(asking, method)(reverse("feed", args=[token]))

        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_an_unknown_address_is_a_404_in_words_and_never_an_empty_calendar(client):
    answer = fetch(client, "nothing-here")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content == b"There is no such calendar.\n"


def test_a_revoked_feed_is_gone_at_once(client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    feed, token = a_feed(clinic=clinic)
    etag = fetch(client, token)["ETag"]

    revoke_feed(feed=feed, by=an_owner(clinic=clinic), now=NOW)

    assert fetch(client, token).status_code == 404
    assert fetch(client, token, if_none_match=etag).status_code == 404
    assert feed.revoked_at == NOW


@pytest.mark.parametrize(
    "refused", ["gzip;q=0", "gzip; q=0.000, identity", "*;q=0", "identity;q=0, gzip;q=0"]
)
def test_who_refuses_gzip_gets_plain_text(refused, client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)

    answer = fetch(client, token, accept_encoding=refused)

    assert "Content-Encoding" not in answer
    assert answer.content.startswith(b"BEGIN:VCALENDAR")


def test_when_a_feed_was_read_last_and_by_which_program_is_kept_to_within_some_minutes(client):
    clinic = a_clinic()
    feed, token = a_feed(clinic=clinic)
    program = "iOS/17.1\t(21B74)\u202e dataaccessd/1.0" + "x" * 200

    fetch(client, token, user_agent=program)
    fetch(client, token, user_agent="Other", now=NOW + timedelta(minutes=4))
    feed.refresh_from_db()
    first = (feed.last_used_at, feed.last_program)
    fetch(client, token, user_agent="Other", now=NOW + timedelta(minutes=5))
    feed.refresh_from_db()

    assert first == (NOW, ("iOS/17.1 (21B74) dataaccessd/1.0" + "x" * 200)[:100])
    assert (feed.last_used_at, feed.last_program) == (NOW + timedelta(minutes=5), "Other")
    assert feed.version == 1


@pytest.mark.django_db(transaction=True)
def test_who_reads_a_feed_is_served_though_nothing_can_be_written(client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    feed, token = a_feed(clinic=clinic, detail=FeedDetail.BUSY)

    with connection.execute_wrapper(_refuse_updates):
        answer = fetch(client, token)

    assert answer.status_code == 200
    feed.refresh_from_db()
    assert feed.last_used_at is None


def _refuse_updates(execute, sql, params, many, context):
    """As a full disk does."""
    if sql.startswith("UPDATE"):
        raise OperationalError("database or disk is full")
    return execute(sql, params, many, context)


def test_the_old_address_is_gone_at_once_when_a_feed_gets_another(client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    feed, token = a_feed(clinic=clinic)
    etag = fetch(client, token)["ETag"]

    _, new = rotate_feed(feed=feed, by=an_owner(clinic=clinic), now=NOW)

    assert fetch(client, token).status_code == 404
    assert fetch(client, token, if_none_match=etag).status_code == 404
    assert fetch(client, new, if_none_match=etag).status_code == 304
