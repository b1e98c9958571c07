"""Who is about to be registered may be there already: shown first, and registered anyway with one press."""

from datetime import date

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import AuditEntry, Patient
from tests.support.builders import a_clinic, a_patient, a_practitioner, a_user
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


def a_desk(clinic=None):
    return Desk(a_user(clinic=clinic or a_clinic()))


ELIF = {"given_name": "Elif", "family_name": "Kaya", "born_on": "1988-04-02"}


def an_elif(clinic, **said):
    return a_patient(clinic=clinic, **{**ELIF, "born_on": date(1988, 4, 2), **said})


def test_whoever_may_be_there_already_is_shown_and_nobody_is_registered():
    clinic = a_clinic()
    there = an_elif(clinic, phone="+31612345678")
    desk = a_desk(clinic)

    page = desk.send(desk.get("/patients/new/"), "Register", **ELIF)

    assert page.status == 409
    assert "This person may be here already." in page.text
    assert reverse("patient", args=[there.uuid]) in page.seen.links
    assert "+31612345678" in page.text
    assert Patient.objects.count() == 1
    assert AuditEntry.objects.filter(act="saw_patients").latest("pk").patients == there.uuid.hex


def test_registering_anyway_is_one_press_more():
    clinic = a_clinic()
    there = an_elif(clinic)
    desk = a_desk(clinic)
    shown = desk.send(desk.get("/patients/new/"), "Register", **ELIF)

    answer = desk.send(shown, "Register anyway", register_anyway="yes")

    new = Patient.objects.exclude(pk=there.pk).get()
    assert answer.location == reverse("patient", args=[new.uuid])
    assert str(new) == "Elif Kaya"


def test_what_is_wrong_is_said_before_who_it_may_be():
    clinic = a_clinic()
    an_elif(clinic)
    desk = a_desk(clinic)

    page = desk.send(desk.get("/patients/new/"), "Register", **ELIF, email="elif")

    assert page.status == 400
    assert "This person may be here already." not in page.text


def test_a_practitioner_is_told_of_a_colleagues_patient_without_a_name():
    clinic = a_clinic()
    there = an_elif(clinic, phone="+31612345678")
    doctor = a_practitioner(clinic=clinic)
    desk = Desk(a_user(clinic=clinic, role=Role.PRACTITIONER, practitioner=doctor))

    page = desk.send(desk.get("/patients/new/"), "Register", **ELIF)

    assert page.status == 409
    assert "Ask reception or an owner" in page.text
    assert str(there.uuid) not in page.html
    assert "+31612345678" not in page.text


def test_of_another_clinics_patients_nothing_is_told():
    an_elif(a_clinic())
    desk = a_desk()

    assert desk.send(desk.get("/patients/new/"), "Register", **ELIF).status == 302
