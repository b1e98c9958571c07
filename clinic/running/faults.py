"""What an operator may read of a fault: its type, its code, and words of our own list.

A fault's own words are never told: they may quote a row. But a full disk, a refused connection or a missing
table is the operator's to mend, and says so by codes, by names of the schema, and in phrases that are always
the same. A phrase is told as it stands here, whatever else stood around it.
"""

import errno
import os
import re
from collections.abc import Iterator

# What only a missing package or a failed round says: names of code and counts.
_WHOLE = {
    "builtins.ImportError",
    "builtins.MemoryError",
    "builtins.ModuleNotFoundError",
    "builtins.RecursionError",
    "celery.exceptions.NotRegistered",
    "clinic.every_clinic.RoundFailed",
    "django.template.exceptions.TemplateDoesNotExist",
}
_OWN = ("clinic.", "treatments.", "scheduling.")
# Of SQLite, libpq, Redis, TLS and resolvers.
_PHRASES = (
    "attempt to write a readonly database",
    "authentication failed",
    "authentication required",
    "certificate verify failed",
    "connection refused",
    "connection reset by peer",
    "connection timed out",
    "could not translate host name",
    "database disk image is malformed",
    "database is locked",
    "database or disk is full",
    "deadlock detected",
    "disk i/o error",
    "hostname mismatch",
    "invalid username-password pair",
    "name or service not known",
    "no pg_hba.conf entry",
    "no route to host",
    "no space left on device",
    "out of memory",
    "permission denied",
    "remaining connection slots are reserved",
    "server closed the connection unexpectedly",
    "ssl connection has been closed unexpectedly",
    "temporary failure in name resolution",
    "the database system is in recovery mode",
    "the database system is shutting down",
    "the database system is starting up",
    "timeout expired",
    "too many clients already",
    "unable to open database file",
    "wrong version number",
)
_SQLSTATE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_SQLITE_NAME = re.compile(r"SQLITE_[A-Z0-9_]+", re.ASCII)
_REFUSAL = re.compile(r"[a-z][a-z_]*", re.ASCII)
_SCHEMA = re.compile(
    r"no such (?:table|column): [a-z_.]+"
    r"|(?:UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: [a-z0-9_., ]+)?",
    re.ASCII,
)
_LONGEST = 200


def kind_of(raised: BaseException) -> str:
    return f"{type(raised).__module__}.{type(raised).__qualname__}"


def told_of(raised: BaseException) -> dict[str, str]:
    """`code`, `constraint` and `says`, as far as they are known."""
    found = {
        "code": next(_codes(raised), ""),
        "constraint": _constraint(raised),
        "says": next(_words(raised), ""),
    }
    return {name: told for name, told in found.items() if told}


def in_short(raised: BaseException) -> str:
    """“OperationalError SQLITE_FULL (database or disk is full)”."""
    told = told_of(raised)
    says = f"({told['says']})" if "says" in told else ""
    return " ".join(word for word in (type(raised).__qualname__, told.get("code", ""), says) if word)


def _codes(raised: BaseException) -> Iterator[str]:
    for name, shape in (("sqlstate", _SQLSTATE), ("sqlite_errorname", _SQLITE_NAME)):
        code = getattr(raised, name, None)
        if isinstance(code, str) and shape.fullmatch(code):
            yield code
    if isinstance(raised, OSError) and isinstance(raised.errno, int) and raised.errno in errno.errorcode:
        yield errno.errorcode[raised.errno]
    if isinstance(answer := getattr(raised, "smtp_code", None), int):
        yield f"SMTP {answer}"
    refusal = getattr(raised, "code", None)
    if kind_of(raised).startswith(_OWN) and isinstance(refusal, str) and _REFUSAL.fullmatch(refusal):
        yield refusal


def _constraint(raised: BaseException) -> str:
    """PostgreSQL names it apart from the row that broke it."""
    name = getattr(getattr(raised, "diag", None), "constraint_name", None)
    return name if isinstance(name, str) and name.isidentifier() else ""


def _words(raised: BaseException) -> Iterator[str]:
    if isinstance(raised, OSError) and isinstance(raised.errno, int) and raised.errno in errno.errorcode:
        yield os.strerror(raised.errno)
    try:
        said = str(raised)
    except Exception:
        return
    if kind_of(raised) in _WHOLE:
        yield said[:_LONGEST]
    if hasattr(raised, "sqlite_errorname") and (schema := _SCHEMA.fullmatch(said)):
        yield schema.group()[:_LONGEST]
    lower = said.lower()
    yield from (phrase for phrase in _PHRASES if phrase in lower)
