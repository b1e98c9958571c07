"""A refusal is read in the reader's language at the desk, and in English by programs."""

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils.translation import override

from clinic.errors import Conflict, Problem, ProblemKind, Refused
from clinic.sentences import sentence as _
from clinic.web.desk.desk_errors import problems_shown, refusal_page, refuse_form, sentences_of
from clinic.web.rest.errors import problem_response
from tests.support.words.pseudo_locale import CODE, pseudo_locale

LATE = Problem("late", ProblemKind.BLOCKER, _("Session {number} is late.", number=3))
FAR = Problem("far", ProblemKind.WAIVABLE, _("It is far."))


@pytest.fixture(autouse=True)
def a_reader_of_pseudo():
    with pseudo_locale(), override(CODE):
        yield


def test_a_page_says_each_problem_in_the_readers_language():
    assert sentences_of(refusal=Refused([LATE, FAR])) == ["⟦Session ⟧3⟦ is late.⟧", "⟦It is far.⟧"]
    assert [problem.sentence for problem in problems_shown([FAR])] == ["⟦It is far.⟧"]


def test_a_form_says_it_beside_its_field():
    form = forms.Form({})
    form.fields["on"] = forms.CharField(required=False)

    refuse_form(form, refusal=Refused([FAR]), fields={"far": "on"})

    assert form.errors["on"] == ["⟦It is far.⟧"]


def test_the_page_of_a_refusal_has_its_title_in_that_language_too():
    request = RequestFactory().get("/day/")
    request.user = AnonymousUser()

    page = refusal_page(request, refusal=Conflict("taken", _("That time is taken. Search again.")))

    assert "⟦Someone else was first⟧" in page.content.decode()
    assert "⟦That time is taken. Search again.⟧" in page.content.decode()


def test_rest_tells_english_whatever_language_is_active():
    answer = problem_response(Refused([LATE, FAR]), {})

    assert answer.data["detail"] == "Session 3 is late. It is far."
    assert [problem["sentence"] for problem in answer.data["problems"]] == [
        "Session 3 is late.",
        "It is far.",
    ]
