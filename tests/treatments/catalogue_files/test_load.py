"""Loading the catalogue: again, changed, and in use."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from clinic.errors import Conflict
from clinic.models import Clinic, Skill
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.treatments.catalogue_files import COURSE, SESSION, SKILLS, Files
from treatments.catalogue_files.load import CATALOGUE, Act, load_catalogue
from treatments.models import Protocol, SessionType
from treatments.versions.freeze import freeze_protocol, freeze_session_type, refuse_if_frozen

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def acts(clinic: Clinic, files: Files, *, now=NOW) -> dict[str, tuple[int, Act]]:
    loaded = load_catalogue(clinic=clinic, now=now, folder=files.folder)
    return {one.noun: (one.version, one.act) for one in loaded}


def test_the_first_load_adds_everything(clinic, files):
    done = acts(clinic, files)

    assert done == {"session type": (1, Act.ADDED), "protocol": (1, Act.ADDED)}
    assert Skill.objects.filter(clinic=clinic).count() == 2
    assert SessionType.objects.get(clinic=clinic).stages.count() == 2


def test_loading_the_same_files_again_changes_nothing(clinic, files):
    acts(clinic, files)
    before = list(SessionType.objects.values()), list(Protocol.objects.values())
    stages = set(SessionType.objects.get().stages.values_list("pk", flat=True))

    done = acts(clinic, files, now=LATER)

    assert done == {"session type": (1, Act.UNCHANGED), "protocol": (1, Act.UNCHANGED)}
    assert (list(SessionType.objects.values()), list(Protocol.objects.values())) == before
    assert set(SessionType.objects.get().stages.values_list("pk", flat=True)) == stages


def test_an_unused_entry_is_edited_in_place(clinic, files):
    acts(clinic, files)
    uuid = Protocol.objects.get().uuid
    files.change("sessions = [3, 5]", "sessions = [3, 6]")

    done = acts(clinic, files, now=LATER)

    assert done["protocol"] == (1, Act.CHANGED)
    assert Protocol.objects.get().max_sessions == 6
    assert Protocol.objects.get().uuid == uuid
    assert Protocol.objects.get().steps.count() == 2


def test_an_entry_in_use_stays_and_the_change_is_its_next_version(clinic, files):
    acts(clinic, files)
    used = Protocol.objects.get()
    freeze_protocol(protocol=used, now=NOW)
    files.change("sessions = [3, 5]", "sessions = [3, 6]")

    done = acts(clinic, files, now=LATER)

    used.refresh_from_db()
    current = Protocol.objects.get(clinic=clinic, is_current=True)
    assert done["protocol"] == (2, Act.NEW_VERSION)
    assert (used.max_sessions, used.is_current, used.steps.count()) == (5, False, 2)
    assert (current.version, current.max_sessions, current.frozen_at) == (2, 6, None)


def test_a_new_version_of_a_session_brings_new_versions_of_the_courses_that_use_it(clinic, files):
    acts(clinic, files)
    used = Protocol.objects.get()
    freeze_protocol(protocol=used, now=NOW)
    files.change("minutes = [20, 25]", "minutes = [20, 30]")

    done = acts(clinic, files, now=LATER)

    current = Protocol.objects.get(clinic=clinic, is_current=True)
    assert done == {"session type": (2, Act.NEW_VERSION), "protocol": (2, Act.NEW_VERSION)}
    assert {step.session_type.version for step in used.steps.all()} == {1}
    assert {step.session_type.version for step in current.steps.all()} == {2}
    assert sorted(SessionType.objects.get(version=1).stages.values_list("ends_minute", flat=True)) == [20, 25]


def test_going_back_to_the_first_wording_is_a_third_version(clinic, files):
    acts(clinic, files)
    freeze_protocol(protocol=Protocol.objects.get(), now=NOW)
    files.change("sessions = [3, 5]", "sessions = [3, 6]")
    acts(clinic, files)
    freeze_protocol(protocol=Protocol.objects.get(is_current=True), now=NOW)
    files.change("sessions = [3, 6]", "sessions = [3, 5]")

    done = acts(clinic, files, now=LATER)

    assert done["protocol"] == (3, Act.NEW_VERSION)
    assert Protocol.objects.filter(is_current=True).count() == 1


def test_a_renamed_skill_keeps_its_row(clinic, files):
    acts(clinic, files)
    before = Skill.objects.get(key="laser").pk
    files.change('name = "Laser"\nkind', 'name = "Diode laser"\nkind')

    acts(clinic, files)

    assert Skill.objects.get(key="laser", name="Diode laser").pk == before


def test_what_the_files_no_longer_name_stays(clinic, files):
    acts(clinic, files)
    files.write(SKILLS + SESSION)

    acts(clinic, files)

    assert Protocol.objects.get(clinic=clinic).is_current


def test_each_clinic_has_a_catalogue_of_its_own(clinic, files):
    other = a_clinic()
    acts(clinic, files)
    acts(other, files)
    freeze_protocol(protocol=Protocol.objects.get(clinic=other), now=NOW)
    files.change("sessions = [3, 5]", "sessions = [3, 6]")

    acts(clinic, files)

    assert Protocol.objects.get(clinic=clinic).max_sessions == 6
    assert Protocol.objects.get(clinic=other).max_sessions == 5


def test_a_file_may_name_what_another_file_says(clinic, files):
    files.write(SKILLS, "skills.toml")
    files.write(COURSE, "a-course.toml")
    files.write(SESSION)

    assert acts(clinic, files) == {"session type": (1, Act.ADDED), "protocol": (1, Act.ADDED)}


def test_freezing_twice_keeps_the_first_instant(clinic, files):
    acts(clinic, files)
    protocol = Protocol.objects.get()
    freeze_protocol(protocol=protocol, now=NOW)

    freeze_protocol(protocol=protocol, now=LATER)
    freeze_session_type(session_type=SessionType.objects.get(), now=LATER)

    assert Protocol.objects.get().frozen_at == SessionType.objects.get().frozen_at == NOW


def test_a_frozen_entry_refuses_to_be_edited(clinic, files):
    acts(clinic, files)
    session_type = SessionType.objects.get()
    refuse_if_frozen(row=session_type)
    freeze_session_type(session_type=session_type, now=NOW)
    session_type.refresh_from_db()

    with pytest.raises(Conflict) as refused:
        refuse_if_frozen(row=session_type)

    assert refused.value.code == "catalogue_frozen"


@pytest.mark.reads_clock
def test_the_command_loads_every_clinic_and_says_what_it_did(clinic, capsys):
    a_clinic(slug="second")

    call_command("load_catalogue")
    first = capsys.readouterr().out
    call_command("load_catalogue", clinic="second")
    second = capsys.readouterr().out

    assert Protocol.objects.count() == 2 * 4
    assert "protocol prp-mesotherapy, version 1: added" in first
    assert "the catalogue is up to date.\n" in second


def test_the_command_refuses_a_clinic_that_is_none(clinic):
    with pytest.raises(CommandError, match="no clinic “nowhere”"):
        call_command("load_catalogue", clinic="nowhere")


@pytest.mark.reads_clock
def test_the_command_says_what_must_be_mended(clinic, files):
    files.change("minutes = [0, 20]", "minutes = [0, 18]")

    with pytest.raises(CommandError, match=r"from minute 0 to 18, which is no multiple of 5 minutes"):
        call_command("load_catalogue", folder=files.folder)


def test_the_files_that_ship_are_in_the_catalogue_folder():
    assert {path.stem for path in CATALOGUE.glob("*.toml")} >= {"skills", "visits", "prp-mesotherapy"}
