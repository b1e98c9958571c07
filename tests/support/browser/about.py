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


def pages_of_a_patient(course: Course, on: str) -> dict[str, list[str]]:
    """Who is prescribed a course, or has one session booked on that day."""
    visit = f"/patients/{course.patient}/visit/"
    return {
        "prescribe": [f"/patients/{course.patient}/prescribe/"],
        "book-session": [visit, f"{visit}?on={on}", f"{visit}?on=someday"],
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
        "patient-change": [f"/patients/{due.patient}/change/"],
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


def pages_of_places(stack: Stack) -> dict[str, list[str]]:
    """Of the first site, of a resource and of a skill."""
    site, resource, skill = (
        asked(stack, f"{of}/?limit=1")["results"][0]["id"] for of in ("sites", "resources", "skills")
    )
    return {
        "site": [f"/places/sites/{site}/"],
        "site-last-day": [f"/places/sites/{site}/last-day/"],
        "site-holidays": [f"/places/sites/{site}/holidays/"],
        "resource": [f"/places/resources/{resource}/"],
        "resource-last-day": [f"/places/resources/{resource}/last-day/"],
        "skill": [f"/places/skills/{skill}/"],
    }


MEMBERS = {
    "search-rules": ["/clinic/calendars/"],
    "course-rules": ["/clinic/courses/"],
    "keeping-rules": ["/clinic/keeping/"],
    "reminder-rules": ["/clinic/reminders/"],
    "clinic-facts": ["/clinic/facts/"],
    "places": ["/places/"],
    "site-new": ["/places/sites/new/"],
    "resource-new": ["/places/resources/new/"],
    "skills": ["/places/skills/"],
    "capacity": ["/capacity/"],
    "words": ["/words/"],
    "doubted-addresses": ["/addresses/"],
    "waitlist": ["/waitlist/", "/waitlist/?on=2026-13-01&since=09:00&until=08:00"],
    "this-desk": ["/desk/"],
    "feeds": ["/clinic/feeds/"],
    "members": ["/clinic/members/"],
    "invite": ["/clinic/members/invite/"],
    "keys": ["/clinic/keys/"],
    "api-browser": ["/clinic/api/"],
}
