"""Whoever syncs hears of every session type and protocol that loading wrote, under its own version."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.errors import Refused
from clinic.models import Change, Clinic, Skill
from tests.support.cast import NOW
from tests.support.database.log import logged, reach, told
from tests.support.treatments.catalogue_files import Files
from treatments.catalogue_files.load import load_catalogue
from treatments.models import Protocol, SessionType
from treatments.versions.freeze import freeze_protocol

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def load(clinic: Clinic, files: Files, *, now=NOW) -> None:
    load_catalogue(clinic=clinic, now=now, folder=files.folder)


def written_of(changes: list[Change]) -> set[tuple[str, object, int]]:
    assert len(changes) == len({change.object_uuid for change in changes})
    return {told(change) for change in changes}


def test_the_first_load_tells_of_everything_and_takes_its_numbers_once(clinic, files):
    with logged(clinic) as written, CaptureQueriesContext(connection) as asked:
        load(clinic, files)

    session_type, protocol = SessionType.objects.get(), Protocol.objects.get()
    assert written_of(written) == {
        ("session_type", session_type.uuid, 1),
        ("protocol", protocol.uuid, 1),
        *(("skill", skill.uuid, 1) for skill in Skill.objects.filter(clinic=clinic)),
    }
    assert {str(reach(change)) for change in written} == {str((([], []), ([], []), None))}
    assert session_type.changed_at == protocol.changed_at == NOW
    assert sum('UPDATE "scheduling_changecounter"' in one["sql"] for one in asked) == 1


def test_loading_the_same_files_again_tells_of_nothing(clinic, files):
    load(clinic, files)

    with logged(clinic) as written:
        load(clinic, files, now=LATER)

    assert written == []


def test_an_edit_in_place_is_told_of_again_under_its_version(clinic, files):
    load(clinic, files)
    files.change("sessions = [3, 5]", "sessions = [3, 6]")

    with logged(clinic) as written:
        load(clinic, files, now=LATER)

    protocol = Protocol.objects.get()
    assert [told(change) for change in written] == [("protocol", protocol.uuid, 1)]
    assert protocol.changed_at == LATER


def test_a_next_version_tells_of_the_one_that_is_no_longer_current_too(clinic, files):
    load(clinic, files)
    used = Protocol.objects.get()
    freeze_protocol(protocol=used, now=NOW)
    files.change("sessions = [3, 5]", "sessions = [3, 6]")

    with logged(clinic) as written:
        load(clinic, files, now=LATER)

    new = Protocol.objects.get(is_current=True)
    assert [told(change) for change in written] == [
        ("protocol", used.uuid, 1),
        ("protocol", new.uuid, 2),
    ]
    assert set(Protocol.objects.values_list("changed_at", flat=True)) == {LATER}


def test_that_a_version_is_used_shows_nowhere_and_is_no_change(clinic, files):
    load(clinic, files)

    with logged(clinic) as written:
        freeze_protocol(protocol=Protocol.objects.get(), now=LATER)

    assert written == []
    assert Protocol.objects.get().changed_at == NOW


def test_files_with_a_mistake_leave_no_change(clinic, files):
    files.change("minutes = [0, 20]", "minutes = [0, 18]")

    with logged(clinic) as written, pytest.raises(Refused):
        load(clinic, files)

    assert written == []
