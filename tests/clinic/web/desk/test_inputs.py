"""Fields for days and times of day: shown and read in the order of the clinic's country."""

from datetime import date, time

import pytest
from django import forms

from clinic.web.desk.inputs import ClockField, DayField, days_as_in
from tests.support.builders import a_user
from tests.support.desk import Desk
from tests.support.worlds import a_course_world


class Asked(forms.Form):
    on = DayField(required=False)
    at = ClockField(required=False)


@pytest.mark.parametrize(("country", "shown"), [("NL", "06-01-2027"), ("US", "01/06/2027")])
def test_a_day_is_shown_and_read_in_the_countrys_order(country, shown):
    with days_as_in(country):
        empty, sent = Asked(initial={"on": date(2027, 1, 6)}), Asked({"on": shown})

        assert f'value="{shown}"' in str(empty["on"])
        assert sent.is_valid()
        assert sent.cleaned_data["on"] == date(2027, 1, 6)


def test_a_day_out_of_an_address_is_shown_like_every_other():
    with days_as_in("NL"):
        assert 'value="06-01-2027"' in str(Asked({"on": "2027-01-06"})["on"])
        assert 'value="soon"' in str(Asked({"on": "soon"})["on"])


def test_the_field_says_how_a_day_is_written():
    with days_as_in("DE"):
        form = Asked({"on": "6.1.27"})

        assert form.errors["on"] == ["That is not a date. Write it as 31.01.2027."]
        assert 'placeholder="dd.mm.yyyy"' in str(form["on"])


def test_a_time_is_shown_by_twenty_four_hours():
    assert 'value="21:05"' in str(Asked(initial={"at": time(21, 5)})["at"])
    assert Asked({"at": "half past"}).errors["at"] == ["That is not a time of day. Write it as 09:30."]


def test_one_order_does_not_outlast_its_request():
    with days_as_in("US"):
        pass

    assert 'placeholder="yyyy-mm-dd"' in str(Asked()["on"])


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "pattern"), [("NL", "dd-mm-yyyy"), ("US", "mm/dd/yyyy")])
def test_the_desk_writes_days_as_the_country_of_its_first_site(country, pattern):
    world = a_course_world(country=country)

    page = Desk(a_user(clinic=world.clinic)).get("/patients/new/")

    assert f'placeholder="{pattern}"' in page.html
