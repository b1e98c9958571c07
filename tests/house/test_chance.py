"""No test passes or fails by chance: what is random is drawn by a seed, and no test asks which day it is."""

import ast
from collections.abc import Iterator

import pytest

from tests.support import chance
from tests.support.house.source import Source, nothing_in, snippet, sources

ASKS_THE_DAY = {
    "datetime.date.today",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "django.utils.timezone.localdate",
    "time.gmtime",
    "time.localtime",
}


def left_to_chance(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = source.full_name(node.func)
        if name.startswith("random.") and not (name == "random.Random" and node.args):
            yield f"{source.path}:{node.lineno} draws without a seed; take tests.support.chance"
        if name in ASKS_THE_DAY or (name == "datetime.datetime.now" and not node.args):
            yield f"{source.path}:{node.lineno} asks which day it is; name one"


def test_no_test_draws_without_a_seed_or_asks_which_day_it_is():
    own = ("tests.", "benchmarks.")

    nothing_in(
        found for source in sources() if source.name.startswith(own) for found in left_to_chance(source)
    )


@pytest.mark.parametrize(
    "text",
    [
        "import random\nrandom.choice([1, 2])",
        "from random import shuffle\nshuffle(rows)",
        "from random import Random\nchance = Random()",
        "from datetime import date\non = date.today()",
        "from datetime import datetime\nat = datetime.now()",
        "from django.utils import timezone\non = timezone.localdate()",
    ],
)
def test_what_is_left_to_chance_is_found(text):
    assert list(left_to_chance(snippet(text)))


@pytest.mark.parametrize(
    "text",
    [
        "from random import Random\nchance = Random(7)",
        "from datetime import UTC, datetime\nat = datetime.now(UTC)",
    ],
)
def test_what_a_seed_or_the_clock_of_the_run_decides_is_let_through(text):
    assert not list(left_to_chance(snippet(text)))


@pytest.mark.parametrize("of", [1, 3])
def test_every_test_is_of_one_share_and_each_seed_draws_another(monkeypatch, of):
    names = [f"tests/test_one.py::test_{number}" for number in range(300)]
    shares = []
    for seed in range(of):
        monkeypatch.setattr(chance, "SEED", seed)
        shares.append({name for name in names if chance.is_of_the_share(name, of)})

    assert sorted(name for share in shares for name in share) == sorted(names)
    assert all(shares)
