"""The operator's log: JSON lines in production, readable lines on a terminal.

No line holds what a patient is called, said or was sent. Records are stripped where they are made,
before any listener: of libraries the wording stays and what they put into it goes, and of a fault
its types, places and codes stay and its message goes, which may quote a row (`faults.py`).
"""

import logging
import logging.config
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

from clinic.running.faults import in_short, kind_of, told_of

# Ours say ids, counts and types, which tests/clinic/running/test_logs.py proves.
OWN = ("clinic", "treatments", "scheduling")
# Addresses of brokers and names of tasks, which carry nothing: an operator needs to read them.
TRUSTED = (*OWN, "celery.beat", "celery.worker.consumer")
# What they put into a line are processes, signals and seconds.
MACHINES = ("celery", "gunicorn", "kombu")
ROOT = Path(__file__).resolve().parents[2]
_PLACEHOLDER = re.compile(r"%(\(\w+\))?[-#0-9. +]*[a-zA-Z]|\{\w*\}")
_SIGNAL = re.compile(r"SIG[A-Z0-9]+", re.ASCII)
_BEGINNING = re.compile(r"[^:'\"“<(\[{]*")
_LONGEST_WORDS, _MOST_PLACES, _MOST_CAUSES = 200, 40, 5
# Of processes; those of telephones and accounts are larger.
_LARGEST_NUMBER = 10_000_000


class QuietRecord(logging.LogRecord):
    """A record that nobody can make speak of a patient; `fault` is what was raised."""

    def __init__(self, *said: Any, **named: Any) -> None:
        super().__init__(*said, **named)
        self.fault = list(_causes(self.exc_info)) if self.exc_info else []
        self.exc_info = self.exc_text = self.stack_info = None
        # Without a name it is the copy of one that was stripped when it was made.
        if self.name and not _is_of(self.name, TRUSTED):
            self.task = _task_of(self.args)
            is_of_machines = _is_of(self.name, MACHINES)
            self.msg, self.args = _bare(self.msg, self.args, with_numbers=is_of_machines), ()


def configure(asked: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `as_json`, and the `level` of what we tell ourselves."""
    logging.setLogRecordFactory(QuietRecord)
    structlog.configure(
        processors=[*_first(), ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    through_root = {"handlers": [], "propagate": True, "level": "NOTSET"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"faults": {"()": lambda: _has_fault}},
            "formatters": {"line": {"()": line_format, "as_json": asked["as_json"]}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            # Libraries are heard when something is wrong; the mail sink's tells of every connection.
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                **{own: through_root | {"level": asked["level"]} for own in OWN},
                "django": through_root,
                "django.server": through_root,
                # Each request has its line already, with its status: here only faults are news.
                "django.request": through_root | {"level": "ERROR", "filters": ["faults"]},
                "django.security.DisallowedHost": through_root | {"level": "CRITICAL"},
                "gunicorn.error": through_root | {"level": "WARNING"},
            },
        }
    )


def line_format(*, as_json: bool) -> ProcessorFormatter:
    """How a line is written: as one object of JSON, or for people."""
    people = [_spread_fault, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    programs = [structlog.processors.JSONRenderer(sort_keys=True)]
    return ProcessorFormatter(
        foreign_pre_chain=[*_first(), _tell_fault],
        processors=[ProcessorFormatter.remove_processors_meta, *(programs if as_json else people)],
    )


def _first() -> list[Any]:
    """What every line gets, ours and those of libraries."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _has_fault(record: logging.LogRecord) -> bool:
    return bool(getattr(record, "fault", None))


def _tell_fault(_: Any, __: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = told["_record"]
    if fault := getattr(record, "fault", None):
        told["fault"] = fault
    told.update(getattr(record, "task", {}))
    return told


def _spread_fault(_: Any, __: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line for each place, for people."""
    lines = [
        line for cause in told.pop("fault", []) for line in (_head(cause), *(f"  {at}" for at in cause["at"]))
    ]
    told["event"] = "\n    ".join([str(told["event"]), *lines])
    return told


def _head(cause: Mapping[str, Any]) -> str:
    known = (cause.get(name) for name in ("code", "constraint", "says"))
    return ": ".join([cause["type"], *(told for told in known if told)])


def _causes(told: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """What was raised, then what it came from: type, code and places, without its message."""
    _, raised, trace = told
    for _ in range(_MOST_CAUSES):
        if raised is None:
            return
        yield {"type": kind_of(raised), **told_of(raised), "at": _places(trace)}
        raised = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)
        trace = raised and raised.__traceback__


def _places(trace: TracebackType | None) -> list[str]:
    places = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return places[-_MOST_PLACES:]


def _short(path: str) -> str:
    within = path.rpartition("/site-packages/")[2]
    return within.removeprefix(f"{ROOT}/")


def _bare(message: object, arguments: object, *, with_numbers: bool) -> str:
    """The wording of a library, with “…” for what it put in; its beginning, if that cannot be told apart."""
    if isinstance(message, BaseException):
        return in_short(message)
    if not isinstance(message, str):
        return type(message).__name__
    if arguments:
        filled = _filled(message, arguments, with_numbers=with_numbers)
        return filled[:_LONGEST_WORDS]
    beginning = _BEGINNING.match(message)
    return beginning.group().strip()[:_LONGEST_WORDS] if beginning else ""


def _filled(message: str, arguments: object, *, with_numbers: bool) -> str:
    given = iter(arguments if isinstance(arguments, tuple) else ())

    def fill(place: re.Match[str]) -> str:
        name = (place.group(1) or "").strip("()")
        said = arguments.get(name) if name and isinstance(arguments, Mapping) else next(given, None)
        return _harmless(said, with_numbers=with_numbers) or "…"

    return _PLACEHOLDER.sub(fill, message)


def _harmless(said: object, *, with_numbers: bool) -> str:
    """What tells of machines and of nobody: faults in short, names of our tasks, signals, small numbers."""
    if isinstance(said, BaseException):
        return in_short(said)
    if isinstance(said, str):
        return said if _SIGNAL.fullmatch(said) or _is_task(said) else ""
    is_number = with_numbers and isinstance(said, int) and abs(said) < _LARGEST_NUMBER
    return f"{said}" if is_number else ""


def _is_task(said: str) -> bool:
    """A name as `scheduling.send_due_messages`: one of ours, and nothing that anybody typed."""
    return re.fullmatch(r"(?:clinic|treatments|scheduling)\.[a-z_]+", said, re.ASCII) is not None


def _task_of(arguments: object) -> dict[str, str]:
    """Which task Celery speaks of, when it does."""
    if isinstance(arguments, Mapping) and {"id", "name"} <= arguments.keys():
        return {"task": str(arguments["name"]), "task_id": str(arguments["id"])}
    return {}


def _is_of(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)
