"""The language of a page: the browser's first in which the desk is whole, else English; REST is English."""

import pytest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from django.utils.translation import get_language, override

from clinic.web.language import language


def asked(path: str, accepts: str) -> HttpResponseBase:
    request = RequestFactory().get(path, headers={"Accept-Language": accepts})
    return language(lambda request: HttpResponse(headers={"Spoken": get_language()}))(request)


@pytest.fixture
def dutch_desk(settings):
    settings.DESK_LANGUAGES = ["en-gb", "nl"]


@pytest.mark.parametrize(
    ("accepts", "spoken"),
    [
        ("nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        ("tr,nl;q=0.9,en;q=0.8", "nl"),
        ("en-US,en;q=0.9,nl;q=0.8", "en-gb"),
        ("tr", "en-gb"),
        ("", "en-gb"),
        ("nonsense;q=", "en-gb"),
    ],
)
def test_a_page_speaks_the_first_language_of_the_browser_that_is_there(dutch_desk, accepts, spoken):
    assert asked("/day/", accepts)["Spoken"] == spoken


def test_a_desk_that_is_not_whole_in_a_language_does_not_speak_it():
    assert asked("/day/", "nl")["Spoken"] == "en-gb"


def test_rest_is_english_whatever_is_asked_for(dutch_desk):
    assert asked("/api/v1/patients/", "nl")["Spoken"] == "en-gb"


def test_who_keeps_a_page_keeps_it_by_language():
    assert asked("/day/", "nl")["Vary"] == "Accept-Language"


def test_the_next_request_of_the_thread_begins_anew(dutch_desk):
    with override("en-gb"):
        asked("/day/", "nl")

        assert get_language() == "en-gb"
