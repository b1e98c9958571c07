"""Calendar text, judged by the `icalendar` package: escaped, folded, and telling as much as it may."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.icalendar.text import FOLD_OCTETS, CalendarSession, calendar_text, folded
from scheduling.icalendar.vevents import FeedSession, FeedStyle, feed_text
from scheduling.icalendar.words import feed_words
from tests.support.acts.mailing import vevents_in

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
STARTS_AT = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)
PATIENT = UUID(int=7)
SESSION = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
DOCTOR, ROOM, CENTRIFUGE = "doctor-uuid", "room-uuid", "centrifuge-uuid"


def a_part(*, stage, resource, kind, name, minutes):
    starts, ends = minutes
    return {
        "stage": stage,
        "role": kind,
        "resource": resource,
        "kind": kind,
        "name": name,
        "starts_minute": starts,
        "ends_minute": ends,
    }


CAST = [
    a_part(stage="PRP preparation", resource=CENTRIFUGE, kind="device", name="Centrifuge 1", minutes=(0, 15)),
    a_part(stage="Injection", resource=DOCTOR, kind="practitioner", name="Dr Osei", minutes=(15, 25)),
    a_part(stage="Injection", resource=ROOM, kind="room", name="Treatment room 1", minutes=(15, 25)),
    a_part(stage="Turnover", resource=ROOM, kind="room", name="Treatment room 1", minutes=(25, 30)),
]


def a_session(**fields):
    usual: dict[str, Any] = {
        "uuid": SESSION,
        "is_cancelled": False,
        "sequence": 1,
        "changed_at": NOW,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + timedelta(minutes=25),
        "kind": "treatment",
        "number": 2,
        "count": 5,
        "treatment": "PRP + mesotherapy",
        "patient": PATIENT,
        "given_name": "Anna",
        "family_name": "Bos",
        "site_name": "Keizersgracht",
        "site_address": "Keizersgracht 1\n1015 CJ Amsterdam",
        "zone": "Europe/Amsterdam",
        "cast": CAST,
    }
    return FeedSession(**usual | fields)


def a_style(*, language="en", **fields):
    usual: dict[str, Any] = {
        "label": "Dr Osei",
        "detail": "initials",
        "words": feed_words(language=language),
        "names_treatments": False,
        "host": "coursebook.example",
    }
    return FeedStyle(**usual | fields)


def read_one(session=None, **style):
    text = feed_text(sessions=[session or a_session()], style=a_style(**style))
    [found] = vevents_in(text)
    return found


def test_initials_tell_which_session_of_whom_with_whom_and_at_which_site():
    found = read_one()

    assert found["SUMMARY"] == "Visit 2 of 5 · A.B."
    assert found["DESCRIPTION"] == "14:45–14:55 Dr Osei"
    assert found["LOCATION"] == "Keizersgracht, Keizersgracht 1, 1015 CJ Amsterdam"


def test_names_tell_the_name():
    assert read_one(detail="names")["SUMMARY"] == "Visit 2 of 5 · Anna Bos"


@pytest.mark.parametrize("style", [{"detail": "names"}, {"names_treatments": True}])
def test_rooms_are_named_to_whoever_reads_names_or_treatments(style):
    assert read_one(**style)["DESCRIPTION"] == "14:45–14:55 Dr Osei\n14:45–15:00 Treatment room 1"


def test_a_room_named_after_a_treatment_tells_it_to_nobody_who_reads_initials():
    cast = [part | ({"name": "SVF room"} if part["kind"] == "room" else {}) for part in CAST]

    assert "SVF" not in feed_text(sessions=[a_session(cast=cast)], style=a_style())


def test_busy_tells_the_time_and_nothing_else():
    found = read_one(detail="busy", names_treatments=True)

    assert found["SUMMARY"] == "Busy"
    assert "DESCRIPTION" not in found
    assert "LOCATION" not in found
    assert found["DTSTART"].dt == STARTS_AT


@pytest.mark.parametrize("detail", ["busy", "initials", "names"])
def test_no_treatment_stage_or_device_is_named_unless_the_clinic_says_so(detail):
    text = feed_text(sessions=[a_session()], style=a_style(detail=detail))

    for word in ("PRP", "meso", "Injection", "Turnover", "Centrifuge"):
        assert word not in text


def test_the_treatment_is_named_where_the_clinic_says_so():
    assert read_one(names_treatments=True)["SUMMARY"] == "PRP + mesotherapy 2 of 5 · A.B."


@pytest.mark.parametrize(
    ("fields", "summary"),
    [
        ({"count": None, "number": 1}, "Visit · A.B."),
        ({"kind": "review", "number": 1}, "Review · A.B."),
        ({"is_cancelled": True}, "Cancelled: Visit 2 of 5 · A.B."),
    ],
    ids=["a lone visit", "a review", "a cancelled visit"],
)
def test_each_kind_of_session_has_its_summary(fields, summary):
    assert read_one(a_session(**fields))["SUMMARY"] == summary


def test_a_dutch_clinic_s_feed_is_in_dutch():
    assert read_one(language="nl")["SUMMARY"] == "Afspraak 2 van 5 · A.B."
    assert (
        read_one(a_session(is_cancelled=True), language="nl", detail="busy")["SUMMARY"] == "Afgezegd: Bezet"
    )


def test_times_are_utc_and_the_stamp_is_the_last_change():
    text = feed_text(sessions=[a_session()], style=a_style())

    for line in ("DTSTART:20270114T133000Z", "DTEND:20270114T135500Z", "DTSTAMP:20270104T080000Z"):
        assert f"\r\n{line}\r\n" in text
    assert text.count("20270104T080000Z") == 2
    assert "SEQUENCE:1" in text


def test_the_hours_of_the_cast_are_the_site_s_on_both_sides_of_a_clock_change():
    before = a_session(starts_at=datetime(2027, 3, 26, 13, 30, tzinfo=UTC))
    after = a_session(starts_at=datetime(2027, 3, 29, 12, 30, tzinfo=UTC))

    assert read_one(before)["DESCRIPTION"] == read_one(after)["DESCRIPTION"]


def test_a_calendar_has_a_name_and_says_how_often_it_is_worth_asking():
    text = feed_text(sessions=[], style=a_style(label="Dr Osei, room; 1"))

    for line in ("NAME:Dr Osei\\, room\\; 1", "X-WR-CALNAME:Dr Osei\\, room\\; 1", "X-PUBLISHED-TTL:PT15M"):
        assert f"\r\n{line}\r\n" in text
    assert icalendar.Calendar.from_ical(text)["VERSION"] == "2.0"


def test_a_calendar_ends_every_line_with_crlf_and_begins_and_ends_whole():
    text = feed_text(sessions=[a_session(), a_session()], style=a_style())

    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert "\r" not in text.replace("\r\n", "")


def test_family_emoji_survive_folding():
    family = "👩‍👩‍👧‍👦" * 12

    found = read_one(a_session(given_name=family), detail="names")

    assert found["SUMMARY"] == f"Visit 2 of 5 · {family} Bos"


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(list(';,\\:"\r\n\t\x00\x85\u2028é漢👩')),
    max_size=200,
)


def a_calendar_session(summary="", description="", location="", name="", address="a@b.example"):
    return CalendarSession(
        uid="x@y",
        sequence=0,
        changed_at=NOW,
        starts_at=NOW,
        ends_at=NOW,
        summary=summary,
        description=description,
        location=location,
        organizer_name=name,
        organizer_address=address,
    )


@given(summary=TEXTS, description=TEXTS, location=TEXTS, name=TEXTS)
def test_whatever_the_text_the_calendar_parses_into_one_session_with_no_line_of_its_own(
    summary, description, location, name
):
    text = calendar_text(sessions=[a_calendar_session(summary, description, location, name)])

    [found] = vevents_in(text)
    known = {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "STATUS", "ORGANIZER"}
    assert set(found) - known <= {"SUMMARY", "DESCRIPTION", "LOCATION"}
    assert found.errors == []
    for line in text.split("\r\n"):
        assert len(line.encode()) <= FOLD_OCTETS
        assert not set(line) & set("\r\n\x00\x85\u2028")


PRINTABLE = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(list(" ;,\\:\n")), max_size=300
)


@given(text=PRINTABLE)
def test_printable_text_is_read_back_as_it_was_written(text):
    calendar = calendar_text(sessions=[a_calendar_session(description=f"<{text}>")])

    [found] = vevents_in(calendar)

    wanted = "\n".join(" ".join(line.split()) for line in f"<{text}>".split("\n"))
    assert "\n".join(" ".join(line.split()) for line in found["DESCRIPTION"].split("\n")) == wanted


@given(line=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=400))
def test_a_folded_line_unfolds_to_itself_and_no_piece_is_too_long(line):
    pieces = folded(line).split("\r\n ")

    assert "".join(pieces) == line
    assert all(len(piece.encode()) <= FOLD_OCTETS - (n > 0) for n, piece in enumerate(pieces))
