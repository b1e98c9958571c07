"""Runs in the rival's own environment: list one person's free slots on each of 90 days, 70 % full.

Prints one line of JSON with the CPU milliseconds of one listing.
"""

import datetime
import json
import random
import sys
import time
from pathlib import Path

import django
from django.conf import settings

DAYS, SLOT_MINUTES, FULL = 90, 30, 0.7


def main(database: str) -> None:
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "phonenumber_field",
            "appointment",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="bench",
    )
    django.setup()
    from django.core.management import call_command

    is_new = not Path(database).exists()
    call_command("migrate", run_syncdb=True, verbosity=0)
    staff = _made() if is_new else _there()
    from appointment.services import get_available_slots_for_staff

    days = _days()
    began = time.process_time()
    free = sum(len(get_available_slots_for_staff(on, staff)) for on in days)
    print(json.dumps({"milliseconds": (time.process_time() - began) * 1000, "free": free}))


def _there():
    from appointment.models import StaffMember

    return StaffMember.objects.get()


def _made():
    from appointment.models import Appointment, AppointmentRequest, Service, StaffMember, WorkingHours
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    service = Service.objects.create(
        name="PRP", duration=datetime.timedelta(minutes=SLOT_MINUTES), price=1, currency="EUR"
    )
    staff = StaffMember.objects.create(
        user=users.create(username="doctor", email="doctor@example.org"), slot_duration=SLOT_MINUTES
    )
    staff.services_offered.add(service)
    opens, closes = datetime.time(9), datetime.time(17)
    for weekday in range(7):
        WorkingHours.objects.create(
            staff_member=staff, day_of_week=weekday, start_time=opens, end_time=closes
        )
    client, chance = users.create(username="patient", email="patient@example.org"), random.Random(1)
    length = datetime.timedelta(minutes=SLOT_MINUTES)
    for on in _days():
        for slot in range(16):
            if chance.random() < FULL:
                starts = datetime.datetime.combine(on, opens) + length * slot
                request = AppointmentRequest(
                    date=on,
                    start_time=starts.time(),
                    end_time=(starts + length).time(),
                    service=service,
                    staff_member=staff,
                )
                request.save()
                Appointment.objects.create(client=client, appointment_request=request, phone="+31612345678")
    return staff


def _days():
    """From tomorrow on: it books no day that has passed."""
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    return [tomorrow + datetime.timedelta(days=n) for n in range(DAYS)]


if __name__ == "__main__":
    main(*sys.argv[1:])
