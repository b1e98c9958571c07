"""The breaker: a server that refuses everybody alike is the sender's trouble, and no patient's.

While it is open mail waits, and one mail in five minutes asks whether the server takes mail again.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.conf import settings
from django.db.models import QuerySet

from scheduling.models import MailBreaker, Message, MessageState

log = structlog.get_logger(__name__)

PROBE_EVERY = timedelta(minutes=5)
# So many are never wrong in the same words by chance.
FEWEST_ADDRESSES, FEWEST_DOMAINS = 3, 2
_SAID_LENGTH = 300
# What of a reply is about one mail: an address, an id, a number.
_OWN_WORDS = re.compile(r"\S*@\S*|\S*\d\S*")


class Passage(StrEnum):
    """How much may be sent now."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One mail that the server would not take. `is_about_address`: it says that there is no such mailbox."""

    address: str
    said: str
    is_about_address: bool

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def wording(self) -> str:
        """The reply without what is about this one mail; its codes stay."""
        code, _, text = self.said.partition(" ")
        enhanced, _, rest = text.partition(" ")
        is_code = re.fullmatch(r"5\.\d+\.\d+", enhanced)
        kept = f"{enhanced} {_OWN_WORDS.sub('', rest)}" if is_code else _OWN_WORDS.sub("", text)
        return f"{code} {' '.join(kept.split())}"


def refused_alike(
    refusals: Iterable[Refusal], *, real: Callable[[Collection[str]], Collection[str]]
) -> Refusal | None:
    """One of at least three different addresses in two domains that were refused in the same words.

    That there is no such mailbox counts only at domains to which mail went before (`real` says which of
    some): a few wrong addresses of one import are wrong addresses.
    """
    alike: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        alike[refusal.wording].append(refusal)
    for some in alike.values():
        if _are_many(some) and some[0].is_about_address:
            known = real({refusal.domain for refusal in some})
            some = [refusal for refusal in some if refusal.domain in known]
        if _are_many(some):
            return some[0]
    return None


def _are_many(refusals: Collection[Refusal]) -> bool:
    addresses = {refusal.address.lower() for refusal in refusals}
    domains = {refusal.domain for refusal in refusals}
    return len(addresses) >= FEWEST_ADDRESSES and len(domains) >= FEWEST_DOMAINS


def real_domains(domains: Collection[str]) -> set[str]:
    """Those of the domains to which a mail of any clinic went before. One query for each."""
    sent = Message.objects.filter(state=MessageState.SENT)
    return {one for one in domains if sent.filter(patient__email__iendswith=f"@{one}").exists()}


def passage(*, now: datetime) -> Passage:
    """How much this sender may send: of all senders one has the probe. One query while it is shut."""
    if standing() is None:
        return Passage.ALL
    mine = _breakers().filter(probe_at__lte=now).update(probe_at=now + PROBE_EVERY)
    return Passage.ONE if mine else Passage.NONE


def standing() -> MailBreaker | None:
    """The breaker if it is open."""
    return _breakers().first()


def open_for(refusal: Refusal, *, now: datetime) -> None:
    """From now on mail waits; again changes nothing. It is told to the log once."""
    breaker, is_new = MailBreaker.objects.get_or_create(
        server=_server(),
        defaults={
            "opened_at": now,
            "probe_at": now + PROBE_EVERY,
            "server_said": refusal.said[:_SAID_LENGTH],
        },
    )
    if is_new:
        log.error("the mail server refuses everybody alike: mail waits", server=breaker.server)


def shut() -> None:
    """The server takes mail again."""
    if _breakers().delete()[0]:
        log.warning("the mail server takes mail again", server=_server())


def _breakers() -> QuerySet[MailBreaker]:
    return MailBreaker.objects.filter(server=_server())


def _server() -> str:
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
