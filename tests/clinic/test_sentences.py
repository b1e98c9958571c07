"""Sentences: English for whoever stores or logs them, and worded for whoever reads them."""

import copy
import json
import pickle
from datetime import UTC, date, datetime, time

import pytest
from django.utils.translation import override

from clinic.errors import Problem, ProblemKind, Refused
from clinic.sentences import NOTHING, Sentence, counted, joined, listed, sentence, verbatim
from clinic.wording import choices_of, label_of, told, worded
from scheduling.models import SessionStatus
from tests.support.words.pseudo_locale import CODE, pseudo_locale

ON = date(2027, 1, 11)
AT = datetime(2027, 1, 11, 9, 5, tzinfo=UTC)


def in_pseudo(said: Sentence) -> str:
    with pseudo_locale(), override(CODE):
        return worded(said)


def test_names_in_a_sentence_of_a_page_are_kept_apart_and_nothing_else_is():
    said = sentence("{who} is away on {on:l}.", who=listed(["ד״ר לוי", "Dr Osei"]), on=ON)

    assert told(said) == "\u2068ד״ר לוי\u2069 and \u2068Dr Osei\u2069 is away on Monday."
    assert worded(said) == "ד״ר לוי and Dr Osei is away on Monday."


def in_dutch(said: Sentence) -> str:
    with override("nl"):
        return worded(said)


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (sentence("Search again."), "Search again."),
        (sentence("Session {number} of {name}", number=3, name="{name}"), "Session 3 of {name}"),
        (sentence("On {on:l j F Y}", on=ON), "On Monday 11 January 2027"),
        (sentence("On {on:D j M}", on=ON), "On Mon 11 Jan"),
        (sentence("On {on} at {at:H:i}", on=ON, at=AT), "On 2027-01-11 at 09:05"),
        (sentence("At {at:H:i}", at=time(14, 30)), "At 14:30"),
        (sentence("Not {inner}.", inner=sentence("that")), "Not that."),
        (counted("{count} day", "{count} days", count=1), "1 day"),
        (counted("{count} day", "{count} days", count=0), "0 days"),
        (joined([sentence("One."), "Two."]), "One. Two."),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (sentence("Cancelled").lower(), "cancelled"),
        (verbatim("As {it} is"), "As {it} is"),
        (NOTHING, ""),
    ],
)
def test_a_sentence_is_its_english_text(said, english):
    assert said == english
    assert str(said) == english
    assert json.loads(json.dumps({"detail": said})) == {"detail": english}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (sentence("Session {number} is due.", number=3), "⟦Session ⟧3⟦ is due.⟧"),
        (sentence("It is {state}.", state=sentence("Held").lower()), "⟦It is ⟧⟦held⟧⟦.⟧".replace("⟦.⟧", ".")),
        (sentence("On {on:l j F}", on=ON), "⟦On ⟧⟦Monday⟧ 11 ⟦January⟧"),
        (counted("{count} day", "{count} days", count=2), "2⟦ days⟧"),
        (joined([sentence("One."), sentence("Two.")]), "⟦One.⟧ ⟦Two.⟧"),
        (verbatim("PRP + meso"), "PRP + meso"),
    ],
)
def test_every_message_in_it_is_worded_in_the_readers_language(said, read):
    assert in_pseudo(said) == read


def test_choices_have_labels_in_the_readers_language():
    with pseudo_locale():
        choices = choices_of(SessionStatus)
        with override(CODE):
            assert label_of(SessionStatus.HELD) == "⟦Held⟧"
            assert ("held", "⟦Held⟧") in choices
    assert ("held", "Held") in choices


def test_dates_and_lists_follow_the_language():
    said = sentence("{names}: {on:l j F Y}", names=listed(["Anna", "Bram"]), on=ON)

    assert in_dutch(said) == "Anna en Bram: maandag 11 januari 2027"


def test_what_the_catalogue_lacks_is_read_in_english():
    assert in_dutch(counted("{count} wombat", "{count} wombats", count=2)) == "2 wombats"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda said: pickle.loads(pickle.dumps(said))])
def test_a_copy_can_be_worded_too(again):
    said = again(sentence("Session {number}", number=3))

    assert (said, in_pseudo(said)) == ("Session 3", "⟦Session ⟧3")


def test_a_refusal_says_all_its_problems_in_the_readers_language():
    problems = [
        Problem("late", ProblemKind.BLOCKER, sentence("Too late.")),
        Problem("far", ProblemKind.WAIVABLE, sentence("{days} days off.", days=3)),
    ]

    refused = Refused(problems)

    assert refused.sentence == "Too late. 3 days off."
    assert in_pseudo(refused.sentence) == "⟦Too late.⟧ 3⟦ days off.⟧"
    assert refused.details["problems"][1] == {
        "code": "far",
        "kind": "waivable",
        "sentence": "3 days off.",
    }
