"""Files that nobody could keep are refused with file, place and reason; what nothing reads is said."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from clinic.errors import Refused
from tests.support.cast import NOW
from treatments.catalogue_files.load import Act, load_catalogue
from treatments.models import Protocol, RestTable, SessionType

pytestmark = pytest.mark.django_db

BOOSTER = """
[[protocol.step]]
session_type = "laser"
anchor = "first"
interval = { days = 20 }
"""
IMPOSSIBLE = [
    ("interval = { months = 1 }", "", "Laser course, step 2: the interval is 0"),
    ("earlier = { days = 3 }", "earlier = { days = 40 }", "Laser course, step 2: its window opens before"),
    ("earlier = { days = 3 }", "earlier = { months = 1 }", "Laser course, step 2: its window opens before"),
    ("patient_minutes = 20", "patient_minutes = 15", "Laser, Treatment: the patient leaves at minute 15"),
    ("minutes = [0, 20]", "minutes = [-5, 20]", "Laser, Treatment: the patient comes in the midst"),
    ("sessions = [3, 5]", "sessions = [1, 1]", "Laser course has 2 steps that are treatments and 1 sessions"),
    (
        "later = { days = 4 }",
        "later = { days = 4 }" + BOOSTER,
        "session 5 would be best on or before",
    ),
]


def refused(clinic, files) -> Refused:
    with pytest.raises(Refused) as refusal:
        load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    return refusal.value


@pytest.mark.parametrize(("said", "now_says", "reason"), IMPOSSIBLE)
def test_what_nobody_could_keep_is_refused_with_file_place_and_reason(clinic, files, said, now_says, reason):
    files.change(said, now_says)

    refusal = refused(clinic, files)
    assert {problem.code for problem in refusal.problems} == {"catalogue_impossible"}
    assert refusal.sentence.startswith("laser.toml: ")
    assert reason in refusal.sentence
    assert not Protocol.objects.exists()


def test_an_unknown_key_is_told_with_the_known_ones(clinic, files):
    files.change("repeats = true", "repeat = true")
    assert (
        "laser.toml, protocol 1, step 2 has an unknown key “repeat”. Known are anchor, booking, earlier"
        in (refused(clinic, files).sentence)
    )

    files.change("repeat = true", "repeats = true")
    files.change('session_type = "laser"\nanchor = "previous"', 'session_type = "lazer"\nanchor = "previous"')
    assert "“lazer” is no session type here. There are: laser." in refused(clinic, files).sentence


def test_a_value_that_nothing_reads_yet_is_said_to_be_so(clinic, files):
    files.change("patient_minutes = 20", 'patient_minutes = 20\naftercare_text = "Keep it dry."')

    [laser, _] = load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    assert laser.unread == ("aftercare_text",)
    told = StringIO()
    call_command("load_catalogue", folder=files.folder, stdout=told)
    assert "session type laser: aftercare_text is kept, and nothing reads it yet." in told.getvalue()


def test_new_keys_at_their_default_make_no_new_version(clinic, files):
    load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    SessionType.objects.update(frozen_at=NOW)
    files.change("patient_minutes = 20", 'patient_minutes = 20\nregion = "scalp"')
    assert {one.act for one in load_catalogue(clinic=clinic, now=NOW, folder=files.folder)} == {Act.UNCHANGED}

    files.change('region = "scalp"', 'region = "chin"')
    load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    assert SessionType.objects.get(is_current=True).region == "chin"


def test_a_table_of_rest_has_versions_and_only_lines_that_can_count(clinic, files):
    files.write("[[rest]]\nsame = true\ndays = 11\n\n[[rest]]\ndays = 7\ndefault = true\n", "rest.toml")
    load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    files.write("[[rest]]\ndays = 5\n", "rest.toml")
    load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    load_catalogue(clinic=clinic, now=NOW, folder=files.folder)
    assert list(RestTable.objects.order_by("version").values_list("version", "is_current")) == [
        (1, False),
        (2, True),
    ]

    files.write('[[rest]]\ndays = 5\n\n[[rest]]\nafter = ["peel"]\ndays = 400\n', "rest.toml")
    assert sorted(re.findall(r"Rest, line (\d)", refused(clinic, files).sentence)) == ["1", "2", "2"]
