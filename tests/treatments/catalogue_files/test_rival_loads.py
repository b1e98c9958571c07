"""Loading the catalogue while the desk prescribes."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.support.cast import NOW
from tests.support.worlds import a_course_world
from treatments.catalogue_files.load import CATALOGUE, load_catalogue
from treatments.models import Plan, Protocol
from treatments.prescribing import Prescription, prescribe


@pytest.mark.django_db(transaction=True)
def test_a_prescription_waits_for_a_load_under_way_and_follows_what_was_loaded(tmp_path):
    world = a_course_world()
    files = shutil.copytree(CATALOGUE, tmp_path / "catalogue")
    course = files / "prp-mesotherapy.toml"
    course.write_text(course.read_text("utf-8").replace("sessions = [4, 6]", "sessions = [4, 7]"), "utf-8")
    is_loaded = threading.Event()

    def load() -> None:
        with transaction.atomic():
            load_catalogue(clinic=world.clinic, now=NOW, folder=files)
            is_loaded.set()
            time.sleep(0.3)
        connection.close()

    def prescribe_seven() -> Plan:
        is_loaded.wait(timeout=10)
        protocol = world.protocols["prp-mesotherapy"]
        prescription = Prescription(patient=world.patient, protocol=protocol, session_count=7)
        try:
            return prescribe(prescription=prescription, by=world.reception, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        loading, prescribing = threads.submit(load), threads.submit(prescribe_seven)
        loading.result(timeout=30)
        plan = prescribing.result(timeout=30)

    assert plan.session_count == 7
    assert Protocol.objects.get(pk=plan.protocol_id).frozen_at == NOW
