"""Rows that the change log tells of: each counts its writes, dates them, and says whom it concerns."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection

from clinic.hours.rota import NewClosure, close_site
from clinic.models import ChangeKind, Closure
from clinic.models.changes import Changeable, Logged
from scheduling.models import Hold, Message, Offer, Wait
from tests.support.acts.waits import an_offer
from tests.support.builders import a_clinic, a_site, an_owner
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Protocol, SessionType

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def closure(db) -> Closure:
    site = a_site(clinic=a_clinic())
    new = NewClosure(site, NOW, LATER)
    return close_site(new=new, by=an_owner(clinic=site.clinic), now=NOW)


def logged_models() -> list[type[Logged]]:
    return [model for model in apps.get_models() if issubclass(model, Logged)]


def test_every_kind_is_the_kind_of_one_model():
    """Plans and sessions are older than the base that the others share."""
    kinds = [model.change_kind for model in logged_models()]

    assert sorted([*kinds, ChangeKind.PLAN, ChangeKind.SESSION, ChangeKind.CLINIC]) == sorted(ChangeKind)


def test_all_count_their_writes_but_the_catalogue_which_has_versions_of_its_own():
    assert {model for model in logged_models() if not issubclass(model, Changeable)} == {
        Protocol,
        SessionType,
    }


def test_a_row_that_is_touched_says_what_to_save(closure):
    fields = closure.touch(LATER)
    closure.save(update_fields=fields)

    closure.refresh_from_db()
    assert (closure.version, closure.changed_at) == (2, LATER)


def test_rows_that_are_touched_unseen_count_each_its_own(closure):
    Closure.objects.filter(pk=closure.pk).touch(NOW)

    written = Closure.objects.touch(LATER, reason="Fire drill")

    closure.refresh_from_db()
    assert (written, closure.version, closure.changed_at, closure.reason) == (1, 3, LATER, "Fire drill")


def test_whoever_writes_without_knowing_of_versions_writes_the_first(closure):
    """As a release before does, or somebody at the database itself."""
    columns = "clinic_id, site_id, starts_at, ends_at, reason, changed_at"
    uuid = Closure._meta.get_field("uuid").get_db_prep_save(uuid4(), connection)

    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO clinic_closure (uuid, {columns}) SELECT %s, {columns} FROM clinic_closure", [uuid]
        )

    assert set(Closure.objects.values_list("version", flat=True)) == {1}
    assert Closure.objects.count() == 2


def test_what_is_kept_and_offered_concerns_the_patient(db):
    world = a_course_world()
    offer = an_offer(world=world)
    of_a_plan = Hold(plan=a_plan(world=world))

    offered, patient = Offer.objects.get(pk=offer.pk), world.patient

    audience = patient.audience
    assert (audience.diaries, audience.sites, audience.patient_id) == ((patient.diary_id,), (), patient.pk)
    for row in (Wait.objects.get(), offered.hold, of_a_plan, Message.objects.filter(patient=patient)[0]):
        assert row.audience == audience
    assert offered.audience.sites == (world.site.pk,)
    assert (offered.audience.diaries, offered.audience.patient_id) == (audience.diaries, patient.pk)
