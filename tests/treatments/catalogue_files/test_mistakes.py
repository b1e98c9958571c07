"""Mistakes in the catalogue's files: each refused with a sentence, nothing written."""

import pytest

from clinic.errors import Refused
from clinic.models import Skill
from tests.support.cast import NOW
from tests.support.treatments.catalogue_files import COURSE
from treatments.catalogue_files.load import load_catalogue
from treatments.models import Protocol, SessionType

pytestmark = pytest.mark.django_db

WRONG = [
    ("minutes = [0, 20]", "minutes = [0, 18]", "stage_not_in_cells"),
    ("patient_minutes = 20", "patient_minutes = 22", "stage_not_in_cells"),
    ("patient_minutes = 20", "patient_minutes = 0", "stage_not_in_cells"),
    ("minutes = [20, 25]", "minutes = [25, 20]", "stage_reversed"),
    ("minutes = [20, 25]", "minutes = [20, 20]", "stage_reversed"),
    ("minutes = [20, 25]", "minutes = [15, 25]", "role_twice_at_once"),
    ("minutes = [20, 25]", "minutes = [20, 1500]", "catalogue_malformed"),
    ("needs = { laser = ", "needs = { doctor = ", "catalogue_malformed"),
    ('needs = { laser = "laser" }', 'needs = { laser = "maser" }', "undefined_skill"),
    (
        'session_type = "laser"\nanchor = "start"',
        'session_type = "peel"\nanchor = "start"',
        "undefined_session_type",
    ),
    ("earlier = { days = 3 }", "earlier = { days = -5 }", "window_reversed"),
    ("later = { days = 4 }", "later = { days = -4 }", "window_reversed"),
    ("later = { days = 4 }", "later = { months = -1 }", "window_reversed"),
    ("later = { days = 4 }", "later = { days = -2 }", "catalogue_malformed"),
    ("interval = { months = 1 }", "interval = { months = -1 }", "catalogue_malformed"),
    ("interval = { months = 1 }", "interval = { days = 40000 }", "catalogue_malformed"),
    ("sessions = [3, 5]", "sessions = [0, 5]", "catalogue_malformed"),
    ("sessions = [3, 5]", "sessions = [5, 3]", "catalogue_malformed"),
    ("sessions = [3, 5]", "sessions = [3, 61]", "catalogue_malformed"),
    ("sessions = [3, 5]", "sessions = [3]", "catalogue_malformed"),
    ("sessions = [3, 5]", 'sessions = "3-5"', "catalogue_malformed"),
    ("sessions = [3, 5]", "sessions = [3, true]", "catalogue_malformed"),
    ("repeats = true", 'repeats = "yes"', "catalogue_malformed"),
    ('anchor = "previous"', 'anchor = "last"', "catalogue_malformed"),
    ('anchor = "previous"', 'anchor = "yesterday"', "catalogue_malformed"),
    ('anchor = "previous"', 'anchor = "start"', "catalogue_malformed"),
    ('anchor = "start"', 'anchor = "first"', "catalogue_malformed"),
    ('anchor = "start"', 'anchor = "start"\nrepeats = true', "catalogue_malformed"),
    ('anchor = "previous"', 'anchor = "previous"\nkind = "review"', "catalogue_malformed"),
    ('kind = "device"', 'kind = "machine"', "catalogue_malformed"),
    ('kind = "device"', "", "catalogue_malformed"),
    ('kind = "device"', 'kind = "device"\ncolour = "red"', "catalogue_malformed"),
    ('key = "cooling"', 'key = "treatment"', "catalogue_malformed"),
    ('key = "cooling"', 'key = "Cooling stage"', "catalogue_malformed"),
    ('name = "Laser course"', 'name = " "', "catalogue_malformed"),
    ('name = "Laser course"', "name = 7", "catalogue_malformed"),
    ('name = "Laser course"', f'name = "{"x" * 101}"', "catalogue_malformed"),
    ("needs = { laser = ", "needs = 5 # ", "catalogue_malformed"),
    ("[[protocol.step]]", "[protocol.step]", "catalogue_malformed"),
    ("sessions = [3, 5]", "sessions = [3, 5", "catalogue_malformed"),
]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize(("said", "now_says", "code"), WRONG)
def test_a_wrong_file_is_refused_and_nothing_is_written(clinic, files, said, now_says, code):
    files.change(said, now_says)

    with pytest.raises(Refused) as refused:
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)

    assert code in codes(refused)
    assert not Skill.objects.exists()
    assert not SessionType.objects.exists()
    assert not Protocol.objects.exists()


def test_a_wrong_file_leaves_the_catalogue_as_it_was(clinic, files):
    load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    files.change("sessions = [3, 5]", "sessions = [3, 6]")
    files.change("minutes = [0, 20]", "minutes = [0, 18]")

    with pytest.raises(Refused):
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)

    assert Protocol.objects.get().max_sessions == 5


def test_everything_that_is_wrong_is_said_at_once(clinic, files):
    files.change("minutes = [0, 20]", "minutes = [0, 18]")
    files.change("later = { days = 4 }", "later = { days = -4 }")
    files.change('needs = { laser = "laser" }', 'needs = { laser = "maser" }')

    with pytest.raises(Refused) as refused:
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)

    assert sorted(codes(refused)) == ["stage_not_in_cells", "undefined_skill", "window_reversed"]


def test_a_course_needs_a_treatment_and_a_session_a_stage(clinic, files):
    files.write('[[protocol]]\nkey = "x"\nname = "X"\nsessions = [1, 1]\nstep = []\n', "x.toml")
    files.write('[[session_type]]\nkey = "y"\nname = "Y"\npatient_minutes = 5\nstage = []\n', "y.toml")

    with pytest.raises(Refused) as refused:
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)

    assert codes(refused) == ["catalogue_malformed"] * 2


def test_a_role_cannot_be_a_person_here_and_a_device_there(clinic, files):
    files.change("needs = { laser = ", "needs = { doctor = ")

    with pytest.raises(Refused) as refused:
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)

    assert "“doctor” is a device and a practitioner at once" in refused.value.sentence


def test_a_folder_without_files_and_a_file_without_letters_are_refused(clinic, files, tmp_path):
    (tmp_path / "empty").mkdir()
    (files.folder / "scan.toml").write_bytes(b"\xff\xfe")

    for folder in (tmp_path / "empty", tmp_path / "nowhere", files.folder):
        with pytest.raises(Refused) as refused:
            load_catalogue(clinic=clinic, now=NOW, folder=folder)
        assert codes(refused) == ["catalogue_malformed"]


def test_two_files_may_not_say_the_same_key(clinic, files):
    files.write(COURSE, "again.toml")

    with pytest.raises(Refused) as refused:
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)

    assert "2 entries for the protocol “laser”" in refused.value.sentence
