"""Whose patient someone is, told from the prescriptions and claims there were before it was kept."""

from django.db import migrations
from django.db.models import Min


def take_into_care(apps, editor):
    Care = apps.get_model("clinic", "Care")
    Plan = apps.get_model("treatments", "Plan")
    Claim = apps.get_model("scheduling", "Claim")
    columns = ("clinic_id", "patient_id", "prescribed_by_id")
    prescribed = Plan.objects.filter(prescribed_by__isnull=False).values_list(*columns)
    columns = ("clinic_id", "session__patient_id", "diary__resource__id")
    served = Claim.objects.filter(diary__resource__kind="practitioner").values_list(*columns)
    rows = [
        *prescribed.annotate(since_at=Min("created_at")),
        *served.annotate(since_at=Min("session__created_at")),
    ]
    Care.objects.bulk_create(
        [
            Care(clinic_id=clinic, patient_id=patient, practitioner_id=practitioner, since_at=since_at)
            for clinic, patient, practitioner, since_at in rows
        ],
        ignore_conflicts=True,
        batch_size=1_000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0002_feeds_know_who_opened_them"),
        ("clinic", "0002_audit_care_invitations_shared_desks"),
    ]

    # On the way back the rows go with their table.
    operations = [migrations.RunPython(take_into_care, migrations.RunPython.noop)]
