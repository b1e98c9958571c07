"""What the bench measures is a sound clinic, and it says so when a goal is missed."""

from io import StringIO

import pytest
from django.core.management import call_command

from benchmarks import table
from benchmarks.clinic import Measure, a_bench
from benchmarks.jobs.search import found
from benchmarks.loops import first_course_by_looping
from benchmarks.table import Row, kept, printed
from benchmarks.timing import exponent, medians
from scheduling.models import Claim

pytestmark = pytest.mark.deep


@pytest.mark.django_db
def test_the_clinic_of_the_bench_is_sound_and_as_full_as_it_was_asked_to_be():
    bench = a_bench(Measure(occupancy=0.6, old_claims=2_000, days_ahead=95))

    said = StringIO()
    call_command("check_diary", stdout=said)

    assert said.getvalue().startswith("Sound: ")
    taken = sum(row.end_cell - row.start_cell for row in Claim.objects.filter(need__isnull=False))
    assert Claim.objects.count() > 2_000
    assert taken
    assert found(bench, most=5).proposals
    assert len(first_course_by_looping(bench, days=90)) == 6


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("a", 14.0, "×", most=15), "met"),
        (Row("a", 16.0, "×", most=15), "MISSED"),
        (Row("a", 0.3, least=0.25), "met"),
        (Row("a", 0.2, least=0.25), "MISSED"),
        (Row("a", None, most=1), "not measured"),
        (Row("a", 3.0, "ms"), ""),
    ],
)
def test_a_row_says_whether_its_goal_is_met(row, verdict):
    assert row.verdict == verdict
    assert verdict in next(printed([row]))


def test_the_table_is_put_between_its_marks_and_nothing_else_is_touched(tmp_path, monkeypatch):
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- a begins -->\nold\n<!-- a ends -->\nafter\n")
    monkeypatch.setattr(table, "PAGE", page)

    kept([Row("job", 2.0, "×", most=1)], part="a")

    text = page.read_text()
    assert "old" not in text
    assert text.startswith("before\n<!-- a begins -->\n| job |")
    assert "| job | ≤ 1 × | 2 × | MISSED |  |\n<!-- a ends -->\nafter" in text


def test_growth_is_the_slope_of_the_logarithms():
    assert exponent({1: 2.0, 2: 4.0, 4: 8.0}) == pytest.approx(1)
    assert exponent({1: 3.0, 10: 3.0}) == pytest.approx(0)


def test_every_job_gets_its_median():
    assert medians({"one": lambda: None, "other": lambda: sum(range(1000))}, turns=3).keys() == {
        "one",
        "other",
    }
