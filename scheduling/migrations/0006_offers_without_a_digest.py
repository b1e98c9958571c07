"""An offer's link is told from its signature: nothing of it is kept.

Going back re-makes the column, which asks for an empty table: a digest cannot be guessed.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0005_a_whole_life"),
    ]

    operations = [
        migrations.RemoveField(model_name="offer", name="digest"),
    ]
