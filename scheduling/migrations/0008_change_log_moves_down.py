"""The change log moves down to clinic. Only Django's books change: the tables keep their rows and names."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0007_told_by_the_desk"),
        ("clinic", "0007_change_log"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="ChangeCounter"),
                migrations.DeleteModel(name="Change"),
            ]
        )
    ]
