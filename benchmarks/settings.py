"""The service's settings, with an empty view beside it and nobody counting."""

from clinic.settings import *  # noqa: F403  (everything as it is)

ROOT_URLCONF = "benchmarks.urls"
SEARCHES_A_MINUTE = KEY_REQUESTS_A_MINUTE = 1_000_000
