"""What an act leaves in the change log."""

from collections.abc import Iterator
from contextlib import contextmanager

from clinic.models import Change, ChangeCounter, Clinic


@contextmanager
def logged(clinic: Clinic) -> Iterator[list[Change]]:
    """The changes that are written inside, in their order, once it is over; their numbers have no gap."""
    rows = Change.objects.of_clinic(clinic.pk)
    last = max(rows.values_list("number", flat=True), default=0)
    written: list[Change] = []
    yield written
    written += rows.filter(number__gt=last).order_by("number")
    counter = ChangeCounter.objects.of_clinic(clinic.pk).values_list("last_number", flat=True)
    assert [row.number for row in written] == [*range(last + 1, max(counter, default=0) + 1)]


def told(change: Change) -> tuple[str, object, int]:
    """Of which row, and which version of it."""
    return change.kind, change.object_uuid, change.version


def reach(change: Change) -> tuple[object, ...]:
    """Whom it concerns: diaries, sites before and after, and the patient."""
    return (
        (change.diaries_before, change.diaries_after),
        (change.sites_before, change.sites_after),
        change.patient_id,
    )
