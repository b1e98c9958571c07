"""Paths of the pages that are about one course, by their names in the list of paths."""

from datetime import date, timedelta

from tests.support.browser.courses import Course, asked
from tests.support.running.stack import Stack


def pages_of_questions(course: Course) -> dict[str, list[str]]:
    return {
        "calls": ["/calls/"],
        "late": ["/late/", "/late/?minutes=7"],
        "plan-concerns": [f"/plans/{course.plan}/concerns/"],
        "concern-new": [f"/plans/{course.plan}/concerns/new/"],
    }


def pages_of_changes(course: Course) -> dict[str, list[str]]:
    """A session that moves four days on, which the next one cannot bear where it is."""
    session = course.sessions[1]
    day, clock = session["starts_at"][:10], session["starts_at"][11:16]
    later = date.fromisoformat(day) + timedelta(days=4)
    move = f"/visits/{session['id']}/move/"
    return {
        "session-move": [move, f"{move}?on={later}&at={clock}", f"{move}?on={day}&at=03:00&alone=on"],
        "session-cancel": [f"/visits/{session['id']}/cancel/"],
        "session-kind": [
            f"/visits/{session['id']}/kind/",
            f"/visits/{session['id']}/kind/?session_type=none",
        ],
        "session-elsewhere": [f"/visits/{session['id']}/elsewhere/"],
        "plan-cancel": [f"/plans/{course.plan}/cancel/"],
        "plan-amend": [f"/plans/{course.plan}/amend/"],
        "plan-pause": [f"/plans/{course.plan}/pause/"],
        "session-wait": [move.replace("/move/", "/wait/")],
        "plan-ripple": [f"/plans/{course.plan}/ripple/"],
    }


def pages_of_sessions(due: Course, *courses: Course) -> dict[str, list[str]]:
    """Of a session that is due and of some that have times; and of a patient who is here without any."""
    sessions = [due.sessions[0], *(course.sessions[0] for course in courses)]
    return {
        "session": [f"/visits/{session['id']}/" for session in sessions],
        "session-walk-in": [f"/patients/{due.patient}/walk-in/"],
        "patient-export": [f"/patients/{due.patient}/export/"],
        "patient-address": [f"/patients/{due.patient}/address/"],
    }


def pages_of_completion(stack: Stack, *courses: Course) -> dict[str, list[str]]:
    """How it went, and where that is put right: of sessions of the demo that are over."""
    first = [course.sessions[0]["id"] for course in courses]
    over = [
        asked(stack, f"sessions/?status={status}&limit=1")["results"][0]["id"]
        for status in ("completed", "missed")
    ]
    return {
        "session-complete": [f"/visits/{session}/complete/" for session in first],
        "session-correct": [f"/visits/{session}/correct/" for session in over],
        "day-enter": ["/enter/"],
    }


MEMBERS = {
    "search-rules": ["/clinic/calendars/"],
    "course-rules": ["/clinic/courses/"],
    "keeping-rules": ["/clinic/keeping/"],
    "capacity": ["/capacity/"],
    "words": ["/words/"],
    "doubted-addresses": ["/addresses/"],
    "waitlist": ["/waitlist/", "/waitlist/?on=2026-13-01&since=09:00&until=08:00"],
    "this-desk": ["/desk/"],
    "members": ["/clinic/members/"],
    "invite": ["/clinic/members/invite/"],
    "keys": ["/clinic/keys/"],
    "api-browser": ["/clinic/api/"],
}
