"""Names in the lines of an import, looked up, and the instants of their sessions: reads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from clinic.errors import ClinicError, Refused
from clinic.identity.actors import Actor
from clinic.models import Resource, ResourceKind, Site
from clinic.people.external_id_kinds import Name, name_of
from clinic.places.sites import active_sites
from clinic.time.cells import cell_at, is_on_cell
from clinic.time.wall_clock import instant_at
from scheduling.engine.search_dates import FARTHEST_DAYS
from scheduling.importing.csv_tables import Flaw
from scheduling.importing.lines import DONE, MISSED, BookingLine, CourseLines
from treatments import cadence
from treatments.cadence import Rule
from treatments.models import Protocol, SessionType, Step


@dataclass(frozen=True, slots=True)
class Directory:
    """What the lines of an import may name, as it was when the import began."""

    sites: Mapping[str, Site]
    home: Site
    resources: Mapping[tuple[str, str], Resource]
    protocols: Mapping[str, Protocol]
    session_types: Mapping[str, SessionType]
    steps: Mapping[int, Sequence[Step]]

    def rules(self, protocol: Protocol, session_count: int) -> list[Rule]:
        return cadence.rules_of(steps=self.steps[protocol.pk], session_count=session_count)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One session with all that its line names found: when, where, with whom."""

    line: BookingLine
    site: Site
    session_type_id: int
    starts_at: datetime
    resources: tuple[Resource, ...]

    @property
    def on(self) -> date:
        return self.local.date()

    @property
    def local(self) -> datetime:
        return self.starts_at.astimezone(self.site.tz)

    @property
    def start_cell(self) -> int:
        return cell_at(self.starts_at)

    @property
    def is_odd(self) -> bool:
        return not is_on_cell(self.starts_at)


def directory_of(*, by: Actor, now: datetime) -> Directory:
    """Six queries. Raises Unknown for a clinic without a site."""
    sites = active_sites(clinic_id=by.clinic_id, now=now)
    people_and_rooms = (
        Resource.objects.of_clinic(by.clinic_id)
        .not_retired(now)
        .filter(kind__in=[ResourceKind.PRACTITIONER, ResourceKind.ROOM])
    )
    protocols = list(Protocol.objects.of_clinic(by.clinic_id).current())
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.of_clinic(by.clinic_id).filter(protocol__in=protocols).order_by("position"):
        steps[step.protocol_id].append(step)
    return Directory(
        sites={site.name.casefold(): site for site in sites},
        home=sites[0],
        resources={(one.kind, one.name.casefold()): one for one in people_and_rooms},
        protocols={row.key: row for row in protocols},
        session_types={row.key: row for row in SessionType.objects.of_clinic(by.clinic_id).current()},
        steps=steps,
    )


def all_wanted(
    lines: Iterable[BookingLine], *, types: Mapping[int, int], known: Directory, now: datetime
) -> list[Wanted]:
    """The sessions of the lines that name nothing unknown; `types` says by line what happens in them."""
    found = []
    for line in lines:
        site = _site(line, known)
        if line.wall is None or line.line not in types or site is None:
            continue
        if not any(naming_flaws(line, known=known, now=now)):
            resources = tuple(one for one in _resources(line, known).values() if one is not None)
            found.append(Wanted(line, site, types[line.line], _instant(line, site), resources))
    return found


def naming_flaws(line: BookingLine, *, known: Directory, now: datetime) -> Iterator[Flaw]:
    """What the line names that is not there, and a time that cannot be."""
    site = _site(line, known)
    if site is None:
        yield Flaw(line.line, "unknown_site", f"There is no site “{line.row['site'][:60]}”.")
    for column, resource in _resources(line, known).items():
        # Who served in what is over may have left: their name is kept as a text.
        if not line.is_booked:
            continue
        if resource is None:
            yield Flaw(line.line, f"unknown_{column}", f"There is no {column} “{line.row[column][:60]}”.")
        elif site is not None and resource.site_id not in (None, site.pk):
            yield Flaw(line.line, f"unknown_{column}", f"{resource.name} is not at {site.name}.")
    if line.wall is None or site is None:
        return
    try:
        starts_at = _instant(line, site)
    except ClinicError as refusal:
        yield flaw_of(line.line, refusal)
        return
    if line.wall.offset_minutes is not None:
        offset = starts_at.astimezone(site.tz).utcoffset()
        if offset != timedelta(minutes=line.wall.offset_minutes):
            sentence = f"The clock at {site.name} never has that offset then. Leave it out, or mend it."
            yield Flaw(line.line, "offset_wrong", sentence)
    yield from _when_flaws(line, starts_at, now)


def session_names(course: Name, lines: CourseLines) -> dict[int, Name]:
    """Line → what the other system calls its session: `C-7/2`, and `C-7/2~1` of a first attempt that failed.

    Raises Malformed (`malformed_external_id`).
    """
    found, failed = {}, Counter[int]()
    for line in sorted(lines.lines, key=lambda one: (one.number, one.on or date.min, one.line)):
        value = f"{course.value}/{line.number}"
        if line.has_failed:
            failed[line.number] += 1
            value += f"~{failed[line.number]}"
        found[line.line] = name_of(system=course.system, value=value)
    return found


def flaw_of(line: int, refusal: ClinicError) -> Flaw:
    """A refusal of the service as a flaw of the line."""
    return Flaw(line, refusal.code, refusal.sentence)


def flaws_in(line: int, refusal: ClinicError) -> list[Flaw]:
    """The same with one flaw for each rule that says no."""
    if isinstance(refusal, Refused):
        return [Flaw(line, problem.code, problem.sentence) for problem in refusal.problems]
    return [flaw_of(line, refusal)]


def _site(line: BookingLine, known: Directory) -> Site | None:
    said = line.row["site"]
    return known.sites.get(said.casefold()) if said else known.home


def _resources(line: BookingLine, known: Directory) -> dict[str, Resource | None]:
    kinds = {"practitioner": ResourceKind.PRACTITIONER, "room": ResourceKind.ROOM}
    return {
        column: known.resources.get((kind, line.row[column].casefold()))
        for column, kind in kinds.items()
        if line.row[column]
    }


def _instant(line: BookingLine, site: Site) -> datetime:
    wall = line.wall
    assert wall is not None, "a line without a time goes no further"
    if wall.offset_minutes is None:
        return instant_at(wall.on, wall.at, site.tz)
    local = datetime.combine(wall.on, wall.at, tzinfo=UTC)
    return local - timedelta(minutes=wall.offset_minutes)


def _when_flaws(line: BookingLine, starts_at: datetime, now: datetime) -> Iterator[Flaw]:
    if line.status in (DONE, MISSED) and starts_at > now:
        sentence = f"A session to come cannot be {line.status}. Write “booked”."
        yield Flaw(line.line, "done_in_the_future", sentence)
    if line.is_booked and starts_at < now:
        yield Flaw(line.line, "starts_in_the_past", "A session in the past cannot be booked. Write “done”.")
    if starts_at > now + timedelta(days=FARTHEST_DAYS):
        yield Flaw(line.line, "too_far_ahead", f"Sessions are booked {FARTHEST_DAYS} days ahead at most.")
