"""What a day, the call list and the reports ask for is found by an index, however long the past is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0020_mail_breaker"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["clinic", "local_date"], name="session_by_clinic_and_date"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("status", "due")),
                fields=["clinic", "target_on"],
                name="session_due_by_clinic",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "call")),
                fields=["clinic", "due_at"],
                name="message_unsaid_by_clinic",
            ),
        ),
    ]
