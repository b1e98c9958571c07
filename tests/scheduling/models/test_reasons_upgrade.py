"""Sentences of the release before become codes, and what failed calls; the way back writes them again."""

from typing import Any

import pytest

from clinic.models import Patient
from scheduling.models import Message
from tests.support.acts.mailing import due_messages
from tests.support.database.releases import migrated_back_to

pytestmark = [pytest.mark.slow, pytest.mark.damages_diaries, pytest.mark.django_db(transaction=True)]

BEFORE = [("scheduling", "0015_sessions_keep_no_undo"), ("clinic", "0010_undo_seconds")]
NO_ADDRESS = "Call the patient: there is no e-mail address."
COMES_BACK = "Mail to the address comes back (550 5.1.1 no such user)."
LATE = "It would have come too late to be of use."
WAITED = "The mail server asked to wait (451 busy)."
# Kind, state and sentence as they were; state, reason and the server's words as they are.
ROWS = [
    (("reminder", "failed", NO_ADDRESS), ("void", "no_address", "")),
    (("notice", "failed", NO_ADDRESS), ("call", "no_address", "")),
    (
        ("offer", "failed", f"Call the patient. {COMES_BACK}"),
        ("call", "bad_address", "550 5.1.1 no such user"),
    ),
    (("reminder", "failed", COMES_BACK), ("call", "bad_address", "550 5.1.1 no such user")),
    (
        ("reminder", "failed", "The mail could not be written (KeyError)."),
        ("call", "not_written", "KeyError"),
    ),
    (("reminder", "failed", "Words of long ago."), ("call", "refused", "Words of long ago.")),
    (("notice", "too_late", f"{LATE} {WAITED}"), ("call", "too_late", "451 busy")),
    (("reminder", "too_late", LATE), ("too_late", "too_late", "")),
    (("reminder", "waiting", WAITED), ("waiting", "try_later", "451 busy")),
    (("reminder", "void", "The session was moved or cancelled."), ("void", "taken_back", "")),
    (("reminder", "waiting", ""), ("waiting", "", "")),
]

ADDRESSES = [
    (COMES_BACK, ("comes_back", "550 5.1.1 no such user")),
    ("The e-mail address cannot be right.", ("impossible", "")),
    ("", ("", "")),
]


def test_each_sentence_becomes_the_code_that_it_meant():
    messages = due_messages(len(ROWS))

    with migrated_back_to(*BEFORE) as old:
        rows = old.get_model("scheduling", "Message").objects
        for message, ((kind, state, sentence), _) in zip(messages, ROWS, strict=True):
            rows.filter(pk=message.pk).update(kind=kind, state=state, last_problem=sentence)

    assert [as_it_is(message) for message in messages] == [after for _, after in ROWS]


def test_the_way_back_says_what_the_codes_meant():
    messages = due_messages(len(ROWS))
    for message, ((kind, *_), (state, reason, said)) in zip(messages, ROWS, strict=True):
        written = {"kind": kind, "state": state, "reason": reason, "server_said": said}
        Message.objects.filter(pk=message.pk).update(**written)

    with migrated_back_to(*BEFORE) as old:
        rows = old.get_model("scheduling", "Message").objects
        sentences = [row.last_problem for row in rows.order_by("pk")]
        assert sentences[4] == "The mail could not be written (KeyError)."
        assert sentences[3] == COMES_BACK

    assert [as_it_is(message) for message in messages] == [after for _, after in ROWS]


def test_what_was_wrong_with_an_address_is_a_code_too():
    patients = [message.patient_id for message in due_messages(len(ADDRESSES))]

    with migrated_back_to(*BEFORE) as old:
        rows = old.get_model("clinic", "Patient").objects
        for pk, (before, _) in zip(patients, ADDRESSES, strict=True):
            rows.filter(pk=pk).update(mail_problem=before)
    assert patients_as_they_are() == [after for _, after in ADDRESSES]
    with migrated_back_to(*BEFORE) as old:
        said = (
            old.get_model("clinic", "Patient").objects.order_by("pk").values_list("mail_problem", flat=True)
        )
        assert list(said) == [before for before, _ in ADDRESSES]

    assert patients_as_they_are() == [after for _, after in ADDRESSES]


def as_it_is(message: Message) -> tuple[Any, ...]:
    row = Message.objects.get(pk=message.pk)
    return row.state, row.reason, row.server_said


def patients_as_they_are() -> list[tuple[str, str]]:
    return list(Patient.objects.order_by("pk").values_list("mail_problem", "mail_server_said"))
