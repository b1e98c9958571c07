"""Finding the demo clinic, and taking it out again with all that belongs to it."""

from django.apps import apps
from django.db import models, transaction

from clinic.identity.actors import Role
from clinic.models import Clinic, Membership, User
from clinic.models.audit import SealedRow
from clinic.models.tenant import TenantRow
from scheduling.demo.cast.premises import SLUG
from scheduling.demo.cast.sign_ins import address_of


class IsSomebodysClinic(Exception):
    """Others than the demo's own people work in it."""


def demo_clinic() -> Clinic | None:
    """The clinic that the demo made in this database, if it is there."""
    found: Clinic | None = Clinic.objects.filter(slug=SLUG).first()
    return found


def remove_demo(*, clinic: Clinic) -> int:
    """Take out every row of the demo clinic and its accounts; how many rows those were.

    Its audit entries stay, as those of every clinic do: no word of anybody's is in them. Raises
    IsSomebodysClinic.
    """
    own = [address_of(role) for role in Role]
    with transaction.atomic():
        strangers = Membership.objects.of_clinic(clinic.pk).exclude(user__email__in=own)
        if strangers.exists():
            raise IsSomebodysClinic(
                f"Others than the demo’s people work in {clinic}: it is a clinic, and stays."
            )
        # References are checked at the end, so the order is nobody's business.
        count = sum(_delete(model, clinic) for model in apps.get_models() if _belongs(model))
        accounts = User.objects.filter(email__in=own, memberships__isnull=True)
        count += accounts.delete()[0]
        Clinic.objects.filter(pk=clinic.pk).delete()
    return count + 1


def _belongs(model: type[models.Model]) -> bool:
    return issubclass(model, TenantRow) and not issubclass(model, SealedRow)


def _delete(model: type[models.Model], clinic: Clinic) -> int:
    rows = model._default_manager.filter(clinic=clinic)
    # Straight to the database: what refers to what is checked by it.
    return int(rows._raw_delete(rows.db))
