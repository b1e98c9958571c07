"""Rules of a catalogue before it may be loaded. Pure: one function per rule, all problems."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from clinic.errors import Problem, ProblemKind
from clinic.sentences import sentence as _
from clinic.sentences import verbatim
from clinic.time.cells import CELL_MINUTES, CELLS_A_DAY
from treatments.cadence import MOST_SESSIONS, TREATMENT
from treatments.catalogue_files.impossible import stages_and_the_patient, steps_can_be_kept
from treatments.catalogue_files.text import (
    WrittenCatalogue,
    WrittenProtocol,
    WrittenRest,
    WrittenSessionType,
    WrittenSkill,
    WrittenStage,
    WrittenStep,
)

# As long as the columns that hold them.
LONGEST_KEY, LONGEST_NAME = 50, 100
MOST_MINUTES = CELLS_A_DAY * CELL_MINUTES
MOST_DAYS, MOST_REST_DAYS = 3650, 365
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def problems_of(files: Mapping[str, WrittenCatalogue]) -> list[Problem]:
    """Everything that is wrong with the catalogue of these files; nothing, when it may be loaded."""
    whole = WrittenCatalogue.joined(files.values())
    found = list(keys_once(whole))
    for file, written in files.items():
        found += [_in_file(file, problem) for problem in _wrong_in(written, whole)]
    # Lines of rest count in their order, whichever file they are in.
    return [*found, *rest_makes_sense(whole.rest, {row.key for row in whole.session_type})]


def _wrong_in(written: WrittenCatalogue, whole: WrittenCatalogue) -> Iterator[Problem]:
    skills = {skill.key: skill.kind for skill in whole.skill}
    session_types = {session_type.key for session_type in whole.session_type}
    yield from keys_and_names(written)
    for row in written.session_type:
        yield from stages_in_order(row)
        yield from roles_once_at_a_time(row)
        yield from skills_known(row, set(skills))
        yield from roles_of_one_kind(row, skills)
        yield from stages_and_the_patient(row)
    for protocol in written.protocol:
        wrong = [
            *session_counts(protocol),
            *steps_make_a_course(protocol),
            *windows_in_order(protocol),
            *session_types_known(protocol, session_types),
        ]
        yield from wrong or steps_can_be_kept(protocol)


def _in_file(file: str, problem: Problem) -> Problem:
    return replace(problem, sentence=_("{file}: {reason}", file=file, reason=problem.sentence))


def keys_once(catalogue: WrittenCatalogue) -> Iterator[Problem]:
    """No two files say the same."""
    for noun, rows in _nouns(catalogue):
        yield from _twice(noun, [row.key for row in rows])


def keys_and_names(catalogue: WrittenCatalogue) -> Iterator[Problem]:
    for noun, rows in _nouns(catalogue):
        yield from _keys(noun, [row.key for row in rows])
        yield from _names(noun, [row.name for row in rows])
    for session_type in catalogue.session_type:
        yield from _keys(f"region of {session_type.name}", [session_type.region])
        yield from _keys(f"stage of {session_type.name}", [stage.key for stage in session_type.stage])
        yield from _twice(f"stage of {session_type.name}", [stage.key for stage in session_type.stage])
        yield from _names(f"stage of {session_type.name}", [stage.name for stage in session_type.stage])
        yield from _keys(f"record of {session_type.name}", [one.key for one in session_type.record])
        yield from _twice(f"record of {session_type.name}", [one.key for one in session_type.record])
        yield from _names(f"record of {session_type.name}", [one.label for one in session_type.record])
        for stage in session_type.stage:
            yield from _keys(f"role of {session_type.name}, {stage.name}", list(stage.needs))


def stages_in_order(session_type: WrittenSessionType) -> Iterator[Problem]:
    """Every stage begins before it ends, on cells; the patient stays for some whole cells; a day at most."""
    if not session_type.stage:
        yield _malformed(f"{session_type.name} has no stage.")
    stays = session_type.patient_minutes
    if stays <= 0 or stays % CELL_MINUTES:
        yield _not_in_cells(f"{session_type.name} keeps the patient for {stays} minutes")
    for stage in session_type.stage:
        start, end = stage.minutes
        where = f"{session_type.name}, {stage.name}, from minute {start} to {end}"
        if start % CELL_MINUTES or end % CELL_MINUTES:
            yield _not_in_cells(where)
        if end <= start:
            yield Problem(
                "stage_reversed", ProblemKind.BLOCKER, _("{where}, ends before it begins.", where=where)
            )
    minutes = [0, stays, *(minute for stage in session_type.stage for minute in stage.minutes)]
    if max(minutes) - min(minutes) > MOST_MINUTES:
        yield _malformed(f"{session_type.name} takes longer than a day.")


def roles_once_at_a_time(session_type: WrittenSessionType) -> Iterator[Problem]:
    """One role is one resource, which cannot be in two stages at once."""
    for one, other in combinations(session_type.stage, 2):
        if _overlap(one, other):
            for role in sorted(set(one.needs) & set(other.needs)):
                yield Problem(
                    "role_twice_at_once",
                    ProblemKind.BLOCKER,
                    _(
                        "{session_type}: “{role}” is in {one} and in {other} at the same time. "
                        "Give one of them a role of its own.",
                        session_type=session_type.name,
                        role=role,
                        one=one.name,
                        other=other.name,
                    ),
                )


def skills_known(session_type: WrittenSessionType, known: set[str]) -> Iterator[Problem]:
    for stage in session_type.stage:
        for role, skill in stage.needs.items():
            if skill not in known:
                yield Problem(
                    "undefined_skill",
                    ProblemKind.BLOCKER,
                    _(
                        "{session_type}, {stage}: “{role}” needs “{skill}”, which is no skill here. "
                        "There are: {known}.",
                        known=", ".join(sorted(known)),
                        session_type=session_type.name,
                        stage=stage.name,
                        role=role,
                        skill=skill,
                    ),
                )


def roles_of_one_kind(session_type: WrittenSessionType, kinds: Mapping[str, str]) -> Iterator[Problem]:
    played: dict[str, set[str]] = defaultdict(set)
    for stage in session_type.stage:
        for role, skill in stage.needs.items():
            played[role].update({kinds[skill]} if skill in kinds else ())
    for role, found in played.items():
        if len(found) > 1:
            yield _malformed(f"{session_type.name}: “{role}” is a {' and a '.join(sorted(found))} at once.")


def session_counts(protocol: WrittenProtocol) -> Iterator[Problem]:
    fewest, most = protocol.sessions
    if not 1 <= fewest <= most <= MOST_SESSIONS:
        yield _malformed(
            f"{protocol.name} has {fewest} to {most} sessions; it may have from 1 to {MOST_SESSIONS}."
        )


def steps_make_a_course(protocol: WrittenProtocol) -> Iterator[Problem]:
    treatments = [step for step in protocol.step if step.kind == TREATMENT]
    if not treatments:
        yield _malformed(f"{protocol.name} has no step that is a treatment.")
    if [step for step in treatments if step.anchor == "start"] != treatments[:1]:
        yield _malformed(f"{protocol.name}: the first treatment, and no other, counts from the start.")
    if treatments and treatments[0].repeats:
        yield _malformed(
            f"{protocol.name}: the first treatment does not repeat. Write a second step that does."
        )
    if sum(step.repeats for step in treatments) > 1:
        yield _malformed(f"{protocol.name} has two steps that repeat; only one can.")
    if any(step.repeats for step in protocol.step if step.kind != TREATMENT):
        yield _malformed(f"{protocol.name} has a review that repeats. Write a step for each.")
    if any(step.anchor == "last" for step in treatments):
        yield _malformed(
            f"{protocol.name} counts a treatment from the last session. "
            "Count it from the previous one or from the first."
        )


def windows_in_order(protocol: WrittenProtocol) -> Iterator[Problem]:
    for number, step in enumerate(protocol.step, start=1):
        where = f"{protocol.name}, step {number}"
        spans = (step.interval, step.earlier, step.later)
        if _is_reversed(step):
            yield Problem(
                "window_reversed",
                ProblemKind.BLOCKER,
                _("{where}: the window closes before it opens.", where=where),
            )
        elif any(not 0 <= length <= MOST_DAYS for span in spans for length in (span.months, span.days)):
            yield _malformed(f"{where}: months and days are from 0 to {MOST_DAYS}.")


def session_types_known(protocol: WrittenProtocol, known: set[str]) -> Iterator[Problem]:
    for number, step in enumerate(protocol.step, start=1):
        if step.session_type not in known:
            yield Problem(
                "undefined_session_type",
                ProblemKind.BLOCKER,
                _(
                    "{protocol}, step {number}: “{session_type}” is no session type here. "
                    "There are: {known}.",
                    known=", ".join(sorted(known)),
                    protocol=protocol.name,
                    number=number,
                    session_type=step.session_type,
                ),
            )


def rest_makes_sense(lines: Sequence[WrittenRest], known: set[str]) -> Iterator[Problem]:
    """Each line can count, and names session types that there are."""
    for number, line in enumerate(lines, start=1):
        where = f"Rest, line {number}"
        if not 0 <= line.days <= MOST_REST_DAYS:
            yield _malformed(f"{where}: there are 0 to {MOST_REST_DAYS} days, not {line.days}.")
        for key in (*line.either, *line.after, *line.before):
            if key not in known:
                yield Problem(
                    "undefined_session_type",
                    ProblemKind.BLOCKER,
                    _(
                        "{where}: “{session_type}” is no session type here. There are: {known}.",
                        where=where,
                        session_type=key,
                        known=", ".join(sorted(known)),
                    ),
                )
        fits_all = not (line.either or line.after or line.before or line.same)
        if fits_all and number < len(lines):
            yield _malformed(f"{where} fits every pair, so the lines after it never count. Put it last.")


def _is_reversed(step: WrittenStep) -> bool:
    """Whether it closes before it opens, however long its months are."""
    return any(
        (step.earlier.months + step.later.months) * month + step.earlier.days + step.later.days < 0
        for month in (28, 31)
    )


def _overlap(one: WrittenStage, other: WrittenStage) -> bool:
    return one.minutes[0] < other.minutes[1] and other.minutes[0] < one.minutes[1]


def _nouns(
    catalogue: WrittenCatalogue,
) -> Iterator[tuple[str, Sequence[WrittenSkill | WrittenSessionType | WrittenProtocol]]]:
    yield "skill", catalogue.skill
    yield "session type", catalogue.session_type
    yield "protocol", catalogue.protocol


def _twice(noun: str, keys: Iterable[str]) -> Iterator[Problem]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield _malformed(f"There are {times} entries for the {noun} “{key}”.")


def _keys(noun: str, keys: Iterable[str]) -> Iterator[Problem]:
    for key in dict.fromkeys(keys):
        if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
            yield _malformed(f"“{key}” is no key for a {noun}: write small letters, digits and hyphens.")


def _names(noun: str, names: Iterable[str]) -> Iterator[Problem]:
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME:
            yield _malformed(
                f"“{name[:LONGEST_NAME]}” is no name for a {noun}: write 1 to {LONGEST_NAME} letters."
            )


def _not_in_cells(where: str) -> Problem:
    return Problem(
        "stage_not_in_cells",
        ProblemKind.BLOCKER,
        _("{where}, which is no multiple of {step} minutes.", where=where, step=CELL_MINUTES),
    )


def _malformed(text: str) -> Problem:
    return Problem("catalogue_malformed", ProblemKind.BLOCKER, verbatim(text))
