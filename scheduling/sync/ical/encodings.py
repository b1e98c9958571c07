"""What a client takes, by its Accept-Encoding (RFC 9110, 12.5.3). Pure."""

import re
from collections.abc import Iterator

_WEIGHT = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII | re.IGNORECASE)
_GZIP = ("gzip", "x-gzip", "*")


def takes_gzip(said: str) -> bool:
    """Whether gzip is taken, by its name or as anything, and liked no less than plain text.

    Plain text serves everybody: who refuses it and gzip as well gets it all the same.
    """
    weights = dict(_weights(said))
    gzip = next((weights[name] for name in _GZIP if name in weights), 0.0)
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weights(said: str) -> Iterator[tuple[str, float]]:
    for one in said.split(","):
        name, _, weight = (part.strip() for part in one.partition(";"))
        if not weight:
            yield name.lower(), 1.0
        else:
            # What is no weight is no wish for it either.
            found = _WEIGHT.fullmatch(weight)
            yield name.lower(), float(found[1]) if found else 0.0
