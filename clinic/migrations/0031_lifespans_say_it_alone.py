"""Days say whether a site or a resource is given up, and no flag beside them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinic", "0030_fill_lifespans")]

    operations = [migrations.RemoveField(model, "is_active") for model in ("site", "resource")]
