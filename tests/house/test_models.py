"""Rows: each belongs to a clinic, none has an order of its own, and the migrations tell them all."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from clinic.models import Clinic, Membership, Patient
from clinic.models.changes import Logged
from scheduling.models import Session
from tests.support.house.source import ROOT, STOREYS, Source, functions, nothing_in, product, snippet
from treatments.models import Plan

# Everything else belongs to one clinic.
WITHOUT_A_CLINIC = {
    "clinic.Clinic": "it is the tenant",
    "clinic.User": "one person may work in several clinics; memberships say in which",
    "clinic.Tick": "workers look for all clinics at once",
    "scheduling.MailBreaker": "all clinics send by one server",
    "scheduling.MailLedger": "a host notes what it sends for all clinics",
    "scheduling.Mailroom": "mail of all clinics is held and let go together",
    "clinic.User_groups": "Django's own, unused",
    "clinic.User_user_permissions": "Django's own, unused",
}
# What REST names by its id, and no client syncs.
UNLOGGED = {
    "Clinic": "the tenant itself is no row of one; `set_policy`, which alone writes it, counts and logs it",
    "CourseAct": "the answer to an act names it, to be undone; nobody lists them, and it goes soon",
}
SIGNALS = ("django.db.models.signals", "django.dispatch")


def own_models() -> list[type[models.Model]]:
    return [
        model
        for storey in STOREYS
        for model in apps.get_app_config(storey).get_models(include_auto_created=True)
    ]


def without_a_clinic(rows: Iterable[type[models.Model]]) -> Iterator[str]:
    for model in rows:
        columns = {field.name: field for field in model._meta.get_fields()}
        clinic = columns.get("clinic")
        belongs = isinstance(clinic, models.ForeignKey) and clinic.related_model is Clinic and not clinic.null
        if not belongs:
            yield model._meta.label


def with_an_order(rows: Iterable[type[models.Model]]) -> Iterator[str]:
    return (model._meta.label for model in rows if model._meta.ordering)


def missing_migrations() -> dict[str, list[str]]:
    """Storey → what a new migration of it would do."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph, trim_to_apps=set(STOREYS), convert_apps=set(STOREYS))
    return {
        storey: [operation.describe() for migration in migrations for operation in migration.operations]
        for storey, migrations in changes.items()
    }


def signals(source: Source) -> Iterator[str]:
    for imported, line in source.imports:
        if imported.startswith(SIGNALS):
            yield f"{source.path}:{line} imports {imported}"


def shown_by_id(source: Source) -> Iterator[str]:
    """The kinds of rows that REST names by their id: `{"id": str(site.uuid)}` of `site: Site`."""
    for function in functions(source) if source.room == "api" else ():
        kinds = {argument.arg: argument.annotation for argument in function.args.args}
        for answer in (node for node in ast.walk(function) if isinstance(node, ast.Dict)):
            for key, value in zip(answer.keys, answer.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "id":
                    named = [kinds.get(name.id) for name in ast.walk(value) if isinstance(name, ast.Name)]
                    words = [word for kind in named if kind for word in ast.walk(kind)]
                    yield from (word.id for word in words if isinstance(word, ast.Name))


def test_what_rest_shows_is_in_the_change_log():
    logged = {model for model in own_models() if issubclass(model, Logged)} | {Plan, Session}
    shown = {name for source in product() for name in shown_by_id(source)}

    missing = {model.__name__ for model in own_models()} & shown - {model.__name__ for model in logged}

    assert {"Site", "Patient", "Leave", "Closure", "Hold", "Session", "Plan", "Message"} <= shown
    assert missing == set(UNLOGGED)


def test_a_row_that_rest_shows_is_found():
    text = 'def member_json(member: Membership) -> dict:\n    return {"id": str(member.uuid)}'

    assert list(shown_by_id(snippet(text, name="clinic.api.members"))) == ["Membership"]
    assert not list(shown_by_id(snippet(text, name="clinic.desk.members")))


def test_every_row_belongs_to_a_clinic():
    assert set(without_a_clinic(own_models())) == set(WITHOUT_A_CLINIC)


def test_no_model_has_an_order_of_its_own():
    assert list(with_an_order(own_models())) == []


def test_nothing_happens_by_signal():
    nothing_in(found for source in product() for found in signals(source))


def test_no_migration_is_missing():
    assert missing_migrations() == {}


@pytest.mark.parametrize("storey", STOREYS)
def test_migrations_have_names(storey):
    names = [path.stem for path in (ROOT / storey / "migrations").glob("[0-9]*.py")]

    assert names
    assert not [name for name in names if "_auto_" in name]


@pytest.mark.parametrize(
    "text",
    [
        "from django.db.models.signals import post_save",
        "from django.dispatch import receiver",
        "import django.dispatch",
    ],
)
def test_a_signal_is_found(text):
    assert list(signals(snippet(text)))


def test_a_row_without_a_clinic_and_one_with_an_order_are_found():
    assert list(without_a_clinic([Clinic, Patient])) == ["clinic.Clinic"]

    class Meta:
        ordering = ("pk",)
        label = "clinic.Ordered"

    assert list(with_an_order([Patient, type("Ordered", (), {"_meta": Meta})])) == ["clinic.Ordered"]


def test_a_missing_migration_is_found(monkeypatch):
    monkeypatch.setattr(Membership._meta.get_field("role"), "max_length", 21)

    assert list(missing_migrations()) == ["clinic"]


def test_a_transaction_is_never_opened_for_a_whole_request():
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False


# The first migrations of a release that works beside the one before; older ones were not yet held to it.
SINCE = {"clinic": "0021", "scheduling": "0025", "treatments": "0006"}
TAKEN_AWAY = (operations.RemoveField, operations.RenameField, operations.DeleteModel, operations.RenameModel)


def in_the_way_of_the_release_before(app: str, migration: Migration) -> Iterator[str]:
    """It inserts rows without the new columns, and reads those that it knows."""
    made = {one.name_lower for one in migration.operations if isinstance(one, operations.CreateModel)}
    for one in migration.operations:
        where = f"{app}.{migration.name}: {one.describe()}"
        if isinstance(one, TAKEN_AWAY):
            yield f"{where}; the release before still uses it: take it away with the next"
        if isinstance(one, operations.AddField) and one.model_name_lower not in made:
            column: Any = one.field
            if not (column.null or column.has_db_default() or column.many_to_many):
                yield f"{where}; the release before inserts rows without it: give it a db_default"


def test_the_release_before_works_on_the_schema_of_this_one():
    known = MigrationLoader(None).disk_migrations
    assert known is not None
    newer = [(app, one) for (app, name), one in known.items() if app in SINCE and name >= SINCE[app]]

    assert [flaw for app, one in newer for flaw in in_the_way_of_the_release_before(app, one)] == []


@pytest.mark.parametrize(
    "operation",
    [
        operations.AddField("site", "web", models.URLField(default="")),
        operations.RemoveField("site", "name"),
        operations.RenameField("site", "name", "title"),
        operations.DeleteModel("site"),
    ],
)
def test_what_the_release_before_cannot_work_with_is_found(operation):
    migration = type("Migration", (Migration,), {"operations": [operation]})("0099_x", "clinic")

    assert list(in_the_way_of_the_release_before("clinic", migration))
