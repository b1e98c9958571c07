"""The link by which a patient answers an offer: signed, so that no secret is stored anywhere."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core import signing

from clinic.errors import Conflict, Unknown
from clinic.sentences import sentence as _
from scheduling.models import Offer

_SALT = "scheduling.offer"
_PATH = "/offers/{token}/"


def offer_token(offer: Offer) -> str:
    """The link's secret: the same whenever it is asked for.

    The token says which offer it opens; until when, the offer's row says.
    """
    return _signer().sign(offer.uuid.hex)


def offer_link(offer: Offer) -> str:
    """The whole address, for the mail."""
    return settings.BASE_URL.rstrip("/") + _PATH.format(token=offer_token(offer))


def offer_from(token: str, *, now: datetime) -> Offer:
    """The offer that a link opens, whatever became of it, with its wait, session and site.

    Raises Unknown (`unknown_offer`) for a token that is not ours and Conflict (`offer_expired`).
    """
    try:
        uuid = UUID(hex=_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        raise _unknown() from None
    rows = Offer.objects.select_related("site", "wait__patient__clinic", "wait__session__site", "hold")
    offer = rows.filter(uuid=uuid).first()
    if offer is None:
        raise _unknown()
    if offer.expires_at <= now:
        raise Conflict("offer_expired", _("This time is kept no longer. Call the clinic to ask for another."))
    return offer


def _signer() -> signing.Signer:
    # The point stands in an address as it is, and in neither half of the token.
    return signing.Signer(sep=".", salt=_SALT)


def _unknown() -> Unknown:
    return Unknown(
        "unknown_offer", _("This link opens no offer. Use the whole link of the mail, or call us.")
    )
