"""F9: nights in which clocks change, with reminders due around them. Each comes once, at its local hour."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scheduling.models import Message, MessageState
from tests.support.acts.mailing import reminded
from tests.support.builders import a_clinic, a_patient, a_site
from tests.support.faults.hosts.workers import rounds
from tests.support.faults.rush import IS_FULL

# Sessions are rows without claims here.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.damages_diaries,
    pytest.mark.django_db(transaction=True),
]

AMSTERDAM, LORD_HOWE = "Europe/Amsterdam", "Australia/Lord_Howe"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Case:
    """A session at a local time. It is reminded of a day before at `at`, and three hours before.

    `long` and `short` say when that is in UTC, worked out by hand.
    """

    zone: str
    at: str
    starts_at: str
    long: str
    short: str

    @property
    def due(self) -> list[datetime]:
        return [datetime.fromisoformat(f"{one}:00+00:00") for one in (self.long, self.short)]

    @property
    def address(self) -> str:
        return f"{self.zone.rpartition('/')[2]}-{self.at}-{self.starts_at}@patients.example".replace(":", "")


CASES = [
    # 28 March, Amsterdam: 02:00 becomes 03:00 at 01:00 UTC; 02:30 does not exist and is 03:30.
    Case(AMSTERDAM, "02:30", "2027-03-29T11:00", "2027-03-28T01:30", "2027-03-29T06:00"),
    Case(AMSTERDAM, "02:30", "2027-03-28T05:00", "2027-03-27T01:30", "2027-03-28T00:00"),
    Case(AMSTERDAM, "09:00", "2027-03-29T11:00", "2027-03-28T07:00", "2027-03-29T06:00"),
    # 4 April, Lord Howe: 02:00 becomes 01:30 at 15:00 UTC the day before; of two 01:45 it is the first.
    Case(LORD_HOWE, "01:45", "2027-04-05T11:00", "2027-04-03T14:45", "2027-04-04T21:30"),
    Case(LORD_HOWE, "01:45", "2027-04-04T04:30", "2027-04-02T14:45", "2027-04-03T15:00"),
    Case(LORD_HOWE, "09:00", "2027-04-05T11:00", "2027-04-03T22:30", "2027-04-04T21:30"),
    # 3 October, Lord Howe: 02:00 becomes 02:30 at 15:30 UTC the day before; 02:15 is 02:45.
    Case(LORD_HOWE, "02:15", "2027-10-04T11:00", "2027-10-02T15:45", "2027-10-03T21:00"),
    Case(LORD_HOWE, "02:15", "2027-10-03T05:00", "2027-10-01T15:45", "2027-10-02T15:00"),
    Case(LORD_HOWE, "09:00", "2027-10-04T11:00", "2027-10-02T22:00", "2027-10-03T21:00"),
    # 31 October, Amsterdam: 03:00 becomes 02:00 at 01:00 UTC; of two 02:30 it is the first.
    Case(AMSTERDAM, "02:30", "2027-11-01T11:00", "2027-10-31T00:30", "2027-11-01T07:00"),
    Case(AMSTERDAM, "02:30", "2027-10-31T05:00", "2027-10-30T00:30", "2027-10-31T01:00"),
    Case(AMSTERDAM, "09:00", "2027-11-01T11:00", "2027-10-31T08:00", "2027-11-01T07:00"),
]


def write_down(cases: Sequence[Case]) -> None:
    """A clinic for each, which lets nobody sleep."""
    for case in cases:
        clinic = a_clinic(
            reminder_days_before=1,
            reminder_time=time.fromisoformat(case.at),
            reminder_hours_before=3,
            quiet_from=time(0),
            quiet_until=time(0),
        )
        local = datetime.fromisoformat(case.starts_at).replace(tzinfo=ZoneInfo(case.zone))
        reminded(
            patient=a_patient(clinic=clinic, email=case.address),
            site=a_site(clinic=clinic, zone=case.zone),
            starts_at=local.astimezone(UTC),
        )


def instants(cases: Sequence[Case]) -> Iterator[datetime]:
    """A minute before each reminder and its minute; in full every quarter of an hour of these nights too."""
    due = sorted({at for case in cases for at in case.due})
    for before, after in pairwise([due[0] - timedelta(hours=1), *due]):
        if IS_FULL and after - before < timedelta(days=2):
            between = before + 15 * MINUTE
            while between < after - MINUTE:
                yield between
                between += 15 * MINUTE
        if after - before > MINUTE:
            yield after - MINUTE
        yield after


@pytest.mark.experiment("F9", "nights in which clocks change, in Amsterdam and on Lord Howe")
def test_in_nights_when_clocks_change_each_reminder_comes_once_at_its_local_hour(
    mail_server, tmp_path: Path, rush
):
    write_down(CASES)
    came: dict[str, list[datetime]] = defaultdict(list)
    looked = 0
    with rounds(tmp_path, mail_server) as worker:
        for instant in instants(CASES):
            before = len(mail_server.arrived)
            worker.at(instant)
            looked += 1
            for mail in mail_server.arrived[before:]:
                came[mail["To"]].append(instant)

    rush.notes.append(f"{len(mail_server.arrived)} reminders of {len(CASES)} sessions in {looked} rounds")
    assert came == {case.address: case.due for case in CASES}
    assert not Message.objects.exclude(state=MessageState.SENT).exists()
    for case in CASES:
        for mail in mail_server.arrived_for(case.address):
            text = mail.get_body(("plain",)).get_content()
            assert case.starts_at[-5:] in text
