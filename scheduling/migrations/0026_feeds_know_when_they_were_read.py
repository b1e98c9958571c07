"""A feed says when it was read last, and by which program."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0025_feeds_of_a_site"),
    ]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="last_used_at",
            field=models.DateTimeField(blank=True, help_text="To within some minutes.", null=True),
        ),
        migrations.AddField(
            model_name="feed",
            name="last_program",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What it said it was, whoever asked then.",
                max_length=100,
            ),
        ),
    ]
