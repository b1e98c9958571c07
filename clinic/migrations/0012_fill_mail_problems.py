"""Sentences about an address become codes. What the mail server said is kept, and tells the way back."""

import re

from django.db import migrations

IMPOSSIBLE = "The e-mail address cannot be right."
_COMES_BACK = re.compile(r"Mail to the address comes back \((.*)\)\.?", re.DOTALL)


def to_codes(apps, schema_editor):
    rows = apps.get_model("clinic", "Patient").objects
    for patient in rows.exclude(mail_server_said="").iterator():
        said = patient.mail_server_said
        if said == IMPOSSIBLE:
            patient.mail_problem, patient.mail_server_said = "impossible", ""
        else:
            quoted = _COMES_BACK.fullmatch(said)
            patient.mail_problem, patient.mail_server_said = "comes_back", quoted[1] if quoted else said
        patient.save(update_fields=["mail_problem", "mail_server_said"])


def to_sentences(apps, schema_editor):
    rows = apps.get_model("clinic", "Patient").objects
    rows.filter(mail_problem="impossible").update(mail_server_said=IMPOSSIBLE)
    for patient in rows.filter(mail_problem="comes_back").iterator():
        said = patient.mail_server_said
        patient.mail_server_said = f"Mail to the address comes back ({said})."[:200]
        patient.save(update_fields=["mail_server_said"])


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0011_mail_problems_are_codes"),
    ]

    operations = [
        migrations.RunPython(to_codes, to_sentences),
    ]
