"""Founding a clinic."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict, Malformed, refuse_if_any
from clinic.identity.actors import task_actor
from clinic.models import Clinic
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _


@dataclass(frozen=True, slots=True)
class NewClinic:
    """A clinic; without a slug it gets one from its name."""

    name: str
    slug: str = ""
    language: str = "en"
    phone: str = ""
    email: str = ""


def found_clinic(*, new: NewClinic, now: datetime) -> Clinic:
    """Found a clinic: the one act that nobody of the clinic can do.

    Raises Refused (`name_missing`), Malformed (`malformed_slug`) and Conflict (`clinic_exists`).
    """
    refuse_if_any(text_problems(one_line(new.name), "name", missing=_("Enter the clinic's name.")))
    slug = new.slug or slugify(new.name)
    if not slug or slug != slugify(slug):
        raise Malformed(
            "malformed_slug", _("“{slug}” is no slug: write small letters, digits and hyphens.", slug=slug)
        )
    with transaction.atomic():
        if Clinic.objects.filter(slug=slug).exists():
            raise Conflict(
                "clinic_exists", _("There is a clinic “{slug}” already. Choose another slug.", slug=slug)
            )
        clinic = Clinic.objects.create(
            name=one_line(new.name),
            slug=slug,
            language=new.language,
            phone=new.phone,
            email=new.email,
            created_at=now,
        )
        founder = task_actor(clinic_id=clinic.pk, label="founding")
        record_audit(
            AuditRecord(AuditAction.FOUNDED_CLINIC, after={"name": clinic.name, "slug": slug}),
            by=founder,
            now=now,
        )
    return clinic
