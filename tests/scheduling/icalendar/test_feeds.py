"""Opening and revoking feeds: the token is long and secret, and a clinic's own."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.access.members import remove_member
from clinic.errors import Malformed, NotAllowed, Refused, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Membership
from scheduling.icalendar.feeds import Shown, feed_at, feeds_seen_by, open_feed, revoke_feed, rotate_feed
from scheduling.models import Feed
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.feeds import a_feed
from tests.support.builders import (
    a_clinic,
    a_patient,
    a_practitioner,
    a_room,
    a_site,
    a_user,
    an_actor,
    an_owner,
)
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


LATER = NOW + timedelta(hours=1)


def opener(clinic, role=Role.ADMINISTRATOR):
    return an_actor(clinic=clinic, role=role, user=a_user(clinic=clinic, role=role))


def test_a_feed_that_gets_another_address_is_known_by_that_alone_and_belongs_to_who_gave_it():
    clinic = a_clinic()
    first, second = opener(clinic), opener(clinic)
    feed, token = open_feed(label="Everything", by=first, now=NOW)
    Feed.objects.update(last_used_at=NOW, last_program="Stolen")

    with logged(clinic) as written:
        feed, new = rotate_feed(feed=feed, by=second, now=LATER)

    assert feed_at(token=token) is None
    assert feed_at(token=new) == feed
    assert (feed.version, feed.opened_by_id) == (2, second.user_id)
    assert (feed.last_used_at, feed.last_program) == (None, "")
    assert new not in " ".join(str(value) for row in Feed.objects.values() for value in row.values())
    assert [told(change) for change in written] == [("feed", feed.uuid, 2)]
    assert AuditEntry.objects.filter(act="rotated_feed", about=feed.uuid).count() == 1


def test_a_feed_that_is_shut_gets_no_new_address():
    clinic = a_clinic()
    feed, _ = a_feed(clinic=clinic)
    revoke_feed(feed=feed, by=an_owner(clinic=clinic), now=NOW)

    with pytest.raises(Refused) as refused:
        rotate_feed(feed=feed, by=an_owner(clinic=clinic), now=LATER)

    assert [problem.code for problem in refused.value.problems] == ["feed_revoked"]


def shown_as_open(clinic):
    return [vars(row)["opener_is_in"] for row in feeds_seen_by(an_owner(clinic=clinic))]


def test_whoever_takes_over_the_feed_of_one_who_left_gives_it_another_address():
    clinic = a_clinic()
    leaver = opener(clinic)
    feed, token = open_feed(label="Everything", by=leaver, now=NOW)
    member = Membership.objects.get(user=leaver.user_id)
    remove_member(member=member, by=an_owner(clinic=clinic), now=NOW)

    assert feed_at(token=token) is None
    assert shown_as_open(clinic) == [False]
    _, new = rotate_feed(feed=feed, by=opener(clinic), now=LATER)

    assert feed_at(token=token) is None
    assert feed_at(token=new) == feed
    assert shown_as_open(clinic) == [True]


def test_a_practitioner_has_feeds_of_their_own_diary_and_no_others():
    clinic = a_clinic()
    mine, other = (a_practitioner(clinic=clinic, name=name) for name in ("Dr Osei", "Dr Bos"))
    by = an_actor(clinic=clinic, role=Role.PRACTITIONER, practitioner=mine)
    foreign = [a_feed(clinic=clinic).feed, a_feed(clinic=clinic, diary=other.diary).feed]

    own = open_feed(label="Mine", shows=Shown(mine.diary), by=by, now=NOW).feed

    assert list(feeds_seen_by(by)) == [own]
    for diary in (None, other.diary, a_patient(clinic=clinic).diary):
        with pytest.raises(NotAllowed) as refused:
            open_feed(label="Other", shows=Shown(diary), by=by, now=NOW)
        assert refused.value.code == "not_own_diary"
    for feed in foreign:
        with pytest.raises(Unknown):
            rotate_feed(feed=feed, by=by, now=NOW)
        with pytest.raises(Unknown):
            revoke_feed(feed=feed, by=by, now=NOW)
    revoke_feed(feed=own, by=by, now=NOW)
    assert own.revoked_at == NOW


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.AUDITOR])
def test_who_may_not_open_feeds_gives_none_another_address_either(role):
    clinic = a_clinic()
    feed, _ = a_feed(clinic=clinic)
    by = an_actor(clinic=clinic, role=role)

    for act in (
        lambda: open_feed(label="Mine", by=by, now=NOW),
        lambda: rotate_feed(feed=feed, by=by, now=NOW),
        lambda: revoke_feed(feed=feed, by=by, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Feed.objects.get().version == 1


def test_nobody_opens_a_feed_of_another_clinics_site_or_gives_its_feed_another_address():
    ours, theirs = a_clinic(), a_clinic()
    by = an_owner(clinic=ours)
    feed, token = a_feed(clinic=theirs)

    with pytest.raises(Unknown) as unknown:
        open_feed(label="Mine", shows=Shown(site=a_site(clinic=theirs)), by=by, now=NOW)
    assert unknown.value.code == "unknown_site"
    with pytest.raises(Unknown):
        rotate_feed(feed=feed, by=by, now=NOW)
    assert feed_at(token=token) == feed


def test_a_feed_shows_a_diary_or_a_site_and_never_both():
    clinic = a_clinic()
    site = a_site(clinic=clinic)
    room = a_room(site=site)

    with pytest.raises(Malformed) as refused:
        open_feed(label="Both", shows=Shown(room.diary, site=site), by=an_owner(clinic=clinic), now=NOW)
    assert refused.value.code == "malformed_feed"
    feed, _ = a_feed(clinic=clinic, diary=room.diary)
    with pytest.raises(IntegrityError), transaction.atomic():
        Feed.objects.filter(pk=feed.pk).update(site=site)
