"""The clinic, its sites and its resources over REST: read, changed as they were read, and given up."""

from typing import get_type_hints

import pytest

from clinic.identity.actors import Scope
from clinic.models import AuditEntry, Clinic, DayHours, Resource
from scheduling.api.clinic.clinic_settings import ALL_RULES, ClinicJson
from tests.support.acts.absences import a_session
from tests.support.builders import a_clinic, a_key
from tests.support.database.log import logged, told
from tests.support.rest import RestClient, a_client_of

pytestmark = pytest.mark.django_db


def test_what_the_clinic_has_set_is_shown_whole(world):
    shown = a_client_of(world).get("clinic/").json

    assert set(get_type_hints(ClinicJson)) - {"id"} == {setting.name for setting in ALL_RULES.settings}
    assert shown.keys() == get_type_hints(ClinicJson).keys()
    assert (shown["name"], shown["reminder_time"], shown["keep_patients_days"]) == (
        world.clinic.name,
        "10:00",
        None,
    )


def test_some_settings_change_and_the_others_stay(world):
    rest = a_client_of(world)
    before = rest.get("clinic/")
    said = {"web": "https://clinic.example", "quiet_from": "22:00", "keep_patients_days": 4000, "rhythm": 7}

    with logged(world.clinic) as written:
        answer = rest.patch("clinic/", said, If_Match=before.headers["ETag"])

    assert answer.json == before.json | said
    assert [told(change) for change in written] == [("clinic", world.clinic.uuid, before.version + 1)]
    assert AuditEntry.objects.filter(act="set_clinic").count() == 1
    assert rest.patch("clinic/", {"keep_patients_days": None}).json["keep_patients_days"] is None


