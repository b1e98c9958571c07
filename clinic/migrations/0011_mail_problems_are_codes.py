"""Why mail does not reach a patient is a code; what the mail server said stands apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0010_undo_seconds"),
    ]

    operations = [
        migrations.RenameField("patient", "mail_problem", "mail_server_said"),
        migrations.AlterField(
            model_name="patient",
            name="mail_server_said",
            field=models.CharField(
                blank=True, help_text="For the operator: the mail server's own words.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="mail_problem",
            field=models.CharField(
                blank=True,
                choices=[
                    ("comes_back", "Mail to the address comes back."),
                    ("impossible", "The e-mail address cannot be right."),
                ],
                default="",
                help_text="Why mail does not reach them.",
                max_length=20,
            ),
        ),
    ]
