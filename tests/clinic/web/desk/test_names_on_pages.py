"""Names on pages are kept apart from the words around them, whichever way they are written."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import Clinic, Patient, Resource, Site, TrustedDevice, User
from scheduling.models import Session
from tests.support.builders import a_user
from tests.support.desk import Desk
from tests.support.matrix.doors import address, doors
from tests.support.matrix.rows import rows_of_a_clinic
from treatments.models import Protocol, SessionType

pytestmark = pytest.mark.django_db

# A letter of no word of ours.
MARK = "ж"
# Where there is no markup; a name stands alone there, or is heard.
WITHOUT_MARKUP = {"option", "title", "textarea"}
# The model's own columns, and the patient's in their address of mail.
NAMED = {
    Clinic: "name",
    Patient: "family_name",
    Protocol: "name",
    Resource: "name",
    SessionType: "name",
    Site: "name",
    TrustedDevice: "label",
    User: "name",
}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Loose(HTMLParser):
    """Marked text that no `<bdi>` is around."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.around: list[str] = []
        self.found: list[str] = []
        self.kept = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.around.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.around and self.around.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if MARK in data and "bdi" in self.around:
            self.kept += 1
        elif MARK in data and not WITHOUT_MARKUP & {*self.around}:
            self.found.append(" ".join(data.split()))


def mark_names() -> None:
    for model, column in NAMED.items():
        for row in model._base_manager.all():
            model._base_manager.filter(pk=row.pk).update(**{column: f"{getattr(row, column)}{MARK}"})
    for session in Session._base_manager.all():
        cast = [{**part, "name": f"{part['name']}{MARK}"} for part in session.cast]
        Session._base_manager.filter(pk=session.pk).update(cast=cast)


@pytest.mark.slow
@pytest.mark.reads_clock
def test_every_name_on_every_page_stands_in_a_bdi():
    rows = rows_of_a_clinic()
    assert rows.hold.plan is not None
    mark_names()
    desk = Desk(a_user(clinic=rows.world.clinic, role=Role.OWNER, name=f"Noor{MARK}"))
    seen, loose = 0, []

    paths = {address(door, rows) for door in doors() if door.is_page and door.method == "GET"}
    # What is on offer for a course that is still to be booked.
    paths.add(reverse("calendars", args=[rows.hold.plan.uuid]))

    for path in sorted(paths):
        page = desk.get(path)
        if page.status == 200 and "text/html" in page.headers["Content-Type"]:
            read = Loose(page.html)
            seen += read.kept
            loose += [f"{path}: {text}" for text in read.found]

    assert loose == []
    assert seen > 200


def test_a_loose_name_is_found():
    assert Loose(f"<p>For Noor{MARK}</p>").found == [f"For Noor{MARK}"]
    assert Loose(f"<p>For <bdi>Noor{MARK}</bdi><br> and Bo{MARK}</p>").found == [f"and Bo{MARK}"]
    assert not Loose(f"<p>For <b><bdi>Noor{MARK}</bdi></b></p><option>Noor{MARK}</option>").found
