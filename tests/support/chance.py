"""What is random in a test: the same every time, unless SEED says to draw anew.

`make test` draws what it drew the last time, so it fails for a reason or not at all. `make deep` names a new
SEED at each run, and tells it: with the same SEED the same is drawn.
"""

import os
from random import Random
from zlib import crc32

import hypothesis
from hypothesis import core

# By `make full`: tests that do not say how many examples they want get ten times as many.
EXAMPLES = 1000 if os.environ.get("DRAW") == "long" else 100
SEED = int(os.environ["SEED"]) if os.environ.get("SEED") else None
# Of how many tests one is run: CI has no time for all of them on both engines.
SHARE = int(os.environ.get("SHARE", "1"))


def draw_by_the_seed() -> None:
    """For hypothesis. It keeps no examples: what a run draws depends on nothing but its seed."""
    hypothesis.settings.register_profile(
        "coursebook",
        deadline=None,
        derandomize=SEED is None,
        database=None,
        max_examples=EXAMPLES,
    )
    hypothesis.settings.load_profile("coursebook")
    setattr(core, "global_force_seed", SEED)  # noqa: B010  (its type knows no seed)


def chance(number: int) -> Random:
    """A source of chance of its own for whoever names another number."""
    return Random(number if SEED is None else f"{SEED} {number}")


def is_of_the_share(name: str, of: int) -> bool:
    """Whether this test is one of the n-th part that the seed draws: another part with the next seed."""
    return crc32(name.encode()) % of == (SEED or 0) % of
