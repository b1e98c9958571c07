"""ETags of versioned rows, and the If-Match that protects a change from acting on an old one."""

from rest_framework.exceptions import APIException
from rest_framework.request import Request


class VersionStale(APIException):
    status_code = 412
    default_code = "version_stale"
    default_detail = "This has changed since you read it. Read it again and decide anew."


def etag_of(version: int) -> str:
    return f'"{version}"'


def refuse_if_stale(request: Request, *, version: int) -> None:
    """Raise VersionStale if the request names versions and this is none of them."""
    named = request.headers.get("If-Match")
    if named is None:
        return
    # Proxies that compress mark an ETag as weak; the version behind it is the same.
    versions = {tag.strip().removeprefix("W/") for tag in named.split(",")}
    if not versions & {"*", etag_of(version)}:
        raise VersionStale
