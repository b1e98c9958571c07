"""ETags of what a path names, and the If-Match that protects a change from acting on an old one.

The tag of what was read is `"<version>-<digest>"`: the digest tells a reader whether anything of the
answer is otherwise (If-None-Match), the version a writer whether the row is (If-Match). A write answers
`"<version>"`.
"""

import hashlib

from rest_framework.exceptions import APIException
from rest_framework.request import Request

ANY = "*"
_DIGEST_LETTERS = 16


class VersionStale(APIException):
    status_code = 412
    default_code = "version_stale"
    default_detail = "This has changed since you read it. Read it again and decide anew."


class VersionMissing(APIException):
    status_code = 428
    default_code = "version_missing"
    default_detail = (
        "Say what you read: send its ETag as “If-Match”, so that nothing is changed that you have not seen."
    )


def tag_of(version: int | None, content: bytes | None) -> str:
    """The ETag of an answer: of what was read by its content too; "" where there is nothing to tell."""
    digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LETTERS] if content is not None else ""
    said = "-".join(part for part in ("" if version is None else str(version), digest) if part)
    return f'"{said}"' if said else ""


def is_unchanged(request: Request, *, tag: str) -> bool:
    """Whether the client has this very answer: If-None-Match names its tag."""
    return bool({ANY, tag} & _named(request, "If-None-Match"))


def refuse_if_unnamed(request: Request) -> None:
    """Raise VersionMissing if the request names no version."""
    if "If-Match" not in request.headers:
        raise VersionMissing


def refuse_if_stale(request: Request, *, version: int) -> None:
    """Raise VersionStale if the request names versions and this is none of them."""
    if "If-Match" not in request.headers:
        return
    versions = {tag.strip('"').partition("-")[0] for tag in _named(request, "If-Match")}
    if not versions & {ANY, str(version)}:
        raise VersionStale


def _named(request: Request, header: str) -> set[str]:
    # Proxies that compress mark an ETag as weak; what is behind it is the same.
    return {tag.strip().removeprefix("W/") for tag in request.headers.get(header, "").split(",")}
