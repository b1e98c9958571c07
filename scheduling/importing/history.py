"""What is over in an imported course: done, missed or cancelled, with whoever served then."""

from collections.abc import Sequence
from copy import copy
from uuid import uuid4

from clinic.plain_text import lines, one_line
from scheduling.courses.course import Course
from scheduling.importing.lookup import Wanted
from scheduling.models import Outcome, Session, SessionStatus


def failed_attempts(course: Course, wanted: Sequence[Wanted]) -> dict[int, Session]:
    """Line → the attempt that failed, not yet written; what stands for its number is the next one."""
    standing, failed = {session.number: session for session in course.treatments}, {}
    for one in sorted((one for one in wanted if one.line.has_failed), key=lambda one: one.starts_at):
        stands = standing[one.line.number]
        attempt = copy(stands)
        attempt.uuid, attempt.status = uuid4(), SessionStatus(one.line.status)
        stands.attempt += 1
        failed[one.line.line] = attempt
    return failed


def set_past(session: Session, one: Wanted) -> None:
    """It has its date and its place and holds no time here; what was done counts as done elsewhere does."""
    session.site, session.local_date, session.local_time = one.site, one.on, one.local.time()
    if one.line.has_failed:
        session.status = SessionStatus(one.line.status)
        return
    session.status, session.outcome = SessionStatus.COMPLETED, Outcome.GIVEN
    session.is_done_elsewhere, session.done_at = True, one.site.name
    session.finished_at = one.starts_at


def desk_note(one: Wanted) -> str:
    """The note of the line, and what the rows cannot say: the odd minute, and who served in what is done."""
    said = [lines(one.line.note)]
    if one.is_odd:
        said.append(f"Imported: at {one.local:%H:%M}.")
    if one.line.is_booked:
        return "\n".join(filter(None, said))
    found = {resource.name.casefold(): resource.name for resource in one.resources}
    served = [one_line(one.line.row[column]) for column in ("practitioner", "room")]
    if any(served):
        names = ", ".join(found.get(name.casefold(), name) for name in served if name)
        said.append(f"Imported: with {names}.")
    return "\n".join(filter(None, said))
