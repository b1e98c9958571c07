"""What stood before an act at the desk is kept with the act."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0014_course_acts"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="session",
            name="undoable",
        ),
    ]
