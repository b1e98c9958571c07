"""Nothing starts with translations that are not built."""

import os

import pytest

from clinic.running.translations import translations_are_built


@pytest.fixture
def catalogue(tmp_path, settings):
    settings.LOCALE_PATHS = [tmp_path]
    file = tmp_path / "nl" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    file.touch()
    return file


def test_those_of_this_repository_are_built():
    assert translations_are_built() == []


def test_one_that_was_never_built_stops_the_start(catalogue):
    [error] = translations_are_built()

    assert error.id == "clinic.E001"
    assert "build/catalogues.py compile" in str(error.hint)


def test_one_that_is_older_than_its_catalogue_stops_it_too(catalogue):
    built = catalogue.with_suffix(".mo")
    built.touch()
    os.utime(catalogue, (1_000_000, 1_000_000))
    assert translations_are_built() == []

    os.utime(built, (900_000, 900_000))

    assert len(translations_are_built()) == 1
