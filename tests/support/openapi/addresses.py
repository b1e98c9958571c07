"""Examples of addresses: one to which mail comes back, and one that is corrected."""

from typing import Any

from clinic.models import Patient


def gets_an_address(told: Any, patient: str) -> None:
    """`patient` is the public id of the one whose address is corrected."""
    marked = told.rest.post("patients/", {"given_name": "Noor", "family_name": "Visser"}).json["id"]
    said = {"mail_problem": "comes_back", "mail_server_said": "552 5.2.2 mailbox full"}
    Patient.objects.filter(uuid=marked).update(email="noor@patients.example", **said)
    told.get("mail-problems/")
    told.post("mail-problems/confirm/", patients=[marked])
    told.post(f"patients/{patient}/address/", email="marit@patients.example")
