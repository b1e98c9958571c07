"""A cut of the trail says how old what it took was, and names the sealed entry that tells of it."""

from django.db import migrations, models

import clinic.models.lawful_cut


class Migration(migrations.Migration):
    dependencies = [("clinic", "0015_names_found_by_their_kin")]

    operations = [
        migrations.AddField(model_name="auditcut", name="uuid", field=models.UUIDField(null=True)),
        migrations.AddField(
            model_name="auditcut",
            name="sealed_at",
            field=models.DateTimeField(help_text="When that seal was made.", null=True),
        ),
        migrations.AddField(
            model_name="auditcut",
            name="kept_days",
            field=models.PositiveIntegerField(
                help_text="How long the clinic kept its trail then.", null=True
            ),
        ),
        migrations.AddField(
            model_name="auditcut",
            name="deed",
            field=models.BigIntegerField(help_text="The entry that names this cut.", null=True),
        ),
        migrations.AddField(
            model_name="auditcut",
            name="deed_seal",
            field=models.PositiveIntegerField(help_text="The seal that holds the deed.", null=True),
        ),
        migrations.AddConstraint(
            model_name="auditcut",
            constraint=clinic.models.lawful_cut.LawfulCut(name="audit_cut_is_lawful"),
        ),
    ]
