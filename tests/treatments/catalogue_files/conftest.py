"""A clinic, and a folder of catalogue files."""

import pytest

from clinic.models import Clinic
from tests.support.builders import a_clinic
from tests.support.treatments.catalogue_files import Files


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)
