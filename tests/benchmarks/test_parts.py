"""Each part that `make bench` measures is there."""

import pytest

from benchmarks.__main__ import PARTS, rows_of


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_a_job(part):
    assert callable(rows_of(part))