def test_who_read_another_version_changes_nothing(world):
    rest = a_client_of(world)
    first = rest.get("clinic/").headers["ETag"]
    rest.patch("clinic/", {"hold_minutes": 20}, If_Match=first)

    assert rest.patch("clinic/", {"hold_minutes": 30}, If_Match=first).code == "version_stale"
    assert rest.patch("clinic/", {"hold_minutes": 30}, If_Match=None).code == "version_missing"
    assert Clinic.objects.get(pk=world.clinic.pk).hold_minutes == 20


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"name": "x" * 201}, "setting_too_long"),
        ({"phone": "call us"}, "clinic_phone_malformed"),
        ({"email": "nobody"}, "clinic_email_malformed"),
        ({"web": "javascript:alert(1)"}, "clinic_web_malformed"),
        ({"language": "tlh"}, "clinic_language_unknown"),
        ({"quiet_from": "08:00", "quiet_until": "07:55"}, "quiet_hours_endless"),
        ({"quiet_from": "24:00"}, "malformed"),
        ({"hold_minutes": 0}, "hold_minutes_out_of_range"),
        ({"hold_minutes": 10**30}, "hold_minutes_out_of_range"),
        ({"reminder_days_before": 31}, "course_rule_out_of_range"),
        ({"keep_audit_days": 1}, "keeping_out_of_range"),
        ({"keep_patients_days": 0}, "keeping_out_of_range"),
        ({"start_grid_minutes": 7}, "unknown_start_grid"),
        ({"load": -1}, "price_out_of_range"),
        ({"slug": "other"}, "malformed"),
        ({"names_treatments": "yes"}, "malformed"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(world, said, code):
    rest = a_client_of(world)
    before = rest.get("clinic/").json

    answer = rest.patch("clinic/", {"undo_seconds": 60, **said})

    assert answer.code == code
    assert rest.get("clinic/").json == before


def test_quiet_hours_of_no_length_are_none(world):
    said = {"quiet_from": "08:00", "quiet_until": "08:00"}

    assert a_client_of(world).patch("clinic/", said).status == 200


def test_a_key_changes_the_clinic_with_its_own_scope_alone(world):
    others = [scope for scope in Scope if scope is not Scope.CLINIC_WRITE]
    without = RestClient(a_key(clinic=world.clinic, scopes=others)[1])
    alone = RestClient(a_key(clinic=world.clinic, scopes=[Scope.CLINIC_WRITE])[1])

    assert without.patch("clinic/", {"hold_minutes": 20}).code == "scope_missing"
    assert alone.patch("clinic/", {"hold_minutes": 20}).status == 200


def test_a_site_is_changed_as_it_was_read(world):
    rest, path = a_client_of(world), f"sites/{world.site.uuid}/"
    read = rest.get(path)

    changed = rest.patch(path, {"address": "Keizersgracht 1"}, If_Match=read.headers["ETag"])

    assert changed.json == read.json | {"address": "Keizersgracht 1"}
    assert rest.patch(path, {"name": "X"}, If_Match=read.headers["ETag"]).code == "version_stale"
    assert rest.patch(path, {"name": "X"}, If_Match=None).code == "version_missing"


def test_a_doctor_retires_once_it_is_said_that_what_is_booked_stays_and_is_brought_back(world):
    rest, doctor = a_client_of(world), world.doctors[0]
    session = a_session(world, "10:00", practitioner=doctor)
    path, last = f"resources/{doctor.uuid}/", "2027-01-04"

    listed = rest.get(f"{path}in-the-way/", valid_until=last)
    refused = rest.patch(path, {"valid_until": last})
    kept = rest.patch(path, {"valid_until": last, "keeps_booked": True})
    back = rest.patch(path, {"valid_until": None})

    assert [one["id"] for one in listed.json["in_the_way"]] == [str(session.uuid)]
    assert refused.code == "sessions_in_the_way"
    assert (kept.json["valid_until"], back.json["valid_until"]) == (last, None)
    assert kept.json["skills"] == ["doctor"]


def test_a_site_is_given_up_and_what_is_booked_there_is_listed(world):
    rest, path = a_client_of(world), f"sites/{world.site.uuid}/"
    session = a_session(world, "10:00")

    listed = rest.get(f"{path}in-the-way/", valid_until="2027-01-04").json["in_the_way"]

    assert [one["id"] for one in listed] == [str(session.uuid)]
    assert rest.patch(path, {"valid_until": "2027-01-04"}).code == "sessions_in_the_way"
    reversed_ = {"valid_from": "2027-02-02", "valid_until": "2027-02-01"}
    assert rest.patch(path, reversed_).code == "lifespan_reversed"


def test_a_site_is_open_on_a_holiday_and_closed_again(world):
    rest, path = a_client_of(world), f"sites/{world.site.uuid}/holidays/"
    on = "2027-04-27"

    opened = rest.post(path, {"on": on, "opens": "10:00", "closes": "14:00"}).json
    listed = rest.get(path, **{"from": on}).json["results"][0]
    closed = rest.post(path, {"on": on}).json

    assert (
        opened
        == listed
        == {
            "on": on,
            "name": "King's Day",
            "open": [{"opens": "10:00", "closes": "14:00"}],
        }
    )
    assert closed["open"] == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"on": "2027-04-28"}, "not_a_holiday"),
        ({"on": "2027-02-30"}, "malformed"),
        ({"on": "2027-04-27", "opens": "10:00"}, "malformed"),
        ({"on": "2027-04-27", "opens": "14:00", "closes": "10:00"}, "hours_reversed"),
        ({"on": "2027-04-27", "opens": "25:00", "closes": "26:00"}, "malformed"),
    ],
)
def test_hours_of_a_holiday_that_make_no_sense_are_refused(world, said, code):
    answer = a_client_of(world).post(f"sites/{world.site.uuid}/holidays/", said)

    assert answer.code == code
    assert not DayHours.objects.exists()


def test_what_another_clinic_has_answers_404(world):
    rest = RestClient(a_key(clinic=a_clinic())[1])

    for path in (f"sites/{world.site.uuid}/", f"resources/{world.doctors[0].uuid}/"):
        assert [rest.get(path).status, rest.patch(path, {"name": "X"}).status] == [404, 404]
        assert rest.get(f"{path}in-the-way/").status == 404
    assert Resource.objects.get(pk=world.doctors[0].pk).name == "Dr Osei"


def test_a_room_at_a_site_of_another_clinic_is_refused(world):
    room = world.treatment_rooms[0]
    foreign = a_key(clinic=a_clinic())[0]

    answer = a_client_of(world).patch(f"resources/{room.uuid}/", {"site": str(foreign.uuid)})

    assert answer.code == "unknown_site"
    assert Resource.objects.get(pk=room.pk).site == world.site
