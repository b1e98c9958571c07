"""One name is a name; and every name is found whatever apostrophe or hyphen it is written with."""

from django.db import migrations, models

from clinic.plain_text import search_words

LONGEST, AT_A_TIME = 400, 500


def write_search_keys(apps, editor):
    patients = apps.get_model("clinic", "Patient").objects.using(editor.connection.alias)
    some = []
    for patient in patients.filter(erased_at__isnull=True).only("given_name", "family_name").iterator():
        patient.search_key = search_words(f"{patient.given_name} {patient.family_name}")[:LONGEST]
        some.append(patient)
        if len(some) == AT_A_TIME:
            patients.bulk_update(some, ["search_key"])
            some = []
    patients.bulk_update(some, ["search_key"])


class Migration(migrations.Migration):
    dependencies = [("clinic", "0014_erased_names")]

    operations = [
        migrations.AlterField(
            model_name="patient", name="given_name", field=models.CharField(blank=True, max_length=100)
        ),
        migrations.AlterField(
            model_name="patient", name="family_name", field=models.CharField(blank=True, max_length=100)
        ),
        # Backwards nothing is to be done: an earlier release finds most names under these keys too.
        migrations.RunPython(write_search_keys, migrations.RunPython.noop),
    ]
