"""Who takes gzip, by what they say they take."""

import pytest

from scheduling.sync.ical.encodings import takes_gzip


@pytest.mark.parametrize(
    "said",
    [
        "gzip",
        "gzip, deflate, br",
        "GZIP;Q=0.5",
        "x-gzip",
        "*",
        "br;q=1.0, gzip; q = 0.8, *;q=0.1",
        "identity;q=0, gzip;q=0.001",
        "identity;q=0, *",
        "gzip, identity",
    ],
)
def test_gzip_is_taken(said):
    assert takes_gzip(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "identity",
        "deflate, br",
        "gzip;q=0",
        "gzip;q=0.000",
        "gzip;q=0, *",
        "*;q=0",
        "gzip;q=0.5, identity",
        "gzip;q=much",
        "gzip;q=2",
        "nogzip",
        "identity;q=0",
    ],
)
def test_gzip_is_not_taken(said):
    assert not takes_gzip(said)
