"""What a mail server's reply is about: the address, a full mailbox, a while, or us. Pure.

By the enhanced status code where there is one (RFC 3463, RFC 7505), else by the words; a bare code says
nothing. Only a reply about the address is a reason to doubt it: relay, policy and content are the clinic's.
"""

import re
from enum import StrEnum


class ReplyAbout(StrEnum):
    """What a refusal, or a request to wait, is about."""

    A_WHILE = "a_while"
    ADDRESS = "address"
    FULL_MAILBOX = "full_mailbox"
    US = "us"


_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
# No such mailbox or domain, malformed, moved away, takes no mail at all; disabled. 5.1.7 and 5.1.8 are about
# the sender's address, 5.2.3 about the size of the mail.
_OF_THE_ADDRESS = frozenset({(1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 1)})
_FULL = (2, 2)
# These say only that something is wrong with the address or the mailbox, or nothing: then the words decide.
_VAGUE = frozenset({(0, 0), (1, 0), (2, 0)})

_WHOM = r"(?:user|mailbox|mail ?box|recipient|address|account|inbox)"
_FULL_WORDS = re.compile(
    r"(?:mailbox|inbox|account|quota|storage)[^.;]{0,40}(?:full|exceeded)|over ?quota", re.IGNORECASE
)
_US_WORDS = re.compile(
    r"relay|spam|spf|dkim|dmarc|policy|block|black ?list|reputation|not permitted|denied|authenticat|content",
    re.IGNORECASE,
)
_ADDRESS_WORDS = re.compile(
    rf"(?:no such|unknown|invalid|non-?existent|unrouteable) {_WHOM}"
    rf"|{_WHOM}\b[^.;]{{0,60}}\b(?:unknown|not found|not exist|doesn.t exist|gone|disabled|invalid|no longer)"
    r"|host or domain name not found|domain (?:not found|does not exist)",
    re.IGNORECASE,
)


def reply_about(code: int, text: str) -> ReplyAbout:
    """What the reply with that SMTP code and text, its enhanced code in front of it, is about."""
    enhanced = _ENHANCED.match(text)
    detail = (int(enhanced[2]), int(enhanced[3])) if enhanced else None
    if code < 500:
        return ReplyAbout.A_WHILE
    if detail == _FULL or (_says_little(detail) and _FULL_WORDS.search(text)):
        return ReplyAbout.FULL_MAILBOX
    if detail in _OF_THE_ADDRESS or (_says_little(detail) and _blames_the_address(text)):
        return ReplyAbout.ADDRESS
    return ReplyAbout.US


def _says_little(detail: tuple[int, int] | None) -> bool:
    return detail is None or detail in _VAGUE


def _blames_the_address(text: str) -> bool:
    return bool(_ADDRESS_WORDS.search(text)) and not _US_WORDS.search(text)
