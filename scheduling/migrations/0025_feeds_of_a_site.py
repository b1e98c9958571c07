"""A feed may show a site."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0020_words"),
        ("scheduling", "0024_dates_of_those_that_have_one"),
    ]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="site",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.site",
            ),
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.CheckConstraint(
                condition=models.Q(("diary__isnull", True), ("site__isnull", True), _connector="OR"),
                name="feed_shows_a_diary_or_a_site",
            ),
        ),
    ]
