"""Sentences become codes, and what failed a call: but a reminder of who has no address, which is none.

The way back writes the sentences of the codes. A call is failed again; a reminder without an address stays
void, as it shows nowhere.
"""

import re

from django.db import migrations
from django.db.models import Q

CALLED = "Call the patient. "
LATE = "It would have come too late to be of use."
SENTENCES = {
    "no_address": "Call the patient: there is no e-mail address.",
    "consent": "The patient wants no messages.",
    "quiet_hours": "It waits for quiet hours to end.",
    "taken_back": "The session was moved or cancelled.",
    "is_here": "The patient is here already.",
    "nothing_to_tell": "The patient knows how it stands by now, or it is over.",
    "offer_over": "The offer was answered or ran out.",
    "too_late": LATE,
    "cannot_happen": "The session cannot take place.",
}
# How what holds the server's words began, the longest first; without the words if there were none.
BEGINNINGS = {
    "may_have_arrived": "Twice: The mail server broke the connection while taking the mail",
    "not_written": "The mail could not be written",
    "bad_address": "Mail to the address comes back",
    "refused": "The mail server refused the mail",
    "out_of_reach": "The mail server cannot be reached",
    "try_later": "The mail server",
}
ALIKE = {
    "The e-mail address cannot be right.": "bad_address",
    "The mail server cannot write to an address like this.": "bad_address",
    "The mail server broke the connection while taking the mail: it may have arrived.": "may_have_arrived",
    "When quiet hours end it is too late to be of use.": "too_late",
    "The mail server is too slow.": "out_of_reach",
}
CODES = {sentence: code for code, sentence in SENTENCES.items()} | ALIKE
_QUOTED = re.compile(r"[^(]*\((.*)\)\.?", re.DOTALL)


def code_of(sentence, state):
    """The code, and the server's own words."""
    sentence = sentence.removeprefix(CALLED)
    if sentence.startswith(LATE):
        return "too_late", words_in(sentence.removeprefix(LATE).strip())
    if sentence in CODES:
        return CODES[sentence], ""
    for code, beginning in BEGINNINGS.items():
        if sentence.startswith(beginning):
            return code, words_in(sentence)
    return ("refused" if sentence or state == "failed" else ""), sentence


def words_in(sentence):
    quoted = _QUOTED.fullmatch(sentence)
    return quoted[1] if quoted else ""


def to_codes(apps, schema_editor):
    rows = apps.get_model("scheduling", "Message").objects
    pairs = rows.filter(~Q(server_said="") | Q(state__in=["failed", "too_late"]))
    for state, sentence in list(pairs.values_list("state", "server_said").distinct()):
        alike = rows.filter(state=state, server_said=sentence, reason="")
        code, said = code_of(sentence, state)
        if state == "too_late":
            code = "too_late"
        if state == "failed" and code == "no_address":
            alike.filter(kind="reminder").update(state="void", reason=code, server_said="")
        if state == "failed":
            alike.update(state="call", reason=code, server_said=said)
        elif state == "too_late":
            alike.filter(kind__in=["notice", "moved", "cancelled"]).update(
                state="call", reason=code, server_said=said
            )
        rows.filter(state=state, server_said=sentence, reason="").update(reason=code, server_said=said)


def to_sentences(apps, schema_editor):
    rows = apps.get_model("scheduling", "Message").objects
    pairs = rows.exclude(reason="")
    for reason, said in list(pairs.values_list("reason", "server_said").distinct()):
        sentence = SENTENCES.get(reason) or f"{BEGINNINGS[reason]} ({said})."
        if reason == "too_late" and said:
            sentence = f"{LATE} The mail server asked to wait ({said})."
        rows.filter(reason=reason, server_said=said).update(server_said=sentence[:300], reason="")
    rows.filter(state="call", server_said__startswith=LATE).update(state="too_late")
    rows.filter(state="call").update(state="failed")


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0016_reasons_are_codes"),
    ]

    operations = [
        migrations.RunPython(to_codes, to_sentences),
    ]
