"""The link with which a patient answers an offer: signed, for one purpose, good while the offer is open."""

from hashlib import sha256

from django.core import signing

from clinic.errors import Unknown
from scheduling.models import Offer

_SALT = "scheduling.offer"


def offer_token(offer: Offer) -> str:
    """The secret of the link. It can be made again from the offer, so that nothing secret is stored."""
    return signing.Signer(salt=_SALT).sign(offer.uuid.hex)


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def offer_from(token: str) -> Offer:
    """The offer that the link is about. Raises Unknown for any link that is not ours."""
    try:
        signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        raise unknown_offer() from None
    rows = Offer.objects.select_related("wait__session", "wait__patient__clinic", "site", "hold")
    offer = rows.filter(digest=digest_of(token), wait__patient__erased_at__isnull=True).first()
    if offer is None:
        raise unknown_offer()
    return offer


def unknown_offer() -> Unknown:
    return Unknown("unknown_offer", "There is no such offer. Ask the clinic for another time.")
