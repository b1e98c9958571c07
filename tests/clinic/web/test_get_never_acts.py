"""Looking changes nothing: links may be followed by anyone and anything, any number of times."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core import mail
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, path, reverse

from clinic.identity.actors import Role
from clinic.models import Patient
from tests.support.acts.feeds import a_feed
from tests.support.builders import a_user
from tests.support.desk import Desk
from tests.support.matrix.doors import address, doors, paths
from tests.support.matrix.rows import Rows, rows_of_a_clinic
from tests.support.rest import RestClient, a_client_of

pytestmark = pytest.mark.django_db

# What a look may leave: that it happened.
MAY_CHANGE = {
    "clinic.AuditEntry",
    "clinic.AuditDetail",
    "clinic.AuditPatient",
    "sessions.Session",
    "usersessions.UserSession",
}
STAMPS = {
    "clinic.AccessKey": {"last_used_at"},
    "scheduling.Feed": {"last_used_at", "last_program"},
}
# A path's other words, whatever they are.
ANYTHING: dict[str, Any] = {
    "StringConverter": "x",
    "PathConverter": "x/y",
    "IntConverter": 4,
    "UUIDConverter": UUID(int=4),
    "AnyCaseConverter": UUID(int=4),
}


def rows_of(model: type[Model]) -> list[dict[str, Any]]:
    stamps = STAMPS.get(model._meta.label, set())
    rows = model._base_manager.order_by("pk").values()
    return [{name: value for name, value in row.items() if name not in stamps} for row in rows]


def changed_by(act: Callable[[], object]) -> list[str]:
    """The kinds of rows that are not as they were, and mail if any went out."""
    kinds = [model for model in apps.get_models() if model._meta.label not in MAY_CHANGE]
    before, sent = {model: rows_of(model) for model in kinds}, len(mail.outbox)
    act()
    changed = [model._meta.label for model in kinds if rows_of(model) != before[model]]
    return [*changed, *(["mail"] if len(mail.outbox) > sent else [])]


def addresses(rows: Rows) -> Iterator[str]:
    """Every path, with the ids of those rows where there are such."""
    known = {door.name: address(door, rows) for door in doors()}
    yield from known.values()
    for name, pattern in paths():
        takes = {word: ANYTHING[type(kind).__name__] for word, kind in pattern.pattern.converters.items()}
        if name and name not in known:
            try:
                yield reverse(name, kwargs=takes)
            except NoReverseMatch:
                # Of a library, under a regular expression: its own words stand in the pattern.
                yield f"/account/{name}/"


def look_everywhere(rows: Rows, desk: Desk, rest: RestClient) -> list[int]:
    statuses = []
    for where in addresses(rows):
        # Leaving is a POST of its own; a GET of it would show here as a page that asks to sign in.
        for method in ("get", "head"):
            with desk.clock():
                statuses.append(getattr(desk.client, method)(where).status_code)
            statuses.append(rest._ask(method, where).status)
    return statuses


@pytest.mark.slow
@pytest.mark.reads_clock
def test_no_get_or_head_of_any_path_changes_anything():
    rows = rows_of_a_clinic()
    opened = a_feed(clinic=rows.world.clinic)
    desk = Desk(a_user(clinic=rows.world.clinic, role=Role.OWNER))
    rest = a_client_of(rows.world)
    statuses: list[int] = []

    def look() -> None:
        statuses.extend(look_everywhere(rows, desk, rest))
        statuses.append(desk.client.get(f"/feeds/{opened.token}.ics").status_code)

    assert changed_by(look) == []
    assert len(statuses) > 100
    assert statuses.count(200) > 40
    assert max(statuses) < 500
    # Nor was anyone signed out on the way.
    assert desk.get("/patients/").status == 200


def forget_patients(request: HttpRequest) -> HttpResponse:
    Patient.objects.update(desk_note="")
    return HttpResponse()


urlpatterns = [path("forget/", forget_patients, name="forget")]


def test_a_get_that_acts_is_found(client, settings):
    Patient.objects.filter(pk=rows_of_a_clinic().patient.pk).update(desk_note="Sings")
    settings.ROOT_URLCONF = __name__

    assert changed_by(lambda: client.get("/forget/")) == ["clinic.Patient"]
