"""The post: one SMTP connection for many mails, and what its answers mean."""

import contextlib
import smtplib
import time
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp

from scheduling.messages.mail_server.replies import ReplyAbout, reply_about

# No mail is begun after this many seconds, nor over a connection that took until later to open. The last
# mail waits for four replies of at most EMAIL_TIMEOUT (20 s) each: together less than a lease.
PATIENCE_SECONDS, OPENING_SECONDS = 20, 40
# So many broken connections in a row are no longer about one mail.
MOST_BREAKDOWNS = 3


class NothingHandedOver(smtplib.SMTPServerDisconnected):
    """The connection broke before the mail itself was on its way: it has certainly not arrived."""


class TellingSMTP(smtplib.SMTP):
    """Tells whether a broken connection may have delivered the mail."""

    _is_handing_over = False

    def sendmail(self, *args: Any, **options: Any) -> Any:
        self._is_handing_over = False
        try:
            return super().sendmail(*args, **options)
        except smtplib.SMTPServerDisconnected as broken:
            if self._is_handing_over:
                raise
            raise NothingHandedOver(*broken.args) from broken

    def data(self, msg: Any) -> Any:
        self._is_handing_over = True
        return super().data(msg)


class TellingSMTPOverTLS(TellingSMTP, smtplib.SMTP_SSL):
    pass


class TellingBackend(smtp.EmailBackend):
    """Django's SMTP back end over a connection that tells. Named in the settings."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return TellingSMTPOverTLS if self.use_ssl else TellingSMTP


class AnswerKind(StrEnum):
    ACCEPTED = "accepted"
    TRY_LATER = "try_later"
    REFUSED = "refused"
    BAD_ADDRESS = "bad_address"
    MAY_HAVE_ARRIVED = "may_have_arrived"
    OUT_OF_REACH = "out_of_reach"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of posting one mail, and what was said, for the operator.

    OUT_OF_REACH is about the server, not about the mail.
    """

    kind: AnswerKind
    said: str = ""


class Post:
    """Posts mails one by one over one connection, opened for the first of them and again whenever it broke.

    `problem` says why the server is out of reach; it is empty as long as it is not. `has_handed_over`: it
    took a mail.
    """

    def __init__(self) -> None:
        self._connection = get_connection()
        self._began = time.monotonic()
        self._breakdowns = 0
        self.problem = ""
        self.has_handed_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    @property
    def is_worn(self) -> bool:
        """Whether to stop here and leave the rest to the next sender."""
        return self._breakdowns >= MOST_BREAKDOWNS or self._elapsed > PATIENCE_SECONDS

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def send(self, mail: EmailMessage) -> Answer:
        """Post one mail. Raises for a mail that cannot be written, never for what a server says."""
        try:
            self._connection.open()
        except OSError as problem:  # SMTPException is one
            return self._out_of_reach(_said(problem))
        if self._elapsed > OPENING_SECONDS:
            return self._out_of_reach(f"It took longer than {OPENING_SECONDS} seconds to open.")
        try:
            self._connection.send_messages([mail])
        except smtplib.SMTPHeloError as problem:
            return self._out_of_reach(_said(problem))
        except OSError as problem:
            answer = _answer_to(problem)
            if _is_broken(problem):
                self._breakdowns += 1
                self._hang_up()
            else:
                self._breakdowns = 0
            return answer
        self._breakdowns = 0
        self.has_handed_over = True
        return Answer(AnswerKind.ACCEPTED)

    def _out_of_reach(self, problem: str) -> Answer:
        self.problem = problem
        return Answer(AnswerKind.OUT_OF_REACH, problem)

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()


def _answer_to(problem: OSError) -> Answer:
    match problem:
        case smtplib.SMTPRecipientsRefused():
            ((code, text),) = problem.recipients.values()
            return _answer_to_reply(code, _plain(text))
        case smtplib.SMTPSenderRefused():
            # Our address or our size of mail; the operator can mend it while the message waits.
            said = f"{problem.smtp_code} {_plain(problem.smtp_error)}"
            return Answer(AnswerKind.TRY_LATER, f"It does not take mail from us: {said}")
        case smtplib.SMTPResponseException():
            return _answer_to_reply(problem.smtp_code, _plain(problem.smtp_error))
        case smtplib.SMTPNotSupportedError():
            return Answer(AnswerKind.BAD_ADDRESS, "It cannot write to an address like this.")
        case NothingHandedOver():
            return Answer(AnswerKind.TRY_LATER, "It broke the connection.")
        case _:
            return Answer(AnswerKind.MAY_HAVE_ARRIVED, "It broke the connection while taking the mail.")


def _answer_to_reply(code: int, text: str) -> Answer:
    said = f"{code} {text}"
    match reply_about(code, text):
        case ReplyAbout.A_WHILE | ReplyAbout.FULL_MAILBOX:
            return Answer(AnswerKind.TRY_LATER, said)
        case ReplyAbout.ADDRESS:
            return Answer(AnswerKind.BAD_ADDRESS, said)
        case ReplyAbout.US:
            return Answer(AnswerKind.REFUSED, said)


def _is_broken(problem: OSError) -> bool:
    match problem:
        case smtplib.SMTPServerDisconnected():
            return True
        case smtplib.SMTPResponseException():
            return problem.smtp_code == 421
        case smtplib.SMTPRecipientsRefused():
            return any(code == 421 for code, _ in problem.recipients.values())
        case smtplib.SMTPException():
            return False
        case _:
            return True


def _plain(text: bytes | str) -> str:
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(plain.split())[:150]


def _said(problem: OSError) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {_plain(problem.smtp_error)}"
    return _plain(str(problem)) or type(problem).__name__
