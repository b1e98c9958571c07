"""The short way for pages that ask whether anything has changed, past the framework: they ask very often.

What the whole way answered with “nothing” – with its look at host, https and cookies – is remembered by the
words of the request. The same words get the same answer, as long as the watch has at hand that it still
stands. All else goes the whole way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from clinic.errors import ClinicError
from clinic.web.clock import now
from clinic.web.live.endpoint import ANSWERED, Answered, watch
from clinic.web.live.watch import MOST_SESSIONS
from clinic.web.request_log import HEADER, request_id_of

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_PATH, _NOTHING = "/live/", "204 No Content"
# All of a request that its answer depends on.
_WORDS = ("HTTP_HOST", "wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO", "HTTP_COOKIE", "QUERY_STRING")


@dataclass(frozen=True, slots=True)
class _Remembered:
    answered: Answered
    headers: Headers


def short_way(application: Application) -> Application:
    """The application with a short way in front of it; both give the same answers."""
    remembered: dict[tuple[Any, ...], _Remembered] = {}

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] != "GET":
            return application(environ, start_response)
        words = tuple(environ.get(word) for word in _WORDS)
        known = remembered.get(words)
        if known is not None and _still_stands(known.answered):
            request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID", ""))
            start_response(_NOTHING, [*known.headers, (HEADER, request_id)])
            return ()
        remembered.pop(words, None)

        def remember(status: str, headers: Headers, *fault: Any) -> Any:
            answered = environ.get(ANSWERED)
            if status == _NOTHING and answered is not None:
                if len(remembered) >= MOST_SESSIONS:
                    remembered.pop(next(iter(remembered)), None)
                remembered[words] = _Remembered(answered, [one for one in headers if one[0] != HEADER])
            return start_response(status, headers, *fault)

        return application(environ, remember)

    return answer


def _still_stands(answered: Answered) -> bool:
    try:
        return watch.number_at_hand(answered.asking, now=now()) == answered.number
    except ClinicError:
        return False
