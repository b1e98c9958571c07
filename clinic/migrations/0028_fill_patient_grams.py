"""Those who are registered are found by what is known of them. Again does no harm: what stands, stands."""

from collections import defaultdict

from django.db import migrations, transaction

from clinic.people.finding.grams import Known, grams_of

AT_ONCE = 500


def write_grams(apps, editor):
    using = editor.connection.alias
    patients = apps.get_model("clinic", "Patient").objects.using(using).filter(erased_at__isnull=True)
    last = 0
    while some := list(patients.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        # Each slice by itself: nobody waits for the whole table meanwhile.
        with transaction.atomic(using=using):
            write_slice(apps, using, some)
        last = some[-1].pk


def write_slice(apps, using, some):
    gram, ids = apps.get_model("clinic", "PatientGram"), ids_of(apps, using, some)
    rows = [
        gram(clinic_id=one.clinic_id, patient_id=one.pk, gram=text)
        for one in some
        for text in sorted(grams_of(known(one, ids[one.clinic_id, one.uuid])))
    ]
    gram.objects.using(using).bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def known(one, ids):
    return Known(
        given_name=one.given_name,
        family_name=one.family_name,
        born_on=one.born_on,
        phone=one.phone,
        email=one.email,
        ids=tuple(ids),
    )


def ids_of(apps, using, some):
    rows = apps.get_model("clinic", "ExternalId").objects.using(using)
    clinics, uuids = {one.clinic_id for one in some}, [one.uuid for one in some]
    named = rows.filter(clinic__in=clinics, kind="patient", named__in=uuids)
    found = defaultdict(list)
    for clinic_id, uuid, value in named.values_list("clinic_id", "named", "value"):
        found[clinic_id, uuid].append(value)
    return found


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("clinic", "0027_patient_grams")]

    operations = [migrations.RunPython(write_grams, migrations.RunPython.noop)]
