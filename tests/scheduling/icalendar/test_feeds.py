"""Opening and revoking feeds: the token is long and secret, and a clinic's own."""

from datetime import timedelta

import pytest

from clinic.errors import Malformed, Refused, Unknown
from scheduling.icalendar.feeds import Shown, open_feed, revoke_feed
from scheduling.models import Feed
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.feeds import a_feed
from tests.support.builders import a_clinic, a_patient, a_room, a_site, an_owner
from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]


def test_revoking_again_changes_nothing():
    clinic = a_clinic()
    feed, _ = a_feed(clinic=clinic)
    revoke_feed(feed=feed, by=an_owner(clinic=clinic), now=NOW)

    revoke_feed(feed=feed, by=an_owner(clinic=clinic), now=NOW + timedelta(days=1))

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
    by = an_owner(clinic=ours)

    with pytest.raises(Unknown):
        open_feed(label="Mine", shows=Shown(patient.diary), by=by, now=NOW)
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


def test_nobody_opens_a_calendar_of_a_patient_who_was_erased():
    clinic = a_clinic()
    owner = an_owner(clinic=clinic)
    patient = erase_patient(patient=a_patient(clinic=clinic), by=owner, now=NOW)

    with pytest.raises(Refused) as refused:
        open_feed(label="Phone", shows=Shown(patient.diary), by=owner, now=NOW)

    assert [problem.code for problem in refused.value.problems] == ["patient_erased"]


def test_a_feed_is_one_change_when_it_is_opened_and_one_when_it_is_shut():
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)

    with logged(clinic) as written:
        feed, _ = a_feed(clinic=clinic, diary=patient.diary)
        for _ in range(2):
            revoke_feed(feed=feed, by=an_owner(clinic=clinic), now=NOW + timedelta(days=1))

    assert [told(change) for change in written] == [("feed", feed.uuid, 1), ("feed", feed.uuid, 2)]
    its = [patient.diary_id]
    assert [reach(change) for change in written] == [
        (([], its), ([], []), patient.pk),
        ((its, its), ([], []), patient.pk),
    ]
    assert (feed.version, feed.changed_at) == (2, NOW + timedelta(days=1))


def test_a_feed_of_a_room_is_at_its_site_and_one_of_everything_nowhere():
    clinic = a_clinic()
    room = a_room(site=a_site(clinic=clinic))

    with logged(clinic) as written:
        a_feed(clinic=clinic, diary=room.diary)
        a_feed(clinic=clinic)

    assert [reach(change) for change in written] == [
        (([], [room.diary_id]), ([], [room.site_id]), None),
        (([], []), ([], []), None),
    ]


def test_a_feed_that_is_refused_leaves_no_change():
    clinic = a_clinic()

    with logged(clinic) as written, pytest.raises(Malformed):
        a_feed(clinic=clinic, label=" ")

    assert written == []
