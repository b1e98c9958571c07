"""What other systems called those who were erased: kept as digests, so that no table brings them back."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from clinic.audit_trail.erasure_ledger import enter_names
from clinic.errors import Conflict
from clinic.models import ErasedName, ExternalId, NamedKind, Patient
from clinic.people.external_id_kinds import Name
from clinic.places.sites import zone_at_home
from clinic.sentences import sentence as _


def remember_names(*, patient: Patient, now: datetime) -> None:
    """Of whom is erased; before the names themselves go."""
    rows = ExternalId.objects.of_clinic(patient.clinic_id)
    named = rows.filter(kind=NamedKind.PATIENT, named=patient.uuid).values_list("system", "value")
    digests = [_digests(Name(*name), clinic_id=patient.clinic_id)[0] for name in named]
    enter_names(dict.fromkeys(digests, now), clinic_id=patient.clinic_id)


def refuse_erased_names(*, names: Iterable[Name], clinic_id: int) -> None:
    """Raises Conflict (`external_id_erased`) for a name under which somebody was erased."""
    for name in names:
        digests = _digests(name, clinic_id=clinic_id)
        erased = ErasedName.objects.of_clinic(clinic_id).filter(digest__in=digests).first()
        if erased is not None:
            sentence = _(
                "“{name}” was erased on {on:j F Y}. Who came back is registered without it, at the desk.",
                name=name,
                on=erased.erased_at.astimezone(zone_at_home(clinic_id=clinic_id)),
            )
            raise Conflict("external_id_erased", sentence)


def forget_name(*, name: Name, clinic_id: int) -> None:
    """Somebody said of a patient who is here that this is their name."""
    rows = ErasedName.objects.of_clinic(clinic_id)
    rows.filter(digest__in=_digests(name, clinic_id=clinic_id)).delete()


def _digests(name: Name, *, clinic_id: int) -> list[str]:
    """Under the secret of today, then earlier ones. Ids are short: without a secret they are guessed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    said = f"{clinic_id} {name}"
    return [salted_hmac("erased name", said, secret=key, algorithm="sha256").hexdigest() for key in secrets]
