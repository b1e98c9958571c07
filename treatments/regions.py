"""Regions of the body: slugs, as session types and plans name them. Pure."""

import re

# Where nobody says anything else.
USUAL_REGION = "scalp"
LONGEST_REGION = 50
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_region(said: str) -> bool:
    return len(said) <= LONGEST_REGION and bool(_REGION.fullmatch(said))
