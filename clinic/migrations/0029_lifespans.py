"""From when until when the clinic works with a site or a resource."""

from django.db import migrations, models
from django.db.models import F, Q

LASTING = ["site", "resource"]


def lasting(model):
    return [
        *(
            migrations.AddField(model, name, models.DateField(blank=True, null=True))
            for name in ("valid_from", "valid_until")
        ),
        migrations.AddConstraint(
            model,
            models.CheckConstraint(
                name=f"{model}_valid_from_before_until",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0028_fill_patient_grams")]

    operations = [operation for model in LASTING for operation in lasting(model)]
