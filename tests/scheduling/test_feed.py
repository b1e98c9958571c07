"""Feeds: what a phone fetches, from whom, and how it learns that nothing changed."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from clinic.errors import Malformed, Unknown
from clinic.models import Patient, Site
from scheduling.feeding import open_feed, revoke_feed
from scheduling.models import Feed, FeedDetail, Session
from scheduling.visits import Visit, book_visit
from tests.builders import a_clinic, a_course_world, a_patient, an_actor
from tests.cast import NOW
from tests.mailing import a_session, visits_in

pytestmark = pytest.mark.django_db

NEXT_WEEK = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)


def a_feed(*, clinic, label="Everything", now=NOW, **fields):
    return open_feed(clinic_id=clinic.pk, label=label, by=an_actor(clinic=clinic), now=now, **fields)


def fetch(client, token, *, now=NOW, **headers):
    with time_machine.travel(now, tick=False):
        return client.get(reverse("feed", args=[token]), headers=headers)


def a_consultation(world, *, starts_at=NEXT_WEEK, patient=None, now=NOW):
    visit = Visit(patient or world.patient, world.session_types["consultation"], starts_at)
    return book_visit(visit=visit, by=world.reception, now=now)


def test_a_booked_visit_is_in_the_feed_of_the_clinic(client):
    world = a_course_world()
    session = a_consultation(world)
    _, token = a_feed(clinic=world.clinic)

    answer = fetch(client, token)

    [visit] = visits_in(answer.content)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert visit["UID"] == f"{session.uuid}@coursebook.example"
    assert (visit["DTSTART"].dt, visit["DTEND"].dt) == (session.starts_at, session.ends_at)
    assert visit["STATUS"] == "CONFIRMED"
    assert visit["SEQUENCE"] == session.sequence


def test_the_feed_of_a_doctor_shows_the_doctor_s_visits_and_no_others(client):
    world = a_course_world()
    first = a_consultation(world)
    second = a_consultation(world, patient=a_patient(clinic=world.clinic))
    doctor_of = {session.pk: doctor_in(session) for session in (first, second)}
    doctors = {str(doctor.uuid): doctor for doctor in world.doctors}
    doctor = doctors[doctor_of[first.pk]]
    _, token = a_feed(clinic=world.clinic, diary=doctor.diary)

    uids = [visit["UID"] for visit in visits_in(fetch(client, token).content)]

    assert doctor_of[first.pk] != doctor_of[second.pk]
    assert uids == [f"{first.uuid}@coursebook.example"]


def doctor_in(session):
    [doctor] = [part["resource"] for part in session.cast if part["kind"] == "practitioner"]
    return doctor


def test_the_feed_of_a_patient_shows_that_patient_s_visits(client):
    world = a_course_world()
    session = a_consultation(world)
    a_consultation(world, patient=a_patient(clinic=world.clinic))
    _, token = a_feed(clinic=world.clinic, diary=world.patient.diary)

    uids = [visit["UID"] for visit in visits_in(fetch(client, token).content)]

    assert uids == [f"{session.uuid}@coursebook.example"]


def test_another_clinic_s_feed_shows_nothing_of_ours(client):
    a_session(clinic=a_clinic(), starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=a_clinic())

    answer = fetch(client, token)

    assert answer.status_code == 200
    assert visits_in(answer.content) == []


@pytest.mark.parametrize("status", ["due", "held", "missed"])
def test_only_visits_with_a_promised_time_are_in_a_feed(status, client):
    if status == "due":
        world = a_course_world()
        clinic = world.clinic
    else:
        clinic = a_clinic()
        a_session(clinic=clinic, starts_at=NEXT_WEEK, status=status)
    _, token = a_feed(clinic=clinic)

    assert visits_in(fetch(client, token).content) == []


def test_a_feed_reaches_thirty_days_back_and_forward_without_end(client):
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    days = {
        day: a_session(patient=patient, starts_at=NOW + timedelta(days=day)) for day in (-31, -30, 0, 700)
    }
    _, token = a_feed(clinic=clinic)

    uids = {visit["UID"].partition("@")[0] for visit in visits_in(fetch(client, token).content)}

    assert uids == {str(days[day].uuid) for day in (-30, 0, 700)}


def test_a_cancelled_visit_is_shown_as_cancelled_for_thirty_days(client):
    world = a_course_world()
    session = a_consultation(world, starts_at=NEXT_WEEK + timedelta(days=60))
    session.claims.all().delete()
    Session.objects.filter(pk=session.pk).update(status="cancelled", sequence=2, changed_at=NOW)
    [doctor] = [doctor for doctor in world.doctors if str(doctor.uuid) == doctor_in(session)]
    [other] = set(world.doctors) - {doctor}
    tokens = [
        a_feed(clinic=world.clinic, diary=diary).token for diary in (None, doctor.diary, world.patient.diary)
    ]

    for token in tokens:
        [visit] = visits_in(fetch(client, token, now=NOW + timedelta(days=30)).content)
        assert (visit["STATUS"], visit["TRANSP"], visit["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 2)
        assert visit["SUMMARY"].startswith("Cancelled: ")
        assert visit["UID"] == f"{session.uuid}@coursebook.example"
        assert visits_in(fetch(client, token, now=NOW + timedelta(days=31)).content) == []
    _, token_of_other = a_feed(clinic=world.clinic, diary=other.diary)
    assert visits_in(fetch(client, token_of_other).content) == []


def test_a_moved_visit_keeps_its_uid_and_raises_its_sequence(client):
    clinic = a_clinic()
    session = a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)
    [before] = visits_in(fetch(client, token).content)
    moved_at = NOW + timedelta(hours=1)
    Session.objects.update(
        starts_at=NEXT_WEEK + timedelta(days=1),
        ends_at=NEXT_WEEK + timedelta(days=1, minutes=25),
        sequence=session.sequence + 1,
        changed_at=moved_at,
    )

    [after] = visits_in(fetch(client, token).content)

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt == moved_at


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
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)
    etag = fetch(client, token)["ETag"]

    same = fetch(client, token, if_none_match=etag)
    Patient.objects.update(family_name="Jansen")
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

    with time_machine.travel(NOW, tick=False):
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


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_feed_can_only_be_read(method, client):
    clinic = a_clinic()
    _, token = a_feed(clinic=clinic)

    answer = getattr(client, method)(reverse("feed", args=[token]))

    assert answer.status_code in (403, 405)


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

    revoke_feed(feed=feed, by=an_actor(clinic=clinic), now=NOW)

    assert fetch(client, token).status_code == 404
    assert fetch(client, token, if_none_match=etag).status_code == 404
    assert feed.revoked_at == NOW


def test_revoking_again_changes_nothing():
    clinic = a_clinic()
    feed, _ = a_feed(clinic=clinic)
    revoke_feed(feed=feed, by=an_actor(clinic=clinic), now=NOW)

    revoke_feed(feed=feed, by=an_actor(clinic=clinic), now=NOW + timedelta(days=1))

    assert feed.revoked_at == NOW


def test_the_token_is_long_kept_nowhere_and_never_the_same():
    clinic = a_clinic()

    first, second = (a_feed(clinic=clinic) for _ in range(2))

    assert first.token != second.token
    assert len(first.token) >= 43
    kept = " ".join(str(value) for row in Feed.objects.values() for value in row.values())
    assert first.token not in kept


def test_nobody_opens_or_revokes_a_feed_in_another_clinic():
    ours, theirs = a_clinic(), a_clinic()
    patient = a_patient(clinic=theirs)
    feed, _ = a_feed(clinic=theirs)
    by = an_actor(clinic=ours)

    for clinic_id, diary in ((theirs.pk, None), (ours.pk, patient.diary)):
        with pytest.raises(Unknown):
            open_feed(clinic_id=clinic_id, label="Mine", diary=diary, by=by, now=NOW)
    with pytest.raises(Unknown):
        revoke_feed(feed=feed, by=by, now=NOW)

    feed.refresh_from_db()
    assert feed.revoked_at is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"detail": "everything"}, "malformed_detail"),
        ({"label": "  "}, "malformed_label"),
        ({"label": "x" * 101}, "malformed_label"),
    ],
)
def test_a_feed_without_a_name_or_with_an_unknown_detail_is_refused(fields, code):
    with pytest.raises(Malformed) as refused:
        a_feed(clinic=a_clinic(), **fields)

    assert refused.value.code == code


def test_a_feed_costs_the_same_queries_for_one_visit_and_for_fifty(client, django_assert_num_queries):
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    _, token = a_feed(clinic=clinic, detail=FeedDetail.NAMES)
    for day in range(50):
        a_session(patient=patient, starts_at=NEXT_WEEK + timedelta(days=day))

    with django_assert_num_queries(2):
        answer = fetch(client, token)

    assert len(visits_in(answer.content)) == 50


def test_a_poisoned_name_adds_no_line_to_a_feed(client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    Patient.objects.update(given_name="Eve\r\nATTENDEE:mailto:thief@elsewhere.example", family_name="\u2028X")
    Site.objects.update(address="Street 1\r\nBEGIN:VALARM", name="Site;,\\")
    _, token = a_feed(clinic=clinic, detail=FeedDetail.NAMES)

    answer = fetch(client, token)

    [visit] = visits_in(answer.content)
    assert "ATTENDEE" not in visit
    assert visit["SUMMARY"] == "Visit · Eve ATTENDEE:mailto:thief@elsewhere.example X"
    assert visit["LOCATION"] == "Site;,\\, Street 1, BEGIN:VALARM"
