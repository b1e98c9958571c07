"""What was given up gets a last day: nobody noted which, so it is one that is over on every clock.

On the way back what has a last day is given up, though that may lie ahead: the release before knows no days.
"""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

LASTING = ["Site", "Resource"]


def give_last_days(apps, editor):
    over = (timezone.now() - timedelta(days=2)).date()
    for model in LASTING:
        apps.get_model("clinic", model).objects.filter(is_active=False).update(valid_until=over)


def give_up(apps, editor):
    for model in LASTING:
        rows = apps.get_model("clinic", model).objects
        rows.filter(valid_until__isnull=False).update(is_active=False)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0029_lifespans")]

    operations = [migrations.RunPython(give_last_days, give_up)]
