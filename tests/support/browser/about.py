"""Paths of the pages that are about one course, by their names in the list of paths."""

from datetime import date, timedelta

from tests.support.browser.courses import Course


def pages_of_questions(course: Course) -> dict[str, list[str]]:
    return {
        "calls": ["/calls/"],
        "late": ["/late/", "/late/?minutes=7"],
        "plan-concerns": [f"/plans/{course.plan}/concerns/"],
        "concern-new": [f"/plans/{course.plan}/concerns/new/"],
    }


def pages_of_changes(course: Course) -> dict[str, list[str]]:
    """A visit that moves four days on, which the next one cannot bear where it is."""
    visit = course.sessions[1]
    day, clock = visit["starts_at"][:10], visit["starts_at"][11:16]
    later = date.fromisoformat(day) + timedelta(days=4)
    move = f"/visits/{visit['id']}/move/"
    return {
        "visit-move": [move, f"{move}?on={later}&at={clock}", f"{move}?on={day}&at=03:00&alone=on"],
        "visit-cancel": [f"/visits/{visit['id']}/cancel/"],
        "visit-kind": [f"/visits/{visit['id']}/kind/", f"/visits/{visit['id']}/kind/?session_type=none"],
        "visit-elsewhere": [f"/visits/{visit['id']}/elsewhere/"],
        "plan-cancel": [f"/plans/{course.plan}/cancel/"],
        "plan-amend": [f"/plans/{course.plan}/amend/"],
        "plan-pause": [f"/plans/{course.plan}/pause/"],
        "visit-wait": [move.replace("/move/", "/wait/")],
        "plan-ripple": [f"/plans/{course.plan}/ripple/"],
    }


def pages_of_visits(due: Course, *courses: Course) -> dict[str, list[str]]:
    """Of a visit that is due and of some that have times; and of a patient who is here without any."""
    visits = [due.sessions[0], *(course.sessions[0] for course in courses)]
    return {
        "visit": [f"/visits/{visit['id']}/" for visit in visits],
        "visit-walk-in": [f"/patients/{due.patient}/walk-in/"],
    }


def pages_of_completion(*courses: Course) -> dict[str, list[str]]:
    return {"visit-complete": [f"/visits/{course.sessions[0]['id']}/complete/" for course in courses]}


MEMBERS = {
    "search-rules": ["/clinic/calendars/"],
    "course-rules": ["/clinic/courses/"],
    "capacity": ["/capacity/"],
    "waitlist": ["/waitlist/", "/waitlist/?on=2026-13-01&since=09:00&until=08:00"],
    "this-desk": ["/desk/"],
    "members": ["/clinic/members/"],
    "invite": ["/clinic/members/invite/"],
    "keys": ["/clinic/keys/"],
}
