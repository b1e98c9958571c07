"""Where requests come in, rows of a clinic are reached through the clinic and in no other way."""

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps

from clinic.models.tenant import TenantRow
from tests.support.house.source import DOORS, STOREYS, Source, nothing_in, product, snippet

WAYS = {"seen_by", "of_clinic"}


def tenant_rows() -> set[str]:
    models = (model for storey in STOREYS for model in apps.get_app_config(storey).get_models())
    return {model.__name__ for model in models if issubclass(model, TenantRow)}


def other_ways(source: Source, kinds: set[str]) -> Iterator[str]:
    """`Patient.objects` that is not followed by `seen_by` or `of_clinic`."""
    through = {
        node.value
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in WAYS and isinstance(node.value, ast.Attribute)
    }
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute) or node in through:
            continue
        is_manager = node.attr in ("objects", "_default_manager", "_base_manager")
        if is_manager and source.full_name(node.value).rpartition(".")[2] in kinds:
            yield f"{source.path}:{node.lineno} reaches {ast.unparse(node)} without a clinic"


def test_edges_reach_rows_through_the_clinic():
    nothing_in(
        found for source in product() if source.room in DOORS for found in other_ways(source, tenant_rows())
    )


@pytest.mark.parametrize(
    "text",
    [
        "from clinic.models import Patient\nPatient.objects.filter(uuid=uuid)",
        "from clinic.models import Patient\nrows = Patient.objects",
        "from clinic import models\nmodels.Patient.objects.select_related('diary').get(uuid=uuid)",
        "from clinic.models import Patient\nPatient._default_manager.all()",
    ],
)
def test_another_way_is_found(text):
    assert list(other_ways(snippet(text), {"Patient"}))


def test_the_way_through_the_clinic_is_not():
    text = "from clinic.models import Patient, User\nPatient.objects.seen_by(by)\nUser.objects.get()"

    assert not list(other_ways(snippet(text), {"Patient"}))
